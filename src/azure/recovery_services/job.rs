//! A job of a Recovery Services vault.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;
use time::OffsetDateTime;

use super::ids::{RecoveryServicesJobId, RecoveryServicesVaultId};
use crate::azure::duration;
use crate::azure::error::AzureError;
use crate::azure::job::JobStatus;
use crate::azure::json_fields::JsonFields;
use crate::azure::redaction::redact;

/// Which kind of job it is: the discriminator of the REST description.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JobType {
    /// Of a file share.
    Storage,
    /// Of a database in a virtual machine.
    Workload,
    /// Of a virtual machine, in either of two forms.
    VirtualMachine,
    /// Anything else, by Azure's word.
    Other(String),
}

/// `Job` of the REST description, with what its types have. Every member may be missing, null or of another type.
#[derive(Clone, Debug, PartialEq)]
pub struct RecoveryServicesJob {
    /// In documented casing, whatever the answer had.
    pub id: RecoveryServicesJobId,
    /// None where the answer is almost empty, as the first one after a trigger may be.
    pub job_type: Option<JobType>,
    /// Whether it goes on or how it ended. [`JobStatus::InProgress`] where the answer had no word for it.
    pub status: JobStatus,
    /// `x-ms-client-request-id` of the request that started it; PowerShell appends suffixes.
    pub activity_id: Option<String>,
    /// `Restore`, `Restore (Full)`, `CrossRegionRestore`, `Backup` …
    pub operation: Option<String>,
    /// Name of the share, machine or database. Jobs name no item: this and the source must do.
    pub entity_friendly_name: Option<String>,
    /// The storage account of a share.
    pub storage_account_name: Option<String>,
    /// `AzureStorage`, `AzureIaasVM`, `AzureWorkload`.
    pub backup_management_type: Option<String>,
    /// `SQLDataBase`, `SAPHanaDatabase`: of databases only.
    pub workload_type: Option<String>,
    /// When it started, UTC.
    pub start_time: Option<OffsetDateTime>,
    /// When it ended, UTC; none while it runs.
    pub end_time: Option<OffsetDateTime>,
    /// How long it took so far.
    pub duration: Option<Duration>,
    /// Whether it says that it can be cancelled. Finished jobs say so, too: look at the status as well.
    pub says_cancellable: bool,
    /// Whether a person or program asked for it, where it says so.
    pub is_user_triggered: Option<bool>,
    /// In percent; of virtual machines only.
    pub progress_percentage: Option<String>,
    /// Steps; of file shares none.
    pub steps: Vec<JobStep>,
    /// Azure's facts for people, keys as Azure wrote them. Numbers among them are texts.
    pub property_bag: BTreeMap<String, String>,
    /// The running text of what went wrong.
    pub dynamic_error_message: Option<String>,
    /// Why it failed, or what it warns of.
    pub diagnostics: Vec<JobDiagnostic>,
}

/// One step of a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobStep {
    /// What it does, such as `Transfer data from vault`.
    pub name: String,
    /// Azure's word, unjudged.
    pub status: Option<String>,
}

/// One of `errorDetails`.
#[derive(Clone, Debug, PartialEq)]
pub struct JobDiagnostic {
    /// With code, text and advice.
    pub error: AzureError,
}

impl RecoveryServicesJob {
    /// Reads one element of the list of `vault`. None if it names no job at all.
    pub fn read(vault: &RecoveryServicesVaultId, value: &Value) -> Option<Self> {
        let resource = JsonFields::of(value);
        let reference = resource.text("name").or_else(|| resource.text("id"))?;
        Some(Self::read_as(vault.job(&reference).ok()?, value))
    }

    /// Reads the answer to a GET of `id`.
    pub(super) fn read_as(id: RecoveryServicesJobId, value: &Value) -> Self {
        let job = JsonFields::of(value).object("properties");
        let extended = job.object("extendedInfo");
        let text = |name| job.text(name).map(|text| redact(&text));
        Self {
            id,
            job_type: job.text("jobType").map(|word| JobType::read(&word)),
            status: JobStatus::read(&job.text("status").unwrap_or_default()),
            activity_id: job.text("activityId"),
            operation: text("operation"),
            entity_friendly_name: text("entityFriendlyName"),
            storage_account_name: text("storageAccountName"),
            backup_management_type: text("backupManagementType"),
            workload_type: text("workloadType"),
            start_time: job.instant("startTime"),
            end_time: job.instant("endTime"),
            duration: job.text("duration").and_then(|text| duration::read(&text)),
            says_cancellable: job
                .texts("actionsInfo")
                .iter()
                .any(|action| action.eq_ignore_ascii_case("Cancellable") || action == "1"),
            is_user_triggered: job.boolean("isUserTriggered"),
            progress_percentage: extended.text("progressPercentage"),
            steps: extended.list("tasksList").iter().filter_map(JobStep::read).collect(),
            property_bag: extended
                .text_map("propertyBag")
                .into_iter()
                .map(|(key, value)| (redact(&key), redact(&value)))
                .collect(),
            dynamic_error_message: extended.text("dynamicErrorMessage").map(|text| redact(&text)),
            diagnostics: job.list("errorDetails").iter().take(MOST_ERRORS).filter_map(JobDiagnostic::read).collect(),
        }
    }

    /// Whether it restores, from either region. `Restore` becomes `Restore (Full)` at the end of a database's.
    pub fn is_restore(&self) -> bool {
        self.does("Restore") || self.does("CrossRegionRestore")
    }

    /// Whether it takes a backup. `Backup` may become `Backup (Full)`, as the word of a restore does.
    pub fn is_backup(&self) -> bool {
        self.does("Backup")
    }

    /// Whether it begins the protection of an item.
    pub fn begins_protection(&self) -> bool {
        self.does("ConfigureBackup")
    }

    /// What stands in brackets behind the word of what it does: the kind of backup, in jobs of databases that have ended.
    pub fn operation_detail(&self) -> Option<&str> {
        self.operation.as_deref()?.split_once('(')?.1.split(')').next()
    }

    fn does(&self, word: &str) -> bool {
        let first = |operation: &str| operation.split([' ', '(']).next().unwrap_or_default().eq_ignore_ascii_case(word);
        self.operation.as_deref().is_some_and(first)
    }

    /// A fact of the property bag, by its key without case and without blanks around it: one key ends in a blank.
    pub fn fact(&self, key: &str) -> Option<&str> {
        let same = |(found, _): &(&String, &String)| found.trim().eq_ignore_ascii_case(key);
        self.property_bag.iter().find(same).map(|(_, value)| value.as_str())
    }
}

/// No person reads more of them.
const MOST_ERRORS: usize = 50;

impl JobType {
    fn read(word: &str) -> Self {
        match word.to_ascii_lowercase().as_str() {
            "azurestoragejob" => Self::Storage,
            "azureworkloadjob" => Self::Workload,
            "azureiaasvmjob" | "azureiaasvmjobv2" => Self::VirtualMachine,
            _ => Self::Other(redact(word)),
        }
    }
}

impl JobStep {
    fn read(value: &Value) -> Option<Self> {
        let members = JsonFields::of(value);
        Some(Self {
            name: redact(&members.text("taskId")?),
            status: members.text("status").map(|status| redact(&status)),
        })
    }
}

impl JobDiagnostic {
    /// `errorCode` is a number. The word that documentation calls the code stands in the title or in the text, alone; which
    /// of the two is open (docs/reference/azure-recovery-services.md#jobs).
    fn read(value: &Value) -> Option<Self> {
        let members = JsonFields::of(value);
        let texts: Vec<String> = ["errorTitle", "errorString"].iter().filter_map(|name| members.text(name)).collect();
        let (words, sentences): (Vec<String>, Vec<String>) = texts.into_iter().partition(|text| is_code(text));
        let code = words.into_iter().next().or_else(|| members.text("errorCode")).unwrap_or_default();
        let mut error = AzureError::new(redact(&code), redact(&sentences.join(": ")));
        error.recommended_actions = members.texts("recommendations").iter().map(|text| redact(text)).collect();
        (!error.is_silent()).then_some(Self { error })
    }
}

/// Whether a text is a code such as `OlrBackupFailed`, and no sentence or name of a thing.
fn is_code(text: &str) -> bool {
    const SHORTEST: usize = 8;
    let upper = text.bytes().filter(u8::is_ascii_uppercase).count();
    text.len() >= SHORTEST && upper >= 2 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use time::macros::datetime;

    use super::*;

    fn vault() -> RecoveryServicesVaultId {
        RecoveryServicesVaultId::new("s", "g", "v").unwrap()
    }

    fn job(properties: &Value) -> RecoveryServicesJob {
        RecoveryServicesJob::read(&vault(), &json!({"name": "j", "properties": properties})).unwrap()
    }

    #[test]
    fn a_finished_job_of_a_share_is_read_with_its_bag() {
        let job = job(&json!({"jobType": "AzureStorageJob", "actionsInfo": ["Cancellable"], "isUserTriggered": true,
            "operation": "Restore", "status": "Completed", "duration": "PT5M12.931919S", "activityId": "442deaa3",
            "startTime": "2026-09-21T13:08:27.0460187Z", "endTime": "2026-09-21T13:13:40", "entityFriendlyName": "share",
            "extendedInfo": {"tasksList": [], "propertyBag": {"RestoreDestination": "account/share/folder",
                "Number Of Failed Files": "2", "Number Of Skipped Files": "some", "Recovery point time ": "t"}}}));
        assert_eq!((job.job_type.as_ref(), &job.status), (Some(&JobType::Storage), &JobStatus::Completed));
        assert!(job.is_restore() && job.says_cancellable);
        assert_eq!(job.duration, Some(Duration::from_nanos(312_931_919_000)));
        assert_eq!(job.end_time, Some(datetime!(2026-09-21 13:13:40 UTC)));
        assert_eq!(job.fact("Number Of Failed Files"), Some("2"));
        assert_eq!(job.fact("recovery point time"), Some("t"));
        assert_eq!(job.fact("Number Of Restored Files"), None);
    }

    #[test]
    fn a_job_of_which_nothing_is_said_runs_and_is_not_known_to_restore() {
        for properties in [json!({}), json!(null), json!({"status": null, "endTime": "0001-01-01T00:00:00"})] {
            let job = job(&properties);
            assert!(!job.status.is_ended() && !job.is_restore());
            assert_eq!((job.job_type, job.end_time, job.property_bag.len()), (None, None, 0));
        }
        assert_eq!(RecoveryServicesJob::read(&vault(), &json!({"properties": {}})), None);
    }

    #[test]
    fn a_database_s_operation_changes_its_name_at_the_end_and_restores_all_the_same() {
        for (operation, restores) in [
            ("Restore", true),
            ("Restore (Full)", true),
            ("restore(Log)", true),
            ("CrossRegionRestore", true),
            ("Backup (Full)", false),
            ("RestoreOfSomethingElse", false),
            ("DeleteBackupData", false),
        ] {
            assert_eq!(job(&json!({"operation": operation})).is_restore(), restores, "{operation}");
        }
    }

    #[test]
    fn the_number_one_among_the_actions_means_cancellable() {
        assert!(job(&json!({"actionsInfo": [1]})).says_cancellable);
        assert!(!job(&json!({"actionsInfo": [2, "Retriable"]})).says_cancellable);
    }

    #[test]
    fn the_code_is_the_word_wherever_it_stands_else_the_number() {
        let error = |value: Value| job(&json!({"errorDetails": [value]})).diagnostics.remove(0).error;
        let titled = error(
            json!({"errorCode": 1, "errorTitle": "OlrBackupFailed", "errorString": "It failed.", "recommendations": ["Do."]}),
        );
        assert_eq!((titled.code.as_str(), titled.message.as_str()), ("OlrBackupFailed", "It failed."));
        assert_eq!(titled.recommended_actions, ["Do."]);
        let spoken = error(json!({"errorCode": 510008, "errorString": "UserErrorAFSRecoverySomeFilesNotRestored"}));
        assert_eq!((spoken.code.as_str(), spoken.message.as_str()), ("UserErrorAFSRecoverySomeFilesNotRestored", ""));
        let numbered = error(json!({"errorCode": 510008, "errorTitle": "Machine", "errorString": "It failed."}));
        assert_eq!((numbered.code.as_str(), numbered.message.as_str()), ("510008", "Machine: It failed."));
        assert_eq!(job(&json!({"errorDetails": [{}, null]})).diagnostics, []);
    }

    #[test]
    fn a_job_of_a_machine_has_its_progress_and_its_steps() {
        let job = job(&json!({"jobType": "AzureIaaSVMJobV2", "extendedInfo": {"progressPercentage": 42.5,
            "tasksList": [{"taskId": "Transfer data from vault", "status": "InProgress"}, {}]}}));
        assert_eq!((job.job_type, job.progress_percentage.as_deref()), (Some(JobType::VirtualMachine), Some("42.5")));
        assert_eq!(
            job.steps,
            [JobStep { name: "Transfer data from vault".to_owned(), status: Some("InProgress".to_owned()) }]
        );
    }

    #[test]
    fn signatures_in_texts_are_removed() {
        let job = job(&json!({"extendedInfo": {"dynamicErrorMessage": "at https://h/x?sig=hunter2",
            "propertyBag": {"Template Blob Uri": "https://h/x?sig=hunter2"}}}));
        assert!(!format!("{job:?}").contains("hunter2"));
    }
}
