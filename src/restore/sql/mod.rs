//! Restores onto a logical server of Azure SQL (Microsoft.Sql). There are no jobs: the database that is made plays the
//! part of one, and a tag on it says whose it is. No attribute of Terraform may enter but by its name.

mod destruction;
mod job;
mod jobs;
mod source;

use async_trait::async_trait;
use time::OffsetDateTime;

pub use self::job::database_as_job;
pub use self::jobs::SqlDatabaseJobs;
pub use self::source::{DatabaseToRestore, SourceKind};

use crate::azure::client::ResponseTimeout;
use crate::azure::deadline::{Deadline, Interrupted};
use crate::azure::error::{ArmError, AzureError, WriteError};
use crate::azure::job::JobStatus;
use crate::azure::limiter::Permit;
use crate::azure::operation::{AcceptedOperation, OperationStart};
use crate::azure::poll::PollResult;
use crate::azure::sql::{Database, DatabaseId, DatabaseRestoreRequest, DatabaseSource, ElasticPoolId, Sql};
use crate::restore::argument_path::ArgumentPath;
use crate::restore::error::RestoreError;
use crate::restore::intent::ClientRequestId;
use crate::restore::operation::OperationPolling;
use crate::restore::record::Job;
use crate::restore::service::{Accepted, Destruction, Resolved, RestoreItem, RestoreService};
use crate::restore::workload::WorkloadNames;

/// Makes the body, once the region of the server and the source are known.
pub type BuildDatabaseRequest =
    dyn Fn(String, DatabaseSource) -> Result<DatabaseRestoreRequest, RestoreError> + Send + Sync;

/// How messages name what is restored.
pub const DATABASE: WorkloadNames = WorkloadNames {
    things: "a database",
    source: "logical server",
    datasource_type: "Microsoft.Sql/servers/databases",
    roles: &[],
};

/// What a destroy does with the database.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OnDestroy {
    /// Cancels the restore if it runs.
    pub cancel: bool,
    /// Deletes what the restore has made.
    pub delete: bool,
}

/// A restore of one database onto a logical server.
pub struct SqlDatabaseRestore {
    /// The target, as the job of the restore.
    pub jobs: SqlDatabaseJobs,
    /// What is restored; none where only the target is read (an import knows no more).
    pub source: Option<DatabaseToRestore>,
    /// The argument that names the source.
    pub source_argument: ArgumentPath,
    /// The argument that names the server.
    pub server_argument: ArgumentPath,
    /// The argument that names the new database.
    pub name_argument: ArgumentPath,
    /// The pool that it goes into, with the argument that names it.
    pub elastic_pool: Option<(ArgumentPath, ElasticPoolId)>,
    /// What a destroy does.
    pub on_destroy: OnDestroy,
    /// How a deletion or a cancellation is waited for.
    pub polling: OperationPolling,
    /// Makes the body of the request.
    pub build: Box<BuildDatabaseRequest>,
}

impl SqlDatabaseRestore {
    fn client(&self) -> &Sql {
        self.jobs.client()
    }

    fn target_id(&self) -> &DatabaseId {
        self.jobs.target()
    }

    /// The region of the server that is restored onto.
    async fn region(&self, deadline: &Deadline) -> Result<String, RestoreError> {
        let id = self.target_id().server();
        let server = self.client().server(id, deadline).await.map_err(|error| {
            let text = format!("There is no logical server {id}.");
            missing(error, self.server_argument.clone(), text)
        })?;
        let location = server.location.map(|location| location.as_str().to_owned());
        location.ok_or_else(|| {
            let text = "Azure does not say in which region the server lies, so a restore onto it cannot be asked for.";
            RestoreError::wrong(self.server_argument.clone(), text)
        })
    }

    /// A database of the name that is there already is never touched, whoever has made it.
    async fn name_is_free(&self, deadline: &Deadline) -> Result<(), RestoreError> {
        let id = self.target_id();
        match self.client().database(id, deadline).await {
            Err(error) if error.is_not_found() => Ok(()),
            Err(error) => Err(error.into()),
            Ok(found) => Err(RestoreError::wrong(self.name_argument.clone(), taken(id, &found))),
        }
    }

    async fn pool_is_there(&self, deadline: &Deadline) -> Result<(), RestoreError> {
        let Some((argument, id)) = &self.elastic_pool else { return Ok(()) };
        match self.client().elastic_pool(id, deadline).await {
            Ok(_) => Ok(()),
            Err(error) => Err(missing(error, argument.clone(), format!("There is no elastic pool {id}."))),
        }
    }

    fn running(&self, activity_id: String) -> Job {
        let id = self.target_id().to_string();
        let start_time = Some(self.jobs.clock().now());
        Job { activity_id, start_time, ..Job::new(id.clone(), id, JobStatus::InProgress("Restoring".to_owned())) }
    }
}

/// What is not there is the fault of the argument that names it.
fn missing(error: ArmError, argument: ArgumentPath, text: String) -> RestoreError {
    if error.is_not_found() {
        RestoreError::Missing { argument, text, error: Box::new(error) }
    } else {
        RestoreError::from(error)
    }
}

fn taken(id: &DatabaseId, found: &Database) -> String {
    let name = id.database_name();
    let whose = match &found.restored_by {
        Some(request) => format!("Another restore has made it (request id {request})."),
        None => "It does not say that a restore of this provider has made it.".to_owned(),
    };
    format!(
        "The server has a database {name:?} already ({}). {whose} A restore never overwrites a database, and this one \
         was not touched. Choose another name, or delete the database first. If this is the restore that you want, \
         and it was started elsewhere: `terraform import ADDRESS '{id}'`.",
        found.status
    )
}

#[async_trait]
impl RestoreService for SqlDatabaseRestore {
    type Jobs = SqlDatabaseJobs;
    type Request = DatabaseRestoreRequest;
    type Operation = AcceptedOperation;

    fn jobs(&self) -> &SqlDatabaseJobs {
        &self.jobs
    }

    fn subject(&self) -> String {
        let id = self.target_id();
        format!("database {:?} of logical server {:?}", id.database_name(), id.server().name())
    }

    fn workload(&self) -> Option<WorkloadNames> {
        Some(DATABASE)
    }

    fn item(&self) -> RestoreItem {
        let id = self.source.as_ref().map_or_else(|| self.target_id().to_string(), DatabaseToRestore::id);
        RestoreItem { id, argument: self.source_argument.clone() }
    }

    fn target(&self) -> String {
        self.target_id().to_string()
    }

    async fn resolve(
        &self,
        deadline: &Deadline,
        now: OffsetDateTime,
    ) -> Result<Resolved<DatabaseRestoreRequest>, RestoreError> {
        let source = self.source.as_ref();
        let source = source.ok_or_else(|| RestoreError::wrong(self.source_argument.clone(), "No source is given."))?;
        let region = self.region(deadline).await?;
        self.name_is_free(deadline).await?;
        self.pool_is_there(deadline).await?;
        let found = source.find(self.client(), &self.source_argument, deadline, now).await?;
        Ok(Resolved {
            request: (self.build)(region, found.source)?,
            recovery_point_id: found.point_id,
            recovery_point_time: found.time,
        })
    }

    async fn admit(&self, deadline: &Deadline) -> Result<Permit, Interrupted> {
        self.client().client().admit_write(&self.target(), deadline).await
    }

    async fn send(
        &self,
        request: &DatabaseRestoreRequest,
        id: ClientRequestId,
        deadline: &Deadline,
        wait: ResponseTimeout,
    ) -> Result<Accepted<AcceptedOperation>, WriteError> {
        let tagged = request.clone().tagged(id.to_string());
        let target = self.target_id();
        self.jobs.sees_it_running();
        Ok(match self.client().restore_database(target, &tagged, id.uuid(), deadline, wait).await? {
            OperationStart::Accepted(operation) => Accepted::RestoreOperation {
                retry_after: operation.retry_after,
                operation,
                job: Box::new(self.running(id.to_string())),
            },
            OperationStart::Done(_) => Accepted::Done(Some(target.to_string())),
        })
    }

    async fn operation(
        &self,
        deadline: &Deadline,
        operation: &AcceptedOperation,
    ) -> Result<PollResult<Result<Option<String>, Box<AzureError>>>, ArmError> {
        Ok(match self.client().operation(operation, deadline).await? {
            PollResult::Pending { note, retry_after } => {
                let percent = self.jobs.percentage(deadline).await;
                let note = percent.map_or(note.clone(), |percent| format!("{note}, {percent} %"));
                PollResult::Pending { note, retry_after }
            }
            PollResult::Ready(ended) => PollResult::Ready(ended.map(|_| None)),
        })
    }

    fn destruction(&self) -> Option<&dyn Destruction> {
        (self.on_destroy != OnDestroy::default()).then_some(self as &dyn Destruction)
    }
}

#[cfg(test)]
mod tests;
