//! How the process ends, and what does not end it.

use std::process::Stdio;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use serde_json::json;
use tfplugin::proto::go_plugin::{ConnInfo, StdioData};
use tfplugin::proto::health::{HealthCheckRequest, HealthCheckResponse};
use tfplugin::proto::tfplugin6::get_metadata;
use tokio::io::AsyncBufReadExt;

use super::plugin::{PATIENCE, Start, echo_provider};

#[tokio::test]
async fn shutdown_ends_it_at_once_whatever_is_open_or_in_flight() {
    // Clients kill after two seconds. A busy machine may spoil one measurement, not three.
    let mut took = Vec::new();
    while took.len() < 3 && took.iter().all(|took| *took >= Duration::from_millis(500)) {
        took.push(time_to_end().await);
    }
    assert!(took.iter().any(|took| *took < Duration::from_millis(500)), "{took:?}");
}

#[allow(clippy::disallowed_methods, reason = "another process is measured, whose time cannot be paused")]
async fn time_to_end() -> Duration {
    let mut plugin = Start::by_terraform().env("TF_LOG", "INFO").plugin().await;
    let client = plugin.client().await;
    let mut broker =
        client.streams::<ConnInfo, ConnInfo>("/plugin.GRPCBroker/StartStream", tokio_stream::pending()).await.unwrap();
    let mut stdio =
        client.streams::<(), StdioData>("/plugin.GRPCStdio/StreamStdio", tokio_stream::once(())).await.unwrap();
    let stubborn = tokio::spawn({
        let client = client.clone();
        async move { client.apply(None, json!({"behaviour": "stubborn"})).await }
    });
    plugin.calls_wait(1).await;
    let asked = Instant::now();
    client.shutdown().await.unwrap();
    assert!(broker.message().await.unwrap().is_none());
    assert!(stdio.message().await.unwrap().is_none());
    let (status, rest) = plugin.end().await;
    let took = asked.elapsed();
    assert_eq!((status.code(), rest.as_str()), (Some(0), ""));
    assert_eq!(plugin.leftovers(), 0);
    assert!(stubborn.await.is_err(), "the call in flight has no answer");
    took
}

#[tokio::test]
async fn signals_are_left_to_the_client() {
    let mut plugin = Start::by_terraform().env("TF_LOG", "DEBUG").plugin().await;
    let client = plugin.client().await;
    for (signal, name) in [(Signal::INT, "SIGINT"), (Signal::TERM, "SIGTERM"), (Signal::HUP, "SIGHUP")] {
        plugin.signal(signal);
        plugin.stderr_with(&format!("\"signal\":\"{name}\""), 1).await;
    }
    client.call::<_, get_metadata::Response>("GetMetadata", get_metadata::Request {}).await;
    client.shutdown().await.unwrap();
    assert_eq!(plugin.end().await.0.code(), Some(0));
    let said = plugin.stderr_with("told to shut down", 1).await;
    assert!(!said.contains("fatal error"), "{said}");
}

#[tokio::test]
async fn a_closed_standard_input_ends_nothing() {
    let mut start = Start::by_terraform();
    start.command.stdin(Stdio::null());
    let mut plugin = start.plugin().await;
    let client = plugin.client().await;
    assert!(client.apply(None, json!({"text": "t"})).await.diagnostics.is_empty());
    client.shutdown().await.unwrap();
    assert_eq!(plugin.end().await.0.code(), Some(0));
}

#[tokio::test]
async fn it_goes_when_its_only_connection_has_been_gone_for_a_while() {
    let mut plugin = Start::by_terraform().plugin().await;
    let client = plugin.client().await;
    client.call::<_, get_metadata::Response>("GetMetadata", get_metadata::Request {}).await;
    drop(client);
    assert_eq!(plugin.end().await.0.code(), Some(0));
    assert_eq!(plugin.leftovers(), 0);
}

#[tokio::test]
async fn it_goes_when_its_parent_has_died() {
    let mut start = Start::by_terraform();
    let directory = tempfile::tempdir().unwrap();
    // A shell stands between, as Terraform would, and tells that it has started the plugin by the plugin's own line.
    let mut shell = tokio::process::Command::new("sh");
    shell.args(["-c", "\"$0\" & wait"]).arg(echo_provider()).env("TMPDIR", directory.path()).kill_on_drop(true);
    for (name, value) in start.command.as_std().get_envs() {
        if let Some(value) = value.filter(|_| name != "TMPDIR") {
            shell.env(name, value);
        }
    }
    let mut shell = shell.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut lines = tokio::io::BufReader::new(shell.stdout.take().unwrap()).lines();
    assert!(lines.next_line().await.unwrap().unwrap().starts_with("1|6|unix|"));
    shell.kill().await.unwrap();
    // The pipe ends when the plugin, the last to hold it, has ended.
    let end = tokio::time::timeout(PATIENCE, lines.next_line()).await.expect("still running").unwrap();
    assert_eq!(end, None);
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0);
    start.identity.take();
}

/// How often the system has woken one of its threads.
#[cfg(target_os = "linux")]
fn wakeups(process: u32) -> u64 {
    let threads = std::fs::read_dir(format!("/proc/{process}/task")).unwrap();
    // A thread that ends meanwhile has no status any more; it counts as a change.
    let statuses = threads.map(|thread| std::fs::read_to_string(thread.unwrap().path().join("status")));
    let count = |status: String| {
        let line = status.lines().find_map(|line| line.strip_prefix("voluntary_ctxt_switches:").map(str::to_owned));
        line.unwrap().trim().parse::<u64>().unwrap()
    };
    statuses.map(|status| status.map_or(u64::MAX / 64, count)).sum()
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn an_idle_process_is_not_woken_while_its_client_is_silent() {
    let mut plugin = Start::by_terraform().plugin().await;
    let client = plugin.client().await;
    client.call::<_, get_metadata::Response>("GetMetadata", get_metadata::Request {}).await;
    let process = plugin.child.id().unwrap();
    // What follows a start (an answer's acknowledgement, the sweep, a thread that is not needed any more) takes a while;
    // after that there are three seconds in a row without anything.
    let mut seen = vec![wakeups(process)];
    while seen.len() < 10 && !seen.windows(2).any(|two| two[0] == two[1]) {
        tokio::time::sleep(Duration::from_secs(3)).await;
        seen.push(wakeups(process));
    }
    assert!(seen.windows(2).any(|two| two[0] == two[1]), "woken in each three seconds: {seen:?}");
    client.shutdown().await.unwrap();
    assert_eq!(plugin.end().await.0.code(), Some(0));
}

#[tokio::test]
async fn a_closed_standard_error_ends_nothing() {
    let mut start = Start::by_terraform().env("TF_LOG", "TRACE");
    let (reader, writer) = std::io::pipe().unwrap();
    start.command.stderr(writer);
    drop(reader);
    let plugin = start.plugin().await;
    let client = plugin.client().await;
    let applied = client.apply(None, json!({"behaviour": "panic"})).await;
    assert_eq!(applied.diagnostics[0].summary, "The provider crashed");
    assert!(client.apply(None, json!({"text": "t"})).await.diagnostics.is_empty());
}

#[tokio::test]
async fn health_is_answered_for_the_name_go_plugin_asks_for() {
    let plugin = Start::by_terraform().plugin().await;
    let client = plugin.client().await;
    let check = |service: &str| {
        let request = HealthCheckRequest { service: service.to_owned() };
        client.unary::<_, HealthCheckResponse>("/grpc.health.v1.Health/Check", request)
    };
    assert_eq!(check("plugin").await.unwrap().status, 1);
    assert_eq!(check("other").await.unwrap_err().code(), tonic::Code::NotFound);
}
