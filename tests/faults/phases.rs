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
    /// Where the operation of the validation stands.
    Verdict,
    /// Where that of the trigger stands.
    Operation,
    Trigger,
    Job,
}

impl Kind {
    /// Method and path of the request that `phase` is about; none: the service has no such request.
    pub fn request(&self, phase: &Phase) -> Option<(&'static str, String)> {
        let kind = (self.restore)();
        let request = match phase.asked {
            Asked::Token => return Some(("POST", "*/oauth2/v2.0/token".to_owned())),
            Asked::Instance => return Some(("GET", format!("*{}{}", kind.service.item, kind.item))),
            Asked::Vault => kind.service.vault,
            Asked::Verdict => kind.service.validation.and(Some(kind.service.operation))?,
            Asked::Operation => kind.service.operation,
            Asked::Jobs => kind.service.list,
            Asked::Validation => kind.service.validation?,
            Asked::Trigger => kind.service.trigger,
            Asked::Points => kind.points(),
            Asked::Job => kind.service.job,
        };
        Some((request.method, request.pattern()))
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
    phase("verdict", Asked::Verdict),
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
