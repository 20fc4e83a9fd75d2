//! `azurebackup_disk_restore`: a managed disk, as a new disk.

use crate::azure::data_protection::{DISKS, DataStore, Datasource, RecoveryOption, RestoreTargetInfo};
use crate::azure::resource_id::ResourceId;
use crate::model;
use crate::resources::arguments::resource_id;
use crate::resources::backup_vault::{RecoveryPointSupport, TargetContext, Workload, WorkloadProfile, destination};
use crate::resources::given::required_text;
use crate::resources::restore::ReportedArgument;
use crate::restore::backup_vault::{Destination, ReportedJob};
use crate::restore::error::RestoreError;
use crate::restore::workload::{ROLE_ON_VAULT, RequiredRole, WorkloadNames};
use crate::tfplugin::model::Attr;
use crate::tfplugin::schema::Attribute;

/// Longest name of a disk (REST: Disks - Create Or Update).
const LONGEST_NAME: usize = 80;

const TARGET: &str = "target_disk_id";

model! {
    /// The arguments of a disk restore, beside the common ones.
    pub struct Arguments {
        /// The disk to be created.
        pub target_disk_id: Attr<String>,
    }
}

/// Markdown of the page.
const DESCRIPTION: &str = "\
    Restores a managed disk from an Azure Backup vault, and waits until the restore job has ended.\n\n\
    The restore creates a *new* disk, in the region of the source disk and in any resource group. Azure does not \
    replace a disk in place, and does not attach the new disk to a virtual machine. Write accelerator is off on the \
    new disk. If you restore again, you need a name that is not used.\n\n\
    The backups of a disk are snapshots in a resource group (operational tier). They are not copied to the vault. So \
    you cannot restore from a secondary region or from the archive tier, and you cannot restore if the snapshots were \
    deleted.\n\n\
    The identity of the vault needs the role *Disk Restore Operator* on the resource group of the new disk. This \
    resource group must exist. If the disk has a disk encryption set, the identity also needs *Reader* on it. An \
    example below grants the first role in the same apply.";

/// A managed disk, restored from its snapshots as a new disk.
pub struct DiskRestore;

/// The id of a disk that can be created; letters, digits, `_`, `-` and `.` make its name.
fn is_id_of_a_new_disk(text: &str) -> Result<(), String> {
    resource_id::expected(TARGET, "a disk", DISKS).check(text, |_| true)?;
    let name = text.rsplit('/').next().unwrap_or_default();
    let legal = |character: char| character.is_ascii_alphanumeric() || matches!(character, '_' | '-' | '.');
    if name.len() > LONGEST_NAME {
        Err(format!(
            "The name of the disk has {} characters. Azure allows at most {LONGEST_NAME}.",
            name.chars().count()
        ))
    } else if !name.chars().all(legal) {
        Err(format!(
            "{name:?} cannot be the name of a disk. Use letters, digits, underscores, hyphens and full stops only."
        ))
    } else {
        Ok(())
    }
}

impl Workload for DiskRestore {
    type Arguments = Arguments;

    fn profile(&self) -> WorkloadProfile {
        WorkloadProfile {
            type_name: "azurebackup_disk_restore",
            description: DESCRIPTION,
            left_behind: "The new disk stays. Azure bills it until you delete it",
            names: WorkloadNames {
                things: "data",
                source: "disk",
                datasource_type: DISKS,
                caller_role: ROLE_ON_VAULT,
                roles: &[
                    RequiredRole { name: "Disk Restore Operator", scope: "the resource group of the new disk" },
                    RequiredRole { name: "Reader", scope: "the disk encryption set, if the disk has one" },
                ],
            },
            instance_resource: "azurerm_data_protection_backup_instance_disk",
            unreported: "",
            recovery_points: RecoveryPointSupport {
                point_in_time: false,
                data_stores: &[DataStore::OperationalStore],
                archive: false,
                secondary_region: false,
            },
        }
    }

    fn attributes(&self) -> Vec<Attribute> {
        vec![resource_id::checked_by(TARGET, is_id_of_a_new_disk).required().requires_replace().description(
            "The ARM ID of the new disk: `/subscriptions/…/resourceGroups/…/providers/Microsoft.Compute/disks/NAME`. \
             The resource group must exist, but the disk must not. Do not use the `id` of a disk that Terraform \
             manages, because that disk already exists.",
        )]
    }

    fn destination(&self, arguments: &Arguments) -> Option<Destination> {
        destination(TARGET, &arguments.target_disk_id)
    }

    fn reported_target(&self, job: ReportedJob<'_>) -> Vec<ReportedArgument> {
        job.destination().map(|id| ReportedArgument::new(TARGET, id)).into_iter().collect()
    }

    /// The disk to be created (REST: Backup Instances - Trigger Restore, `RestoreTargetInfo`).
    fn restore_target(
        &self,
        arguments: &Arguments,
        place: TargetContext<'_>,
    ) -> Result<RestoreTargetInfo, RestoreError> {
        let id = ResourceId::parse(required_text(&arguments.target_disk_id, TARGET)?)
            .map_err(|error| RestoreError::wrong(TARGET, error.to_string()))?;
        if place.source == Some(&id) {
            let text =
                "This is the disk that was backed up. Azure restores into a new disk; name one that does not exist.";
            return Err(RestoreError::wrong(TARGET, text));
        }
        Ok(RestoreTargetInfo::Whole {
            recovery_option: RecoveryOption::FailIfExists,
            restore_location: place.location.to_string(),
            datasource_info: Datasource::target(&id, DISKS, DISKS, place.location).with_resource_uri(),
            datasource_set_info: None,
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::resources::backup_vault::golden::{self, Backup};
    use crate::restore::backup_vault::ResolvedPoint;
    use crate::tfplugin::value::Value;

    const GROUP: &str =
        "/subscriptions/5ea1ab1e-0000-4000-8000-000000000001/resourceGroups/targetrg/providers/Microsoft.Compute/disks";

    fn built(name: &str) -> Result<serde_json::Value, RestoreError> {
        let arguments = Value::object([(TARGET, format!("{GROUP}/{name}"))]);
        let id = "a3d02fc3ab8a4c3a8cc26688c26d3356".to_owned();
        let chosen = ResolvedPoint::Point { id, data_store: DataStore::OperationalStore };
        golden::body(
            &DiskRestore,
            &arguments,
            Backup::in_region("westUS").of(&format!("{GROUP}/msdiskbackup")),
            &chosen,
        )
    }

    #[test]
    fn the_body_is_that_of_the_how_to_page() {
        let id = format!("{GROUP}/APITestDisk2");
        let expected = json!({
            "objectType": "AzureBackupRecoveryPointBasedRestoreRequest",
            "recoveryPointId": "a3d02fc3ab8a4c3a8cc26688c26d3356",
            "sourceDataStoreType": "OperationalStore",
            "restoreTargetInfo": {
                "datasourceInfo": {
                    "resourceID": id,
                    "resourceUri": id,
                    "datasourceType": "Microsoft.Compute/disks",
                    "resourceName": "APITestDisk2",
                    "resourceType": "Microsoft.Compute/disks",
                    "resourceLocation": "westUS",
                    "objectType": "Datasource"
                },
                "restoreLocation": "westUS",
                "recoveryOption": "FailIfExists",
                "objectType": "RestoreTargetInfo"
            }
        });
        assert_eq!(built("APITestDisk2").unwrap(), expected);
    }

    #[test]
    fn the_disk_that_was_backed_up_is_no_target() {
        let refused = built("MsDiskBackup").unwrap_err();
        assert!(
            matches!(&refused, RestoreError::Wrong { argument: Some(argument), .. } if *argument == TARGET.into()),
            "{refused:?}"
        );
    }

    #[test]
    fn a_target_is_the_id_of_a_disk_with_a_legal_name() {
        for good in ["restored", "Restored_1.vhd-x", &"d".repeat(80)] {
            assert_eq!(is_id_of_a_new_disk(&format!("{GROUP}/{good}")), Ok(()), "{good}");
        }
        for bad in ["a b", "über", &"d".repeat(81)] {
            assert!(is_id_of_a_new_disk(&format!("{GROUP}/{bad}")).is_err(), "{bad}");
        }
        assert!(is_id_of_a_new_disk("restored").is_err());
        assert!(is_id_of_a_new_disk(&GROUP.replace("/disks", "/snapshots/x")).is_err());
    }

    #[test]
    fn only_points_in_the_operational_tier_are_offered() {
        let points = DiskRestore.profile().recovery_points;
        assert_eq!(points.data_stores, [DataStore::OperationalStore]);
        assert!(!points.secondary_region && !points.archive && !points.point_in_time);
    }
}
