//! What a destroy does with the database: cancels its restore, or deletes it. Only one that this restore has made.

use async_trait::async_trait;

use super::SqlDatabaseRestore;
use crate::azure::deadline::Deadline;
use crate::azure::error::ArmError;
use crate::azure::sql::{Database, DatabaseOperation, DatabaseStatus};
use crate::restore::error::RestoreError;
use crate::restore::record::{RestoreRecord, shown};
use crate::restore::service::Destruction;

#[async_trait]
impl Destruction for SqlDatabaseRestore {
    async fn destroy(&self, deadline: &Deadline, record: &RestoreRecord) -> Result<(), RestoreError> {
        let Some(database) = self.read_target(deadline).await? else { return Ok(()) };
        let runs = matches!(database.status, DatabaseStatus::Passing(_)) && record.status.is_open();
        if !self.on_destroy.delete && !runs {
            return Ok(());
        }
        self.is_made_by(&database, record)?;
        if self.on_destroy.cancel && runs && self.cancel(deadline).await? && !self.on_destroy.delete {
            return Ok(());
        }
        if self.on_destroy.delete {
            self.delete(deadline).await?;
        }
        Ok(())
    }
}

impl SqlDatabaseRestore {
    /// The database; none if it is not there.
    async fn read_target(&self, deadline: &Deadline) -> Result<Option<Database>, ArmError> {
        match self.client().database(self.target_id(), deadline).await {
            Ok(database) => Ok(Some(database)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Only what says that this restore has made it is touched. Whoever has taken the database over may have removed the tag.
    fn is_made_by(&self, database: &Database, record: &RestoreRecord) -> Result<(), RestoreError> {
        let ours = record.request_id();
        if database.restored_by.as_deref().zip(ours).is_some_and(|(tag, id)| id.is(tag)) {
            return Ok(());
        }
        let wanted = shown(record.client_request_id.as_deref().unwrap_or_default());
        let found = database.restored_by.as_deref().map_or("no such tag".to_owned(), |tag| format!("{:?}", shown(tag)));
        Err(RestoreError::Wrong {
            argument: None,
            text: format!(
                "The database {} is only touched while its tag `{}` is {wanted:?}, the request id of this restore. It \
                 has {found}: somebody else may use it now. Nothing was deleted or cancelled. To keep the database \
                 and remove the restore from the state, set `delete_database_on_destroy = false` and \
                 `cancel_on_destroy = false` and apply, or use `terraform state rm`.",
                self.target_id(),
                crate::azure::sql::RESTORE_TAG,
            ),
        })
    }

    /// Cancels the operation that makes the database, and waits until it has ended. `false`: there is none to cancel.
    async fn cancel(&self, deadline: &Deadline) -> Result<bool, RestoreError> {
        let id = self.target_id();
        let operations = match self.client().operations(id, deadline).await {
            Err(error) if error.is_not_found() => return Ok(true),
            other => other?,
        };
        let Some(running) = DatabaseOperation::making(&operations) else { return Ok(false) };
        if running.is_cancellable == Some(false) && !self.on_destroy.delete {
            let text = format!(
                "Azure says that operation {} on the database can no longer be cancelled. Wait until it has ended, or \
                 set `delete_database_on_destroy = true`: deleting the database ends its restore, too.",
                running.name
            );
            return Err(RestoreError::Wrong { argument: None, text });
        }
        if running.is_cancellable == Some(false) {
            return Ok(false);
        }
        let name = running.name.clone();
        match self.client().cancel_operation(id, &name, deadline).await {
            // Between the two requests it may have ended.
            Err(ArmError::Refused(_)) if self.operation_is_over(&name, deadline).await? => return Ok(true),
            other => other?,
        }
        tracing::info!(operation = name, "asked Azure to cancel the restore");
        self.polling.wait_until(deadline, || self.operation_is_over(&name, deadline)).await?;
        Ok(true)
    }

    async fn operation_is_over(&self, name: &str, deadline: &Deadline) -> Result<bool, ArmError> {
        match self.client().operations(self.target_id(), deadline).await {
            Ok(operations) => Ok(DatabaseOperation::making(&operations).is_none_or(|running| running.name != name)),
            Err(error) if error.is_not_found() => Ok(true),
            Err(error) => Err(error),
        }
    }

    /// Deletes the database, and waits until it is gone. Its restore ends with it.
    async fn delete(&self, deadline: &Deadline) -> Result<(), RestoreError> {
        self.client().delete_database(self.target_id(), deadline).await?;
        tracing::info!(database = %self.target_id(), "asked Azure to delete the restored database");
        self.polling.wait_until(deadline, || async { Ok(self.read_target(deadline).await?.is_none()) }).await
    }
}
