//! The adapter between Terraform and restores from a Recovery Services vault: common arguments and the import. A kind of
//! item adds its own arguments and the mapping to a request, and nothing else; see [`ItemWorkload`].

mod arguments;
pub mod databases;
pub mod identity;
pub mod import;
mod workload;

use std::sync::Arc;

use async_trait::async_trait;
use time::OffsetDateTime;

pub use self::arguments::{PROTECTED_ITEM, protected_item};
pub use self::workload::{ItemWorkload, ItemWorkloadProfile};

use self::arguments::Arguments;
use crate::azure::deadline::Deadline;
use crate::azure::recovery_services::ProtectedItemId;
use crate::connection::Connection;
use crate::resources::arguments::point_in_time::POINT_IN_TIME;
use crate::resources::arguments::recovery_point::RECOVERY_POINT;
use crate::resources::given::required_text;
use crate::resources::restore::{ImportedJob, ReportedArgument, RestoreKind, UndecidedLimit, wrong};
use crate::restore::argument_path::ArgumentPath;
use crate::restore::error::UserMessage;
use crate::restore::operation::OperationPolling;
use crate::restore::record::RestoreRecord;
use crate::restore::recovery_services::{
    ArchivedPoints, ItemCache, PointNeed, RecoveryServicesJobs, RecoveryServicesRestore, VaultCopy, source_name,
    workload_named,
};
use crate::restore::workload::WorkloadNames;
use crate::tfplugin::diagnostics::{Diagnostic, Diagnostics};
use crate::tfplugin::model::Attr;
use crate::tfplugin::schema::Attribute;
use crate::tfplugin::validators::Rule;

/// The restore of a kind of item as a kind of restore.
pub struct FromRecoveryServicesVault<W>(Arc<W>);

impl<W: ItemWorkload> FromRecoveryServicesVault<W> {
    /// The restore of `workload` as a kind of restore.
    pub fn new(workload: W) -> Self {
        Self(Arc::new(workload))
    }
}

#[async_trait]
impl<W: ItemWorkload> RestoreKind for FromRecoveryServicesVault<W> {
    type Arguments = Arguments<W::Arguments>;
    type Service = RecoveryServicesRestore;

    fn type_name(&self) -> &'static str {
        self.0.profile().type_name
    }

    fn description(&self) -> String {
        let ItemWorkloadProfile { description, left_behind, .. } = self.0.profile();
        format!(
            "\
            {description}\n\n\
            Creating the resource restores once. It restores again only if you change `triggers` or another argument, \
            if the last restore failed, or with `-replace`. Destroying the resource removes the restore from the \
            state. {left_behind}.\n\n\
            All roles are listed in [Permissions](../guides/permissions.md). What happens after Ctrl-C, a timeout or a \
            lost runner is described in [Interruptions](../guides/interruptions.md)."
        )
    }

    fn attributes(&self) -> Vec<Attribute> {
        let profile = self.0.profile();
        let mut attributes = arguments::source(&profile);
        attributes.extend(self.0.attributes());
        attributes.extend(profile.across_regions.into_iter().flat_map(arguments::regions));
        attributes.push(arguments::cancel_on_destroy());
        attributes
    }

    fn rules(&self) -> Vec<Rule> {
        let mut rules = arguments::rules(&self.0.profile());
        rules.extend(self.0.rules());
        rules
    }

    fn restores_files(&self) -> bool {
        self.0.profile().restores_files
    }

    fn workload(&self) -> Option<WorkloadNames> {
        Some(self.0.profile().names)
    }

    fn item_path(&self, _arguments: &Self::Arguments) -> ArgumentPath {
        PROTECTED_ITEM.into()
    }

    fn item_id(&self, arguments: &Self::Arguments) -> Option<String> {
        arguments.common.protected_item_id.as_str().map(str::to_owned)
    }

    fn point_arguments(&self) -> &'static [&'static str] {
        arguments::point_arguments(&self.0.profile())
    }

    fn validate(&self, config: &Self::Arguments) -> Diagnostics {
        let mut diagnostics = config.common.check();
        diagnostics.extend(another_kind_of_item(&config.common.protected_item_id, self.0.profile().names));
        diagnostics.extend(self.0.validate(&config.workload));
        diagnostics
    }

    fn validate_at_creation(&self, config: &Self::Arguments, now: OffsetDateTime) -> Diagnostics {
        config.common.check_against_the_clock(now).into_iter().collect()
    }

    fn overwrites(&self, arguments: &Self::Arguments) -> Option<UserMessage> {
        self.0.overwrites(&arguments.workload)
    }

    fn makes_something_new(&self, arguments: &Self::Arguments) -> bool {
        self.0.makes_something_new(&arguments.workload)
    }

    fn undecided_limit(&self, arguments: &Self::Arguments) -> Option<UndecidedLimit> {
        let own = self.0.undecided_limit(&arguments.workload);
        own.or_else(|| arguments.common.recovery_point.known()?.undecided_limit())
    }

    fn reported_arguments(&self, imported: &Self::Arguments, record: &RestoreRecord) -> Vec<ReportedArgument> {
        let mut reported = import::reported_arguments(&imported.common, record);
        reported.extend(self.0.reported(record));
        reported
    }

    fn unreported(&self) -> String {
        self.0.profile().unreported.to_owned()
    }

    fn service(
        &self,
        connection: &Connection,
        arguments: Self::Arguments,
    ) -> Result<RecoveryServicesRestore, Diagnostics> {
        let Arguments { common, workload: own } = arguments;
        let no_item = |reason: String| wrong(PROTECTED_ITEM, "Not a protected item", reason);
        let item =
            required_text(&common.protected_item_id, PROTECTED_ITEM).map_err(|missing| no_item(missing.to_string()))?;
        let item = ProtectedItemId::parse(item).map_err(|error| no_item(error.to_string()))?;
        let (workload, profile) = (Arc::clone(&self.0), self.0.profile());
        let clock = Arc::clone(&connection.restore_context.clock);
        let (client, secondary) = (connection.recovery_services(), common.secondary()?);
        let copy = VaultCopy::new(&client, item.vault().clone(), secondary.as_ref());
        let jobs = RecoveryServicesJobs::restores(copy, clock, self.0.skipped_files(&own));
        // All points of the secondary region come out of the vault's copy, and none of them out of the archive.
        let is_secondary = secondary.is_some();
        let needs = self.0.point_need(&own).filter(|need| !is_secondary || !matches!(need, PointNeed::Vault(_)));
        let archived = if is_secondary { ArchivedPoints::NotRestorable } else { self.0.archived_points(&own) };
        Ok(RecoveryServicesRestore {
            client,
            jobs,
            polling: OperationPolling::of(&connection.restore_context),
            item,
            item_argument: PROTECTED_ITEM.into(),
            selection: common.selection(needs, archived)?,
            point_argument: RECOVERY_POINT.into(),
            instant_argument: POINT_IN_TIME.into(),
            names: profile.names,
            management_type: profile.management_type,
            item_resource: profile.item_resource,
            support: profile.support,
            destination: self.0.destination(&own),
            original_destination: {
                let workload = Arc::clone(&self.0);
                Box::new(move |original| workload.original_destination(original))
            },
            target_share: self.0.target_share(&own),
            database_target: self.0.database_target(&own),
            disks: self.0.disks(&own),
            identity: self.0.identity(&own),
            cancel_on_destroy: common.cancels_on_destroy(),
            build: Box::new(move |context| workload.request(&own, context)),
            cache: ItemCache::default(),
        })
    }

    async fn imported_job(
        &self,
        connection: &Connection,
        deadline: &Deadline,
        id: &str,
    ) -> Result<ImportedJob, UserMessage> {
        import::job(&self.0.profile(), &connection.recovery_services(), deadline, id).await
    }
}

/// An error if the name of the item says that it is of another kind. Azure says so for certain, before the restore.
fn another_kind_of_item(item: &Attr<String>, names: WorkloadNames) -> Option<Diagnostic> {
    let item = ProtectedItemId::parse(item.as_str()?).ok()?;
    let found = workload_named(&item)?;
    let text = format!(
        "This is the ID of a protected {}. `{PROTECTED_ITEM}` needs the ID of a protected {}.",
        source_name(Some(found)),
        names.source
    );
    let is_another = !found.as_str().eq_ignore_ascii_case(names.datasource_type);
    is_another.then(|| wrong(PROTECTED_ITEM, "Invalid value for \"protected_item_id\"", text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::azure::scripted::{ScriptedTransport, client};
    use crate::connection::{Connections, scripted};
    use crate::resources::file_share_restore::FileShareRestore;
    use crate::resources::restore::{RestoreCore, read};
    use crate::resources::virtual_machine_restore::VirtualMachineRestore;
    use crate::restore::extent::Extent;
    use crate::restore::recovery_services::{ItemSelection, OriginalLocation};
    use crate::tfplugin::schema::Schema;
    use crate::tfplugin::value::Value;

    const ITEM: &str = "/subscriptions/s/resourceGroups/g/providers/Microsoft.RecoveryServices/vaults/v/\
                        backupFabrics/Azure/protectionContainers/c/protectedItems/i";

    /// What a point must have for the restore of these arguments, out of either copy of the vault.
    fn needs<W: ItemWorkload>(workload: W, members: &[(&str, Value)], is_secondary: bool) -> Option<PointNeed> {
        let connection = scripted::connection(client(&ScriptedTransport::new(Vec::new())));
        let kind = FromRecoveryServicesVault::new(workload);
        let mut object = Schema::new("", kind.attributes()).null_object();
        object.set(PROTECTED_ITEM, ITEM);
        object.set(RECOVERY_POINT, Value::object([("latest", true)]));
        for (name, value) in members {
            object.set(*name, value.clone());
        }
        if is_secondary {
            object.set("secondary_region", true);
            object.set("restore_location", "northeurope");
        }
        match kind.service(&connection, read(&object).unwrap()).unwrap().selection {
            Some(ItemSelection::Point(selector)) => selector.needs,
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test]
    async fn all_points_of_the_secondary_region_are_in_the_vault_and_their_other_needs_stay() {
        let in_a_zone = [("zone", Value::from("1"))];
        assert!(matches!(needs(VirtualMachineRestore, &in_a_zone, false), Some(PointNeed::Vault(_))));
        assert_eq!(needs(VirtualMachineRestore, &in_a_zone, true), None);
        let single_files = [("files", Value::list([Value::object([("path", "a"), ("type", "File")])]))];
        for is_secondary in [false, true] {
            let own = needs(FileShareRestore, &single_files, is_secondary);
            assert!(matches!(own, Some(PointNeed::Snapshot(_))), "{is_secondary}: {own:?}");
        }
    }

    /// Which restores one that came later has superseded: those that it wrote over.
    #[test]
    fn disks_in_a_resource_group_are_new_ones_and_replaced_disks_are_not() {
        let core = RestoreCore::new(FromRecoveryServicesVault::new(VirtualMachineRestore), Connections::default());
        let extent = |group: Value| {
            let mut object = core.arguments().null_object();
            object.set(PROTECTED_ITEM, ITEM);
            object.set("target_resource_group_id", group);
            core.extent(&object)
        };
        assert_eq!(extent("/subscriptions/s/resourceGroups/g".into()), Extent::of_something_new());
        assert_ne!(extent(Value::Null), Extent::of_something_new());
    }

    #[test]
    fn an_item_of_another_kind_is_refused_by_its_name_and_one_without_a_kind_is_not() {
        let said = |name: &str| {
            let connections = Connections::default();
            let core = RestoreCore::new(FromRecoveryServicesVault::new(FileShareRestore), connections);
            let mut object = core.arguments().null_object();
            object.set(PROTECTED_ITEM, ITEM.replace("protectedItems/i", &format!("protectedItems/{name}")));
            object.set(RECOVERY_POINT, Value::object([("latest", true)]));
            let found = core.validate(&object);
            found.iter().map(|one| one.detail.clone()).collect::<Vec<_>>()
        };
        assert_eq!(said("AzureFileShare;x"), [""; 0]);
        assert_eq!(said("i"), [""; 0]);
        let others = [
            ("SQLDataBase;mssqlserver;orders", "SQL Server database"),
            ("SQLInstance;mssqlserver", "SQL Server instance"),
            ("SAPHanaDBInstance;h", "SAP HANA instance"),
            ("SAPAseDatabase;a;orders", "SAP ASE database"),
        ];
        for (name, source) in others {
            let needs = "`protected_item_id` needs the ID of a protected file share.";
            assert_eq!(said(name), [format!("This is the ID of a protected {source}. {needs}")]);
        }
    }

    #[test]
    fn a_machine_whose_disks_are_replaced_is_what_is_written_to() {
        let (item, source) = (ProtectedItemId::parse(ITEM).unwrap(), "/virtualMachines/shop");
        let original = OriginalLocation { item: &item, source, name: "shop", parent: None };
        assert_eq!(VirtualMachineRestore.original_destination(original), source);
    }
}
