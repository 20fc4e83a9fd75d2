//! The table. A new kind of restore joins with one entry; every fact then has a test for it.

use serde_json::{Value, json};

use super::world::{Arguments, World, shouted, with};
use crate::simulator::catalogue;

/// What differs between two kinds of restore.
#[derive(Clone)]
pub struct Kind {
    /// Its resource.
    pub type_name: &'static str,
    /// The name of the backup instance that it restores.
    pub instance: &'static str,
    /// The point that the usual arguments choose; none where the backup is continuous.
    pub chosen: Option<&'static str>,
    /// All arguments of a usual restore but `backup_instance_id`.
    pub usual: fn(&World) -> Arguments,
    /// One argument, and a value with which it is another restore. It must be able to begin right after the usual one.
    pub changed: fn(&World) -> (&'static str, Value),
    /// The usual arguments in another notation: casing of ids, order of sets, notation of instants.
    pub notations: fn(&World) -> Arguments,
    /// Arguments without meaning for the data that not every kind has.
    pub in_place: fn(&World) -> Arguments,
    /// What the plan says that a restore overwrites.
    pub overwrites: Option<&'static str>,
    /// Azure's facts at the end.
    pub details: fn(&World) -> Vec<(&'static str, String)>,
    /// What is sent, where that is short enough to stand here.
    pub body: Option<fn(&World) -> Value>,
    /// Whether it goes through the calls of the secondary region.
    pub secondary_region: bool,
}

impl Kind {
    /// How the path of the request that starts a restore ends.
    pub fn trigger(&self) -> &'static str {
        if self.secondary_region { "/crossRegionRestore" } else { "/restore" }
    }

    /// How the path of the request that validates one ends.
    pub fn validation(&self) -> &'static str {
        if self.secondary_region { "/validateCrossRegionRestore" } else { "/validateRestore" }
    }

    /// Method and end of the path of the request that lists jobs.
    pub fn list(&self) -> (&'static str, &'static str) {
        if self.secondary_region { ("POST", "/fetchCrossRegionRestoreJobs") } else { ("GET", "/backupJobs") }
    }

    /// What an import of this job takes.
    pub fn import_id(&self, job: &str) -> String {
        if self.secondary_region {
            format!("{job}?secondary_region={}", catalogue::SECONDARY_REGION)
        } else {
            job.to_owned()
        }
    }

    /// The argument that chooses the point.
    pub fn point_argument(&self) -> &'static str {
        if self.chosen.is_some() { "recovery_point" } else { "point_in_time" }
    }

    /// What makes of the usual arguments a restore of the newest there is.
    pub fn newest(&self) -> Arguments {
        if self.chosen.is_some() { Vec::new() } else { vec![("point_in_time", json!("latest"))] }
    }

    /// The point as an argument: this one, or so many hours old where the backup is continuous.
    pub fn point(&self, world: &World, id: &str, hours: i64) -> Value {
        if self.chosen.is_none() {
            return json!(world.hours_ago(hours));
        }
        let usual = (self.usual)(world).into_iter().find(|(name, _)| *name == "recovery_point");
        let (_, mut point) = usual.expect("the table's entry names a point");
        let members = point.as_object_mut().expect("a point is an object");
        members.remove("latest");
        members.insert("id".into(), id.into());
        point
    }
}

/// Names the kinds, and makes from them [`facts`] and [`facts_in_process`]. The first sign is a dollar.
macro_rules! kinds {
    ($dollar:tt $($(#[$what:meta])* $name:ident: $kind:expr;)+) => {
        $($(#[$what])* pub fn $name() -> Kind {
            $kind
        })+

        /// A module for each fact, with a test for each kind. A fact is a function of a [`Kind`].
        macro_rules! facts {
            ($dollar($dollar fact:ident),+ $dollar(,)?) => {$dollar(
                mod $dollar fact {
                    $(#[test]
                    fn $name() {
                        super::$dollar fact($crate::restores::kinds::$name());
                    })+
                }
            )+};
        }

        /// The same for asynchronous facts, on a paused clock.
        macro_rules! facts_in_process {
            ($dollar($dollar fact:ident),+ $dollar(,)?) => {$dollar(
                mod $dollar fact {
                    $(#[tokio::test(start_paused = true)]
                    async fn $name() {
                        super::$dollar fact($crate::restores::kinds::$name()).await;
                    })+
                }
            )+};
        }

        pub(super) use {facts, facts_in_process};
    };
}

fn nothing(_: &World) -> Arguments {
    Vec::new()
}

fn latest() -> (&'static str, Value) {
    ("recovery_point", json!({"latest": true}))
}

fn files(world: &World, prefix: &str) -> (&'static str, Value) {
    ("target", json!({"container_url": world.container_url(), "file_prefix": prefix}))
}

fn rehydration() -> (&'static str, Value) {
    ("rehydration", json!({"priority": "High", "retention_days": 20}))
}

fn files_at_the_end(world: &World, bytes: &str) -> Vec<(&'static str, String)> {
    vec![
        ("recoveryDestination", world.container_url()),
        ("Restore File Prefix", "rebuild".into()),
        ("dataTransferredInBytes", bytes.into()),
    ]
}

/// Files of this point, restored in this region.
fn body_of_files(world: &World, point: &str, region: &str) -> Value {
    json!({
        "objectType": "AzureBackupRecoveryPointBasedRestoreRequest",
        "sourceDataStoreType": "VaultStore",
        "recoveryPointId": point,
        "restoreTargetInfo": {
            "objectType": "RestoreFilesTargetInfo", "recoveryOption": "FailIfExists", "restoreLocation": region,
            "targetDetails": {
                "url": world.container_url(), "filePrefix": "rebuild", "restoreTargetLocationType": "AzureBlobs",
            },
        },
    })
}

/// The id of a disk beside the protected one.
fn new_disk(world: &World, name: &str) -> String {
    world.thing("resources", "contosodata").replace("contosodata", name)
}

fn files_in_another_notation(world: &World) -> Arguments {
    let url = world.container_url().replace("https://contoso", "HTTPS://CONTOSO") + "/";
    vec![("target", json!({"container_url": url, "file_prefix": "rebuild"}))]
}

const BLOBS: &str = "azurebackup_blob_restore";
const BLOBS_TARGET: &str = "contosorestored";
const CLUSTERS: &str = "azurebackup_kubernetes_cluster_restore";
const MYSQL_SECOND: &str = "8f3b5ce1a4d942d0a7c9f0d6b7f50202";
const DISK_SECOND: &str = "8f3b5ce1a4d942d0a7c9f0d6b7f50302";
const POSTGRESQL_FIRST: &str = "8f3b5ce1a4d942d0a7c9f0d6b7f50101";
const POSTGRESQL_SECOND: &str = "8f3b5ce1a4d942d0a7c9f0d6b7f50102";

kinds! { $
    blob_operational: Kind {
        type_name: BLOBS,
        instance: "contososhop-operational",
        chosen: None,
        usual: |world| {
            let containers = json!([{"name": "orders"}, {"name": "documents", "prefixes": ["b/", "a/"]}]);
            vec![("point_in_time", json!(world.hours_ago(24))), ("containers", containers)]
        },
        changed: |_| ("containers", json!([{"name": "orders"}])),
        notations: |world| {
            let containers = json!([{"name": "documents", "prefixes": ["a/", "b/"]}, {"name": "orders"}]);
            let instant = world.hours_ago(24).replace('Z', ".000+00:00");
            vec![("point_in_time", json!(instant)), ("containers", containers)]
        },
        in_place: nothing,
        overwrites: Some("contososhop"),
        details: |world| vec![
            ("recoveryDestination", world.account("contososhop")),
            ("restoreType", "OLR".into()),
            ("dataTransferredInBytes", "69827".into()),
        ],
        body: None,
        secondary_region: false,
    };
    blob_vaulted: Kind {
        type_name: BLOBS,
        instance: "contosoarchive-vaulted",
        chosen: Some("8f3b5ce1a4d942d0a7c9f0d6b7f5e102"),
        usual: |world| vec![
            latest(),
            ("target_storage_account_id", json!(world.account(BLOBS_TARGET))),
            ("containers", json!([{"name": "orders", "rename_to": "orders-restored"}, {"name": "documents"}])),
        ],
        changed: |_| ("containers", json!([{"name": "orders"}])),
        notations: |world| vec![
            ("target_storage_account_id", json!(shouted(&world.account(BLOBS_TARGET)))),
            ("containers", json!([{"name": "documents"}, {"name": "orders", "rename_to": "orders-restored"}])),
        ],
        in_place: nothing,
        overwrites: None,
        details: |world| vec![
            ("recoveryDestination", world.account(BLOBS_TARGET)),
            ("restoreType", "ALR".into()),
            ("dataTransferredInBytes", "69827".into()),
        ],
        body: None,
        secondary_region: false,
    };
    postgresql: Kind {
        type_name: "azurebackup_postgresql_flexible_server_restore",
        instance: catalogue::POSTGRESQL,
        chosen: Some(POSTGRESQL_SECOND),
        usual: |world| vec![latest(), files(world, "rebuild")],
        changed: |world| files(world, "again"),
        notations: files_in_another_notation,
        in_place: |_| vec![rehydration()],
        overwrites: None,
        details: |world| files_at_the_end(world, "69827"),
        body: Some(|world| body_of_files(world, POSTGRESQL_SECOND, "westeurope")),
        secondary_region: false,
    };
    postgresql_secondary_region: Kind {
        chosen: Some(POSTGRESQL_FIRST),
        usual: |world| vec![
            latest(),
            files(world, "rebuild"),
            ("secondary_region", json!(true)),
            ("restore_location", json!(catalogue::SECONDARY_REGION)),
        ],
        notations: |world| {
            let mut notations = files_in_another_notation(world);
            notations.push(("restore_location", json!("North Europe")));
            notations
        },
        in_place: |_| vec![rehydration(), ("source_region", json!("westeurope"))],
        body: Some(|world| body_of_files(world, POSTGRESQL_FIRST, catalogue::SECONDARY_REGION)),
        secondary_region: true,
        ..postgresql()
    };
    mysql: Kind {
        type_name: "azurebackup_mysql_flexible_server_restore",
        instance: catalogue::MYSQL,
        chosen: Some(MYSQL_SECOND),
        details: |world| files_at_the_end(world, "645922816"),
        body: Some(|world| body_of_files(world, MYSQL_SECOND, "westeurope")),
        ..postgresql()
    };
    disk: Kind {
        type_name: "azurebackup_disk_restore",
        instance: catalogue::DISK,
        chosen: Some(DISK_SECOND),
        usual: |world| vec![latest(), ("target_disk_id", json!(new_disk(world, "contosodata-restored")))],
        changed: |world| ("target_disk_id", json!(new_disk(world, "contosodata-again"))),
        notations: |world| vec![("target_disk_id", json!(shouted(&new_disk(world, "contosodata-restored"))))],
        in_place: nothing,
        overwrites: None,
        details: |world| vec![("recoveryDestination", new_disk(world, "contosodata-restored"))],
        body: Some(|world| {
            let id = new_disk(world, "contosodata-restored");
            let datasource = json!({
                "objectType": "Datasource", "datasourceType": "Microsoft.Compute/disks",
                "resourceType": "Microsoft.Compute/disks", "resourceID": id, "resourceUri": id,
                "resourceName": "contosodata-restored", "resourceLocation": "westeurope",
            });
            json!({
                "objectType": "AzureBackupRecoveryPointBasedRestoreRequest",
                "sourceDataStoreType": "OperationalStore",
                "recoveryPointId": DISK_SECOND,
                "restoreTargetInfo": {
                    "objectType": "RestoreTargetInfo", "recoveryOption": "FailIfExists", "restoreLocation": "westeurope",
                    "datasourceInfo": datasource,
                },
            })
        }),
        secondary_region: false,
    };
    data_lake: Kind {
        type_name: "azurebackup_data_lake_restore",
        instance: catalogue::LAKE,
        chosen: Some("8f3b5ce1a4d942d0a7c9f0d6b7f50402"),
        usual: |world| vec![
            latest(),
            ("target_storage_account_id", json!(world.account(catalogue::LAKE_TARGET_ACCOUNT))),
            ("containers", json!([{"name": "raw", "rename_to": "raw-restored"}, {"name": "curated"}])),
        ],
        changed: |_| ("containers", json!([{"name": "raw"}])),
        notations: |world| vec![
            ("target_storage_account_id", json!(shouted(&world.account(catalogue::LAKE_TARGET_ACCOUNT)))),
            ("containers", json!([{"name": "curated"}, {"name": "raw", "rename_to": "raw-restored"}])),
        ],
        in_place: nothing,
        overwrites: None,
        details: |world| vec![
            ("recoveryDestination", world.account(catalogue::LAKE_TARGET_ACCOUNT)),
            ("restoreType", "ALR".into()),
            ("dataTransferredInBytes", "69827".into()),
        ],
        body: None,
        secondary_region: false,
    };
    cluster_operational: Kind {
        type_name: CLUSTERS,
        instance: catalogue::CLUSTER,
        chosen: Some("8f3b5ce1a4d942d0a7c9f0d6b7f50502"),
        usual: |_| vec![
            latest(),
            ("included_namespaces", json!(["orders", "invoices"])),
            ("namespace_mappings", json!({"orders": "orders-restored"})),
            ("conflict_policy", json!("Patch")),
        ],
        changed: |_| ("included_namespaces", json!(["orders"])),
        notations: |_| vec![
            ("included_namespaces", json!(["invoices", "orders"])),
            ("recovery_point", json!({"latest": true, "data_store": "OperationalStore"})),
        ],
        in_place: |_| vec![("include_cluster_scope_resources", json!(true))],
        overwrites: Some(catalogue::CLUSTER),
        details: |world| vec![
            ("recoveryDestination", world.thing("resources", "contosoapps")),
            ("restoreType", "OLR".into()),
            ("dataTransferredInBytes", "69827".into()),
        ],
        body: None,
        secondary_region: false,
    };
    cluster_vaulted: Kind {
        type_name: CLUSTERS,
        instance: catalogue::CLUSTER,
        chosen: Some("8f3b5ce1a4d942d0a7c9f0d6b7f50501"),
        usual: |world| vec![
            ("recovery_point", json!({"latest": true, "data_store": "VaultStore"})),
            ("target_cluster_id", json!(world.thing("resources", catalogue::TARGET_CLUSTER))),
            ("staging_resource_group_id", json!(world.thing("resource_groups", catalogue::STAGING_RESOURCE_GROUP))),
            ("staging_storage_account_id", json!(world.account(catalogue::STAGING_ACCOUNT))),
            ("label_selectors", json!(["environment=production", "tier=web"])),
        ],
        changed: |_| ("label_selectors", json!(["environment=production"])),
        notations: |world| vec![
            ("target_cluster_id", json!(shouted(&world.thing("resources", catalogue::TARGET_CLUSTER)))),
            ("staging_storage_account_id", json!(shouted(&world.account(catalogue::STAGING_ACCOUNT)))),
            ("label_selectors", json!(["tier=web", "environment=production"])),
        ],
        in_place: |world| vec![("staging_storage_account_id", json!(world.account(catalogue::FILES_ACCOUNT)))],
        overwrites: None,
        details: |world| vec![
            ("recoveryDestination", world.thing("resources", catalogue::TARGET_CLUSTER)),
            ("restoreType", "ALR".into()),
            ("dataTransferredInBytes", "69827".into()),
        ],
        body: None,
        secondary_region: false,
    };
    cluster_secondary_region: Kind {
        usual: |world| {
            let region = vec![("secondary_region", json!(true)), ("restore_location", json!(catalogue::SECONDARY_REGION))];
            with(with((cluster_vaulted().usual)(world), vec![latest()]), region)
        },
        in_place: |world| {
            // The store that the secondary region implies, written out.
            let point = ("recovery_point", json!({"latest": true, "data_store": "VaultStore"}));
            with((cluster_vaulted().in_place)(world), vec![point, ("source_region", json!("westeurope"))])
        },
        secondary_region: true,
        ..cluster_vaulted()
    };
}
