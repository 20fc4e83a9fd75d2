//! Protected items: file shares of storage accounts, virtual machines, and databases in virtual machines.

use serde_json::{Value, json};
use time::OffsetDateTime;

use super::super::clock::with_ticks;
use super::super::data_protection::instances::UNTIL_GRANTED;
use super::super::resources::Resource;
use super::super::storage::StorageAccount;
use super::databases::{self, Database, Server, escaped};
use super::points::ItemPoint;
use super::protection::Protection;
use super::vaults::RecoveryServicesVault;

/// What an item is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ItemKind {
    FileShare,
    VirtualMachine,
    Database(Server),
}

/// What a vault protects.
#[derive(Clone, Debug)]
pub struct ProtectedItem {
    pub kind: ItemKind,
    /// As only the service knows it: `AzureFileShare;` and 64 hex digits.
    pub name: String,
    /// The name of the share.
    pub friendly_name: String,
    /// ARM id of the storage account, its group and its name.
    pub source_id: String,
    pub account_group: String,
    pub account: String,
    pub location: String,
    pub points: Vec<ItemPoint>,
    /// Of databases only.
    pub database: Database,
    /// How many more lists of points do not show how far log backups reach.
    pub logs_unlisted: u32,
    /// How it is backed up.
    pub protection: Protection,
    /// Those that have got to the secondary region.
    pub secondary_points: Vec<ItemPoint>,
    /// Deleted, and kept for some days more.
    pub soft_deleted: bool,
    /// What its next restores leave out.
    pub failed_files: u32,
    pub skipped_files: u32,
    /// How many restores are still refused, since the caller lacks a role on an account: grants take time to spread.
    pub restores_without_role: u32,
}

impl ProtectedItem {
    /// The share of this name, without any backup yet.
    pub fn file_share(share: &str, account: &StorageAccount) -> Self {
        Self {
            kind: ItemKind::FileShare,
            name: Self::file_share_name(share, &account.name),
            friendly_name: share.into(),
            source_id: account.id(),
            account_group: account.resource_group.clone(),
            account: account.name.clone(),
            location: account.location.clone(),
            points: Vec::new(),
            database: Database::default(),
            logs_unlisted: 0,
            protection: Protection::default(),
            secondary_points: Vec::new(),
            soft_deleted: false,
            failed_files: 0,
            skipped_files: 0,
            restores_without_role: 0,
        }
    }

    /// What the service calls the item of a share.
    pub fn file_share_name(share: &str, account: &str) -> String {
        format!("AzureFileShare;{}", hash(&format!("{account}/{share}")))
    }

    /// A virtual machine in the default resource group.
    pub fn virtual_machine(name: &str) -> Self {
        let machine = Resource::new("Microsoft.Compute/virtualMachines", name);
        Self {
            kind: ItemKind::VirtualMachine,
            name: format!("VM;iaasvmcontainerv2;{};{name}", machine.resource_group),
            source_id: machine.id(),
            account_group: machine.resource_group.clone(),
            location: machine.location.clone(),
            ..Self::file_share(name, &StorageAccount::new(name))
        }
    }

    pub fn point(mut self, point: ItemPoint) -> Self {
        self.points.push(point);
        self
    }

    pub fn secondary_point(mut self, point: ItemPoint) -> Self {
        self.secondary_points.push(point);
        self
    }

    /// With what a list shows: new points are not in it at once.
    pub(super) fn with_listed_points(&self) -> Self {
        let mut item = self.clone();
        item.points.retain(|point| point.unlisted == 0);
        if self.logs_unlisted > 0 {
            item.database.log_ranges.clear();
        }
        item
    }

    pub fn container_name(&self) -> String {
        let (group, account) = (&self.account_group, &self.account);
        match self.kind {
            ItemKind::FileShare => format!("StorageContainer;Storage;{group};{account}"),
            ItemKind::VirtualMachine => format!("IaasVMContainer;iaasvmcontainerv2;{group};{account}"),
            // In ids of items, containers appear in a casing of their own (recorded).
            ItemKind::Database(_) => format!("VMAppContainer;compute;{group};{account}"),
        }
    }

    pub fn id(&self, vault: &RecoveryServicesVault) -> String {
        format!(
            "{}/backupFabrics/Azure/protectionContainers/{}/protectedItems/{}",
            vault.id(),
            self.container_name(),
            escaped(&self.name)
        )
    }

    pub(super) fn find_point(&self, name: &str) -> Option<&ItemPoint> {
        self.points.iter().find(|point| point.name.eq_ignore_ascii_case(name))
    }

    /// A single point; `None`: there is none of this name.
    pub(super) fn point_json(&self, name: &str, item_id: &str) -> Option<Value> {
        match self.kind {
            ItemKind::Database(server) if name.eq_ignore_ascii_case(databases::RANGES) => {
                Some(databases::ranges_json(self, server, item_id, true))
                    .filter(|_| !self.database.log_ranges.is_empty())
            }
            ItemKind::Database(server) => {
                Some(databases::point_json(self, server, self.find_point(name)?, item_id, true))
            }
            ItemKind::FileShare | ItemKind::VirtualMachine => Some(self.find_point(name)?.to_json(self.kind, item_id)),
        }
    }

    /// One more restore that may find its role missing: whether it does.
    pub(super) fn lacks_role(&mut self) -> bool {
        let lacks = self.restores_without_role > 0;
        if lacks && self.restores_without_role != UNTIL_GRANTED {
            self.restores_without_role -= 1;
        }
        lacks
    }

    pub fn to_json(&self, vault: &RecoveryServicesVault) -> Value {
        let newest: Option<OffsetDateTime> = self.points.iter().map(|point| point.time).max();
        let policy = format!("{}/backupPolicies/DailyShares", vault.id());
        let state = if self.soft_deleted { "ProtectionStopped" } else { "Protected" };
        let container = self.container_name();
        // A machine's lacks the first part (recorded).
        let (item_type, management, workload, container) = match self.kind {
            ItemKind::FileShare => {
                ("AzureFileShareProtectedItem", "AzureStorage", "AzureFileShare", container.as_str())
            }
            ItemKind::Database(server) => (server.item_type(), "AzureWorkload", server.workload(), container.as_str()),
            ItemKind::VirtualMachine => (
                "Microsoft.Compute/virtualMachines",
                "AzureIaasVM",
                "VM",
                container.split_once(';').map_or("", |(_, rest)| rest),
            ),
        };
        let mut item = super::envelope(
            &self.id(vault),
            "backupFabrics/protectionContainers/protectedItems",
            json!({
                "protectedItemType": item_type, "backupManagementType": management,
                "workloadType": workload, "friendlyName": self.friendly_name,
                "containerName": container, "sourceResourceId": self.source_id, "policyId": policy,
                "policyName": "DailyShares", "protectionState": state, "protectionStatus": "Healthy",
                "lastBackupStatus": "Completed", "lastBackupTime": newest.map(with_ticks),
                "lastRecoveryPoint": newest.map(with_ticks), "isScheduledForDeferredDelete": self.soft_deleted,
                "sourceLocation": self.location, "extendedInfo": null,
            }),
        );
        self.protection.show(&mut item, !self.points.is_empty());
        if matches!(self.kind, ItemKind::Database(_)) {
            item["properties"]["parentName"] = json!(self.database.instance);
            item["properties"]["serverName"] = json!(format!("{}.contoso.com", self.account));
        }
        item
    }
}

/// 64 hex digits that are the same in every run.
fn hash(text: &str) -> String {
    let mut state: u64 = 0xcbf2_9ce4_8422_2325;
    let mut digits = String::new();
    for round in 0..4_u8 {
        for byte in text.bytes().chain([round]) {
            state = (state ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        digits.push_str(&format!("{state:016x}"));
    }
    digits
}
