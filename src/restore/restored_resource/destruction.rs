//! What a destroy does with the resource: cancels its restore, or deletes it. Only one that this restore has made.

use async_trait::async_trait;

use super::ResourceRestore;
use super::target::{Cancellation, MakingOperation, ResourceFacts, RestoredResource};
use crate::azure::availability::Availability;
use crate::azure::deadline::{Deadline, Interrupted};
use crate::azure::error::ArmError;
use crate::azure::poll::PollResult;
use crate::azure::restore_tag::RESTORE_TAG;
use crate::restore::error::RestoreError;
use crate::restore::record::{RestoreRecord, shown};
use crate::restore::service::Destruction;

#[async_trait]
impl<T: RestoredResource> Destruction for ResourceRestore<T> {
    async fn destroy(&self, deadline: &Deadline, record: &RestoreRecord) -> Result<(), RestoreError> {
        let Some(found) = self.awaited(deadline, record).await? else { return Ok(()) };
        let runs = is_passing(&found) && record.status.is_open();
        if !self.on_destroy.delete && !runs {
            return Ok(());
        }
        self.is_made_by(&found, record)?;
        if self.on_destroy.cancel
            && runs
            && let Some(cancellation) = self.resource().cancellation()
        {
            self.cancel(cancellation, deadline).await?;
        }
        if self.on_destroy.delete {
            self.delete(deadline).await?;
        }
        Ok(())
    }
}

fn is_passing(found: &ResourceFacts) -> bool {
    matches!(found.status, Availability::Passing(_))
}

impl<T: RestoredResource> ResourceRestore<T> {
    /// The resource; none if it is not there.
    async fn found(&self, deadline: &Deadline) -> Result<Option<ResourceFacts>, ArmError> {
        match self.resource().read(deadline).await {
            Ok(found) => Ok(Some(found)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The resource; none if it is gone. Azure may have accepted a restore and not show the resource yet. It would appear
    /// after it had been forgotten, so it is waited for while nobody has seen the restore end.
    async fn awaited(
        &self,
        deadline: &Deadline,
        record: &RestoreRecord,
    ) -> Result<Option<ResourceFacts>, RestoreError> {
        let found = self.found(deadline).await?;
        if found.is_some() || !record.status.is_open() {
            return Ok(found);
        }
        let window = deadline.at_most(self.appears);
        let look = || async {
            let pending = PollResult::Pending { note: "not there".to_owned(), retry_after: None };
            Ok(self.found(&window).await?.map_or(pending, PollResult::Ready))
        };
        match self.polling.until_ready(&window, look).await {
            Err(RestoreError::Interrupted { interrupted: Interrupted::TimedOut, last: None }) => {
                Err(self.not_there_yet(record))
            }
            found => found.map(Some),
        }
    }

    fn not_there_yet(&self, record: &RestoreRecord) -> RestoreError {
        let entry = T::NAMES.list.entry;
        let (id, delete) = (self.resource().id(), T::NAMES.delete_on_destroy);
        let asked = if self.on_destroy.delete {
            format!("`{delete} = true` asks for the {entry} to be deleted")
        } else {
            "`cancel_on_destroy = true` asks for the restore to be cancelled".to_owned()
        };
        let text = format!(
            "{asked}, but Azure has no {entry} {id}. The state says that the restore is {}: Azure may have accepted it \
             and not show the {entry} yet. Nothing was deleted or cancelled. To find out how the restore ended, apply \
             with the resource in the configuration.",
            record.status.as_str()
        );
        RestoreError::Wrong { argument: None, text }
    }

    /// Only what says that this restore has made it is touched. Whoever has taken it over may have removed the tag.
    fn is_made_by(&self, found: &ResourceFacts, record: &RestoreRecord) -> Result<(), RestoreError> {
        let ours = record.request_id();
        if found.restored_by.as_deref().zip(ours).is_some_and(|(tag, id)| id.is(tag)) {
            return Ok(());
        }
        let entry = T::NAMES.list.entry;
        let wanted = record.client_request_id.as_deref().map_or_else(
            || "the request id of this restore, which the state does not have".to_owned(),
            |id| format!("{:?}, the request id of this restore", shown(id)),
        );
        let found = found.restored_by.as_deref().map_or("no such tag".to_owned(), |tag| format!("{:?}", shown(tag)));
        let mut arguments = format!("`{} = false`", T::NAMES.delete_on_destroy);
        if self.resource().cancellation().is_some() {
            arguments.push_str(" and `cancel_on_destroy = false`");
        }
        Err(RestoreError::Wrong {
            argument: None,
            text: format!(
                "The {entry} {} is only touched while its tag `{RESTORE_TAG}` is {wanted}. It has {found}: somebody else \
                 may use it now. Nothing was deleted or cancelled. To keep the {entry} and remove the restore from the \
                 state, set {arguments} and apply, or use `terraform state rm`.",
                self.resource().id(),
            ),
        })
    }

    /// Cancels the operation that makes the resource, and waits until it has ended. Where nothing is left to cancel, the
    /// restore has ended; but while the resource says that it goes on, an operation that is not listed is no end.
    async fn cancel(&self, cancellation: &dyn Cancellation, deadline: &Deadline) -> Result<(), RestoreError> {
        let running = if self.on_destroy.delete {
            making(cancellation, deadline).await?
        } else {
            self.operation_to_cancel(cancellation, deadline).await?
        };
        let Some(running) = running else { return Ok(()) };
        if running.is_final {
            return if self.on_destroy.delete { Ok(()) } else { Err(too_late::<T>(&running)) };
        }
        let name = running.name;
        let is_over = || async {
            let making = making(cancellation, deadline).await?;
            Ok(making.is_none_or(|running| running.name != name))
        };
        match cancellation.cancel(&name, deadline).await {
            // Between the two requests it may have ended.
            Err(ArmError::Refused(_)) if is_over().await? => return Ok(()),
            other => other?,
        }
        tracing::info!(operation = name, "asked Azure to cancel the restore");
        self.polling.wait_until(deadline, is_over).await
    }

    /// The operation that makes the resource; none if the restore has ended meanwhile.
    async fn operation_to_cancel(
        &self,
        cancellation: &dyn Cancellation,
        deadline: &Deadline,
    ) -> Result<Option<MakingOperation>, RestoreError> {
        if let Some(running) = making(cancellation, deadline).await? {
            return Ok(Some(running));
        }
        let window = deadline.at_most(self.appears);
        let look = || async {
            if let Some(running) = making(cancellation, &window).await? {
                return Ok(PollResult::Ready(Some(running)));
            }
            let goes_on = self.found(&window).await?.is_some_and(|found| is_passing(&found));
            let pending = PollResult::Pending { note: "no operation is listed".to_owned(), retry_after: None };
            Ok(if goes_on { pending } else { PollResult::Ready(None) })
        };
        match self.polling.until_ready(&window, look).await {
            Err(RestoreError::Interrupted { interrupted: Interrupted::TimedOut, last: None }) => {
                let entry = T::NAMES.list.entry;
                let text = format!(
                    "`cancel_on_destroy = true` asks for the restore to be cancelled, but Azure lists no operation that \
                     makes the {entry} {}, which cannot be used yet. Nothing was cancelled.",
                    self.resource().id()
                );
                Err(RestoreError::Wrong { argument: None, text })
            }
            found => found,
        }
    }

    /// Deletes the resource, and waits until it is gone. Its restore ends with it.
    async fn delete(&self, deadline: &Deadline) -> Result<(), RestoreError> {
        self.resource().delete(deadline).await?;
        tracing::info!(id = %self.resource().id(), "asked Azure to delete what was restored");
        self.polling.wait_until(deadline, || async { Ok(self.found(deadline).await?.is_none()) }).await
    }
}

/// The operation that makes the resource; none if none runs, or the resource is gone.
async fn making(cancellation: &dyn Cancellation, deadline: &Deadline) -> Result<Option<MakingOperation>, ArmError> {
    match cancellation.making(deadline).await {
        Err(error) if error.is_not_found() => Ok(None),
        other => other,
    }
}

fn too_late<T: RestoredResource>(running: &MakingOperation) -> RestoreError {
    let entry = T::NAMES.list.entry;
    let text = format!(
        "Azure says that operation {} on the {entry} can no longer be cancelled. Wait until it has ended, or set `{} = \
         true`: deleting the {entry} ends its restore, too.",
        running.name,
        T::NAMES.delete_on_destroy
    );
    RestoreError::Wrong { argument: None, text }
}
