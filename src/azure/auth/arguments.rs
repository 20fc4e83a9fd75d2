//! Credential arguments as the user gave them, merged with the environment variables that azurerm and azapi read
//! (docs/reference/azure-resource-manager.md#arguments-and-environment-variables). An argument beats its variables,
//! even when it is the empty string; of several variables the first that is set and not empty wins.

use std::fmt::Debug;
use std::io::Read;
use std::path::{Path, PathBuf};

use url::Url;

use crate::azure::cloud::{endpoint, is_adfs};
use crate::azure::secret::Secret;
use crate::azure::written_url;

/// The arguments with the environment variables that stand in for them, first one first. The merge reads this very
/// table, so documentation made from it cannot be wrong. With `use_aks_workload_identity` the variables
/// `AZURE_CLIENT_ID`, `AZURE_TENANT_ID` and `AZURE_FEDERATED_TOKEN_FILE` count besides, for `client_id`, `tenant_id` and
/// `oidc_token_file_path`; they must not contradict the others.
pub const VARIABLES: &[(&str, &[&str])] = &[
    ("subscription_id", &["ARM_SUBSCRIPTION_ID"]),
    ("tenant_id", &["ARM_TENANT_ID"]),
    ("auxiliary_tenant_ids", &["ARM_AUXILIARY_TENANT_IDS"]),
    ("client_id", &["ARM_CLIENT_ID"]),
    ("client_id_file_path", &["ARM_CLIENT_ID_FILE_PATH"]),
    ("client_secret", &["ARM_CLIENT_SECRET"]),
    ("client_secret_file_path", &["ARM_CLIENT_SECRET_FILE_PATH"]),
    ("client_certificate", &["ARM_CLIENT_CERTIFICATE"]),
    ("client_certificate_path", &["ARM_CLIENT_CERTIFICATE_PATH"]),
    ("client_certificate_password", &["ARM_CLIENT_CERTIFICATE_PASSWORD"]),
    ("use_oidc", &["ARM_USE_OIDC"]),
    ("oidc_token", &["ARM_OIDC_TOKEN"]),
    ("oidc_token_file_path", &["ARM_OIDC_TOKEN_FILE_PATH"]),
    ("oidc_request_token", &["ARM_OIDC_REQUEST_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN", "SYSTEM_ACCESSTOKEN"]),
    ("oidc_request_url", &["ARM_OIDC_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_URL", "SYSTEM_OIDCREQUESTURI"]),
    (
        "ado_pipeline_service_connection_id",
        &[
            "ARM_ADO_PIPELINE_SERVICE_CONNECTION_ID",
            "ARM_OIDC_AZURE_SERVICE_CONNECTION_ID",
            "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID",
        ],
    ),
    ("use_msi", &["ARM_USE_MSI"]),
    ("msi_endpoint", &["ARM_MSI_ENDPOINT"]),
    ("msi_api_version", &["ARM_MSI_API_VERSION"]),
    ("use_cli", &["ARM_USE_CLI"]),
    ("use_aks_workload_identity", &["ARM_USE_AKS_WORKLOAD_IDENTITY"]),
    ("environment", &["ARM_ENVIRONMENT"]),
    ("metadata_host", &["ARM_METADATA_HOSTNAME"]),
    ("resource_manager_endpoint", &["ARM_RESOURCE_MANAGER_ENDPOINT"]),
    ("authority_host", &["ARM_ACTIVE_DIRECTORY_AUTHORITY_HOST"]),
    ("resource_manager_audience", &["ARM_RESOURCE_MANAGER_AUDIENCE"]),
];

/// What surrounds the process, injected so that tests touch neither its variables nor its files.
pub trait ProcessEnvironment: Send + Sync + Debug {
    /// The value of a variable; an empty one counts as not set.
    fn variable(&self, name: &str) -> Option<String>;

    /// # Errors
    /// Whatever reading a file can end with.
    fn read_file(&self, path: &Path) -> std::io::Result<Vec<u8>>;
}

/// The variables and files of this process.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemEnvironment;

impl ProcessEnvironment for SystemEnvironment {
    fn variable(&self, name: &str) -> Option<String> {
        std::env::var(name).ok().filter(|value| !value.is_empty())
    }

    fn read_file(&self, path: &Path) -> std::io::Result<Vec<u8>> {
        read_ordinary(path)
    }
}

/// More than any certificate with its chain, and any bundle of trusted ones.
const LARGEST_FILE: u64 = 4 * 1024 * 1024;

/// A named pipe or a device may never end, or never begin.
fn read_ordinary(path: &Path) -> std::io::Result<Vec<u8>> {
    let wrong = |text: &str| std::io::Error::new(std::io::ErrorKind::InvalidInput, text.to_owned());
    // Before it is opened: opening a named pipe waits for whoever writes.
    let metadata = std::fs::metadata(path)?;
    if !metadata.is_file() {
        return Err(wrong("it is not an ordinary file"));
    }
    let mut bytes = Vec::new();
    std::fs::File::open(path)?.take(LARGEST_FILE + 1).read_to_end(&mut bytes)?;
    match bytes.len() as u64 > LARGEST_FILE {
        true => Err(wrong("it is larger than 4 MiB")),
        false => Ok(bytes),
    }
}

/// An argument that cannot be used, by the name the user knows. The message never holds the value of a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{argument}: {message}")]
pub struct ArgumentError {
    /// Name of the provider argument at fault.
    pub argument: &'static str,
    /// What is wrong with it and what to do.
    pub message: String,
}

impl ArgumentError {
    pub(crate) fn new(argument: &'static str, message: impl Into<String>) -> Self {
        Self { argument, message: message.into() }
    }
}

/// The arguments of the provider block; `None` where the configuration is null or unknown. Names, meanings and formats
/// are azurerm's unless said otherwise.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs, reason = "the names are azurerm's arguments, documented there and in the provider's schema")]
pub struct CredentialArguments {
    pub subscription_id: Option<String>,
    pub tenant_id: Option<String>,
    pub auxiliary_tenant_ids: Option<Vec<String>>,
    pub client_id: Option<String>,
    pub client_id_file_path: Option<String>,
    pub client_secret: Option<Secret>,
    pub client_secret_file_path: Option<String>,
    /// PKCS#12 in base64, as azurerm takes it; PEM, plain or in base64, as well.
    pub client_certificate: Option<Secret>,
    /// A PKCS#12 or PEM file.
    pub client_certificate_path: Option<String>,
    pub client_certificate_password: Option<Secret>,
    pub use_oidc: Option<bool>,
    pub oidc_token: Option<Secret>,
    pub oidc_token_file_path: Option<String>,
    pub oidc_request_token: Option<Secret>,
    pub oidc_request_url: Option<String>,
    pub ado_pipeline_service_connection_id: Option<String>,
    pub use_msi: Option<bool>,
    pub msi_endpoint: Option<String>,
    pub msi_api_version: Option<String>,
    pub use_cli: Option<bool>,
    pub use_aks_workload_identity: Option<bool>,
    pub environment: Option<String>,
    pub metadata_host: Option<String>,
    /// As in azapi's `endpoint` block.
    pub resource_manager_endpoint: Option<String>,
    /// azapi's `active_directory_authority_host`.
    pub authority_host: Option<String>,
    /// As in azapi's `endpoint` block.
    pub resource_manager_audience: Option<String>,
}

/// A federated token that somebody else put there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OidcToken {
    /// Cannot be renewed: once it has ended, no further access token can be had with it.
    Value(Secret),
    /// Read again for every exchange, because whoever wrote it replaces it before it ends.
    File(PathBuf),
}

/// Arguments and environment made one. What is `None` here was given nowhere.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs, reason = "the names are those of the arguments")]
pub struct CredentialSettings {
    pub subscription_id: Option<String>,
    pub tenant_id: Option<String>,
    pub auxiliary_tenant_ids: Vec<String>,
    pub client_id: Option<String>,
    pub client_secret: Option<Secret>,
    pub client_certificate: Option<Secret>,
    pub client_certificate_path: Option<PathBuf>,
    pub client_certificate_password: Option<Secret>,
    /// `use_oidc` or `use_aks_workload_identity`.
    pub use_oidc: bool,
    /// Set only if `use_oidc` is.
    pub oidc_token: Option<OidcToken>,
    pub oidc_request_token: Option<Secret>,
    pub oidc_request_url: Option<Url>,
    pub ado_pipeline_service_connection_id: Option<String>,
    pub use_msi: bool,
    pub msi_endpoint: Option<Url>,
    pub msi_api_version: Option<String>,
    pub use_cli: bool,
    pub environment: Option<String>,
    pub metadata_host: Option<String>,
    pub resource_manager_endpoint: Option<Url>,
    pub authority_host: Option<Url>,
    pub resource_manager_audience: Option<String>,
}

impl CredentialSettings {
    /// Merges `arguments` with `environment`. Sends nothing; reads the files of the `*_file_path` arguments.
    ///
    /// # Errors
    /// [`ArgumentError`] for a value that cannot be read, a file that cannot be read or is empty, or a value and a
    /// file (or a value and AKS workload identity) that disagree.
    pub fn resolve(
        arguments: CredentialArguments,
        environment: &dyn ProcessEnvironment,
    ) -> Result<Self, ArgumentError> {
        let merge = Merge { environment };
        let given = arguments;
        let aks = merge.switch("use_aks_workload_identity", given.use_aks_workload_identity, false)?;
        let use_oidc = merge.switch("use_oidc", given.use_oidc, false)? || aks;

        let mut client_id = merge.text("client_id", given.client_id);
        if let Some(path) = merge.text("client_id_file_path", given.client_id_file_path) {
            let text = merge.file("client_id_file_path", &path)?;
            client_id = Some(agree("client_id_file_path", "client_id", client_id, text.expose().to_owned())?);
        }
        let mut client_secret = merge.secret("client_secret", given.client_secret).and_then(|secret| trimmed(&secret));
        if let Some(path) = merge.text("client_secret_file_path", given.client_secret_file_path) {
            let text = merge.file("client_secret_file_path", &path)?;
            client_secret = Some(agree("client_secret_file_path", "client_secret", client_secret, text)?);
        }
        let mut tenant_id = merge.text("tenant_id", given.tenant_id);
        if aks {
            if let Some(id) = environment.variable("AZURE_CLIENT_ID") {
                client_id = Some(agree_with_aks("client_id", "AZURE_CLIENT_ID", client_id, id)?);
            }
            if let Some(id) = environment.variable("AZURE_TENANT_ID") {
                tenant_id = Some(agree_with_aks("tenant_id", "AZURE_TENANT_ID", tenant_id, id)?);
            }
        }
        let mut auxiliary_tenant_ids = given.auxiliary_tenant_ids;
        if auxiliary_tenant_ids.is_none() {
            auxiliary_tenant_ids =
                merge.variable("auxiliary_tenant_ids").map(|text| text.split(';').map(str::to_owned).collect());
        }
        let auxiliary_tenant_ids = auxiliary_tenants(auxiliary_tenant_ids.unwrap_or_default())?;
        let subscription_id = merge.text("subscription_id", given.subscription_id);
        subscription_id.iter().try_for_each(|id| check_id("subscription_id", id))?;
        tenant_id.iter().try_for_each(|id| check_tenant("tenant_id", id))?;

        let mut oidc_token = None;
        if use_oidc {
            let path = merge.text("oidc_token_file_path", given.oidc_token_file_path);
            let value = merge.secret("oidc_token", given.oidc_token).and_then(|secret| trimmed(&secret));
            oidc_token = merge.oidc_token(value, path, aks)?;
        }

        Ok(Self {
            subscription_id,
            tenant_id,
            auxiliary_tenant_ids,
            client_id,
            client_secret,
            client_certificate: merge.secret("client_certificate", given.client_certificate),
            client_certificate_path: merge
                .text("client_certificate_path", given.client_certificate_path)
                .map(PathBuf::from),
            client_certificate_password: merge.secret("client_certificate_password", given.client_certificate_password),
            use_oidc,
            oidc_token,
            oidc_request_token: merge.secret("oidc_request_token", given.oidc_request_token),
            oidc_request_url: merge.request_url("oidc_request_url", given.oidc_request_url)?,
            ado_pipeline_service_connection_id: merge
                .text("ado_pipeline_service_connection_id", given.ado_pipeline_service_connection_id),
            use_msi: merge.switch("use_msi", given.use_msi, false)?,
            msi_endpoint: merge.msi_endpoint(given.msi_endpoint)?,
            msi_api_version: merge.text("msi_api_version", given.msi_api_version),
            use_cli: merge.switch("use_cli", given.use_cli, true)?,
            environment: merge.text("environment", given.environment),
            metadata_host: merge.text("metadata_host", given.metadata_host),
            resource_manager_endpoint: merge.root("resource_manager_endpoint", given.resource_manager_endpoint)?,
            authority_host: merge.root("authority_host", given.authority_host)?,
            resource_manager_audience: merge.text("resource_manager_audience", given.resource_manager_audience),
        })
    }
}

struct Merge<'a> {
    environment: &'a dyn ProcessEnvironment,
}

impl Merge<'_> {
    fn variable(&self, argument: &str) -> Option<String> {
        let (_, names) = VARIABLES.iter().find(|(name, _)| *name == argument)?;
        names.iter().find_map(|name| self.environment.variable(name))
    }

    fn text(&self, argument: &str, given: Option<String>) -> Option<String> {
        let text = given.or_else(|| self.variable(argument))?;
        Some(text.trim().to_owned()).filter(|text| !text.is_empty())
    }

    fn secret(&self, argument: &str, given: Option<Secret>) -> Option<Secret> {
        given.or_else(|| self.variable(argument).map(Secret::new)).filter(|secret| !secret.expose().is_empty())
    }

    /// Go's `strconv.ParseBool`, by which azurerm reads variables, in any case.
    fn switch(&self, argument: &'static str, given: Option<bool>, otherwise: bool) -> Result<bool, ArgumentError> {
        if let Some(given) = given {
            return Ok(given);
        }
        match self.variable(argument).map(|text| text.trim().to_ascii_lowercase()).as_deref() {
            None | Some("") => Ok(otherwise),
            Some("1" | "t" | "true") => Ok(true),
            Some("0" | "f" | "false") => Ok(false),
            Some(_) => {
                let message = "its environment variable must be true or false";
                Err(ArgumentError::new(argument, message))
            }
        }
    }

    fn file(&self, argument: &'static str, path: &str) -> Result<Secret, ArgumentError> {
        let bytes = self
            .environment
            .read_file(Path::new(path))
            .map_err(|error| ArgumentError::new(argument, format!("{path:?} cannot be read: {error}")))?;
        let bytes = zeroize::Zeroizing::new(bytes);
        let text = std::str::from_utf8(&bytes)
            .map_err(|_| ArgumentError::new(argument, format!("{path:?} does not hold text in UTF-8")))?;
        match text.trim() {
            "" => Err(ArgumentError::new(argument, format!("{path:?} is empty"))),
            text => Ok(Secret::new(text)),
        }
    }

    fn oidc_token(
        &self,
        value: Option<Secret>,
        path: Option<String>,
        aks: bool,
    ) -> Result<Option<OidcToken>, ArgumentError> {
        let mut known = value;
        let mut file = None;
        if let Some(path) = path {
            let text = self.file("oidc_token_file_path", &path)?;
            known = Some(agree("oidc_token_file_path", "oidc_token", known, text)?);
            file = Some(path);
        }
        if let Some(path) = aks.then(|| self.environment.variable("AZURE_FEDERATED_TOKEN_FILE")).flatten() {
            let text = self.file("use_aks_workload_identity", &path)?;
            known = Some(agree_with_aks("oidc_token", "AZURE_FEDERATED_TOKEN_FILE", known, text)?);
            file = Some(path);
        }
        Ok(match file {
            Some(path) => Some(OidcToken::File(PathBuf::from(path))),
            None => known.map(OidcToken::Value),
        })
    }

    fn root(&self, argument: &'static str, given: Option<String>) -> Result<Option<Url>, ArgumentError> {
        let Some(text) = self.text(argument, given) else { return Ok(None) };
        let url = endpoint(&text).map_err(|problem| ArgumentError::new(argument, format!("it {problem}")))?;
        if argument == "authority_host" && url.scheme() != "https" {
            return Err(ArgumentError::new(argument, "it must begin with https://, because secrets are sent to it"));
        }
        Ok(Some(url))
    }

    /// Unlike an endpoint it has a path and, at GitHub, a query. A bearer token goes there, hence https.
    fn request_url(&self, argument: &'static str, given: Option<String>) -> Result<Option<Url>, ArgumentError> {
        let Some(text) = self.text(argument, given) else { return Ok(None) };
        let wrong = |problem: String| ArgumentError::new(argument, problem);
        let url = written_url::parse(&text).map_err(|error| wrong(format!("it is not a URL ({error})")))?;
        if url.scheme() != "https" {
            return Err(wrong("it must begin with https://, because a token is sent to it".to_owned()));
        }
        Ok(Some(url))
    }

    fn msi_endpoint(&self, given: Option<String>) -> Result<Option<Url>, ArgumentError> {
        let Some(text) = self.text("msi_endpoint", given) else { return Ok(None) };
        let wrong = |problem: String| ArgumentError::new("msi_endpoint", problem);
        let url = written_url::parse(&text).map_err(|error| wrong(format!("it is not a URL ({error})")))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(wrong("it must begin with http:// or https://".to_owned()));
        }
        Ok(Some(url))
    }
}

fn trimmed(secret: &Secret) -> Option<Secret> {
    Some(secret.expose().trim()).filter(|text| !text.is_empty()).map(Secret::new)
}

/// The file's content, if nothing else or the same was given beside it.
fn agree<T: PartialEq>(
    file_argument: &'static str,
    argument: &str,
    value: Option<T>,
    content: T,
) -> Result<T, ArgumentError> {
    if value.is_some_and(|value| value != content) {
        let message =
            format!("the file's content differs from {argument} (or its variable): remove one or make them equal");
        return Err(ArgumentError::new(file_argument, message));
    }
    Ok(content)
}

fn agree_with_aks<T: PartialEq>(
    argument: &'static str,
    variable: &str,
    value: Option<T>,
    injected: T,
) -> Result<T, ArgumentError> {
    if value.is_some_and(|value| value != injected) {
        let message = format!(
            "it differs from what AKS workload identity gives in {variable}: remove it, make them equal, or set use_aks_workload_identity to false"
        );
        return Err(ArgumentError::new(argument, message));
    }
    Ok(injected)
}

/// Resource Manager takes three auxiliary tokens at most.
fn auxiliary_tenants(ids: Vec<String>) -> Result<Vec<String>, ArgumentError> {
    let ids: Vec<String> = ids.iter().map(|id| id.trim().to_owned()).filter(|id| !id.is_empty()).collect();
    if ids.len() > 3 {
        return Err(ArgumentError::new("auxiliary_tenant_ids", format!("at most 3 are possible, not {}", ids.len())));
    }
    ids.iter().try_for_each(|id| check_tenant("auxiliary_tenant_ids", id))?;
    Ok(ids)
}

/// The name `adfs` stands for a cloud of Azure Stack Hub without Entra ID.
fn check_tenant(argument: &'static str, id: &str) -> Result<(), ArgumentError> {
    if is_adfs(id) {
        let message = "\"adfs\" stands for a cloud whose users log in with AD FS, which is not supported. To use a cloud \
                       with Microsoft Entra ID, set the ID or the domain name of its tenant";
        return Err(ArgumentError::new(argument, message));
    }
    check_id(argument, id)
}

/// A GUID or, unless it is that of a subscription, a domain name: it becomes part of the authority's URL and an argument
/// of `az`.
fn check_id(argument: &'static str, id: &str) -> Result<(), ArgumentError> {
    let plain = id.chars().all(|character| character.is_ascii_alphanumeric() || matches!(character, '.' | '-'));
    let is_guid = id.len() == 36 && uuid::Uuid::try_parse(id).is_ok();
    if is_guid || plain && !id.starts_with('-') && argument != "subscription_id" {
        return Ok(());
    }
    let form = if argument == "subscription_id" { "a GUID" } else { "a GUID or a domain name" };
    Err(ArgumentError::new(argument, format!("{id:?} is not an ID: write {form}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::azure::auth::scripted::SetEnvironment;

    fn resolve(arguments: CredentialArguments, variables: &[(&str, &str)]) -> CredentialSettings {
        CredentialSettings::resolve(arguments, &SetEnvironment::new(variables)).unwrap()
    }

    fn refused(arguments: CredentialArguments, environment: &SetEnvironment) -> ArgumentError {
        CredentialSettings::resolve(arguments, environment).unwrap_err()
    }

    #[test]
    fn an_argument_beats_its_variable_even_when_it_is_empty() {
        let variables = [("ARM_CLIENT_ID", "from-variable"), ("ARM_TENANT_ID", "tenant"), ("ARM_USE_MSI", "true")];
        let settings = resolve(
            CredentialArguments {
                client_id: Some("from-argument".to_owned()),
                tenant_id: Some(String::new()),
                use_msi: Some(false),
                ..CredentialArguments::default()
            },
            &variables,
        );
        assert_eq!(settings.client_id.as_deref(), Some("from-argument"));
        assert_eq!(settings.tenant_id, None);
        assert!(!settings.use_msi);
        assert_eq!(resolve(CredentialArguments::default(), &variables).client_id.as_deref(), Some("from-variable"));
    }

    #[cfg(unix)]
    #[test]
    fn only_ordinary_files_of_a_bounded_size_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let read = |name: &str| SystemEnvironment.read_file(&folder.path().join(name));
        let write = |name: &str, length: u64| {
            std::fs::File::create(folder.path().join(name)).unwrap().set_len(length).unwrap();
        };
        write("fits", LARGEST_FILE);
        assert_eq!(read("fits").unwrap().len() as u64, LARGEST_FILE);
        write("large", LARGEST_FILE + 1);
        assert_eq!(read("large").unwrap_err().to_string(), "it is larger than 4 MiB");
        assert!(std::process::Command::new("mkfifo").arg(folder.path().join("pipe")).status().unwrap().success());
        for path in ["pipe", "", "/dev/zero"] {
            assert_eq!(read(path).unwrap_err().to_string(), "it is not an ordinary file", "{path}");
        }
        assert_eq!(read("missing").unwrap_err().kind(), std::io::ErrorKind::NotFound);
    }

    #[test]
    fn blanks_alone_are_nothing() {
        let variables = [("ARM_CLIENT_ID", " "), ("ARM_CLIENT_SECRET", " \n"), ("ARM_USE_MSI", " ")];
        let settings = resolve(CredentialArguments::default(), &variables);
        assert_eq!((settings.client_id, settings.client_secret, settings.use_msi), (None, None, false));
    }

    #[test]
    fn of_several_variables_the_first_that_is_not_empty_wins() {
        let settings = resolve(
            CredentialArguments::default(),
            &[
                ("ARM_OIDC_REQUEST_TOKEN", ""),
                ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "github"),
                ("SYSTEM_ACCESSTOKEN", "devops"),
                ("SYSTEM_OIDCREQUESTURI", "https://devops.example/oidc"),
                ("ARM_OIDC_AZURE_SERVICE_CONNECTION_ID", "second"),
                ("AZURESUBSCRIPTION_SERVICE_CONNECTION_ID", "third"),
            ],
        );
        assert_eq!(settings.oidc_request_token, Some(Secret::new("github")));
        assert_eq!(settings.oidc_request_url.unwrap().as_str(), "https://devops.example/oidc");
        assert_eq!(settings.ado_pipeline_service_connection_id.as_deref(), Some("second"));
    }

    #[test]
    fn the_cli_is_on_and_everything_else_off_by_default() {
        let settings = resolve(CredentialArguments::default(), &[]);
        assert!(settings.use_cli && !settings.use_oidc && !settings.use_msi);
    }

    #[test]
    fn variables_of_switches_are_read_as_go_reads_booleans_and_refused_otherwise() {
        for (text, expected) in
            [("1", true), ("t", true), ("TRUE", true), ("True", true), ("0", false), ("f", false), ("FALSE", false)]
        {
            assert_eq!(resolve(CredentialArguments::default(), &[("ARM_USE_OIDC", text)]).use_oidc, expected, "{text}");
        }
        let error = refused(CredentialArguments::default(), &SetEnvironment::new(&[("ARM_USE_CLI", "yes")]));
        assert_eq!(error.argument, "use_cli");
    }

    #[test]
    fn a_file_stands_for_its_value_without_the_blanks_around_it() {
        let environment = SetEnvironment::new(&[("ARM_CLIENT_SECRET_FILE_PATH", "/run/secret")])
            .file("/run/secret", " s3cret\r\n")
            .file("/run/id", "app\n");
        let settings = CredentialSettings::resolve(
            CredentialArguments { client_id_file_path: Some("/run/id".to_owned()), ..CredentialArguments::default() },
            &environment,
        )
        .unwrap();
        assert_eq!(settings.client_secret, Some(Secret::new("s3cret")));
        assert_eq!(settings.client_id.as_deref(), Some("app"));
    }

    #[test]
    fn a_value_and_its_file_must_agree_whichever_way_they_were_given() {
        let environment = SetEnvironment::new(&[("ARM_CLIENT_SECRET", "other")]).file("/run/secret", "s3cret\n");
        let arguments = || CredentialArguments {
            client_secret_file_path: Some("/run/secret".to_owned()),
            ..CredentialArguments::default()
        };
        let error = refused(arguments(), &environment);
        assert_eq!(error.argument, "client_secret_file_path");
        assert!(!error.message.contains("s3cret") && !error.message.contains("other"), "{error}");
        let same = CredentialArguments { client_secret: Some(Secret::new(" s3cret ")), ..arguments() };
        assert!(CredentialSettings::resolve(same, &environment).is_ok());
    }

    #[test]
    fn a_file_that_is_missing_empty_or_no_text_is_refused_by_argument_and_path() {
        let environment = SetEnvironment::new(&[]).file("/empty", " \n").file("/binary", [0xff, 0xfe]);
        for (path, part) in [("/absent", "cannot be read"), ("/empty", "is empty"), ("/binary", "UTF-8")] {
            let error = refused(
                CredentialArguments { client_id_file_path: Some(path.to_owned()), ..CredentialArguments::default() },
                &environment,
            );
            assert_eq!(error.argument, "client_id_file_path");
            assert!(error.message.contains(part) && error.message.contains(path), "{error}");
        }
    }

    #[test]
    fn auxiliary_tenants_come_separated_by_semicolons_and_are_three_at_most() {
        let settings = resolve(CredentialArguments::default(), &[("ARM_AUXILIARY_TENANT_IDS", "a; b ;;c")]);
        assert_eq!(settings.auxiliary_tenant_ids, ["a", "b", "c"]);
        let four = CredentialArguments {
            auxiliary_tenant_ids: Some(["a", "b", "c", "d"].map(str::to_owned).to_vec()),
            ..CredentialArguments::default()
        };
        assert_eq!(refused(four, &SetEnvironment::default()).argument, "auxiliary_tenant_ids");
    }

    #[test]
    fn ad_fs_is_named_as_what_is_not_supported_wherever_it_is_meant() {
        let some = |text: &str| Some(text.to_owned());
        for (arguments, variables, argument) in [
            (CredentialArguments { tenant_id: some("adfs"), ..CredentialArguments::default() }, vec![], "tenant_id"),
            (CredentialArguments::default(), vec![("ARM_TENANT_ID", "ADFS")], "tenant_id"),
            (CredentialArguments::default(), vec![("ARM_AUXILIARY_TENANT_IDS", "a;adfs")], "auxiliary_tenant_ids"),
            (
                CredentialArguments { authority_host: some("https://adfs.corp.example/adfs"), ..Default::default() },
                vec![],
                "authority_host",
            ),
        ] {
            let error = refused(arguments, &SetEnvironment::new(&variables));
            assert_eq!(error.argument, argument);
            assert!(error.to_string().contains("AD FS, which is not supported"), "{error}");
        }
    }

    #[test]
    fn an_id_that_could_be_an_option_or_a_path_is_refused() {
        let refused_argument = |arguments| refused(arguments, &SetEnvironment::default()).argument;
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(
            refused_argument(CredentialArguments { tenant_id: some("a/b"), ..CredentialArguments::default() }),
            "tenant_id"
        );
        assert_eq!(
            refused_argument(CredentialArguments {
                subscription_id: some("--query"),
                ..CredentialArguments::default()
            }),
            "subscription_id"
        );
    }

    #[test]
    fn a_subscription_is_a_guid_and_a_tenant_may_be_a_domain() {
        let subscription =
            |id: &str| CredentialArguments { subscription_id: Some(id.to_owned()), ..CredentialArguments::default() };
        assert!(resolve(subscription("5EA1AB1E-0000-4000-8000-000000000001"), &[]).subscription_id.is_some());
        for id in ["contoso", "5ea1ab1e000040008000000000000001", "/subscriptions/5ea1ab1e-0000-4000-8000-000000000001"]
        {
            let error = refused(subscription(id), &SetEnvironment::default());
            assert_eq!(
                (error.argument, error.message),
                ("subscription_id", format!("{id:?} is not an ID: write a GUID"))
            );
        }
        let tenant =
            |id: &str| CredentialArguments { tenant_id: Some(id.to_owned()), ..CredentialArguments::default() };
        assert!(resolve(tenant("contoso.onmicrosoft.com"), &[]).tenant_id.is_some());
        assert_eq!(
            refused(tenant("contoso corp"), &SetEnvironment::default()).message,
            "\"contoso corp\" is not an ID: write a GUID or a domain name"
        );
    }

    #[test]
    fn aks_workload_identity_brings_ids_and_token_and_switches_oidc_on() {
        let environment = SetEnvironment::new(&[
            ("ARM_USE_AKS_WORKLOAD_IDENTITY", "true"),
            ("AZURE_CLIENT_ID", "aks-client"),
            ("AZURE_TENANT_ID", "aks-tenant"),
            ("AZURE_FEDERATED_TOKEN_FILE", "/var/run/token"),
        ])
        .file("/var/run/token", "jwt");
        let settings = CredentialSettings::resolve(CredentialArguments::default(), &environment).unwrap();
        assert!(settings.use_oidc);
        assert_eq!(settings.client_id.as_deref(), Some("aks-client"));
        assert_eq!(settings.tenant_id.as_deref(), Some("aks-tenant"));
        assert_eq!(settings.oidc_token, Some(OidcToken::File(PathBuf::from("/var/run/token"))));

        let other = CredentialArguments { client_id: Some("other".to_owned()), ..CredentialArguments::default() };
        assert_eq!(refused(other, &environment).argument, "client_id");
        let other = CredentialArguments { oidc_token: Some(Secret::new("other")), ..CredentialArguments::default() };
        assert_eq!(refused(other, &environment).argument, "oidc_token");
    }

    #[test]
    fn variables_of_aks_mean_nothing_without_its_switch() {
        let variables = [("AZURE_CLIENT_ID", "a"), ("AZURE_TENANT_ID", "b"), ("AZURE_FEDERATED_TOKEN_FILE", "/absent")];
        let settings = resolve(CredentialArguments::default(), &variables);
        assert_eq!((settings.client_id, settings.tenant_id, settings.oidc_token), (None, None, None));
    }

    #[test]
    fn a_token_file_is_kept_as_a_file_so_that_it_can_be_read_again() {
        let environment = SetEnvironment::new(&[("ARM_OIDC_TOKEN_FILE_PATH", "/token")]).file("/token", "jwt\n");
        let settings = CredentialSettings::resolve(
            CredentialArguments { use_oidc: Some(true), ..CredentialArguments::default() },
            &environment,
        )
        .unwrap();
        assert_eq!(settings.oidc_token, Some(OidcToken::File(PathBuf::from("/token"))));
        assert_eq!(CredentialSettings::resolve(CredentialArguments::default(), &environment).unwrap().oidc_token, None);
    }

    #[test]
    fn urls_to_which_secrets_go_must_be_https() {
        let some = |text: &str| Some(text.to_owned());
        for (arguments, name) in [
            (
                CredentialArguments { authority_host: some("http://127.0.0.1:1"), ..CredentialArguments::default() },
                "authority_host",
            ),
            (
                CredentialArguments {
                    oidc_request_url: some("http://host.example/x"),
                    ..CredentialArguments::default()
                },
                "oidc_request_url",
            ),
            (
                CredentialArguments {
                    resource_manager_endpoint: some("http://host.example"),
                    ..CredentialArguments::default()
                },
                "resource_manager_endpoint",
            ),
            (
                CredentialArguments { msi_endpoint: some("file:///etc"), ..CredentialArguments::default() },
                "msi_endpoint",
            ),
        ] {
            assert_eq!(refused(arguments, &SetEnvironment::default()).argument, name);
        }
    }

    #[test]
    fn every_argument_has_its_variable_and_every_variable_reaches_it() {
        // The struct's fields, by its own Debug output, against the table.
        let shown = format!("{:?}", CredentialArguments::default());
        for (argument, _) in VARIABLES {
            assert!(shown.contains(&format!("{argument}: None")), "{argument}");
        }
        assert_eq!(shown.matches(": None").count(), VARIABLES.len());
    }
}
