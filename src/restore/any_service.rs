//! A backup service as whoever drives a restore sees it: what can be done, whatever its request and its operation are.

use async_trait::async_trait;
use time::OffsetDateTime;

use crate::azure::deadline::Deadline;
use crate::restore::destruction::{self, Destroyed};
use crate::restore::error::UserMessage;
use crate::restore::intent::Intent;
use crate::restore::jobs::JobReader;
use crate::restore::life::{Life, Outcome, RestoreContext, RestoreOptions};
use crate::restore::record::RestoreRecord;
use crate::restore::refresh;
use crate::restore::registry::Registry;
use crate::restore::service::RestoreService;

/// Every [`RestoreService`] without its types, so that callers are compiled once and not for each service.
#[async_trait]
pub trait AnyRestoreService: Send + Sync {
    /// [`Life::create`]: restores, and waits for the end.
    async fn create(&self, options: RestoreOptions, context: &RestoreContext, deadline: Deadline) -> Outcome;

    /// [`Life::resume`]: goes on waiting for the restore of `record`.
    async fn resume(
        &self,
        options: RestoreOptions,
        context: &RestoreContext,
        deadline: Deadline,
        record: RestoreRecord,
    ) -> Outcome;

    /// [`Life::preflight`]: the error that an apply would end with, as far as it can be found without a restore.
    async fn preflight(
        &self,
        options: RestoreOptions,
        context: &RestoreContext,
        deadline: Deadline,
    ) -> Option<UserMessage>;

    /// [`refresh`](crate::restore::refresh()): the record, if it has changed.
    ///
    /// # Errors
    /// A [`UserMessage`] if the restore cannot be read.
    async fn refresh(
        &self,
        deadline: &Deadline,
        record: &RestoreRecord,
        now: OffsetDateTime,
    ) -> Result<Option<RestoreRecord>, UserMessage>;

    /// [`destroy`](destruction::destroy()): the reaction to the end of the object.
    ///
    /// # Errors
    /// A [`UserMessage`]; the object must then stay in the state.
    async fn destroy(
        &self,
        registry: &Registry,
        intent: Intent,
        deadline: &Deadline,
        record: &RestoreRecord,
    ) -> Result<Destroyed, UserMessage>;

    /// What `terraform import` is given for the job of this ARM id.
    fn import_id(&self, job_id: &str) -> String;
}

#[async_trait]
impl<S: RestoreService> AnyRestoreService for S {
    async fn create(&self, options: RestoreOptions, context: &RestoreContext, deadline: Deadline) -> Outcome {
        Life::create(self, options, context, deadline).await
    }

    async fn resume(
        &self,
        options: RestoreOptions,
        context: &RestoreContext,
        deadline: Deadline,
        record: RestoreRecord,
    ) -> Outcome {
        Life::resume(self, options, context, deadline, record).await
    }

    async fn preflight(
        &self,
        options: RestoreOptions,
        context: &RestoreContext,
        deadline: Deadline,
    ) -> Option<UserMessage> {
        Life::preflight(self, options, context, deadline).await
    }

    async fn refresh(
        &self,
        deadline: &Deadline,
        record: &RestoreRecord,
        now: OffsetDateTime,
    ) -> Result<Option<RestoreRecord>, UserMessage> {
        refresh(self, deadline, record, now).await
    }

    async fn destroy(
        &self,
        registry: &Registry,
        intent: Intent,
        deadline: &Deadline,
        record: &RestoreRecord,
    ) -> Result<Destroyed, UserMessage> {
        destruction::destroy(self, registry, intent, deadline, record).await
    }

    fn import_id(&self, job_id: &str) -> String {
        self.jobs().import_id(job_id)
    }
}
