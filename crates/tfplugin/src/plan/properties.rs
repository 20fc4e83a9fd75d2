use proptest::prelude::*;

use super::core_rules::{complaints, proposal};
use super::*;
use crate::generators::{Parts, Purpose, any_schema, object_of};
use crate::schema::Type;

fn plan(schema: &Schema, prior: &Value, config: &Value) -> (Value, Vec<Path>) {
    let proposed = proposal(schema, prior, config);
    propose(schema, config, (!prior.is_null()).then_some(prior), &proposed)
}

/// A schema, a state of it or null, and a configuration.
fn cases(parts: Parts) -> impl Strategy<Value = (Schema, Value, Value)> {
    any_schema().prop_flat_map(move |schema| {
        let prior = prop_oneof![1 => Just(Value::Null), 3 => object_of(&schema, Purpose::State)];
        let config = object_of(&schema, Purpose::Configuration(parts));
        (Just(schema), prior, config)
    })
}

/// What the provider might return: the plan with some value in place of each unknown.
fn applied(planned: &Value) -> Value {
    let mut state = planned.clone();
    state.replace_unknowns_with_null();
    state
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn terraform_takes_every_plan((schema, prior, config) in cases(Parts::Unknown)) {
        let (planned, replace) = plan(&schema, &prior, &config);
        prop_assert_eq!(complaints(&schema, &prior, &config, &planned), Vec::<String>::new());
        for path in replace {
            prop_assert!(!prior.is_null());
            // Terraform ignores paths at which nothing differs, and replaces nothing.
            prop_assert_ne!(prior.at(&path), planned.at(&path));
        }
    }

    #[test]
    fn after_an_apply_the_same_configuration_plans_nothing((schema, prior, config) in cases(Parts::Known)) {
        let state = applied(&plan(&schema, &prior, &config).0);
        let (planned, replace) = plan(&schema, &state, &config);
        prop_assert_eq!(planned, state);
        prop_assert_eq!(replace, vec![]);
    }

    #[test]
    fn what_a_plan_knows_is_still_so_once_everything_is_known((schema, prior, config) in cases(Parts::Unknown)) {
        // Elements of sets may become equal and fall into one.
        prop_assume!(!has_sets(&schema.value_type()));
        let known = applied(&config);
        let (first, replace) = plan(&schema, &prior, &config);
        // The second leg of a replacement is planned from nothing.
        prop_assume!(replace.is_empty());
        let second = plan(&schema, &prior, &known).0;
        prop_assert!(agrees_where_known(&first, &second), "{first:?}\n{second:?}");
    }
}

fn has_sets(of_type: &Type) -> bool {
    match of_type {
        Type::Set(_) => true,
        Type::List(element) | Type::Map(element) => has_sets(element),
        Type::Object(attributes) => attributes.values().any(has_sets),
        _ => false,
    }
}

fn agrees_where_known(first: &Value, second: &Value) -> bool {
    match (first, second) {
        (Value::Unknown(_), _) => true,
        (Value::List(first), Value::List(second)) => {
            first.len() == second.len()
                && first.iter().zip(second).all(|(first, second)| agrees_where_known(first, second))
        }
        (Value::Map(first), Value::Map(second)) => {
            first.keys().eq(second.keys())
                && first.values().zip(second.values()).all(|(first, second)| agrees_where_known(first, second))
        }
        _ => first == second,
    }
}
