//! A state file edited by hand, and an Azure that answers anything: nothing is restored, and nothing is asked of another
//! host or, but for links that Azure gives, outside the vault.

use std::sync::Arc;

use super::{Canned, VAULT, clock, connection, now, part};
use azurebackup::azure::transport::Method;
use azurebackup::connection::Connections;
use azurebackup::resources::backup_vault::FromBackupVault;
use azurebackup::resources::blob_restore::BlobRestore;
use azurebackup::resources::restore::RestoreResource;
use azurebackup::restore::registry::Registry;
use azurebackup::tfplugin::resource::{Call, DeleteRequest, Plan, Private, Resource, UpdateRequest};
use azurebackup::tfplugin::value::Value;
use azurebackup::tfplugin::wire::{UnknownAttributes, encode, from_json};
use tokio_util::sync::CancellationToken;

/// Panics at what must not be.
pub fn check(bytes: &[u8]) {
    let mut answers = bytes;
    let Ok(json) = serde_json::from_slice(part(&mut answers)) else { return };
    let azure = Canned::new(answers);
    let connections = Connections::default();
    connections.replace(Some(connection(&azure)));
    let resource =
        RestoreResource::new(FromBackupVault::new(BlobRestore), connections, Arc::new(Registry::default()), clock());
    let of_type = resource.schema().value_type();
    let Ok(mut state) = from_json(&json, &of_type, UnknownAttributes::PassOver) else { return };
    if state.is_null() {
        return;
    }
    state.set("backup_instance_id", format!("{VAULT}/backupInstances/i"));
    state.set("timeouts", Value::object([("create", "2m"), ("update", "2m"), ("read", "1m"), ("delete", "1m")]));
    now(async {
        let call = Call::new(CancellationToken::new());
        let read = resource.read(&call, state.clone(), Private::default()).await;
        let state = read.state.unwrap_or(state);
        encode(&state, &of_type).expect("a state is of its schema");
        let mut plan = Plan {
            config: state.clone(),
            prior: Some(state.clone()),
            planned: state.clone(),
            private: Private::default(),
            requires_replace: Vec::new(),
            diagnostics: Default::default(),
        };
        resource.modify_plan(&call, &mut plan).await;
        let update = UpdateRequest {
            prior: state.clone(),
            planned: plan.planned.clone(),
            config: state.clone(),
            private: plan.private.clone(),
        };
        let applied = resource.update(&call, update).await;
        if let Some(state) = &applied.state {
            encode(state, &of_type).expect("a state is of its schema");
        }
        let _ = resource.delete(&call, DeleteRequest { prior: state, private: plan.private }).await;
    });
    for (method, url) in azure.sent() {
        assert_eq!(method, Method::GET, "{url}");
    }
}
