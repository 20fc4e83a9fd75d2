//! From the start of the process to the first call: who is served, where, and how.

use tfplugin::proto::tfplugin6::{get_metadata, get_provider_schema};

use tonic::Status;

use super::client::{Client, tls};
use super::plugin::{Identity, Plugin, Start};

#[tokio::test]
async fn without_the_cookie_it_explains_itself_on_standard_error_and_exits_with_1() {
    for start in [Start::bare(), Start::by_terraform().env("TF_PLUGIN_MAGIC_COOKIE", "biscuit")] {
        let (status, stdout, stderr) = start.outcome().await;
        assert_eq!((status.code(), stdout.as_str()), (Some(1), ""));
        assert!(stderr.starts_with("This program is a Terraform provider."), "{stderr}");
    }
}

#[tokio::test]
async fn the_handshake_line_has_six_fields_and_the_socket_lies_in_a_private_directory() {
    use std::os::unix::fs::PermissionsExt;
    let plugin = Start::by_terraform().plugin().await;
    let fields: Vec<_> = plugin.line.strip_suffix('\n').unwrap().split('|').collect();
    assert_eq!((fields.len(), &fields[..3], fields[4]), (6, &["1", "6", "unix"][..], "grpc"));
    assert!(fields[5].len() > 50 && !fields[5].contains('='), "{}", fields[5]);
    let socket = std::path::Path::new(fields[3]);
    assert!(socket.is_absolute() && fields[3].len() < 108);
    let mode = std::fs::metadata(socket.parent().unwrap()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
}

#[tokio::test]
async fn a_client_that_does_not_offer_version_six_is_told_it_by_the_line() {
    // Terraform names both versions when it reads the line; if the process just ended it would blame the file's format.
    let plugin = Start::by_terraform().env("PLUGIN_PROTOCOL_VERSIONS", "5").plugin().await;
    assert_eq!(plugin.field(1), "6");
}

#[tokio::test]
async fn only_the_clients_own_certificate_is_let_in() {
    let plugin = Start::by_terraform().plugin().await;
    // TLS 1.3: the client learns of the refusal with its first read, so the first call tells.
    assert!(answers(&plugin, None).await.is_err(), "without a certificate");
    assert!(answers(&plugin, Some(&Identity::new())).await.is_err(), "with another certificate");
    let thief = Identity { certificate: plugin.identity.as_ref().unwrap().certificate.clone(), ..Identity::new() };
    assert!(answers(&plugin, Some(&thief)).await.is_err(), "with the right certificate and another key");
    let plain = Client::plain(plugin.field(3)).await.unwrap();
    assert!(metadata(&plain).await.is_err(), "in plain text");
    answers(&plugin, plugin.identity.as_ref()).await.unwrap();
}

async fn answers(plugin: &Plugin, identity: Option<&Identity>) -> Result<(), Box<dyn std::error::Error>> {
    Ok(metadata(&Client::connect(plugin, identity).await?).await.map(drop)?)
}

async fn metadata(client: &Client) -> Result<get_metadata::Response, Status> {
    client.unary("/tfplugin6.Provider/GetMetadata", get_metadata::Request {}).await
}

#[tokio::test]
async fn http2_is_agreed_upon_by_name() {
    let plugin = Start::by_terraform().plugin().await;
    let stream = tls(&plugin, plugin.identity.as_ref()).await.unwrap();
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
}

#[tokio::test]
async fn a_client_that_switches_tls_off_is_served_in_plain_text() {
    let mut start = Start::by_terraform();
    start.command.env_remove("PLUGIN_CLIENT_CERT");
    let plugin = start.plugin().await;
    assert!(plugin.line.ends_with("|grpc|\n"), "{}", plugin.line);
    answers(&plugin, None).await.unwrap();
}

#[tokio::test]
async fn a_client_certificate_that_cannot_be_read_ends_the_start() {
    let (status, stdout, stderr) = Start::by_terraform().env("PLUGIN_CLIENT_CERT", "?").outcome().await;
    assert_eq!((status.code(), stdout.as_str()), (Some(1), ""));
    assert!(stderr.starts_with("fatal error: PLUGIN_CLIENT_CERT"), "{stderr}");
}

#[tokio::test]
async fn where_there_is_no_place_to_listen_the_reason_is_for_the_user() {
    let (status, _, stderr) = Start::by_terraform().env("PLUGIN_UNIX_SOCKET_DIR", "/nowhere").outcome().await;
    assert_eq!(status.code(), Some(1));
    assert!(stderr.starts_with("fatal error: opening a socket in /nowhere failed: "), "{stderr}");
}

#[tokio::test]
async fn on_tcp_nothing_is_served_in_plain_text() {
    let mut start = Start::by_terraform().env("ECHO_TRANSPORT", "tcp");
    start.command.env_remove("PLUGIN_CLIENT_CERT");
    let (status, stdout, stderr) = start.outcome().await;
    assert_eq!((status.code(), stdout.as_str()), (Some(1), ""));
    assert!(stderr.starts_with("fatal error: the client asks for no TLS"), "{stderr}");
}

#[tokio::test]
async fn tcp_takes_a_port_of_the_clients_range() {
    let mut start = Start::by_terraform().env("ECHO_TRANSPORT", "plain_tcp");
    start.command.env_remove("PLUGIN_CLIENT_CERT");
    let plugin = start.plugin().await;
    assert_eq!(plugin.field(2), "tcp");
    let address: std::net::SocketAddr = plugin.field(3).parse().unwrap();
    assert!(address.ip().is_loopback() && (10000..=25000).contains(&address.port()), "{address}");
    answers(&plugin, None).await.unwrap();
}

#[tokio::test]
async fn in_debug_mode_it_prints_the_variable_for_both_registries_and_ends_with_a_signal() {
    let mut start = Start::bare();
    start.command.arg("-debug");
    let mut plugin = start.plugin().await;
    let text = plugin.line.strip_prefix("TF_REATTACH_PROVIDERS='").unwrap().strip_suffix("'\n").unwrap();
    let providers: serde_json::Value = serde_json::from_str(text).unwrap();
    let terraform = &providers["registry.terraform.io/example/echo"];
    assert_eq!(terraform, &providers["registry.opentofu.org/example/echo"]);
    assert_eq!(terraform["Pid"], plugin.child.id().unwrap());
    // Terraform comes and goes: the second connection is served like the first.
    for _ in 0..2 {
        let client = Client::plain(terraform["Addr"]["String"].as_str().unwrap()).await.unwrap();
        let schema: get_provider_schema::Response =
            client.call("GetProviderSchema", get_provider_schema::Request {}).await;
        assert!(schema.resource_schemas.contains_key("echo_thing"));
    }
    plugin.signal(rustix::process::Signal::INT);
    assert_eq!(plugin.end().await.0.code(), Some(0));
    assert_eq!(plugin.leftovers(), 0);
}

#[tokio::test]
async fn in_debug_mode_every_signal_is_a_good_end() {
    for signal in [rustix::process::Signal::TERM, rustix::process::Signal::HUP] {
        let mut start = Start::bare();
        start.command.arg("-debug");
        let mut plugin = start.plugin().await;
        plugin.signal(signal);
        assert_eq!(plugin.end().await.0.code(), Some(0), "{signal:?}");
        assert_eq!(plugin.leftovers(), 0);
    }
}
