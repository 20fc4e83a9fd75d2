//! Which copy of a vault is read: the vault itself, or what Azure keeps of it in its secondary region.

use crate::azure::data_protection::BackupVaultId;
use crate::azure::resource_id::Location;

/// Which copy of the vault is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Region {
    /// The vault itself.
    Primary,
    /// The one in its secondary region.
    Secondary {
        /// Where that is, if it is given; else the vault says it.
        location: Option<Location>,
        /// The region of the vault, if it is given. With both given nothing is read there, since it may be down.
        source: Option<Location>,
    },
}

impl Region {
    /// Names the list of the jobs that read this copy. A region that is given may be a wrong one, whose list is not that
    /// of the others.
    pub(super) fn job_list(&self, vault: &BackupVaultId) -> String {
        let given = |region: &Option<Location>| region.as_ref().map(Location::normalized).unwrap_or_default();
        match self {
            Self::Primary => vault.to_string(),
            Self::Secondary { location, source } => {
                format!("{vault} in its secondary region {:?} as one of {:?}", given(location), given(source))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_restores_that_read_one_list_share_it() {
        let vault = BackupVaultId::new("s", "g", "v").unwrap();
        let list = |location: Option<&str>, source: Option<&str>| {
            let region = |region: Option<&str>| region.map(Location::new);
            Region::Secondary { location: region(location), source: region(source) }.job_list(&vault)
        };
        assert_eq!(list(Some("North Europe"), None), list(Some("northeurope"), None));
        assert_ne!(list(Some("northeurope"), None), list(Some("eastus"), None));
        assert_ne!(list(Some("northeurope"), Some("westeurope")), list(Some("northeurope"), Some("westus")));
        assert_ne!(list(None, None), Region::Primary.job_list(&vault));
    }
}
