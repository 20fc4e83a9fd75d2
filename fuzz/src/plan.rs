//! Plans and checks of whatever fits the schemas.

use super::{choice, now, part};
use azurebackup::provider::AzureBackup;
use azurebackup::tfplugin::plan::propose;
use azurebackup::tfplugin::provider::Provider;
use azurebackup::tfplugin::resource::{Call, Plan, Private};
use azurebackup::tfplugin::wire::{decode, encode};
use tokio_util::sync::CancellationToken;

/// Panics at what must not be.
pub fn check(bytes: &[u8]) {
    let mut rest = bytes;
    let which = choice(&mut rest);
    let private = part(&mut rest).to_vec();
    let provider = AzureBackup::system();
    let mut resources = provider.offering().resources;
    let resource = resources.remove(which % resources.len());
    let schema = resource.schema();
    let of_type = schema.value_type();
    // Three values in a row, as far as there are any.
    let third = rest.len() / 3;
    let values: Vec<_> = [rest.get(..third), rest.get(third..2 * third), rest.get(2 * third..)]
        .into_iter()
        .filter_map(|bytes| decode(bytes?, &of_type).ok())
        .chain(decode(rest, &of_type).ok())
        .collect();
    let Some(config) = values.first() else { return };
    let (prior, proposed) = (values.get(1), values.get(2).unwrap_or(config));
    let (planned, requires_replace) = propose(schema, config, prior, proposed);
    encode(&planned, &of_type).expect("a plan is of its schema");
    let _ = schema.validate_config(config);
    now(async {
        let _ = resource.validate(config).await;
        let mut plan = Plan {
            config: config.clone(),
            prior: prior.filter(|prior| !prior.is_null()).cloned(),
            planned,
            private: Private::from_bytes(private),
            requires_replace,
            diagnostics: Default::default(),
        };
        resource.modify_plan(&Call::new(CancellationToken::new()), &mut plan).await;
        if !plan.planned.is_null() {
            encode(&plan.planned, &of_type).expect("a plan is of its schema");
        }
    });
}
