//! What is true of any state file and of any way to write the same configuration.

use std::sync::Arc;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use time::OffsetDateTime;
use time::macros::datetime;

use super::results::COMPUTED;
use super::{RestoreResource, state};
use crate::azure::clock::Clock;
use crate::azure::properties::hostile_text;
use crate::connection::Connections;
use crate::resources::backup_vault::FromBackupVault;
use crate::resources::blob_restore::BlobRestore;
use crate::restore::registry::Registry;
use crate::tfplugin::generators::{Parts, Purpose, object_of, value_of};
use crate::tfplugin::plan::requires_replace;
use crate::tfplugin::resource::Resource;
use crate::tfplugin::schema::Type;
use crate::tfplugin::value::Value;
use crate::tfplugin::wire::encode;

#[derive(Debug)]
struct Noon;

impl Clock for Noon {
    fn now(&self) -> OffsetDateTime {
        datetime!(2026-11-20 12:00 UTC)
    }
}

fn resource() -> RestoreResource {
    RestoreResource::new(
        FromBackupVault::new(BlobRestore),
        Connections::default(),
        Arc::new(Registry::default()),
        Arc::new(Noon),
    )
}

/// Whether a plan sees no change from the one to the other.
fn same(resource: &RestoreResource, one: &Value, other: &Value) -> bool {
    resource.core().difference(one, other).arguments.is_empty()
}

fn known_object() -> BoxedStrategy<Value> {
    object_of(resource().schema(), Purpose::Configuration(Parts::Known))
}

/// Configurations from a small world, so that two of them often mean the same in another notation.
fn options() -> BoxedStrategy<Value> {
    let text = |words: &'static [&'static str]| {
        option::of(prop::sample::select(words)).prop_map(|word| word.map_or(Value::Null, Value::from))
    };
    let container = (text(&["a", "b"]), option::of(vec(text(&["p", "q"]), 0..3)), text(&["a", "c"])).prop_map(
        |(name, prefixes, rename_to)| {
            let prefixes = prefixes.map_or(Value::Null, Value::List);
            Value::object([("name", name), ("prefixes", prefixes), ("rename_to", rename_to)])
        },
    );
    let point = (text(&["x", "X", "/p/x"]), option::of(any::<bool>()), text(&["VaultStore"])).prop_map(
        |(id, latest, data_store)| {
            let latest = latest.map_or(Value::Null, Value::from);
            Value::object([("id", id), ("latest", latest), ("data_store", data_store)])
        },
    );
    let instants = &["2026-11-19T08:00:00Z", "2026-11-19T09:00:00+01:00", "latest", "2026-11-19T08:00:01Z"];
    (
        text(&["/i/a", "/I/A", "/i/a/", "/i/b"]),
        text(instants),
        option::of(point),
        option::of(vec(container, 0..3)),
        text(&["West Europe", "westeurope", "northeurope"]),
    )
        .prop_map(|(item, instant, point, containers, location)| {
            Value::object([
                ("backup_instance_id", item),
                ("point_in_time", instant),
                ("recovery_point", point.unwrap_or_default()),
                ("containers", containers.map_or(Value::Null, Value::List)),
                ("restore_location", location),
            ])
        })
        .boxed()
}

/// The same lists the other way round, each with its first element once more.
fn reordered(value: &Value) -> Value {
    match value {
        Value::List(elements) => {
            let turned = elements.iter().rev().chain(elements.first()).map(reordered);
            Value::List(turned.collect())
        }
        Value::Map(members) => {
            Value::Map(members.iter().map(|(name, member)| (name.clone(), reordered(member))).collect())
        }
        other => other.clone(),
    }
}

/// A state whose every computed attribute is rubbish of its type.
fn hostile_state() -> BoxedStrategy<Value> {
    let schema = resource().schema().clone();
    let words = prop::sample::select(vec![
        "InProgress",
        "Unknown",
        "NotAccepted",
        "Completed",
        "CompletedWithWarnings",
        "Failed",
        "Cancelled",
    ]);
    let texts = COMPUTED.map(|_| hostile_text());
    (value_of(&schema.value_type(), Parts::Known), texts.to_vec(), words, any::<bool>())
        .prop_map(move |(mut object, texts, word, known_word)| {
            for (name, text) in COMPUTED.iter().zip(texts) {
                if schema.attribute(name).is_some_and(|attribute| attribute.value_type() == Type::String) {
                    object.set(*name, text);
                }
            }
            if known_word {
                object.set("status", word);
            }
            object
        })
        .boxed()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn a_state_file_of_rubbish_is_a_record_and_the_record_is_a_state(state in hostile_state()) {
        let resource = resource();
        let record = state::record(&state);
        let refreshed = state::refreshed(&state, &record);
        // What was rubbish is forgotten once; from there on nothing changes any more.
        prop_assert_eq!(&state::record(&refreshed), &record);
        prop_assert_eq!(&state::refreshed(&refreshed, &state::record(&refreshed)), &refreshed);
        let planned = Value::object(COMPUTED.map(|name| (name, Value::unknown())));
        prop_assert!(state::with_record(&planned, &record, false).is_wholly_known());
        if !refreshed.get("backup_instance_id").is_unknown() && state.as_map().is_some() {
            prop_assert!(encode(&refreshed, &resource.schema().value_type()).is_ok());
        }
    }

    #[test]
    fn order_repetition_and_case_have_no_meaning(options in options()) {
        let resource = resource();
        let other = reordered(&options);
        prop_assert!(same(&resource, &options, &other));
        prop_assert_eq!(resource.core().intent(&options), resource.core().intent(&other));
    }

    #[test]
    fn two_configurations_are_one_intent_if_and_only_if_a_plan_sees_no_change(one in options(), other in options()) {
        let resource = resource();
        prop_assert_eq!(resource.core().intent(&one) == resource.core().intent(&other), same(&resource, &one, &other));
    }

    #[test]
    fn the_plan_layer_and_the_restore_see_the_same_changes(one in options(), other in options()) {
        let resource = resource();
        let difference = resource.core().difference(&one, &other);
        let paths = requires_replace(resource.schema(), &one, &other);
        prop_assert_eq!(paths.iter().map(ToString::to_string).collect::<Vec<_>>(), difference.arguments);
    }

    #[test]
    fn any_known_object_has_an_intent_and_a_plan_sees_a_change_where_the_intent_does(one in known_object(), other in known_object()) {
        let resource = resource();
        let intents = [&one, &other].map(|object| resource.core().intent(object).unwrap());
        prop_assert_eq!(intents[0] == intents[1], same(&resource, &one, &other));
    }

    #[test]
    fn a_canonical_form_is_its_own_canonical_form(options in options(), text in hostile_text()) {
        let resource = resource();
        for attribute in &resource.core().arguments().attributes {
            let text = Value::from(text.as_str());
            let given = if attribute.is_scalar() { vec![options.get(&attribute.name), &text] } else { vec![options.get(&attribute.name)] };
            for given in given {
                let once = attribute.canonical_form(given);
                prop_assert_eq!(attribute.canonical_form(&once), once, "{}", &attribute.name);
            }
        }
    }
}
