//! Containers of a vaulted storage account and the other account they go into: the arguments that blobs and data lakes
//! have in common, with their checks and their mapping.

use super::TargetContext;
use crate::azure::data_protection::{
    Datasource, RecoveryOption, RestoreCriterion, RestoreTargetInfo, STORAGE_ACCOUNTS,
};
use crate::azure::resource_id::ResourceId;
use crate::model;
use crate::resources::arguments::resource_id;
use crate::resources::given::{NotGiven, Scope, optional, required_text};
use crate::resources::restore::{Decides, UndecidedLimit};
use crate::restore::argument_path::ArgumentPath;
use crate::restore::error::RestoreError;
use crate::tfplugin::diagnostics::{Diagnostic, Diagnostics};
use crate::tfplugin::model::Attr;
use crate::tfplugin::schema::{Attribute, Type};
use crate::tfplugin::validators::{each, length_between, list_length, not_empty, text_checked_by};
use crate::tfplugin::value::{Path, Value};

/// Most containers a vaulted restore takes (Microsoft's support matrices of blobs and of data lakes).
pub const MOST_CONTAINERS: usize = 100;

model! {
    /// A container to restore.
    pub struct Container {
        /// Name of the container in the backup.
        pub name: Attr<String>,
        /// Only blobs whose names begin so.
        pub prefixes: Attr<Vec<Attr<String>>>,
        /// Its name on the target.
        pub rename_to: Attr<String>,
    }
}

/// A container that is restored: what was given of it, and nothing less.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SelectedContainer {
    /// Its name.
    pub name: String,
    /// Which blobs of it, by the beginnings of their names.
    pub prefixes: Scope<String>,
    /// Its name on the target, if that is another.
    pub rename_to: Option<String>,
}

impl SelectedContainer {
    fn read(container: &Container, at: &ArgumentPath) -> Result<Self, NotGiven> {
        let member = |name: &str| at.clone().member(name);
        let name = required_text(&container.name, member("name"))?;
        let rename_to = optional(&container.rename_to, member("rename_to"))?.filter(|renamed| *renamed != name);
        Ok(Self {
            name: name.to_owned(),
            prefixes: Scope::of_texts(&container.prefixes, member("prefixes"))?,
            rename_to: rename_to.cloned(),
        })
    }
}

/// The containers that `containers` names.
///
/// # Errors
/// [`NotGiven`] on the argument that is empty, or holds something null or unknown.
pub fn selected(containers: &Attr<Vec<Attr<Container>>>) -> Result<Scope<SelectedContainer>, NotGiven> {
    Scope::read(containers, "containers", |container, at| SelectedContainer::read(container, &at))
}

/// The argument that names the account they go into.
pub const TARGET: &str = "target_storage_account_id";

/// A container that is renamed to its own name is not renamed.
fn without_idle_renaming(container: &Value) -> Value {
    let mut container = container.clone();
    if container.get("rename_to") == container.get("name") {
        container.set("rename_to", Value::Null);
    }
    container
}

/// The list that limits what is restored, while it is not known whether it is set: `containers`, or the `prefixes` of
/// one. `without` says what would happen without the one and without the other.
pub fn undecided_limit(
    containers: &Attr<Vec<Attr<Container>>>,
    without: (&'static str, &'static str),
) -> Option<UndecidedLimit> {
    let containers = match containers {
        Attr::Unknown => {
            return Some(UndecidedLimit {
                decides: Decides::HowMuch,
                argument: "containers".into(),
                without: without.0,
            });
        }
        Attr::Known(containers) => containers,
        Attr::Null => return None,
    };
    let unlimited =
        |container: &Attr<Container>| container.known().is_some_and(|container| container.prefixes.is_unknown());
    let index = containers.iter().position(unlimited)?;
    let argument = ArgumentPath::from("containers").element(index).member("prefixes");
    Some(UndecidedLimit { decides: Decides::HowMuch, argument, without: without.1 })
}

/// The argument `containers`; the texts say what is particular to the workload.
pub fn containers_attribute(description: &str, rename_to: &str) -> Attribute {
    let members = vec![
        Attribute::string("name")
            .required()
            .requires_replace()
            .validate(text_checked_by(is_container_name))
            .description("The name of the container."),
        Attribute::list_of("prefixes", Type::String)
            .optional()
            .requires_replace()
            .unordered()
            .validate(not_empty(
                "To restore the whole container, set `prefixes` to `null` or remove it. To restore a part, name it.",
            ))
            .validate(list_length(0..=MOST_CONTAINERS))
            .validate(each(length_between(1..=1024)))
            .description(
                "Restore only blobs whose names start with one of these prefixes. If not set, the whole container is \
                 restored. An empty list, or a null in the list, is an error. The order does not matter.",
            ),
        Attribute::string("rename_to")
            .optional()
            .requires_replace()
            .validate(text_checked_by(is_container_name))
            .description(rename_to),
    ];
    Attribute::objects("containers", members)
        .optional()
        .requires_replace()
        .unordered()
        .canonical(without_idle_renaming)
        .validate(not_empty(
            "To restore all containers that are backed up, set `containers` to `null` or remove it. To restore \
             some, name them.",
        ))
        .validate(list_length(0..=MOST_CONTAINERS))
        .description(description)
}

/// The argument `target_storage_account_id`, neither required nor optional yet.
pub fn target_attribute(description: &str) -> Attribute {
    resource_id::attribute(TARGET, "a storage account", STORAGE_ACCOUNTS).requires_replace().description(description)
}

/// Storage's rule for container names: 3 to 63 lower-case letters, digits and single hyphens between them.
///
/// # Errors
/// Whole sentences.
pub fn is_container_name(name: &str) -> Result<(), String> {
    let legal = |character: char| character.is_ascii_lowercase() || character.is_ascii_digit() || character == '-';
    let edge = |character: Option<char>| character.is_some_and(|character| character != '-');
    let why = if name.starts_with('$') {
        "Azure Backup does not restore containers of the storage service itself, such as `$web` and `$logs`."
    } else if name.contains('/') {
        "A container name has no slash. To restore a part of a container, use `prefixes`."
    } else if !(3..=63).contains(&name.chars().count()) {
        "A container name has 3 to 63 characters."
    } else if !name.chars().all(legal) {
        "A container name has only lower-case letters, digits and hyphens."
    } else if name.contains("--") || !edge(name.chars().next()) || !edge(name.chars().last()) {
        "Each hyphen of a container name stands between two letters or digits."
    } else {
        return Ok(());
    };
    Err(format!("{name:?} cannot be the name of a container. {why}"))
}

/// Where the member of one container stands.
pub fn at(index: usize, member: &str) -> Path {
    Path::attribute("containers").index(index).child(member)
}

/// No container may be named twice, neither in the backup nor on the target; unknown values are skipped.
pub fn check(containers: &[Attr<Container>]) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    // The schema refuses more; comparing each with each would only make the user wait for that.
    if containers.len() > MOST_CONTAINERS {
        return diagnostics;
    }
    let mut seen: Vec<(&str, Option<&str>)> = Vec::new();
    for (index, container) in containers.iter().enumerate() {
        let Attr::Known(container) = container else { continue };
        let Some(name) = container.name.as_str() else { continue };
        let target = if container.rename_to.is_null() { Some(name) } else { container.rename_to.as_str() };
        if seen.iter().any(|(other, _)| *other == name) {
            diagnostics.push(
                Diagnostic::error(
                    "A container is named twice",
                    format!("`name` {name:?} stands in `containers` more than once."),
                )
                .at(at(index, "name")),
            );
        } else if let Some(target) = target
            && seen.iter().any(|(_, other)| *other == Some(target))
        {
            diagnostics.push(
                Diagnostic::error(
                    "Two containers would have one name",
                    format!("`rename_to` gives more than one container the name {target:?} on the target."),
                )
                .at(at(index, "rename_to")),
            );
        }
        seen.push((name, target));
    }
    diagnostics
}

/// Containers into another account, one criterion each; without any the whole backup (REST: Backup Instances - Trigger
/// Restore, `ItemPathBasedRestoreCriteria`).
///
/// # Errors
/// A [`RestoreError`] on `containers`: it is empty, or holds something null or unknown. One on
/// `target_storage_account_id`: no id, or the account that the backup was taken from.
pub fn into_another_account(
    containers: &Attr<Vec<Attr<Container>>>,
    target_id: &Attr<String>,
    datasource_type: &str,
    place: TargetContext<'_>,
) -> Result<RestoreTargetInfo, RestoreError> {
    let target_id = ResourceId::parse(required_text(target_id, TARGET)?)
        .map_err(|error| RestoreError::wrong(TARGET, error.to_string()))?;
    if place.source == Some(&target_id) {
        return Err(RestoreError::wrong(
            TARGET,
            "This is the storage account that was backed up. A vaulted backup is restored into another storage \
             account: use the ID of that one.",
        ));
    }
    let target = Datasource::target(&target_id, STORAGE_ACCOUNTS, datasource_type, place.location).with_resource_uri();
    Ok(whole_or_parts(place, target, selected(containers)?.map(criterion)))
}

/// An account, or parts of it.
pub fn whole_or_parts(
    place: TargetContext<'_>,
    datasource_info: Datasource,
    scope: Scope<RestoreCriterion>,
) -> RestoreTargetInfo {
    let recovery_option = RecoveryOption::FailIfExists;
    let restore_location = place.location.to_string();
    match scope {
        Scope::Whole => {
            RestoreTargetInfo::Whole { recovery_option, restore_location, datasource_info, datasource_set_info: None }
        }
        Scope::Parts(criteria) => RestoreTargetInfo::ItemLevel {
            recovery_option,
            restore_location,
            restore_criteria: criteria.into_vec(),
            datasource_info,
            datasource_set_info: None,
        },
    }
}

fn criterion(container: SelectedContainer) -> RestoreCriterion {
    RestoreCriterion::ItemPathBased {
        item_path: container.name,
        is_path_relative_to_backup_item: true,
        sub_item_path_prefix: container.prefixes.into_request(),
        rename_to: container.rename_to,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tfplugin::model::FromValue;

    /// What is said of containers of these names and new names.
    fn said(containers: &[(&str, Value)]) -> Vec<(String, String)> {
        let container = |(name, rename_to): &(&str, Value)| {
            let container = Value::object([("name", Value::from(*name)), ("rename_to", rename_to.clone())]);
            Attr::Known(Container::from_value(&container, &Path::root()).unwrap())
        };
        let said = check(&containers.iter().map(container).collect::<Vec<_>>());
        said.iter().map(|said| (said.path.as_ref().unwrap().to_string(), said.summary.clone())).collect()
    }

    #[test]
    fn container_names_follow_the_rules_of_storage() {
        for good in ["abc", "a-b", "0-9", &"a".repeat(63)] {
            assert_eq!(is_container_name(good), Ok(()), "{good}");
        }
        for bad in ["ab", "Abc", "a--b", "-ab", "ab-", "a_b", "$root", &"a".repeat(64)] {
            assert!(is_container_name(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn two_containers_need_two_names_on_the_target() {
        assert_eq!(said(&[("abc", Value::Null), ("xyz", Value::Null)]), []);
        let clash = ("containers[1].rename_to".to_owned(), "Two containers would have one name".to_owned());
        assert_eq!(said(&[("abc", Value::Null), ("xyz", "abc".into())]), [clash]);
        // One takes the name that the other gives up.
        assert_eq!(said(&[("abc", "old".into()), ("xyz", "abc".into())]), []);
        assert_eq!(said(&[("abc", Value::Null), ("xyz", Value::unknown())]), []);
    }

    #[test]
    fn a_container_is_named_once() {
        let twice = said(&[("abc", Value::Null), ("abc", "xyz".into())]);
        assert_eq!(twice, [("containers[1].name".to_owned(), "A container is named twice".to_owned())]);
    }

    #[test]
    fn as_many_containers_as_there_may_be_are_compared_and_more_are_refused_by_the_schema() {
        let names: Vec<String> = (0..MOST_CONTAINERS).map(|number| format!("c{number:03}")).collect();
        let mut containers: Vec<(&str, Value)> = names.iter().map(|name| (name.as_str(), Value::Null)).collect();
        assert_eq!(said(&containers), []);
        containers[MOST_CONTAINERS - 1].0 = "c000";
        assert_eq!(said(&containers).len(), 1);
        containers.push(("c000", Value::Null));
        assert_eq!(said(&containers), []);
    }

    #[test]
    fn only_a_container_that_is_renamed_to_its_own_name_is_not_renamed() {
        let renamed = |to: &str| without_idle_renaming(&Value::object([("name", "abc"), ("rename_to", to)]));
        assert_eq!(renamed("abc"), Value::object([("name", Value::from("abc")), ("rename_to", Value::Null)]));
        assert_eq!(renamed("xyz"), Value::object([("name", "abc"), ("rename_to", "xyz")]));
    }
}
