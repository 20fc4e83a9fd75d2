//! A state file edited by hand, its private bytes too, and an Azure that answers anything: nothing is restored, and nothing
//! is asked of another host or, but for links that Azure gives, outside the vault.

use super::{Canned, choice, name_item, now, part, restore};
use azurebackup::azure::transport::Method;
use azurebackup::tfplugin::resource::{Call, DeleteRequest, Plan, Private, UpdateRequest};
use azurebackup::tfplugin::value::Value;
use azurebackup::tfplugin::wire::{UnknownAttributes, encode, from_json};
use tokio_util::sync::CancellationToken;
use url::Url;

/// Panics at what must not be.
pub fn check(bytes: &[u8]) {
    let mut answers = bytes;
    let which = choice(&mut answers);
    let Ok(json) = serde_json::from_slice(part(&mut answers)) else { return };
    let private = Private::from_bytes(part(&mut answers).to_vec());
    let azure = Canned::new(answers);
    let resource = restore(which, &azure);
    let of_type = resource.schema().value_type();
    let Ok(mut state) = from_json(&json, &of_type, UnknownAttributes::PassOver) else { return };
    if state.is_null() {
        return;
    }
    name_item(resource.schema(), &mut state);
    state.set("timeouts", Value::object([("create", "2m"), ("update", "2m"), ("read", "1m"), ("delete", "1m")]));
    now(async {
        let call = Call::new(CancellationToken::new());
        let read = resource.read(&call, state.clone(), private).await;
        let state = read.state.unwrap_or(state);
        encode(&state, &of_type).expect("a state is of its schema");
        let mut plan = Plan {
            config: state.clone(),
            prior: Some(state.clone()),
            planned: state.clone(),
            private: read.private,
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
        let _ = resource.delete(&call, DeleteRequest { prior: state.clone(), private: plan.private.clone() }).await;
        let mut destroyed = plan.private;
        let _ = resource.plan_destroy(&call, &state, &mut destroyed).await;
        let _ = resource.delete(&call, DeleteRequest { prior: state, private: destroyed }).await;
    });
    // A job in the secondary region is read by POST.
    let reads_a_job = |url: &Url| url.path().to_lowercase().ends_with("/backupcrrjob");
    for (method, url) in azure.sent() {
        assert!(method == Method::GET || method == Method::POST && reads_a_job(&url), "{method} {url}");
    }
}
