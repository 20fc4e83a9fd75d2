//! Restores as files into a blob container: the one workload of all database servers, whose files name and describe
//! them.

use url::Url;

use super::{RecoveryPointSupport, TargetContext, Workload, WorkloadProfile};
use crate::azure::data_protection::{
    DataStore, RecoveryOption, RestoreTargetInfo, RestoreTargetLocationType, TargetDetails,
};
use crate::azure::expected_id::is_url;
use crate::azure::resource_id::{ResourceId, is_same};
use crate::azure::written_url;
use crate::model;
use crate::resources::arguments::resource_id;
use crate::resources::backup_vault::containers::is_container_name;
use crate::resources::given::{optional, required, required_text};
use crate::resources::restore::{ReportedArgument, wrong};
use crate::restore::backup_vault::{Destination, ReportedJob, WorkloadNames};
use crate::restore::error::RestoreError;
use crate::tfplugin::diagnostics::Diagnostics;
use crate::tfplugin::model::Attr;
use crate::tfplugin::schema::Attribute;
use crate::tfplugin::validators::{length_between, text_checked_by};
use crate::tfplugin::value::Value;

const CONTAINERS: &str = "Microsoft.Storage/storageAccounts/blobServices/containers";

model! {
    /// The arguments of a restore as files, beside the common ones.
    pub struct Arguments {
        /// The blob container to restore into.
        pub target: Attr<Target>,
    }

    /// A blob container.
    pub struct Target {
        /// Its URL.
        pub container_url: Attr<String>,
        /// First part of the names of the files.
        pub file_prefix: Attr<String>,
        /// Its ARM id.
        pub container_id: Attr<String>,
    }
}

fn canonical_url(value: &Value) -> Value {
    value.as_str().map(|url| read_url(url).map_or_else(|_| url.to_owned(), String::from)).into()
}

/// A database server that is restored as files: what distinguishes one kind of server from another.
pub struct ServerAsFiles {
    /// Type name, with the provider's prefix.
    pub type_name: &'static str,
    /// Markdown of the documentation page.
    pub description: &'static str,
    /// How sentences name it.
    pub names: WorkloadNames,
    /// The resource of azurerm whose id `backup_instance_id` takes.
    pub instance_resource: &'static str,
}

impl Workload for ServerAsFiles {
    type Arguments = Arguments;

    fn profile(&self) -> WorkloadProfile {
        WorkloadProfile {
            type_name: self.type_name,
            description: self.description,
            left_behind: "The files stay",
            names: self.names,
            instance_resource: self.instance_resource,
            unreported: "",
            recovery_points: RecoveryPointSupport {
                point_in_time: false,
                data_stores: &[DataStore::VaultStore],
                archive: true,
                secondary_region: true,
            },
        }
    }

    fn attributes(&self) -> Vec<Attribute> {
        let container_url = Attribute::string("container_url")
            .required()
            .requires_replace()
            .canonical(canonical_url)
            .validate(text_checked_by(|text| read_url(text).map(drop)))
            .description(
                "The URL of the blob container, such as `https://account.blob.core.windows.net/container`. Do not add \
                 a shared access signature: the identity of the vault writes the files.",
            );
        let file_prefix = Attribute::string("file_prefix")
            .required()
            .requires_replace()
            .validate(length_between(1..=512))
            .description(
                "The prefix for the names of the files, as it is sent to Azure. Microsoft does not document whether \
                 the files of a PostgreSQL flexible server have this prefix. So use a separate container for each \
                 restore.",
            );
        // Only says again, and more exactly, what the URL says.
        let container_id = resource_id::attribute("container_id", "a blob container", CONTAINERS);
        let container_id = container_id.optional().updates_in_place().description(
            "The ARM ID of the same container. Azure needs it if the container is in another subscription than the \
             vault.",
        );
        vec![
            Attribute::object("target", vec![container_url, file_prefix, container_id])
                .required()
                .requires_replace()
                .description("The blob container that receives the files."),
        ]
    }

    /// What must hold between the members of `target`; unknown values are skipped.
    fn validate(&self, config: &Arguments) -> Diagnostics {
        let Attr::Known(target) = &config.target else { return Diagnostics::new() };
        let (Some(url), Some(id)) = (target.container_url.as_str(), target.container_id.as_str()) else {
            return Diagnostics::new();
        };
        let (Ok(url), Ok(id)) = (read_url(url), ResourceId::parse(id)) else { return Diagnostics::new() };
        let container = url.path().trim_matches('/');
        let account = url.host_str().and_then(|host| host.split('.').next()).unwrap_or_default();
        let named = id.segment("storageAccounts").unwrap_or_default();
        if is_same(container, id.name()) && is_same(account, named) {
            return Diagnostics::new();
        }
        wrong(
            "target",
            "Two containers are named",
            format!(
                "`container_url` names container {container:?} of storage account {account:?}, and `container_id` \
                 names container {:?} of storage account {named:?}. Both must name the same container.",
                id.name(),
            ),
        )
        .into()
    }

    /// What is written to. Two restores into one container do not disturb each other unless their files have the same
    /// names.
    fn destination(&self, arguments: &Arguments) -> Option<Destination> {
        let target = arguments.target.known()?;
        let url = target.container_url.as_str()?;
        let url = read_url(url).map_or_else(|_| url.to_owned(), String::from);
        let prefix = target.file_prefix.as_str().unwrap_or_default();
        Some(Destination {
            argument: "target".into(),
            name: format!("{url}/{prefix}"),
            id: target.container_id.as_str().and_then(|id| ResourceId::parse(id).ok()),
        })
    }

    fn reported_target(&self, job: ReportedJob<'_>) -> Vec<ReportedArgument> {
        let url = job.destination().map(|url| ReportedArgument::new("target.container_url", url));
        let prefix = job.file_prefix().map(|prefix| ReportedArgument::new("target.file_prefix", prefix));
        url.into_iter().chain(prefix).collect()
    }

    /// Files in a container (REST: Backup Instances - Trigger Restore, `RestoreFilesTargetInfo`).
    fn restore_target(
        &self,
        arguments: &Arguments,
        place: TargetContext<'_>,
    ) -> Result<RestoreTargetInfo, RestoreError> {
        let target = required(&arguments.target, "target")?;
        let url = required_text(&target.container_url, "target.container_url")?;
        let url = read_url(url).map_err(|reason| RestoreError::wrong("target", reason))?;
        Ok(RestoreTargetInfo::Files {
            recovery_option: RecoveryOption::FailIfExists,
            restore_location: place.location.to_string(),
            target_details: TargetDetails {
                url: String::from(url).trim_end_matches('/').to_owned(),
                file_prefix: required_text(&target.file_prefix, "target.file_prefix")?.to_owned(),
                restore_target_location_type: RestoreTargetLocationType::AzureBlobs,
                target_resource_arm_id: optional(&target.container_id, "target.container_id")?.cloned(),
            },
        })
    }
}

const URL_FORM: &str = "`container_url` needs a URL such as `https://ACCOUNT.blob.core.windows.net/CONTAINER`.";

/// `https://{account}.{storage}/{container}`. A signature is refused: it would stand in the state, and Azure needs none.
///
/// # Errors
/// Whole sentences, without the URL: it may hold a secret.
fn read_url(text: &str) -> Result<Url, String> {
    if text.get(..15).is_some_and(|start| is_same(start, "/subscriptions/")) {
        return Err(format!("{URL_FORM} This is an ARM ID; use it as `container_id`."));
    }
    if !is_url(text.trim_start()) {
        return Err(format!("{URL_FORM} This does not begin with `https://`."));
    }
    let mut url =
        written_url::parse(text).map_err(|error| format!("{URL_FORM} This cannot be read as a URL: {error}."))?;
    if url.query().is_some() || url.fragment().is_some() || !url.username().is_empty() || url.password().is_some() {
        let text = "`container_url` must not have a signature (SAS), another query or a user name. The managed \
                    identity of the vault writes the files, so none is needed. Remove everything from the `?` on.";
        return Err(text.to_owned());
    }
    if url.scheme() != "https" {
        return Err("`container_url` must begin with `https://`, not `http://`.".to_owned());
    }
    let container = url.path().trim_matches('/').to_owned();
    is_blob_endpoint(url.host_str().unwrap_or_default(), &container)?;
    if container.is_empty() {
        return Err(format!("{URL_FORM} This names no container after the host."));
    }
    if container.contains('/') {
        let text = "This names a folder or a file in a container. End the URL after the container, and put the rest \
                    into `file_prefix`.";
        return Err(format!("{URL_FORM} {text}"));
    }
    // Containers of the service itself, such as `$web`, keep other rules, and files may go there.
    if !container.starts_with('$') {
        is_container_name(&container)?;
    }
    url.set_path(&container);
    Ok(url)
}

/// Storage accounts have an endpoint for each service. Files go to that of blobs, whatever else the account offers.
fn is_blob_endpoint(host: &str, container: &str) -> Result<(), String> {
    let mut labels = host.split('.');
    let account = labels.next().unwrap_or_default();
    if let Some(service) = labels.find(|label| OTHER_SERVICES.iter().any(|(name, _)| name == label)) {
        let what = OTHER_SERVICES.iter().find(|(name, _)| *name == service).map_or("", |(_, what)| what);
        let blob = host.replacen(&format!(".{service}."), ".blob.", 1);
        return Err(format!(
            "This is the {what} endpoint of the storage account. Use its blob endpoint: `https://{blob}/{container}`."
        ));
    }
    if let Some(writable) = account.strip_suffix("-secondary") {
        let primary = host.replacen(account, writable, 1);
        return Err(format!(
            "This is the read-only secondary endpoint of the storage account. Use `https://{primary}/{container}`."
        ));
    }
    Ok(())
}

/// Endpoints of a storage account beside that of blobs, by the label of their hosts.
const OTHER_SERVICES: &[(&str, &str)] =
    &[("dfs", "Data Lake Storage (`dfs`)"), ("file", "Azure Files"), ("queue", "queue"), ("table", "table")];

/// Golden tests of the servers use what is public.
#[cfg(test)]
pub mod tests {
    use serde_json::json;

    use super::*;
    use crate::resources::backup_vault::golden::{Backup, body};
    use crate::resources::mysql_flexible_server_restore::MYSQL_FLEXIBLE_SERVER_RESTORE;
    use crate::resources::postgresql_flexible_server_restore::POSTGRESQL_FLEXIBLE_SERVER_RESTORE;
    use crate::resources::restore::read;
    use crate::restore::backup_vault::ResolvedPoint;

    const SERVERS: [ServerAsFiles; 2] = [POSTGRESQL_FLEXIBLE_SERVER_RESTORE, MYSQL_FLEXIBLE_SERVER_RESTORE];
    const URL: &str = "https://account.blob.core.windows.net/container";
    const CONTAINER: &str = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/account/blobServices/default/containers/container";

    /// The arguments of a restore into this container.
    pub fn target(url: &str, prefix: &str) -> Value {
        Value::object([("target", Value::object([("container_url", url), ("file_prefix", prefix)]))])
    }

    /// The body that restores this point of the vault in `westus`.
    pub fn restored(server: &ServerAsFiles, arguments: &Value, point: &str) -> serde_json::Value {
        from(server, arguments, point, DataStore::VaultStore)
    }

    fn from(server: &ServerAsFiles, arguments: &Value, point: &str, data_store: DataStore) -> serde_json::Value {
        let chosen = ResolvedPoint::Point { id: point.to_owned(), data_store };
        body(server, arguments, Backup::in_region("westus"), &chosen).unwrap()
    }

    fn with_id(id: &str) -> Value {
        let members = [("container_url", URL), ("file_prefix", "p"), ("container_id", id)];
        Value::object([("target", Value::object(members))])
    }

    #[test]
    fn identity_guard_and_container_id_are_sent_where_they_are_given() {
        let id = "/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/i";
        let guard = "/subscriptions/t/resourceGroups/g/providers/Microsoft.DataProtection/resourceGuards/r";
        let mut arguments = with_id(CONTAINER);
        arguments.set("user_assigned_identity_id", id);
        arguments.set("resource_guard_id", guard);
        for server in SERVERS {
            let mut expected = restored(&server, &target(URL, "p"), "x");
            expected["restoreTargetInfo"]["targetDetails"]["targetResourceArmId"] = json!(CONTAINER);
            expected["identityDetails"] = json!({"useSystemAssignedIdentity": false, "userAssignedIdentityArmUrl": id});
            expected["resourceGuardOperationRequests"] = json!([format!("{guard}/dppTriggerRestoreRequests/default")]);
            assert_eq!(restored(&server, &arguments, "x"), expected);
        }
    }

    #[test]
    fn an_archived_point_is_rehydrated_on_the_way() {
        let plain = target(URL, "p");
        let mut arguments = plain.clone();
        arguments.set("rehydration", Value::object([("retention_days", 12_i64)]));
        for server in SERVERS {
            let of_the_vault = restored(&server, &plain, "x");
            let mut expected = of_the_vault.clone();
            expected["objectType"] = json!("AzureBackupRestoreWithRehydrationRequest");
            expected["sourceDataStoreType"] = json!("ArchiveStore");
            expected["rehydrationPriority"] = json!("Standard");
            expected["rehydrationRetentionDuration"] = json!("P12D");
            assert_eq!(from(&server, &arguments, "x", DataStore::ArchiveStore), expected);
            assert_eq!(from(&server, &arguments, "x", DataStore::VaultStore), of_the_vault);
        }
    }

    #[test]
    fn what_is_missing_of_the_target_is_an_error_on_it() {
        let member = |name: &'static str, value: Value| {
            let mut target = with_id(CONTAINER).get("target").clone();
            target.set(name, value);
            Value::object([("target", target)])
        };
        for (arguments, path) in [
            (Value::object([("target", Value::Null)]), "target"),
            (member("container_url", Value::Null), "target.container_url"),
            (member("container_url", "".into()), "target.container_url"),
            (member("file_prefix", Value::Null), "target.file_prefix"),
            (member("file_prefix", "".into()), "target.file_prefix"),
            (member("container_id", Value::unknown()), "target.container_id"),
        ] {
            let chosen = ResolvedPoint::Point { id: "x".to_owned(), data_store: DataStore::VaultStore };
            let refused = body(&SERVERS[0], &arguments, Backup::in_region("westus"), &chosen).unwrap_err();
            assert_eq!(refused.to_message("Restoring").argument, Some(path.into()));
        }
    }

    #[test]
    fn a_container_named_by_id_is_the_one_of_the_url() {
        let summaries = |id: &str| -> Vec<String> {
            SERVERS
                .iter()
                .flat_map(|server| server.validate(&read(&with_id(id)).unwrap()))
                .map(|said| {
                    assert_eq!(said.path.map(|path| path.to_string()).as_deref(), Some("target"));
                    said.summary
                })
                .collect()
        };
        assert_eq!(summaries(CONTAINER), [""; 0]);
        assert_eq!(summaries(&CONTAINER.replace("containers/container", "containers/other")).len(), SERVERS.len());
    }

    #[test]
    fn a_container_is_the_same_in_any_case_of_its_id() {
        let validate = |id: &str| SERVERS[0].validate(&read(&with_id(id)).unwrap());
        assert!(validate(&CONTAINER.to_uppercase()).is_empty());
        let other = validate(&CONTAINER.replace("containers/container", "containers/other"));
        assert_eq!(
            other.iter().next().unwrap().detail,
            "`container_url` names container \"container\" of storage account \"account\", and `container_id` names \
             container \"other\" of storage account \"account\". Both must name the same container."
        );
    }

    #[test]
    fn what_is_no_container_url_says_what_it_is_and_what_to_write() {
        let needed = "`container_url` needs a URL such as `https://ACCOUNT.blob.core.windows.net/CONTAINER`.";
        for (text, expected) in [
            (CONTAINER, format!("{needed} This is an ARM ID; use it as `container_id`.")),
            ("account.blob.core.windows.net/c", format!("{needed} This does not begin with `https://`.")),
            (
                "http://account.blob.core.windows.net/container",
                "`container_url` must begin with `https://`, not `http://`.".to_owned(),
            ),
            (
                "https://account.dfs.core.windows.net/container",
                "This is the Data Lake Storage (`dfs`) endpoint of the storage account. Use its blob endpoint: \
                 `https://account.blob.core.windows.net/container`."
                    .to_owned(),
            ),
            (
                "https://account.z12.file.storage.azure.net/share",
                "This is the Azure Files endpoint of the storage account. Use its blob endpoint: \
                 `https://account.z12.blob.storage.azure.net/share`."
                    .to_owned(),
            ),
            (
                "https://account-secondary.blob.core.windows.net/container",
                "This is the read-only secondary endpoint of the storage account. Use \
                 `https://account.blob.core.windows.net/container`."
                    .to_owned(),
            ),
            ("https://account.blob.core.windows.net/", format!("{needed} This names no container after the host.")),
            (
                "https://account.blob.core.windows.net/container/folder",
                format!(
                    "{needed} This names a folder or a file in a container. End the URL after the container, and \
                     put the rest into `file_prefix`."
                ),
            ),
            (
                "https://account.blob.core.windows.net/Dumps",
                "\"Dumps\" cannot be the name of a container. A container name has only lower-case letters, digits \
                 and hyphens."
                    .to_owned(),
            ),
        ] {
            assert_eq!(read_url(text).unwrap_err(), expected);
        }
        for secret in ["https://a.blob.core.windows.net/c?sig=hunter2", "https://hunter2@a.blob.core.windows.net/c"] {
            let text = read_url(secret).unwrap_err();
            assert!(text.contains("must not have a signature (SAS)") && !text.contains("hunter2"), "{text}");
        }
    }

    #[test]
    fn a_container_url_holds_no_secret_and_names_one_container() {
        for good in [URL, "https://account.blob.core.windows.net/$web"] {
            assert_eq!(read_url(good).map(String::from).as_deref(), Ok(good));
        }
        for bad in [
            "http://account.blob.core.windows.net/container",
            "https://account.blob.core.windows.net",
            "https://account.blob.core.windows.net/container/folder",
            "https://account.blob.core.windows.net/container?sig=x",
            "https://user@account.blob.core.windows.net/container",
            "https://account.blob.core.windows.net/Database_Dumps",
            "https://account.blob.core.windows.net/a",
            "container",
        ] {
            assert!(read_url(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn restores_meet_where_container_and_prefix_are_the_same() {
        let [server, _] = SERVERS;
        let destination = |arguments: &Value| server.destination(&read(arguments).unwrap()).unwrap();
        let own = destination(&with_id(CONTAINER));
        assert_eq!((own.name.as_str(), own.argument.to_string()), (&*format!("{URL}/p"), "target".to_owned()));
        assert_eq!(own.id.map(|id| id.to_string()).as_deref(), Some(CONTAINER));
        assert_eq!(destination(&target(URL, "p")).name, own.name);
        assert_ne!(destination(&target(URL, "q")).name, own.name);
    }
}
