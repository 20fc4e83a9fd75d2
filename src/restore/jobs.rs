//! Reading the jobs of a backup service: all that waiting for a restore, importing one and data sources need. Doing a
//! restore is [`RestoreService`](crate::restore::service::RestoreService).

use std::time::Duration;

use async_trait::async_trait;
use time::OffsetDateTime;

use crate::azure::deadline::Deadline;
use crate::azure::error::ArmError;
use crate::restore::record::Job;

/// Jobs that a service listed, complete as far back as was asked for.
#[derive(Clone, Debug, Default)]
pub struct JobList {
    /// In no order.
    pub jobs: Vec<Job>,
    /// How many requests it took.
    pub requests: usize,
}

/// How messages call the list that jobs are searched for in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JobListNames {
    /// In full: `the vault's job list`.
    pub full: &'static str,
    /// In a sentence about a job: `the vault's list`.
    pub short: &'static str,
    /// Who keeps it, without the article: `vault`.
    pub keeper: &'static str,
    /// What it lists, one of them: `job`.
    pub entry: &'static str,
}

impl JobListNames {
    /// Those of a vault, of either kind.
    pub const VAULT: Self =
        Self { full: "the vault's job list", short: "the vault's list", keeper: "vault", entry: "job" };
}

/// In an import, separates the id of a job from the secondary region that it restores in: the vault itself knows nothing of
/// such jobs. No ARM id holds a question mark.
pub const IMPORTED_FROM: &str = "?secondary_region=";

/// Of anything in Azure Resource Manager.
const LONGEST_NAME: usize = 260;

/// Whether a name can be one of a job, for readers to ask before they send it: it may come out of a state file that
/// somebody has edited.
///
/// # Errors
/// Why it cannot, as the rest of a sentence.
pub fn check_name(name: &str) -> Result<(), String> {
    if name.contains('/') || name.len() > LONGEST_NAME {
        return Err(format!("a name has no \"/\" and at most {LONGEST_NAME} bytes"));
    }
    Ok(())
}

/// The jobs of `item_id` among those that a list shows without saying whose they are, asked by their names: one that runs
/// must be found, and one that has completed must not be repeated. Taken are those that `is_wanted` knows.
///
/// # Errors
/// [`ArmError`] if one of them cannot be read, and is there.
pub async fn half_listed(
    jobs: &dyn JobReader,
    deadline: &Deadline,
    listed: &[Job],
    item_id: &str,
    is_wanted: &(dyn Fn(&Job) -> bool + Sync),
) -> Result<Vec<Job>, ArmError> {
    let mut found = Vec::new();
    for job in listed.iter().filter(|job| job.activity_id.is_empty() && job.may_work_for(item_id)) {
        match jobs.get(deadline, &job.name).await {
            Ok(whole) if is_wanted(&whole) => found.push(whole),
            Ok(_) => {}
            Err(error) if error.is_not_found() => {}
            Err(error) => return Err(error),
        }
    }
    Ok(found)
}

/// Whether a job that was found to have ended well has ended for good; see [`JobReader::confirm`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Confirmation {
    /// It has: the restore is done.
    Confirmed,
    /// Not yet: it is polled again, and counts as running until then.
    NotYet {
        /// What is still waited for, in a few words; shown in place of the job's status.
        waiting_for: String,
        /// When the next poll makes sense. Polls come no more often and no more seldom than those of any running job.
        poll_after: Duration,
    },
}

/// Reads the jobs of one vault, or whatever else of a service shows which restores run and how they ended.
///
/// This is the half of a backup service that only reads. Data sources, a refresh and an import need nothing else; an
/// apply uses it to find a restore that already runs ([`JobReader::list`]) and to wait for the end of its own
/// ([`JobReader::get`]). Four methods are required; the others have defaults for a service with plain jobs.
///
/// An implementation must give each restore one job with a name that never changes, and must report the request id of
/// the restore as the activity id of its job: a restore is recognised by it after a crash, when nothing else is left.
///
/// A service without jobs makes them up of what its restores write to: the name of such a job is the ARM id of the target
/// (names of jobs must differ, whatever vault or server they belong to), its activity id is the request id that the restore
/// left on it, and the status of the target is that of the job.
#[async_trait]
pub trait JobReader: Send + Sync {
    /// Identifies the list in the cache of the process. Readers that return the same id share what was read, so it must
    /// hold everything that the content of the list depends on. Case has no meaning.
    fn list_id(&self) -> String;

    /// How messages call the list and what is in it.
    fn list_names(&self) -> JobListNames;

    /// Every job that could be the one of a restore begun at `since` or later. Jobs that began before may be left out; a
    /// service that lists in windows of time makes as many requests as it takes. An apply calls it
    /// through [`JobListCache::list`](crate::restore::job_list_cache::JobListCache::list), which reads once for many.
    ///
    /// # Errors
    /// [`ArmError`]; a list that cannot be read whole is an error, never a shorter list.
    async fn list(&self, deadline: &Deadline, since: OffsetDateTime) -> Result<JobList, ArmError>;

    /// One job, with what a list leaves out, such as the reasons of a failure.
    ///
    /// # Errors
    /// [`ArmError`]; a job that is not there is a refusal with status 404.
    async fn get(&self, deadline: &Deadline, name: &str) -> Result<Job, ArmError>;

    /// Whether a poll of a job costs one of the few writes that Azure allows, so that polls should be rarer. Default: no.
    fn polls_are_writes(&self) -> bool {
        false
    }

    /// What `terraform import` takes for the job with this ARM id; messages that propose an import print it. Default:
    /// the id.
    fn import_id(&self, job_id: &str) -> String {
        job_id.to_owned()
    }

    /// Whether a good end counts. Called whenever a poll finds a job that has ended well, before that is reported:
    /// while an apply waits for it (`seen_for`: how long all polls have found it so) and by a refresh (`seen_for` is
    /// zero). For services that report an end too early, or whose job ends before the data can be used. Default:
    /// confirmed at once.
    ///
    /// # Errors
    /// [`ArmError`], as [`JobReader::get`].
    async fn confirm(&self, _deadline: &Deadline, _job: &Job, _seen_for: Duration) -> Result<Confirmation, ArmError> {
        Ok(Confirmation::Confirmed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_leads_elsewhere_or_is_too_long_is_none_of_a_job() {
        assert_eq!(check_name("c4bd49a1"), Ok(()));
        assert_eq!(check_name(&"x".repeat(260)), Ok(()));
        assert!(check_name(&"x".repeat(261)).unwrap_err().contains("at most 260"));
        assert!(check_name("a/b").is_err());
    }
}
