//! Backup policies of a vault.

use serde_json::{Value, json};

use super::super::arm::{ArmCall, ServiceAnswer};
use super::super::error::ServiceError;
use super::super::message::Reply;
use super::super::paging::paged;
use super::super::platform::Platform;
use super::filters::{self, Filter};
use super::vaults::RecoveryServicesVault;

#[derive(Clone, Debug)]
pub struct BackupPolicy {
    pub name: String,
    pub management: String,
    /// Of machines: none.
    pub workload: Option<String>,
    pub types: Vec<String>,
}

impl BackupPolicy {
    pub fn new(name: &str, management: &str, workload: Option<&str>, types: &[&str]) -> Self {
        Self {
            name: name.into(),
            management: management.into(),
            workload: workload.map(str::to_owned),
            types: types.iter().map(|word| (*word).to_owned()).collect(),
        }
    }

    /// Those that a new vault has, and one more for databases.
    pub fn of_a_new_vault() -> Vec<Self> {
        vec![
            Self::new("DefaultPolicy", "AzureIaasVM", None, &[]),
            Self::new("DailyShares", "AzureStorage", Some("AzureFileShare"), &[]),
            Self::new("HourlyLogBackup", "AzureWorkload", Some("SQLDataBase"), &["Full", "Log"]),
            Self::new("WeeklyFullBackup", "AzureWorkload", Some("SQLDataBase"), &["Full", "Differential", "Log"]),
            Self::new("HanaBackup", "AzureWorkload", Some("SAPHanaDatabase"), &["Full", "Log"]),
        ]
    }

    fn to_json(&self, vault: &RecoveryServicesVault) -> Value {
        let id = format!("{}/backupPolicies/{}", vault.id(), self.name);
        let protects = |own: &str| own.to_lowercase() == id.to_lowercase();
        let used = vault.items.iter().filter(|item| item.protection.policy.as_deref().is_some_and(protects)).count();
        let mut properties =
            json!({"backupManagementType": self.management, "protectedItemsCount": used, "timeZone": "UTC"});
        if self.management == "AzureWorkload" {
            let part = |word: &String| json!({"policyType": word});
            properties = json!({
                "backupManagementType": self.management, "protectedItemsCount": used,
                "settings": {"issqlcompression": false, "timeZone": "UTC"},
                "subProtectionPolicy": self.types.iter().map(part).collect::<Vec<_>>(),
            });
        }
        if let Some(workload) = &self.workload {
            properties["workLoadType"] = json!(workload);
        }
        super::envelope(&id, "backupPolicies", properties)
    }
}

pub fn list(platform: &mut Platform, call: &ArmCall<'_>, vault: &RecoveryServicesVault) -> ServiceAnswer {
    let filter = match Filter::of(call, &["backupManagementType", "workloadType", "fabricName"], &[]) {
        Ok(filter) => filter,
        Err(why) => return filters::refused(call, &why),
    };
    let is = |key: &str, own: Option<&str>| {
        filter.text(key).is_none_or(|wanted| own.is_some_and(|own| own.eq_ignore_ascii_case(wanted)))
    };
    let fits = |own: &&BackupPolicy| {
        is("backupManagementType", Some(&own.management)) && is("workloadType", own.workload.as_deref())
    };
    let values = vault.policies.iter().filter(fits).map(|own| own.to_json(vault)).collect();
    paged(platform, call, |_| values, "listed the backup policies")
}

pub fn one(call: &ArmCall<'_>, vault: &RecoveryServicesVault, name: &str) -> ServiceAnswer {
    match vault.policies.iter().find(|own| own.name.to_lowercase() == name.to_lowercase()) {
        Some(own) => ServiceAnswer::new(Reply::json(200, &own.to_json(vault)), format!("looked at policy {name}")),
        None => {
            // The code is a guess.
            let error = ServiceError::new("BMSUserErrorObjectNotFound", "The backup policy was not found.");
            let note = format!("asked for policy {name}, which does not exist");
            ServiceAnswer::new(error.reply(404, &call.activity_id), note)
        }
    }
}
