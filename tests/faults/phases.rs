//! Where a fault can strike.

use crate::restores::{self, kinds};

/// A kind of restore, from the table of all kinds.
pub struct Kind {
    pub name: &'static str,
    pub restore: fn() -> restores::Kind,
}

/// Those whose requests differ. The rows and columns of the matrix hold for each of them.
pub const KINDS: &[Kind] = &[
    Kind { name: "operational blobs", restore: kinds::blob_operational },
    Kind { name: "vaulted blobs", restore: kinds::blob_vaulted },
    Kind { name: "PostgreSQL", restore: kinds::postgresql },
    Kind { name: "PostgreSQL from the secondary region", restore: kinds::postgresql_secondary_region },
];

/// A request, whatever the kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    Token,
    /// The list of jobs.
    Jobs,
    /// The protected item.
    Instance,
    Vault,
    /// What can be restored.
    Points,
    Validation,
    /// Where an operation stands.
    Operation,
    Trigger,
    Job,
}

impl Kind {
    /// Method and path of the request that `phase` is about.
    pub fn request(&self, phase: &Phase) -> (&'static str, String) {
        let kind = (self.restore)();
        let (method, path) = match (phase.asked, kind.secondary_region) {
            (Asked::Token, _) => ("POST", "/oauth2/v2.0/token"),
            (Asked::Instance, _) => return ("GET", format!("*/backupInstances/{}", kind.instance)),
            (Asked::Vault, _) => ("GET", "/backupVaults/vault-rehearsal"),
            (Asked::Operation, _) => ("GET", "/operationStatus/*"),
            (Asked::Jobs, _) => kind.list(),
            (Asked::Validation, _) => ("POST", kind.validation()),
            (Asked::Trigger, _) => ("POST", kind.trigger()),
            (Asked::Points, true) => ("POST", "/fetchSecondaryRecoveryPoints"),
            (Asked::Points, false) if kind.chosen.is_none() => ("POST", "/findRestorableTimeRanges"),
            (Asked::Points, false) => ("GET", "/recoveryPoints"),
            (Asked::Job, true) => ("POST", "/fetchCrossRegionRestoreJob"),
            (Asked::Job, false) => ("GET", "/backupJobs/*"),
        };
        (method, format!("*{path}"))
    }
}

/// What runs while the fault is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// An apply that creates.
    Apply,
    /// The same; the answer to the trigger is lost, so that the job list is all there is.
    ApplyWithLostAnswer,
    /// An apply that creates, with tokens of one minute.
    ApplyWithShortTokens,
    /// A refresh of a restore that an apply left running and that has completed since.
    Refresh,
    /// An import of a completed job.
    Import,
    /// A plan with `preflight`.
    Plan,
}

/// A column of the matrix: one request in the life of a restore.
#[derive(Clone, Copy, Debug)]
pub struct Phase {
    pub name: &'static str,
    pub asked: Asked,
    /// The first such request that is met, from 1.
    pub nth: u32,
    pub after_accepted_restores: usize,
    pub command: Command,
}

const fn phase(name: &'static str, asked: Asked) -> Phase {
    Phase { name, asked, nth: 1, after_accepted_restores: 0, command: Command::Apply }
}

/// All columns, in the order of a life.
pub const PHASES: [Phase; 17] = [
    phase("token", Asked::Token),
    phase("adopt", Asked::Jobs),
    phase("instance", Asked::Instance),
    phase("vault", Asked::Vault),
    phase("points", Asked::Points),
    phase("validate", Asked::Validation),
    phase("verdict", Asked::Operation),
    Phase { nth: 2, ..phase("list", Asked::Jobs) },
    phase("trigger", Asked::Trigger),
    Phase { after_accepted_restores: 1, command: Command::ApplyWithLostAnswer, ..phase("find", Asked::Jobs) },
    Phase { after_accepted_restores: 1, ..phase("operation", Asked::Operation) },
    phase("job", Asked::Job),
    // The job of the matrix runs for three looks; the fourth shows how it ended.
    Phase { nth: 4, ..phase("end", Asked::Job) },
    Phase { after_accepted_restores: 1, command: Command::ApplyWithShortTokens, ..phase("renewal", Asked::Token) },
    Phase { command: Command::Refresh, ..phase("refresh", Asked::Job) },
    Phase { command: Command::Import, ..phase("import", Asked::Job) },
    Phase { command: Command::Plan, ..phase("plan", Asked::Validation) },
];
