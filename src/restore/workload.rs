//! What is restored, in the words of people and of the backup service, and which roles that takes.

/// How messages name a workload, and how its backup service does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WorkloadNames {
    /// What is restored: `blobs`.
    pub things: &'static str,
    /// What is protected: `storage account`.
    pub source: &'static str,
    /// The backup service's name for the workload; empty where no backup service is involved.
    pub datasource_type: &'static str,
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
pub const CALLER_ROLE: &str = "a role such as *Backup Operator* on the vault";

impl WorkloadNames {
    /// The role that the identity which restores needs, in words.
    pub fn caller_role(&self) -> &'static str {
        // Where no vault is involved.
        match self.datasource_type {
            "Microsoft.Sql/servers/databases" => {
                "the role *SQL Server Contributor* on the logical server, and on that of the source"
            }
            "Microsoft.Sql/managedInstances/databases" => {
                "the role *SQL Managed Instance Contributor* on the managed instance, and on that of the source"
            }
            "" => "the role *Contributor* on the resource group of the new server, and on the source",
            _ => CALLER_ROLE,
        }
    }

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_restores_needs_a_role_on_the_vault_or_on_the_server_where_there_is_no_vault() {
        let role = |datasource_type| {
            WorkloadNames { things: "x", source: "y", datasource_type, roles: &[] }.caller_role().to_owned()
        };
        assert!(role("Microsoft.Sql/servers/databases").contains("*SQL Server Contributor* on the logical server"));
        let managed = role("Microsoft.Sql/managedInstances/databases");
        assert!(managed.contains("*SQL Managed Instance Contributor* on the managed instance"), "{managed}");
        for kind in ["Microsoft.Storage/storageAccounts/blobServices", "AzureFileShare"] {
            assert!(role(kind).contains("*Backup Operator* on the vault"), "{kind}");
        }
    }
}
