//! `azurebackup_recovery_points`.

use serde_json::{Value, json};
use time::Duration;

use super::{column, elsewhere, fault, in_a_recovery_services_vault, instant, only_read, read, refused, text, write};
use crate::harness::Scenario;
use crate::simulator::{FeatureState, ItemPoint, RecoveryPoint, StoredCopy, catalogue};

const KIND: &str = "recovery_points";

fn instance(s: &Scenario) -> String {
    text("backup_instance_id", s.vaulted_id())
}

/// What makes a point differ from a complete one in the vault.
type Make = fn(RecoveryPoint) -> RecoveryPoint;

/// Adds points to the vaulted backup, each so many hours old.
fn add(s: &Scenario, points: &[(i64, Make)]) {
    let started = s.azure().started();
    let name = s.vaulted_id().rsplit('/').next().expect("a name").to_owned();
    s.azure().simulator().change(|world| {
        let instance = world.instance_named(&name).expect("the instance is there");
        let made = points.iter().map(|(hours, make)| {
            make(RecoveryPoint::new(&format!("aged{hours:03}"), started - Duration::hours(*hours)))
        });
        instance.recovery_points.extend(made);
    });
}

#[test]
fn every_fact_of_a_point_is_told() {
    let mut s = Scenario::new();
    let attributes = read(KIND, &[&instance(&s)], &mut s);
    let ids = s.recovery_points();
    let arm_id = |id: &String| format!("{}/recoveryPoints/{id}", s.vaulted_id());
    let taken = |hours| instant(s.azure().started() - Duration::hours(hours));
    let kept_until = |hours| instant(s.azure().started() - Duration::hours(hours) + Duration::days(365));
    let point = |id: &String, hours| {
        json!({
            "id": arm_id(id), "name": id, "time": taken(hours), "type": "Full", "state": "Completed", "friendly_name": id,
            "expiry_time": kept_until(hours), "policy_name": "blobs", "retention_tag_name": "Default", "restorable": true,
            "not_restorable_reason": null,
            "data_stores": [{
                "type": "VaultStore", "state": "COMMITTED", "visible": true, "creation_time": taken(hours),
                "expiry_time": kept_until(hours),
                "rehydration_status": null, "rehydration_expiry_time": null,
            }],
            "snapshot": null, "vaulted": null, "tiers": null, "threat_status": null, "threats": null,
        })
    };
    assert_eq!(
        attributes,
        json!({
            "id": s.vaulted_id(), "backup_instance_id": s.vaulted_id(), "start_time": null, "end_time": null,
            "data_store": null, "allow_partial": null, "timeouts": null, "secondary_region": null,
            "protected_item_id": null, "allow_unhealthy": null,
            "source_region": null, "restore_location": null,
            "recovery_points": [point(&ids[0], 6), point(&ids[1], 30)],
            "latest_id": arm_id(&ids[0]), "latest_time": taken(6), "log_time_ranges": null,
        })
    );
    s.plans_nothing();
    only_read(s);
}

#[test]
fn a_point_that_cannot_be_restored_says_why_and_is_not_the_latest() {
    let mut s = Scenario::new();
    let started = s.azure().started();
    add(&s, &[(1, RecoveryPoint::partial), (2, RecoveryPoint::hidden), (3, RecoveryPoint::archived)]);
    let attributes = read(KIND, &[&instance(&s)], &mut s);
    assert_eq!(column(&attributes, "recovery_points", "name")[..3], ["aged001", "aged002", "aged003"]);
    let reasons = column(&attributes, "recovery_points", "not_restorable_reason");
    for (reason, part) in reasons.iter().zip(["allow_partial", "not ready", "archive"]) {
        assert!(reason.contains(part), "{reasons:?}");
    }
    assert_eq!(attributes["latest_time"], instant(started - Duration::hours(6)));

    let attributes = read(KIND, &[&instance(&s), "allow_partial = true"], &mut s);
    assert_eq!(attributes["latest_time"], instant(started - Duration::hours(1)));
    assert_eq!(attributes["recovery_points"][0]["restorable"], true);
    only_read(s);
}

#[test]
fn a_store_and_a_period_choose_points_with_both_bounds_in_it() {
    let mut s = Scenario::new();
    let started = s.azure().started();
    add(
        &s,
        &[
            (50, RecoveryPoint::archived),
            (60, |point| point.copy(StoredCopy::new("ArchiveStore"))),
            (70, |point| point),
        ],
    );
    let names = |s: &mut Scenario, lines: &[&str]| -> Vec<String> {
        let instance = instance(s);
        let lines = [&[&*instance], lines].concat();
        column(&read(KIND, &lines, s), "recovery_points", "name").into_iter().map(str::to_owned).collect()
    };
    assert_eq!(names(&mut s, &["data_store = \"ArchiveStore\""]), ["aged050", "aged060"]);
    let from = text("start_time", instant(started - Duration::hours(70)));
    let to = text("end_time", instant(started - Duration::hours(50)));
    assert_eq!(names(&mut s, &[&from, &to]), ["aged050", "aged060", "aged070"]);
    assert_eq!(names(&mut s, &[&from, &to, "data_store = \"VaultStore\""]), ["aged060", "aged070"]);
    let journal = s.journal();
    let last = journal.find("GET", "/recoveryPoints").last().expect("the list was read");
    assert!(last.query_names.contains(&"$filter".to_owned()), "{:?}", last.query_names);
    only_read(s);
}

#[test]
fn every_page_is_read_and_sorted() {
    let mut s = Scenario::new();
    let points: Vec<_> = (100..300).map(|hours| (hours, (|point| point) as Make)).collect();
    add(&s, &points);
    let attributes = read(KIND, &[&instance(&s)], &mut s);
    let names = column(&attributes, "recovery_points", "name");
    assert_eq!(names.len(), 202);
    assert_eq!((names[2], names[201]), ("aged100", "aged299"));
    only_read(s);
}

#[test]
fn an_operational_backup_has_none() {
    let mut s = Scenario::new();
    let attributes = read(KIND, &[&text("backup_instance_id", s.operational_id())], &mut s);
    assert_eq!(attributes["recovery_points"], json!([]));
    assert_eq!((&attributes["latest_id"], &attributes["latest_time"]), (&Value::Null, &Value::Null));
    only_read(s);
}

#[test]
fn a_restore_takes_the_latest_id_as_it_is() {
    let mut s = Scenario::new();
    s.vaulted("recovery_point = { id = data.azurebackup_recovery_points.x.latest_id }");
    s.write("data.tf", &format!("data \"azurebackup_recovery_points\" \"x\" {{\n  {}\n}}\n", instance(&s)));
    s.apply(&[]).succeeds();
    assert_eq!(s.state().get("azurebackup_blob_restore.x").text("recovery_point_id"), s.recovery_points()[0]);
    s.plans_nothing();
    s.finish(1);
}

/// The vault has a copy in another region, which the older point has reached.
fn replicated(s: &Scenario) -> RecoveryPoint {
    let older = &s.recovery_points()[1];
    let point = RecoveryPoint::new(older, s.azure().started() - Duration::hours(30)).in_secondary_region();
    assert_ne!(point.id, *older);
    let name = s.vaulted_id().rsplit('/').next().expect("a name").to_owned();
    s.azure().simulator().change(|world| {
        let vault = world.vault_named("vault-rehearsal").expect("the vault is there");
        vault.secondary_region = Some("northeurope".into());
        vault.cross_region_restore = FeatureState::Enabled;
        world.instance_named(&name).expect("the instance is there").secondary_points = vec![point.clone()];
    });
    point
}

#[test]
fn points_of_the_secondary_region_are_those_that_a_restore_there_takes() {
    let mut s = Scenario::new();
    let point = replicated(&s);
    let secondary = "secondary_region = true";
    let attributes = read(KIND, &[&instance(&s), secondary], &mut s);
    assert_eq!(column(&attributes, "recovery_points", "name"), [point.id.as_str()]);
    let named = ["source_region = \"West Europe\"", "restore_location = \"North Europe\""];
    let attributes = read(KIND, &[&[&*instance(&s), secondary], &named[..]].concat(), &mut s);
    assert_eq!(column(&attributes, "recovery_points", "name"), [point.id.as_str()]);
    let path = "/locations/northeurope/fetchSecondaryRecoveryPoints";
    assert!(s.journal().count("POST", path) >= 2, "regions are sent as Azure writes them");

    s.vaulted("secondary_region = true\n  recovery_point = { id = data.azurebackup_recovery_points.x.latest_id }");
    let block = format!("data \"azurebackup_recovery_points\" \"x\" {{\n  {}\n  {secondary}\n}}\n", instance(&s));
    s.write("data.tf", &block);
    s.apply(&[]).succeeds();
    assert_eq!(s.state().get("azurebackup_blob_restore.x").text("recovery_point_id"), point.id);
    s.finish(1);
}

#[test]
fn a_restore_from_the_secondary_region_lists_the_points_there_are_in_that_region() {
    let mut s = Scenario::new();
    let point = replicated(&s);
    let of_the_vault = s.recovery_points()[0].clone();
    s.vaulted(&format!("secondary_region = true\n  recovery_point = {{ id = {of_the_vault:?} }}"));
    let error = s.apply(&[]).fails().error();
    assert_eq!(error.argument(), Some("recovery_point"));
    let text = error.text();
    for part in [
        &*format!("There is no recovery point {of_the_vault:?}"),
        &*point.id,
        "\"northeurope\"",
        "`secondary_region = true`",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    s.finish(0);
}

#[test]
fn a_restore_from_the_secondary_region_takes_the_id_that_a_point_has_in_the_region_of_the_vault() {
    let mut s = Scenario::new();
    let point = replicated(&s);
    let of_the_vault = s.recovery_points()[1].clone();
    s.vaulted(&format!("secondary_region = true\n  recovery_point = {{ id = {of_the_vault:?} }}"));
    s.apply(&[]).succeeds();
    assert_eq!(s.state().get("azurebackup_blob_restore.x").text("recovery_point_id"), point.id);
    s.plans_nothing();
    s.finish(1);
}

#[test]
fn a_region_of_the_copy_needs_the_copy() {
    let instance = text("backup_instance_id", elsewhere("v/backupInstances/i"));
    for region in ["source_region", "restore_location"] {
        let error = refused(KIND, &[&instance, &text(region, "westeurope")], region);
        assert!(error.contains("\"secondary_region\" must be set"), "{error}");
    }
}

#[test]
fn an_instance_or_a_vault_that_does_not_exist_is_told_on_the_id() {
    let mut s = Scenario::new();
    for id in [format!("{}-gone", s.vaulted_id()), elsewhere("nowhere/backupInstances/i")] {
        let error = fault(KIND, &[&text("backup_instance_id", id)], "backup_instance_id", &mut s);
        assert!(error.contains("Reading the recovery points of backup instance"), "{error}");
        assert!(error.contains("there is no such backup instance"), "{error}");
    }
    only_read(s);
}

#[test]
fn bad_input_is_told_before_azure_is_asked() {
    let instance = text("backup_instance_id", elsewhere("v/backupInstances/i"));
    let item = in_a_recovery_services_vault("v/backupFabrics/Azure/protectionContainers/c/protectedItems/i");
    let error = refused(KIND, &[&text("backup_instance_id", &item)], "backup_instance_id");
    assert!(error.contains("This is the ID of a protected item."), "{error}");
    let item = text("protected_item_id", item);
    refused(KIND, &[&text("protected_item_id", elsewhere("v/backupInstances/i"))], "protected_item_id");
    for argument in ["data_store = \"VaultStore\"", "allow_partial = true", "secondary_region = true"] {
        refused(KIND, &[&item, argument], argument.split(' ').next().expect("a name"));
    }
    refused(KIND, &[&instance, "allow_unhealthy = true"], "allow_unhealthy");
    let mut s = Scenario::new();
    write(&s, KIND, &[&instance, &item]);
    let error = s.asks_nothing(|s| s.validate()).error().text();
    assert!(error.contains("backup_instance_id") && error.contains("protected_item_id"), "{error}");
    only_read(s);
    refused(KIND, &[&instance, "data_store = \"Vault\""], "data_store");
    refused(KIND, &[&instance, "end_time = \"noon\""], "end_time");
    refused(
        KIND,
        &[&instance, "start_time = \"2026-11-19T08:00:00Z\"", "end_time = \"2026-11-19T07:00:00Z\""],
        "start_time",
    );
}

fn share(s: &Scenario) -> String {
    text("protected_item_id", s.protected_file_share_id())
}

/// How often points of the share were asked for so far.
fn asked(s: &Scenario) -> usize {
    s.journal().find("GET", "/recoveryPoints").count()
}

#[test]
fn every_fact_of_a_point_of_a_protected_item_is_told() {
    let mut s = Scenario::new();
    let id = s.protected_file_share_id();
    let found = ItemPoint::new("932899999999999999", s.azure().started() - Duration::hours(1))
        .threat("UnHealthy", &["Ransom:Linux/Example"]);
    s.azure().simulator().change_item(catalogue::FILE_SHARE, |item| item.points.push(found)).expect("a share");
    let attributes = read(KIND, &[&share(&s)], &mut s);
    let taken = |hours| instant((s.azure().started() - Duration::hours(hours)).replace_nanosecond(0).unwrap());
    let point = |name: &str, hours, tier: &str| {
        json!({
            "id": format!("{id}/recoveryPoints/{name}"), "name": name, "time": taken(hours),
            "type": "FileSystemConsistent", "state": null, "friendly_name": null, "expiry_time": null,
            "policy_name": null, "retention_tag_name": "Daily", "restorable": true, "not_restorable_reason": null,
            "data_stores": null, "snapshot": tier == "InstantRP", "vaulted": tier == "HardenedRP",
            "tiers": [{"type": tier, "status": "Valid"}], "threat_status": null, "threats": [],
        })
    };
    let mut infected = point("932899999999999999", 1, "InstantRP");
    infected["restorable"] = json!(false);
    infected["not_restorable_reason"] =
        json!("malware was found in it (Ransom:Linux/Example), and `allow_unhealthy` is not set");
    infected["threat_status"] = json!("UnHealthy");
    infected["threats"] = json!([{"title": "Ransom:Linux/Example", "severity": "High", "state": "Active"}]);
    let newest = point("932890167574511261", 6, "InstantRP");
    assert_eq!(
        attributes,
        json!({
            "id": id, "backup_instance_id": null, "protected_item_id": id, "start_time": null, "end_time": null,
            "data_store": null, "allow_partial": null, "allow_unhealthy": null, "timeouts": null,
            "secondary_region": null, "source_region": null, "restore_location": null,
            "latest_id": newest["id"], "latest_time": newest["time"], "log_time_ranges": null,
            "recovery_points": [
                infected, newest, point("932886657837421071", 30, "InstantRP"),
                point("932881138555802864", 40 * 24, "HardenedRP"),
            ],
        })
    );
    let allowed = read(KIND, &[&share(&s), "allow_unhealthy = true"], &mut s);
    assert_eq!(allowed["latest_id"], format!("{id}/recoveryPoints/932899999999999999"));
    only_read(s);
}

#[test]
fn points_of_a_protected_item_are_read_in_windows_as_far_as_the_period_reaches() {
    let mut s = Scenario::new();
    let days_ago = |days| instant(s.azure().started() - Duration::days(days));
    let (from, to) = (text("start_time", days_ago(70)), text("end_time", days_ago(35)));
    let (recent, future) = (text("start_time", days_ago(20)), text("start_time", days_ago(-40)));
    for (lines, expected, windows) in [
        (vec![&*from, &*to], vec!["932881138555802864"], 2),
        (vec![&*recent], vec!["932890167574511261", "932886657837421071"], 1),
        (vec![&*future], vec![], 1),
        // The second window has the last point, and more than a year before it has none.
        (vec![], vec!["932890167574511261", "932886657837421071", "932881138555802864"], 2 + 13),
    ] {
        let share = share(&s);
        write(&s, KIND, &[vec![&*share], lines.clone()].concat());
        let before = asked(&s);
        s.plan(&[]);
        assert_eq!(asked(&s) - before, windows, "{lines:?}");
        s.apply(&[]).succeeds();
        let attributes = s.state().get("data.azurebackup_recovery_points.x").attributes;
        assert_eq!(column(&attributes, "recovery_points", "name"), expected, "{lines:?}");
    }
    only_read(s);
}

#[test]
fn a_protected_item_without_points_has_none_and_one_that_does_not_exist_is_told() {
    let mut s = Scenario::new();
    s.azure().simulator().change_item(catalogue::FILE_SHARE, |item| item.points.clear()).expect("a share");
    let attributes = read(KIND, &[&share(&s)], &mut s);
    assert_eq!((&attributes["recovery_points"], &attributes["latest_id"]), (&json!([]), &Value::Null));
    let gone = text("protected_item_id", format!("{}0", s.protected_file_share_id()));
    let error = fault(KIND, &[&gone], "protected_item_id", &mut s);
    assert!(error.contains("there is no such protected item"), "{error}");
    only_read(s);
}

#[test]
fn a_share_of_which_the_newest_point_is_years_old_has_its_points_and_its_latest() {
    let mut s = Scenario::new();
    let old = ItemPoint::new("932811111111111111", s.azure().started() - Duration::days(900));
    s.azure().simulator().change_item(catalogue::FILE_SHARE, |item| item.points = vec![old]).expect("a share");
    let attributes = read(KIND, &[&share(&s)], &mut s);
    assert_eq!(column(&attributes, "recovery_points", "name"), ["932811111111111111"]);
    assert_eq!(attributes["latest_id"], format!("{}/recoveryPoints/932811111111111111", s.protected_file_share_id()));
    only_read(s);
}
