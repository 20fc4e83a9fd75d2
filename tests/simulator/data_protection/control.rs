//! What a test or a rehearsal does to this service by hand: refusals, roles, restores that somebody else has started.

use super::super::Simulator;
use super::super::builder::SimulatorBuilder;
use super::super::control::{changed, withheld};
use super::super::message::{Reply, Request};
use super::super::script::JobScript;
use super::super::world::World;
use super::order::{AdmittedOrder, Details, Order};
use super::{RestoreRefusal, RetryAfter};

pub const HELP: &str = r#"POST   /instances/{name}/withhold-role
                             the vault's identity lacks its role for restores of this backup instance, so that so many
                             validations fail; body: {"times": 3}; without it: until the role is granted. Backups on
                             demand are not validated, and do not fail.
POST   /instances/{name}/grant-role
                             it has the role
"#;

/// The answer at the control endpoint; `None`: it is not asked of this service.
pub fn answer(world: &mut World, request: &Request, segments: &[&str]) -> Option<Reply> {
    const WHAT: &str = "backup instance";
    match (request.method.as_str(), segments) {
        ("POST", ["instances", name, "withhold-role"]) => {
            Some(withheld(request, WHAT, |times| world.withhold_role(name, times)))
        }
        ("POST", ["instances", name, "grant-role"]) => Some(changed(world.withhold_role(name, 0), WHAT)),
        _ => None,
    }
}

impl World {
    fn withhold_role(&mut self, instance: &str, validations: u32) -> bool {
        self.instance_named(instance).map(|own| own.validations_without_role = validations).is_some()
    }
}

impl SimulatorBuilder {
    pub fn refuses(mut self, refusal: RestoreRefusal) -> Self {
        self.0.services.data_protection.refusal = refusal;
        self
    }
}

/// A restore that somebody else has started.
#[derive(Clone, Debug)]
pub struct ForeignRestore {
    /// The name of the instance.
    pub instance: String,
    pub activity_id: String,
    pub order: Order,
    pub script: JobScript,
    /// How long ago it was started. One that has ended took two minutes, or all of this if it is less.
    pub started_ago: time::Duration,
}

impl Simulator {
    /// `Retry-After` of the 202 that answers a validation and a restore, in seconds; `None` leaves the header out.
    pub fn set_retry_after(&self, validate: Option<u32>, restore: Option<u32>) {
        self.locked().services.data_protection.retry_after = RetryAfter { validate, restore };
    }

    /// So many validations fail from now on, or restores of a service without validation; [`super::instances::UNTIL_GRANTED`]: until
    /// [`Simulator::grant`]. `false`: no service has such an item.
    pub fn withhold_role(&self, instance: &str, validations: u32) -> bool {
        let of_item = super::super::recovery_services::control::withhold_role;
        self.change(|world| world.withhold_role(instance, validations) || of_item(world, instance, validations))
    }

    /// The identity has its role now, on whatever the instance is restored onto. `false`: no such instance.
    pub fn grant(&self, instance: &str) -> bool {
        self.withhold_role(instance, 0)
    }

    /// Adds a job that no request of the journal has started. Its ARM id; `None`: no such instance.
    pub fn add_foreign_restore(&self, foreign: ForeignRestore) -> Option<String> {
        self.add_foreign(foreign, Details::default())
    }

    /// The same in the secondary region.
    pub fn add_foreign_cross_region_restore(&self, foreign: ForeignRestore) -> Option<String> {
        self.add_foreign(foreign, Details { cross_region: true, ..Details::default() })
    }

    fn add_foreign(&self, foreign: ForeignRestore, details: Details) -> Option<String> {
        let mut state = self.locked();
        let state = &mut *state;
        let (vault, instance) = state.platform.world.backup_vaults().iter().find_map(|vault| {
            let instance = vault.instances.iter().find(|own| own.name.eq_ignore_ascii_case(&foreign.instance))?;
            Some((vault.clone(), instance.clone()))
        })?;
        let now = state.platform.clock.now();
        let ForeignRestore { activity_id, order, script, started_ago, .. } = foreign;
        let agreed = AdmittedOrder { order, details };
        let own = &mut state.services.data_protection;
        let job = own.add_job(&mut state.platform, &vault, &instance, agreed, &activity_id, script);
        job.started = now - started_ago;
        job.ended = job.ended.map(|ended| ended.min(job.started + time::Duration::minutes(2)));
        Some(job.arm_id())
    }
}
