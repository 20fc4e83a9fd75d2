//! Which way of authentication is taken: azurerm's order, and the first that is switched on and completely configured.
//! If it then fails, no other is tried.

use std::path::PathBuf;

use url::Url;

use super::arguments::{CredentialSettings, OidcToken};
use crate::azure::secret::Secret;

/// A way of authentication with all it needs.
#[derive(Clone, Debug)]
pub(crate) enum CredentialKind {
    ClientCertificate { application: CredentialIdentity, certificate: CertificateInput, password: Option<Secret> },
    ClientSecret { application: CredentialIdentity, secret: Secret },
    OidcToken { application: CredentialIdentity, token: OidcToken },
    AzureDevOpsOidc { application: CredentialIdentity, url: Url, token: Secret, service_connection_id: String },
    GitHubOidc { application: CredentialIdentity, url: Url, token: Secret },
    ManagedIdentity,
    AzureCli { passed_over: Vec<String> },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CredentialIdentity {
    pub(crate) tenant_id: String,
    pub(crate) client_id: String,
}

#[derive(Clone, Debug)]
pub(crate) enum CertificateInput {
    /// `client_certificate`; goes before the path, as with azurerm.
    Text(Secret),
    Path(PathBuf),
}

/// Nothing is completely configured. One line for each way, saying what it lacks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NothingConfigured(pub(crate) Vec<String>);

impl CredentialKind {
    pub(crate) fn choose(settings: &CredentialSettings) -> Result<Self, NothingConfigured> {
        let application = match (settings.tenant_id.clone(), settings.client_id.clone()) {
            (Some(tenant_id), Some(client_id)) => Some(CredentialIdentity { tenant_id, client_id }),
            _ => None,
        };
        if let Some(application) = application {
            let text = settings.client_certificate.clone().map(CertificateInput::Text);
            let path = settings.client_certificate_path.clone().map(CertificateInput::Path);
            if let Some(certificate) = text.or(path) {
                let password = settings.client_certificate_password.clone();
                return Ok(Self::ClientCertificate { application, certificate, password });
            }
            if let Some(secret) = settings.client_secret.clone() {
                return Ok(Self::ClientSecret { application, secret });
            }
            if settings.use_oidc {
                // A token of its own lives for minutes and cannot be renewed; what can be asked for again outlives a restore.
                let renewable = can_request(settings);
                let given = settings.oidc_token.clone();
                if let Some(token) = given.filter(|token| !renewable || matches!(token, OidcToken::File(_))) {
                    return Ok(Self::OidcToken { application, token });
                }
                let request = settings.oidc_request_url.clone().zip(settings.oidc_request_token.clone());
                match (request, settings.ado_pipeline_service_connection_id.clone()) {
                    (Some((url, token)), Some(service_connection_id)) => {
                        return Ok(Self::AzureDevOpsOidc { application, url, token, service_connection_id });
                    }
                    (Some((url, token)), None) => return Ok(Self::GitHubOidc { application, url, token }),
                    (None, _) => {}
                }
            }
        }
        if settings.use_msi {
            Ok(Self::ManagedIdentity)
        } else if settings.use_cli {
            Ok(Self::AzureCli { passed_over: begun(settings) })
        } else {
            Err(NothingConfigured(options(settings).into_iter().map(|option| option.line()).collect()))
        }
    }

    /// For log lines and messages.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::ClientCertificate { .. } => "a client certificate",
            Self::ClientSecret { .. } => "a client secret",
            Self::OidcToken { .. } => "an OIDC token",
            Self::AzureDevOpsOidc { .. } => "an OIDC token of Azure DevOps",
            Self::GitHubOidc { .. } => "an OIDC token of GitHub",
            Self::ManagedIdentity => "a managed identity",
            Self::AzureCli { .. } => "the Azure CLI",
        }
    }
}

/// Whether GitHub or Azure DevOps can be asked for tokens. Azure DevOps wants a service connection, and sets its URL in
/// every job that maps its access token, also where none is named.
fn can_request(settings: &CredentialSettings) -> bool {
    let url = settings.oidc_request_url.as_ref().filter(|_| settings.oidc_request_token.is_some());
    url.is_some_and(|url| {
        settings.ado_pipeline_service_connection_id.is_some() || !url.path().to_lowercase().ends_with("/oidctoken")
    })
}

const GITHUB_PERMISSION: &str =
    " (GitHub Actions sets these variables only in a workflow or job with `permissions: id-token: write`)";

struct CredentialOption {
    name: &'static str,
    /// The argument that is this way's own was given.
    begun: bool,
    missing: Vec<&'static str>,
    /// Where what is missing comes from.
    hint: &'static str,
}

impl CredentialOption {
    fn line(&self) -> String {
        format!("{} needs {}{}", self.name, self.missing.join(", "), self.hint)
    }
}

fn begun(settings: &CredentialSettings) -> Vec<String> {
    options(settings).into_iter().filter(|option| option.begun).map(|option| option.line()).collect()
}

/// The ways in their order, with what each lacks.
fn options(settings: &CredentialSettings) -> Vec<CredentialOption> {
    let tenant = ("tenant_id", settings.tenant_id.is_some());
    let client = ("client_id", settings.client_id.is_some());
    let oidc = ("use_oidc = true", settings.use_oidc);
    let certificate = settings.client_certificate.is_some() || settings.client_certificate_path.is_some();
    let secret = settings.client_secret.is_some();
    let url = ("oidc_request_url", settings.oidc_request_url.is_some());
    let token = ("oidc_request_token", settings.oidc_request_token.is_some());
    let connection = settings.ado_pipeline_service_connection_id.is_some();
    let option = |name, begun, needs: &[(&'static str, bool)]| {
        let missing = needs.iter().filter(|(_, present)| !present).map(|(name, _)| *name).collect();
        CredentialOption { name, begun, missing, hint: "" }
    };
    let without_request = settings.use_oidc && settings.oidc_token.is_none() && !(url.1 && token.1);
    let (url_missing, token_missing) = match without_request {
        true => (
            ("oidc_request_url (ACTIONS_ID_TOKEN_REQUEST_URL)", url.1),
            ("oidc_request_token (ACTIONS_ID_TOKEN_REQUEST_TOKEN)", token.1),
        ),
        false => (url, token),
    };
    let github = option(
        "an OIDC token of GitHub",
        without_request || (settings.use_oidc && url.1),
        &[tenant, client, oidc, url_missing, token_missing],
    );
    let hint = if without_request { GITHUB_PERMISSION } else { "" };
    vec![
        option(
            "a client certificate",
            certificate,
            &[tenant, client, ("client_certificate or client_certificate_path", certificate)],
        ),
        option("a client secret", secret, &[tenant, client, ("client_secret", secret)]),
        option(
            "an OIDC token",
            settings.oidc_token.is_some(),
            &[tenant, client, oidc, ("oidc_token or oidc_token_file_path", settings.oidc_token.is_some())],
        ),
        option(
            "an OIDC token of Azure DevOps",
            settings.use_oidc && connection,
            &[tenant, client, oidc, ("ado_pipeline_service_connection_id", connection), url, token],
        ),
        CredentialOption { hint, ..github },
        option("a managed identity", false, &[("use_msi = true", settings.use_msi)]),
        option("the Azure CLI", false, &[("use_cli = true", settings.use_cli)]),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Everything complete at once; tests then take things away from the front.
    fn all() -> CredentialSettings {
        CredentialSettings {
            tenant_id: Some("tenant".to_owned()),
            client_id: Some("client".to_owned()),
            client_certificate: Some(Secret::new("pfx")),
            client_secret: Some(Secret::new("secret")),
            use_oidc: true,
            oidc_token: Some(OidcToken::Value(Secret::new("jwt"))),
            oidc_request_url: Some(Url::parse("https://oidc.example").unwrap()),
            oidc_request_token: Some(Secret::new("request")),
            ado_pipeline_service_connection_id: Some("connection".to_owned()),
            use_msi: true,
            use_cli: true,
            ..CredentialSettings::default()
        }
    }

    fn name(settings: &CredentialSettings) -> &'static str {
        CredentialKind::choose(settings).unwrap().name()
    }

    #[test]
    fn the_order_is_azurerms_but_for_an_oidc_token_that_cannot_be_renewed() {
        let mut settings = all();
        assert_eq!(name(&settings), "a client certificate");
        settings.client_certificate = None;
        settings.client_certificate_path = Some(PathBuf::from("/pfx"));
        assert_eq!(name(&settings), "a client certificate");
        settings.client_certificate_path = None;
        assert_eq!(name(&settings), "a client secret");
        settings.client_secret = None;
        assert_eq!(name(&settings), "an OIDC token of Azure DevOps");
        settings.ado_pipeline_service_connection_id = None;
        assert_eq!(name(&settings), "an OIDC token of GitHub");
        settings.oidc_request_url = None;
        assert_eq!(name(&settings), "an OIDC token");
        settings.oidc_token = None;
        assert_eq!(name(&settings), "a managed identity");
        settings.use_msi = false;
        assert_eq!(name(&settings), "the Azure CLI");
    }

    #[test]
    fn the_text_of_a_certificate_goes_before_its_path() {
        let settings = CredentialSettings { client_certificate_path: Some(PathBuf::from("/pfx")), ..all() };
        let CredentialKind::ClientCertificate { certificate, .. } = CredentialKind::choose(&settings).unwrap() else {
            panic!()
        };
        assert!(matches!(certificate, CertificateInput::Text(_)));
    }

    #[test]
    fn an_oidc_token_that_can_be_renewed_goes_before_one_that_cannot() {
        let oidc = CredentialSettings { client_certificate: None, client_secret: None, ..all() };
        let file = Some(OidcToken::File(PathBuf::from("/token")));
        assert_eq!(name(&CredentialSettings { oidc_token: file, ..oidc.clone() }), "an OIDC token");
        assert_eq!(name(&CredentialSettings { oidc_request_token: None, ..oidc.clone() }), "an OIDC token");
        // Azure DevOps without a service connection gives no token.
        let of_a_pipeline = Url::parse("https://dev.azure.com/o/p/_apis/distributedtask/jobs/1/oidctoken").unwrap();
        let pipeline = CredentialSettings {
            oidc_request_url: Some(of_a_pipeline),
            ado_pipeline_service_connection_id: None,
            ..oidc
        };
        assert_eq!(name(&pipeline), "an OIDC token");
    }

    #[test]
    fn oidc_without_request_variables_names_them_and_the_permission_of_github() {
        let settings = CredentialSettings {
            tenant_id: Some("tenant".to_owned()),
            client_id: Some("client".to_owned()),
            use_oidc: true,
            use_cli: true,
            ..CredentialSettings::default()
        };
        let CredentialKind::AzureCli { passed_over } = CredentialKind::choose(&settings).unwrap() else { panic!() };
        assert_eq!(
            passed_over,
            ["an OIDC token of GitHub needs oidc_request_url (ACTIONS_ID_TOKEN_REQUEST_URL), oidc_request_token \
                (ACTIONS_ID_TOKEN_REQUEST_TOKEN) (GitHub Actions sets these variables only in a workflow or job with \
                `permissions: id-token: write`)"]
        );
    }

    #[test]
    fn oidc_counts_only_when_it_is_switched_on() {
        let settings = CredentialSettings { client_certificate: None, client_secret: None, use_oidc: false, ..all() };
        assert_eq!(name(&settings), "a managed identity");
    }

    #[test]
    fn an_application_without_tenant_or_client_is_passed_over_and_the_cli_knows_of_it() {
        let settings = CredentialSettings { tenant_id: None, use_msi: false, oidc_token: None, ..all() };
        let CredentialKind::AzureCli { passed_over } = CredentialKind::choose(&settings).unwrap() else { panic!() };
        assert_eq!(
            passed_over,
            [
                "a client certificate needs tenant_id",
                "a client secret needs tenant_id",
                "an OIDC token of Azure DevOps needs tenant_id",
                "an OIDC token of GitHub needs tenant_id"
            ]
        );
    }

    #[test]
    fn with_nothing_complete_every_way_says_what_it_lacks() {
        let settings = CredentialSettings {
            use_cli: false,
            client_id: Some("client".to_owned()),
            ..CredentialSettings::default()
        };
        let NothingConfigured(lines) = CredentialKind::choose(&settings).unwrap_err();
        assert_eq!(
            lines,
            [
                "a client certificate needs tenant_id, client_certificate or client_certificate_path",
                "a client secret needs tenant_id, client_secret",
                "an OIDC token needs tenant_id, use_oidc = true, oidc_token or oidc_token_file_path",
                "an OIDC token of Azure DevOps needs tenant_id, use_oidc = true, ado_pipeline_service_connection_id, oidc_request_url, oidc_request_token",
                "an OIDC token of GitHub needs tenant_id, use_oidc = true, oidc_request_url, oidc_request_token",
                "a managed identity needs use_msi = true",
                "the Azure CLI needs use_cli = true",
            ]
        );
    }
}
