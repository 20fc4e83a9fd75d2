//! A stateful stand-in for the parts of Azure that a restore needs: a pure core from request to reply, moved by polls
//! or by hand. Nothing of the product may enter, and nothing here may read a socket or wait, but for the endpoints.
//!
//! Resource Manager ([`arm`]) hands a request to the service of its namespace ([`service`]). A service is a folder, with what
//! goes on in it, what exists of it, its routes and its control verbs; all of them stand on one [`platform`]. What a restore
//! leaves behind is one of [`makes`].
//!
//! # Known differences from Azure
//!
//! - Backup vaults with blobs, data lakes, PostgreSQL and MySQL flexible servers, disks, Kubernetes clusters and Cosmos DB
//!   accounts, Recovery Services vaults with file shares and machines ([`recovery_services`] has differences of its own), and
//!   logical servers of Azure SQL ([`sql`], too), and flexible servers ([`flexible_servers`], too). Everything else is answered 501 with method and path, and the journal is
//!   marked.
//! - The service takes older api-versions; the simulator does not.
//! - The id that a point of the secondary region has is made of its id in the primary one, which is its `friendlyName`; that
//!   it is, is likely and not proven.
//! - A restore of right shape that cannot be done is refused 400 at once, or by its operation
//!   ([`data_protection::RestoreRefusal`]); which of the two Azure uses is not recorded. One that is not its workload's at all
//!   (request, target, criteria, store, type of data source) is always refused at once, by a validation, too.
//! - Codes are documented, texts are ours. These codes are ours as well, since none is published:
//!   `UserErrorResourceGuardOperationRequestMissing`, `UserErrorUserAssignedIdentityNotAttached`,
//!   `UserErrorCrossSubscriptionRestoreNotAllowed`, `UserErrorCrossRegionRestoreNotEnabled`.
//! - A guard is asked for its leave by triggers, also in the secondary region, and not by validations; the token of another
//!   tenant is wanted by `restore` alone, the only call that is described with that header.
//! - Files go where others of another prefix are written, and wait for those of the same; a cluster takes one restore at a
//!   time. Files of the same prefix that are there already do not matter. No limits on concurrency are published.
//! - Which role is missing is not looked up: validations fail for as often as a test says, with one code per workload.
//! - `restoreLocation` matters in the secondary region alone, where the target's own region does not; `sourceResourceId` and
//!   the priority of a rehydration change nothing, and a point that is not archived may be rehydrated.
//! - Points and jobs of the secondary region come by pages whose `nextLink` answers GET and POST. A filter changes nothing.
//! - A job shows `Listed` detail in lists (no `extendedInfo`, no `errorDetails`) and all of it in a single read.
//! - Lists of jobs are whole and as new as the jobs, unless a test says otherwise ([`job_lists`]). That Azure's may lag, leave
//!   out or show half is taken as possible; only the late listing of a new job was seen.
//! - `$skipToken` works for every list, though Azure was never seen to cut one in these services.
//! - Data is not there: a restore leaves names of containers or a disk behind, or nothing. What it would create and has come
//!   to be there meanwhile fails the job, as it fails validation.
//! - Tokens are not signed; assertions are taken unread. There are no roles but that of the vault's identity.
//! - The async URLs name the host they were asked on unless a test says otherwise; live ones may name a regional host.
//! - A second POST with a request id that was used before starts a second restore.
//! - No operation or job moves by time, and the token bucket is refilled by refusals unless it is [`Throttling::azure`].

#![allow(dead_code, unused_imports, reason = "one tree for several users: tests, the demo program, rehearsals")]

pub mod arm;
pub mod bodies;
pub mod builder;
pub mod catalogue;
#[cfg(test)]
pub mod client;
pub mod clock;
pub mod control;
pub mod data_protection;
pub mod entra;
pub mod error;
pub mod fault;
pub mod flexible_servers;
pub mod job_lists;
pub mod journal;
pub mod loopback;
pub mod makes;
pub mod message;
pub mod mint;
pub mod paging;
pub mod platform;
pub mod recovery_services;
pub mod regions;
pub mod resources;
pub mod script;
pub mod service;
pub mod sql;
pub mod state;
pub mod storage;
pub mod subscriptions;
#[cfg(test)]
mod tests;
pub mod throttling;
pub mod world;

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

pub use builder::SimulatorBuilder;
pub use clock::Clock;
pub use data_protection::RestoreRefusal;
pub use data_protection::control::ForeignRestore;
pub use data_protection::guards::ResourceGuard;
pub use data_protection::instances::{BackupInstance, UNTIL_GRANTED};
pub use data_protection::order::{Details, Order};
pub use data_protection::recovery_points::{RecoveryPoint, StoredCopy};
pub use data_protection::vaults::{BackupVault, FeatureState};
pub use data_protection::workloads::Workload;
pub use entra::TokenLife;
pub use error::ServiceError;
pub use fault::{Action, Fault};
pub use flexible_servers::servers::FlexibleServer;
pub use flexible_servers::{MySql, PostgreSql};
pub use job_lists::ListDefect;
pub use journal::{AcceptedRestore, Entry, Journal};
pub use loopback::Loopback;
pub use makes::Makes;
pub use message::{Delivery, Reply, Request};
pub use recovery_services::control::ForeignItemRestore;
pub use recovery_services::items::ProtectedItem;
pub use recovery_services::points::ItemPoint;
pub use recovery_services::vaults::RecoveryServicesVault;
pub use resources::Resource;
pub use script::{ActivityId, Ending, JobScript, JobView, OperationScript, Warning};
pub use sql::servers::{LongTermBackup, SqlDatabase, SqlServer};
pub use storage::StorageAccount;
pub use throttling::Throttling;
pub use world::{
    CLIENT, CLIENT_SECRET, OTHER_SUBSCRIPTION, OTHER_TENANT, RESOURCE_GROUP, SUBSCRIPTION, TENANT, World,
    user_assigned_identity_id,
};

use service::SimulatedService;
use state::SimulatorState;

/// The simulated Azure. Clones share one state.
#[derive(Clone, Debug)]
pub struct Simulator(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    state: Mutex<SimulatorState>,
    /// Told after every request.
    asked: Condvar,
}

/// A job as a test looks at it from behind.
#[derive(Clone, Debug)]
pub struct JobFacts {
    /// Its name.
    pub id: String,
    pub arm_id: String,
    /// The name of the protected item.
    pub instance: String,
    pub status: String,
    pub activity_id: String,
    /// Whether it runs in the secondary region.
    pub cross_region: bool,
    /// What comes to be if it ends well.
    pub makes: Makes,
}

impl Simulator {
    fn of(state: SimulatorState) -> Self {
        Self(Arc::new(Shared { state: Mutex::new(state), asked: Condvar::new() }))
    }

    fn locked(&self) -> MutexGuard<'_, SimulatorState> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn handle(&self, request: &Request) -> Reply {
        let mut state = self.locked();
        let mut reply = state.handle(request);
        if let Some(date) = state.platform.date()
            && reply.headers.get("date").is_none()
        {
            reply = reply.header("date", date);
        }
        drop(state);
        self.0.asked.notify_all();
        reply
    }

    /// Blocks until what was asked so far satisfies `enough`; `false`: it did not within `limit`. For tests that have
    /// to act upon a client at a certain point of its work. The core itself never waits.
    pub fn wait_until(&self, limit: Duration, enough: impl Fn(&Journal) -> bool) -> bool {
        let waited = self.0.asked.wait_timeout_while(self.locked(), limit, |state| !enough(&state.journal));
        !waited.unwrap_or_else(PoisonError::into_inner).1.timed_out()
    }

    pub fn journal(&self) -> Journal {
        self.locked().journal.clone()
    }

    /// How many restores were accepted; cheaper than a copy of the journal.
    pub fn accepted_restores(&self) -> usize {
        self.locked().accepted_restores
    }

    /// Scheme, host and port of the URLs given out.
    pub fn endpoint(&self) -> String {
        self.locked().platform.endpoint.clone()
    }

    /// Scheme, host and port that the URLs of operations name instead, as live ones may name a regional host.
    pub fn set_operation_endpoint(&self, endpoint: &str) {
        self.locked().platform.operation_endpoint = Some(endpoint.to_owned());
    }

    /// Said by the endpoint, once it knows where it is.
    pub fn set_endpoint(&self, endpoint: &str) {
        self.locked().platform.endpoint = endpoint.to_owned();
    }

    pub fn now(&self) -> time::OffsetDateTime {
        self.locked().platform.clock.now()
    }

    pub fn advance_clock(&self, by: time::Duration) {
        self.locked().platform.clock.advance(by);
    }

    /// How far the `Date` of answers is ahead of the clock; none: there is no such header.
    pub fn set_date_ahead(&self, ahead: Option<time::Duration>) {
        self.locked().platform.date_ahead = ahead;
    }

    pub fn inject(&self, fault: Fault) {
        self.locked().faults.push(fault);
    }

    pub fn clear_faults(&self) {
        self.locked().faults.clear();
    }

    /// The script of the next restore for which none is queued yet.
    pub fn next_restore(&self, script: JobScript) {
        self.locked().platform.scripts.next_restores.push_back(script);
    }

    /// The script of the next restore of this instance; goes before [`Simulator::next_restore`].
    pub fn next_restore_of(&self, instance: &str, script: JobScript) {
        let mut state = self.locked();
        state.platform.scripts.next_restores_of.entry(instance.to_lowercase()).or_default().push_back(script);
    }

    pub fn next_validation(&self, script: OperationScript) {
        self.locked().platform.scripts.next_validations.push_back(script);
    }

    pub fn next_restore_operation(&self, script: OperationScript) {
        self.locked().platform.scripts.next_operations.push_back(script);
    }

    /// What is wrong with every list of jobs from now on, for so many reads; `None`: until it is mended.
    pub fn show_job_lists_with(&self, defect: ListDefect, reads: Option<u32>) {
        self.locked().platform.job_lists.show_with(defect, reads);
    }

    pub fn mend_job_lists(&self) {
        self.locked().platform.job_lists.mend();
    }

    /// The jobs of all services, each in the order in which they began.
    pub fn jobs(&self) -> Vec<JobFacts> {
        self.locked().services.all().into_iter().flat_map(SimulatedService::jobs).collect()
    }

    /// The answer of the service that understands what is asked at the control endpoint.
    pub fn control(&self, request: &Request, segments: &[&str]) -> Option<Reply> {
        let mut state = self.locked();
        let SimulatorState { platform, services, .. } = &mut *state;
        services.all_mut().into_iter().find_map(|service| service.control(platform, request, segments))
    }

    pub fn control_help(&self) -> String {
        self.locked().services.all().into_iter().map(SimulatedService::control_help).collect()
    }

    /// Ends every running operation; every job takes its next step, held or not.
    pub fn advance(&self) {
        self.locked().advance();
    }

    /// Lets a held job take its next step. Takes a GUID or an ARM id, as the next three do; `false`: no such job.
    pub fn release(&self, job: &str) -> bool {
        self.locked().move_job(job, script::Progress::advance)
    }

    pub fn finish(&self, job: &str, ending: Ending) -> bool {
        self.locked().move_job(job, |progress| progress.finish(ending.clone()))
    }

    /// The list shows the job from now on.
    pub fn list_from_now(&self, job: &str) -> bool {
        self.locked().move_job(job, script::Progress::list_from_now)
    }

    /// The job's record ages out: 404 from now on.
    pub fn forget(&self, job: &str) -> bool {
        self.locked().move_job(job, script::Progress::forget)
    }

    /// Changes what exists, in the middle of a test.
    pub fn change<T>(&self, change: impl FnOnce(&mut World) -> T) -> T {
        change(&mut self.locked().platform.world)
    }

    /// Ids of the scenario's things by name, as the program's ready line shows them.
    pub fn things(&self) -> serde_json::Value {
        self.locked().platform.world.things()
    }
}
