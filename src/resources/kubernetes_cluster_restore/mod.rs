//! `azurebackup_kubernetes_cluster_restore`: what an AKS cluster held, into the same cluster or another one.
//! The mapping to Azure's body is in [`request`], the checks of its arguments are in [`checks`] and [`names`], what a
//! plan says of it is in [`words`].

mod checks;
mod names;
mod request;
mod words;

use std::collections::BTreeMap;

use crate::azure::data_protection::{
    BackupInstanceId, DataStore, KUBERNETES_CLUSTERS, RestoreTargetInfo, STORAGE_ACCOUNTS,
};
use crate::azure::resource_id::{ResourceId, is_same};
use crate::model;
use crate::resources::arguments::resource_id;
use crate::resources::backup_vault::{RecoveryPointSupport, TargetContext, Workload, WorkloadProfile, destination};
use crate::resources::restore::{ReportedArgument, UndecidedLimit};
use crate::restore::backup_vault::{Destination, ReportedJob};
use crate::restore::error::{RestoreError, UserMessage};
use crate::restore::workload::{ROLE_ON_VAULT, RequiredRole, WorkloadNames};
use crate::tfplugin::diagnostics::Diagnostics;
use crate::tfplugin::model::Attr;
use crate::tfplugin::schema::{Attribute, Type};
use crate::tfplugin::validators::{Validator, each, matches, no_duplicates, not_empty, one_of};
use crate::tfplugin::value::Value;

/// What Azure's own command line sends where nothing is said.
const USUAL_VOLUME_MODE: &str = "RestoreWithVolumeData";

/// What Azure's own command line sends if nothing is given, too.
const CLUSTER_SCOPE_RESOURCES: bool = true;

/// What Azure's own command line sends if nothing is given, too.
const USUAL_CONFLICT_POLICY: &str = "Skip";

/// The argument that names the cluster to restore into.
const TARGET: &str = "target_cluster_id";

/// Changes resources that exist already.
const PATCH: &str = "Patch";

model! {
    /// The arguments of a cluster restore, and those of the common ones that decide which of them are needed.
    pub struct Arguments {
        /// What is protected.
        pub backup_instance_id: Attr<String>,
        /// The argument of that name, as far as the checks of a cluster restore read it.
        pub recovery_point: Attr<PointStore>,
        /// Whether the copy in the secondary region is read.
        pub secondary_region: Attr<bool>,
        /// The cluster to restore into; null: the cluster that was backed up.
        pub target_cluster_id: Attr<String>,
        /// Null: all are restored.
        pub included_namespaces: Attr<Vec<Attr<String>>>,
        /// Not restored.
        pub excluded_namespaces: Attr<Vec<Attr<String>>>,
        /// Null: all are restored.
        pub included_resource_types: Attr<Vec<Attr<String>>>,
        /// Not restored.
        pub excluded_resource_types: Attr<Vec<Attr<String>>>,
        /// `key=value`.
        pub label_selectors: Attr<Vec<Attr<String>>>,
        /// Whether what belongs to no namespace is restored, too.
        pub include_cluster_scope_resources: Attr<bool>,
        /// Whether volumes get their data back.
        pub persistent_volume_restore_mode: Attr<String>,
        /// What happens to resources that exist already.
        pub conflict_policy: Attr<String>,
        /// From the namespace in the backup to that in the cluster.
        pub namespace_mappings: Attr<BTreeMap<String, Attr<String>>>,
        /// Hooks in the cluster.
        pub restore_hook_references: Attr<Vec<Attr<NamespacedReference>>>,
        /// A modifier in the cluster.
        pub resource_modifier_reference: Attr<NamespacedReference>,
        /// Where volumes lie on their way from the vault.
        pub staging_resource_group_id: Attr<String>,
        /// Where everything else lies on its way from the vault.
        pub staging_storage_account_id: Attr<String>,
    }

    /// The member of `recovery_point` that decides whether staging arguments are needed.
    pub struct PointStore {
        /// Where its copy lies.
        pub data_store: Attr<String>,
    }

    /// Something inside the target cluster.
    pub struct NamespacedReference {
        /// `metadata.name`.
        pub name: Attr<String>,
        /// Its namespace.
        pub namespace: Attr<String>,
    }
}

/// Markdown of the page.
const DESCRIPTION: &str = "\
    Restores the resources and persistent volumes of an Azure Kubernetes Service (AKS) cluster from an Azure Backup \
    vault, to the same cluster or another one, and waits until the restore job has ended. The target cluster must \
    exist. The restore does not create a cluster.\n\n\
    From `OperationalStore` (default), the data is restored directly from the snapshots. From `VaultStore`, and \
    therefore always with `secondary_region = true`, the data is first copied to `staging_resource_group_id` and \
    `staging_storage_account_id`. **This staging data is not deleted automatically:** disks, snapshots and blobs that \
    remain there cost money until you delete them.\n\n\
    Before the first restore, the target cluster needs the backup extension, and Trusted Access for the vault \
    (`azurerm_kubernetes_cluster_extension`, and `azurerm_kubernetes_cluster_trusted_access_role_binding` with the \
    role `Microsoft.DataProtection/backupVaults/backup-operator`). These identities need roles:\n\n\
    - the identity of the vault, from `OperationalStore`: *Reader* on the target cluster and on the resource group of \
    the snapshots,\n\
    - the identity of the vault, from `VaultStore`: *Reader* on the target cluster, *Contributor* on the staging \
    resource group, *Storage Account Contributor* and *Storage Blob Data Owner* on the staging storage account or its \
    resource group,\n\
    - the identity of the target cluster: *Contributor* on the resource group of the snapshots,\n\
    - the identity of the backup extension: *Storage Blob Data Contributor* on the storage account of the backup. \
    From `VaultStore`, on the staging storage account. It can take an hour until the extension can use a new role.\n\n\
    A restore can complete with warnings about some resources. Then the apply fails, unless `accept_warnings` is set.";

/// Resources and volumes of an AKS cluster, from snapshots or from the vault.
pub struct KubernetesClusterRestore;

/// A namespace that keeps its name needs no mapping.
fn without_idle_mappings(mappings: &Value) -> Value {
    let mappings = mappings.as_map().into_iter().flatten().filter(|(from, to)| to.as_str() != Some(from));
    Value::Map(mappings.map(|(from, to)| (from.clone(), to.clone())).collect())
}

fn set_of_names(name: &'static str, check: Validator) -> Attribute {
    Attribute::list_of(name, Type::String)
        .optional()
        .requires_replace()
        .unordered()
        .validate(no_duplicates())
        .validate(each(check))
}

/// None of these would be nothing, and Azure takes an empty list for all of them.
fn only(name: &'static str, check: Validator) -> Attribute {
    set_of_names(name, check).validate(not_empty(format!(
        "To restore without this limit, set `{name}` to `null` or remove it. To restore a part, name it."
    )))
}

fn all_but(name: &'static str, check: Validator) -> Attribute {
    set_of_names(name, check).empty_means_absent()
}

fn namespace() -> Validator {
    matches("the name of a namespace", names::is_namespace)
}

fn resource_type() -> Validator {
    matches("a resource type", |text| {
        if text.is_empty() || text.contains(char::is_whitespace) {
            Err("it is empty, or has blanks".to_owned())
        } else {
            Ok(())
        }
    })
}

fn reference_attributes(what: &str) -> Vec<Attribute> {
    vec![
        Attribute::string("name")
            .required()
            .requires_replace()
            .validate(matches("the name of an object in the cluster", names::is_object_name))
            .description(format!("The name of {what}.")),
        Attribute::string("namespace")
            .required()
            .requires_replace()
            .validate(namespace())
            .description("The namespace in the target cluster."),
    ]
}

impl Workload for KubernetesClusterRestore {
    type Arguments = Arguments;

    fn profile(&self) -> WorkloadProfile {
        WorkloadProfile {
            type_name: "azurebackup_kubernetes_cluster_restore",
            description: DESCRIPTION,
            left_behind: "The restored Kubernetes resources stay",
            names: WorkloadNames {
                things: "Kubernetes resources",
                source: "cluster",
                datasource_type: KUBERNETES_CLUSTERS,
                caller_role: ROLE_ON_VAULT,
                roles: &[
                    RequiredRole { name: "Reader", scope: "the target cluster and the snapshot resource group" },
                    RequiredRole { name: "Contributor", scope: "the staging resource group (restores from the vault)" },
                    RequiredRole {
                        name: "Storage Account Contributor",
                        scope: "the staging storage account (restores from the vault)",
                    },
                    RequiredRole {
                        name: "Storage Blob Data Owner",
                        scope: "the staging storage account (restores from the vault)",
                    },
                ],
            },
            instance_resource: "azurerm_data_protection_backup_instance_kubernetes_cluster",
            unreported: "\
            Azure does not report which parts of the cluster were restored, how, and what was used for staging. If \
            the job was started with these arguments, write them in the configuration:\n\n\
            - `included_namespaces`, `excluded_namespaces`, `included_resource_types`, `excluded_resource_types`, \
            `label_selectors`, `include_cluster_scope_resources`\n\
            - `persistent_volume_restore_mode`, `conflict_policy`, `namespace_mappings`, `restore_hook_references`, \
            `resource_modifier_reference`\n\
            - from `VaultStore`, which requires them: `staging_resource_group_id`, `staging_storage_account_id`",
            recovery_points: RecoveryPointSupport {
                point_in_time: false,
                data_stores: &[DataStore::OperationalStore, DataStore::VaultStore],
                archive: false,
                secondary_region: true,
            },
        }
    }

    fn attributes(&self) -> Vec<Attribute> {
        let mut attributes = vec![
            resource_id::attribute(TARGET, "an AKS cluster", KUBERNETES_CLUSTERS)
                .optional()
                .requires_replace()
                .description(
                    "The ARM ID of the cluster to restore to: the `id` of `azurerm_kubernetes_cluster`. Default: the \
                     cluster that was backed up. If you add its ID later, this is a change, and the restore runs \
                     again. Required with `secondary_region`: then it must be a cluster in that region.",
                ),
        ];
        attributes.extend(scope());
        attributes.extend(manner());
        attributes.extend(staging());
        attributes
    }

    fn validate(&self, config: &Arguments) -> Diagnostics {
        checks::together(config)
    }

    fn overwrites(&self, arguments: &Arguments) -> Option<UserMessage> {
        let perhaps = match &arguments.conflict_policy {
            Attr::Known(policy) if policy == PATCH => "",
            Attr::Unknown => "`conflict_policy` is known only after apply. ",
            Attr::Known(_) | Attr::Null => return None,
        };
        let instance = arguments.backup_instance_id.as_str();
        let instance = instance.and_then(|id| BackupInstanceId::parse(id).ok());
        let cluster = match (&arguments.target_cluster_id, instance) {
            (Attr::Known(id), _) => {
                format!("cluster {:?}", ResourceId::parse(id).map_or(id.clone(), |id| id.name().to_owned()))
            }
            (Attr::Null, Some(instance)) => format!("the cluster behind backup instance {:?}", instance.name()),
            _ => "a cluster that is known after apply".to_owned(),
        };
        let message = UserMessage::new(format!("Restoring overwrites resources of {cluster}"))
            .say(words::restored(&request::criteria(arguments)))
            .say(format!(
                "{perhaps}With `conflict_policy = \"Patch\"`, a Kubernetes resource that exists there and in the \
                 backup is changed to what the backup holds, as far as its fields can be changed. What was changed in \
                 them since then is lost."
            ))
            .say("`Skip`, the default, leaves existing resources alone.");
        Some(message.on("conflict_policy"))
    }

    fn undecided_limit(&self, arguments: &Arguments) -> Option<UndecidedLimit> {
        checks::undecided_limit(arguments)
    }

    fn destination(&self, arguments: &Arguments) -> Option<Destination> {
        destination(TARGET, &arguments.target_cluster_id)
    }

    fn reported_target(&self, job: ReportedJob<'_>) -> Vec<ReportedArgument> {
        let Some(cluster) = job.destination() else { return Vec::new() };
        vec![match (job.is_in_place(), cluster.to_owned()) {
            (Some(true), cluster) => {
                let shown = format!("{cluster:?}, the cluster that was backed up");
                let is_it = move |target: &Value| target.as_str().is_some_and(|id| is_same(id, &cluster));
                ReportedArgument::new(TARGET, Value::Null).shown_as(shown).or_if(is_it)
            }
            (Some(false), cluster) => ReportedArgument::new(TARGET, cluster),
            // Maybe it is the cluster that was backed up.
            (None, cluster) => ReportedArgument::new(TARGET, cluster).or_if(Value::is_null),
        }]
    }

    fn restore_target(
        &self,
        arguments: &Arguments,
        place: TargetContext<'_>,
    ) -> Result<RestoreTargetInfo, RestoreError> {
        request::target(arguments, place)
    }
}

/// The arguments that say how much of the backup is restored.
fn scope() -> Vec<Attribute> {
    vec![
        only("included_namespaces", namespace()).description(
            "Restore only resources of these namespaces. Use the names in the backup. If not set, all namespaces are \
             restored. The order does not matter.",
        ),
        all_but("excluded_namespaces", namespace())
            .description("Do not restore resources of these namespaces. The order does not matter."),
        only("included_resource_types", resource_type()).description(
            "Restore only resources of these types. Microsoft does not document how to write a type. Names such as \
             `deployments` are sent to Azure without changes. If not set, all types are restored. The order does not \
             matter.",
        ),
        all_but("excluded_resource_types", resource_type())
            .description("Do not restore resources of these types. The order does not matter."),
        only("label_selectors", matches("a label and its value", names::is_label_selector)).description(
            "Restore only resources with these labels, each written as `key=value`. Microsoft does not document \
             whether a resource needs one of them or all of them. The order does not matter.",
        ),
        Attribute::bool("include_cluster_scope_resources")
            .optional()
            .absent_means(CLUSTER_SCOPE_RESOURCES)
            .requires_replace()
            .description(
                "Whether cluster-scoped resources, which do not belong to a namespace, are restored, too. Default \
                 `true`. The plan must know whether it is set.",
            ),
    ]
}

/// The arguments that say how it is restored.
fn manner() -> Vec<Attribute> {
    vec![
        Attribute::string("persistent_volume_restore_mode")
            .optional()
            .absent_means(USUAL_VOLUME_MODE)
            .requires_replace()
            .validate(one_of(&[USUAL_VOLUME_MODE, "RestoreWithoutVolumeData"]))
            .description(
                "`RestoreWithVolumeData` (default): restore persistent volumes with their data. \
                 `RestoreWithoutVolumeData`: restore them without data.",
            ),
        Attribute::string("conflict_policy")
            .optional()
            .absent_means(USUAL_CONFLICT_POLICY)
            .requires_replace()
            .validate(one_of(&[USUAL_CONFLICT_POLICY, PATCH]))
            .description(
                "What to do with a resource that already exists in the target cluster. `Skip` (default): do not \
                 change it. `Patch`: change its fields to the values in the backup, if these fields can be changed. \
                 With both, the plan must know whether the lists of namespaces, types and labels are set.",
            ),
        Attribute::map_of("namespace_mappings", Type::String)
            .optional()
            .requires_replace()
            .canonical(without_idle_mappings)
            .empty_means_absent()
            .validate(each(namespace()))
            .description(
                "Other names for namespaces: a map from the name in the backup to the name in the target cluster. A \
                 namespace that does not exist in the target cluster is created. The plan must know whether it is set.",
            ),
        Attribute::objects("restore_hook_references", reference_attributes("the restore hook"))
            .optional()
            .requires_replace()
            .unordered()
            .empty_means_absent()
            .validate(no_duplicates())
            .description(
                "Restore hooks in the target cluster that Azure Backup runs during the restore. They must exist \
                 before the restore. The order does not matter.",
            ),
        Attribute::object("resource_modifier_reference", reference_attributes("the resource modifier"))
            .optional()
            .requires_replace()
            .description(
                "A resource modifier in the target cluster. It changes resources during the restore. It must exist \
                 before the restore.",
            ),
    ]
}

/// What only a restore from the vault needs. It says how the data travels, not where it goes.
fn staging() -> Vec<Attribute> {
    vec![
        resource_id::resource_group("staging_resource_group_id").optional().updates_in_place().description(
            "The ARM ID of the resource group for the disks and snapshots that are created during a restore from \
             `VaultStore`. Required from `VaultStore`, and not allowed from `OperationalStore`. Data that remains \
             there is not deleted automatically.",
        ),
        resource_id::attribute("staging_storage_account_id", "a storage account", STORAGE_ACCOUNTS)
            .optional()
            .updates_in_place()
            .description(
                "The ARM ID of the storage account for the Kubernetes resources during a restore from `VaultStore`. \
                 Required from `VaultStore`, and not allowed from `OperationalStore`. Data that remains there is not \
                 deleted automatically.",
            ),
    ]
}

#[cfg(test)]
mod tests;
