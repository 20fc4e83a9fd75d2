//! Two of Terraform's objects that stand for one of Azure's: a resource that was renamed without a `moved` block, one that
//! was imported twice, or the old object of a replacement with `create_before_destroy` whose successor has taken over
//! what was there. Removing the one would take from the other what it stands for.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use tokio::sync::Notify;

use crate::azure::resource_id::is_same;
use crate::connection::Connection;
use crate::restore::error::{UserMessage, capitalised};

/// What the resources of one type stand for in one walk, a plan or an apply: the provider is configured for each.
#[derive(Debug, Default)]
pub struct WalkObjects {
    seen: Mutex<Seen>,
    removal_ended: Notify,
}

/// What a plan means to do with an object of Terraform's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlannedObject {
    /// It is created, and takes the place of none.
    New,
    /// It stays, changed or not.
    Stays,
    /// It is destroyed, and none takes its place.
    Destroyed,
}

#[derive(Debug, Default)]
struct Seen {
    /// The connection of the walk that this is about.
    walk: Weak<Connection>,
    /// What the plan has come to, by what the object stands for.
    planned: Vec<(String, PlannedObject)>,
    /// The ids of what this apply has created or taken over.
    held: Vec<String>,
    /// Being removed by this apply.
    leaving: Vec<String>,
    /// Removed by this apply, in the order of time.
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
    /// What was seen in the walk of this connection; of another walk (debug mode: one process serves many) nothing counts.
    fn seen(&self, connection: Option<&Arc<Connection>>) -> MutexGuard<'_, Seen> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let walk = connection.map_or_else(Weak::new, Arc::downgrade);
        if !seen.walk.ptr_eq(&walk) {
            *seen = Seen { walk, ..Seen::default() };
        }
        seen
    }

    /// Takes down what is planned for an object that stands for `key`: an id, or whatever else tells what it stands for. Says
    /// what else is planned for another one, if it does not go together with this.
    pub fn plan(
        &self,
        connection: Option<&Arc<Connection>>,
        planned: PlannedObject,
        key: impl ToString,
    ) -> Option<PlannedObject> {
        let key = key.to_string();
        let mut seen = self.seen(connection);
        let others = seen.planned.iter().filter(|(other, _)| is_same(other, &key));
        let found = others.map(|(_, other)| *other).find(|other| *other != planned);
        seen.planned.push((key, planned));
        found
    }

    /// A create begins to look at what is there.
    pub fn creation(&self, connection: &Arc<Connection>) -> Creation {
        Creation { gone_before: self.seen(Some(connection)).gone.len() }
    }

    /// A create lays hands on what has this id: from now on no removal of this apply begins. False if one has begun, or has
    /// ended since the create `looked`, if it found something there: then what it saw is out of date.
    pub fn hold(&self, connection: &Arc<Connection>, looked: Option<Creation>, id: &str) -> bool {
        let mut seen = self.seen(Some(connection));
        let gone = looked.and_then(|creation| seen.gone.get(creation.gone_before..)).unwrap_or_default();
        let is_free = !has(&seen.leaving, id) && !has(gone, id);
        if is_free && !has(&seen.held, id) {
            seen.held.push(id.to_owned());
        }
        is_free
    }

    /// Nothing came of a create: its object is not in the state.
    pub fn let_go(&self, connection: &Arc<Connection>, id: &str) {
        self.seen(Some(connection)).held.retain(|held| !is_same(held, id));
    }

    /// A removal begins; none if another object holds what has this id.
    pub fn remove(&self, connection: &Arc<Connection>, id: &str) -> Option<RemovalInProgress<'_>> {
        let mut seen = self.seen(Some(connection));
        if has(&seen.held, id) {
            return None;
        }
        seen.leaving.push(id.to_owned());
        Some(RemovalInProgress { objects: self, id: id.to_owned() })
    }

    /// Waits until nothing with this id is being removed.
    pub async fn removed(&self, connection: &Arc<Connection>, id: &str) {
        loop {
            let ended = self.removal_ended.notified();
            if !has(&self.seen(Some(connection)).leaving, id) {
                return;
            }
            ended.await;
        }
    }
}

impl Drop for RemovalInProgress<'_> {
    fn drop(&mut self) {
        let mut seen = self.objects.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(place) = seen.leaving.iter().position(|id| *id == self.id) {
            let id = seen.leaving.swap_remove(place);
            seen.gone.push(id);
        }
        drop(seen);
        self.objects.removal_ended.notify_waiters();
    }
}

fn has(ids: &[String], id: &str) -> bool {
    ids.iter().any(|other| is_same(other, id))
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
    use crate::azure::scripted::{ScriptedTransport, client};
    use crate::connection::scripted;

    fn walk() -> Arc<Connection> {
        Arc::new(scripted::connection(client(&ScriptedTransport::new(Vec::new()))))
    }

    #[test]
    fn what_is_planned_for_two_objects_must_go_together_in_either_order_and_in_one_walk_only() {
        use PlannedObject::{Destroyed, New, Stays};
        let objects = WalkObjects::default();
        for (one, other) in [(New, Stays), (Stays, Destroyed), (Destroyed, New), (Stays, New), (New, Destroyed)] {
            for connection in [Some(walk()), Some(walk()), None] {
                let connection = connection.as_ref();
                objects.seen(connection).planned.clear();
                assert_eq!(objects.plan(connection, one, "/a"), None);
                assert_eq!(objects.plan(connection, other, "/b"), None);
                assert_eq!(objects.plan(connection, one, "/A"), None);
                assert_eq!(objects.plan(connection, other, "/A"), Some(one));
            }
        }
    }

    #[test]
    fn what_a_create_holds_is_not_removed_until_it_lets_go() {
        let (objects, walk) = (WalkObjects::default(), walk());
        assert!(objects.hold(&walk, Some(objects.creation(&walk)), "/a"));
        assert!(objects.remove(&walk, "/A").is_none() && objects.remove(&walk, "/b").is_some());
        objects.let_go(&walk, "/A");
        assert!(objects.remove(&walk, "/a").is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_being_removed_cannot_be_held_and_neither_what_went_after_the_create_looked() {
        let (objects, walk) = (WalkObjects::default(), walk());
        let before = objects.creation(&walk);
        let removal = objects.remove(&walk, "/a").unwrap();
        assert!(!objects.hold(&walk, Some(before), "/A") && objects.hold(&walk, Some(before), "/b"));
        let wait = Duration::from_secs(1);
        assert!(tokio::time::timeout(wait, objects.removed(&walk, "/b")).await.is_ok());
        let mut removed = std::pin::pin!(objects.removed(&walk, "/A"));
        assert!(tokio::time::timeout(wait, removed.as_mut()).await.is_err());
        drop(removal);
        assert!(objects.remove(&walk, "/a").is_some(), "nobody holds it");
        assert!(tokio::time::timeout(wait, removed).await.is_ok());
        assert!(!objects.hold(&walk, Some(before), "/a") && objects.hold(&walk, None, "/a"));
        assert!(objects.hold(&walk, Some(objects.creation(&walk)), "/a"));
    }
}
