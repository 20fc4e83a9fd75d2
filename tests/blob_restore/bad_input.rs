//! Bad input is told by `validate`, on the argument at fault, before Azure is asked anything.

use crate::harness::{FinishedCommand, Scenario};

const INSTANCE: &str = "backup_instance_id = \"/subscriptions/5ea1ab1e-0000-4000-8000-000000000001/resourceGroups/rg/\
providers/Microsoft.DataProtection/backupVaults/vault/backupInstances/instance\"";
const POINT: &str = "point_in_time = \"2026-11-19T08:00:00Z\"";
const LATEST: &str = "recovery_point = { latest = true }";
const TARGET: &str = "target_storage_account_id = \"/subscriptions/5ea1ab1e-0000-4000-8000-000000000001/resourceGroups/rg/\
providers/Microsoft.Storage/storageAccounts/target\"";

/// Validates one restore with these arguments; an error must point at one of `arguments` and its text hold every part.
#[track_caller]
fn refused(lines: &[&str], arguments: &[&str], parts: &[&str]) {
    let mut s = Scenario::new();
    s.configure(&format!("resource \"azurebackup_blob_restore\" \"x\" {{\n  {}\n}}\n", lines.join("\n  ")));
    let finished = s.asks_nothing(|s| s.validate());
    assert_points_at(&finished, arguments, parts);
    s.finish(0);
}

#[track_caller]
fn assert_points_at(finished: &FinishedCommand, arguments: &[&str], parts: &[&str]) {
    let right = finished.errors().into_iter().any(|error| {
        let text = error.text();
        error.argument().is_some_and(|argument| arguments.contains(&argument))
            && parts.iter().all(|part| text.contains(part))
    });
    assert!(right, "an error at {arguments:?} with {parts:?} expected\n{:#?}\n{finished}", finished.errors());
}

fn repeated(count: usize, element: impl Fn(usize) -> String) -> String {
    (0..count).map(element).collect::<Vec<_>>().join(", ")
}

macro_rules! refused {
    ($($name:ident: [$($line:expr),+] at $argument:literal $(or $other:literal)* says $($part:literal),*;)+) => {
        $(#[test]
        fn $name() {
            refused(&[$(&*$line),+], &[$argument, $($other),*], &[$($part),*]);
        })+
    };
}

refused! {
    a_backup_instance_id_that_is_no_arm_id: ["backup_instance_id = \"instance\"", POINT] at "backup_instance_id" says;
    an_id_of_a_vault_instead_of_an_instance:
        [INSTANCE.replace("/backupInstances/instance", ""), POINT] at "backup_instance_id" says "backupInstances";
    an_id_of_the_other_kind_of_vault:
        [INSTANCE.replace("Microsoft.DataProtection/backupVaults/vault/backupInstances/instance",
            "Microsoft.RecoveryServices/vaults/vault/backupFabrics/Azure/protectionContainers/c/protectedItems/i"), POINT]
        at "backup_instance_id" says;
    neither_a_moment_nor_a_point: [INSTANCE] at "resource" says "point_in_time", "recovery_point";
    both_a_moment_and_a_point: [INSTANCE, POINT, LATEST, TARGET] at "point_in_time" or "recovery_point" or "resource"
        says "point_in_time", "recovery_point";
    a_moment_that_is_no_time: [INSTANCE, "point_in_time = \"yesterday\""] at "point_in_time" says "yesterday", "RFC 3339";
    a_moment_without_a_time_zone: [INSTANCE, "point_in_time = \"2026-11-19T08:00:00\""] at "point_in_time"
        says "\"2026-11-19T08:00:00\" has no time zone. Add `Z` for UTC, or an offset such as `+01:00`.";
    the_word_latest_in_another_case: [INSTANCE, "point_in_time = \"Latest\""] at "point_in_time"
        says "Write \"Latest\" as `latest`";
    the_newest_point_by_its_bound: [INSTANCE, TARGET, "recovery_point = { at_or_before = \"latest\" }"]
        at "recovery_point" says "use `latest = true` instead of `at_or_before`";
    an_id_with_a_line_break: [INSTANCE.replace("instance\"", "instance\\n\""), POINT] at "backup_instance_id"
        says "has a blank or a line break at its beginning or end", "`trimspace()`";
    an_id_with_the_name_of_a_subscription:
        [INSTANCE.replace("5ea1ab1e-0000-4000-8000-000000000001", "contoso"), POINT] at "backup_instance_id"
        says "\"contoso\" in `backup_instance_id` is not the ID of a subscription";
    an_id_of_what_is_protected:
        [INSTANCE.replace("Microsoft.DataProtection/backupVaults/vault/backupInstances/instance",
            "Microsoft.Storage/storageAccounts/shop"), POINT] at "backup_instance_id"
        says "This is the ID of a storage account. `backup_instance_id` needs the ID of a backup instance: `/subscriptions/";
    an_instance_that_is_empty: ["backup_instance_id = \"\"", POINT] at "backup_instance_id"
        says "is an empty string", "make sure that there is a value";
    an_optional_argument_that_is_empty: [INSTANCE, POINT, "resource_guard_id = \"\""] at "resource_guard_id"
        says "is an empty string", "`resource_guard_id = var.x == \"\" ? null : var.x`";
    a_region_that_cannot_be: [INSTANCE, LATEST, TARGET, "restore_location = \"nowhere/../x\""] at "restore_location"
        says "\"nowhere/../x\" is not the name of an Azure region";
    a_target_of_an_operational_backup: [INSTANCE, POINT, TARGET] at "target_storage_account_id"
        says "restored in place", "use `recovery_point` instead of `point_in_time`";
    a_range_of_a_short_container: [INSTANCE, POINT, "ranges = [{ from = \"ab\", to = \"abd\" }]"] at "ranges"
        says "\"ab\" cannot be the name of a container", "3 to 63 characters";
    a_range_with_capitals: [INSTANCE, POINT, "ranges = [{ from = \"Orders/a\", to = \"orders/b\" }]"] at "ranges"
        says "\"Orders\"", "lower-case";
    a_range_of_a_container_of_the_system: [INSTANCE, POINT, "ranges = [{ from = \"$web/a\", to = \"$web/b\" }]"] at "ranges"
        says "does not restore containers of the storage service itself";
    a_prefix_that_ends_in_a_tilde: [INSTANCE, POINT, "containers = [{ name = \"orders\", prefixes = [\"a~\"] }]"]
        at "containers" says "This prefix cannot be restored in place", "`ranges`";
    a_point_chosen_in_no_way: [INSTANCE, "recovery_point = {}", TARGET] at "recovery_point" says "latest", "at_or_before";
    a_point_chosen_in_two_ways:
        [INSTANCE, "recovery_point = { id = \"a\", latest = true }", TARGET] at "recovery_point" says "id", "latest";
    a_bound_that_is_no_time:
        [INSTANCE, "recovery_point = { at_or_before = \"noon\" }", TARGET] at "recovery_point" says "at_or_before";
    an_age_that_is_no_duration:
        [INSTANCE, "recovery_point = { latest = true, max_age = \"old\" }", TARGET] at "recovery_point" says "max_age";
    a_vaulted_restore_without_a_target: [INSTANCE, LATEST] at "recovery_point" or "resource" says "target_storage_account_id";
    a_target_that_is_no_storage_account:
        [INSTANCE, LATEST, TARGET.replace("Microsoft.Storage/storageAccounts", "Microsoft.Compute/disks")]
        at "target_storage_account_id" says "This is the ID of a disk. `target_storage_account_id` needs the ID of a storage account";
    containers_and_ranges_together:
        [INSTANCE, POINT, "containers = [{ name = \"orders\" }]", "ranges = [{ from = \"a/a\", to = \"a/b\" }]"]
        at "containers" or "ranges" or "resource" says "containers", "ranges";
    an_empty_list_of_containers: [INSTANCE, POINT, "containers = []"] at "containers"
        says "The list is empty. To restore all containers that are backed up, set `containers` to `null` or remove it.";
    a_container_that_is_null: [INSTANCE, POINT, "containers = [null]"] at "containers" says "`containers[0]` is null.";
    a_prefix_that_is_null: [INSTANCE, POINT, "containers = [{ name = \"orders\", prefixes = [null] }]"]
        at "containers" says "`containers[0].prefixes[0]` is null.";
    a_container_whose_name_is_null: [INSTANCE, POINT, "containers = [{ name = null }]"]
        at "containers" says "`containers[0].name`", "null";
    an_empty_list_of_prefixes: [INSTANCE, POINT, "containers = [{ name = \"orders\", prefixes = [] }]"]
        at "containers" says "prefixes";
    a_prefix_that_is_empty: [INSTANCE, POINT, "containers = [{ name = \"orders\", prefixes = [\"\"] }]"]
        at "containers" says "prefixes[0]";
    a_range_that_is_null: [INSTANCE, POINT, "ranges = [null]"] at "ranges" says "`ranges[0]` is null.";
    a_trigger_that_is_null: [INSTANCE, POINT, "triggers = { run = null }"] at "triggers" says "`triggers[\"run\"]` is null.";
    an_instance_that_is_null: ["backup_instance_id = null", POINT] at "backup_instance_id" says "required";
    a_point_that_is_not_chosen_by_null: [INSTANCE, TARGET, "recovery_point = { latest = null }"]
        at "recovery_point" says "latest";
    an_empty_list_of_ranges: [INSTANCE, POINT, "ranges = []"] at "ranges" says;
    a_container_with_capitals: [INSTANCE, POINT, "containers = [{ name = \"Orders\" }]"] at "containers" says "name", "Orders";
    a_container_with_two_hyphens: [INSTANCE, POINT, "containers = [{ name = \"or--ders\" }]"] at "containers" says "name";
    a_container_with_a_short_name: [INSTANCE, POINT, "containers = [{ name = \"or\" }]"] at "containers" says "name";
    a_container_with_a_long_name:
        [INSTANCE, POINT, format!("containers = [{{ name = \"{}\" }}]", "o".repeat(64))] at "containers" says "name";
    a_container_of_the_system: [INSTANCE, POINT, "containers = [{ name = \"$web\" }]"] at "containers" says "$web";
    the_second_container_is_at_fault:
        [INSTANCE, POINT, "containers = [{ name = \"orders\" }, { name = \"Documents\" }]"] at "containers" says "Documents";
    a_new_name_in_a_restore_in_place:
        [INSTANCE, POINT, "containers = [{ name = \"orders\", rename_to = \"other\" }]"] at "containers" says "rename_to";
    a_new_name_that_is_no_container_name:
        [INSTANCE, LATEST, TARGET, "containers = [{ name = \"orders\", rename_to = \"Other\" }]"]
        at "containers" says "rename_to";
    too_many_containers_in_place:
        [INSTANCE, POINT, format!("containers = [{}]", repeated(11, |n| format!("{{ name = \"c{n:03}\" }}")))]
        at "containers" says "10";
    too_many_containers_of_a_vault:
        [INSTANCE, LATEST, TARGET, format!("containers = [{}]", repeated(101, |n| format!("{{ name = \"c{n:03}\" }}")))]
        at "containers" says "100";
    too_many_ranges:
        [INSTANCE, POINT, format!("ranges = [{}]", repeated(11, |n| format!("{{ from = \"c{n:03}/a\", to = \"c{n:03}/b\" }}")))]
        at "ranges" says "10";
    ranges_of_a_vault: [INSTANCE, LATEST, TARGET, "ranges = [{ from = \"a/a\", to = \"a/b\" }]"]
        at "ranges" or "recovery_point" says "ranges", "recovery_point";
    a_range_that_ends_before_it_starts:
        [INSTANCE, POINT, "ranges = [{ from = \"orders/b\", to = \"orders/a\" }]"] at "ranges" says "from", "to";
    a_way_of_adoption_that_does_not_exist: [INSTANCE, POINT, "adopt = \"maybe\""] at "adopt" says "running", "completed", "none";
    a_timeout_that_is_no_duration:
        [INSTANCE, POINT, "timeouts {\n    create = \"soon\"\n  }"] at "create" or "timeouts" says "soon";
    an_argument_that_does_not_exist: [INSTANCE, POINT, "container = \"orders\""] at "container" says;
}

/// A restore of the operational backup with a container of which this is a prefix.
fn with_prefix(s: &Scenario, prefix: &str) -> String {
    let (instance, point) = (s.operational_id(), s.point());
    format!(
        "resource \"azurebackup_blob_restore\" \"x\" {{\n  backup_instance_id = {instance:?}\n  \
         point_in_time = {point:?}\n  containers = [{{ name = \"orders\", prefixes = [{prefix}] }}]\n}}\n"
    )
}

#[test]
fn a_prefix_whose_variable_is_null_is_told_by_the_plan() {
    let mut s = Scenario::new();
    let variable = "variable \"prefix\" {\n  type    = string\n  default = null\n}\n";
    s.configure(&(variable.to_owned() + &with_prefix(&s, "var.prefix")));
    let finished = s.plan(&[]).fails();
    assert_points_at(&finished, &["containers"], &["`containers[0].prefixes[0]` is null."]);
    s.finish(0);
}

#[test]
fn a_prefix_that_turns_out_to_be_null_is_told_by_the_apply_and_nothing_is_sent() {
    let mut s = Scenario::new();
    let unknown = "terraform_data.pending.id == \"\" ? \"a/\" : null";
    s.configure(&("resource \"terraform_data\" \"pending\" {}\n".to_owned() + &with_prefix(&s, unknown)));
    let planned = s.plan(&[]);
    assert_eq!(planned.code, Some(2), "{planned}");
    let finished = s.apply(&[]).fails();
    assert_points_at(&finished, &["containers"], &["`containers[0].prefixes[0]` is null."]);
    for question in ["/validateRestore", "/restore"] {
        assert_eq!(s.journal().count("POST", question), 0, "{question}");
    }
    assert!(!s.state().is_empty(), "terraform_data was made");
    s.finish(0);
}

#[test]
fn a_restore_in_place_whose_limit_may_turn_out_to_be_null_is_refused_by_the_plan() {
    let mut s = Scenario::new();
    let limit = "terraform_data.pending.id == \"\" ? [{ name = \"orders\" }] : null";
    let (instance, point) = (s.operational_id(), s.point());
    s.configure(&format!(
        "resource \"terraform_data\" \"pending\" {{}}\nresource \"azurebackup_blob_restore\" \"x\" {{\n  \
         backup_instance_id = {instance:?}\n  point_in_time = {point:?}\n  containers = {limit}\n}}\n"
    ));
    let finished = s.plan(&[]).fails();
    assert_points_at(&finished, &["containers"], &["not known yet", "`containers`", "all block blobs of the account"]);
    s.finish(0);
}

#[test]
fn one_mistake_is_one_error() {
    for (lines, argument) in [
        (vec![INSTANCE, POINT, LATEST, TARGET], "recovery_point"),
        (vec![INSTANCE, POINT, "recovery_point = { latest = true, id = \"a\" }"], "recovery_point"),
        (vec![INSTANCE, POINT, "containers = [{ name = \"orders\", rename_to = \"b\" }]"], "containers"),
    ] {
        let mut s = Scenario::new();
        s.configure(&format!("resource \"azurebackup_blob_restore\" \"x\" {{\n  {}\n}}\n", lines.join("\n  ")));
        let error = s.asks_nothing(|s| s.validate()).error();
        assert_eq!(error.argument(), Some(argument), "{error:?}");
        s.finish(0);
    }
}

#[test]
fn the_wrong_kind_of_backup_is_told_with_the_argument_to_use() {
    let mut s = Scenario::new();
    s.write_restore(&[("backup_instance_id", &format!("{:?}", s.vaulted_id())), ("point_in_time", "\"latest\"")]);
    let finished = s.apply(&[]).fails();
    let text = ["has vaulted backup", "Use `recovery_point` instead of `point_in_time`."];
    assert_points_at(&finished, &["point_in_time"], &text);
    s.write_restore(&[
        ("backup_instance_id", &format!("{:?}", s.operational_id())),
        ("recovery_point", "{ latest = true }"),
        ("target_storage_account_id", &format!("{:?}", s.operational_account_id().replace("contososhop", "elsewhere"))),
    ]);
    let finished = s.apply(&[]).fails();
    let text =
        ["has operational backup, which has no recovery points", "Use `point_in_time` instead of `recovery_point`."];
    assert_points_at(&finished, &["recovery_point"], &text);
    s.finish(0);
}

#[test]
fn a_point_that_is_not_there_is_told_with_those_there_are() {
    let mut s = Scenario::new();
    s.vaulted("recovery_point = { id = \"0000\" }");
    let finished = s.apply(&[]).fails();
    let points = s.recovery_points();
    assert_points_at(&finished, &["recovery_point"], &["There is no recovery point \"0000\".", &points[0], &points[1]]);
    s.finish(0);
}

#[test]
fn a_region_is_sent_as_azure_writes_it() {
    let mut s = Scenario::new();
    s.vaulted("recovery_point = { latest = true }\n  restore_location = \"West Europe\"");
    s.apply(&[]).succeeds();
    let journal = s.journal();
    let sent = journal.find("POST", "/restore").next().expect("it was sent");
    let body = sent.body.as_ref().expect("a body");
    assert_eq!(body["restoreTargetInfo"]["restoreLocation"], "westeurope");
    s.plans_nothing();
    s.finish(1);
}

#[test]
fn many_warnings_of_overwriting_are_folded_after_the_first_ten() {
    let mut s = Scenario::new();
    let instances: String = (0..30).map(|number| format!("\"b{number:02}\", ")).collect();
    let id = INSTANCE.trim_start_matches("backup_instance_id = ").replace("instance\"", "${each.key}\"");
    s.configure(&format!(
        "resource \"azurebackup_blob_restore\" \"x\" {{\n  for_each = toset([{instances}])\n  \
         backup_instance_id = {id}\n  {POINT}\n}}\n"
    ));
    let finished = s.plan(&[]);
    assert_eq!(finished.code, Some(2), "{finished}");
    let warnings = finished.warnings();
    let folded = "Restoring overwrites what is there, in more places";
    let (common, named): (Vec<_>, Vec<_>) = warnings.iter().partition(|warning| warning.summary == folded);
    assert_eq!((named.len(), common.len()), (10, 20), "{warnings:#?}");
    assert!(named.iter().all(|warning| warning.summary.starts_with("Restoring overwrites the storage account behind")));
    assert!(
        common.iter().all(|warning| warning.text().contains("backup instance \"b")),
        "each says in full what it is of"
    );
    s.finish(0);
}

#[test]
fn a_moment_in_the_future_is_told_by_the_plan_that_creates() {
    let mut s = Scenario::new();
    s.write_restore(&[
        ("backup_instance_id", &format!("{:?}", s.operational_id())),
        ("point_in_time", "\"2199-01-01T00:00:00Z\""),
    ]);
    let finished = s.plan(&[]).fails();
    assert_points_at(&finished, &["point_in_time"], &["future"]);
    s.finish(0);
}

#[test]
fn what_is_unknown_yet_is_not_refused() {
    let mut s = Scenario::new();
    s.configure(
        "resource \"terraform_data\" \"x\" {}\n\
         resource \"azurebackup_blob_restore\" \"x\" {\n  backup_instance_id = terraform_data.x.id\n  \
         point_in_time = terraform_data.x.id\n  containers = [{ name = terraform_data.x.id }]\n}\n",
    );
    let finished = s.plan(&[]);
    assert_eq!(finished.code, Some(2), "{finished}");
    s.finish(0);
}

#[test]
fn arguments_of_the_provider_are_checked_where_they_are_written() {
    for (line, argument) in [
        ("poll_interval = \"soon\"", "poll_interval"),
        ("client_certificate_path = \"/nowhere.pfx\"", "client_certificate_path"),
        ("environment = \"mars\"", "environment"),
        ("auxiliary_tenant_ids = [null]", "auxiliary_tenant_ids"),
        ("subscription_id = \"contoso\"", "subscription_id"),
        ("tenant_id = \"contoso corp\"", "tenant_id"),
    ] {
        let mut s = Scenario::new();
        s.provider(line);
        s.restore("");
        let finished = s.plan(&[]).fails();
        assert_points_at(&finished, &[argument], &[]);
        s.finish(0);
    }
}

#[test]
fn empty_arguments_of_the_provider_count_as_not_set() {
    let mut s = Scenario::new();
    s.provider("role_wait = \"\"\n  progress_file = \"\"\n  auxiliary_tenant_ids = []");
    s.set("AZUREBACKUP_PREFLIGHT", "");
    s.set("AZUREBACKUP_PROGRESS_FILE", " ");
    s.restore("");
    s.apply(&[]).succeeds();
    s.finish(1);
}

#[test]
fn an_argument_of_the_provider_can_come_from_its_variable_which_errors_name() {
    let mut s = Scenario::new();
    s.set("AZUREBACKUP_ROLE_WAIT", "soon");
    s.restore("");
    let finished = s.plan(&[]).fails();
    let text = finished.error().text();
    assert!(text.contains("The environment variable AZUREBACKUP_ROLE_WAIT is \"soon\"."), "{text}");
    s.finish(0);
}

#[test]
fn looking_more_often_than_each_second_is_for_loopback_only() {
    let mut s = Scenario::new();
    s.provider_anew("resource_manager_endpoint = \"https://management.example\"\n  poll_interval = \"20ms\"");
    s.restore("");
    let finished = s.plan(&[]).fails();
    assert_points_at(&finished, &["poll_interval"], &[]);
    s.finish(0);
}

#[test]
fn an_endpoint_without_tls_is_refused() {
    let mut s = Scenario::new();
    s.provider_anew("resource_manager_endpoint = \"http://management.example\"");
    s.restore("");
    let finished = s.plan(&[]).fails();
    assert_points_at(&finished, &["resource_manager_endpoint"], &["https"]);
    s.finish(0);
}

/// A restore whose containers depend on what the same apply creates.
fn with_pending_containers(containers: &str) -> Scenario {
    let s = Scenario::new();
    let arguments = s.operational_arguments(&format!("containers = {containers}"));
    s.configure(&format!(
        "resource \"terraform_data\" \"pending\" {{}}\n\
         resource \"azurebackup_blob_restore\" \"x\" {{\n{arguments}\n}}\n"
    ));
    s
}

const ONE_OF_TWO: &str = "terraform_data.pending.id == \"\" ? [{ name = \"documents\" }] : [{ name = \"orders\" }]";
const MAYBE_NULL: &str = "terraform_data.pending.id != \"\" ? [{ name = \"orders\" }] : null";

#[test]
fn a_list_that_is_unknown_and_cannot_become_null_is_planned_and_restored() {
    for containers in [ONE_OF_TWO, &format!("concat({MAYBE_NULL}, [])")] {
        let mut s = with_pending_containers(containers);
        s.apply(&[]).succeeds();
        s.finish(1);
    }
}

#[test]
fn a_list_that_is_unknown_and_may_become_null_is_an_error_in_the_plan() {
    let mut s = with_pending_containers(MAYBE_NULL);
    let error = s.apply(&[]).fails().error();
    assert_eq!(error.argument(), Some("containers"));
    assert!(error.text().contains("concat"), "{}", error.text());
    s.finish(0);
}
