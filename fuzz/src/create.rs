//! A new restore of whatever its configuration says, out of private bytes that somebody else wrote, in a process that may
//! have deleted another one before, and an Azure that answers anything: no request id is sent twice, and what comes back is
//! of the schema.

use super::{Canned, choice, name_item, now, part, restore};
use azurebackup::tfplugin::plan::propose;
use azurebackup::tfplugin::resource::{Call, CreateRequest, DeleteRequest, Plan, Private};
use azurebackup::tfplugin::value::Value;
use azurebackup::tfplugin::wire::{UnknownAttributes, encode, from_json};
use tokio_util::sync::CancellationToken;

/// Panics at what must not be.
pub fn check(bytes: &[u8]) {
    triggers(bytes);
}

/// The same; how many restores were sent.
pub fn triggers(bytes: &[u8]) -> usize {
    let mut answers = bytes;
    let which = choice(&mut answers);
    let deletes = choice(&mut answers) % 2 == 1;
    let Ok(json) = serde_json::from_slice(part(&mut answers)) else { return 0 };
    let private = Private::from_bytes(part(&mut answers).to_vec());
    let azure = Canned::new(answers);
    let resource = restore(which, &azure);
    let schema = resource.schema();
    let of_type = schema.value_type();
    let Ok(mut config) = from_json(&json, &of_type, UnknownAttributes::PassOver) else { return 0 };
    if config.is_null() {
        return 0;
    }
    name_item(schema, &mut config);
    config.set("timeouts", Value::object([("create", "2m"), ("update", "2m"), ("read", "1m"), ("delete", "1m")]));
    let prior = config.clone();
    for attribute in schema.attributes.iter().filter(|attribute| !attribute.is_configurable()) {
        config.set(attribute.name.as_str(), Value::Null);
    }
    if schema.validate_config(&config).has_errors() {
        return 0;
    }
    now(async {
        if resource.validate(&config).await.has_errors() {
            return;
        }
        let call = Call::new(CancellationToken::new());
        if deletes {
            let _ = resource.delete(&call, DeleteRequest { prior, private: private.clone() }).await;
        }
        let (planned, requires_replace) = propose(schema, &config, None, &config);
        let mut plan = Plan {
            config: config.clone(),
            prior: None,
            planned,
            private,
            requires_replace,
            diagnostics: Default::default(),
        };
        resource.modify_plan(&call, &mut plan).await;
        if plan.diagnostics.has_errors() {
            return;
        }
        let created =
            resource.create(&call, CreateRequest { planned: plan.planned, config, private: plan.private }).await;
        if let Some(state) = &created.state {
            encode(state, &of_type).expect("a state is of its schema");
            assert!(state.is_wholly_known(), "{state:?}");
        }
    });
    azure.triggers()
}
