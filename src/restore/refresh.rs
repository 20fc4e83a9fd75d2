//! A refresh: reads a restore that is recorded in state once, without waiting.

use time::OffsetDateTime;

use crate::azure::deadline::Deadline;
use crate::azure::error::ArmError;
use crate::restore::activity::ActivityWords;
use crate::restore::any_service::AnyRestoreService;
use crate::restore::error::{RestoreError, UserMessage};
use crate::restore::follow::{confirmation, keep_or_repeat};
use crate::restore::jobs::Confirmation;
use crate::restore::life::oldest_that_matters;
use crate::restore::record::{RestoreRecord, RestoreStatus};

/// Reads a recorded restore once. Returns the record if it has changed, else `None`. A refresh may find that a restore
/// completed; any other end is left to an apply, so that it fails and a pipeline notices it.
///
/// # Errors
/// A [`UserMessage`] if the restore cannot be read.
pub async fn refresh(
    service: &dyn AnyRestoreService,
    deadline: &Deadline,
    record: &RestoreRecord,
    now: OffsetDateTime,
) -> Result<Option<RestoreRecord>, UserMessage> {
    let ActivityWords { noun, done, .. } = service.activity().words();
    let act = format!("Reading the {noun} of {}", service.subject(&record.details));
    let unreadable =
        |error: ArmError| RestoreError::from(error).to_message(UserMessage::new(&act).about(service.workload()));
    let jobs = service.jobs();
    let job = match &record.job_name {
        Some(name) => match jobs.get(deadline, name).await {
            Ok(job) => Some(job),
            Err(error) if error.is_not_found() => {
                let text = format!(
                    "Azure has no record of job {name} (any more). That says nothing about the data, and nothing is \
                     {done} again by itself."
                );
                return Err(UserMessage::new(&act).say(text).say(keep_or_repeat(service.activity())));
            }
            Err(error) => return Err(unreadable(error)),
        },
        None => {
            let since = oldest_that_matters(now, record);
            jobs.list(deadline, since).await.map_err(unreadable)?.jobs.into_iter().find(|job| record.identifies(job))
        }
    };
    let Some(job) = job.filter(|job| job.may_work_for(&service.item().id)) else {
        return Ok(None);
    };
    let confirmed = confirmation(jobs, deadline, &job, None).await.map_err(unreadable)? == Confirmation::Confirmed;
    let mut learned = record.clone();
    learned.learn(&job);
    learned.learn_point(service.made_point());
    if learned.status == RestoreStatus::Completed && confirmed {
        return Ok(Some(learned));
    }
    // Only what an ending cannot change: which job it is.
    let mut named = record.clone();
    named.job_id = learned.job_id;
    named.job_name = learned.job_name;
    named.start_time = learned.start_time;
    Ok((named != *record).then_some(named))
}
