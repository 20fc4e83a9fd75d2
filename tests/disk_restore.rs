//! What is peculiar to disks: the target is what does not exist yet.

use crate::harness::{FinishedCommand, Scenario};
use crate::simulator::{Resource, catalogue};

/// A restore of the newest point into a disk of this name, with further lines.
fn into_disk(s: &Scenario, name: &str, more: &str) {
    let instance = s.azure().thing("backup_instances", catalogue::DISK);
    let target = Resource::disk(name).id();
    s.configure(&format!(
        "resource \"azurebackup_disk_restore\" \"x\" {{\n  backup_instance_id = {instance:?}\n  \
         target_disk_id = {target:?}\n  recovery_point = {{ latest = true }}\n  {more}\n}}\n"
    ));
}

#[track_caller]
fn blames_the_target(finished: &FinishedCommand, parts: &[&str]) {
    let error = finished.error();
    assert_eq!(error.argument(), Some("target_disk_id"), "{finished}");
    assert!(parts.iter().all(|part| error.text().contains(part)), "{parts:?} expected\n{finished}");
}

#[test]
fn the_disk_that_was_backed_up_is_no_target() {
    let mut s = Scenario::new();
    into_disk(&s, "contosodata", "");
    blames_the_target(&s.apply(&[]).fails(), &["backed up", "new disk"]);
    s.finish(0);
}

#[test]
fn a_preflight_warns_of_it_in_the_plan() {
    let mut s = Scenario::new();
    s.provider("preflight = true");
    into_disk(&s, "contosodata", "");
    let planned = s.plan(&[]);
    assert_eq!(planned.warning().argument(), Some("target_disk_id"), "{planned}");
    s.finish(0);
}

#[test]
fn a_target_of_another_type_and_a_name_that_no_disk_has_are_told_without_azure() {
    let mut s = Scenario::new();
    for (name, part) in [("no such name", "letters"), ("x/y/z", "Microsoft.Compute/disks")] {
        into_disk(&s, name, "");
        let finished = s.asks_nothing(|s| s.validate());
        blames_the_target(&finished, &[part]);
    }
    s.finish(0);
}

#[test]
fn a_name_that_is_taken_stops_the_restore_before_it_is_sent() {
    let mut s = Scenario::new();
    s.azure().simulator().change(|world| world.resources.push(Resource::disk("taken")));
    into_disk(&s, "taken", "");
    let error = s.apply(&[]).fails().error().text();
    for part in ["data of disk \"contosodata\"", "UserErrorSameNameDiskAlreadyExists", "`target_disk_id`"] {
        assert!(error.contains(part), "{part:?} expected\n{error}");
    }
    s.finish(0);
}

#[test]
fn a_second_restore_into_the_disk_of_the_first_is_refused_and_leaves_it_alone() {
    let mut s = Scenario::new();
    into_disk(&s, "restored", "");
    s.apply(&[]).succeeds();
    s.apply(&["-replace=azurebackup_disk_restore.x"]).fails();
    into_disk(&s, "restored-again", "");
    s.apply(&[]).succeeds();
    s.destroy().succeeds();
    let disks = s.azure().simulator().things()["resources"].clone();
    assert!(disks["restored"].is_string() && disks["restored-again"].is_string(), "{disks:#}");
    s.finish(2);
}
