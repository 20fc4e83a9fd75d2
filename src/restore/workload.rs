//! What is restored, in the words of people and of the backup service, and which roles that takes.

/// How messages name a workload, and how its backup service does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WorkloadNames {
    /// What is restored: `blobs`.
    pub things: &'static str,
    /// What is protected: `storage account`.
    pub source: &'static str,
    /// The backup service's name for the workload; empty where it is not known, or no backup service is involved.
    pub datasource_type: &'static str,
    /// The role that the identity which restores needs, in words.
    pub caller_role: &'static str,
    /// The roles that the vault's identity needs to restore it; empty where no hint names them.
    pub roles: &'static [RequiredRole],
}

/// A role, and what it must be granted on. Source: docs/reference/azure-data-protection.md#roles
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequiredRole {
    /// The name of the role, as the portal shows it.
    pub name: &'static str,
    /// What it is granted on: `the target storage account`.
    pub scope: &'static str,
}

/// The role that whoever restores from a vault needs there, in words.
pub const ROLE_ON_VAULT: &str = "a role such as *Backup Operator* on the vault";

impl WorkloadNames {
    /// The roles in words: `the role *Reader* on the disk`.
    pub fn roles_in_words(&self) -> String {
        let roles = self.roles.iter().map(|role| format!("*{}* on {}", role.name, role.scope));
        let roles: Vec<String> = roles.collect();
        match roles.as_slice() {
            [] => String::new(),
            [role] => format!("the role {role}"),
            [first @ .., last] => format!("the roles {} and {last}", first.join(", ")),
        }
    }
}
