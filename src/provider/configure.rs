//! From the provider block to a connection. What connecting means is [`Connection::open`]'s; here the block becomes plain
//! settings, and an error becomes a diagnostic on the argument at fault.

use super::{AzureBackup, block};
use crate::azure::auth::AuthenticationError;
use crate::connection::{Connection, ConnectionSettings, OpenError};
use crate::tfplugin::diagnostics::{Diagnostic, Diagnostics};
use crate::tfplugin::resource::Call;
use crate::tfplugin::value::{Path, Value};

impl AzureBackup {
    pub(super) async fn connect(&self, call: &Call, config: &Value) -> Diagnostics {
        self.connections.replace(None);
        // During a plan the block may depend on resources that do not exist yet; plans go on without a connection then.
        if !config.is_wholly_known() {
            tracing::info!("the provider's configuration is not known yet; nothing is asked of Azure in this plan");
            return Diagnostics::new();
        }
        let used_by = call.terraform_version.as_deref().map(|version| format!("Terraform/{version}"));
        let settings = match self.settings(config) {
            Ok(settings) => ConnectionSettings { used_by, ..settings },
            Err(error) => return error.into(),
        };
        match Connection::open(&settings, &self.host, &self.registry, &call.stop).await {
            Ok(connection) => {
                self.connections.replace(Some(connection));
                Diagnostics::new()
            }
            Err(error) => diagnostic(&error).into(),
        }
    }

    pub(super) async fn check(&self, config: &Value) -> Diagnostics {
        // Unknown values may still change the choice of a credential; the rest is said once everything is known.
        if !config.is_wholly_known() {
            return Diagnostics::new();
        }
        let settings = match self.settings(config) {
            Ok(settings) => settings,
            Err(error) => return error.into(),
        };
        match settings.check(&self.host.environment).await {
            Ok(()) => Diagnostics::new(),
            Err(error) => diagnostic(&error).into(),
        }
    }

    /// The block's settings, and the variables of this provider's own for what is not in the block. Those of the
    /// credentials are merged when a connection is opened.
    fn settings(&self, config: &Value) -> Result<ConnectionSettings, Diagnostic> {
        let mut config = config.clone();
        for (argument, variable) in block::OWN_VARIABLES {
            let given = config.get(argument);
            let is_given = !given.is_null() && given.as_str().is_none_or(|text| !text.trim().is_empty());
            let text = self.host.environment.variable(variable).filter(|text| !is_given && !text.trim().is_empty());
            if let Some(text) = text {
                config.set(*argument, block::read_variable(argument, variable, text.trim())?);
            }
        }
        Ok(block::settings(&config))
    }
}

/// The error as a diagnostic, on the argument at fault.
fn diagnostic(error: &OpenError) -> Diagnostic {
    let (summary, detail) = match error {
        OpenError::Argument(error) => (format!("Invalid {}", error.argument), sentence(&error.message)),
        OpenError::PollIntervalTooShort { .. } => ("The poll interval is too short".to_owned(), format!("{error}.")),
        OpenError::ProgressFile { path, source } => {
            ("Invalid progress_file".to_owned(), format!("{path:?} cannot be written to: {source}."))
        }
        OpenError::Authentication(AuthenticationError::NothingConfigured(looked_at)) => (
            "No way of authenticating is configured".to_owned(),
            format!("These were checked, in this order:\n  - {}", looked_at.join("\n  - ")),
        ),
        OpenError::Authentication(error) => ("Cannot authenticate".to_owned(), format!("{error}.")),
        OpenError::SocksProxy { .. } => ("The proxy cannot be used".to_owned(), format!("{error}.")),
        OpenError::CertificateFile { .. } => {
            ("The trusted certificates cannot be read".to_owned(), format!("{error}."))
        }
        OpenError::Files(_) => ("Cannot authenticate".to_owned(), format!("{error}.")),
        OpenError::Endpoint(error) => ("The Resource Manager endpoint cannot be used".to_owned(), format!("{error}.")),
        OpenError::Header(error) => {
            ("A variable of the environment cannot be sent to Azure".to_owned(), format!("{error}."))
        }
    };
    let diagnostic = Diagnostic::error(summary, detail);
    match error.argument() {
        Some(argument) => diagnostic.at(Path::attribute(argument)),
        None => diagnostic,
    }
}

/// A message that begins in lower case, to stand after a colon, as a sentence. One that begins with a word of the
/// configuration, or with a quotation, stays as it is.
fn sentence(message: &str) -> String {
    let message = message.trim_end_matches('.');
    let first = message.split(' ').next().unwrap_or_default();
    let is_word = first.chars().all(|character| character.is_ascii_lowercase());
    match message.chars().next() {
        Some(begin) if is_word => format!("{}{}.", begin.to_uppercase(), message.get(1..).unwrap_or_default()),
        _ => format!("{message}."),
    }
}

#[cfg(test)]
mod tests {
    use std::io::ErrorKind;
    use std::time::Duration;

    use super::*;
    use crate::azure::scripted::ScriptedTransport;
    use crate::connection::scripted::host;

    fn read_only_file() -> OpenError {
        OpenError::ProgressFile { path: "a.jsonl".into(), source: ErrorKind::PermissionDenied.into() }
    }

    #[test]
    fn an_error_is_reported_on_the_argument_at_fault() {
        let error = diagnostic(&read_only_file());
        assert_eq!(error.path, Some(Path::attribute("progress_file")));
        assert_eq!(error.summary, "Invalid progress_file");
        assert_eq!(error.detail, "\"a.jsonl\" cannot be written to: permission denied.");
    }

    #[test]
    fn an_error_that_is_no_argument_s_fault_points_at_none() {
        let looked_at = vec!["client secret: off".to_owned(), "Azure CLI: off".to_owned()];
        let error = diagnostic(&OpenError::Authentication(AuthenticationError::NothingConfigured(looked_at)));
        assert_eq!(error.path, None);
        assert_eq!(error.summary, "No way of authenticating is configured");
        assert!(
            error.detail.ends_with("in this order:\n  - client secret: off\n  - Azure CLI: off"),
            "{}",
            error.detail
        );
    }

    fn provider() -> AzureBackup {
        AzureBackup::new(host(&ScriptedTransport::new(Vec::new()), &[]))
    }

    fn block(arguments: &[(&str, Value)]) -> Value {
        let mut config = block::schema().null_object();
        for (name, value) in arguments {
            config.set(*name, value.clone());
        }
        config
    }

    #[tokio::test]
    async fn a_block_that_is_wholly_known_is_connected_and_one_that_fails_leaves_no_connection() {
        let provider = provider();
        let tenant = "00000000-0000-0000-0000-000000000001";
        let secret =
            [("tenant_id", tenant.into()), ("client_id", tenant.into()), ("client_secret", Value::from("secret"))];
        assert!(provider.connect(&Call::default(), &block(&secret)).await.is_empty());
        assert!(provider.connections.current().is_some());
        assert!(provider.connect(&Call::default(), &block(&[("environment", "mars".into())])).await.has_errors());
        assert!(provider.connections.current().is_none());
        assert!(provider.connect(&Call::default(), &block(&secret)).await.is_empty());
        let unknown = block(&[("tenant_id", Value::unknown())]);
        assert!(provider.connect(&Call::default(), &unknown).await.is_empty());
        assert!(provider.connections.current().is_none());
    }

    #[test]
    fn role_wait_beats_its_variable_which_must_be_a_duration() {
        let wait = |variable, given: &[(&str, Value)]| {
            let host = host(&ScriptedTransport::new(Vec::new()), &[("AZUREBACKUP_ROLE_WAIT", variable)]);
            AzureBackup::new(host).settings(&block(given)).map(|settings| settings.role_wait)
        };
        let seconds = |seconds| Some(Duration::from_secs(seconds));
        assert_eq!(wait("5m", &[("role_wait", "1m".into())]).unwrap(), seconds(60));
        assert_eq!(wait("5m", &[]).unwrap(), seconds(300));
        assert_eq!(wait("0s", &[]).unwrap(), seconds(0));
        let error = wait("soon", &[]).unwrap_err();
        assert_eq!(error.path, Some(Path::attribute("role_wait")));
        assert!(error.detail.starts_with("The environment variable AZUREBACKUP_ROLE_WAIT is \"soon\""), "{error:?}");
    }

    #[test]
    fn each_argument_of_our_own_can_come_from_its_variable_and_an_empty_one_of_either_counts_as_not_set() {
        let settings = |variables: &[(&'static str, &'static str)], given: &[(&str, Value)]| {
            AzureBackup::new(host(&ScriptedTransport::new(Vec::new()), variables)).settings(&block(given))
        };
        let all = [
            ("AZUREBACKUP_POLL_INTERVAL", " 45s "),
            ("AZUREBACKUP_ROLE_WAIT", "5m"),
            ("AZUREBACKUP_PREFLIGHT", "True"),
            ("AZUREBACKUP_PROGRESS_FILE", "steps.jsonl"),
        ];
        for given in
            [vec![], vec![("poll_interval", "".into()), ("role_wait", " ".into()), ("progress_file", "".into())]]
        {
            let read = settings(&all, &given).unwrap();
            assert_eq!(
                (read.poll_interval, read.role_wait),
                (Some(Duration::from_secs(45)), Some(Duration::from_secs(300)))
            );
            assert!(read.preflight);
            assert_eq!(read.progress_file, Some("steps.jsonl".into()));
        }
        let given = [("poll_interval", "1m".into()), ("preflight", false.into()), ("progress_file", "mine".into())];
        let read = settings(&all, &given).unwrap();
        assert_eq!((read.poll_interval, read.preflight), (Some(Duration::from_secs(60)), false));
        assert_eq!(read.progress_file, Some("mine".into()));
        let nothing = settings(&all.map(|(name, _)| (name, " ")), &[]).unwrap();
        assert_eq!(format!("{nothing:?}"), format!("{:?}", ConnectionSettings::default()));
        for (variable, argument) in
            [("AZUREBACKUP_POLL_INTERVAL", "poll_interval"), ("AZUREBACKUP_PREFLIGHT", "preflight")]
        {
            let error = settings(&[(variable, "soon")], &[]).unwrap_err();
            assert_eq!(error.path, Some(Path::attribute(argument)));
            assert!(
                error.detail.starts_with(&format!("The environment variable {variable} is \"soon\".")),
                "{error:?}"
            );
        }
    }

    #[tokio::test]
    async fn a_block_is_checked_once_it_is_wholly_known() {
        let short = ("poll_interval", Value::from("20ms"));
        let refused = provider().check(&block(std::slice::from_ref(&short))).await;
        let paths: Vec<_> = refused.iter().map(|error| error.path.clone()).collect();
        assert_eq!(paths, [Some(Path::attribute("poll_interval"))]);
        assert!(provider().check(&block(&[short, ("tenant_id", Value::unknown())])).await.is_empty());
    }
}
