//! Every schema that is offered, against any values of its type.

use std::sync::Arc;

use proptest::prelude::*;

use super::AzureBackup;
use crate::tfplugin::generators::{Parts, Purpose, object_of, value_of};
use crate::tfplugin::plan;
use crate::tfplugin::provider::{Offering, Provider};
use crate::tfplugin::resource::{Call, Private};
use crate::tfplugin::schema::Schema;
use crate::tfplugin::value::Value;
use crate::tfplugin::wire::{decode, encode};
use tokio_util::sync::CancellationToken;

fn schemas() -> Vec<Schema> {
    let provider = AzureBackup::system();
    let resources = provider.offering().resources.into_iter().map(|resource| resource.schema().clone());
    let data_sources = provider.offering().data_sources.into_iter().map(|source| source.schema().clone());
    resources.chain(data_sources).chain([provider.schema().clone()]).collect()
}

fn any_schema() -> BoxedStrategy<Schema> {
    prop::sample::select(schemas()).boxed()
}

fn now<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn any_three_values_of_a_schema_are_planned_into_a_fourth(
        (schema, prior, config, proposed) in any_schema().prop_flat_map(|schema| {
            let value = || value_of(&schema.value_type(), Parts::Unknown);
            (Just(schema.clone()), proptest::option::of(value()), value(), value())
        }),
    ) {
        let (planned, replace) = plan::propose(&schema, &config, prior.as_ref(), &proposed);
        let of_type = schema.value_type();
        let bytes = encode(&planned, &of_type).unwrap();
        prop_assert_eq!(decode(&bytes, &of_type).unwrap(), planned);
        prop_assert!(replace.iter().all(|path| path.steps().len() == 1));
    }

    #[test]
    fn a_proposal_is_stable(
        (schema, config) in any_schema().prop_flat_map(|schema| {
            let config = object_of(&schema, Purpose::Configuration(Parts::Known));
            (Just(schema), config)
        }),
    ) {
        let (mut state, _) = plan::propose(&schema, &config, None, &config);
        state.replace_unknowns_with_null();
        let mut proposed = state.clone();
        for attribute in schema.attributes.iter().filter(|attribute| !config.get(&attribute.name).is_null()) {
            proposed.set(&attribute.name, config.get(&attribute.name).clone());
        }
        let (again, replace) = plan::propose(&schema, &config, Some(&state), &proposed);
        prop_assert_eq!(again, state);
        prop_assert_eq!(replace, vec![]);
    }

    #[test]
    fn any_configuration_is_valid_or_refused(choice in any::<prop::sample::Index>(), seed in any_schema_values()) {
        let provider = AzureBackup::system();
        let Offering { resources, data_sources, .. } = provider.offering();
        let resource = &resources[choice.index(resources.len())];
        for value in &seed {
            let _ = resource.schema().validate_config(value);
            let _ = now(resource.validate(value));
            let _ = now(provider.validate(value));
            for source in &data_sources {
                let _ = now(source.validate(value));
            }
        }
    }

    #[test]
    fn any_state_is_read_planned_and_forgotten_without_a_connection(
        state in value_of(&schemas()[0].value_type(), Parts::Known), private in proptest::collection::vec(any::<u8>(), 0..40),
    ) {
        let provider = AzureBackup::system();
        let resource: Arc<_> = provider.offering().resources.remove(0);
        let call = Call::new(CancellationToken::new());
        let mut marks = Private::from_bytes(private.clone());
        let read = now(resource.read(&call, state.clone(), Private::from_bytes(private)));
        prop_assert_eq!(read.state, Some(state.clone()));
        let _ = now(resource.plan_destroy(&call, &state, &mut marks));
        prop_assert!(marks.get::<serde_json::Value>().unwrap().is_some());
    }
}

/// Values of each schema, the same for all: one that does not fit is passed over by the checks, too.
fn any_schema_values() -> BoxedStrategy<Vec<Value>> {
    schemas().iter().map(|schema| value_of(&schema.value_type(), Parts::Unknown)).collect::<Vec<_>>().boxed()
}
