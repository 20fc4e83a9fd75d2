//! What a process remembers between calls: planned intents, jobs handed over from a Delete to a Create, queues per
//! target.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::azure::resource_id::{canonical, is_same};
use crate::restore::extent::Extent;
use crate::restore::intent::Intent;
use crate::restore::job_list_cache::JobListCache;
use crate::restore::record::RestoreRecord;

/// What the calls of one provider process share: which restores are planned, begun and waited for, what a Delete has
/// handed over to a Create, whose turn it is on a target, and the job lists that were read.
///
/// Resources call it in plans, Creates and Deletes; the life of a restore calls it to hold its job and to take its
/// turn. Terraform starts one process per provider configuration, so it reaches no further than one alias: restores of
/// other aliases, workspaces and runs are found through the service's job list. [`Registry::reset`] begins a new
/// command. Nothing in it is needed for correctness after a crash: whatever must survive is in the state or in Azure.
#[derive(Debug, Default)]
pub struct Registry {
    state: Mutex<RegistryState>,
    targets: Turns<String>,
    taken_back: Turns<Intent>,
    job_lists: JobListCache,
}

/// Those who name the same thing take turns.
type Turns<K> = Mutex<HashMap<K, Arc<tokio::sync::Mutex<()>>>>;

fn turn<K: Eq + Hash>(turns: &Turns<K>, key: K) -> Arc<tokio::sync::Mutex<()>> {
    Arc::clone(turns.lock().unwrap_or_else(PoisonError::into_inner).entry(key).or_default())
}

#[derive(Debug, Default)]
struct RegistryState {
    planned: HashSet<Intent>,
    created: HashSet<Intent>,
    handed_over: HashMap<Intent, Handover>,
    /// By the canonical form of its name.
    discharged: HashMap<String, Discharge>,
    held: HashSet<String>,
    wanted_again: HashMap<Intent, RestoreRecord>,
    replaced: Vec<Replaced>,
    recorded: HashMap<Intent, RestoreRecord>,
    warned_of_clock: bool,
}

/// How far a Delete has given a job up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Discharge {
    /// An apply has seen it fail, and the next attempt is planned. Says nothing of a job that Azure calls completed,
    /// whatever a state file says.
    FailureSeen,
    /// For good: that it ran is no reason not to restore again.
    Released,
}

/// A restore that a Delete hands over to a Create of the same intent.
#[derive(Clone, Debug, PartialEq)]
pub struct Handover {
    /// What was known of it.
    pub record: RestoreRecord,
    /// It has ended with warnings, and an apply has accepted that. What the configuration says of warnings now does not
    /// turn it into a failed restore.
    pub warnings_accepted: bool,
    /// The user wants it to run again (`-replace`): it is waited for if it runs, and does not count once it has ended.
    pub wanted_again: bool,
}

/// A restore whose object a Delete of this process removed in favour of another one of the same item.
#[derive(Clone, Debug, PartialEq)]
pub struct Replaced {
    /// ARM id of the protected item.
    pub item_id: String,
    /// What it wrote to.
    pub extent: Extent,
    /// What was known of it.
    pub record: RestoreRecord,
    /// What an import of its job takes, if the job is known.
    pub import_id: Option<String>,
}

/// Two objects of one configuration want the same restore.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("another resource of this configuration already asks for the same")]
pub struct Duplicate;

impl Registry {
    /// Forgets everything: a new command begins (ConfigureProvider). Matters where one process serves many commands.
    pub fn reset(&self) {
        *self.state() = RegistryState::default();
        self.job_lists.forget();
    }

    /// Notes that a creation of `intent` is planned.
    ///
    /// # Errors
    /// [`Duplicate`] if one is planned already.
    pub fn plan(&self, intent: Intent) -> Result<(), Duplicate> {
        if self.state().planned.insert(intent) { Ok(()) } else { Err(Duplicate) }
    }

    /// Notes that a creation of `intent` begins.
    ///
    /// # Errors
    /// [`Duplicate`] if one began already, whether it still runs or not.
    pub fn begin(&self, intent: Intent) -> Result<(), Duplicate> {
        if self.state().created.insert(intent) { Ok(()) } else { Err(Duplicate) }
    }

    /// Called by a Delete: hands its restore over to the Create of the same intent that follows.
    pub fn hand_over(&self, intent: Intent, left: Handover) {
        self.state().handed_over.insert(intent, left);
    }

    /// Called by a Create: takes what a Delete has handed over, at most once.
    pub fn take(&self, intent: Intent) -> Option<Handover> {
        self.state().handed_over.remove(&intent)
    }

    /// Called by a Delete that gives up a job. What was given up for good stays so.
    pub fn discharge(&self, job_name: &str, how: Discharge) {
        let mut state = self.state();
        let discharged = state.discharged.entry(canonical(job_name)).or_insert(how);
        *discharged = how.max(*discharged);
    }

    /// How far a Delete of this process gave up the job.
    pub fn discharged(&self, job_name: &str) -> Option<Discharge> {
        self.state().discharged.get(&canonical(job_name)).copied()
    }

    /// Called by a life that waits for a job; the job then belongs to an object of this process.
    pub fn hold(&self, job_name: &str) {
        self.state().held.insert(canonical(job_name));
    }

    /// Whether the restore of an object that is being destroyed belongs to another object of this process, too: one that
    /// waits for its job, or one of the same intent that is to be created and takes over what it finds.
    pub fn is_claimed(&self, intent: Intent, job_name: Option<&str>) -> bool {
        let state = self.state();
        let held = job_name.is_some_and(|name| state.held.contains(&canonical(name)));
        held || state.planned.contains(&intent) || state.created.contains(&intent)
    }

    /// The user wants a restore to run again that ended well (`-replace`, called by a Delete), or the last attempt to run it
    /// was lost (called by the Create that makes the next one). Kept in state if the next attempt cannot begin.
    pub fn want_again(&self, intent: Intent, record: RestoreRecord) {
        self.state().wanted_again.insert(intent, record);
    }

    /// The restore that is to run again, if it was said in this process.
    pub fn wanted_again(&self, intent: Intent) -> Option<RestoreRecord> {
        self.state().wanted_again.get(&intent).cloned()
    }

    /// Whether nobody has warned of the machine's clock yet in this process.
    pub fn is_first_warning_of_clock(&self) -> bool {
        !std::mem::replace(&mut self.state().warned_of_clock, true)
    }

    /// Called by a refresh: the state has a restore of this intent, which runs or has ended well. The plan that follows
    /// warns if it is to create another one; a Create knows nothing of it, since it runs in another process.
    pub fn note_recorded(&self, intent: Intent, record: RestoreRecord) {
        self.state().recorded.insert(intent, record);
    }

    /// The restore of this intent that the state has, if a refresh of this process has seen one.
    pub fn recorded(&self, intent: Intent) -> Option<RestoreRecord> {
        self.state().recorded.get(&intent).cloned()
    }

    /// Called by a Delete that removes the object of a restore because its arguments changed.
    pub fn replace(&self, replaced: Replaced) {
        self.state().replaced.push(replaced);
    }

    /// The restores of an item whose objects were removed because their arguments changed.
    pub fn replaced(&self, item_id: &str) -> Vec<Replaced> {
        let state = self.state();
        let of_item = state.replaced.iter().filter(|replaced| is_same(&replaced.item_id, item_id));
        of_item.cloned().collect()
    }

    /// The queue of one target; restores to it take turns.
    pub fn target(&self, target: &str) -> Arc<tokio::sync::Mutex<()>> {
        turn(&self.targets, canonical(target))
    }

    /// Held by a Delete while it takes a restore of this intent back. A Create of the same intent waits for its end: what is
    /// being taken back still looks like something that could be adopted.
    pub fn taking_back(&self, intent: Intent) -> Arc<tokio::sync::Mutex<()>> {
        turn(&self.taken_back, intent)
    }

    /// The cache of job lists.
    pub fn job_lists(&self) -> &JobListCache {
        &self.job_lists
    }

    fn state(&self) -> MutexGuard<'_, RegistryState> {
        // Every change is a single insert or remove, so that a panic elsewhere leaves nothing half done.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::restore::record::RestoreStatus;

    #[test]
    fn a_second_plan_or_creation_of_one_intent_is_a_duplicate_until_the_next_walk() {
        let (registry, intent) = (Registry::default(), Intent::of(&json!(1)));
        assert_eq!(registry.plan(intent), Ok(()));
        assert_eq!(registry.plan(intent), Err(Duplicate));
        assert_eq!(registry.begin(intent), Ok(()));
        assert_eq!(registry.begin(intent), Err(Duplicate));
        registry.reset();
        assert_eq!(registry.plan(intent), Ok(()));
    }

    #[test]
    fn what_is_handed_over_is_taken_once_and_only_by_the_same_intent() {
        let (registry, intent) = (Registry::default(), Intent::of(&json!(1)));
        registry.hand_over(
            intent,
            Handover {
                record: RestoreRecord::new(RestoreStatus::InProgress),
                warnings_accepted: false,
                wanted_again: false,
            },
        );
        assert_eq!(registry.take(Intent::of(&json!(2))), None);
        assert!(registry.take(intent).is_some());
        assert_eq!(registry.take(intent), None);
    }

    #[test]
    fn a_discharged_job_is_known_by_its_name_without_regard_to_case_and_a_released_one_stays_so() {
        let registry = Registry::default();
        registry.discharge("ABC", Discharge::FailureSeen);
        assert_eq!((registry.discharged("abc"), registry.discharged("abd")), (Some(Discharge::FailureSeen), None));
        for how in [Discharge::Released, Discharge::FailureSeen] {
            registry.discharge("abc", how);
            assert_eq!(registry.discharged("ABC"), Some(Discharge::Released));
        }
    }

    #[test]
    fn a_failure_that_an_apply_has_seen_is_known_without_regard_to_case_until_the_next_command() {
        let registry = Registry::default();
        registry.discharge("ABC", Discharge::FailureSeen);
        assert_eq!((registry.discharged("abc"), registry.discharged("abd")), (Some(Discharge::FailureSeen), None));
        registry.reset();
        assert_eq!(registry.discharged("abc"), None);
    }

    #[test]
    fn the_restore_that_a_refresh_has_seen_is_known_by_its_intent_until_the_next_command() {
        let (registry, intent) = (Registry::default(), Intent::of(&json!(1)));
        let record = RestoreRecord { job_name: Some("j".into()), ..RestoreRecord::new(RestoreStatus::Completed) };
        registry.note_recorded(intent, record.clone());
        assert_eq!((registry.recorded(intent), registry.recorded(Intent::of(&json!(2)))), (Some(record), None));
        registry.reset();
        assert_eq!(registry.recorded(intent), None);
    }

    #[test]
    fn one_restore_of_a_command_warns_of_the_clock() {
        let registry = Registry::default();
        assert_eq!([(); 3].map(|()| registry.is_first_warning_of_clock()), [true, false, false]);
        registry.reset();
        assert!(registry.is_first_warning_of_clock());
    }

    #[test]
    fn all_of_a_process_share_one_cache_of_lists() {
        let registry = Registry::default();
        assert!(std::ptr::eq(registry.job_lists(), registry.job_lists()));
    }

    #[test]
    fn a_restore_is_claimed_by_who_holds_its_job_and_by_who_is_to_be_created_with_its_intent() {
        let (registry, intent, other) = (Registry::default(), Intent::of(&json!(1)), Intent::of(&json!(2)));
        assert!(!registry.is_claimed(intent, Some("abc")) && !registry.is_claimed(intent, None));
        registry.hold("ABC");
        assert!(registry.is_claimed(intent, Some("abc")) && !registry.is_claimed(intent, Some("abd")));
        registry.plan(intent).unwrap();
        registry.begin(other).unwrap();
        assert!(registry.is_claimed(intent, None) && registry.is_claimed(other, None));
        registry.reset();
        assert!(!registry.is_claimed(intent, Some("abc")));
    }

    #[test]
    fn the_restores_of_an_item_are_found_in_any_script_without_regard_to_case() {
        let (registry, record) = (Registry::default(), RestoreRecord::new(RestoreStatus::Completed));
        let item_id = "/s/rg-Ärger/i".to_owned();
        registry.replace(Replaced { item_id, extent: Extent::default(), record, import_id: None });
        assert_eq!(registry.replaced("/S/RG-äRGER/i").len(), 1);
        assert_eq!(registry.replaced("/s/rg-arger/i").len(), 0);
    }

    #[test]
    fn one_target_has_one_queue_however_its_id_is_written() {
        let registry = Registry::default();
        assert!(Arc::ptr_eq(&registry.target("/Subscriptions/A"), &registry.target("/subscriptions/a")));
        assert!(Arc::ptr_eq(&registry.target("/s/rg-Ärger"), &registry.target("/s/rg-%C3%A4rger")));
        assert!(!Arc::ptr_eq(&registry.target("/subscriptions/a"), &registry.target("/subscriptions/b")));
    }
}
