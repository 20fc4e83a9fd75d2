//! Everything that leads to a token: arguments, variables and files, certificates, OIDC tokens, the Azure CLI, and whatever
//! authorities and managed identities answer. No panic, nothing in clear text but to the machine itself, and no secret in an
//! error. (The key among the seeds was made for them, and opens nothing.)

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

use super::{clock, deadline, now, part};
use async_trait::async_trait;
use azurebackup::azure::auth::{
    CliOutput, CliRunner, CredentialArguments, CredentialContext, CredentialSettings, Http, ProcessEnvironment,
    VARIABLES, cloud, subscription_id, token_source,
};
use azurebackup::azure::cloud::Cloud;
use azurebackup::azure::random::Random;
use azurebackup::azure::secret::Secret;
use azurebackup::azure::transport::{HeaderMap, HttpRequest, HttpResponse, HttpTransport, TransportError};
use tokio::time::Instant;
use url::Url;

const PLANTED: &str = "PlAnTeD0secret1that2must3not4be5told6";
const TENANT: &str = "0b45a7e1-0000-4000-8000-000000000001";

/// Variables and the one file that there is, under every name.
#[derive(Debug, Default)]
struct Environment {
    variables: BTreeMap<String, String>,
    file: Vec<u8>,
}

impl ProcessEnvironment for Environment {
    fn variable(&self, name: &str) -> Option<String> {
        self.variables.get(name).cloned().filter(|value| !value.is_empty())
    }

    fn read_file(&self, _: &Path) -> std::io::Result<Vec<u8>> {
        Ok(self.file.clone())
    }
}

/// Answers, each a byte for the status and then the body; afterwards all is 404.
#[derive(Debug)]
struct Answers {
    rest: Mutex<Vec<u8>>,
    /// Endpoints of managed identities that the user names, in clear text as these are.
    named: Vec<Url>,
}

impl Answers {
    fn next(&self) -> Vec<u8> {
        let mut rest = self.rest.lock().expect("nobody panics");
        let bytes = std::mem::take(&mut *rest);
        let mut left = &bytes[..];
        let answer = part(&mut left).to_vec();
        *rest = left.to_vec();
        answer
    }
}

#[async_trait]
impl HttpTransport for Answers {
    async fn send(&self, request: HttpRequest, _: Instant) -> Result<HttpResponse, TransportError> {
        let host = request.url.host_str();
        let own = host == Some("169.254.169.254") || self.named.iter().any(|named| named.host_str() == host);
        assert!(request.url.scheme() == "https" || own, "in clear text to {host:?}");
        let answer = self.next();
        let (status, body) = answer.split_first().unwrap_or((&7, &[]));
        let status = [200, 200, 400, 401, 403, 429, 500, 404, 410, 302][usize::from(*status) % 10];
        Ok(HttpResponse { status, headers: HeaderMap::new(), body: body.to_vec() })
    }
}

#[async_trait]
impl CliRunner for Answers {
    async fn run(&self, _: &[&str]) -> std::io::Result<CliOutput> {
        let answer = self.next();
        let (status, body) = answer.split_first().unwrap_or((&1, &[]));
        let success = status % 2 == 0;
        let (stdout, stderr) = if success { (body.to_vec(), Vec::new()) } else { (Vec::new(), body.to_vec()) };
        Ok(CliOutput { success, stdout: stdout.into(), stderr })
    }
}

#[derive(Debug)]
struct Ones;

impl Random for Ones {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(1);
    }
}

/// The arguments of one way, with what the fuzzer says where bytes of others come in.
fn arguments(way: u8, text: &str) -> CredentialArguments {
    let given = CredentialArguments {
        subscription_id: Some("0b45a7e1-0000-4000-8000-000000000003".into()),
        tenant_id: Some(TENANT.into()),
        client_id: Some("0b45a7e1-0000-4000-8000-000000000002".into()),
        use_cli: Some(false),
        ..CredentialArguments::default()
    };
    let (on, secret) = (Some(true), || Some(Secret::new(PLANTED)));
    match way {
        0 => CredentialArguments { client_secret: secret(), ..given },
        1 => CredentialArguments {
            client_certificate: Some(Secret::new(text)),
            client_certificate_password: secret(),
            ..given
        },
        // The file, with the password that seeds are made with.
        2 => CredentialArguments {
            client_certificate_path: Some("c".into()),
            client_certificate_password: Some(Secret::new("")),
            ..given
        },
        3 => CredentialArguments { use_oidc: on, oidc_token: Some(Secret::new(text)), ..given },
        4 => CredentialArguments { use_oidc: on, oidc_token_file_path: Some("t".into()), ..given },
        5 => CredentialArguments {
            use_oidc: on,
            oidc_request_url: Some("https://token.actions.example/x?a=b".into()),
            oidc_request_token: secret(),
            ..given
        },
        6 => CredentialArguments {
            use_oidc: on,
            oidc_request_url: Some(text.into()),
            oidc_request_token: secret(),
            ado_pipeline_service_connection_id: Some("s".into()),
            ..given
        },
        7 => CredentialArguments { use_msi: on, ..given },
        8 => CredentialArguments { use_msi: on, msi_endpoint: Some(text.into()), ..given },
        9 => CredentialArguments { use_cli: on, client_id: None, ..given },
        10 => CredentialArguments { use_cli: on, client_id: None, subscription_id: None, tenant_id: None, ..given },
        11 => CredentialArguments { client_secret_file_path: Some("s".into()), ..given },
        12 => CredentialArguments {
            metadata_host: Some("management.private.example".into()),
            client_secret: secret(),
            ..given
        },
        _ => CredentialArguments::default(),
    }
}

/// Panics at what must not be.
pub fn check(bytes: &[u8]) {
    let Some((&way, mut rest)) = bytes.split_first() else { return };
    let way = way % 14;
    // A file may hold any byte, so it is the last where there is one: then nobody answers.
    let has_file = [2, 4, 11].contains(&way);
    let mut environment = Environment::default();
    let mut text = String::new();
    if has_file {
        environment.file = std::mem::take(&mut rest).to_vec();
    } else {
        text = String::from_utf8_lossy(part(&mut rest)).into_owned();
    }
    if way == 13 {
        // Every variable by its place, a line each.
        let names = VARIABLES.iter().flat_map(|(_, names)| *names).copied().chain(["AZURE_CLIENT_ID", "MSI_ENDPOINT"]);
        environment.variables =
            names.zip(text.lines()).map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    }
    let named = text.lines().filter(|_| [8, 13].contains(&way)).filter_map(|line| Url::parse(line).ok()).collect();
    let answers = Arc::new(Answers { rest: Mutex::new(rest.to_vec()), named });
    let Ok(settings) = CredentialSettings::resolve(arguments(way, &text), &environment) else { return };
    let context = CredentialContext {
        http: Http::over(answers.clone()),
        clock: clock(),
        random: Arc::new(Ones),
        environment: Arc::new(environment),
        cli: answers,
    };
    let mut said = String::new();
    now(async {
        let found = cloud(&settings, &context.http, &deadline()).await;
        let cloud = match found {
            Ok(cloud) => cloud,
            Err(error) => {
                said += &format!("{error} {error:?}");
                Cloud::named("public").expect("a cloud")
            }
        };
        if let Err(error) = subscription_id(&settings, &context, &deadline()).await {
            said += &format!("{error} {error:?}");
        }
        let tokens = match token_source(&settings, &cloud, &context) {
            Ok(tokens) => tokens,
            Err(error) => return said += &format!("{error} {error:?}"),
        };
        said += &format!("{tokens:?}");
        match tokens.token(&deadline()).await {
            Ok(token) => {
                said += &format!("{token:?}");
                assert!(!token.token.expose().is_empty(), "an empty token");
                tokens.invalidate(&token);
            }
            Err(error) => said += &format!("{} {error:?}", azurebackup::azure::error::in_one_line(&error)),
        }
    });
    // The fuzzer reads what it is compared with, and sooner or later writes it itself.
    let planted = bytes.windows(PLANTED.len()).any(|window| window == PLANTED.as_bytes());
    assert!(planted || !said.contains(PLANTED), "{said}");
}
