//! The functions: one file per thing whose id can be taken apart, each with its result and its mapping. The provider lists
//! them. Nothing that asks Azure or needs a configured provider may enter.

mod id_parser;
pub mod parse_backup_instance_id;
pub mod parse_job_id;
pub mod parse_protected_item_id;
pub mod parse_protection_container_id;
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
            of_point.set("protected_item_id", Value::Null);
            of_point.set("protected_item_name", Value::Null);
            of_point.set("backup_instance_id", documented_instance);
            of_point.set("backup_instance_name", instance.as_str());
            of_point.set("name", point.as_str());
            prop_assert_eq!(called(&parse_recovery_point_id::function(), &point_id), Ok(of_point));
        }
    }

    /// An id with one name written in one of the ways that are met, and the name.
    fn written(name: &str, encoded: bool) -> String {
        let plain = |character: char| !encoded && !"%/?#<>&\\".contains(character);
        let one = |character: char| match plain(character) || character.is_ascii_alphanumeric() {
            true => character.to_string(),
            false => character.to_string().bytes().map(|byte| format!("%{byte:02X}")).collect(),
        };
        name.chars().map(one).collect()
    }

    proptest! {
        #[test]
        fn names_of_a_recovery_services_vault_come_back_decoded_however_they_are_written(
            container in "[A-Za-z;0-9]{1,12};[A-Za-z0-9 äÖß%&/#東]{1,12}[A-Za-z]",
            item in "[A-Za-z]{1,12};[A-Za-z0-9 äÖß%?/東.;]{0,12}[A-Za-z]",
            encoded in any::<bool>(),
            shout in any::<bool>(),
        ) {
            const GROUP: &str = "/subscriptions/5ea1ab1e-0000-4000-8000-000000000001/resourceGroups/g/providers";
            let case = |text: &'static str| if shout { text.to_uppercase() } else { text.to_lowercase() };
            let (container_in_id, item_in_id) = (written(&container, encoded), written(&item, encoded));
            let vault = format!("{GROUP}/Microsoft.RecoveryServices/vaults/v");
            let container_id = format!("{vault}/backupFabrics/Azure/protectionContainers/{container_in_id}");
            let item_id = format!("{container_id}/protectedItems/{item_in_id}");
            let other_vault = format!("{GROUP}/{}/v", case("Microsoft.RecoveryServices/vaults"));
            let other_container = format!(
                "{other_vault}/{}/Azure/{}/{container_in_id}", case("backupFabrics"), case("protectionContainers")
            );
            let other_item = format!("{other_container}/{}/{item_in_id}", case("protectedItems"));
            let with_vault = |further: &[(&'static str, &str)]| {
                let members = [
                    ("subscription_id", "5ea1ab1e-0000-4000-8000-000000000001"),
                    ("resource_group_name", "g"),
                    ("vault_type", "Microsoft.RecoveryServices/vaults"),
                    ("vault_id", &vault),
                    ("vault_name", "v"),
                ];
                Value::object(members.into_iter().chain(further.iter().copied()))
            };
            let of_container = with_vault(&[("name", &container)]);
            prop_assert_eq!(called(&parse_protection_container_id::function(), &other_container), Ok(of_container));
            let of_item =
                [("container_id", container_id.as_str()), ("container_name", &container), ("name", &item)];
            prop_assert_eq!(called(&parse_protected_item_id::function(), &other_item), Ok(with_vault(&of_item)));
            let mut of_point =
                with_vault(&[("protected_item_id", &item_id), ("protected_item_name", &item), ("name", "932")]);
            of_point.set("backup_instance_id", Value::Null);
            of_point.set("backup_instance_name", Value::Null);
            let point = format!("{other_item}/{}/932", case("recoveryPoints"));
            prop_assert_eq!(called(&parse_recovery_point_id::function(), &point), Ok(of_point));
            let job = format!("{other_vault}/{}/j", case("backupJobs"));
            prop_assert_eq!(called(&parse_job_id::function(), &job), Ok(with_vault(&[("name", "j")])));
        }
    }
}
