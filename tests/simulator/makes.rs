//! What a restore leaves behind where it ends well. It is said when the request is read, so that nobody has to guess it
//! from an id later.

use std::collections::BTreeSet;

use time::OffsetDateTime;

use super::data_protection::recovery_points::RecoveryPoint;
use super::resources::Resource;
use super::world::World;

/// What comes to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Makes {
    /// Nothing that has a name of its own: what is there gets its data back.
    Nothing,
    /// A disk or a machine, whose name must be free.
    Resource(Resource),
    /// Containers on a storage account, whose names must be free.
    Containers {
        /// ARM id of the account.
        account: String,
        names: BTreeSet<String>,
    },
    /// Files in a container, beside whatever is there.
    Files { container_url: String, prefix: String },
    /// A database of an instance on a machine, whose name must be free unless it may be overwritten.
    MachineDatabase { machine: String, instance: String, name: String, overwrites: bool },
    /// A point of a backup instance, with the time that it has, in the store that its workload is backed up to.
    RecoveryPoint { vault_id: String, instance: String, id: String, time: OffsetDateTime },
    /// A database, which is there from the begin of its restore on: its service sees to that.
    Database { server_id: String, name: String },
    /// A flexible server, which is there from the begin of its restore on, too.
    FlexibleServer { id: String },
}

impl Makes {
    /// Names that must be free and are not.
    pub fn in_the_way(&self, world: &World) -> Vec<String> {
        match self {
            Self::Nothing
            | Self::Files { .. }
            | Self::RecoveryPoint { .. }
            | Self::Database { .. }
            | Self::FlexibleServer { .. }
            | Self::MachineDatabase { overwrites: true, .. } => Vec::new(),
            Self::MachineDatabase { machine, instance, name, .. } => {
                world.has_database(machine, instance, name).then(|| name.clone()).into_iter().collect()
            }
            Self::Resource(own) => world.resource(&own.id()).map(|found| found.name.clone()).into_iter().collect(),
            Self::Containers { account, names } => {
                let there = world.storage_account(account).map(|account| &account.containers);
                names.iter().filter(|name| there.is_some_and(|there| there.contains(*name))).cloned().collect()
            }
        }
    }

    /// It is there from now on.
    pub fn come_true(&self, world: &mut World) {
        match self {
            Self::Nothing | Self::Files { .. } | Self::Database { .. } | Self::FlexibleServer { .. } => {}
            Self::RecoveryPoint { vault_id, instance, id, time } => {
                if let Some(instance) = world.instance_mut(vault_id, instance) {
                    let point = match instance.workload.backup_store {
                        "OperationalStore" => RecoveryPoint::snapshot(id, *time),
                        store => RecoveryPoint::new(id, *time).stored_in(&[store]),
                    };
                    instance.recovery_points.push(point);
                }
            }
            Self::MachineDatabase { machine, instance, name, .. } => {
                if let Some(databases) = world.databases_mut(machine, instance) {
                    databases.insert(name.clone());
                }
            }
            Self::Resource(own) => world.resources.push(own.clone()),
            Self::Containers { account, names } => {
                if let Some(account) = world.storage_account_mut(account) {
                    account.containers.extend(names.iter().cloned());
                }
            }
        }
    }

    /// It is gone again, so that the next one like it can begin.
    pub fn vanish(&self, world: &mut World) {
        match self {
            Self::Nothing | Self::Files { .. } | Self::RecoveryPoint { .. } => {}
            Self::MachineDatabase { machine, instance, name, .. } => {
                if let Some(databases) = world.databases_mut(machine, instance) {
                    databases.remove(name);
                }
            }
            Self::Database { server_id, name } => world.remove_sql_database(server_id, name),
            Self::FlexibleServer { id } => {
                world.parts.postgresql.remove(id);
                world.parts.mysql.remove(id);
            }
            Self::Resource(own) => world.resources.retain(|there| !there.is(&own.id())),
            Self::Containers { account, names } => {
                if let Some(account) = world.storage_account_mut(account) {
                    account.containers.retain(|name| !names.contains(name));
                }
            }
        }
    }

    /// Whether the same once more would find its names taken.
    pub fn takes_names(&self) -> bool {
        match self {
            Self::Nothing | Self::Files { .. } | Self::RecoveryPoint { .. } => false,
            Self::MachineDatabase { overwrites, .. } => !overwrites,
            Self::Resource(_) | Self::Database { .. } | Self::FlexibleServer { .. } => true,
            Self::Containers { names, .. } => !names.is_empty(),
        }
    }
}
