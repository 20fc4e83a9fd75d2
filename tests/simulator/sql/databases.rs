//! Databases and their operations as a client reads, cancels and deletes them.

use serde_json::{Value, json};

use super::super::arm::{ArmCall, ServiceAnswer};
use super::super::clock::with_seconds;
use super::super::error::not_found;
use super::super::message::Reply;
use super::super::paging::paged;
use super::super::platform::Platform;
use super::super::script::{Ending, JobView};
use super::restore::DatabaseRestore;
use super::servers::SqlServer;
use super::{Sql, error_of, missing, refusal};

impl Sql {
    /// The last restore that made, or makes, a database of this name.
    fn restore_of(&mut self, server: &SqlServer, name: &str) -> Option<&mut DatabaseRestore> {
        let is_it = |own: &&mut DatabaseRestore| {
            own.server_id.eq_ignore_ascii_case(&server.id()) && own.database.eq_ignore_ascii_case(name)
        };
        self.restores.iter_mut().rev().find(is_it)
    }

    /// A look at a database moves the restore that makes it.
    pub(super) fn get_database(
        &mut self,
        platform: &mut Platform,
        call: &ArmCall<'_>,
        server: &SqlServer,
        name: &str,
    ) -> ServiceAnswer {
        let now = platform.clock.now();
        let mut word = None;
        if let Some(restore) = self.restore_of(server, name) {
            let ran = restore.is_running();
            let view = if ran { Some(restore.look(&mut platform.world, now)) } else { None };
            match view {
                Some(JobView::ServerError) => {
                    let reply = refusal(500, "InternalServerError", "An unexpected error occurred.", call);
                    return ServiceAnswer::new(reply, format!("looked at database {name}: a server error"));
                }
                // What was shown is as of before the look that ended it.
                Some(JobView::Running(_) | JobView::Bare) => word = Some("Restoring".to_owned()),
                _ if restore.words.len() > 1 => word = restore.words.pop_front(),
                _ => word = restore.words.front().cloned(),
            }
        }
        let server = platform.world.sql_server_with_id(&server.id()).unwrap_or(server);
        let Some(found) = server.find(name) else { return missing(call, &format!("database {name}")) };
        let status = word.unwrap_or_else(|| found.status.clone());
        let body = found.to_json(server, &status);
        ServiceAnswer::new(Reply::json(200, &body), format!("looked at database {name}: {status}"))
    }

    pub(super) fn delete_database(
        &mut self,
        platform: &mut Platform,
        call: &ArmCall<'_>,
        server: &SqlServer,
        name: &str,
    ) -> ServiceAnswer {
        if server.find(name).is_none() {
            return ServiceAnswer::new(Reply::empty(204), format!("deleted database {name}, which does not exist"));
        }
        let now = platform.clock.now();
        if let Some(restore) = self.restore_of(server, name).filter(|restore| restore.is_running()) {
            restore.progress.finish(Ending::Cancelled);
            restore.settle(&mut platform.world, now);
        }
        platform.world.remove_sql_database(&server.id(), name);
        let url = format!("{}{}", platform.endpoint, call.request.path());
        ServiceAnswer::new(Reply::empty(202).header("location", url), format!("deleted database {name}"))
    }

    pub(super) fn list_operations(
        &mut self,
        platform: &mut Platform,
        call: &ArmCall<'_>,
        server: &SqlServer,
        name: &str,
    ) -> ServiceAnswer {
        let (now, cancellable) = (platform.clock.now(), self.cancellable);
        let known = server.find(name).is_some();
        let mut values = Vec::new();
        if let Some(restore) = self.restore_of(server, name) {
            let shown = restore.state();
            values.push(operation(restore, shown, server, cancellable));
            if shown == "CancelInProgress" {
                restore.look(&mut platform.world, now);
            }
        }
        if values.is_empty() && !known {
            return missing(call, &format!("the operations of database {name}"));
        }
        paged(platform, call, |_| values, &format!("listed the operations of database {name}"))
    }

    /// How far a restore onto a managed instance is, made up of how often it was looked at.
    pub(super) fn restore_details(&mut self, call: &ArmCall<'_>, server: &SqlServer, name: &str) -> ServiceAnswer {
        if server.find(name).is_none() {
            return missing(call, &format!("the restore details of database {name}"));
        }
        let id = format!("{}/databases/{name}/restoreDetails/current", server.id());
        let mut own = json!({"status": "Completed", "unrestorableFiles": []});
        if let Some(restore) = self.restore_of(server, name).filter(|restore| restore.is_running()) {
            let percent = (restore.looked * 7).min(99);
            own = json!({
                "status": "Restoring", "percentCompleted": percent, "currentRestoringFileName": "full_0",
                "numberOfFilesDetected": 26, "numberOfFilesRestored": percent / 4, "unrestorableFiles": [],
            });
        }
        let body = json!({"id": id, "name": "current",
            "type": "Microsoft.Sql/managedInstances/databases/restoreDetails", "properties": own});
        ServiceAnswer::new(Reply::json(200, &body), format!("looked how far the restore of database {name} is"))
    }

    pub(super) fn cancel(
        &mut self,
        platform: &mut Platform,
        call: &ArmCall<'_>,
        server: &SqlServer,
        name: &str,
        id: &str,
    ) -> ServiceAnswer {
        let (now, cancellable) = (platform.clock.now(), self.cancellable);
        let found = self.restore_of(server, name).filter(|restore| restore.id.eq_ignore_ascii_case(id));
        let Some(restore) = found else {
            let reply = refusal(404, "OperationIdNotFound", "The operation was not found.", call);
            return ServiceAnswer::new(reply, format!("tried to cancel operation {id}, which does not exist"));
        };
        if !restore.is_running() || !cancellable {
            let reply = refusal(409, "CannotCancelOperation", "The operation cannot be cancelled.", call);
            return ServiceAnswer::new(reply, format!("tried to cancel the restore of database {name} in vain"));
        }
        restore.progress.cancel();
        restore.settle(&mut platform.world, now);
        ServiceAnswer::new(Reply::empty(200), format!("cancelled the restore of database {name}"))
    }

    fn with_operation(&mut self, id: &str) -> Option<&mut DatabaseRestore> {
        self.restores.iter_mut().find(|own| own.id.eq_ignore_ascii_case(id))
    }

    /// The document at `Azure-AsyncOperation`.
    pub(super) fn operation_status(&mut self, platform: &mut Platform, call: &ArmCall<'_>, id: &str) -> ServiceAnswer {
        let now = platform.clock.now();
        let Some(restore) = self.with_operation(id) else {
            return ServiceAnswer::new(
                not_found(call.request.path()),
                "asked for an operation that does not exist".into(),
            );
        };
        let view = restore.look(&mut platform.world, now);
        let mut body = json!({"name": restore.id, "status": "InProgress", "startTime": with_seconds(restore.started)});
        match &view {
            JobView::Running(word) if word != "Cancelling" => body["status"] = json!(word),
            JobView::Running(_) => {}
            JobView::Bare => body = json!({}),
            JobView::ServerError => {
                let reply = refusal(500, "InternalServerError", "An unexpected error occurred.", call);
                return ServiceAnswer::new(reply, "followed the operation of the restore: a server error".into());
            }
            JobView::Missing => {
                return ServiceAnswer::new(
                    not_found(call.request.path()),
                    "asked for an operation whose record is gone".into(),
                );
            }
            JobView::Ended(Ending::Failed(errors)) => {
                body["status"] = json!("Failed");
                body["error"] = error_of(errors);
            }
            JobView::Ended(Ending::Cancelled) => return cancelled(call),
            JobView::Ended(_) => body["status"] = json!("Succeeded"),
        }
        let status = body["status"].as_str().unwrap_or("nearly nothing").to_owned();
        ServiceAnswer::new(Reply::json(200, &body), format!("followed the operation of the restore: {status}"))
    }

    /// The answer at `Location`: 202 while it runs, then what the PUT would have answered.
    pub(super) fn operation_result(&mut self, platform: &mut Platform, call: &ArmCall<'_>, id: &str) -> ServiceAnswer {
        let now = platform.clock.now();
        let Some(restore) = self.with_operation(id) else {
            return ServiceAnswer::new(
                not_found(call.request.path()),
                "asked for an operation that does not exist".into(),
            );
        };
        let view = restore.look(&mut platform.world, now);
        let (server_id, name) = (restore.server_id.clone(), restore.database.clone());
        match view {
            JobView::Ended(Ending::Failed(errors)) => {
                let body = json!({ "error": error_of(&errors) });
                ServiceAnswer::new(Reply::json(409, &body), "asked for the result of the restore: it failed".into())
            }
            JobView::Ended(Ending::Cancelled) => cancelled(call),
            JobView::Ended(_) => {
                let world = &platform.world;
                let found = world.sql_server_with_id(&server_id).and_then(|server| Some((server, server.find(&name)?)));
                match found {
                    Some((server, own)) => {
                        let body = own.to_json(server, &own.status);
                        ServiceAnswer::new(Reply::json(200, &body), "asked for the result of the restore".into())
                    }
                    None => missing(call, &format!("database {name}")),
                }
            }
            JobView::Missing => {
                ServiceAnswer::new(not_found(call.request.path()), "asked for an operation whose record is gone".into())
            }
            _ => ServiceAnswer::new(
                Reply::empty(202).header("retry-after", "15"),
                "asked for the result of the restore: it runs".into(),
            ),
        }
    }
}

/// As the service ends an operation that was cancelled.
fn cancelled(call: &ArmCall<'_>) -> ServiceAnswer {
    let reply = refusal(409, "OperationCancelled", "The operation has been cancelled by the user.", call);
    ServiceAnswer::new(reply, "followed the operation of the restore: cancelled".into())
}

/// An entry of the list. How far it is is made up of how often it was looked at.
fn operation(restore: &DatabaseRestore, state: &str, server: &SqlServer, cancellable: bool) -> Value {
    let percent = if restore.is_running() { (restore.looked * 7).min(99) } else { 100 };
    let mut own = json!({
        "databaseName": restore.database, "serverName": server.name, "operation": restore.operation,
        "operationFriendlyName": "RESTORE DATABASE", "percentComplete": percent, "state": state,
        "startTime": with_seconds(restore.started), "isCancellable": cancellable && restore.is_running(),
    });
    if state == "Failed" {
        own["errorCode"] = json!(45_000);
        own["errorDescription"] = json!("The restore failed.");
    }
    json!({
        "id": format!("{}/operations/{}", restore.database_id(), restore.id), "name": restore.id,
        "type": "Microsoft.Sql/servers/databases/operations", "properties": own,
    })
}
