//! No secret leaves: every way of authentication is made to fail in every way while its peers say its secrets back, and
//! everything that could be printed is searched.

use std::fmt::Write;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::arguments::{CredentialArguments, CredentialSettings};
use super::certificate::tests::base64_pkcs12;
use super::choice::CredentialKind;
use super::scripted::{Asked, Az, Fixture, Reply, ScriptedCli, ScriptedHttp, SetEnvironment, reply, token_reply};
use super::token_source;
use crate::azure::cloud::Cloud;
use crate::azure::deadline::Deadline;
use crate::azure::secret::Secret;

const PLANTED: &str = "PLANTED";

/// Contains characters that change when they become form data.
fn planted(what: &str) -> String {
    format!("{PLANTED}-{what}+/=&")
}

fn secret(what: &str) -> Option<Secret> {
    Some(Secret::new(planted(what)))
}

#[derive(Clone, Default)]
struct Captured(Arc<Mutex<Vec<u8>>>);

impl io::Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Captured {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }

    fn subscriber(&self) -> impl tracing::Subscriber + use<> {
        let captured = self.clone();
        tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_writer(move || captured.clone())
            .with_ansi(false)
            .finish()
    }
}

fn ways() -> Vec<CredentialArguments> {
    let application = || CredentialArguments {
        tenant_id: Some("tenant-1".to_owned()),
        client_id: Some("app-1".to_owned()),
        ..CredentialArguments::default()
    };
    let request = |connection: Option<&str>| CredentialArguments {
        use_oidc: Some(true),
        oidc_request_url: Some("https://oidc.example/x".to_owned()),
        oidc_request_token: secret("request-token"),
        ado_pipeline_service_connection_id: connection.map(str::to_owned),
        ..application()
    };
    vec![
        CredentialArguments { client_secret: secret("client-secret"), ..application() },
        CredentialArguments {
            client_certificate: Some(Secret::new(base64_pkcs12(&planted("password")))),
            client_certificate_password: secret("password"),
            ..application()
        },
        CredentialArguments { use_oidc: Some(true), oidc_token: secret("oidc-token"), ..application() },
        CredentialArguments { use_oidc: Some(true), oidc_token_file_path: Some("/token".to_owned()), ..application() },
        request(None),
        request(Some("connection-1")),
        CredentialArguments { use_msi: Some(true), ..CredentialArguments::default() },
        CredentialArguments::default(),
    ]
}

/// Everything that the peer has received, as it was sent and decoded.
fn sent_text(asked: &[Asked]) -> String {
    let mut text = String::new();
    for asked in asked {
        write!(text, "{:?} {} ", asked.headers.values(), asked.body).unwrap();
        asked.form().values().for_each(|value| write!(text, "{value} ").unwrap());
    }
    text
}

/// What a peer may make of it: in members that are shown, in a page, in an answer that is no JSON.
const ECHOES: &[fn(&[Asked]) -> String] = &[
    |asked| {
        serde_json::json!({ "error": sent_text(asked), "error_description": format!("{}\r\n", sent_text(asked)) })
            .to_string()
    },
    |asked| format!("<html>{}</html>", sent_text(asked)),
    |asked| serde_json::json!({ "access_token": "", "value": "", "x": sent_text(asked) }).to_string(),
    |asked| format!(r#"{{"access_token":"{}","expires_in":"#, sent_text(asked)),
    |_| format!(r#"{{"access_token":"{}","expires_in":"#, planted("access-token")),
];

fn fixture(script: Vec<Reply>) -> Fixture {
    let environment = SetEnvironment::new(&[
        ("IDENTITY_ENDPOINT", "http://127.0.0.1:1/msi"),
        ("IDENTITY_HEADER", &planted("identity-header")),
    ])
    .file("/token", planted("file-token"));
    Fixture {
        direct: ScriptedHttp::new(script.iter().filter_map(|reply| match reply {
            Reply::Echo(status, echo) => Some(Reply::Echo(*status, *echo)),
            _ => None,
        })),
        proxied: ScriptedHttp::new(script),
        environment: Arc::new(environment),
        cli: ScriptedCli::new([Az::Prints(format!("{} is no JSON", planted("access-token")))]),
        ..Fixture::default()
    }
}

/// An assertion is a secret, too; it begins like every JWT.
fn check(printed: &str, what: &str) {
    assert!(!printed.contains(PLANTED) && !printed.contains("eyJ"), "{what}: {printed}");
}

async fn fail_and_print(arguments: CredentialArguments, fixture: Fixture) -> String {
    let mut printed = format!("{arguments:?}\n{:#?}\n", fixture.credential_context());
    let settings: CredentialSettings = fixture.settings(arguments);
    let cloud = Cloud::named("public").unwrap();
    let source = token_source(&settings, &cloud, &fixture.credential_context()).unwrap();
    let deadline = Deadline::new(Duration::from_secs(5), CancellationToken::new());
    let error = source.token(&deadline).await.unwrap_err();
    write!(printed, "{settings:?}\n{:?}\n{source:?}\n{error:?}\n", CredentialKind::choose(&settings)).unwrap();
    let mut next: Option<&dyn std::error::Error> = Some(&error);
    while let Some(error) = next {
        write!(printed, "{error}\n{error:?}\n").unwrap();
        next = error.source();
    }
    printed
}

fn foreign() -> Reply {
    reply(200, serde_json::json!({ "value": planted("foreign-token") }))
}

#[tokio::test(start_paused = true)]
async fn no_failure_of_any_way_prints_a_secret_at_any_log_level() {
    let captured = Captured::default();
    let _guard = tracing::subscriber::set_default(captured.subscriber());
    for (number, arguments) in ways().into_iter().enumerate() {
        for (shape, echo) in ECHOES.iter().enumerate() {
            for status in [200, 302, 400, 401, 500] {
                let mut scripts = vec![vec![Reply::Echo(status, *echo)]];
                if arguments.oidc_request_url.is_some() {
                    scripts.push(vec![foreign(), Reply::Echo(status, *echo)]);
                }
                for script in scripts {
                    let printed = fail_and_print(arguments.clone(), fixture(script)).await;
                    check(&printed, &format!("way {number}, shape {shape}, status {status}"));
                }
            }
        }
    }
    let logged = captured.text();
    assert!(logged.contains("authenticating") && logged.contains("==> Request"), "not everything was captured");
    check(&logged, "log");
}

#[tokio::test]
async fn a_token_that_was_issued_is_not_printed_either() {
    let captured = Captured::default();
    let _guard = tracing::subscriber::set_default(captured.subscriber());
    let arguments = ways().remove(0);
    let fixture = Fixture { proxied: ScriptedHttp::new([token_reply(&planted("access-token"))]), ..Fixture::default() };
    let settings = fixture.settings(arguments);
    let source = token_source(&settings, &Cloud::named("public").unwrap(), &fixture.credential_context()).unwrap();
    let token = source.token(&Deadline::new(Duration::from_secs(5), CancellationToken::new())).await.unwrap();
    assert_eq!(token.token.expose(), planted("access-token"));
    check(&format!("{token:?}\n{source:?}\n{source:#?}"), "Debug");
    check(&captured.text(), "log");
}

#[test]
fn arguments_that_are_refused_do_not_print_secrets() {
    let environment = SetEnvironment::new(&[("ARM_USE_MSI", &planted("switch"))]).file("/secret", planted("file"));
    for arguments in [
        CredentialArguments {
            client_secret: secret("a"),
            client_secret_file_path: Some("/secret".into()),
            ..CredentialArguments::default()
        },
        CredentialArguments {
            authority_host: Some(format!("https://u:{PLANTED}@h.example")),
            ..CredentialArguments::default()
        },
        CredentialArguments { oidc_request_url: Some(format!("http://{PLANTED}")), ..CredentialArguments::default() },
        CredentialArguments::default(),
    ] {
        let error = CredentialSettings::resolve(arguments, &environment).unwrap_err();
        check(&format!("{error} {error:?}"), "arguments");
    }
    let fixture = Fixture::default();
    let settings = CredentialSettings {
        tenant_id: Some("t".to_owned()),
        client_id: Some("c".to_owned()),
        client_certificate: secret("certificate"),
        client_certificate_password: secret("password"),
        ..CredentialSettings::default()
    };
    let error = token_source(&settings, &Cloud::named("public").unwrap(), &fixture.credential_context()).unwrap_err();
    check(&format!("{error} {error:?}"), "certificate");
}
