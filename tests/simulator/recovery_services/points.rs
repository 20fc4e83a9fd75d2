//! Recovery points of protected items.

use serde_json::{Value, json};
use time::OffsetDateTime;

use super::super::clock::{with_seconds, with_ticks};
use super::items::ItemKind;

/// A backup of a file share, a machine or a database.
#[derive(Clone, Debug)]
pub struct ItemPoint {
    /// A number of 18 digits.
    pub name: String,
    pub time: OffsetDateTime,
    /// Where copies lie; none: an answer of old times, which means a snapshot.
    pub tiers: Vec<(String, String)>,
    pub expiry: Option<OffsetDateTime>,
    pub threat: Option<(String, Vec<String>)>,
    /// Of a database: `Full`, `Differential` …
    pub backup_type: String,
    /// How many more lists do not show it.
    pub unlisted: u32,
    /// Of a machine: LUNs and names of the data disks.
    pub data_disks: Vec<(i64, String)>,
}

impl ItemPoint {
    /// A snapshot of which nothing was found wrong.
    pub fn new(name: &str, time: OffsetDateTime) -> Self {
        let tiers = vec![("InstantRP".to_owned(), "Valid".to_owned())];
        Self {
            name: name.into(),
            time,
            tiers,
            expiry: None,
            threat: None,
            backup_type: "Full".into(),
            unlisted: 0,
            data_disks: Vec::new(),
        }
    }

    /// Copies in these tiers and in no others.
    pub fn stored_in(mut self, tiers: &[&str]) -> Self {
        self.tiers = tiers.iter().map(|tier| ((*tier).to_owned(), "Valid".to_owned())).collect();
        self
    }

    pub fn expires(mut self, at: OffsetDateTime) -> Self {
        self.expiry = Some(at);
        self
    }

    /// Of a database: what kind of backup it is.
    pub fn of_type(mut self, backup_type: &str) -> Self {
        self.backup_type = backup_type.into();
        self
    }

    /// Of a machine that had data disks with these LUNs.
    pub fn data_disks(mut self, luns: &[i64]) -> Self {
        self.data_disks = luns.iter().map(|lun| (*lun, format!("data-{lun}"))).collect();
        self
    }

    /// What the scan says of it, and what it found.
    pub fn threat(mut self, status: &str, found: &[&str]) -> Self {
        self.threat = Some((status.into(), found.iter().map(|title| (*title).to_owned()).collect()));
        self
    }

    pub fn lies_in(&self, tier: &str) -> bool {
        self.tiers.iter().any(|(own, status)| own == tier && status == "Valid")
    }

    /// `PointTime` without fractions and with an offset, as shares' points have it; machines' have fractions.
    pub fn to_json(&self, kind: ItemKind, item_id: &str) -> Value {
        let tiers: Vec<Value> = self
            .tiers
            .iter()
            .map(|(tier, status)| json!({"type": tier, "status": status, "extendedInfo": null}))
            .collect();
        let mut properties = json!({
            "objectType": "AzureFileShareRecoveryPoint", "recoveryPointType": "FileSystemConsistent",
            "recoveryPointTime": with_seconds(self.time).replace('Z', "+00:00"), "recoveryPointSizeInGB": 1,
            "recoveryPointTierDetails": tiers,
            "recoveryPointProperties": {
                "expiryTime": self.expiry.map(with_seconds), "ruleName": "Daily", "isSoftDeleted": false,
            },
        });
        if kind == ItemKind::VirtualMachine {
            let own = json!({
                "objectType": "IaasVMRecoveryPoint", "recoveryPointType": "CrashConsistent",
                "recoveryPointTime": with_ticks(self.time), "isManagedVirtualMachine": true, "isSourceVMEncrypted": false,
                "originalStorageAccountOption": false, "sourceVMStorageType": "PremiumVMOnPartialPremiumStorage",
                "virtualMachineSize": "Standard_D2s_v5", "osType": "Linux",
            });
            if let (Some(properties), Some(own)) = (properties.as_object_mut(), own.as_object()) {
                properties.remove("recoveryPointSizeInGB");
                properties.extend(own.clone());
            }
        }
        self.add_threat(&mut properties);
        super::envelope(
            &format!("{item_id}/recoveryPoints/{}", self.name),
            "backupFabrics/protectionContainers/protectedItems/recoveryPoints",
            properties,
        )
    }

    /// What the scan says of it, if it says anything.
    pub(super) fn add_threat(&self, properties: &mut Value) {
        if let Some((status, found)) = &self.threat {
            properties["threatStatus"] = json!(status);
            properties["threatInfo"] = found
                .iter()
                .map(|title| json!({"threatTitle": title, "threatSeverity": "High", "threatState": "Active"}))
                .collect();
        }
    }
}
