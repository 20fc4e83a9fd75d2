//! `azurebackup_restorable_time_ranges`.

use serde_json::{Value, json};
use time::Duration;

use super::{column, elsewhere, fault, instant, only_read, read, refused, text};
use crate::harness::Scenario;
use crate::simulator::data_protection::instances::Range;
use crate::simulator::{Action, Fault};

const KIND: &str = "restorable_time_ranges";

fn instance(s: &Scenario) -> String {
    text("backup_instance_id", s.operational_id())
}

#[test]
fn a_continuous_backup_can_go_back_to_any_instant_until_now() {
    let mut s = Scenario::new();
    let attributes = read(KIND, &[&instance(&s)], &mut s);
    let start = instant(s.azure().started() - Duration::days(30));
    let latest = attributes["latest"].as_str().expect("there is a latest instant").to_owned();
    assert!(latest > instant(s.azure().started()), "{latest}");
    assert_eq!(
        attributes,
        json!({
            "id": s.operational_id(), "backup_instance_id": s.operational_id(), "source_data_store": "OperationalStore",
            "start_time": null, "end_time": null, "timeouts": null,
            "ranges": [{"start_time": start, "end_time": latest}], "earliest": start, "latest": latest,
        })
    );
    let journal = s.journal();
    let path = format!("{}/findRestorableTimeRanges", s.operational_id());
    assert!(journal.find("POST", "/providers/").all(|entry| entry.path == path), "{}", journal.text());
    only_read(s);
}

#[test]
fn bounds_cut_the_ranges_and_azure_is_told_both_in_its_own_notation() {
    let mut s = Scenario::new();
    let started = s.azure().started().replace_nanosecond(0).expect("zero is a nanosecond");
    let (from, to) = (started - Duration::days(2), started - Duration::days(1));
    let (start, end) = (text("start_time", instant(from)), text("end_time", instant(to).replace('Z', "+00:00")));
    let attributes = read(KIND, &[&instance(&s), &start, &end], &mut s);
    assert_eq!(attributes["ranges"], json!([{"start_time": instant(from), "end_time": instant(to)}]));
    let journal = s.journal();
    let body = journal.find("POST", "/findRestorableTimeRanges").next().and_then(|entry| entry.body.clone());
    let ticks = |at| instant(at).replace('Z', ".0000000Z");
    let expected = json!({"sourceDataStoreType": "OperationalStore", "startTime": ticks(from), "endTime": ticks(to)});
    assert_eq!(body, Some(expected));
    s.plans_nothing();
    only_read(s);
}

#[test]
fn ranges_are_sorted_whatever_azure_s_order() {
    let mut s = Scenario::new();
    let started = s.azure().started();
    let range =
        |from: i64, to: i64| Range { start: started - Duration::days(from), end: Some(started - Duration::days(to)) };
    let name = s.operational_id().rsplit('/').next().expect("a name").to_owned();
    s.azure().simulator().change(|world| {
        world.instance_named(&name).expect("the instance is there").ranges =
            vec![range(5, 2), range(300, 200), range(20, 10)];
    });
    let attributes = read(KIND, &[&instance(&s)], &mut s);
    let expected = [300, 20, 5].map(|days| instant(started - Duration::days(days)));
    assert_eq!(column(&attributes, "ranges", "start_time"), expected);
    assert_eq!(attributes["earliest"], expected[0]);
    assert_eq!(attributes["latest"], instant(started - Duration::days(2)));
    only_read(s);
}

#[test]
fn a_vaulted_backup_has_none() {
    let mut s = Scenario::new();
    let attributes = read(KIND, &[&text("backup_instance_id", s.vaulted_id())], &mut s);
    assert_eq!(attributes["ranges"], json!([]));
    assert_eq!((&attributes["earliest"], &attributes["latest"]), (&Value::Null, &Value::Null));
    only_read(s);
}

#[test]
fn a_backup_of_disks_is_told_on_its_id() {
    let mut s = Scenario::new();
    let source = json!({"objectType": "Datasource", "resourceID": s.target_account_id(), "datasourceType": "Microsoft.Compute/disks"});
    let body = json!({"name": "disk", "properties": {"dataSourceInfo": source}});
    let find = "*/findRestorableTimeRanges";
    s.fault(Fault::status("POST", find, 400, &[], "BMSUserErrorInvalidInput").always());
    let answer = Action::Status { status: 200, headers: Default::default(), body };
    s.fault(Fault::on("GET", "*/backupInstances/*", answer).always());
    let error = fault(KIND, &[&instance(&s)], "backup_instance_id", &mut s);
    for part in ["Microsoft.Compute/disks", "azurebackup_recovery_points"] {
        assert!(error.contains(part), "{error}");
    }
    only_read(s);
}

#[test]
fn an_instance_that_does_not_exist_is_told_on_its_id() {
    let mut s = Scenario::new();
    let id = format!("{}-gone", s.operational_id());
    let error = fault(KIND, &[&text("backup_instance_id", id)], "backup_instance_id", &mut s);
    assert!(error.contains("contososhop-operational-gone"), "{error}");
    assert!(error.contains("there is no such backup instance") && error.contains("ResourceNotFound"), "{error}");
    only_read(s);
}

#[test]
fn bad_input_is_told_before_azure_is_asked() {
    let instance = text("backup_instance_id", elsewhere("v/backupInstances/i"));
    refused(KIND, &[&text("backup_instance_id", elsewhere("v"))], "backup_instance_id");
    refused(KIND, &[&instance, "start_time = \"yesterday\""], "start_time");
    refused(KIND, &[&instance, "end_time = \"2026-11-19T08:00:00\""], "end_time");
    refused(KIND, &[&instance, "end_time = \"9999-12-31T23:59:59-23:00\""], "end_time");
    refused(KIND, &[&instance, "source_data_store = \"operationalstore\""], "source_data_store");
    refused(
        KIND,
        &[&instance, "start_time = \"2026-11-19T08:00:00Z\"", "end_time = \"2026-11-18T08:00:00Z\""],
        "start_time",
    );
}

#[test]
fn a_start_in_the_future_is_told_on_itself() {
    let mut s = Scenario::new();
    let error = fault(KIND, &[&instance(&s), "start_time = \"2199-01-01T00:00:00Z\""], "start_time", &mut s);
    assert!(error.contains("2199-01-01"), "{error}");
    assert_eq!(s.journal().count("POST", "/findRestorableTimeRanges"), 0);
    only_read(s);
}
