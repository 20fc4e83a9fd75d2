//! What differs between the resources that a restore makes: how each is read, made, deleted, and perhaps cancelled.

use std::collections::BTreeMap;

use async_trait::async_trait;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::azure::availability::Availability;
use crate::azure::client::{ArmClient, ResponseTimeout};
use crate::azure::deadline::Deadline;
use crate::azure::error::{ArmError, AzureError, WriteError};
use crate::azure::operation::OperationStart;
use crate::azure::resource_id::ResourceId;
use crate::azure::restore_tag::Tagged;
use crate::restore::error::RestoreError;
use crate::restore::jobs::JobListNames;
use crate::restore::service::{Resolved, RestoreItem};
use crate::restore::workload::WorkloadNames;

/// How messages name a kind of resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResourceNames {
    /// What is restored, and the roles that it takes.
    pub workload: WorkloadNames,
    /// Where resources of the kind are searched for: `entry` is one of them (`database`), `keeper` what it lies in.
    pub list: JobListNames,
    /// The argument that makes a destroy delete it.
    pub delete_on_destroy: &'static str,
}

/// A resource that a PUT makes out of a backup, and that plays the part of the job: its tag says which restore has made it,
/// its status how that went. One implementation for each kind of resource; it names one resource, there or not.
#[async_trait]
pub trait RestoredResource: Send + Sync {
    /// The body of the PUT, without the tag of the restore.
    type Request: Tagged + Clone + Send + Sync;

    /// How messages name the kind.
    const NAMES: ResourceNames;

    /// The client below, for its limiter and for following operations.
    fn arm_client(&self) -> &ArmClient;

    /// The resource.
    fn id(&self) -> &ResourceId;

    /// What is restored, for messages: `database "x" of logical server "y"`.
    fn subject(&self) -> String;

    /// Reads it.
    ///
    /// # Errors
    /// [`ArmError`]; one that is not there is a refusal with status 404.
    async fn read(&self, deadline: &Deadline) -> Result<ResourceFacts, ArmError>;

    /// How far the restore is, for people: `42 %`. It costs a request, and is asked at every sixth poll. Default: not known.
    ///
    /// # Errors
    /// [`ArmError`], which is no reason to stop waiting.
    async fn progress(&self, _deadline: &Deadline) -> Result<Option<String>, ArmError> {
        Ok(None)
    }

    /// Sends the PUT, once; see [`RestoreService::send`](crate::restore::service::RestoreService::send). `request` has the
    /// tag of the restore. Done is the resource that was made at once.
    ///
    /// # Errors
    /// [`WriteError`] says whether the restore may have begun.
    async fn put(
        &self,
        request: &Self::Request,
        client_request_id: Uuid,
        deadline: &Deadline,
        wait: ResponseTimeout,
    ) -> Result<OperationStart<()>, WriteError>;

    /// Asks for its deletion, which is accepted and not done. Of one that is gone, nothing.
    ///
    /// # Errors
    /// [`ArmError`]
    async fn delete(&self, deadline: &Deadline) -> Result<(), ArmError>;

    /// How a restore that runs is cancelled, where Azure can. Default: it cannot.
    fn cancellation(&self) -> Option<&dyn Cancellation> {
        None
    }
}

/// For resources whose making can be cancelled.
#[async_trait]
pub trait Cancellation: Send + Sync {
    /// The operation that makes the resource; none if none runs.
    ///
    /// # Errors
    /// [`ArmError`]; that there is no resource is a refusal with status 404.
    async fn making(&self, deadline: &Deadline) -> Result<Option<MakingOperation>, ArmError>;

    /// Asks Azure to cancel it. Safe to repeat.
    ///
    /// # Errors
    /// [`ArmError`]
    async fn cancel(&self, operation: &str, deadline: &Deadline) -> Result<(), ArmError>;
}

/// An operation that makes a resource, and runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MakingOperation {
    /// What a cancellation names.
    pub name: String,
    /// Azure says that it can no longer be cancelled.
    pub is_final: bool,
}

/// What Azure says of a resource that a restore may have made.
#[derive(Clone, Debug, PartialEq)]
pub struct ResourceFacts {
    /// Where it stands.
    pub status: Availability,
    /// The request id of the restore that made it, as far as its tags say.
    pub restored_by: Option<String>,
    /// When it was created, UTC.
    pub creation_date: Option<OffsetDateTime>,
    /// What others need to manage it, by Azure's names.
    pub details: BTreeMap<String, String>,
    /// Why it cannot be used, as far as Azure says.
    pub reason: Option<AzureError>,
}

/// What the resource is made of. One implementation for each kind.
#[async_trait]
pub trait RestoreSource<R>: Send + Sync {
    /// The source, and the argument that names it.
    fn item(&self) -> RestoreItem;

    /// Looks whether it is there, and whatever else the body needs. See
    /// [`RestoreService::resolve`](crate::restore::service::RestoreService::resolve).
    ///
    /// # Errors
    /// A [`RestoreError`], on the argument at fault where there is one.
    async fn resolve(&self, deadline: &Deadline, now: OffsetDateTime) -> Result<Resolved<R>, RestoreError>;
}
