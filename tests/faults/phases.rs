//! Where a fault can strike.

use azurebackup::tfplugin::value::Value;

use crate::in_process::Session;

/// A kind of restore, with what differs in its requests.
pub struct Kind {
    pub name: &'static str,
    /// The name of the protected item.
    pub instance: &'static str,
    pub configuration: fn(&Session, &[(&str, Value)]) -> Value,
    /// The request that lists what can be restored: method and path.
    pub points: (&'static str, &'static str),
}

/// All kinds. The rows and columns of the matrix hold for each of them.
pub const KINDS: &[Kind] = &[
    Kind {
        name: "operational blobs",
        instance: "contososhop-operational",
        configuration: Session::operational,
        points: ("POST", "*/findRestorableTimeRanges"),
    },
    Kind {
        name: "vaulted blobs",
        instance: "contosoarchive-vaulted",
        configuration: Session::vaulted,
        points: ("GET", "*/recoveryPoints"),
    },
];

/// Stands for the protected item of the kind.
pub const INSTANCE: &str = "(instance)";
/// Stands for [`Kind::points`].
pub const POINTS: &str = "(points)";

impl Kind {
    /// Method and path of the request that `phase` is about.
    pub fn request(&self, phase: &Phase) -> (&'static str, String) {
        match phase.path {
            INSTANCE => (phase.method, format!("*/backupInstances/{}", self.instance)),
            POINTS => (self.points.0, self.points.1.to_owned()),
            path => (phase.method, path.to_owned()),
        }
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
    pub method: &'static str,
    /// `*` for any text; [`INSTANCE`] and [`POINTS`] stand for what the kind says.
    pub path: &'static str,
    /// The first such request that is met, from 1.
    pub nth: u32,
    pub after_accepted_restores: usize,
    pub command: Command,
}

const fn phase(name: &'static str, method: &'static str, path: &'static str) -> Phase {
    Phase { name, method, path, nth: 1, after_accepted_restores: 0, command: Command::Apply }
}

/// All columns, in the order of a life.
pub const PHASES: [Phase; 16] = [
    phase("token", "POST", "*/oauth2/v2.0/token"),
    phase("adopt", "GET", "*/backupJobs"),
    phase("instance", "GET", INSTANCE),
    phase("points", "", POINTS),
    phase("validate", "POST", "*/validateRestore"),
    phase("verdict", "GET", "*/operationStatus/*"),
    Phase { nth: 2, ..phase("list", "GET", "*/backupJobs") },
    phase("trigger", "POST", "*/restore"),
    Phase { after_accepted_restores: 1, command: Command::ApplyWithLostAnswer, ..phase("find", "GET", "*/backupJobs") },
    Phase { after_accepted_restores: 1, ..phase("operation", "GET", "*/operationStatus/*") },
    phase("job", "GET", "*/backupJobs/*"),
    // The job of the matrix runs for three looks; the fourth shows how it ended.
    Phase { nth: 4, ..phase("end", "GET", "*/backupJobs/*") },
    Phase {
        after_accepted_restores: 1,
        command: Command::ApplyWithShortTokens,
        ..phase("renewal", "POST", "*/oauth2/v2.0/token")
    },
    Phase { command: Command::Refresh, ..phase("refresh", "GET", "*/backupJobs/*") },
    Phase { command: Command::Import, ..phase("import", "GET", "*/backupJobs/*") },
    Phase { command: Command::Plan, ..phase("plan", "POST", "*/validateRestore") },
];
