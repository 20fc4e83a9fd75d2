//! Adoption: whether a restore that Azure already runs, or has completed, is the one that the configuration asks for.
//! Pure: a job list in, a decision out.

use time::{Duration, OffsetDateTime};

use crate::restore::ending::JobEnding;
use crate::restore::intent::Intent;
use crate::restore::record::{Job, instant};

/// How long a completed job may be adopted. It stands in the way of a second restore of the same intent for as long as
/// Azure lists it: nothing is restored again only because time has passed.
const COMPLETED_MAY_BE_ADOPTED_FOR: Duration = Duration::hours(24);

/// The argument `adopt`: what to do with a job of the same intent that no object of this process waits for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Adopt {
    /// Adopt one that runs; a completed one is an error that names it.
    #[default]
    Running,
    /// Adopt one that runs, or has completed within a day.
    Completed,
    /// As `Running`; and the restore of the state whose job Azure no longer has a record of is taken as done. The user
    /// has looked at the target: nobody else can say how it ended.
    Unverified,
    /// Adopt nothing, and pass over completed ones. One that runs is an error that names it.
    None,
}

impl Adopt {
    /// The words of the attribute.
    pub const WORDS: [&'static str; 4] = ["running", "completed", "unverified", "none"];

    /// Reads the attribute; the schema allows no other words than [`Adopt::WORDS`].
    pub fn of(word: &str) -> Self {
        match word {
            "completed" => Self::Completed,
            "unverified" => Self::Unverified,
            "none" => Self::None,
            _ => Self::Running,
        }
    }
}

/// What the job list means for a restore that has not been sent yet.
#[derive(Debug, PartialEq)]
pub enum AdoptionDecision<'a> {
    /// Nothing of this intent: send.
    Send,
    /// This job is the restore: adopt it, and wait for its end if it runs.
    Take(&'a Job),
    /// This job is the restore and runs, but the user wants none adopted. It may be our own, which no Delete has handed
    /// over (`create_before_destroy`, a kill), so no other one is sent beside it.
    RunsUnadopted(&'a Job),
    /// A restore of this intent has completed, and the user has not said that this is fine.
    AlreadyDone(&'a Job),
    /// A restore of this intent is said to have failed, but goes on or is done: sending again would do harm.
    Misreported(&'a Job),
    /// A job carries our intent but works for another item.
    ForeignItem(&'a Job),
}

/// Decides by the service's job list.
///
/// `released` says whether the user has given up a job in this very process: asked for another run, or went on to other
/// arguments and came back.
pub fn judge<'a>(
    jobs: &'a [Job],
    intent: Intent,
    item_id: &str,
    adopt: Adopt,
    accept_warnings: bool,
    now: OffsetDateTime,
    released: impl Fn(&Job) -> bool,
) -> AdoptionDecision<'a> {
    let ours: Vec<&Job> = of_intent(jobs, intent).collect();
    if adopt == Adopt::None {
        let running = ours.iter().copied().find(|job| job.ending() == JobEnding::Running && job.is_of(item_id));
        return running.map_or(AdoptionDecision::Send, AdoptionDecision::RunsUnadopted);
    }
    if let Some(job) = ours.iter().find(|job| !job.is_of(item_id)) {
        return AdoptionDecision::ForeignItem(job);
    }
    if let Some(job) =
        ours.iter().copied().filter(|job| job.ending() == JobEnding::Running).max_by_key(|job| job.start_time)
    {
        return AdoptionDecision::Take(job);
    }
    // What came before the last attempt has been superseded by it.
    let Some(job) = ours.into_iter().max_by_key(|job| job.start_time) else { return AdoptionDecision::Send };
    match job.ending() {
        JobEnding::StillRunning | JobEnding::DataRestored => AdoptionDecision::Misreported(job),
        // With warnings that nobody accepts the attempt has failed; a failed attempt may be repeated.
        JobEnding::RestoredWithWarnings if !accept_warnings => AdoptionDecision::Send,
        JobEnding::Restored | JobEnding::RestoredWithWarnings if !released(job) => {
            if adopt == Adopt::Completed && is_recent(job, now) {
                AdoptionDecision::Take(job)
            } else {
                AdoptionDecision::AlreadyDone(job)
            }
        }
        _ => AdoptionDecision::Send,
    }
}

/// Jobs of the intent, in the order of the list, which has no meaning. Whatever Azure calls what they do: nothing else is
/// sent with such an id.
pub fn of_intent(jobs: &[Job], intent: Intent) -> impl Iterator<Item = &Job> {
    jobs.iter().filter(move |job| intent.began(&job.activity_id))
}

/// Whether a completed job may be adopted.
pub fn is_recent(job: &Job, now: OffsetDateTime) -> bool {
    job.end_time.or(job.start_time).is_some_and(|end| now - end <= COMPLETED_MAY_BE_ADOPTED_FOR)
}

/// The job, as messages name it.
pub fn name(job: &Job) -> String {
    let end = job.end_time.map(|end| format!(", ended {}", instant(end))).unwrap_or_default();
    format!("job {} ({}{end})", job.name, job.status)
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use time::macros::datetime;

    use super::*;
    use crate::azure::error::AzureError;
    use crate::azure::job::JobStatus;
    use crate::azure::random::SystemRandom;
    use crate::restore::intent::ClientRequestId;

    const NOW: OffsetDateTime = datetime!(2026-11-20 12:00 UTC);
    const ITEM: &str = "/subscriptions/S/instances/i";

    fn intent() -> Intent {
        Intent::of(&json!("wanted"))
    }

    fn job(status: JobStatus, ended_hours_ago: i64) -> Job {
        let ended = status.is_ended();
        Job {
            item_id: Some(ITEM.to_lowercase()),
            activity_id: ClientRequestId::fresh(intent(), &SystemRandom).to_string(),
            start_time: Some(NOW - Duration::hours(ended_hours_ago + 1)),
            end_time: ended.then(|| NOW - Duration::hours(ended_hours_ago)),
            ..Job::new("/jobs/j", "j", status)
        }
    }

    fn running() -> Job {
        job(JobStatus::InProgress("InProgress".into()), 0)
    }

    fn decision(jobs: &[Job], adopt: Adopt) -> AdoptionDecision<'_> {
        judge(jobs, intent(), ITEM, adopt, false, NOW, |_| false)
    }

    #[test]
    fn the_words_of_the_attribute_are_read() {
        assert_eq!(Adopt::WORDS.map(Adopt::of), [Adopt::Running, Adopt::Completed, Adopt::Unverified, Adopt::None]);
    }

    #[test]
    fn a_job_is_named_with_its_status_and_its_end() {
        assert_eq!(name(&running()), "job j (InProgress)");
        assert_eq!(name(&job(JobStatus::Completed, 1)), "job j (Completed, ended 2026-11-20T11:00:00Z)");
    }

    #[test]
    fn a_running_job_is_taken_even_behind_a_completed_one() {
        let jobs = [job(JobStatus::Completed, 1), running()];
        assert_eq!(decision(&jobs, Adopt::Running), AdoptionDecision::Take(&jobs[1]));
    }

    #[test]
    fn where_none_is_adopted_a_running_one_is_not_doubled_and_no_other_one_counts() {
        let mut jobs = [job(JobStatus::Completed, 1), job(JobStatus::CompletedWithWarnings, 2), running()];
        assert_eq!(decision(&jobs, Adopt::None), AdoptionDecision::RunsUnadopted(&jobs[2]));
        jobs[2].item_id = Some("/subscriptions/other".into());
        assert_eq!(decision(&jobs, Adopt::None), AdoptionDecision::Send);
        jobs[2] = running();
        jobs[2].activity_id = "4195ca6c-e02d-11eb-b0b1-70bc105e2242".into();
        assert_eq!(decision(&jobs, Adopt::None), AdoptionDecision::Send);
        assert_eq!(decision(&[job(JobStatus::Failed, 1)], Adopt::None), AdoptionDecision::Send);
    }

    #[test]
    fn a_completed_job_stops_the_restore_however_old_it_is_and_may_be_adopted_for_a_day() {
        let jobs = [job(JobStatus::Completed, 23)];
        assert_eq!(decision(&jobs, Adopt::Running), AdoptionDecision::AlreadyDone(&jobs[0]));
        assert_eq!(decision(&jobs, Adopt::Unverified), AdoptionDecision::AlreadyDone(&jobs[0]), "its job has a record");
        assert_eq!(decision(&jobs, Adopt::Completed), AdoptionDecision::Take(&jobs[0]));
        let jobs = [job(JobStatus::Completed, 25)];
        for adopt in [Adopt::Running, Adopt::Completed] {
            assert_eq!(decision(&jobs, adopt), AdoptionDecision::AlreadyDone(&jobs[0]));
        }
        assert_eq!(decision(&jobs, Adopt::None), AdoptionDecision::Send);
    }

    #[test]
    fn only_the_last_attempt_counts_whatever_the_order_of_the_list() {
        let (older, newer) = (job(JobStatus::Completed, 5), job(JobStatus::Failed, 1));
        assert_eq!(decision(&[older.clone(), newer.clone()], Adopt::Completed), AdoptionDecision::Send);
        assert_eq!(decision(&[newer, older], Adopt::Running), AdoptionDecision::Send);
        let mut newest = job(JobStatus::Completed, 1);
        newest.name = "released".into();
        let jobs = [job(JobStatus::Completed, 5), newest];
        let released = |job: &Job| job.name == "released";
        assert_eq!(judge(&jobs, intent(), ITEM, Adopt::Running, false, NOW, released), AdoptionDecision::Send);
    }

    #[test]
    fn a_released_job_stands_in_nobodys_way() {
        let jobs = [job(JobStatus::Completed, 1)];
        assert_eq!(judge(&jobs, intent(), ITEM, Adopt::Running, false, NOW, |_| true), AdoptionDecision::Send);
    }

    #[test]
    fn jobs_of_other_intents_are_nobodys_business() {
        let mut other = running();
        other.activity_id = "4195ca6c-e02d-11eb-b0b1-70bc105e2242".into();
        assert_eq!(decision(&[other], Adopt::Running), AdoptionDecision::Send);
    }

    #[test]
    fn a_job_with_our_id_counts_whatever_azure_calls_what_it_does() {
        let mut jobs = [running()];
        jobs[0].is_of_activity = false;
        assert_eq!(decision(&jobs, Adopt::Running), AdoptionDecision::Take(&jobs[0]));
    }

    #[test]
    fn a_completed_job_of_unknown_age_is_not_recent() {
        let jobs = [Job { start_time: None, end_time: None, ..job(JobStatus::Completed, 1) }];
        assert_eq!(decision(&jobs, Adopt::Completed), AdoptionDecision::AlreadyDone(&jobs[0]));
    }

    #[test]
    fn our_intent_on_another_item_is_never_sent_again() {
        let mut jobs = [running()];
        jobs[0].item_id = Some("/subscriptions/other".into());
        assert_eq!(decision(&jobs, Adopt::Running), AdoptionDecision::ForeignItem(&jobs[0]));
    }

    #[test]
    fn an_item_is_the_same_in_any_script_and_case() {
        let mut jobs = [running()];
        jobs[0].item_id = Some("/subscriptions/s/rg-Ärger".into());
        let decided = judge(&jobs, intent(), "/subscriptions/S/RG-ärger", Adopt::Running, false, NOW, |_| false);
        assert_eq!(decided, AdoptionDecision::Take(&jobs[0]));
    }

    #[test]
    fn failed_jobs_may_be_repeated_but_not_those_whose_restore_goes_on() {
        let mut jobs = [job(JobStatus::Failed, 1)];
        assert_eq!(decision(&jobs, Adopt::Running), AdoptionDecision::Send);
        jobs[0].errors = vec![AzureError::new("LongRunningRestoreTrackingFailure", "")];
        assert_eq!(decision(&jobs, Adopt::Running), AdoptionDecision::Misreported(&jobs[0]));
    }

    #[test]
    fn a_job_that_completed_without_restoring_has_not_run() {
        let mut jobs = [job(JobStatus::Completed, 1)];
        jobs[0].errors = vec![AzureError::new("OlrBackupFailed", "")];
        assert_eq!(decision(&jobs, Adopt::Running), AdoptionDecision::Send);
        assert_eq!(decision(&jobs, Adopt::Completed), AdoptionDecision::Send);
    }

    #[test]
    fn warnings_that_nobody_accepts_are_no_success_to_adopt() {
        let jobs = [job(JobStatus::CompletedWithWarnings, 1)];
        assert_eq!(decision(&jobs, Adopt::Completed), AdoptionDecision::Send);
        assert_eq!(
            judge(&jobs, intent(), ITEM, Adopt::Completed, true, NOW, |_| false),
            AdoptionDecision::Take(&jobs[0])
        );
        assert_eq!(decision(&jobs, Adopt::Running), AdoptionDecision::Send);
    }
}
