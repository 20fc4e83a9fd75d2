//! Disks that are full, and folders that cannot be written to: the restore goes on, and says what it could not write.

use std::os::unix::fs::PermissionsExt;

use serde_json::Value;

use crate::harness::{PROVIDER, Scenario};

const FULL: &str = "cannot write to the progress file";

/// From now on the provider is started by a shell that first does this.
fn behind(s: &mut Scenario, shell: &str) {
    let folder = s.root().join("wrapped");
    std::fs::create_dir_all(&folder).unwrap();
    let program = folder.join("terraform-provider-azurebackup");
    std::fs::write(&program, format!("#!/bin/sh\n{shell}\nexec {PROVIDER:?} \"$@\"\n")).unwrap();
    std::fs::set_permissions(&program, PermissionsExt::from_mode(0o755)).unwrap();
    let plain = std::fs::read_to_string(s.root().join("cli.tfrc")).unwrap();
    let binaries = std::path::Path::new(PROVIDER).parent().unwrap().display().to_string();
    std::fs::write(s.root().join("wrapped.tfrc"), plain.replace(&binaries, &folder.display().to_string())).unwrap();
    let wrapped = s.root().join("wrapped.tfrc");
    s.set("TF_CLI_CONFIG_FILE", wrapped);
}

/// A progress file that takes a few lines of one restore and no more: a limit on the size of files is as a full disk, for a
/// process that does not die of it.
fn on_a_disk_that_gets_full(limit: &str) {
    let mut s = Scenario::new();
    let file = s.root().join("progress.jsonl");
    s.provider(&format!("progress_file = {:?}", file.display().to_string()));
    behind(&mut s, limit);
    s.restore("");
    s.apply(&[]).succeeds();
    assert_eq!(s.log().matches(FULL).count(), 1, "it is said once");
    let half = std::fs::read_to_string(&file).unwrap();
    assert!(half.len() <= 1024 && !half.is_empty(), "{half}");
    // There is room again: what comes next begins a line of its own.
    let plain = s.root().join("cli.tfrc");
    s.set("TF_CLI_CONFIG_FILE", plain);
    s.restore("triggers = { run = \"2\" }");
    s.apply(&[]).succeeds();
    let whole = std::fs::read_to_string(&file).unwrap();
    let rest = whole.strip_prefix(&half).expect("nothing is lost that was there");
    let cut = usize::from(!half.ends_with('\n'));
    assert!(cut == 0 || rest.starts_with('\n'), "{whole}");
    let lines: Vec<&str> = rest.lines().skip(cut).collect();
    assert!(lines.len() > 5, "{whole}");
    for line in lines {
        assert!(serde_json::from_str::<Value>(line).is_ok_and(|event| event["event"].is_string()), "{line}");
    }
    s.finish(2);
}

#[test]
fn a_progress_file_on_a_disk_that_gets_full_keeps_its_lines_and_the_restore_goes_on() {
    on_a_disk_that_gets_full("trap '' XFSZ\nulimit -f 1");
}

#[test]
fn a_limit_on_the_size_of_files_does_not_end_the_provider() {
    on_a_disk_that_gets_full("ulimit -f 1");
}

#[test]
fn a_progress_file_that_is_a_device_is_refused_by_name_before_anything_is_sent() {
    let mut s = Scenario::new();
    s.provider("progress_file = \"/dev/full\"");
    s.restore("");
    let error = s.apply(&[]).fails().error().text();
    assert!(error.contains("/dev/full") && error.contains("ordinary file"), "{error}");
    s.finish(0);
}

#[test]
fn a_progress_file_where_nothing_can_be_made_is_refused_by_name_before_anything_is_sent() {
    let mut s = Scenario::new();
    s.provider("progress_file = \"/dev/null/progress.jsonl\"");
    s.restore("");
    let error = s.apply(&[]).fails().error().text();
    assert!(error.contains("/dev/null/progress.jsonl"), "{error}");
    s.finish(0);
}

#[test]
fn without_a_folder_for_temporary_files_of_its_own_the_systems_is_taken() {
    let mut s = Scenario::new();
    s.set("TMPDIR", "/dev/null/tmp");
    s.restore("");
    s.apply(&[]).succeeds();
    s.plans_nothing();
    s.finish(1);
}
