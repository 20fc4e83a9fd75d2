//! How the provider's own process ends, and with which exit code. Clients tell their user of a crash where it is not 0.

use std::process::{Command, Stdio};

use rustix::process::Signal;
use tfplugin::proto::tfplugin6::get_metadata;

use super::plugin::{Plugin, Start};
use crate::harness::PROVIDER;

/// An end without a client: arguments, exit code, what is said on standard output or error.
const BY_HAND: [(&[&str], i32, &str); 8] = [
    (&["--version"], 0, "0.1.0"),
    (&["--help"], 0, "Terraform"),
    (&[], 1, "This program is a Terraform provider."),
    (&["--nonsense"], 2, "--nonsense"),
    (&["nonsense"], 2, "nonsense"),
    (&["docs"], 2, "<FOLDER>"),
    (&["docs", "/dev/null/pages"], 1, "No documentation was written: "),
    (&["docs", "/dev/null/pages", "--examples", "/dev/null"], 1, "No documentation was written: "),
];

#[test]
fn each_end_without_a_client_has_its_code() {
    for (arguments, code, says) in BY_HAND {
        let mut command = Command::new(PROVIDER);
        command.args(arguments).current_dir(env!("CARGO_MANIFEST_DIR")).env_remove("TF_PLUGIN_MAGIC_COOKIE");
        let output = command.stdin(Stdio::null()).output().unwrap();
        let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap()).concat();
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
        assert!(said.contains(says), "{arguments:?}: {says} is missing in: {said}");
    }
}

#[tokio::test]
async fn each_start_that_fails_ends_with_one_and_a_reason() {
    for (variable, value, says) in [
        ("PLUGIN_CLIENT_CERT", "?", "fatal error: PLUGIN_CLIENT_CERT"),
        ("PLUGIN_UNIX_SOCKET_DIR", "/nowhere", "fatal error: opening a socket in /nowhere failed"),
        ("TF_PLUGIN_MAGIC_COOKIE", "biscuit", "This program is a Terraform provider."),
    ] {
        let (status, stdout, stderr) = Start::of(PROVIDER.as_ref()).env(variable, value).outcome().await;
        assert_eq!((status.code(), stdout.as_str()), (Some(1), ""), "{variable}={value}: {stderr}");
        assert!(stderr.starts_with(says), "{variable}={value}: {stderr}");
    }
    // Nobody can be told where it listens.
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let mut start = Start::of(PROVIDER.as_ref());
    start.command.stdout(full);
    let output = start.command.spawn().unwrap().wait_with_output().await.unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.starts_with("fatal error: telling the address on standard output failed: "), "{said}");
}

async fn serving() -> Plugin {
    let plugin = Start::of(PROVIDER.as_ref()).plugin().await;
    answers(&plugin).await;
    plugin
}

async fn answers(plugin: &Plugin) {
    plugin.client().await.call::<_, get_metadata::Response>("GetMetadata", get_metadata::Request {}).await;
}

#[tokio::test]
async fn signals_end_no_provider_that_serves_and_shutdown_ends_it_with_zero() {
    for signal in [Signal::TERM, Signal::HUP, Signal::INT, Signal::XFSZ, Signal::PIPE] {
        let mut plugin = serving().await;
        plugin.signal(signal);
        answers(&plugin).await;
        plugin.client().await.shutdown().await.unwrap();
        assert_eq!(plugin.end().await.0.code(), Some(0), "{signal:?}");
        assert_eq!(plugin.leftovers(), 0, "{signal:?}");
    }
}

#[tokio::test]
async fn a_provider_whose_client_has_gone_ends_with_zero() {
    let mut plugin = serving().await;
    assert_eq!(plugin.end().await.0.code(), Some(0));
    assert_eq!(plugin.leftovers(), 0);
}

#[tokio::test]
async fn in_debug_mode_each_signal_ends_it_with_zero() {
    for signal in [Signal::TERM, Signal::HUP, Signal::INT] {
        let mut start = Start::of(PROVIDER.as_ref());
        start.command.arg("-debug");
        let mut plugin = start.plugin().await;
        assert!(plugin.line.starts_with("TF_REATTACH_PROVIDERS="), "{}", plugin.line);
        plugin.signal(signal);
        assert_eq!(plugin.end().await.0.code(), Some(0), "{signal:?}");
        assert_eq!(plugin.leftovers(), 0, "{signal:?}");
    }
}

#[tokio::test]
async fn a_log_that_goes_to_a_full_disk_ends_nothing() {
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let mut start = Start::of(PROVIDER.as_ref()).env("TF_LOG", "TRACE");
    start.command.stderr(full);
    let mut plugin = start.plugin().await;
    answers(&plugin).await;
    plugin.client().await.shutdown().await.unwrap();
    assert_eq!(plugin.end().await.0.code(), Some(0));
}
