//! Destroying the object of a restore: forgetting it, unless its service can take it back and the arguments ask for that.

use crate::azure::deadline::Deadline;
use crate::azure::job::JobStatus;
use crate::restore::activity::ActivityWords;
use crate::restore::any_service::AnyRestoreService;
use crate::restore::error::UserMessage;
use crate::restore::intent::Intent;
use crate::restore::record::RestoreRecord;
use crate::restore::registry::{Discharge, Registry};

/// What became of a restore whose object is destroyed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destroyed {
    /// It stays as it is, and may belong to another object.
    Forgotten,
    /// It was taken back: cancelled, or what it had made deleted. Nobody may take it over.
    TakenBack,
    /// As [`Destroyed::TakenBack`], but its job had ended otherwise before it could be cancelled: what the user should know.
    EndedFirst(UserMessage),
}

/// Lets the service of a restore act on the end of its object. To be called when the object is destroyed for good, and
/// not when another one takes its place. A restore that another object of this process claims stays as it is.
///
/// # Errors
/// A [`UserMessage`]; the object must then stay in the state.
pub async fn destroy(
    service: &dyn AnyRestoreService,
    registry: &Registry,
    intent: Intent,
    deadline: &Deadline,
    record: &RestoreRecord,
) -> Result<Destroyed, UserMessage> {
    let Some(destruction) = service.destruction() else { return Ok(Destroyed::Forgotten) };
    let turn = registry.taking_back(intent);
    // Before it is asked whether somebody claims it: whoever comes later waits.
    let _turn = turn.lock().await;
    if registry.is_claimed(intent, record.job_name.as_deref()) {
        tracing::info!(job = record.job_name, "another object holds the restore; destroying only forgets it");
        return Ok(Destroyed::Forgotten);
    }
    let (subject, ActivityWords { noun, done, .. }) = (service.subject(&record.details), service.activity().words());
    destruction.destroy(deadline, record).await.map_err(|error| {
        let message = error.to_message(format!("Destroying the {noun} of {subject} failed"));
        let message = match destruction.last_seen() {
            Some((job, status)) => message.say(format!("Job {job} was to be cancelled. It was last seen as {status}.")),
            None => message,
        };
        message.say(
            "The resource stays in the state. The next `terraform destroy` or apply tries again. To remove it without \
                 that, use `terraform state rm`.",
        )
    })?;
    if let Some(name) = &record.job_name {
        registry.discharge(name, Discharge::Released);
    }
    match destruction.last_seen().filter(|_| record.status.is_open()) {
        Some((job, status)) if status.is_ended() && status != JobStatus::Cancelled => {
            let summary = format!("The {noun} of {subject} ended before it could be cancelled");
            let text = format!(
                "Job {job} ended as {status}. What it {done} stays. The resource is removed from the state, as you \
                 asked."
            );
            Ok(Destroyed::EndedFirst(UserMessage::new(summary).say(text)))
        }
        _ => Ok(Destroyed::TakenBack),
    }
}
