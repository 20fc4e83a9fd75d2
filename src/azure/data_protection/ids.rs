//! Ids of Backup vaults and of what lies in them.

use std::fmt;

use crate::azure::resource_id::{InvalidResourceId, ResourceId};

const NAMESPACE: &str = "Microsoft.DataProtection";

/// A Backup vault. Parsed in any casing, equal without case, printed in the casing that came in for names and in
/// Azure's documented casing for the rest, so that an answer with `BackupVaults` prints as everybody writes it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct BackupVaultId(ResourceId);

impl BackupVaultId {
    /// Reads a vault's id.
    ///
    /// # Errors
    /// [`InvalidResourceId`] if it is no id, or the id of something else.
    pub fn parse(text: &str) -> Result<Self, InvalidResourceId> {
        const FORM: &str = "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.DataProtection/backupVaults/{vault}";
        let [subscription, group, vault] = names(
            text,
            "Microsoft.DataProtection/backupVaults",
            ["subscriptions", "resourceGroups", "backupVaults"],
            FORM,
        )?;
        Self::new(&subscription, &group, &vault)
    }

    /// Puts an id together.
    ///
    /// # Errors
    /// [`InvalidResourceId`] if a part holds what no name may hold.
    pub fn new(subscription: &str, resource_group: &str, name: &str) -> Result<Self, InvalidResourceId> {
        ResourceId::parse(&format!(
            "/subscriptions/{subscription}/resourceGroups/{resource_group}/providers/{NAMESPACE}/backupVaults/{name}"
        ))
        .map(Self)
    }

    /// The id as an ARM id.
    pub fn resource_id(&self) -> &ResourceId {
        &self.0
    }

    /// The GUID of the subscription.
    pub fn subscription(&self) -> &str {
        self.0.subscription().unwrap_or_default()
    }

    /// The resource group's name.
    pub fn resource_group(&self) -> &str {
        self.0.resource_group().unwrap_or_default()
    }

    /// The vault's name.
    pub fn name(&self) -> &str {
        self.0.name()
    }
}

/// A backup instance: one protected thing in a vault.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct BackupInstanceId {
    vault: BackupVaultId,
    id: ResourceId,
}

impl BackupInstanceId {
    /// Reads an instance's id.
    ///
    /// # Errors
    /// [`InvalidResourceId`] if it is no id, or the id of something else.
    pub fn parse(text: &str) -> Result<Self, InvalidResourceId> {
        const FORM: &str = "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.DataProtection/backupVaults/{vault}/backupInstances/{instance}";
        let [subscription, group, vault, instance] = names(
            text,
            "Microsoft.DataProtection/backupVaults/backupInstances",
            ["subscriptions", "resourceGroups", "backupVaults", "backupInstances"],
            FORM,
        )?;
        BackupVaultId::new(&subscription, &group, &vault)?.instance(&instance)
    }

    /// The vault it lies in.
    pub fn vault(&self) -> &BackupVaultId {
        &self.vault
    }

    /// The id as an ARM id.
    pub fn resource_id(&self) -> &ResourceId {
        &self.id
    }

    /// The instance's own name, such as `account-account-6f4f…`.
    pub fn name(&self) -> &str {
        self.id.name()
    }
}

/// A job of a Backup vault.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct BackupJobId {
    vault: BackupVaultId,
    id: ResourceId,
}

impl BackupJobId {
    /// Reads a job's id.
    ///
    /// # Errors
    /// [`InvalidResourceId`] if it is no id, or the id of something else.
    pub fn parse(text: &str) -> Result<Self, InvalidResourceId> {
        const FORM: &str = "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.DataProtection/backupVaults/{vault}/backupJobs/{job}";
        let [subscription, group, vault, job] = names(
            text,
            "Microsoft.DataProtection/backupVaults/backupJobs",
            ["subscriptions", "resourceGroups", "backupVaults", "backupJobs"],
            FORM,
        )?;
        BackupVaultId::new(&subscription, &group, &vault)?.job(&job)
    }

    /// The vault it ran in.
    pub fn vault(&self) -> &BackupVaultId {
        &self.vault
    }

    /// The id as an ARM id.
    pub fn resource_id(&self) -> &ResourceId {
        &self.id
    }

    /// The job's own name, a GUID.
    pub fn name(&self) -> &str {
        self.id.name()
    }
}

impl BackupVaultId {
    /// An instance of this vault.
    ///
    /// # Errors
    /// [`InvalidResourceId`] if `name` holds what no name may hold.
    pub fn instance(&self, name: &str) -> Result<BackupInstanceId, InvalidResourceId> {
        if name.contains('/') {
            return Err(InvalidResourceId::Unpaired);
        }
        let id = ResourceId::parse(self.0.child("backupInstances", name).as_str())?;
        Ok(BackupInstanceId { vault: self.clone(), id })
    }

    /// A job of this vault. `reference` is what operations give: a bare GUID or the full ARM id, of which the last
    /// segment counts.
    ///
    /// # Errors
    /// [`InvalidResourceId`] if `reference` holds what no name may hold.
    pub fn job(&self, reference: &str) -> Result<BackupJobId, InvalidResourceId> {
        let name = reference.rsplit('/').next().unwrap_or_default();
        let id = ResourceId::parse(self.0.child("backupJobs", name).as_str())?;
        Ok(BackupJobId { vault: self.clone(), id })
    }
}

impl fmt::Display for BackupVaultId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl fmt::Display for BackupInstanceId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.id.fmt(formatter)
    }
}

impl fmt::Display for BackupJobId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.id.fmt(formatter)
    }
}

/// The names behind `segments`, if `text` is an id of `resource_type` that has nothing but them.
fn names<const N: usize>(
    text: &str,
    resource_type: &str,
    segments: [&str; N],
    expected: &'static str,
) -> Result<[String; N], InvalidResourceId> {
    let id = ResourceId::parse(text)?;
    let other = || InvalidResourceId::OtherType { expected };
    // One pair per segment and one for `providers`: nothing in between, no extension of something else.
    let pairs = id.as_str().split('/').skip(1).count() / 2;
    if !id.is_of_type(resource_type) || pairs != segments.len() + 1 {
        return Err(other());
    }
    let mut found = [const { String::new() }; N];
    for (name, segment) in found.iter_mut().zip(segments) {
        id.segment(segment).ok_or_else(other)?.clone_into(name);
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    const VAULT: &str = "/subscriptions/s/resourceGroups/g/providers/Microsoft.DataProtection/backupVaults/v";

    #[test]
    fn a_job_id_in_the_casing_of_an_operation_is_printed_as_documented() {
        let answered =
            "/subscriptions/s/resourcegroups/g/providers/Microsoft.DataProtection/BackupVaults/v/backupJobs/ABC";
        let job = BackupJobId::parse(answered).unwrap();
        assert_eq!(job.to_string(), format!("{VAULT}/backupJobs/ABC"));
        assert_eq!(job, BackupJobId::parse(&format!("{VAULT}/backupJobs/abc")).unwrap());
        assert_eq!((job.vault().name(), job.vault().resource_group(), job.name()), ("v", "g", "ABC"));
    }

    #[test]
    fn a_job_is_found_by_its_full_id_and_by_its_bare_guid() {
        let vault = BackupVaultId::parse(VAULT).unwrap();
        let full = vault
            .job("/subscriptions/s/resourcegroups/g/providers/microsoft.dataprotection/Backupvaults/v/backupJobs/j")
            .unwrap();
        assert_eq!(full, vault.job("j").unwrap());
        assert_eq!(full.to_string(), format!("{VAULT}/backupJobs/j"));
        assert!(vault.job("").is_err());
    }

    #[test]
    fn an_id_of_something_else_is_refused_with_the_form_expected() {
        for text in [
            "/subscriptions/s/resourceGroups/g",
            "/subscriptions/s/resourceGroups/g/providers/Microsoft.RecoveryServices/vaults/v",
            "/subscriptions/s/resourceGroups/g/providers/Microsoft.DataProtection/backupVaults/v/backupPolicies/p",
        ] {
            let error = BackupVaultId::parse(text).unwrap_err();
            assert!(error.to_string().contains("backupVaults/{vault}"), "{error}");
        }
        assert!(BackupInstanceId::parse(VAULT).is_err());
        assert!(BackupJobId::parse(&format!("{VAULT}/backupInstances/i")).is_err());
        assert!(BackupVaultId::parse(&format!("{VAULT}/providers/Microsoft.DataProtection/backupVaults/w")).is_err());
    }

    #[test]
    fn an_instance_knows_its_vault() {
        let instance = BackupInstanceId::parse(&format!("{VAULT}/BACKUPINSTANCES/i")).unwrap();
        assert_eq!(instance.vault(), &BackupVaultId::parse(VAULT).unwrap());
        assert_eq!(instance.to_string(), format!("{VAULT}/backupInstances/i"));
    }
}
