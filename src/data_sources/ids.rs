//! Arguments that are ARM ids, and the ids that Azure answers with.

use std::fmt::Display;

use crate::azure::data_protection::BackupInstanceId;
use crate::azure::expected_id::ExpectedId;
use crate::azure::recovery_services::RecoveryServicesVaultId;
use crate::azure::resource_id::ResourceId;
use crate::azure::vault::VaultKind;
use crate::tfplugin::diagnostics::{Diagnostic, Diagnostics};
use crate::tfplugin::schema::Attribute;
use crate::tfplugin::validators::{Rule, text_checked_by};
use crate::tfplugin::value::{Path, Value};

/// The type of a Backup vault.
pub(super) const VAULTS: Option<&str> = Some("Microsoft.DataProtection/backupVaults");

/// The type of a backup instance.
pub(super) const INSTANCES: Option<&str> = Some("Microsoft.DataProtection/backupVaults/backupInstances");

/// How the id of a vault looks, in Markdown between backticks.
pub(super) const EITHER_VAULT: &str = "/subscriptions/…/resourceGroups/…/providers/Microsoft.DataProtection/backupVaults/\
                                       NAME` or `/subscriptions/…/resourceGroups/…/providers/\
                                       Microsoft.RecoveryServices/vaults/NAME";

/// How the id of a job looks, as above.
pub(super) const EITHER_JOB: &str = "/subscriptions/…/resourceGroups/…/providers/Microsoft.DataProtection/backupVaults/…/\
                                     backupJobs/NAME` or `/subscriptions/…/resourceGroups/…/providers/\
                                     Microsoft.RecoveryServices/vaults/…/backupJobs/NAME";

/// The type of a Recovery Services vault.
pub(super) const RECOVERY_SERVICES_VAULTS: Option<&str> = Some("Microsoft.RecoveryServices/vaults");

/// The type of a protected item.
pub(super) const PROTECTED_ITEMS: Option<&str> =
    Some("Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems");

/// The type of a logical server of Azure SQL.
pub(super) const SQL_SERVERS: Option<&str> = Some("Microsoft.Sql/servers");

/// The first of these arguments that is given, else the last: what an error points at.
pub(super) fn first_given<const N: usize>(arguments: &Value, names: [&'static str; N]) -> &'static str {
    let given = names.iter().find(|name| !arguments.get(name).is_null());
    given.or(names.last()).copied().unwrap_or_default()
}

/// Takes a text apart as an id of one type; the text of the error says what is wrong with it.
type ParseId<T, E> = fn(&str) -> Result<T, E>;

/// An argument that is the ARM id of a resource of this type (none: of any); `what` is what people call it: `a Backup
/// vault`.
pub(super) fn argument<T: 'static, E: Display + 'static>(
    name: &'static str,
    what: &'static str,
    resource_type: Option<&'static str>,
    parse: ParseId<T, E>,
) -> Attribute {
    checked(ExpectedId { argument: name, what, resource_type, form: None }, parse)
}

/// As [`argument`], for ids of two types; `form` says how they look.
pub(super) fn of_either<T: 'static, E: Display + 'static>(
    name: &'static str,
    what: &'static str,
    form: &'static str,
    parse: ParseId<T, E>,
) -> Attribute {
    checked(ExpectedId { argument: name, what, resource_type: None, form: Some(form) }, parse)
}

fn checked<T: 'static, E: Display + 'static>(expected: ExpectedId<'static>, parse: ParseId<T, E>) -> Attribute {
    let name = expected.argument;
    Attribute::string(name).validate(text_checked_by(move |text| expected.check(text, |_| parse(text).is_ok())))
}

/// The arguments `others` are for Backup vaults only: an error on each that is set although the id in the argument `id`
/// leads to a Recovery Services vault.
pub(super) fn of_backup_vaults_only(id: &'static str, others: &[&'static str]) -> Rule {
    let others = others.to_vec();
    Rule::new(move |object, path| {
        let kind =
            object.get(id).as_str().and_then(|text| ResourceId::parse(text).ok()).and_then(|id| VaultKind::of(&id));
        if kind != Some(VaultKind::RecoveryServices) {
            return Diagnostics::new();
        }
        let is_set = |name: &&&str| !object.get(name).is_unknown() && !object.get(name).is_null();
        let tell = |name: &&str| {
            let detail = format!(
                "`{name}` is for Backup vaults only, and `{id}` is the ID of a Recovery Services vault or of a job of \
                 one. Remove `{name}`."
            );
            Diagnostic::error("Not for a Recovery Services vault", detail).at(path.clone().child(*name))
        };
        others.iter().filter(is_set).map(tell).collect()
    })
}

/// The id in the argument `name`.
pub(super) fn read<T, E: Display>(arguments: &Value, name: &str, parse: ParseId<T, E>) -> Result<T, Diagnostic> {
    parse(arguments.get(name).as_str().unwrap_or_default()).map_err(|error| {
        Diagnostic::error(format!("Invalid value for \"{name}\""), format!("{error}.")).at(Path::attribute(name))
    })
}

/// The id of a backup instance in the casing of the documentation, so that it can be compared with what azurerm gives;
/// Azure's own text where it is no such id.
pub(super) fn documented_instance(id: &str) -> String {
    BackupInstanceId::parse(id).map_or_else(|_| id.to_owned(), |id| id.to_string())
}

/// The id of a policy of `vault` in documented casing; Azure's own text where it is no such id.
pub(super) fn documented_policy(vault: &RecoveryServicesVaultId, id: &str) -> String {
    const POLICIES: &str = "Microsoft.RecoveryServices/vaults/backupPolicies";
    let parsed = ResourceId::parse(id).ok().filter(|id| id.is_of_type(POLICIES));
    let documented =
        parsed.and_then(|id| vault.resource_id().child("backupPolicies", id.name()).ok().map(|own| (own, id)));
    documented.filter(|(own, id)| own == id).map_or_else(|| id.to_owned(), |(own, _)| own.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::azure::data_protection::BackupVaultId;
    use crate::azure::vault::VaultId;

    const VAULT: &str = "/subscriptions/5ea1ab1e-0000-4000-8000-000000000001/resourceGroups/g/providers/\
                         Microsoft.DataProtection/backupVaults/v";

    #[test]
    fn an_id_of_something_else_is_reported_on_its_argument() {
        let arguments = Value::object([("vault_id", format!("{VAULT}/backupInstances/i"))]);
        let error = read(&arguments, "vault_id", BackupVaultId::parse).unwrap_err();
        assert_eq!(error.path, Some(Path::attribute("vault_id")));
        let attribute = argument("vault_id", "a Backup vault", VAULTS, BackupVaultId::parse);
        let diagnostics = |text: &str| attribute.validators[0].check(&Value::from(text), &Path::attribute("vault_id"));
        assert!(diagnostics(&format!("{VAULT}/backupInstances/i")).has_errors());
        assert!(diagnostics(VAULT).is_empty());
    }

    #[test]
    fn an_id_of_either_kind_of_vault_is_taken_and_any_other_is_told_both_forms() {
        let attribute = of_either("vault_id", "a vault", EITHER_VAULT, VaultId::parse);
        let check = |text: &str| {
            let errors = attribute.validators[0].check(&Value::from(text), &Path::attribute("vault_id"));
            errors.iter().next().map(|error| error.detail.clone()).unwrap_or_default()
        };
        let other = VAULT.replace("DataProtection/backupVaults", "RecoveryServices/vaults");
        assert_eq!((check(VAULT), check(&other)), (String::new(), String::new()));
        let group = "/subscriptions/…/resourceGroups/…/providers";
        assert_eq!(
            check(&format!("{other}/backupJobs/j")),
            format!(
                "This is the ID of a job of a Recovery Services vault. `vault_id` needs the ID of a vault: \
                 `{group}/Microsoft.DataProtection/backupVaults/NAME` or \
                 `{group}/Microsoft.RecoveryServices/vaults/NAME`."
            )
        );
    }

    #[test]
    fn an_argument_for_backup_vaults_is_refused_beside_the_id_of_the_other_kind_only() {
        let rule = of_backup_vaults_only("id", &["a", "b"]);
        let faults = |id: Value, a: Value| {
            let errors = rule.check(&Value::object([("id", id), ("a", a)]), &Path::root());
            errors.iter().map(|error| error.path.clone()).collect::<Vec<_>>()
        };
        let other = VAULT.replace("DataProtection/backupVaults", "recoveryservices/Vaults");
        assert_eq!(faults(other.as_str().into(), false.into()), [Some(Path::attribute("a"))]);
        assert_eq!(faults(other.as_str().into(), Value::Null), []);
        assert_eq!(faults(other.as_str().into(), Value::unknown()), []);
        assert_eq!(faults(VAULT.into(), true.into()), []);
        assert_eq!(faults(Value::unknown(), true.into()), []);
    }

    #[test]
    fn ids_of_instances_are_given_in_documented_casing_and_others_stay() {
        let odd = VAULT.replace("resourceGroups", "resourcegroups").replace("backupVaults", "BackupVaults");
        assert_eq!(documented_instance(&format!("{odd}/backupinstances/I")), format!("{VAULT}/backupInstances/I"));
        assert_eq!(documented_instance("I"), "I");
        let vault = RecoveryServicesVaultId::new("s", "g", "v").unwrap();
        let policy = format!("{vault}/backupPolicies/Daily");
        assert_eq!(documented_policy(&vault, &policy.replace("subscriptions", "Subscriptions")), policy);
        for other in ["Daily".to_owned(), policy.replace("/v/", "/w/"), vault.to_string()] {
            assert_eq!(documented_policy(&vault, &other), other);
        }
    }
}
