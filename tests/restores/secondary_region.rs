//! Restores from the copy of a Recovery Services vault in its secondary region: what is asked there and what is not, what
//! cannot be restored there, and how its jobs are found again.

use serde_json::{Value, json};

use super::fixture::{InProcessFixture, RestoreFixture};
use super::kinds;
use super::services::RequestPattern;
use crate::in_process::text;
use crate::simulator::{
    CLIENT_SECRET, Fault, JobScript, OperationScript, RecoveryServicesVault, ServiceError, catalogue,
};

fn share() -> InProcessFixture {
    InProcessFixture::new(kinds::file_share_secondary_region())
}

fn machine() -> InProcessFixture {
    InProcessFixture::new(kinds::virtual_machine_secondary_region())
}

fn database() -> InProcessFixture {
    InProcessFixture::new(kinds::vm_sql_database_secondary_region())
}

/// Changes the vault whose copy is restored from.
fn change_vault(r: &InProcessFixture, change: impl FnOnce(&mut RecoveryServicesVault)) {
    r.azure().change(|world| {
        let mut vaults = world.recovery_services_vaults_mut().iter_mut();
        change(vaults.find(|vault| vault.name == catalogue::COPIED_RECOVERY_SERVICES_VAULT).expect("it is there"));
    });
}

fn token(r: &InProcessFixture) -> Vec<usize> {
    r.asked(RequestPattern { method: "POST", path: "/accessToken" })
}

#[tokio::test(start_paused = true)]
async fn nothing_is_asked_of_the_region_of_the_vault() {
    // That of the target's vault, which lies in the secondary region, is asked as any other.
    let target = catalogue::SECONDARY_RECOVERY_SERVICES_VAULT;
    let instant = vec![("recovery_point", Value::Null), ("point_in_time", json!("latest"))];
    for (mut r, others) in [(share(), vec![]), (machine(), vec![]), (database(), vec![]), (database(), instant)] {
        let finished = r.apply(others.clone()).await;
        r.succeeded(&finished);
        let config = r.usual(others);
        r.session.apply(&config).await;
        let journal = r.session.journal();
        let of_vault = |path: &str| {
            let path = path.to_lowercase();
            path.contains("/providers/microsoft.recoveryservices/") && !path.contains(&format!("/vaults/{target}/"))
        };
        for entry in journal.entries.iter().filter(|entry| of_vault(&entry.path)) {
            assert_eq!(entry.api_version.as_deref(), Some("2023-01-15"), "{} {}", entry.method, entry.path);
        }
        r.finish(1);
    }
}

#[tokio::test(start_paused = true)]
async fn access_to_the_point_is_sent_back_whole_and_gets_into_nothing_that_is_kept() {
    for (mut r, object_type) in
        [(share(), "WorkloadCrrAccessToken"), (database(), "WorkloadCrrAccessToken"), (machine(), "CrrAccessToken")]
    {
        let finished = r.apply(vec![]).await;
        r.succeeded(&finished);
        assert_eq!(token(&r).len(), 1);
        let journal = r.session.journal();
        let sent = journal.find("POST", "/backupCrossRegionRestore").next().and_then(|entry| entry.body.clone());
        let details = sent.unwrap_or_default()["crossRegionRestoreAccessDetails"].clone();
        assert_eq!(details["objectType"], object_type);
        assert_eq!(details["accessType"], "Unrestricted", "the description does not know it");
        assert!(details["accessTokenString"].as_str().is_some_and(|token| token.contains(CLIENT_SECRET)));
        // Searches for it.
        r.finish(1);
    }
}

#[tokio::test(start_paused = true)]
async fn access_that_is_older_than_the_wait_for_a_busy_target_is_obtained_anew() {
    let mut r = share();
    let busy = || ServiceError::new("UserErrorAnotherRestoreInProgressOnSameTarget", "Another restore is in progress.");
    for _ in 0..12 {
        r.azure().next_restore_operation(OperationScript::fails(busy()));
    }
    let finished = r.apply(vec![]).await;
    r.succeeded(&finished);
    let (tokens, triggers) = (token(&r).len(), r.asked(r.kind.service.trigger).len());
    assert_eq!(triggers, 13);
    assert!(tokens > 1 && tokens < triggers, "{tokens} of {triggers}");
    r.finish(1);
}

#[tokio::test(start_paused = true)]
async fn a_point_to_which_azure_gives_no_access_is_an_error_before_anything_is_sent() {
    let mut r = share();
    r.azure().inject(Fault::status("POST", "*/accessToken", 400, &[], "UserErrorNotLikeThis"));
    let finished = r.apply(vec![]).await;
    r.failed(&finished, &["validation failed", "UserErrorNotLikeThis"]);
    assert!(r.session.object.is_none());
    r.finish(0);
}

#[tokio::test(start_paused = true)]
async fn what_the_secondary_region_cannot_restore_is_told_in_the_plan_and_asks_nothing() {
    let (share, machine) = (kinds::file_share_secondary_region(), kinds::virtual_machine_secondary_region());
    let database = kinds::vm_sql_database_secondary_region();
    let far = InProcessFixture::new(database.clone());
    let container = |machine: &str| far.world.thing("protection_containers", machine);
    let into_files = json!({"container_id": container(catalogue::SECONDARY_SQL_MACHINE), "directory": "F:\\restored"});
    let to_its_vault = json!({
        "container_id": container(catalogue::COPIED_SQL_MACHINE), "instance": catalogue::VM_SQL_INSTANCE, "name": "copy",
    });
    for (kind, others, argument, why) in [
        (&share, ("files", json!([{"path": "a", "type": "File"}])), "files", "whole file shares only"),
        (&share, ("target", Value::Null), "secondary_region", "set `target`"),
        (&share, ("restore_location", Value::Null), "secondary_region", "set `restore_location`"),
        (&share, ("cancel_on_destroy", json!(true)), "cancel_on_destroy", "no call that cancels"),
        (&database, ("target_database", Value::Null), "secondary_region", "set `target_database`"),
        (&database, ("target_database", to_its_vault), "target_database.container_id", "registered with another vault"),
        (&machine, ("target_resource_group_id", Value::Null), "disk_luns", "set `target_resource_group_id`"),
    ] {
        let mut r = InProcessFixture::new(kind.clone());
        let finished = r.apply(vec![others]).await;
        r.failed(&finished, &[why]);
        assert!(finished.at_fault().contains(&argument.to_owned()), "{}", finished.text());
        assert_eq!(r.session.journal().entries.len(), 0);
        r.finish(0);
    }
    let mut r = InProcessFixture::new(database);
    let finished = r.apply(vec![("target_database", Value::Null), ("target_files", into_files)]).await;
    r.failed(&finished, &["Azure restores to another database"]);
    assert_eq!(finished.at_fault(), ["target_files"]);
    r.finish(0);
    let mut r = InProcessFixture::new(machine);
    let replaced = vec![("target_resource_group_id", Value::Null), ("disk_luns", Value::Null)];
    let finished = r.apply(replaced).await;
    r.failed(&finished, &["the secondary region cannot replace them"]);
    assert_eq!(finished.at_fault(), ["secondary_region"]);
    r.finish(0);
}

#[tokio::test(start_paused = true)]
async fn a_vault_that_does_not_restore_there_is_told_at_the_argument_that_asks_for_it() {
    let mut r = share();
    change_vault(&r, |vault| vault.cross_region_restore = "Disabled".into());
    let finished = r.apply(vec![]).await;
    r.failed(&finished, &["Cross-region restore is Disabled on Recovery Services vault \"contoso-recovery-geo\""]);
    assert_eq!(finished.at_fault(), ["secondary_region"]);
    r.finish(0);
}

#[tokio::test(start_paused = true)]
async fn an_item_that_has_not_got_there_is_told_with_where_to_look() {
    let mut r = share();
    r.azure().change_item(catalogue::COPIED_FILE_SHARE, |item| item.secondary_points.clear()).unwrap();
    let finished = r.apply(vec![]).await;
    r.failed(
        &finished,
        &["has no protected item", "azurebackup_protected_items", "New items arrive there with a delay"],
    );
    assert_eq!(finished.at_fault(), ["protected_item_id"]);
    r.finish(0);
}

#[tokio::test(start_paused = true)]
async fn a_point_that_has_not_got_there_is_told_with_those_that_have() {
    let mut r = share();
    let finished = r.apply(vec![("recovery_point", json!({"id": "932890167574511261"}))]).await;
    r.failed(&finished, &["932886657837421071", "have reached the secondary region \"northeurope\""]);
    assert_eq!(finished.at_fault(), ["recovery_point"]);
    r.finish(0);
}

#[tokio::test(start_paused = true)]
async fn a_target_in_the_region_of_the_vault_is_told_before_anything_is_sent() {
    let mut r = share();
    let here = r.world.account(catalogue::FILE_SHARE_TARGET_ACCOUNT);
    let target = json!({"storage_account_id": here, "file_share_name": catalogue::FILE_SHARE_TARGET});
    let finished = r.apply(vec![("target", target)]).await;
    r.failed(&finished, &["lies in westeurope, and `restore_location` is northeurope"]);
    assert_eq!(finished.at_fault(), ["target"]);
    r.finish(0);
}

#[tokio::test(start_paused = true)]
async fn an_import_without_the_region_says_how_it_is_added() {
    let mut r = share();
    let finished = r.apply(vec![]).await;
    r.succeeded(&finished);
    let job = r.session.text("id");
    r.forget();
    let said = r.session.import(&job).await;
    assert!(said.has_errors() && text(&said).contains(&format!("{job}?secondary_region=<region>")), "{}", text(&said));
    r.finish(1);
}

#[tokio::test(start_paused = true)]
async fn going_from_the_vault_to_its_copy_while_a_restore_runs_is_another_restore() {
    let mut r = InProcessFixture::new(kinds::file_share_secondary_region());
    r.azure().next_restore(JobScript::completes());
    let finished = r.apply(vec![]).await;
    r.succeeded(&finished);
    r.forget();
    // The list of the vault does not know the job.
    let target = json!({
        "storage_account_id": r.world.account(catalogue::FILE_SHARE_TARGET_ACCOUNT),
        "file_share_name": catalogue::FILE_SHARE_TARGET,
    });
    let finished = r.apply(vec![("secondary_region", json!(false)), ("target", target)]).await;
    r.succeeded(&finished);
    r.finish(2);
}

/// With the real client once, since nothing of this is about it: resource, import and all data sources.
#[test]
fn a_restore_in_the_secondary_region_is_found_by_everything_that_reads_there() {
    let mut s = RestoreFixture::new(kinds::file_share_secondary_region());
    s.usual("");
    s.apply(&[]).succeeds();
    s.is_done();
    s.plans_nothing();
    let (address, job) = (s.address(), s.job());
    let imported = (s.kind.service.import_id)(&job.job);
    s.run(&["state", "rm", &address]).succeeds();
    let error = s.apply(&[]).fails().error().text();
    assert!(error.contains(&imported), "{error}");
    s.import(&address, &imported).succeeds();
    let vault = s.world.thing("recovery_services_vaults", catalogue::COPIED_RECOVERY_SERVICES_VAULT);
    let region = "secondary_region = true\n  restore_location = \"North Europe\"";
    let item = s.kind.item_id(&s.world);
    let read = [
        ("protected_items", format!("vault_id = {vault:?}")),
        ("recovery_points", format!("protected_item_id = {item:?}")),
        ("jobs", format!("vault_id = {vault:?}")),
        ("job", format!("id = {:?}", job.job)),
    ];
    let blocks =
        read.map(|(name, argument)| format!("data \"azurebackup_{name}\" \"x\" {{\n  {argument}\n  {region}\n}}\n"));
    let found = [
        "protected_items.x.protected_items[*].friendly_name",
        "recovery_points.x.recovery_points[*].name",
        "jobs.x.jobs[*].operation_category",
        "job.x.status",
    ];
    let found = found.map(|value| format!("data.azurebackup_{value}")).join(", ");
    let found = format!("output \"found\" {{\n  value = [{found}]\n}}\n");
    s.configure(&(s.block("x", vec![], "") + &blocks.concat() + &found));
    s.apply(&[]).succeeds();
    s.is_done();
    let told = s.run(&["output", "-json", "found"]).succeeds().stdout.clone();
    let items = [catalogue::COPIED_VIRTUAL_MACHINE, catalogue::COPIED_SQL_DATABASE, catalogue::COPIED_FILE_SHARE];
    let expected = json!([items, ["932886657837421071"], ["CrossRegionRestore"], "Completed"]);
    assert_eq!(serde_json::from_str::<Value>(&told).expect("JSON"), expected);
    s.plans_nothing();
    s.finish(1);
}

#[tokio::test(start_paused = true)]
async fn an_import_names_a_region_or_none() {
    for kind in [kinds::file_share_secondary_region(), kinds::postgresql_secondary_region()] {
        let mut r = InProcessFixture::new(kind);
        let finished = r.apply(vec![]).await;
        r.succeeded(&finished);
        let job = r.session.text("id");
        r.forget();
        let before = r.session.journal().last_number();
        for empty in ["", " "] {
            let said = text(&r.session.import(&format!("{job}?secondary_region={empty}")).await);
            assert!(said.contains("An import takes the ARM id of a restore job"), "{said}");
        }
        let asked = r.session.journal().since(before);
        assert!(asked.entries.is_empty(), "{}", asked.text());
        r.finish(1);
    }
}

/// The vault itself knows nothing of jobs that restore from its copy, so one that it does not know may be one of them.
#[tokio::test(start_paused = true)]
async fn how_a_region_is_added_is_said_of_missing_jobs_only_and_where_there_is_one_to_add() {
    let cases = [
        (kinds::file_share_secondary_region(), true),
        (kinds::postgresql_secondary_region(), true),
        (kinds::disk(), false),
        (kinds::vm_sql_database_secondary_region(), true),
        (kinds::vm_hana_database(), false),
    ];
    for (kind, has_copy) in cases {
        let mut r = InProcessFixture::new(kind);
        let finished = r.apply(vec![]).await;
        r.succeeded(&finished);
        let job = r.session.text("id");
        r.forget();
        let named = format!("{job}?secondary_region={}", catalogue::SECONDARY_REGION);
        for (status, id, told) in [(404, &job, has_copy), (403, &job, false), (404, &named, false)] {
            let code = if status == 404 { "ResourceNotFound" } else { "RequestDisallowedByPolicy" };
            let mut refused = Fault::status("GET", "*job*", status, &[], code).always();
            refused.matcher.method = None;
            r.azure().inject(refused);
            let said = r.session.import(id).await;
            r.azure().clear_faults();
            assert!(said.has_errors() && r.session.object.is_none());
            let said = text(&said);
            assert_eq!(
                said.contains("If it restores from the vault's secondary region, add that"),
                told,
                "{id}: {said}"
            );
        }
        r.finish(1);
    }
}
