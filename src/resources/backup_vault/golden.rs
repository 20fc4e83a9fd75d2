//! For golden tests of bodies: what a workload makes of arguments, as the JSON that is sent.

use crate::azure::data_protection::{Datasource, DatasourceKind};
use crate::azure::resource_id::{Location, ResourceId};
use crate::restore::backup_vault::{RequestContext, ResolvedPoint};
use crate::restore::error::RestoreError;
use crate::tfplugin::model::FromValue;
use crate::tfplugin::value::{Path, Value};

use super::arguments::Arguments;
use super::{Workload, envelope};

/// What Azure says of a backup.
pub struct Backup {
    source: Option<Datasource>,
    location: Location,
}

impl Backup {
    /// Of something that the body does not name.
    pub fn in_region(location: &str) -> Self {
        Self { source: None, location: Location::new(location) }
    }

    /// Of this resource.
    pub fn of(self, resource_id: &str) -> Self {
        let source = Datasource {
            object_type: DatasourceKind::Datasource,
            resource_id: resource_id.to_owned(),
            resource_name: None,
            resource_type: None,
            datasource_type: None,
            resource_location: None,
            resource_uri: None,
        };
        Self { source: Some(source), ..self }
    }
}

/// The body of the trigger.
pub fn body<W: Workload>(
    workload: &W,
    arguments: &Value,
    backup: Backup,
    chosen: &ResolvedPoint,
) -> Result<serde_json::Value, RestoreError> {
    let Arguments { common, workload: own } = Arguments::<W::Arguments>::from_value(arguments, &Path::root()).unwrap();
    let identity = common.user_assigned_identity_id.as_str().map(|id| ResourceId::parse(id).unwrap());
    let basis = RequestContext { source: backup.source.as_ref(), location: &backup.location, chosen };
    let request = envelope::request(workload, &common, &own, identity.as_ref(), &basis)?;
    Ok(serde_json::to_value(request).unwrap())
}
