//! Restores as files into a blob container: the `target` argument of databases, whatever the database.

use serde_json::json;
use url::Url;

use super::{Place, read};
use crate::azure::data_protection::{RecoveryOption, RestoreTargetInfo, RestoreTargetLocationType, TargetDetails};
use crate::azure::resource_id::ResourceId;
use crate::model;
use crate::resources::backup_vault::arguments::is_of_type;
use crate::resources::normal::{self, same};
use crate::resources::restore::{Meaning, wrong};
use crate::restore::backup_vault::Destination;
use crate::restore::setback::Setback;
use crate::tfplugin::diagnostics::Diagnostics;
use crate::tfplugin::model::Attr;
use crate::tfplugin::schema::Attribute;
use crate::tfplugin::validators::{length_between, matches, matches_untold};
use crate::tfplugin::value::Value;

const CONTAINERS: &str = "Microsoft.Storage/storageAccounts/blobServices/containers";

model! {
    /// The arguments.
    struct Arguments {
        /// Where the files go.
        target: Attr<Target>,
    }

    /// A blob container.
    struct Target {
        /// Its URL.
        container_url: Attr<String>,
        /// First part of the names of the files.
        file_prefix: Attr<String>,
        /// Its ARM id.
        container_id: Attr<String>,
    }
}

/// What of it decides where the data goes. The id only says again, and more exactly, what the URL says.
pub const MEANING: &[Meaning] = &[Meaning { argument: "target", normal: target }];

fn target(value: &Value) -> serde_json::Value {
    if value.is_null() {
        return serde_json::Value::Null;
    }
    json!({
        "container_url": value.get("container_url").as_str().map(|url| read_url(url).map_or_else(|_| url.to_owned(), String::from)),
        "file_prefix": normal::text(value.get("file_prefix")),
    })
}

fn same_target(one: &Value, other: &Value) -> bool {
    same(target, one, other) && normal::id(one.get("container_id")) == normal::id(other.get("container_id"))
}

/// The argument `target`.
pub fn attributes() -> Vec<Attribute> {
    vec![
        Attribute::object(
            "target",
            vec![
                Attribute::string("container_url")
                    .required()
                    .validate(matches_untold("the https URL of a blob container", |text| read_url(text).map(drop)))
                    .description(
                        "The URL of the blob container, such as `https://account.blob.core.windows.net/container`, without a \
                         signature: the vault's identity writes there.",
                    ),
                Attribute::string("file_prefix")
                    .required()
                    .validate(length_between(1..=512))
                    .description("The first part of the names of the files."),
                Attribute::string("container_id")
                    .optional()
                    .validate(matches("the ARM id of a blob container", |text| is_of_type(text, CONTAINERS)))
                    .description(
                        "The ARM id of the same container. Azure needs it when the container lies in another subscription than the vault.",
                    ),
            ],
        )
        .required()
        .same_when(same_target)
        .description("The blob container that receives the files."),
    ]
}

/// What must hold between the members of `target`; what is unknown is passed over.
pub fn check(config: &Value) -> Diagnostics {
    let arguments: Arguments = match read(config) {
        Ok(arguments) => arguments,
        Err(diagnostics) => return diagnostics,
    };
    let Attr::Known(target) = &arguments.target else { return Diagnostics::new() };
    let (Some(url), Some(id)) = (target.container_url.as_str(), target.container_id.as_str()) else {
        return Diagnostics::new();
    };
    let (Ok(url), Ok(id)) = (read_url(url), ResourceId::parse(id)) else { return Diagnostics::new() };
    let container = url.path().trim_matches('/');
    let account = url.host_str().and_then(|host| host.split('.').next()).unwrap_or_default();
    let named = id.segment("storageAccounts").unwrap_or_default();
    if container == id.name() && account.eq_ignore_ascii_case(named) {
        return Diagnostics::new();
    }
    wrong(
        "target",
        "Two containers are named",
        format!(
            "`container_url` names container {container:?} of account {account:?}, `container_id` container {:?} of account {named:?}.",
            id.name(),
        ),
    )
    .into()
}

/// What is written to. Two restores into one container do not disturb each other unless their files have the same names.
pub fn destination(arguments: &Value) -> Option<Destination> {
    let target = arguments.get("target");
    let url = target.get("container_url").as_str()?;
    let url = read_url(url).map_or_else(|_| url.to_owned(), String::from);
    let prefix = target.get("file_prefix").as_str().unwrap_or_default();
    Some(Destination {
        argument: "target",
        name: format!("{url}/{prefix}"),
        id: target.get("container_id").as_str().and_then(|id| ResourceId::parse(id).ok()),
    })
}

/// Files in a container (REST: Backup Instances - Trigger Restore, `RestoreFilesTargetInfo`).
///
/// # Errors
/// A [`Setback`] on `target`.
pub fn restore_target(arguments: &Value, place: Place<'_>) -> Result<RestoreTargetInfo, Setback> {
    let target = arguments.get("target");
    let text = |name: &str| target.get(name).as_str().unwrap_or_default().to_owned();
    let url = read_url(&text("container_url")).map_err(|reason| Setback::wrong("target", reason))?;
    Ok(RestoreTargetInfo::Files {
        recovery_option: RecoveryOption::FailIfExists,
        restore_location: place.location.to_string(),
        target_details: TargetDetails {
            url: String::from(url).trim_end_matches('/').to_owned(),
            file_prefix: text("file_prefix"),
            restore_target_location_type: RestoreTargetLocationType::AzureBlobs,
            target_resource_arm_id: target.get("container_id").as_str().map(str::to_owned),
        },
    })
}

/// `https://{account}.{storage}/{container}`. A signature is refused: it would stand in the state, and Azure needs none.
fn read_url(text: &str) -> Result<Url, String> {
    let mut url = Url::parse(text).map_err(|error| error.to_string())?;
    if url.query().is_some() || url.fragment().is_some() || !url.username().is_empty() || url.password().is_some() {
        return Err("it must have no query, no signature and no user; the vault's identity writes there".to_owned());
    }
    if url.scheme() != "https" {
        return Err("it does not begin with https://".to_owned());
    }
    let container = url.path().trim_matches('/').to_owned();
    if container.is_empty() || container.contains('/') {
        return Err("after the host it does not name exactly one container".to_owned());
    }
    url.set_path(&container);
    Ok(url)
}
