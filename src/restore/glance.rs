//! One look at a restore that is recorded in state, for a refresh.

use std::time::Duration;

use time::OffsetDateTime;

use crate::azure::error::ArmError;
use crate::azure::patience::Patience;
use crate::restore::facts::{Facts, RestoreStatus};
use crate::restore::follow::confirmation;
use crate::restore::hints::{self, CodeMeaning};
use crate::restore::jobs::{Confirmation, JobReader};
use crate::restore::life::oldest_that_matters;
use crate::restore::service::RestoreService;
use crate::restore::setback::{Report, Setback};

/// What one look at a recorded restore tells a refresh. A refresh may find that it completed; any other ending is
/// for an apply to pronounce.
///
/// # Errors
/// A [`Report`] if the restore cannot be read.
pub async fn glance<S: RestoreService>(
    service: &S,
    patience: &Patience,
    facts: &Facts,
    now: OffsetDateTime,
) -> Result<Option<Facts>, Report> {
    let act = format!("Reading the restore of {}", service.subject());
    let unreadable = |error: ArmError| Setback::from(error).report(&act);
    let jobs = service.jobs();
    let job = match &facts.job_name {
        Some(name) => match jobs.get(patience, name).await {
            Ok(job) => Some(job),
            Err(error) if error.is_not_found() => {
                return Err(Report::new(&act).say(format!(
                    "Azure has no record of job {name} (any more). That says nothing about the data, and nothing is \
                     restored again by itself."
                )));
            }
            Err(error) => return Err(unreadable(error)),
        },
        None => {
            let since = oldest_that_matters(now, Duration::ZERO, facts);
            jobs.list(patience, since).await.map_err(unreadable)?.jobs.into_iter().find(|job| facts.tell_of(job))
        }
    };
    let Some(job) = job.filter(|job| job.is_restore_of(&service.item().id)) else {
        return Ok(None);
    };
    let confirmed = confirmation(jobs, patience, &job, None).await.map_err(unreadable)? == Confirmation::Confirmed;
    let mut learned = facts.clone();
    learned.learn(&job);
    if learned.status == RestoreStatus::Completed && confirmed {
        let not_restored =
            hints::meaning(job.warnings.iter().map(|warning| warning.code.as_str())) == CodeMeaning::NotRestored;
        return Ok((!not_restored).then_some(learned));
    }
    // Only what an ending cannot change: which job it is.
    let mut named = facts.clone();
    named.job_id = learned.job_id;
    named.job_name = learned.job_name;
    named.start_time = learned.start_time;
    Ok((named != *facts).then_some(named))
}
