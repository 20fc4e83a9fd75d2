//! The token of whoever is logged in to the Azure CLI (docs/reference/azure-resource-manager.md#azure-cli).
//! azure_identity runs `az` through a shell, gives it no time limit and wants a version that prints the expiry as a
//! number; hence our own call.

use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use zeroize::Zeroizing;

use super::arguments::{CredentialSettings, ProcessEnvironment};
use super::cache::Credential;
use super::failure::{FailureKind, TokenFailure, presentable};
use super::issued::Issued;
use crate::azure::clock::Clock;
use crate::azure::cloud::Cloud;
use crate::azure::token::AccessToken;

/// `az` is a Python program: a second or so when warm, twelve and more on a slow agent.
const LIMIT: Duration = Duration::from_secs(90);

/// What a finished `az` left behind. `stdout` may hold a token, so `Debug` is not derived.
pub struct CliOutput {
    /// It ended with 0.
    pub success: bool,
    /// All of its standard output.
    pub stdout: Zeroizing<Vec<u8>>,
    /// All of its standard error.
    pub stderr: Vec<u8>,
}

/// Runs `az`; injected, so that tests need none.
#[async_trait::async_trait]
pub trait CliRunner: Send + Sync + std::fmt::Debug {
    /// # Errors
    /// If it could not be started; `NotFound` if there is none.
    async fn run(&self, arguments: &[&str]) -> std::io::Result<CliOutput>;
}

/// The `az` on PATH, without shell, killed when it is no longer waited for.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemCliRunner;

#[async_trait::async_trait]
impl CliRunner for SystemCliRunner {
    async fn run(&self, arguments: &[&str]) -> std::io::Result<CliOutput> {
        run_program(if cfg!(windows) { "az.cmd" } else { "az" }, arguments).await
    }
}

async fn run_program(program: &str, arguments: &[&str]) -> std::io::Result<CliOutput> {
    let mut command = tokio::process::Command::new(program);
    command
        .args(arguments)
        .env("AZURE_CORE_NO_COLOR", "true")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    // Not where the configuration lies: whoever can write there must not slip modules under az.
    #[cfg(unix)]
    command.current_dir("/");
    // Ctrl-C reaches the whole foreground group; the token may still be needed to see a restore's job.
    #[cfg(unix)]
    command.process_group(0);
    let child = command.spawn()?;
    #[cfg(unix)]
    let mut group = ProcessGroup(child.id());
    let output = child.wait_with_output().await?;
    #[cfg(unix)]
    group.leave();
    Ok(CliOutput { success: output.status.success(), stdout: Zeroizing::new(output.stdout), stderr: output.stderr })
}

/// A running program with its children: `az` is a shell script that starts Python, which would outlive it.
#[cfg(unix)]
struct ProcessGroup(Option<u32>);

#[cfg(unix)]
impl ProcessGroup {
    /// It has ended by itself.
    fn leave(&mut self) {
        self.0 = None;
    }
}

#[cfg(unix)]
impl Drop for ProcessGroup {
    fn drop(&mut self) {
        let leader = self.0.and_then(|id| rustix::process::Pid::from_raw(id.try_into().ok()?));
        if let Some(leader) = leader
            && let Err(error) = rustix::process::kill_process_group(leader, rustix::process::Signal::KILL)
        {
            tracing::debug!(%error, "a program that was given up could not be ended");
        }
    }
}

/// The CLI's login, in one tenant.
#[derive(Debug)]
pub(crate) struct AzureCli {
    arguments: Vec<String>,
    /// What the user began to configure and did not complete; shown when `az`, the last resort, fails.
    passed_over: Vec<String>,
    runner: Arc<dyn CliRunner>,
    clock: Arc<dyn Clock>,
}

impl AzureCli {
    /// With an `auxiliary_tenant` that one is asked for. Else the subscription decides, as with azurerm: several accounts
    /// may be logged in, and a tenant may know more than one of them. Without it the tenant does, or the CLI's default.
    pub(crate) fn new(
        auxiliary_tenant: Option<&str>,
        settings: &CredentialSettings,
        passed_over: Vec<String>,
        cloud: &Cloud,
        environment: &dyn ProcessEnvironment,
        runner: Arc<dyn CliRunner>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let scope = cloud.scope();
        let mut arguments = vec!["account", "get-access-token", "--output", "json", "--scope", &scope];
        // Cloud Shell is logged in by a managed identity, for which the CLI refuses both.
        let cloud_shell =
            environment.variable("AZUREPS_HOST_ENVIRONMENT").is_some_and(|name| name.starts_with("cloud-shell/"));
        match (auxiliary_tenant, &settings.subscription_id, &settings.tenant_id) {
            _ if cloud_shell => {}
            (Some(tenant), _, _) => arguments.extend(["--tenant", tenant]),
            (None, Some(subscription), _) => arguments.extend(["--subscription", subscription]),
            (None, None, Some(tenant)) => arguments.extend(["--tenant", tenant]),
            (None, None, None) => {}
        }
        let arguments = arguments.into_iter().map(str::to_owned).collect();
        Self { arguments, passed_over, runner, clock }
    }
}

#[async_trait::async_trait]
impl Credential for AzureCli {
    async fn issue(&self) -> Result<AccessToken, TokenFailure> {
        let asked_at = self.clock.now();
        let arguments: Vec<&str> = self.arguments.iter().map(String::as_str).collect();
        let outcome = match run(&*self.runner, &arguments).await {
            Ok(stdout) => Issued::read(&stdout)
                .and_then(|issued| issued.token(asked_at))
                .ok_or_else(|| TokenFailure::new(FailureKind::Doubtful, "the Azure CLI (az) answered without a token")),
            Err(failure) => Err(failure),
        };
        outcome.map_err(|mut failure| {
            if !self.passed_over.is_empty() {
                failure.message.push_str(". It was asked because nothing before it is complete: ");
                failure.message.push_str(&self.passed_over.join("; "));
            }
            failure
        })
    }
}

/// The subscription and tenant that `az account set` made the default.
#[derive(Debug, Deserialize)]
pub(crate) struct DefaultAccount {
    pub(crate) id: String,
}

pub(crate) async fn default_account(runner: &dyn CliRunner) -> Result<DefaultAccount, TokenFailure> {
    let stdout = run(runner, &["account", "show", "--output", "json"]).await?;
    serde_json::from_slice(&stdout).map_err(|_| {
        TokenFailure::new(FailureKind::Doubtful, "the Azure CLI (az) did not name its default subscription")
    })
}

async fn run(runner: &dyn CliRunner, arguments: &[&str]) -> Result<Zeroizing<Vec<u8>>, TokenFailure> {
    let output = match tokio::time::timeout(LIMIT, runner.run(arguments)).await {
        Err(_) => {
            let message = format!("the Azure CLI (az) did not answer within {} s", LIMIT.as_secs());
            return Err(TokenFailure::new(FailureKind::Unanswered, message));
        }
        Ok(Err(error)) if error.kind() == std::io::ErrorKind::NotFound => {
            let message = "the Azure CLI (az) is not on PATH. Install it and run `az login`, or configure another way of authentication";
            return Err(TokenFailure::new(FailureKind::Permanent, message));
        }
        Ok(Err(error)) => {
            let message = "the Azure CLI (az) could not be started";
            return Err(TokenFailure::new(FailureKind::Doubtful, message).with_cause(error.to_string()));
        }
        Ok(Ok(output)) => output,
    };
    if output.success {
        return Ok(output.stdout);
    }
    let stderr = presentable(&String::from_utf8_lossy(&output.stderr), &[]);
    let message = format!("the Azure CLI (az) failed: {stderr}");
    // Its exit code is 1 for everything, an interrupted network included.
    let lower = stderr.to_ascii_lowercase();
    let refused = ["az login", "aadsts", "interaction_required", "invalid_grant", "az account set"];
    let kind =
        if refused.iter().any(|sign| lower.contains(sign)) { FailureKind::Permanent } else { FailureKind::Doubtful };
    Err(TokenFailure::new(kind, message))
}

#[cfg(test)]
mod tests {
    use tokio_util::sync::CancellationToken;

    use super::*;
    use crate::azure::auth::arguments::CredentialArguments;
    use crate::azure::auth::scripted::{Az, Fixture, NOW, ScriptedCli, SetEnvironment};
    use crate::azure::auth::{AuthenticationError, subscription_id};
    use crate::azure::deadline::Deadline;
    use crate::azure::secret::Secret;
    use crate::azure::token::{AccessToken, TokenError};

    fn deadline() -> Deadline {
        Deadline::new(Duration::from_secs(600), CancellationToken::new())
    }

    fn token() -> Az {
        Az::Prints(
            serde_json::json!({
                "accessToken": "the-token", "expiresOn": "2026-11-19 10:00:00.000000", "expires_on": 1_795_078_800,
                "subscription": "s", "tenant": "t", "tokenType": "Bearer"
            })
            .to_string(),
        )
    }

    fn fixture(script: impl IntoIterator<Item = Az>) -> Fixture {
        Fixture { cli: ScriptedCli::new(script), ..Fixture::default() }
    }

    async fn call(arguments: CredentialArguments, variables: &[(&str, &str)]) -> String {
        let fixture = Fixture { environment: Arc::new(SetEnvironment::new(variables)), ..fixture([token()]) };
        fixture.token_source(arguments).token(&deadline()).await.unwrap();
        fixture.cli.calls().remove(0)
    }

    async fn failure(az: Az) -> TokenError {
        fixture([az]).token_source(CredentialArguments::default()).token(&deadline()).await.unwrap_err()
    }

    #[tokio::test]
    async fn az_is_asked_for_the_scope_of_the_cloud_and_its_epoch_is_the_end() {
        let fixture = fixture([token()]);
        let AccessToken { token, expires_at } =
            fixture.token_source(CredentialArguments::default()).token(&deadline()).await.unwrap();
        assert_eq!(token, Secret::new("the-token"));
        assert_eq!(expires_at, NOW + time::Duration::hours(1));
        assert_eq!(
            fixture.cli.calls(),
            ["account get-access-token --output json --scope https://management.azure.com/.default"]
        );
    }

    #[tokio::test]
    async fn the_subscription_goes_before_the_tenant_and_cloud_shell_takes_neither() {
        let with = |tenant: Option<&str>, subscription: Option<&str>| CredentialArguments {
            tenant_id: tenant.map(str::to_owned),
            subscription_id: subscription.map(str::to_owned),
            ..CredentialArguments::default()
        };
        let both = || with(Some("t-1"), Some("5ea1ab1e-0000-4000-8000-000000000001"));
        assert!(call(both(), &[]).await.ends_with("/.default --subscription 5ea1ab1e-0000-4000-8000-000000000001"));
        assert!(call(with(Some("t-1"), None), &[]).await.ends_with("/.default --tenant t-1"));
        assert!(call(with(None, None), &[]).await.ends_with("/.default"));
        let shell = [("AZUREPS_HOST_ENVIRONMENT", "cloud-shell/1.0")];
        assert!(call(both(), &shell).await.ends_with("/.default"));
    }

    #[tokio::test]
    async fn an_auxiliary_tenant_is_asked_for_by_its_name() {
        let fixture = fixture([token()]);
        let settings = fixture.settings(CredentialArguments {
            tenant_id: Some("t-1".to_owned()),
            subscription_id: Some("5ea1ab1e-0000-4000-8000-000000000001".to_owned()),
            auxiliary_tenant_ids: Some(vec!["t-2".to_owned()]),
            ..CredentialArguments::default()
        });
        let (cloud, context) = (Cloud::named("public").unwrap(), fixture.credential_context());
        let sources = crate::azure::auth::auxiliary_token_sources(&settings, &cloud, &context).unwrap();
        sources[0].token(&deadline()).await.unwrap();
        assert!(fixture.cli.calls().remove(0).ends_with("/.default --tenant t-2"));
    }

    #[tokio::test]
    async fn an_old_az_that_prints_only_local_time_is_believed_for_five_minutes() {
        let printed = r#"{"accessToken":"t","expiresOn":"2026-11-19 10:00:00.000000"}"#.to_owned();
        let fixture = fixture([Az::Prints(printed)]);
        let token = fixture.token_source(CredentialArguments::default()).token(&deadline()).await.unwrap();
        assert_eq!(token.expires_at, NOW + time::Duration::minutes(5));
    }

    #[tokio::test]
    async fn nobody_logged_in_and_no_az_are_permanent() {
        let error = failure(Az::Complains("ERROR: Please run 'az login' to setup account.\n")).await;
        assert!(matches!(error, TokenError::Permanent { .. }), "{error:?}");
        assert!(error.to_string().contains("Please run 'az login'"));
        let error = failure(Az::Missing).await;
        assert!(matches!(error, TokenError::Permanent { .. }), "{error:?}");
        assert!(error.to_string().contains("not on PATH"));
    }

    #[tokio::test(start_paused = true)]
    async fn an_az_that_hangs_is_given_ninety_seconds_and_may_be_asked_again() {
        let start = tokio::time::Instant::now();
        let error = failure(Az::Hangs).await;
        assert!(matches!(error, TokenError::Transient { .. }), "{error:?}");
        assert_eq!(start.elapsed(), Duration::from_secs(90));
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_program_that_is_given_up_takes_its_children_along() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("child");
        let script = format!("sleep 600 & echo $! > '{0}.new'; mv '{0}.new' '{0}'; wait", file.display());
        let arguments = ["-c", script.as_str()];
        let child = tokio::select! {
            _ = run_program("sh", &arguments) => panic!("it ended"),
            child = async {
                loop {
                    if let Ok(text) = std::fs::read_to_string(&file) {
                        break text.trim().parse().unwrap();
                    }
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
            } => rustix::process::Pid::from_raw(child).unwrap(),
        };
        // Dead, or a zombie that nobody has waited for yet.
        let lives = || {
            let status = std::fs::read_to_string(format!("/proc/{}/stat", child.as_raw_nonzero()));
            match status {
                Ok(status) => !status.contains(") Z "),
                Err(_) => cfg!(not(target_os = "linux")) && rustix::process::test_kill_process(child).is_ok(),
            }
        };
        for _ in 0..500 {
            if !lives() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("the child lives on");
    }

    #[tokio::test]
    async fn a_broken_network_is_final_at_first_and_passing_later() {
        let broken = "ERROR: HTTPSConnectionPool: Max retries exceeded";
        let fixture = fixture([Az::Complains(broken), token(), Az::Complains(broken)]);
        let source = fixture.token_source(CredentialArguments::default());
        assert!(matches!(source.token(&deadline()).await, Err(TokenError::Permanent { .. })));
        source.token(&deadline()).await.unwrap();
        fixture.clock.advance(time::Duration::hours(1));
        assert!(matches!(source.token(&deadline()).await, Err(TokenError::Transient { .. })));
    }

    #[tokio::test]
    async fn the_error_names_what_was_configured_but_not_complete() {
        let arguments =
            CredentialArguments { client_secret: Some(Secret::new("s3cret")), ..CredentialArguments::default() };
        let error = fixture([Az::Missing]).token_source(arguments).token(&deadline()).await.unwrap_err().to_string();
        assert!(
            error.ends_with("nothing before it is complete: a client secret needs tenant_id, client_id"),
            "{error}"
        );
    }

    #[tokio::test]
    async fn the_default_subscription_comes_from_az_only_where_az_authenticates() {
        let account = r#"{"environmentName":"AzureCloud","id":"sub-9","isDefault":true,"tenantId":"t"}"#;
        let fixture = fixture([Az::Prints(account.to_owned())]);
        let id = |arguments| {
            let (settings, credential_context) = (fixture.settings(arguments), fixture.credential_context());
            async move { subscription_id(&settings, &credential_context, &deadline()).await }
        };
        let given = CredentialArguments {
            subscription_id: Some("5ea1ab1e-0000-4000-8000-000000000001".to_owned()),
            ..CredentialArguments::default()
        };
        assert_eq!(id(given).await.unwrap(), "5ea1ab1e-0000-4000-8000-000000000001");
        assert_eq!(id(CredentialArguments::default()).await.unwrap(), "sub-9");
        assert_eq!(fixture.cli.calls(), ["account show --output json"]);
        let error =
            id(CredentialArguments { use_msi: Some(true), ..CredentialArguments::default() }).await.unwrap_err();
        let AuthenticationError::Argument(error) = error else { panic!("{error:?}") };
        assert_eq!(error.argument, "subscription_id");
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_program_runs_in_the_root_without_colour_or_input_and_its_end_is_reported() {
        let script = "pwd; echo $AZURE_CORE_NO_COLOR; cat; echo complaint >&2; exit 3";
        let output = run_program("sh", &["-c", script]).await.unwrap();
        assert!(!output.success);
        assert_eq!(output.stdout.as_slice(), b"/\ntrue\n");
        assert_eq!(output.stderr, b"complaint\n");
        assert!(run_program("sh", &["-c", "exit 0"]).await.unwrap().success);
        let missing = run_program("a-program-that-nobody-has", &[]).await.err().unwrap();
        assert_eq!(missing.kind(), std::io::ErrorKind::NotFound);
    }
}
