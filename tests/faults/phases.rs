//! Where a fault can be.

use crate::restores::{self, kinds};

/// A kind of restore, from the table of all kinds.
pub struct MatrixKind {
    pub name: &'static str,
    pub restore: fn() -> restores::RestoreKindCase,
}

/// Those whose requests differ. The rows and columns of the matrix hold for each of them.
pub const KINDS: &[MatrixKind] = &[
    MatrixKind { name: "operational blobs", restore: kinds::blob_operational },
    MatrixKind { name: "vaulted blobs", restore: kinds::blob_vaulted },
    MatrixKind { name: "PostgreSQL", restore: kinds::postgresql },
    MatrixKind { name: "PostgreSQL from the secondary region", restore: kinds::postgresql_secondary_region },
    MatrixKind { name: "file share", restore: kinds::file_share },
    MatrixKind { name: "virtual machine", restore: kinds::virtual_machine_replaced },
    MatrixKind { name: "SQL database", restore: kinds::vm_sql_database },
    MatrixKind { name: "file share from the secondary region", restore: kinds::file_share_secondary_region },
];

/// A request, whatever the kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestKind {
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

impl MatrixKind {
    /// Method and path of the request that `phase` is about; none: the service has no such request.
    pub fn request(&self, phase: &RequestPhase) -> Option<(&'static str, String)> {
        let kind = (self.restore)();
        let request = match phase.asked {
            RequestKind::Token => return Some(("POST", "*/oauth2/v2.0/token".to_owned())),
            RequestKind::Instance => return Some(("GET", (kind.service.item)(kind.item))),
            RequestKind::Vault => kind.service.vault,
            RequestKind::Verdict => kind.service.validation.and(Some(kind.service.operation))?,
            RequestKind::Operation => kind.service.operation,
            RequestKind::Jobs => kind.service.list,
            RequestKind::Validation => kind.service.validation?,
            RequestKind::Trigger => kind.service.trigger,
            RequestKind::Points => kind.points(),
            RequestKind::Job => kind.service.job,
        };
        Some((request.method, request.pattern()))
    }
}

/// What runs while the fault is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultedCommand {
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
pub struct RequestPhase {
    pub name: &'static str,
    pub asked: RequestKind,
    /// The first such request that is met, from 1.
    pub nth: u32,
    pub after_accepted_restores: usize,
    pub command: FaultedCommand,
}

const fn phase(name: &'static str, asked: RequestKind) -> RequestPhase {
    RequestPhase { name, asked, nth: 1, after_accepted_restores: 0, command: FaultedCommand::Apply }
}

/// All columns, in the order of a life.
pub const PHASES: [RequestPhase; 17] = [
    phase("token", RequestKind::Token),
    phase("adopt", RequestKind::Jobs),
    phase("instance", RequestKind::Instance),
    phase("vault", RequestKind::Vault),
    phase("points", RequestKind::Points),
    phase("validate", RequestKind::Validation),
    phase("verdict", RequestKind::Verdict),
    RequestPhase { nth: 2, ..phase("list", RequestKind::Jobs) },
    phase("trigger", RequestKind::Trigger),
    RequestPhase {
        after_accepted_restores: 1,
        command: FaultedCommand::ApplyWithLostAnswer,
        ..phase("find", RequestKind::Jobs)
    },
    RequestPhase { after_accepted_restores: 1, ..phase("operation", RequestKind::Operation) },
    phase("job", RequestKind::Job),
    // The job of the matrix runs for three looks; the fourth shows how it ended.
    RequestPhase { nth: 4, ..phase("end", RequestKind::Job) },
    RequestPhase {
        after_accepted_restores: 1,
        command: FaultedCommand::ApplyWithShortTokens,
        ..phase("renewal", RequestKind::Token)
    },
    RequestPhase { command: FaultedCommand::Refresh, ..phase("refresh", RequestKind::Job) },
    RequestPhase { command: FaultedCommand::Import, ..phase("import", RequestKind::Job) },
    RequestPhase { command: FaultedCommand::Plan, ..phase("plan", RequestKind::Validation) },
];
