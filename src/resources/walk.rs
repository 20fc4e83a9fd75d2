//! Two of Terraform's objects that stand for one of Azure's: a resource that was renamed without a `moved` block, one that
//! was imported twice, or the old object of a replacement with `create_before_destroy` whose successor has taken over
//! what was there. Removing the one would take from the other what it stands for.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::azure::resource_id::canonical;
use crate::connection::Connections;
use crate::restore::error::{UserMessage, capitalised};

/// What the resources of one type stand for in one walk, a plan or an apply.
#[derive(Debug)]
pub struct WalkObjects {
    connections: Connections,
    seen: Mutex<Seen>,
    removal_ended: Notify,
}

/// What a plan means to do with an object of Terraform's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PlannedObject {
    /// It is created, and takes the place of none.
    New,
    /// It stays, changed or not.
    Stays,
    /// It is destroyed, and none takes its place.
    Destroyed,
}

/// What does not go together in one plan, of two objects that stand for the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlanConflict {
    /// One of this id is to be destroyed, and another one of this id is to stay.
    TwiceInTheState,
    /// One is there, and another one is to be created.
    HasAnother,
    /// One is to be destroyed, and another one is to be created.
    DestroyedAndCreated,
}

/// Everything by the canonical form of an id or a name.
#[derive(Debug, Default)]
struct Seen {
    /// The walk that this is about; of another one nothing counts.
    walk: u64,
    /// What is planned for objects with this id.
    ids: HashMap<String, HashSet<PlannedObject>>,
    /// What is planned for objects that are named so: by whatever tells what one stands for before there is an id.
    names: HashMap<String, HashSet<PlannedObject>>,
    /// The ids of what this apply has created or taken over.
    held: HashSet<String>,
    /// The ids of what is being removed by this apply.
    leaving: Vec<String>,
    /// The ids of what was removed by this apply, in the order of time.
    gone: Vec<String>,
}

/// One removal; over when it is dropped.
#[derive(Debug)]
pub struct RemovalInProgress<'a> {
    objects: &'a WalkObjects,
    id: String,
}

/// A create of this walk, to be asked whether a removal has come between.
#[derive(Clone, Copy, Debug)]
pub struct Creation {
    gone_before: usize,
}

impl WalkObjects {
    /// Nothing yet. The provider's `connections` tell one walk from the next.
    pub fn new(connections: Connections) -> Self {
        Self { connections, seen: Mutex::default(), removal_ended: Notify::new() }
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        let walk = self.connections.walk();
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.walk != walk {
            *seen = Seen { walk, ..Seen::default() };
        }
        seen
    }

    /// Takes down what is planned for an object: its id, if it is there, and what names it. Says what that does not go together
    /// with.
    pub fn plan(&self, planned: PlannedObject, id: Option<&str>, name: Option<String>) -> Option<PlanConflict> {
        use PlannedObject::{Destroyed, New, Stays};
        let mut seen = self.seen();
        let of_id = id.map(|id| others(&mut seen.ids, id, planned)).unwrap_or_default();
        let of_name = name.map(|name| others(&mut seen.names, &name, planned)).unwrap_or_default();
        let both = |others: &HashSet<PlannedObject>, one, other| {
            (planned == one && others.contains(&other)) || (planned == other && others.contains(&one))
        };
        // Two that are there each have an id: what they are named says no more.
        if both(&of_id, Stays, Destroyed) {
            Some(PlanConflict::TwiceInTheState)
        } else if both(&of_name, New, Stays) {
            Some(PlanConflict::HasAnother)
        } else if both(&of_name, New, Destroyed) {
            Some(PlanConflict::DestroyedAndCreated)
        } else {
            None
        }
    }

    /// A create begins to look at what is there.
    pub fn creation(&self) -> Creation {
        Creation { gone_before: self.seen().gone.len() }
    }

    /// A create lays hands on what has this id: from now on no removal of this apply begins. False if one has begun, or has
    /// ended since the create `looked`, if it found something there: then what it saw is out of date.
    pub fn hold(&self, looked: Option<Creation>, id: &str) -> bool {
        let id = canonical(id);
        let mut seen = self.seen();
        let gone = looked.and_then(|creation| seen.gone.get(creation.gone_before..)).unwrap_or_default();
        let is_free = !seen.leaving.contains(&id) && !gone.contains(&id);
        if is_free {
            seen.held.insert(id);
        }
        is_free
    }

    /// Nothing came of a create: its object is not in the state.
    pub fn let_go(&self, id: &str) {
        self.seen().held.remove(&canonical(id));
    }

    /// A removal begins; none if another object holds what has this id.
    pub fn remove(&self, id: &str) -> Option<RemovalInProgress<'_>> {
        let id = canonical(id);
        let mut seen = self.seen();
        if seen.held.contains(&id) {
            return None;
        }
        seen.leaving.push(id.clone());
        Some(RemovalInProgress { objects: self, id })
    }

    /// Waits until nothing with this id is being removed.
    pub async fn removed(&self, id: &str) {
        let id = canonical(id);
        loop {
            let ended = self.removal_ended.notified();
            if !self.seen().leaving.contains(&id) {
                return;
            }
            ended.await;
        }
    }
}

/// What is planned for others under this key. This one is added.
fn others(
    seen: &mut HashMap<String, HashSet<PlannedObject>>,
    key: &str,
    planned: PlannedObject,
) -> HashSet<PlannedObject> {
    let of_key = seen.entry(canonical(key)).or_default();
    let others = of_key.clone();
    of_key.insert(planned);
    others
}

impl Drop for RemovalInProgress<'_> {
    fn drop(&mut self) {
        let mut seen = self.objects.seen();
        if let Some(place) = seen.leaving.iter().position(|id| *id == self.id) {
            let id = seen.leaving.swap_remove(place);
            seen.gone.push(id);
        }
        drop(seen);
        self.objects.removal_ended.notify_waiters();
    }
}

/// What a plan says that would remove the one of two and keep the other. `thing` is what they stand for.
pub fn twice_in_the_state(thing: &str, id: &str) -> UserMessage {
    UserMessage::new(format!("{} is in the state twice", capitalised(thing)))
        .say(format!(
            "This plan would remove one of the two and keep the other one. But both have the ID {id}, so the removal \
             would take away in Azure what the other one stands for. Nothing can be planned."
        ))
        .say(
            "One of them can be what Terraform calls a deposed object: an apply with `create_before_destroy` was cut \
             off after it had created the new object. Or two resources were imported with one ID.",
        )
        .say(
            "To repair the state: run `terraform state rm ADDRESS`, which removes the resource and its deposed objects \
             from the state and changes nothing in Azure. Then import it again, or leave it to the other resource.",
        )
        .say(TO_DESTROY)
}

/// What a plan says that would destroy and create the same. `thing` is what both stand for, and `why` says what would come
/// of it.
pub fn destroyed_and_created(thing: &str, why: &str) -> UserMessage {
    UserMessage::new(format!("{} is destroyed and created by one plan", capitalised(thing)))
        .say(format!(
            "This plan destroys a resource, and creates another one that stands for the same. {why} Nothing can be \
             planned."
        ))
        .say(
            "If you have given the resource another name, another module or another `for_each` key, add a `moved` \
             block. It has the old address in `from` and the new one in `to`. Then nothing is destroyed.",
        )
        .say(TO_DESTROY)
}

/// Terraform plans the configuration before it plans to destroy everything.
const TO_DESTROY: &str = "To destroy everything instead, use `terraform destroy -refresh=false`.";

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn objects() -> WalkObjects {
        WalkObjects::new(Connections::default())
    }

    #[test]
    fn what_is_planned_for_two_objects_of_one_name_must_go_together_in_either_order_and_in_one_walk_only() {
        use PlannedObject::{Destroyed, New, Stays};
        let objects = objects();
        let plan = |planned, name: &str| objects.plan(planned, None, Some(name.to_owned()));
        for (one, other, conflict) in [
            (New, Stays, Some(PlanConflict::HasAnother)),
            (New, Destroyed, Some(PlanConflict::DestroyedAndCreated)),
            (Stays, Destroyed, None),
            (New, New, None),
        ] {
            for (one, other) in [(one, other), (other, one)] {
                // The provider is configured for each walk, whether it becomes known how or not.
                objects.connections.replace(None);
                assert_eq!((plan(one, "/a"), plan(other, "/b"), plan(one, "/A")), (None, None, None));
                assert_eq!(plan(other, "/A"), conflict, "{one:?}, {other:?}");
            }
        }
    }

    #[test]
    fn two_objects_of_one_id_of_which_one_stays_are_twice_in_the_state() {
        use PlannedObject::{Destroyed, Stays};
        let objects = objects();
        let plan = |planned, id: &str| objects.plan(planned, Some(id), Some("name".to_owned()));
        for (one, other) in [(Stays, Destroyed), (Destroyed, Stays)] {
            objects.connections.replace(None);
            assert_eq!((plan(one, "/a"), plan(one, "/a"), plan(other, "/b")), (None, None, None));
            assert_eq!(plan(other, "/A"), Some(PlanConflict::TwiceInTheState));
        }
    }

    #[test]
    fn what_a_create_holds_is_not_removed_until_it_lets_go() {
        let objects = objects();
        assert!(objects.hold(Some(objects.creation()), "/a"));
        assert!(objects.remove("/A").is_none() && objects.remove("/b").is_some());
        objects.let_go("/A");
        assert!(objects.remove("/a").is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_being_removed_cannot_be_held_and_neither_what_went_after_the_create_looked() {
        let objects = objects();
        let before = objects.creation();
        let removal = objects.remove("/a").unwrap();
        assert!(!objects.hold(Some(before), "/A") && objects.hold(Some(before), "/b"));
        let wait = Duration::from_secs(1);
        assert!(tokio::time::timeout(wait, objects.removed("/b")).await.is_ok());
        let mut removed = std::pin::pin!(objects.removed("/A"));
        assert!(tokio::time::timeout(wait, removed.as_mut()).await.is_err());
        drop(removal);
        assert!(objects.remove("/a").is_some(), "nobody holds it");
        assert!(tokio::time::timeout(wait, removed).await.is_ok());
        assert!(!objects.hold(Some(before), "/a") && objects.hold(None, "/a"));
        assert!(objects.hold(Some(objects.creation()), "/a"));
    }
}
