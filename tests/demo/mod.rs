//! `make demo` takes the workloads that lie in `workloads/`, and what people read of it names all of them.

use std::path::Path;
use std::process::Command;

use crate::architecture::root;
use crate::harness::Scenario;

fn workloads() -> Vec<String> {
    let entries = std::fs::read_dir(root().join("tests/demo/workloads")).expect("the folder is there").flatten();
    let mut names: Vec<String> = entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort();
    names
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// What a workload sets to this.
fn setting(workload: &str, name: &str) -> String {
    let text = read(&root().join("tests/demo/workloads").join(workload));
    let line = text.lines().find_map(|line| line.strip_prefix(&format!("{name}=")));
    line.unwrap_or_else(|| panic!("{workload} does not set {name}")).to_owned()
}

#[test]
fn a_workload_that_there_is_not_is_an_error_that_lists_those_that_there_are() {
    assert_eq!(workloads(), ["blobs", "file_share", "sql_database"]);
    for unknown in ["nope", "blobs file_share", "../run"] {
        let mut demo = Command::new(root().join("tests/demo/run"));
        let output = demo.env("WORKLOAD", unknown).output().expect("it can be started");
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{unknown}: {said}");
        assert_eq!(said, format!("no workload is called \"{unknown}\"; there are: {}\n", workloads().join(" ")));
    }
}

#[test]
fn the_help_and_the_readme_say_which_workloads_there_are() {
    let help = read(&root().join("GNUmakefile"));
    let help = help.lines().find(|line| line.starts_with("demo: ## ")).expect("make help knows the demo");
    let readme = read(&root().join("README.md"));
    for workload in workloads() {
        assert!(help.contains(&workload), "{help}");
        assert!(workload == "blobs" || readme.contains(&format!("make demo WORKLOAD={workload}")), "{workload}");
    }
}

/// The rest of a demo takes minutes; CI shows it (`make demo`, `make matrix`).
#[test]
fn the_example_of_each_workload_makes_as_many_restores_as_its_demo_expects() {
    for workload in workloads() {
        let example = root().join(setting(&workload, "example"));
        let mut s = Scenario::new();
        s.set_variables();
        s.configure(&read(&example));
        let variables = example.parent().expect("a folder").join("variables.tf");
        s.write("variables.tf", &read(&variables));
        s.apply(&[]).succeeds();
        let restores = setting(&workload, "restores").parse().expect("a number");
        s.finish(restores);
    }
}
