//! The echo provider under the real `terraform`: what only Terraform itself can say about a provider.

use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use serde_json::Value as Json;
use tempfile::TempDir;

use super::plugin::{PATIENCE, Start, echo_provider};
use crate::harness::{client, skipped_without_functions};

/// A directory with a configuration, and a CLI configuration that finds the provider without `init`.
struct ProtocolWorkspace(TempDir);

impl ProtocolWorkspace {
    fn new(body: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let bin = directory.path().join("bin");
        std::fs::create_dir(&bin).unwrap();
        std::os::unix::fs::symlink(echo_provider(), bin.join("terraform-provider-echo")).unwrap();
        let override_of = |host: &str| format!("    \"{host}/example/echo\" = {:?}\n", bin.display().to_string());
        let overrides = ["registry.terraform.io", "registry.opentofu.org"].map(override_of).concat();
        let cli = format!("provider_installation {{\n  dev_overrides {{\n{overrides}  }}\n  direct {{}}\n}}\n");
        std::fs::write(directory.path().join("cli.tfrc"), cli).unwrap();
        let workspace = Self(directory);
        workspace.configure(body);
        workspace
    }

    fn configure(&self, body: &str) {
        let head = "terraform {\n  required_providers {\n    echo = { source = \"example/echo\" }\n  }\n}\n";
        std::fs::write(self.0.path().join("main.tf"), format!("{head}{body}\n")).unwrap();
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&client().executable);
        command.args(arguments).current_dir(self.0.path()).env("TF_CLI_CONFIG_FILE", self.0.path().join("cli.tfrc"));
        command.env("TF_IN_AUTOMATION", "1").env("NO_COLOR", "1").env("CHECKPOINT_DISABLE", "1").stdin(Stdio::null());
        for variable in ["TF_LOG", "TF_LOG_PROVIDER", "TF_REATTACH_PROVIDERS", "TF_CLI_ARGS", "TF_WORKSPACE"] {
            command.env_remove(variable);
        }
        command
    }

    /// Runs to the end: exit code, and everything printed.
    fn run(&self, arguments: &[&str]) -> (Option<i32>, String) {
        finished(self.command(arguments).output())
    }

    fn state(&self) -> Json {
        let text = std::fs::read(self.0.path().join("terraform.tfstate")).unwrap();
        serde_json::from_slice(&text).unwrap()
    }

    fn path(&self) -> &Path {
        self.0.path()
    }
}

fn finished(output: std::io::Result<Output>) -> (Option<i32>, String) {
    let output = output.unwrap();
    let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    (output.status.code(), text)
}

const APPLY: &[&str] = &["apply", "-auto-approve", "-no-color"];
const PLAN: &[&str] = &["plan", "-detailed-exitcode", "-no-color"];

#[test]
fn a_thing_lives_from_apply_to_destroy() {
    let thing = |arguments: &str| {
        format!("resource \"echo_thing\" \"x\" {{\n{arguments}\n}}\noutput \"echo\" {{ value = echo_thing.x.echo }}")
    };
    let whole = "text = \"t\"\nlabels = { a = \"b\" }\nparts = [{ name = \"a\" }]\nsections { name = \"b\" }\ntimeouts { create = \"1m\" }";
    let workspace = ProtocolWorkspace::new(&thing(whole));
    let (code, text) = workspace.run(APPLY);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("1 added, 0 changed, 0 destroyed") && text.contains("echo = \"t\""), "{text}");
    let instance = &workspace.state()["resources"][0]["instances"][0];
    assert_eq!((&instance["private"], &instance["schema_version"]), (&Json::from("a2VwdA=="), &Json::from(1)));
    let (code, text) = workspace.run(PLAN);
    assert_eq!(code, Some(0), "{text}");

    workspace.configure(&thing(&format!("{whole}\nnote = \"n\"")));
    let (code, text) = workspace.run(APPLY);
    assert!(code == Some(0) && text.contains("0 added, 1 changed, 0 destroyed"), "{text}");
    workspace.configure(&thing(&whole.replace("\"t\"", "\"other\"")));
    let (code, text) = workspace.run(APPLY);
    assert!(code == Some(0) && text.contains("1 added, 0 changed, 1 destroyed"), "{text}");
    let (code, text) = workspace.run(&["destroy", "-auto-approve", "-no-color"]);
    assert!(code == Some(0) && text.contains("1 destroyed"), "{text}");
}

#[test]
fn a_write_only_value_stays_out_of_state_or_is_refused() {
    let workspace = ProtocolWorkspace::new("resource \"echo_thing\" \"x\" { secret = \"swordfish\" }");
    let (code, text) = workspace.run(APPLY);
    if code == Some(0) {
        let state = workspace.state();
        assert_eq!(state["resources"][0]["instances"][0]["attributes"]["secret"], Json::Null);
        assert!(!state.to_string().contains("swordfish"));
    } else {
        // Terraform and OpenTofu before 1.11.
        assert!(text.contains("Error: Write-only arguments are not supported by this client"), "{text}");
    }
}

#[test]
fn an_error_points_at_the_line_of_its_attribute() {
    // Terraform shows the line that a path leads to, and only the block's first line where it cannot follow.
    let cases = [
        ("parts = [\n{ name = \"a\" },\n{ name = \"x\" }\n]", "{ name = \"x\" }"),
        ("timeouts {\ncreate = \"9m\"\n}", "create = \"9m\""),
        ("sections {\nname = \"a\"\n}\nsections {\nname = \"x\"\n}", "name = \"x\""),
        ("behaviour = \"odd\"", "behaviour = \"odd\""),
    ];
    for (arguments, line) in cases {
        let workspace = ProtocolWorkspace::new(&format!("resource \"echo_thing\" \"x\" {{\n{arguments}\n}}"));
        let (code, text) = workspace.run(&["validate", "-json"]);
        assert_eq!(code, Some(1), "{text}");
        let found: Json = serde_json::from_str(text.split_inclusive("\n}\n").next().unwrap()).unwrap();
        let snippet = found["diagnostics"][0]["snippet"]["code"].as_str().unwrap_or_default();
        assert_eq!(snippet.trim(), line, "{text}");
    }
}

#[test]
fn a_function_is_called_while_planning_and_its_error_points_at_the_argument() {
    if skipped_without_functions() {
        return;
    }
    let call = |arguments: &str| format!("output \"x\" {{\n  value = provider::echo::describe({arguments})\n}}");
    let workspace = ProtocolWorkspace::new(&call("\"t\", null, 1, 2"));
    let (code, text) = workspace.run(APPLY);
    assert!(code == Some(0) && text.contains("more = 2") && text.contains("note = \"null\""), "{text}");
    assert_eq!(workspace.run(PLAN).0, Some(0));

    let told = |arguments: &str| {
        workspace.configure(&call(arguments));
        let (code, text) = workspace.run(&["plan", "-no-color"]);
        assert_eq!(code, Some(1), "{text}");
        text.replace(['│', '╷', '╵'], " ").split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let blamed = told("\"blame the text\", null");
    assert!(blamed.contains("Invalid value for \"text\" parameter: told to\u{fffd}[31m blame it."), "{blamed}");
    for (behaviour, text) in [
        ("fail", "told to fail."),
        ("blame nobody", "told to blame what is not there."),
        ("panic", "The provider crashed: told to panic. This is a bug in the provider, met in CallFunction."),
    ] {
        let found = told(&format!("\"{behaviour}\", null"));
        assert!(found.contains(&format!("\"provider::echo::describe\" failed: {text}")), "{found}");
    }
    assert!(told("null, null").contains("argument must not be null"));
}

#[test]
fn a_function_of_an_unknown_argument_is_unknown_until_the_apply() {
    if skipped_without_functions() {
        return;
    }
    let workspace = ProtocolWorkspace::new(
        "resource \"echo_thing\" \"x\" {}\noutput \"x\" {\n  \
         value = provider::echo::describe(echo_thing.x.id, [echo_thing.x.id])\n}",
    );
    let (code, text) = workspace.run(APPLY);
    assert!(code == Some(0) && text.contains("x = (known after apply)"), "{text}");
    assert!(text.contains("\"note\" = \"known\"") && text.contains("\"text\" = \"thing-1\""), "{text}");
}

#[test]
fn an_import_takes_a_thing_over() {
    let workspace = ProtocolWorkspace::new("resource \"echo_thing\" \"x\" {}");
    let (code, text) = workspace.run(&["import", "-no-color", "echo_thing.x", "thing-7"]);
    assert_eq!(code, Some(0), "{text}");
    assert_eq!(workspace.state()["resources"][0]["instances"][0]["attributes"]["id"], "thing-7");
    let (code, text) = workspace.run(PLAN);
    assert_eq!(code, Some(0), "{text}");
}

#[test]
fn a_panic_is_shown_with_its_place_and_the_object_stays_away_from_state() {
    let workspace = ProtocolWorkspace::new("resource \"echo_thing\" \"x\" { behaviour = \"panic\" }");
    let (code, text) = workspace.run(APPLY);
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("Error: The provider crashed"), "{text}");
    assert!(text.contains("panic: told to panic"), "{text}");
    assert_eq!(workspace.state()["resources"], serde_json::json!([]));
}

#[test]
fn a_start_that_fails_is_explained() {
    let workspace = ProtocolWorkspace::new("data \"echo_source\" \"x\" { text = \"t\" }");
    let (code, text) = finished(workspace.command(PLAN).env("PLUGIN_UNIX_SOCKET_DIR", "/nowhere").output());
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("fatal error: opening a socket in /nowhere failed"), "{text}");
}

#[tokio::test]
async fn an_interrupted_create_is_saved_and_the_next_plan_is_empty() {
    use rustix::process::{Pid, Signal, kill_process_group};
    use std::os::unix::process::CommandExt;
    let workspace = ProtocolWorkspace::new("resource \"echo_thing\" \"x\" {\nbehaviour = \"wait\"\ntext = \"t\"\n}");
    let log = workspace.path().join("log");
    let mut command = workspace.command(APPLY);
    // A group of its own, signalled as a whole: that is what a terminal does at Ctrl-C.
    command.env("TF_LOG_PROVIDER", "INFO").env("TF_LOG_PATH", &log).process_group(0);
    let child = tokio::process::Command::from(command).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let group = Pid::from_raw(i32::try_from(child.id().unwrap()).unwrap()).unwrap();
    let waits = async {
        while !std::fs::read_to_string(&log).is_ok_and(|log| log.contains("waiting")) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(PATIENCE, waits).await.unwrap();
    kill_process_group(group, Signal::INT).unwrap();
    let (code, text) = finished(tokio::time::timeout(PATIENCE, child.wait_with_output()).await.unwrap());
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("Warning: Interrupted"), "{text}");
    let instance = &workspace.state()["resources"][0]["instances"][0];
    assert_eq!((&instance["attributes"]["echo"], &instance["status"]), (&Json::from("t"), &Json::Null));
    let (code, text) = workspace.run(PLAN);
    assert_eq!(code, Some(0), "{text}");
}

#[tokio::test]
async fn terraform_attaches_itself_to_a_provider_in_debug_mode() {
    let mut start = Start::bare();
    start.command.arg("-debug");
    let plugin = start.plugin().await;
    let variable = plugin.line.trim_end().strip_prefix("TF_REATTACH_PROVIDERS='").unwrap().strip_suffix('\'').unwrap();
    let workspace = ProtocolWorkspace::new("resource \"echo_thing\" \"x\" { text = \"t\" }");
    for arguments in [&["init", "-no-color"][..], APPLY, PLAN] {
        let mut command = workspace.command(arguments);
        command.env("TF_REATTACH_PROVIDERS", variable).env_remove("TF_CLI_CONFIG_FILE");
        command.env("TF_CLI_CONFIG_FILE", workspace.path().join("none.tfrc"));
        std::fs::write(workspace.path().join("none.tfrc"), "").unwrap();
        let (code, text) = tokio::task::spawn_blocking(move || finished(command.output())).await.unwrap();
        assert_eq!(code, Some(0), "{text}");
    }
}
