//! What items lie in: virtual machines that can be registered with a vault, and those that are.

use serde::Serialize;
use serde_json::Value;

use super::ids::{ProtectionContainerId, RecoveryServicesVaultId};
use super::protected_item::WorkloadType;
use crate::azure::error::AzureError;
use crate::azure::json_fields::JsonFields;
use crate::azure::resource_id::segment_of_name;

/// `ProtectionContainerResource` of the REST description, with what a virtual machine that runs databases has.
/// States are open words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProtectionContainer {
    /// In documented casing, whatever the answer had.
    pub id: ProtectionContainerId,
    /// The name of the machine or account.
    pub friendly_name: Option<String>,
    /// `VMAppContainer`, `StorageContainer` …
    pub container_type: Option<String>,
    /// `Registered` …
    pub registration_status: Option<String>,
    /// `Healthy` …
    pub health_status: Option<String>,
    /// ARM id of the machine or account.
    pub source_resource_id: Option<String>,
    /// The name by which the machine calls itself.
    pub host_server_name: Option<String>,
    /// What the last look into the machine found; none before the first.
    pub inquiry: Option<Inquiry>,
}

/// `InquiryInfo` of the REST description.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inquiry {
    /// `Success`, `Failed`, `InProgress` …
    pub status: Option<String>,
    /// Why it failed as a whole.
    pub error: Option<AzureError>,
    /// One for each workload.
    pub workloads: Vec<InquiredWorkload>,
}

/// `WorkloadInquiryDetails` of the REST description.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InquiredWorkload {
    /// `SQL` …
    pub workload: Option<String>,
    /// What can be protected.
    pub item_count: Option<u64>,
    /// `Success`, `Failed` …
    pub status: Option<String>,
    /// Why it failed.
    pub error: Option<AzureError>,
}

impl ProtectionContainer {
    /// Reads the answer to a GET of `id`.
    pub(super) fn read(id: &ProtectionContainerId, value: &Value) -> Self {
        let container = JsonFields::of(value).object("properties");
        let extended = container.object("extendedInfo");
        let inquiry = extended.object("inquiryInfo");
        Self {
            id: id.clone(),
            friendly_name: container.text("friendlyName"),
            container_type: container.text("containerType"),
            registration_status: container.text("registrationStatus"),
            health_status: container.text("healthStatus"),
            source_resource_id: container.text("sourceResourceId"),
            host_server_name: extended.text("hostServerName"),
            inquiry: (!inquiry.is_empty()).then(|| Inquiry::read(inquiry)),
        }
    }

    /// Reads one element of the list of `vault`. None if it names no container there.
    pub(super) fn read_listed(vault: &RecoveryServicesVaultId, value: &Value) -> Option<Self> {
        let members = JsonFields::of(value);
        let id = match members.text("name") {
            Some(name) => ProtectionContainerId::of_vault(vault, &segment_of_name(&name)).ok()?,
            None => ProtectionContainerId::parse(&members.text("id")?).ok().filter(|id| id.vault() == vault)?,
        };
        Some(Self::read(&id, value))
    }

    /// Whether it is registered. Examples leave the word out of the answer to a GET, where nothing else is meant.
    pub fn is_registered(&self) -> bool {
        self.registration_status.as_deref().is_none_or(|word| word.eq_ignore_ascii_case("Registered"))
    }
}

impl Inquiry {
    fn read(inquiry: JsonFields<'_>) -> Self {
        let workloads = inquiry.list("inquiryDetails").iter().map(|value| {
            let detail = JsonFields::of(value);
            let validation = detail.object("inquiryValidation");
            InquiredWorkload {
                workload: detail.text("type"),
                item_count: detail.count("itemCount"),
                status: validation.text("status"),
                error: error_of(validation, validation.text("additionalDetail")),
            }
        });
        Self { status: inquiry.text("status"), error: error_of(inquiry, None), workloads: workloads.collect() }
    }

    /// How many items were found in all.
    pub fn item_count(&self) -> u64 {
        self.workloads.iter().filter_map(|workload| workload.item_count).fold(0, u64::saturating_add)
    }

    /// Whether it goes on.
    pub fn is_running(&self) -> bool {
        self.status.as_deref().is_some_and(|word| word.eq_ignore_ascii_case("InProgress"))
    }

    /// What failed inside the machine; none if it went well. An inquiry that fails is a successful operation all the
    /// same (docs/reference/azure-recovery-services.md#containers).
    pub fn failure(&self) -> Option<AzureError> {
        let said = |status: &Option<String>| status.as_deref().is_some_and(|word| word.eq_ignore_ascii_case("Failed"));
        let of_workload = self.workloads.iter().find(|workload| said(&workload.status) || workload.error.is_some());
        let found = of_workload.and_then(|workload| workload.error.clone()).or_else(|| self.error.clone());
        let failed = said(&self.status) || of_workload.is_some() || self.error.is_some();
        failed.then(|| found.unwrap_or_else(|| AzureError::new("Failed", "Azure gave no reason")))
    }
}

/// An error whose code says that there is none is none.
fn error_of(around: JsonFields<'_>, additional: Option<String>) -> Option<AzureError> {
    let detail = around.object("errorDetail");
    let code = detail.text("code").filter(|code| !code.eq_ignore_ascii_case("Success"))?;
    let message = [detail.text("message"), additional].into_iter().flatten().collect::<Vec<_>>().join(" ");
    let recommended_actions = detail.texts("recommendations");
    Some(AzureError { recommended_actions, ..AzureError::new(code, message) })
}

/// `ProtectableContainerResource` of the REST description: a machine or account that can be registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProtectableContainer {
    /// What it is called once it is registered; in the casing of the list.
    pub name: String,
    /// The name of the machine or account.
    pub friendly_name: Option<String>,
    /// `VMAppContainer`, `StorageContainer` …
    pub container_type: Option<String>,
    /// `AzureWorkload`, `AzureStorage` …
    pub backup_management_type: Option<String>,
    /// `Healthy` …
    pub health_status: Option<String>,
    /// ARM id of the machine or account.
    pub source_resource_id: Option<String>,
}

impl ProtectableContainer {
    /// Reads one element of a list. None if it has no name.
    pub(super) fn read(value: &Value) -> Option<Self> {
        let members = JsonFields::of(value);
        let container = members.object("properties");
        Some(Self {
            name: members.text("name")?,
            friendly_name: container.text("friendlyName"),
            container_type: container.text("protectableContainerType"),
            backup_management_type: container.text("backupManagementType"),
            health_status: container.text("healthStatus"),
            source_resource_id: container.text("containerId"),
        })
    }
}

/// Whether a machine is registered for the first time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Registration {
    /// Yes.
    First,
    /// No: the extension in the machine is set up anew.
    Again,
}

/// `AzureVMAppContainerProtectionContainer` of the REST description, as a registration sends it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RegisterRequest {
    container_type: &'static str,
    backup_management_type: &'static str,
    source_resource_id: String,
    workload_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    operation_type: Option<&'static str>,
}

impl RegisterRequest {
    /// Registers a virtual machine for databases of this workload.
    pub fn of(machine: &str, workload: WorkloadType, registration: Registration) -> Self {
        Self {
            container_type: "VMAppContainer",
            backup_management_type: workload.management_type().as_str(),
            source_resource_id: machine.to_owned(),
            workload_type: workload.as_str(),
            operation_type: match registration {
                Registration::First => None,
                Registration::Again => Some("Reregister"),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn inquiry(value: Value) -> Inquiry {
        let vault = RecoveryServicesVaultId::new("s", "g", "v").unwrap();
        let container =
            json!({"name": "VMAppContainer;Compute;g;vm", "properties": {"extendedInfo": {"inquiryInfo": value}}});
        ProtectionContainer::read_listed(&vault, &container).unwrap().inquiry.unwrap()
    }

    #[test]
    fn a_code_that_says_success_is_no_error() {
        let fine = json!({"code": "Success", "message": "Not Available", "recommendations": ["Not Available"]});
        let found = inquiry(json!({"status": "Success", "errorDetail": fine, "inquiryDetails": [
            {"type": "SQL", "itemCount": 14, "inquiryValidation": {"status": "Success", "errorDetail": fine}}]}));
        assert_eq!((found.failure(), found.item_count(), found.is_running()), (None, 14, false));
    }

    #[test]
    fn what_failed_inside_the_machine_is_found_whatever_the_whole_says() {
        let denied = json!({"code": "UserErrorSQLNoSysadminMembership", "message": "No right.", "recommendations": ["Grant it."]});
        for whole in ["Success", "Failed"] {
            let found = inquiry(json!({"status": whole, "inquiryDetails": [
                {"type": "SQL", "itemCount": 0, "inquiryValidation": {"status": "Failed", "errorDetail": denied}}]}));
            let failure = found.failure().unwrap();
            assert_eq!(failure.code, "UserErrorSQLNoSysadminMembership");
            assert_eq!(failure.recommended_actions, ["Grant it."]);
        }
        assert_eq!(inquiry(json!({"status": "failed"})).failure().unwrap().code, "Failed");
        assert_eq!(inquiry(json!({"status": "InProgress"})).failure(), None);
    }

    #[test]
    fn a_container_that_does_not_say_whether_it_is_registered_is() {
        let id = ProtectionContainerId::of_vault(&RecoveryServicesVaultId::new("s", "g", "v").unwrap(), "c").unwrap();
        let read = |properties: Value| ProtectionContainer::read(&id, &json!({ "properties": properties }));
        assert!(read(json!({})).is_registered() && read(json!({"registrationStatus": "registered"})).is_registered());
        assert!(!read(json!({"registrationStatus": "SoftDeleted"})).is_registered());
        assert_eq!(read(json!({})).inquiry, None);
    }
}
