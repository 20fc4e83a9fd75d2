//! Arguments that are ARM ids, and the ids that Azure answers with.

use std::fmt::Display;

use crate::azure::data_protection::BackupInstanceId;
use crate::azure::expected_id::ExpectedId;
use crate::azure::recovery_services::RecoveryServicesVaultId;
use crate::azure::resource_id::ResourceId;
use crate::tfplugin::diagnostics::Diagnostic;
use crate::tfplugin::schema::Attribute;
use crate::tfplugin::validators::text_checked_by;
use crate::tfplugin::value::{Path, Value};

/// The type of a Backup vault.
pub(super) const VAULTS: Option<&str> = Some("Microsoft.DataProtection/backupVaults");

/// The type of a backup instance.
pub(super) const INSTANCES: Option<&str> = Some("Microsoft.DataProtection/backupVaults/backupInstances");

/// The type of a job of a Backup vault.
pub(super) const JOBS: Option<&str> = Some("Microsoft.DataProtection/backupVaults/backupJobs");

/// The type of a Recovery Services vault.
pub(super) const RECOVERY_SERVICES_VAULTS: Option<&str> = Some("Microsoft.RecoveryServices/vaults");

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
    let expected = ExpectedId { argument: name, what, resource_type, form: None };
    Attribute::string(name).validate(text_checked_by(move |text| expected.check(text, |_| parse(text).is_ok())))
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
    fn an_id_of_a_vault_that_cannot_be_read_is_reported_on_its_argument() {
        let other = VAULT.replace("DataProtection/backupVaults", "RecoveryServices/vaults");
        let attribute = argument("vault_id", "a Backup vault", VAULTS, VaultId::parse);
        let errors = attribute.validators[0].check(&Value::from(other.as_str()), &Path::attribute("vault_id"));
        let error = errors.iter().next().unwrap();
        assert_eq!(error.path, Some(Path::attribute("vault_id")));
        assert_eq!(
            error.detail,
            "This is an ID of a Recovery Services vault, and this version reads Backup vaults only. `vault_id` \
             needs the ID of a Backup vault: \
             `/subscriptions/…/resourceGroups/…/providers/Microsoft.DataProtection/backupVaults/NAME`."
        );
        let error = read(&Value::object([("vault_id", other)]), "vault_id", VaultId::parse).unwrap_err();
        assert_eq!(error.path, Some(Path::attribute("vault_id")));
        assert!(error.detail.contains("Recovery Services vault"), "{}", error.detail);
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
