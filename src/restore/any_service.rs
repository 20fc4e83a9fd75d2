//! A backup service as the life of a restore sees it, whatever its request and its operation are.

use std::collections::BTreeMap;

use async_trait::async_trait;
use time::OffsetDateTime;

use crate::azure::client::ResponseTimeout;
use crate::azure::deadline::{Deadline, Interrupted};
use crate::azure::error::{ArmError, AzureError, WriteError};
use crate::azure::limiter::Permit;
use crate::azure::poll::PollResult;
use crate::restore::activity::Activity;
use crate::restore::argument_path::ArgumentPath;
use crate::restore::error::{RestoreError, UserMessage};
use crate::restore::intent::ClientRequestId;
use crate::restore::jobs::JobReader;
use crate::restore::operation::OperationEnd;
use crate::restore::record::{MadePoint, RestoredFile};
use crate::restore::service::{Accepted, Destruction, Resolved, RestoreItem, RestoreService};
use crate::restore::workload::WorkloadNames;

/// Every [`RestoreService`] without its types, so that the life of a restore is compiled once and not for each service.
/// What a method is for, and which errors it has, stands there; what needs the types is up to [`AnyRequest`] and
/// [`AnyOperation`].
#[allow(missing_docs, clippy::missing_errors_doc, reason = "each stands for the method of the same name")]
#[async_trait]
pub trait AnyRestoreService: Send + Sync {
    fn jobs(&self) -> &dyn JobReader;
    fn activity(&self) -> Activity;
    fn subject(&self, details: &BTreeMap<String, String>) -> String;
    fn workload(&self) -> Option<WorkloadNames>;
    fn item(&self) -> RestoreItem;
    fn restored_files(&self) -> Vec<RestoredFile>;
    fn target(&self) -> String;
    async fn resolve<'a>(
        &'a self,
        deadline: &Deadline,
        now: OffsetDateTime,
    ) -> Result<Resolved<Box<dyn AnyRequest<'a> + 'a>>, RestoreError>;
    async fn admit(&self, deadline: &Deadline) -> Result<Permit, Interrupted>;
    fn destruction(&self) -> Option<&dyn Destruction>;
    fn made_point(&self) -> Option<MadePoint>;
    fn warnings_of_end(&self, subject: &str) -> Vec<UserMessage>;
    async fn point_taken_at(&self, deadline: &Deadline, time: OffsetDateTime) -> Option<String>;
    fn warnings(&self) -> Vec<UserMessage>;
    fn advice(&self, rejection: &AzureError) -> Option<String>;
    async fn diagnose_list_failure(&self, deadline: &Deadline) -> Option<(ArgumentPath, String)>;
}

/// A request that restores, with the service that has made it and lives for `'a`.
#[async_trait]
pub trait AnyRequest<'a>: Send + Sync {
    /// Whether the service checks a request without restoring.
    fn is_validated(&self) -> bool;

    /// [`Validation::validate`](crate::restore::service::Validation::validate); nothing if the service has none.
    ///
    /// # Errors
    /// Its [`RestoreError`].
    async fn validate(&self, deadline: &Deadline) -> Result<(), RestoreError>;

    /// [`RestoreService::send`].
    ///
    /// # Errors
    /// Its [`WriteError`].
    async fn send(
        &self,
        id: ClientRequestId,
        deadline: &Deadline,
        wait: ResponseTimeout,
    ) -> Result<Accepted<Box<dyn AnyOperation + 'a>>, WriteError>;
}

/// The operation that a request has started, with the service that polls it.
#[async_trait]
pub trait AnyOperation: Send + Sync {
    /// [`RestoreService::operation`].
    ///
    /// # Errors
    /// Its [`ArmError`].
    async fn poll(&self, deadline: &Deadline) -> Result<PollResult<OperationEnd<String>>, ArmError>;
}

#[async_trait]
impl<S: RestoreService> AnyRestoreService for S {
    fn jobs(&self) -> &dyn JobReader {
        RestoreService::jobs(self)
    }

    fn activity(&self) -> Activity {
        RestoreService::activity(self)
    }

    fn subject(&self, details: &BTreeMap<String, String>) -> String {
        RestoreService::subject(self, details)
    }

    fn workload(&self) -> Option<WorkloadNames> {
        RestoreService::workload(self)
    }

    fn item(&self) -> RestoreItem {
        RestoreService::item(self)
    }

    fn restored_files(&self) -> Vec<RestoredFile> {
        RestoreService::restored_files(self)
    }

    fn target(&self) -> String {
        RestoreService::target(self)
    }

    async fn resolve<'a>(
        &'a self,
        deadline: &Deadline,
        now: OffsetDateTime,
    ) -> Result<Resolved<Box<dyn AnyRequest<'a> + 'a>>, RestoreError> {
        let resolved = RestoreService::resolve(self, deadline, now).await?;
        Ok(Resolved {
            request: Box::new(RequestOf { service: self, request: resolved.request }),
            recovery_point_id: resolved.recovery_point_id,
            recovery_point_time: resolved.recovery_point_time,
        })
    }

    async fn admit(&self, deadline: &Deadline) -> Result<Permit, Interrupted> {
        RestoreService::admit(self, deadline).await
    }

    fn destruction(&self) -> Option<&dyn Destruction> {
        RestoreService::destruction(self)
    }

    fn made_point(&self) -> Option<MadePoint> {
        RestoreService::made_point(self)
    }

    fn warnings_of_end(&self, subject: &str) -> Vec<UserMessage> {
        RestoreService::warnings_of_end(self, subject)
    }

    async fn point_taken_at(&self, deadline: &Deadline, time: OffsetDateTime) -> Option<String> {
        RestoreService::point_taken_at(self, deadline, time).await
    }

    fn warnings(&self) -> Vec<UserMessage> {
        RestoreService::warnings(self)
    }

    fn advice(&self, rejection: &AzureError) -> Option<String> {
        RestoreService::advice(self, rejection)
    }

    async fn diagnose_list_failure(&self, deadline: &Deadline) -> Option<(ArgumentPath, String)> {
        RestoreService::diagnose_list_failure(self, deadline).await
    }
}

struct RequestOf<'a, S: RestoreService> {
    service: &'a S,
    request: S::Request,
}

#[async_trait]
impl<'a, S: RestoreService> AnyRequest<'a> for RequestOf<'a, S> {
    fn is_validated(&self) -> bool {
        self.service.validation().is_some()
    }

    async fn validate(&self, deadline: &Deadline) -> Result<(), RestoreError> {
        match self.service.validation() {
            Some(validation) => validation.validate(deadline, &self.request).await,
            None => Ok(()),
        }
    }

    async fn send(
        &self,
        id: ClientRequestId,
        deadline: &Deadline,
        wait: ResponseTimeout,
    ) -> Result<Accepted<Box<dyn AnyOperation + 'a>>, WriteError> {
        let service = self.service;
        let accepted = service.send(&self.request, id, deadline, wait).await?;
        Ok(accepted.map(|operation| Box::new(OperationOf { service, operation }) as Box<dyn AnyOperation + 'a>))
    }
}

struct OperationOf<'a, S: RestoreService> {
    service: &'a S,
    operation: S::Operation,
}

#[async_trait]
impl<S: RestoreService> AnyOperation for OperationOf<'_, S> {
    async fn poll(&self, deadline: &Deadline) -> Result<PollResult<OperationEnd<String>>, ArmError> {
        self.service.operation(deadline, &self.operation).await
    }
}
