//! What a test or a rehearsal does to this service by hand.

use super::super::Simulator;
use super::super::control::{changed, withheld};
use super::super::message::{Reply, Request};
use super::super::script::JobScript;
use super::super::world::World;
use super::databases::WorkloadOrder;
use super::items::{ItemKind, ProtectedItem};
use super::jobs::{FileShareOrder, ItemOrder};
use super::machines::MachineOrder;
use super::points::ItemPoint;

pub const HELP: &str = r#"POST   /protected-items/{name}/withhold-role
                             the same for a protected item: so many validations or restores fail. Backups on demand do
                             not.
POST   /protected-items/{name}/grant-role
                             it has the role. Restores of Azure SQL and copies of flexible servers need no role of a
                             vault. Use a fault with the status 403.
"#;

const WHAT: &str = "protected item";

/// The same verbs as for backup instances, by the name of the share, the machine or the database.
pub fn answer(world: &mut World, request: &Request, segments: &[&str]) -> Option<Reply> {
    match (request.method.as_str(), segments) {
        ("POST", ["protected-items", name, "withhold-role"]) => {
            Some(withheld(request, WHAT, |times| withhold_role(world, name, times)))
        }
        ("POST", ["protected-items", name, "grant-role"]) => Some(changed(withhold_role(world, name, 0), WHAT)),
        _ => None,
    }
}

/// So many restores of this item are refused from now on. `false`: there is no such item.
pub fn withhold_role(world: &mut World, name: &str, restores: u32) -> bool {
    world.protected_item_named(name).map(|own| own.restores_without_role = restores).is_some()
}

/// A restore that somebody else has started.
#[derive(Clone, Debug)]
pub struct ForeignItemRestore {
    /// The name of the share or machine.
    pub share: String,
    pub activity_id: String,
    pub script: JobScript,
    /// How long ago it was started. One that has ended took two minutes, or all of this if it is less.
    pub started_ago: time::Duration,
}

impl Simulator {
    /// Adds a job that no request of the journal has started: the newest point, in place. Its ARM id; `None`: no such item.
    pub fn add_foreign_item_restore(&self, foreign: ForeignItemRestore) -> Option<String> {
        let mut state = self.locked();
        let state = &mut *state;
        let (vault, item) = state.platform.world.recovery_services_vaults().iter().find_map(|vault| {
            let item = vault.items.iter().find(|own| own.friendly_name.eq_ignore_ascii_case(&foreign.share))?;
            Some((vault.clone(), item.clone()))
        })?;
        let newest = item.points.iter().max_by_key(|point| point.time).cloned();
        let point = newest.unwrap_or_else(|| ItemPoint::new("932800000000000000", state.platform.clock.now()));
        let order = match item.kind {
            ItemKind::FileShare => ItemOrder::FileShare(FileShareOrder {
                target: (item.account.clone(), item.friendly_name.clone()),
                folder: String::new(),
                to_original_location: true,
            }),
            ItemKind::VirtualMachine => ItemOrder::Machine(Box::new(MachineOrder::replacement())),
            ItemKind::Database(_) => ItemOrder::Database(Box::new(WorkloadOrder::original(point.time))),
        };
        let now = state.platform.clock.now();
        let own = &mut state.services.recovery_services;
        let job = own.add_job(&mut state.platform, &vault, &item, &point, order, &foreign.activity_id, foreign.script);
        job.started = now - foreign.started_ago;
        job.ended = job.ended.map(|ended| ended.min(job.started + time::Duration::minutes(2)));
        Some(job.arm_id())
    }

    /// Changes a protected item in the middle of a test. `None`: there is none of this name.
    pub fn change_item<T>(&self, name: &str, change: impl FnOnce(&mut ProtectedItem) -> T) -> Option<T> {
        self.change(|world| world.protected_item_named(name).map(change))
    }
}
