//! Why a text is not the ARM id that an argument needs, in sentences: what it is, then what is needed. People paste the id
//! of a neighbour (the storage account for its backup instance), a URL, a name, or an id with a line break.

use uuid::Uuid;

use super::resource_id::{InvalidResourceId, ResourceId, is_same};

/// The id that an argument needs.
#[derive(Clone, Copy, Debug)]
pub struct ExpectedId<'a> {
    /// The argument.
    pub argument: &'a str,
    /// What the id names, with its article: `a disk`.
    pub what: &'a str,
    /// `Namespace/type`, with the types of all that it lies in. None: whatever [`ExpectedId::check`] is told to take.
    pub resource_type: Option<&'static str>,
    /// How such an id looks; none: as the resource type says.
    pub form: Option<&'static str>,
}

/// What people call the resources of these types, with the article.
const KINDS: &[(&str, &str)] = &[
    ("Microsoft.Compute/disks", "a disk"),
    ("Microsoft.Compute/snapshots", "a snapshot"),
    ("Microsoft.Compute/virtualMachines", "a virtual machine"),
    ("Microsoft.ContainerService/managedClusters", "an AKS cluster"),
    ("Microsoft.DataProtection/backupVaults", "a Backup vault"),
    ("Microsoft.DataProtection/backupVaults/backupInstances", "a backup instance"),
    ("Microsoft.DataProtection/backupVaults/backupInstances/recoveryPoints", "a recovery point"),
    ("Microsoft.DataProtection/backupVaults/backupJobs", "a backup job"),
    ("Microsoft.DataProtection/backupVaults/backupPolicies", "a backup policy"),
    ("Microsoft.DataProtection/resourceGuards", "a Resource Guard"),
    ("Microsoft.DBforMySQL/flexibleServers", "a MySQL flexible server"),
    ("Microsoft.DBforPostgreSQL/flexibleServers", "a PostgreSQL flexible server"),
    ("Microsoft.DocumentDB/databaseAccounts", "a Cosmos DB account"),
    ("Microsoft.ManagedIdentity/userAssignedIdentities", "a user-assigned identity"),
    ("Microsoft.RecoveryServices/vaults", "a Recovery Services vault"),
    ("Microsoft.RecoveryServices/vaults/backupJobs", "a job of a Recovery Services vault"),
    (
        "Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers",
        "a container of a Recovery Services vault",
    ),
    ("Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems", "a protected item"),
    (
        "Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems/recoveryPoints",
        "a recovery point",
    ),
    ("Microsoft.Sql/servers", "a logical server of Azure SQL"),
    ("Microsoft.Sql/servers/databases", "a database of Azure SQL"),
    ("Microsoft.Sql/servers/elasticPools", "an elastic pool"),
    ("Microsoft.Sql/servers/recoverableDatabases", "a recoverable database"),
    ("Microsoft.Sql/servers/restorableDroppedDatabases", "a dropped database"),
    (
        "Microsoft.Sql/locations/longTermRetentionServers/longTermRetentionDatabases/longTermRetentionBackups",
        "a long-term backup of Azure SQL",
    ),
    ("Microsoft.Sql/managedInstances", "a managed instance of Azure SQL"),
    ("Microsoft.Sql/managedInstances/databases", "a database of a managed instance"),
    ("Microsoft.Sql/managedInstances/recoverableDatabases", "a recoverable database of a managed instance"),
    ("Microsoft.Sql/managedInstances/restorableDroppedDatabases", "a dropped database of a managed instance"),
    (
        "Microsoft.Sql/locations/longTermRetentionManagedInstances/longTermRetentionDatabases/longTermRetentionManagedInstanceBackups",
        "a long-term backup of a managed instance",
    ),
    ("Microsoft.Storage/storageAccounts", "a storage account"),
    ("Microsoft.Storage/storageAccounts/blobServices/containers", "a blob container"),
];

impl ExpectedId<'_> {
    /// Whether `text` is such an id: of the resource type, and one that `fits`.
    ///
    /// # Errors
    /// Whole sentences.
    pub fn check(&self, text: &str, fits: impl FnOnce(&ResourceId) -> bool) -> Result<(), String> {
        let Self { argument, .. } = self;
        if text.trim() != text {
            let text = "The ID has a blank or a line break at its beginning or end. Remove it. If it comes from a \
                        file or a variable, use `trimspace()`.";
            return Err(text.to_owned());
        }
        if is_url(text) {
            return Err(format!("{text:?} is a URL, not an ARM ID. {}", self.needed()));
        }
        let id = ResourceId::parse(text).map_err(|error| self.not_an_id(text, &error))?;
        if let Some(subscription) = id.subscription().filter(|subscription| !is_guid(subscription)) {
            return Err(format!(
                "{subscription:?} in `{argument}` is not the ID of a subscription. Write its GUID, such as \
                 `00000000-0000-0000-0000-000000000000`, and not its name."
            ));
        }
        let of_type = self.resource_type.is_none_or(|resource_type| id.is_of_type(resource_type));
        if of_type && fits(&id) {
            return Ok(());
        }
        let found = kind(&id);
        // Two services may have what people call by one name.
        let of_type = id.resource_type().filter(|_| found == self.what);
        let of_type = of_type.map_or_else(String::new, |of_type| format!(" of type `{of_type}`"));
        Err(format!("This is the ID of {found}{of_type}. {}", self.needed()))
    }

    /// What to write, as a sentence.
    pub fn needed(&self) -> String {
        let Self { argument, what, resource_type, form } = self;
        match form.map(str::to_owned).or_else(|| resource_type.map(form_of)) {
            Some(form) => format!("`{argument}` needs the ID of {what}: `{form}`."),
            None => format!("`{argument}` needs the ID of {what}."),
        }
    }

    fn not_an_id(&self, text: &str, error: &InvalidResourceId) -> String {
        match error {
            InvalidResourceId::NoLeadingSlash
                if text.get(..14).is_some_and(|start| is_same(start, "subscriptions/")) =>
            {
                format!("The ID must begin with a slash: `/{text}`.")
            }
            InvalidResourceId::EmptySegment if text.ends_with('/') && text.len() > 1 => {
                "The ID ends with a slash. Remove it.".to_owned()
            }
            InvalidResourceId::Character(character @ ('<' | '>')) => {
                format!("The ID contains {character:?}. Replace the placeholder by the real name.")
            }
            InvalidResourceId::Character(character) => {
                format!("The ID contains {character:?}, which no name in Azure can have. {}", self.needed())
            }
            InvalidResourceId::EmptySegment => {
                format!("The ID has an empty part, or `.` or `..`, between two slashes. {}", self.needed())
            }
            InvalidResourceId::Unpaired => {
                let last = text.rsplit('/').next().unwrap_or_default();
                format!("The ID is not complete: a name is missing after {last:?}. {}", self.needed())
            }
            _ => format!("{text:?} is not an ARM ID. {}", self.needed()),
        }
    }
}

/// Whether `text` can be the name of a resource group, where an argument takes the name and others take the id.
///
/// # Errors
/// Whole sentences.
pub fn check_resource_group_name(text: &str) -> Result<(), String> {
    if text.contains('/') {
        let id = ResourceId::parse(text).ok();
        let name = id.as_ref().and_then(ResourceId::resource_group).map(|name| format!(": {name:?}"));
        let name = name.unwrap_or_default();
        return Err(format!("{text:?} is an ID. This argument needs the name of the resource group{name}."));
    }
    let length = text.chars().count();
    if (1..=90).contains(&length) {
        return Ok(());
    }
    Err(format!("The name of a resource group has 1 to 90 characters, and this one has {length}."))
}

/// Whether a text begins as the URLs of browsers and of storage do.
pub fn is_url(text: &str) -> bool {
    let scheme = text.split_once("://").map(|(scheme, _)| scheme);
    scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("http"))
}

/// What spoils an id that has the right form, to stand after "found"; for errors that may not repeat it.
pub fn flaw(text: &str) -> Option<&'static str> {
    if text.trim() != text {
        return Some("an id with a blank or a line break at its beginning or end");
    }
    let id = ResourceId::parse(text).ok()?;
    let is_spoiled = id.subscription().is_some_and(|subscription| !is_guid(subscription));
    is_spoiled.then_some("an id whose subscription is not a GUID")
}

fn is_guid(text: &str) -> bool {
    text.len() == 36 && Uuid::try_parse(text).is_ok()
}

/// What the id is that of, with its article.
fn kind(id: &ResourceId) -> String {
    let Some(found) = id.resource_type() else {
        return if id.resource_group().is_some() { "a resource group" } else { "a subscription" }.to_owned();
    };
    match KINDS.iter().find(|(resource_type, _)| is_same(resource_type, &found)) {
        Some((_, kind)) => (*kind).to_owned(),
        None => format!("a resource of type `{found}`"),
    }
}

/// How the id of a resource of this type looks.
fn form_of(resource_type: &str) -> String {
    let (namespace, types) = resource_type.split_once('/').unwrap_or((resource_type, ""));
    let types: Vec<&str> = types.split('/').collect();
    let mut form = format!("/subscriptions/…/resourceGroups/…/providers/{namespace}");
    for (position, name_of_type) in types.iter().enumerate() {
        let name = if position + 1 == types.len() { "NAME" } else { "…" };
        form.push_str(&format!("/{name_of_type}/{name}"));
    }
    form
}

#[cfg(test)]
mod tests {
    use super::*;

    const GROUP: &str = "/subscriptions/5ea1ab1e-0000-4000-8000-000000000001/resourceGroups/g";

    fn told(text: &str) -> String {
        let disk = ExpectedId {
            argument: "target_disk_id",
            what: "a disk",
            resource_type: Some("Microsoft.Compute/disks"),
            form: None,
        };
        disk.check(text, |_| true).err().unwrap_or_default()
    }

    const NEEDED: &str = "`target_disk_id` needs the ID of a disk: \
                          `/subscriptions/…/resourceGroups/…/providers/Microsoft.Compute/disks/NAME`.";

    #[test]
    fn where_a_name_is_needed_the_id_of_a_resource_group_is_an_error_that_says_the_name() {
        assert_eq!(check_resource_group_name("g").and(check_resource_group_name(&"g".repeat(90))), Ok(()));
        let id = "/subscriptions/5ea1ab1e-0000-4000-8000-000000000001/resourceGroups/rg-1";
        let said = check_resource_group_name(id).unwrap_err();
        assert!(said.ends_with("needs the name of the resource group: \"rg-1\"."), "{said}");
        let inside = format!("{id}/providers/Microsoft.RecoveryServices/vaults/v");
        let said = check_resource_group_name(&inside).unwrap_err();
        assert!(said.ends_with("needs the name of the resource group: \"rg-1\"."), "not that of the vault: {said}");
        let said = check_resource_group_name("rg-1/").unwrap_err();
        assert!(said.ends_with("needs the name of the resource group."), "nobody knows it: {said}");
        for bad in [String::new(), "g".repeat(91)] {
            assert!(check_resource_group_name(&bad).unwrap_err().contains("1 to 90 characters"), "{bad}");
        }
    }

    #[test]
    fn of_two_kinds_of_one_name_the_type_is_said() {
        let vault = "Microsoft.RecoveryServices/vaults";
        let expected = ExpectedId {
            argument: "policy_id",
            what: "a backup policy",
            resource_type: Some("Microsoft.RecoveryServices/vaults/backupPolicies"),
            form: None,
        };
        let group = "/subscriptions/5ea1ab1e-0000-4000-8000-000000000001/resourceGroups/g/providers";
        let said = |id: &str| expected.check(&format!("{group}/{id}"), |_| true).unwrap_err();
        let other = said("Microsoft.DataProtection/backupVaults/v/backupPolicies/p");
        assert!(
            other.starts_with(
                "This is the ID of a backup policy of type `Microsoft.DataProtection/backupVaults/backupPolicies`."
            ),
            "{other}"
        );
        let vault = said(&format!("{vault}/v"));
        assert!(vault.starts_with("This is the ID of a Recovery Services vault. `policy_id` needs"), "{vault}");
    }

    #[test]
    fn the_id_of_something_else_is_called_by_its_name() {
        let below = |rest: &str| told(&format!("{GROUP}/providers/{rest}"));
        assert_eq!(below("Microsoft.Compute/disks/d"), "");
        assert_eq!(below("microsoft.compute/DISKS/d"), "");
        for (text, kind) in [
            (told(GROUP), "a resource group"),
            (told("/subscriptions/5ea1ab1e-0000-4000-8000-000000000001"), "a subscription"),
            (below("microsoft.storage/storageaccounts/a"), "a storage account"),
            (below("Microsoft.DataProtection/backupVaults/v/backupInstances/i"), "a backup instance"),
            (below("Microsoft.RecoveryServices/vaults/v"), "a Recovery Services vault"),
            (
                below(
                    "Microsoft.RecoveryServices/vaults/v/backupFabrics/Azure/protectionContainers/c/protectedItems/i",
                ),
                "a protected item",
            ),
            (below("Microsoft.Web/sites/s"), "a resource of type `Microsoft.Web/sites`"),
        ] {
            assert_eq!(text, format!("This is the ID of {kind}. {NEEDED}"));
        }
    }

    #[test]
    fn what_is_no_id_says_what_is_wrong_with_it() {
        let disk = format!("{GROUP}/providers/Microsoft.Compute/disks/d");
        let blank = "The ID has a blank or a line break at its beginning or end. Remove it. If it comes from a file \
                     or a variable, use `trimspace()`.";
        for text in [format!("{disk} "), format!(" {disk}"), format!("{disk}\n"), format!("{disk}\t")] {
            assert_eq!(told(&text), blank);
        }
        assert_eq!(told("data-1"), format!("\"data-1\" is not an ARM ID. {NEEDED}"));
        assert_eq!(told("https://x/y"), format!("\"https://x/y\" is a URL, not an ARM ID. {NEEDED}"));
        assert_eq!(told(&disk[1..]), format!("The ID must begin with a slash: `{disk}`."));
        assert_eq!(told(&format!("{disk}/")), "The ID ends with a slash. Remove it.");
        let placeholder = "The ID contains '<'. Replace the placeholder by the real name.";
        assert_eq!(told("/subscriptions/<id>/x/y"), placeholder);
        let character = format!("The ID contains '?', which no name in Azure can have. {NEEDED}");
        assert_eq!(told(&format!("{disk}?x=1")), character);
        assert_eq!(
            told(disk.trim_end_matches("/d")),
            format!("The ID is not complete: a name is missing after \"disks\". {NEEDED}")
        );
        let empty = format!("The ID has an empty part, or `.` or `..`, between two slashes. {NEEDED}");
        assert_eq!(told("/subscriptions//x/y"), empty);
    }

    #[test]
    fn a_subscription_is_a_guid() {
        let with = |subscription: &str| {
            told(&format!("/subscriptions/{subscription}/resourceGroups/g/providers/Microsoft.Compute/disks/d"))
        };
        assert_eq!(with("5EA1AB1E-0000-4000-8000-000000000001"), "");
        for other in ["contoso", "5ea1ab1e000040008000000000000001", "{5ea1ab1e-0000-4000-8000-000000000001}"] {
            let text = with(other);
            assert!(
                text.starts_with(&format!("{other:?} in `target_disk_id` is not the ID of a subscription.")),
                "{text}"
            );
        }
    }

    #[test]
    fn the_form_of_an_id_names_all_that_it_lies_in() {
        assert_eq!(
            form_of("Microsoft.Storage/storageAccounts/blobServices/containers"),
            "/subscriptions/…/resourceGroups/…/providers/Microsoft.Storage/storageAccounts/…/blobServices/…/containers/NAME"
        );
    }

    #[test]
    fn no_kind_is_named_twice() {
        for (resource_type, _) in KINDS {
            assert_eq!(KINDS.iter().filter(|(other, _)| is_same(other, resource_type)).count(), 1, "{resource_type}");
        }
    }
}
