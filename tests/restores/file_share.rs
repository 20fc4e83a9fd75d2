//! What only file shares have: points with malware and points that are only in the vault, files that failed, targets that
//! are checked before anything is sent, and a restore that is cancelled by a destroy.

use serde_json::{Value, json};
use time::Duration;

use super::fixture::{InProcessFixture, RestoreFixture};
use super::kinds;
use super::simulated_resources::Arguments;
use crate::in_process::{PlannedStep, text};
use crate::simulator::data_protection::guards::ResourceGuard;
use crate::simulator::{Ending, Fault, ItemPoint, JobScript, ListDefect, ServiceError, StorageAccount, catalogue};

const VAULTED: &str = "932881138555802864";
const NEWEST: &str = "932890167574511261";
const INFECTED: &str = "932899999999999999";

fn fixture() -> InProcessFixture {
    InProcessFixture::new(kinds::file_share())
}

/// A newer point of which the scan says this.
fn scanned(r: &InProcessFixture, status: &str) {
    let point =
        ItemPoint::new(INFECTED, r.azure().now() - Duration::hours(1)).threat(status, &["Ransom:Linux/Example"]);
    r.azure().change_item(catalogue::FILE_SHARE, |item| item.points.push(point)).unwrap();
}

fn by_id(id: &str) -> Arguments {
    vec![("recovery_point", json!({"id": id}))]
}

/// Back to where it was.
fn in_place() -> (&'static str, Value) {
    ("target", json!(null))
}

#[tokio::test(start_paused = true)]
async fn a_point_with_malware_is_passed_over_and_refused_by_its_id_unless_it_is_allowed() {
    let mut r = fixture();
    scanned(&r, "UnHealthy");
    let finished = r.apply(by_id(INFECTED)).await;
    r.failed(&finished, &["malware was found in it (Ransom:Linux/Example)", "allow_unhealthy"]);
    assert_eq!(finished.at_fault(), ["recovery_point"]);
    let finished = r.apply(vec![]).await;
    r.succeeded(&finished);
    assert_eq!(r.session.text("recovery_point_id"), NEWEST);
    let allowed = vec![("recovery_point", json!({"latest": true, "allow_unhealthy": true}))];
    let finished = r.apply(allowed).await;
    r.succeeded(&finished);
    assert_eq!(r.session.text("recovery_point_id"), INFECTED);
    assert!(finished.text().contains("The recovery point may hold malware"), "{}", finished.text());
    r.finish(2);
}

#[tokio::test(start_paused = true)]
async fn a_suspicious_point_is_restored_with_a_warning() {
    let mut r = fixture();
    scanned(&r, "Warning");
    let finished = r.apply(vec![]).await;
    r.succeeded(&finished);
    assert_eq!(r.session.text("recovery_point_id"), INFECTED);
    assert!(finished.text().contains("calls recovery point 932899999999999999 Warning"), "{}", finished.text());
    r.finish(1);
}

#[tokio::test(start_paused = true)]
async fn a_point_that_is_only_in_the_vault_is_restored_whole_elsewhere_and_not_otherwise() {
    let mut r = fixture();
    for (others, why) in [
        (vec![in_place()], "into another share only"),
        (vec![("copy_option", json!("Skip"))], "with `Overwrite` only"),
        (vec![("files", json!([{"path": "a", "type": "File"}]))], "no single files"),
    ] {
        let finished = r.apply([by_id(VAULTED), others].concat()).await;
        r.failed(&finished, &[VAULTED, why]);
        assert_eq!(finished.at_fault(), ["recovery_point"]);
    }
    let finished = r.apply(by_id(VAULTED)).await;
    r.succeeded(&finished);
    r.finish(1);
}

#[tokio::test(start_paused = true)]
async fn an_old_point_is_found_in_its_window_and_none_is_asked_for_longer_than_needed() {
    let mut r = fixture();
    let bound = r.world.hours_ago(35 * 24);
    let finished = r.apply(vec![("recovery_point", json!({"at_or_before": bound}))]).await;
    r.succeeded(&finished);
    assert_eq!(r.session.text("recovery_point_id"), VAULTED);
    assert_eq!(r.asked(r.kind.service.points).len(), 1);
    r.azure().change_item(catalogue::FILE_SHARE, |item| item.points.clear()).unwrap();
    let finished = r.apply(vec![("triggers", json!({"run": "2"}))]).await;
    r.failed(&finished, &["There is no recovery point"]);
    assert_eq!(r.asked(r.kind.service.points).len(), 1 + 13, "more than a year, and no more");
    r.finish(1);
}

#[tokio::test(start_paused = true)]
async fn the_latest_point_is_found_though_backups_stopped_years_ago() {
    let mut r = fixture();
    let taken = r.azure().now() - Duration::days(1000);
    r.azure().change_item(catalogue::FILE_SHARE, |item| item.points = vec![ItemPoint::new("1", taken)]).unwrap();
    let finished = r.apply(vec![]).await;
    r.succeeded(&finished);
    assert_eq!(r.session.text("recovery_point_id"), "1");
    r.finish(1);
}

#[tokio::test(start_paused = true)]
async fn files_that_failed_are_an_error_until_warnings_are_accepted() {
    let mut r = fixture();
    r.azure().change_item(catalogue::FILE_SHARE, |item| item.failed_files = 2).unwrap();
    let finished = r.apply(vec![]).await;
    r.failed(&finished, &["2 files were not restored."]);
    assert_eq!(r.session.text("status"), "CompletedWithWarnings");
    let finished = r.apply(vec![("accept_warnings", json!(true)), ("triggers", json!({"run": "2"}))]).await;
    assert!(finished.succeeded(), "{}", finished.text());
    assert!(finished.text().contains("2 files were not restored."), "{}", finished.text());
    r.finish(2);
}

#[tokio::test(start_paused = true)]
async fn skipped_files_are_a_warning_only_where_none_should_be_skipped() {
    for (option, good) in [("Skip", true), ("Overwrite", false)] {
        let mut r = fixture();
        r.azure().change_item(catalogue::FILE_SHARE, |item| item.skipped_files = 3).unwrap();
        let finished = r.apply(vec![("copy_option", json!(option))]).await;
        assert_eq!(finished.succeeded(), good, "{option}: {}", finished.text());
        r.finish(1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_target_that_is_not_there_or_elsewhere_is_told_before_anything_is_sent() {
    let mut r = fixture();
    let north = StorageAccount { location: "northeurope".into(), ..StorageAccount::new("contosonorth") };
    let north = north.file_shares([catalogue::FILE_SHARE_TARGET]);
    let id = north.id();
    r.azure().change(|world| world.storage_accounts.push(north));
    for (others, why) in [
        (vec![("target.file_share_name", json!("nobody"))], "has no file share \"nobody\""),
        (
            vec![("target.storage_account_id", json!(id.replace("contosonorth", "nobody")))],
            "There is no storage account",
        ),
        (vec![("target.storage_account_id", json!(id))], "lies in northeurope, and the vault in westeurope"),
    ] {
        let finished = r.apply(others).await;
        r.failed(&finished, &[why]);
        assert_eq!(finished.at_fault(), ["target"]);
    }
    assert_eq!(r.asked(r.kind.service.trigger).len(), 0);
    r.finish(0);
}

#[tokio::test(start_paused = true)]
async fn deleted_backups_are_told_before_anything_is_sent() {
    let mut r = fixture();
    r.azure().change_item(catalogue::FILE_SHARE, |item| item.soft_deleted = true).unwrap();
    let finished = r.apply(vec![]).await;
    r.failed(&finished, &["Undelete the item in the vault first"]);
    assert_eq!(finished.at_fault(), ["protected_item_id"]);
    r.finish(0);
}

#[tokio::test(start_paused = true)]
async fn the_request_of_a_resource_guard_is_found_and_named() {
    let mut r = fixture();
    r.azure().change(|world| {
        world.recovery_services_vaults_mut()[0].resource_guard = Some(ResourceGuard::new("guard"));
    });
    let finished = r.apply(vec![]).await;
    r.succeeded(&finished);
    r.finish(1);
}

/// An apply that runs into its time-out while the job goes on.
async fn left_running(others: Arguments) -> InProcessFixture {
    let mut r = fixture();
    r.azure().next_restore(JobScript::held());
    let finished = r.apply([vec![("timeouts", json!({"create": "60s"}))], others].concat()).await;
    r.failed(&finished, &["terraform untaint"]);
    r
}

fn statuses(r: &InProcessFixture) -> Vec<String> {
    r.azure().jobs().into_iter().map(|job| job.status).collect()
}

#[tokio::test(start_paused = true)]
async fn a_destroy_cancels_a_running_restore_if_it_is_told_to() {
    let mut r = left_running(vec![("cancel_on_destroy", json!(true))]).await;
    let said = r.session.destroy().await;
    assert!(!said.has_errors(), "{}", text(&said));
    assert_eq!(statuses(&r), ["Cancelled"]);
    assert_eq!(r.session.journal().count("POST", "/cancel"), 1);
    r.finish(1);
}

#[tokio::test(start_paused = true)]
async fn a_destroy_leaves_a_running_restore_alone_if_nothing_is_said() {
    let mut r = left_running(vec![]).await;
    let said = r.session.destroy().await;
    assert!(!said.has_errors(), "{}", text(&said));
    assert_eq!(statuses(&r), ["InProgress"]);
    assert_eq!(r.session.journal().count("POST", "/cancel"), 0);
    r.finish(1);
}

#[tokio::test(start_paused = true)]
async fn a_destroy_cancels_nothing_that_has_ended() {
    let mut r = fixture();
    let finished = r.apply(vec![("cancel_on_destroy", json!(true))]).await;
    r.succeeded(&finished);
    let said = r.session.destroy().await;
    assert!(!said.has_errors(), "{}", text(&said));
    assert_eq!((statuses(&r), r.session.journal().count("POST", "/cancel")), (vec!["Completed".to_owned()], 0));
    r.finish(1);
}

/// A running restore of which the state knows the request and not the job, as after a Ctrl-C while the operation ran.
async fn known_by_its_request() -> InProcessFixture {
    let mut r = left_running(vec![("cancel_on_destroy", json!(true))]).await;
    let object = r.session.object.as_mut().unwrap();
    for name in ["id", "job_id", "start_time"] {
        object.value.set(name, azurebackup::tfplugin::value::Value::Null);
    }
    r
}

#[tokio::test(start_paused = true)]
async fn a_destroy_finds_the_job_that_it_cancels_by_its_request() {
    for defect in [None, Some(ListDefect::WithoutActivityIds), Some(ListDefect::WithoutProperties)] {
        let mut r = known_by_its_request().await;
        defect.into_iter().for_each(|defect| r.azure().show_job_lists_with(defect, None));
        let said = r.session.destroy().await;
        assert!(!said.has_errors(), "{defect:?}: {}", text(&said));
        assert_eq!(statuses(&r), ["Cancelled"], "{defect:?}");
        r.finish(1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_destroy_that_cannot_find_the_job_that_it_should_cancel_fails() {
    let mut r = known_by_its_request().await;
    r.azure().show_job_lists_with(ListDefect::WithoutTheNewest, None);
    let said = r.session.destroy().await;
    assert!(said.has_errors() && text(&said).contains("the vault lists no job with request id"), "{}", text(&said));
    assert!(r.session.object.is_some(), "it stays in the state");
    assert_eq!(statuses(&r), ["InProgress"]);
    r.finish(1);
}

#[tokio::test(start_paused = true)]
async fn a_destroy_whose_cancellation_azure_refuses_or_never_ends_names_the_job_and_where_it_stood() {
    let endless = Fault::status("POST", "*/cancel", 200, &[], "").always();
    for fault in [Fault::status("POST", "*/cancel", 400, &[], "JobNotCancellable").always(), endless] {
        let mut r = left_running(vec![("cancel_on_destroy", json!(true))]).await;
        r.azure().inject(fault);
        let job = r.session.text("id");
        let said = text(&r.session.destroy().await);
        for part in ["Destroying the restore of files of file share", &job, "was last seen as InProgress"] {
            assert!(said.contains(part), "{part} is missing in {said}");
        }
        assert!(r.session.object.is_some(), "it stays in the state");
        r.finish(1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_destroy_that_finds_the_job_completed_says_so() {
    let mut r = left_running(vec![("cancel_on_destroy", json!(true))]).await;
    let job = r.session.text("id");
    r.azure().finish(&r.session.text("job_id"), Ending::Completed);
    let said = r.session.destroy().await;
    assert!(!said.has_errors(), "{}", text(&said));
    for part in ["ended before it could be cancelled", &job, "ended as Completed", "What it restored stays"] {
        assert!(text(&said).contains(part), "{part} is missing in {}", text(&said));
    }
    assert!(r.session.object.is_none());
    r.finish(1);
}

#[tokio::test(start_paused = true)]
async fn what_azure_says_of_a_completed_job_is_a_warning_and_an_attribute() {
    let mut r = fixture();
    let remark = ServiceError::new("UserErrorSomethingToKnow", "Permissions of some files were left out.");
    r.azure().next_restore(JobScript::running(2).then(Ending::CompletedWithErrors(vec![remark])));
    let finished = r.apply(vec![]).await;
    r.succeeded(&finished);
    for part in ["completed, and Azure adds something", "Permissions of some files were left out."] {
        assert!(finished.text().contains(part), "{part} is missing in {}", finished.text());
    }
    let kept = r.session.object.as_ref().unwrap().value.get("warnings").as_list().unwrap().to_vec();
    assert!(kept[0].as_str().is_some_and(|text| text.contains("UserErrorSomethingToKnow")), "{kept:?}");
    let config = r.usual(vec![]);
    assert_eq!(r.session.apply(&config).await.step, PlannedStep::Nothing);
    r.finish(1);
}

#[tokio::test(start_paused = true)]
async fn the_point_of_an_adopted_restore_is_found_by_its_time() {
    let mut r = left_running(vec![]).await;
    r.forget();
    r.azure().finish(&r.azure().jobs()[0].id, Ending::Completed);
    let finished = r.apply(vec![("adopt", json!("completed"))]).await;
    r.succeeded(&finished);
    assert_eq!(r.session.text("recovery_point_id"), NEWEST);
    r.finish(1);
}

#[tokio::test(start_paused = true)]
async fn an_imported_job_that_skipped_files_is_judged_as_one_of_an_apply() {
    for (others, good) in
        [(vec![("copy_option", json!("Skip"))], true), (vec![], false), (vec![("accept_warnings", json!(true))], true)]
    {
        let mut r = fixture();
        r.azure().change_item(catalogue::FILE_SHARE, |item| item.skipped_files = 3).unwrap();
        r.apply([others.clone(), vec![("accept_warnings", json!(true))]].concat()).await;
        let job = r.session.text("id");
        r.forget();
        let said = r.session.import(&job).await;
        assert!(!said.has_errors(), "{}", text(&said));
        let finished = r.apply(others).await;
        assert_eq!(finished.succeeded(), good, "{}", finished.text());
        assert_eq!(finished.text().contains("3 files were skipped."), !good, "{}", finished.text());
        r.finish(1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_message_before_the_item_was_read_says_more_than_a_hash() {
    let mut r = fixture();
    r.azure().inject(Fault::status("GET", "*/backupJobs", 403, &[], "AuthorizationFailed").always());
    let finished = r.apply(vec![]).await;
    r.failed(&finished, &["files of the file share with the protected item", catalogue::FILE_SHARE_ACCOUNT]);
    r.finish(0);
}

#[tokio::test(start_paused = true)]
async fn a_message_about_a_job_names_the_share_that_the_job_names() {
    let mut r = left_running(vec![]).await;
    r.azure().inject(Fault::status("GET", "*/backupJobs/*", 403, &[], "AuthorizationFailed").always());
    let said = text(&r.session.refresh().await);
    assert!(said.contains(&format!("file share {:?}", catalogue::FILE_SHARE)), "{said}");
    r.finish(1);
}

#[test]
fn a_restore_back_and_one_that_names_the_same_share_take_turns() {
    let mut s = RestoreFixture::new(kinds::file_share());
    let account = s.world.account(catalogue::FILE_SHARE_ACCOUNT).to_uppercase();
    let named = json!({"storage_account_id": account, "file_share_name": catalogue::FILE_SHARE});
    let back = s.block("x", vec![in_place()], "");
    s.configure(&(back + &s.block("y", vec![("target", named)], "")));
    s.apply(&[]).succeeds();
    let journal = s.journal();
    let tried = journal.entries.iter().filter(|entry| s.kind.tried().is(entry)).count();
    assert_eq!(tried, 2, "neither is refused because of the other\n{}", journal.text());
    s.finish(2);
}
