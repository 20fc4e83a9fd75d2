//! The provider block: its attributes, and the plain settings that are read from it.

use std::path::PathBuf;

use crate::azure::auth::{CredentialArguments, VARIABLES};
use crate::azure::secret::Secret;
use crate::connection::{ConnectionSettings, Preflight};
use crate::tfplugin::diagnostics::{Diagnostic, Diagnostics};
use crate::tfplugin::schema::{Attribute, Schema, Type};
use crate::tfplugin::timeouts::{parse_duration, positive_duration};
use crate::tfplugin::validators::{Validator, list_length, matches, one_of};
use crate::tfplugin::value::{Path, Value};

const DESCRIPTION: &str = "\
    Restores Azure backups. `terraform apply` starts a restore and waits until Azure reports that the data is back. \
    If the data is not back, the apply fails.\n\n\
    Use this provider together with `azurerm`: it uses the IDs that `azurerm` returns, and the same arguments and \
    `ARM_*` environment variables for authentication.\n\n\
    Guides:\n\n\
    - [Authentication](guides/authentication.md): a page for each method. The provider uses the first method that has \
    all its arguments, in the order of `azurerm`: client certificate, client secret, OIDC token, OIDC of Azure \
    DevOps, OIDC of GitHub, managed identity, Azure CLI.\n\
    - [Permissions](guides/permissions.md): the roles that each restore needs\n\
    - [Environment variables](guides/environment-variables.md)\n\
    - [Restore during an incident](guides/restore-during-an-incident.md)\n\
    - [Restore in a rebuild pipeline](guides/restore-in-a-rebuild-pipeline.md)\n\
    - [Restore drills](guides/restore-drills.md)\n\
    - [Hand over a restored database](guides/hand-over-a-restored-database.md)\n\
    - [Interruptions](guides/interruptions.md): resume after Ctrl-C, a timeout or a lost runner\n\
    - [Troubleshooting](guides/troubleshooting.md)";

/// The variable that stands in for each argument of this provider's own. Those of azurerm's arguments are in
/// [`VARIABLES`].
pub(super) const OWN_VARIABLES: &[(&str, &str)] = &[
    ("poll_interval", "AZUREBACKUP_POLL_INTERVAL"),
    ("role_wait", "AZUREBACKUP_ROLE_WAIT"),
    ("preflight", "AZUREBACKUP_PREFLIGHT"),
    ("progress_file", "AZUREBACKUP_PROGRESS_FILE"),
];

const TEXTS: &[(&str, &str)] = &[
    (
        "subscription_id",
        "The ID of a subscription. A new Recovery Services vault is created in it, and the Azure CLI method uses it to \
         choose the account. Restores do not need it, because every ID contains its subscription.",
    ),
    ("tenant_id", "The ID of the tenant of the identity."),
    ("client_id", "The application (client) ID, or the client ID of a user-assigned managed identity."),
    ("client_id_file_path", "The path of a file that contains the client ID."),
    ("client_secret_file_path", "The path of a file that contains the client secret."),
    ("client_certificate_path", "The path of a file with the client certificate and its private key: PKCS#12 or PEM."),
    (
        "oidc_token_file_path",
        "The path of a file that contains the OIDC token. The provider reads it again for each new access token.",
    ),
    ("oidc_request_url", "The URL that returns OIDC tokens. GitHub Actions and Azure DevOps set it."),
    ("ado_pipeline_service_connection_id", "The ID of the service connection in Azure DevOps."),
    ("msi_endpoint", "The endpoint for tokens of the managed identity, if it is not the usual one."),
    ("msi_api_version", "The API version of `msi_endpoint`."),
    ("environment", "The cloud: `public` (default), `usgovernment`, `dod`, `china` or `custom`."),
    ("metadata_host", "The host that lists the endpoints of a private cloud (`/metadata/endpoints`)."),
    ("resource_manager_endpoint", "The endpoint of Azure Resource Manager, for private clouds and the simulator."),
    ("authority_host", "The host that issues tokens, for private clouds and the simulator."),
    ("resource_manager_audience", "The audience of the tokens, if it is not the endpoint of Azure Resource Manager."),
];

const SECRETS: &[(&str, &str)] = &[
    ("client_secret", "The client secret."),
    ("client_certificate", "The client certificate with its private key: PKCS#12, in base64."),
    ("client_certificate_password", "The password of the client certificate."),
    ("oidc_token", "The OIDC token."),
    (
        "oidc_request_token",
        "The token for requests to `oidc_request_url`. GitHub Actions sets it. In Azure DevOps, pass \
         `System.AccessToken`.",
    ),
];

const FLAGS: &[(&str, &str)] = &[
    ("use_oidc", "Whether to use OIDC. Default `false`."),
    ("use_msi", "Whether to use a managed identity. Default `false`."),
    ("use_cli", "Whether to use the Azure CLI. Default `true`."),
    ("use_aks_workload_identity", "Whether to use AKS workload identity. Default `false`."),
];

/// The schema of the block.
pub(super) fn schema() -> Schema {
    let described = |attribute: Attribute, name: &str, text: &str| {
        attribute.optional().description(format!("{text}{}", variables_of(name)))
    };
    let texts = TEXTS.iter().map(|(name, text)| described(Attribute::string(*name), name, text));
    let secrets = SECRETS.iter().map(|(name, text)| described(Attribute::string(*name).sensitive(), name, text));
    let flags = FLAGS.iter().map(|(name, text)| described(Attribute::bool(*name), name, text));
    let mut attributes: Vec<Attribute> = texts.chain(secrets).chain(flags).collect();
    attributes.push(described(
        Attribute::list_of("auxiliary_tenant_ids", Type::String).validate(list_length(0..=3)),
        "auxiliary_tenant_ids",
        "The IDs of further tenants, at most three, for a Resource Guard or a target in another tenant. The provider \
         sends a token of each of them with the restore request. An empty list means none.",
    ));
    let own_described = |attribute: Attribute| {
        let description = format!("{}{}", attribute.description, variables_of(&attribute.name));
        attribute.optional().description(description)
    };
    attributes.extend(own().into_iter().map(own_described));
    Schema::new(DESCRIPTION, attributes)
}

fn own() -> Vec<Attribute> {
    vec![
        Attribute::string("poll_interval").validate(unless_empty(positive_duration())).description(
            "A fixed interval between two polls of a restore, such as `30s`. At least `1s`, except with a \
             `resource_manager_endpoint` on this machine. Default: a tenth of the time that the restore has waited, \
             from 5 to 60 seconds.",
        ),
        Attribute::string("role_wait").validate(unless_empty(duration())).description(
            "How long the provider asks again if Azure refuses a restore because a role is missing, such as `45m`. \
             `0s`: the apply fails at once. A role that was granted in the same apply can need up to 30 minutes. \
             Default: `30m`, or `10m` if Azure reports that asking again does not help (`isRetryable: false`).",
        ),
        Attribute::string("preflight").validate(unless_empty(one_of(&Preflight::WORDS))).description(
            "`true`: `terraform plan` asks Azure whether the planned restores can be done, and shows problems as \
             warnings. `error`: problems are errors, so that a pipeline stops at the plan. This also stops a \
             `terraform destroy` while a failed restore is in the configuration (use `-refresh=false` there). This \
             needs some requests and up to one minute for each restore. `false` (default): Azure is not asked.",
        ),
        Attribute::string("progress_file").description(
            "The path of a file. The provider appends each step of each restore to this file, as one line of JSON. \
             Several runs can use the same file.",
        ),
    ]
}

/// The value of an argument of [`OWN_VARIABLES`] that its variable gives, checked as the block's would be.
///
/// # Errors
/// A diagnostic on the argument, with the name of the variable.
pub(super) fn read_variable(argument: &str, variable: &str, text: &str) -> Result<Value, Diagnostic> {
    let path = Path::attribute(argument);
    let wrong = |reason: &str| {
        let detail = format!("The environment variable {variable} is {text:?}. {reason}");
        Diagnostic::error(format!("Invalid {argument}"), detail).at(path.clone())
    };
    let schema = schema();
    let Some(attribute) = schema.attribute(argument) else { return Ok(Value::Null) };
    let value = match (argument, text.to_ascii_lowercase().as_str()) {
        // As in azurerm's variables.
        ("preflight", "t" | "1") => Value::from("true"),
        ("preflight", "f" | "0") => Value::from("false"),
        ("preflight", word) => Value::from(word),
        _ => Value::from(text),
    };
    let mut found = attribute.validators.iter().flat_map(|validator| validator.check(&value, &path));
    match found.find(Diagnostic::is_error) {
        Some(error) => Err(wrong(&error.detail)),
        None => Ok(value),
    }
}

/// Zero is one, too.
fn duration() -> Validator {
    matches("a duration such as \"45m\" or \"1h30m\", or \"0s\"", |text| {
        parse_duration(text).map(drop).map_err(|error| error.to_string())
    })
}

/// An empty text is what a variable of a pipeline gives that nobody has set: then the argument is not set.
fn unless_empty(validator: Validator) -> Validator {
    Validator::new(move |value, path| match value.as_str() {
        Some(text) if text.trim().is_empty() => Diagnostics::new(),
        _ => validator.check(value, path),
    })
}

fn variables_of(argument: &str) -> String {
    let of_azurerm = VARIABLES.iter().find(|(name, _)| *name == argument).map(|(_, variables)| *variables);
    let own = OWN_VARIABLES.iter().find(|(name, _)| *name == argument).map(|(_, variable)| *variable);
    let variables: Vec<&str> = of_azurerm.unwrap_or_default().iter().copied().chain(own).collect();
    if variables.is_empty() { String::new() } else { format!(" Environment: `{}`.", variables.join("`, `")) }
}

/// The settings in the block; what is null or unknown is not given.
pub(super) fn settings(config: &Value) -> ConnectionSettings {
    let progress_file = config.get("progress_file").as_str().map(str::trim).filter(|path| !path.is_empty());
    ConnectionSettings {
        credentials: credentials(config),
        poll_interval: config.get("poll_interval").as_str().and_then(|text| parse_duration(text).ok()),
        role_wait: config.get("role_wait").as_str().and_then(|text| parse_duration(text).ok()),
        preflight: config.get("preflight").as_str().map(Preflight::of).unwrap_or_default(),
        progress_file: progress_file.map(PathBuf::from),
        used_by: None,
    }
}

fn credentials(config: &Value) -> CredentialArguments {
    let text = |name: &str| config.get(name).as_str().map(str::to_owned);
    let secret = |name: &str| config.get(name).as_str().map(Secret::new);
    let flag = |name: &str| config.get(name).as_bool();
    let tenants = config.get("auxiliary_tenant_ids").as_list();
    CredentialArguments {
        subscription_id: text("subscription_id"),
        tenant_id: text("tenant_id"),
        // With one of them unknown the list is not known.
        auxiliary_tenant_ids: tenants
            .and_then(|tenants| tenants.iter().map(|tenant| tenant.as_str().map(str::to_owned)).collect()),
        client_id: text("client_id"),
        client_id_file_path: text("client_id_file_path"),
        client_secret: secret("client_secret"),
        client_secret_file_path: text("client_secret_file_path"),
        client_certificate: secret("client_certificate"),
        client_certificate_path: text("client_certificate_path"),
        client_certificate_password: secret("client_certificate_password"),
        use_oidc: flag("use_oidc"),
        oidc_token: secret("oidc_token"),
        oidc_token_file_path: text("oidc_token_file_path"),
        oidc_request_token: secret("oidc_request_token"),
        oidc_request_url: text("oidc_request_url"),
        ado_pipeline_service_connection_id: text("ado_pipeline_service_connection_id"),
        use_msi: flag("use_msi"),
        msi_endpoint: text("msi_endpoint"),
        msi_api_version: text("msi_api_version"),
        use_cli: flag("use_cli"),
        use_aks_workload_identity: flag("use_aks_workload_identity"),
        environment: text("environment"),
        metadata_host: text("metadata_host"),
        resource_manager_endpoint: text("resource_manager_endpoint"),
        authority_host: text("authority_host"),
        resource_manager_audience: text("resource_manager_audience"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tfplugin::schema::Shape;

    #[test]
    fn every_credential_argument_of_azurerm_is_in_the_block_with_its_variables() {
        let schema = schema();
        for (argument, variables) in VARIABLES {
            let attribute = schema.attribute(argument).unwrap_or_else(|| panic!("{argument}"));
            assert!(variables.iter().all(|variable| attribute.description.contains(variable)), "{argument}");
        }
    }

    #[test]
    fn every_argument_has_a_variable_and_its_page_says_which() {
        let mut names: Vec<&str> = Vec::new();
        for attribute in &schema().attributes {
            let own = OWN_VARIABLES.iter().find(|(name, _)| *name == attribute.name).map(|(_, variable)| variable);
            let of_azurerm = VARIABLES.iter().find(|(name, _)| *name == attribute.name);
            let variables: Vec<&&str> = own.into_iter().chain(of_azurerm.iter().flat_map(|(_, all)| *all)).collect();
            assert!(!variables.is_empty(), "{}", attribute.name);
            for variable in variables {
                assert!(attribute.description.contains(&format!("`{variable}`")), "{}", attribute.name);
                assert!(!names.contains(variable), "{variable}");
                names.push(variable);
            }
        }
    }

    #[test]
    fn an_empty_text_or_list_from_a_pipeline_means_that_the_argument_is_not_set() {
        let empty = schema().null_object();
        for name in ["poll_interval", "role_wait", "progress_file"] {
            for text in ["", " "] {
                let mut config = empty.clone();
                config.set(name, text);
                assert!(schema().validate_config(&config).is_empty(), "{name}");
                assert_eq!(format!("{:?}", settings(&config)), format!("{:?}", settings(&empty)), "{name}");
            }
        }
        let mut config = empty.clone();
        config.set("auxiliary_tenant_ids", Value::List(vec![]));
        assert!(schema().validate_config(&config).is_empty());
        assert_eq!(settings(&config).credentials.auxiliary_tenant_ids, Some(vec![]));
    }

    #[test]
    fn secrets_are_sensitive_and_nothing_else_is() {
        for attribute in &schema().attributes {
            assert_eq!(
                attribute.sensitive,
                SECRETS.iter().any(|(name, _)| *name == attribute.name),
                "{}",
                attribute.name
            );
        }
    }

    #[test]
    fn an_empty_block_gives_no_setting() {
        let settings = format!("{:?}", settings(&schema().null_object()));
        assert_eq!(settings, format!("{:?}", ConnectionSettings::default()));
    }

    #[test]
    fn a_list_of_tenants_is_given_whole_or_not_at_all() {
        let mut config = schema().null_object();
        for rest in [Value::unknown(), Value::Null] {
            config.set("auxiliary_tenant_ids", Value::List(vec!["a".into(), rest]));
            assert_eq!(settings(&config).credentials.auxiliary_tenant_ids, None);
        }
        let nulls = schema().validate_config(&config);
        let told: Vec<String> = nulls.iter().map(|told| told.path.as_ref().unwrap().to_string()).collect();
        assert_eq!(told, ["auxiliary_tenant_ids[1]"]);
    }

    #[test]
    fn every_argument_of_the_block_gets_into_the_settings() {
        let empty = schema().null_object();
        for attribute in &schema().attributes {
            let given = match (&*attribute.name, &attribute.shape) {
                ("poll_interval" | "role_wait", _) => Value::from("30s"),
                ("preflight", _) => Value::from("error"),
                (_, Shape::Plain(Type::Bool)) => true.into(),
                (_, Shape::Plain(Type::String)) => "given".into(),
                _ => Value::list(["given"]),
            };
            let mut config = empty.clone();
            config.set(&attribute.name, given);
            let with = format!("{:?}", settings(&config));
            let member = [": Some(", ": true", ": Fails"].map(|given| format!(" {}{given}", attribute.name));
            assert!(member.iter().any(|member| with.contains(member)), "{}: {with}", attribute.name);
            config.set(&attribute.name, Value::unknown());
            assert_eq!(format!("{:?}", settings(&config)), format!("{:?}", settings(&empty)), "{}", attribute.name);
        }
    }
}
