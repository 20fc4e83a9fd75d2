//! The functions: one file per thing whose id can be taken apart, each with its result and its mapping.
//! Nothing that asks Azure or needs a configured provider may enter.

mod id_parser;
mod parse_backup_instance_id;
mod parse_job_id;
mod parse_recovery_point_id;
mod vault;

use std::sync::Arc;

use crate::tfplugin::function::Function;

/// Every function.
pub fn all() -> Vec<Arc<dyn Function>> {
    vec![
        Arc::new(parse_backup_instance_id::function()),
        Arc::new(parse_job_id::function()),
        Arc::new(parse_recovery_point_id::function()),
    ]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::tfplugin::value::Value;
    use crate::tfplugin::wire;

    /// The result of the function `name`, checked against the type that it promises.
    fn called(name: &str, id: &str) -> Result<Value, String> {
        let functions = all();
        let function = functions.iter().find(|function| function.name() == name).unwrap();
        let result = function.call(&[Value::from(id)]).map_err(|error| {
            assert_eq!(error.argument, Some(0));
            error.text
        })?;
        wire::encode(&result, &function.definition().returns.of_type).unwrap();
        Ok(result)
    }

    proptest! {
        #[test]
        fn every_name_comes_back_in_its_casing_whatever_the_casing_of_the_rest(
            names in proptest::array::uniform5("[A-Za-z0-9][A-Za-z0-9 ;().-]{0,8}[A-Za-z0-9]"),
            shout in any::<bool>(),
        ) {
            let [subscription, group, vault, instance, point] = &names;
            let kinds =
                ["subscriptions", "resourceGroups", "Microsoft.DataProtection", "backupVaults", "backupInstances", "recoveryPoints"];
            let written = kinds.map(|kind| if shout { kind.to_uppercase() } else { kind.to_lowercase() });
            let id = |kinds: [&str; 6]| {
                let [subscriptions, groups, namespace, vaults, instances, points] = kinds;
                let vault = format!("/{subscriptions}/{subscription}/{groups}/{group}/providers/{namespace}/{vaults}/{vault}");
                let instance = format!("{vault}/{instances}/{instance}");
                let point = format!("{instance}/{points}/{point}");
                (vault, instance, point)
            };
            let (_, instance_id, point_id) = id(written.each_ref().map(String::as_str));
            let (documented_vault, documented_instance, _) = id(kinds);
            let expected = Value::object([
                ("subscription_id", subscription.as_str()),
                ("resource_group_name", group),
                ("vault_type", "Microsoft.DataProtection/backupVaults"),
                ("vault_id", &documented_vault),
                ("vault_name", vault),
                ("name", instance),
            ]);
            prop_assert_eq!(&called("parse_backup_instance_id", &instance_id), &Ok(expected.clone()));
            let job_id = instance_id.replace(&written[4], "BACKUPjobs");
            prop_assert_eq!(&called("parse_job_id", &job_id), &Ok(expected.clone()));
            let mut of_point = expected;
            of_point.set("backup_instance_id", documented_instance);
            of_point.set("backup_instance_name", instance.as_str());
            of_point.set("name", point.as_str());
            prop_assert_eq!(called("parse_recovery_point_id", &point_id), Ok(of_point));
        }

        #[test]
        fn no_text_makes_a_function_panic_and_no_error_repeats_it(text in "\\PC{0,40}") {
            for function in all() {
                let error = called(function.name(), &text).unwrap_err();
                prop_assert!(text.chars().count() < 8 || !error.contains(&text), "{}", error);
                prop_assert!(!error.ends_with('.'), "clients add the full stop: {}", error);
            }
        }
    }

    #[test]
    fn the_example_in_an_error_is_an_id_that_the_function_takes() {
        for function in all() {
            let error = called(function.name(), "").unwrap_err();
            let example = error.split('"').rev().nth(1).unwrap();
            assert!(called(function.name(), example).is_ok(), "{error}");
        }
    }
}
