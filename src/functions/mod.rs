//! The functions: one file per thing whose id can be taken apart, each with its result and its mapping. The provider lists
//! them. Nothing that asks Azure or needs a configured provider may enter.

mod id_parser;
pub mod parse_backup_instance_id;
pub mod parse_job_id;
pub mod parse_recovery_point_id;
mod vault;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::id_parser::IdParser;
    use super::*;
    use crate::tfplugin::function::Function;
    use crate::tfplugin::value::Value;
    use crate::tfplugin::wire;

    /// The result of a function, checked against the type that it promises.
    fn called(function: &IdParser, id: &str) -> Result<Value, String> {
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
            subscription in "[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}",
            names in proptest::array::uniform4("[A-Za-z0-9][A-Za-z0-9 ;().-]{0,8}[A-Za-z0-9]"),
            shout in any::<bool>(),
        ) {
            let [group, vault, instance, point] = &names;
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
            prop_assert_eq!(&called(&parse_backup_instance_id::function(), &instance_id), &Ok(expected.clone()));
            let job_id = instance_id.replace(&written[4], "BACKUPjobs");
            prop_assert_eq!(&called(&parse_job_id::function(), &job_id), &Ok(expected.clone()));
            let mut of_point = expected;
            of_point.set("backup_instance_id", documented_instance);
            of_point.set("backup_instance_name", instance.as_str());
            of_point.set("name", point.as_str());
            prop_assert_eq!(called(&parse_recovery_point_id::function(), &point_id), Ok(of_point));
        }
    }
}
