//! The record of a restore: what is known of it, what goes into state, and what every ending carries.

use std::collections::BTreeMap;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::azure::job::JobStatus;
use crate::azure::recovery_services::DatabaseFileKind;
use crate::azure::resource_id::is_same;
use crate::restore::ending::JobEnding;
use crate::restore::hints::{self, CodeMeaning};
use crate::restore::intent::ClientRequestId;
use crate::restore::workload::WorkloadNames;

/// The key of `details` under which the code of a failure is kept.
const ERROR_CODE: &str = "errorCode";

/// The key of `details` under which it is kept when the request was sent, until its job is known.
const REQUEST_SENT_AT: &str = "requestSentAt";

/// A restore or backup job, in the shape that all backup services share.
#[derive(Clone, Debug, PartialEq)]
pub struct Job {
    /// ARM id, as Azure wrote it.
    pub id: String,
    /// What [`JobReader::get`](crate::restore::jobs::JobReader::get) takes: the last segment of the id, or whatever
    /// else distinguishes it from every other job.
    pub name: String,
    /// ARM id of the protected item the job works for; none where Azure left it out.
    pub item_id: Option<String>,
    /// The trigger's `x-ms-client-request-id`, perhaps with a suffix; empty where Azure left it out.
    pub activity_id: String,
    /// Whether the job does what its reader reads jobs for, as far as Azure says: it restores, or it backs up, and does
    /// nothing else.
    pub is_of_activity: bool,
    /// Where it stands.
    pub status: JobStatus,
    /// When it began.
    pub start_time: Option<OffsetDateTime>,
    /// When it ended; none while it runs.
    pub end_time: Option<OffsetDateTime>,
    /// Azure's own measure, else end minus start.
    pub duration_seconds: Option<i64>,
    /// The point it restores.
    pub recovery_point_id: Option<String>,
    /// The instant it restores.
    pub recovery_point_time: Option<OffsetDateTime>,
    /// What Azure warned of.
    pub warnings: Vec<Warning>,
    /// The steps of the job.
    pub tasks: Vec<Task>,
    /// How far it is, where the service tells: `42 %`.
    pub progress: Option<String>,
    /// Further details as Azure gives them: keys and values.
    pub details: BTreeMap<String, String>,
    /// Why it failed.
    pub errors: Vec<crate::azure::error::AzureError>,
}

impl Job {
    /// A job of the reader's activity, of which no more is known.
    pub fn new(id: impl Into<String>, name: impl Into<String>, status: JobStatus) -> Self {
        Self {
            id: id.into(),
            name: name.into(),
            item_id: None,
            activity_id: String::new(),
            is_of_activity: true,
            status,
            start_time: None,
            end_time: None,
            duration_seconds: None,
            recovery_point_id: None,
            recovery_point_time: None,
            warnings: Vec::new(),
            tasks: Vec::new(),
            progress: None,
            details: BTreeMap::new(),
            errors: Vec::new(),
        }
    }

    /// Whether the job works for the item, as far as Azure says for which one it does.
    pub fn is_of(&self, item_id: &str) -> bool {
        self.item_id.as_deref().is_none_or(|id| is_same(id, item_id))
    }

    /// Whether the job may be one of the reader's activity for the item, as far as Azure says.
    pub fn may_work_for(&self, item_id: &str) -> bool {
        self.is_of_activity && self.is_of(item_id)
    }

    /// Takes over a later answer about the same job. An answer may be almost empty: what names the job stays then.
    pub fn update(&mut self, later: Self) {
        let later = Self {
            item_id: later.item_id.or_else(|| self.item_id.take()),
            start_time: later.start_time.or(self.start_time),
            ..later
        };
        let activity_id = std::mem::take(&mut self.activity_id);
        *self = later;
        if self.activity_id.is_empty() {
            self.activity_id = activity_id;
        }
    }

    /// How it has ended, by status and codes together.
    pub fn ending(&self) -> JobEnding {
        JobEnding::of(self)
    }

    /// The code of its failure: the first whose meaning is known, else the first.
    fn error_code(&self) -> Option<&str> {
        let known = |code: &&str| !matches!(hints::meaning([*code]), CodeMeaning::Failure | CodeMeaning::MissingRole);
        let codes = || self.errors.iter().flat_map(hints::codes).filter(|code| !code.is_empty());
        codes().find(known).or_else(|| codes().next())
    }
}

/// A warning of a job.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Warning {
    /// Azure's code.
    pub code: String,
    /// The warning as a person reads it, code included.
    pub text: String,
}

/// A step of a job.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Task {
    /// Azure's name of the step, such as `Trigger Restore`.
    pub name: String,
    /// Azure's word for where the step stands.
    pub status: String,
}

/// `status` of a restore in state: Azure's words, and three of ours for what Azure has not said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RestoreStatus {
    /// The job runs, or polling stopped before it ended.
    InProgress,
    /// The trigger was sent and its answer lost; whether Azure took it is not known.
    Unknown,
    /// The trigger was sent, its answer lost, and Azure has no job of it.
    NotAccepted,
    /// The data is restored.
    Completed,
    /// The data is restored, with warnings.
    CompletedWithWarnings,
    /// The restore failed.
    Failed,
    /// Somebody cancelled the restore.
    Cancelled,
    /// Anything else a state file may hold. Treated as running: an apply finds out.
    Other(String),
}

impl RestoreStatus {
    /// The word in state.
    pub fn as_str(&self) -> &str {
        match self {
            Self::InProgress => "InProgress",
            Self::Unknown => "Unknown",
            Self::NotAccepted => "NotAccepted",
            Self::Completed => "Completed",
            Self::CompletedWithWarnings => "CompletedWithWarnings",
            Self::Failed => "Failed",
            Self::Cancelled => "Cancelled",
            Self::Other(word) => word,
        }
    }

    /// Reads the word of a state file.
    pub fn of(word: &str) -> Self {
        [
            Self::InProgress,
            Self::Unknown,
            Self::NotAccepted,
            Self::Completed,
            Self::CompletedWithWarnings,
            Self::Failed,
            Self::Cancelled,
        ]
        .into_iter()
        .find(|status| status.as_str().eq_ignore_ascii_case(word))
        .unwrap_or_else(|| Self::Other(word.to_owned()))
    }

    /// Whether an apply has yet to find out how the restore ended.
    pub fn is_open(&self) -> bool {
        matches!(self, Self::InProgress | Self::Unknown | Self::Other(_))
    }
}

impl From<JobEnding> for RestoreStatus {
    fn from(ending: JobEnding) -> Self {
        match ending {
            JobEnding::Running => Self::InProgress,
            JobEnding::Restored => Self::Completed,
            JobEnding::RestoredWithWarnings => Self::CompletedWithWarnings,
            JobEnding::NotRestored | JobEnding::StillRunning | JobEnding::DataRestored | JobEnding::Failed => {
                Self::Failed
            }
            JobEnding::Cancelled => Self::Cancelled,
        }
    }
}

/// Everything known of one restore. What is not known is none, and becomes null in state.
#[derive(Clone, Debug, PartialEq)]
pub struct RestoreRecord {
    /// ARM id of the job.
    pub job_id: Option<String>,
    /// Last segment of the job's id.
    pub job_name: Option<String>,
    /// The id our trigger carried, or what the job reports as its activity id.
    pub client_request_id: Option<String>,
    /// Where the restore stands.
    pub status: RestoreStatus,
    /// When the job began.
    pub start_time: Option<OffsetDateTime>,
    /// When the job ended.
    pub end_time: Option<OffsetDateTime>,
    /// How long it took.
    pub duration_seconds: Option<i64>,
    /// The point that is restored.
    pub recovery_point_id: Option<String>,
    /// The instant that is restored.
    pub recovery_point_time: Option<OffsetDateTime>,
    /// What Azure warned of.
    pub warnings: Vec<String>,
    /// The steps of the job.
    pub tasks: Vec<Task>,
    /// Further details as Azure gives them: keys and values.
    pub details: BTreeMap<String, String>,
    /// Where the request puts the files of a database; empty where it says nothing of files, or is not known.
    pub restored_files: Vec<RestoredFile>,
}

/// What a backup has made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MadePoint {
    /// The name of the point; none of log backups, which make none of their own.
    pub id: Option<String>,
    /// Its time, or the newest instant that log backups cover.
    pub time: Option<OffsetDateTime>,
}

/// A file of a database, and where its restore puts it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RestoredFile {
    /// What is in it.
    pub kind: DatabaseFileKind,
    /// Its name in the database.
    pub logical_name: String,
    /// Where it was.
    pub source_path: String,
    /// Where it goes.
    pub target_path: String,
}

impl RestoreRecord {
    /// The record of a restore of which nothing is known but its status.
    pub fn new(status: RestoreStatus) -> Self {
        Self {
            job_id: None,
            job_name: None,
            client_request_id: None,
            status,
            start_time: None,
            end_time: None,
            duration_seconds: None,
            recovery_point_id: None,
            recovery_point_time: None,
            warnings: Vec::new(),
            tasks: Vec::new(),
            details: BTreeMap::new(),
            restored_files: Vec::new(),
        }
    }

    /// Whether `job` is the job of this restore: by its name, else by the request id.
    pub fn identifies(&self, job: &Job) -> bool {
        self.job_name.as_deref().is_some_and(|name| is_same(name, &job.name))
            || self.request_id().is_some_and(|id| id.is(&job.activity_id))
    }

    /// The request id, if it is one of ours or another UUID.
    pub fn request_id(&self) -> Option<ClientRequestId> {
        self.client_request_id.as_deref().and_then(|id| id.parse().ok())
    }

    /// Notes that its request is being sent.
    pub fn mark_sent(&mut self, at: OffsetDateTime) {
        self.details.insert(REQUEST_SENT_AT.to_owned(), instant(at));
    }

    /// When its request was sent, as long as its job is not known.
    pub fn sent_at(&self) -> Option<OffsetDateTime> {
        OffsetDateTime::parse(self.details.get(REQUEST_SENT_AT)?, &Rfc3339).ok()
    }

    /// Whether the restore is said to have failed, but goes on or has restored the data, by the code that Azure gave.
    /// It stays so when the record of the job is gone.
    pub fn is_misreported(&self) -> bool {
        let meaning = hints::meaning(self.details.get(ERROR_CODE).map(String::as_str));
        self.status == RestoreStatus::Failed && matches!(meaning, CodeMeaning::StillRunning | CodeMeaning::DataRestored)
    }

    /// What can be done about the failure, if its code is known.
    pub fn advice(&self, workload: Option<WorkloadNames>) -> String {
        let hint = self.details.get(ERROR_CODE).and_then(|code| hints::of(code));
        hint.map(|hint| hint.advice_for(workload)).unwrap_or_default()
    }

    /// Whether the job has ended, and not badly.
    pub fn has_ended_well(&self) -> bool {
        matches!(self.status, RestoreStatus::Completed | RestoreStatus::CompletedWithWarnings)
    }

    /// Takes over what `job` says. What the job leaves out stays as it was: operational blob jobs have no point id.
    pub fn learn(&mut self, job: &Job) {
        self.job_id = Some(job.id.clone());
        self.job_name = Some(job.name.clone());
        if self.client_request_id.is_none() && !job.activity_id.is_empty() {
            self.client_request_id = Some(job.activity_id.clone());
        }
        self.status = RestoreStatus::from(job.ending());
        self.start_time = job.start_time.or(self.start_time);
        self.end_time = job.end_time.or(self.end_time);
        self.duration_seconds = job.duration_seconds.or(self.duration_seconds);
        self.recovery_point_id = job.recovery_point_id.clone().or_else(|| self.recovery_point_id.take());
        self.recovery_point_time = job.recovery_point_time.or(self.recovery_point_time);
        self.warnings = job.warnings.iter().map(|warning| warning.text.clone()).collect();
        self.tasks.clone_from(&job.tasks);
        self.details.clone_from(&job.details);
        if let Some(code) = job.error_code() {
            self.details.insert(ERROR_CODE.to_owned(), code.to_owned());
        }
        if self.status.is_open() {
            // A running job reports an end in year 1 and a duration of nothing.
            self.reopen();
        }
    }

    /// Takes over which point a backup has made, if that was found.
    pub fn learn_point(&mut self, made: Option<MadePoint>) {
        if let Some(MadePoint { id, time }) = made {
            self.recovery_point_id = id;
            self.recovery_point_time = time;
        }
    }

    /// Counts as running, whatever a list said of its end: how it ended is for its own poll to find out.
    pub fn reopen(&mut self) {
        self.status = RestoreStatus::InProgress;
        self.end_time = None;
        self.duration_seconds = None;
    }

    /// Nothing was begun after all. What was chosen to be restored stays.
    pub fn forget_job(&mut self) {
        let sent_at = self.details.remove_entry(REQUEST_SENT_AT);
        *self = Self {
            details: sent_at.into_iter().collect(),
            client_request_id: self.client_request_id.take(),
            recovery_point_id: self.recovery_point_id.take(),
            recovery_point_time: self.recovery_point_time,
            restored_files: std::mem::take(&mut self.restored_files),
            ..Self::new(RestoreStatus::NotAccepted)
        };
    }
}

/// The beginning of a text that may have any length.
pub fn shown(text: &str) -> String {
    const MOST: usize = 80;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// An instant as sentences tell the time that it is now: RFC 3339 in UTC, in whole seconds.
pub fn in_seconds(at: OffsetDateTime) -> String {
    instant(at.replace_nanosecond(0).unwrap_or(at))
}

/// An instant as state and messages show it: RFC 3339 in UTC.
pub fn instant(at: OffsetDateTime) -> String {
    // Out of range where an offset leads past the last or before the first year; the instant stays as it is then.
    let utc = at.checked_to_offset(time::UtcOffset::UTC).unwrap_or(at);
    utc.format(&Rfc3339).unwrap_or_else(|_| utc.to_string())
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;
    use crate::azure::error::AzureError;
    use crate::azure::recovery_services::DatabaseFileKind;

    const START: OffsetDateTime = datetime!(2026-11-20 10:00 UTC);

    fn job(status: JobStatus) -> Job {
        Job::new("/jobs/j", "j", status)
    }

    fn failed(codes: &[&str]) -> RestoreRecord {
        let errors = codes.iter().map(|code| AzureError::new(*code, "no")).collect();
        let mut record = RestoreRecord::new(RestoreStatus::InProgress);
        record.learn(&Job { errors, ..job(JobStatus::Failed) });
        record
    }

    #[test]
    fn the_time_that_it_is_now_is_told_in_whole_seconds() {
        let now = OffsetDateTime::from_unix_timestamp_nanos(1_795_863_894_396_812_173).unwrap();
        assert_eq!(in_seconds(now), instant(OffsetDateTime::from_unix_timestamp(1_795_863_894).unwrap()));
    }

    #[test]
    fn an_almost_empty_answer_does_not_take_away_what_names_a_job() {
        let known = Job {
            item_id: Some("/i".into()),
            activity_id: "a".into(),
            start_time: Some(START),
            ..job(JobStatus::InProgress("InProgress".into()))
        };
        let mut updated = known.clone();
        updated.update(job(JobStatus::Completed));
        assert_eq!(updated, Job { status: JobStatus::Completed, ..known.clone() });
        let later = Job {
            item_id: Some("/other".into()),
            activity_id: "b".into(),
            start_time: Some(START + time::Duration::HOUR),
            ..job(JobStatus::Failed)
        };
        let mut updated = known;
        updated.update(later.clone());
        assert_eq!(updated, later);
    }

    #[test]
    fn the_code_of_a_failure_is_the_first_that_is_known_and_else_the_first() {
        let code = |codes: &[&str]| failed(codes).details.get("errorCode").cloned();
        assert_eq!(
            code(&["Unheard", "LongRunningRestoreTrackingFailure"]).unwrap(),
            "LongRunningRestoreTrackingFailure"
        );
        assert_eq!(code(&["", "Unheard", "Other"]).unwrap(), "Unheard");
        assert_eq!(code(&[""]), None);
        assert_eq!(code(&[]), None);
    }

    #[test]
    fn only_a_failure_is_misreported_and_only_by_its_code() {
        let goes_on = failed(&["LongRunningRestoreTrackingFailure"]);
        assert!(goes_on.is_misreported());
        assert!(!RestoreRecord { status: RestoreStatus::Completed, ..goes_on.clone() }.is_misreported());
        assert!(!failed(&["Unheard"]).is_misreported());
        assert!(!failed(&[]).is_misreported());
        assert_eq!(goes_on.advice(None), hints::of("LongRunningRestoreTrackingFailure").unwrap().advice_for(None));
        assert!(!goes_on.advice(None).is_empty());
        assert_eq!(failed(&["Unheard"]).advice(None), "");
    }

    #[test]
    fn the_id_of_our_request_stays_whatever_the_job_reports() {
        for (ours, reported, kept) in
            [(Some("ours"), "theirs", Some("ours")), (None, "theirs", Some("theirs")), (None, "", None)]
        {
            let client_request_id = ours.map(str::to_owned);
            let mut record = RestoreRecord { client_request_id, ..RestoreRecord::new(RestoreStatus::InProgress) };
            record.learn(&Job { activity_id: reported.into(), ..job(JobStatus::Completed) });
            assert_eq!(record.client_request_id.as_deref(), kept);
        }
    }

    #[test]
    fn of_a_job_that_was_not_begun_remains_what_was_chosen_and_the_id_of_the_request() {
        let chosen = RestoreRecord {
            client_request_id: Some("id".into()),
            recovery_point_id: Some("point".into()),
            recovery_point_time: Some(START),
            restored_files: vec![RestoredFile {
                kind: DatabaseFileKind::Data,
                logical_name: "sales".into(),
                source_path: "C:\\sales.mdf".into(),
                target_path: "F:\\sales.mdf".into(),
            }],
            ..RestoreRecord::new(RestoreStatus::NotAccepted)
        };
        let mut record = chosen.clone();
        record.learn(&Job { start_time: Some(START), ..job(JobStatus::Failed) });
        record.forget_job();
        assert_eq!(record, chosen);
        // When it was sent is not known of the job.
        record.mark_sent(START);
        record.details.insert("status".into(), "Online".into());
        record.forget_job();
        assert_eq!((record.sent_at(), record.details.len()), (Some(START), 1));
    }

    #[test]
    fn a_long_text_is_shown_by_its_beginning() {
        assert_eq!(shown("left"), "left");
        assert_eq!(shown(&"ä".repeat(80)), "ä".repeat(80));
        assert_eq!(shown(&"ä".repeat(81)), format!("{}…", "ä".repeat(80)));
    }
}
