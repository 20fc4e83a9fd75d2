//! The arguments that all restores from a Backup vault take: their schema, their checks and what they mean.

use super::recovery_point::{self, RecoveryPoint, Rehydration, instant, is_instant};
use super::workload::Points;
use crate::azure::data_protection::{BackupInstanceId, DataStore};
use crate::azure::resource_id::{Location, ResourceId};
use crate::model;
use crate::resources::normal::{self, same};
use crate::resources::restore::{Meaning, wrong};
use crate::restore::backup_vault::{Region, Selection};
use crate::tfplugin::diagnostics::Diagnostics;
use crate::tfplugin::model::Attr;
use crate::tfplugin::schema::Attribute;
use crate::tfplugin::validators::{Rule, conflicts, exactly_one_of, length_between, matches, required_with};
use crate::tfplugin::value::Value;

/// The argument that names the protected item.
pub(super) const INSTANCE: &str = "backup_instance_id";

model! {
    /// The arguments.
    pub struct Common {
        /// What is protected.
        pub backup_instance_id: Attr<String>,
        /// An instant, or `latest`.
        pub point_in_time: Attr<String>,
        /// A point.
        pub recovery_point: Attr<RecoveryPoint>,
        /// How an archived point is fetched.
        pub rehydration: Attr<Rehydration>,
        /// Whether the copy in the secondary region is read.
        pub secondary_region: Attr<bool>,
        /// The region of the vault.
        pub source_region: Attr<String>,
        /// The region to restore in.
        pub restore_location: Attr<String>,
        /// Whose rights are used.
        pub user_assigned_identity_id: Attr<String>,
        /// Who has to let it pass.
        pub resource_guard_id: Attr<String>,
    }

}

/// What decides which data is restored and where to. Identity, guard and rehydration say how it is done, so a change of
/// them sends nothing. Nor does one of a region: a target lies where it lies, and a vault has one secondary region. Regions
/// are named when the vault's own is down, maybe while a restore runs, which must not begin a second one.
pub(super) fn meaning(points: Points) -> Vec<Meaning> {
    let mut meaning = vec![
        Meaning { argument: "backup_instance_id", normal: normal::id },
        Meaning { argument: "recovery_point", normal: recovery_point::normal(points) },
    ];
    if points.continuous {
        meaning.push(Meaning { argument: "point_in_time", normal: normal::instant });
    }
    if points.have_a_secondary_region() {
        meaning.push(Meaning { argument: "secondary_region", normal: normal::switch });
    }
    meaning
}

/// What the secondary region holds comes out of the vault, whatever the usual place of the workload's points is.
pub(super) fn with_defaults(arguments: &Value) -> Value {
    let mut arguments = arguments.clone();
    if arguments.get("secondary_region").as_bool() != Some(true) {
        return arguments;
    }
    let mut point = arguments.get("recovery_point").clone();
    if point.as_map().is_some() && point.get("data_store").is_null() {
        point.set("data_store", DataStore::VaultStore.as_str());
        arguments.set("recovery_point", point);
    }
    arguments
}

/// The arguments that choose the point.
pub(super) fn point_arguments(points: Points) -> &'static [&'static str] {
    if points.continuous { &["point_in_time", "recovery_point"] } else { &["recovery_point"] }
}

/// What is protected and which state of it is restored.
pub(super) fn source(points: Points, instance_resource: &str) -> Vec<Attribute> {
    let mut attributes = vec![
        Attribute::string("backup_instance_id")
            .required()
            .same_when(|one, other| same(normal::id, one, other))
            .validate(matches("the id of a backup instance", is_backup_instance_id))
            .description(format!("The ARM id of the backup instance, as `{instance_resource}` gives it.")),
    ];
    let point = recovery_point::attribute(points);
    if points.continuous {
        attributes.push(
            Attribute::string("point_in_time")
                .optional()
                .same_when(|one, other| same(normal::instant, one, other))
                .validate(matches("an instant such as 2026-11-19T08:00:00Z, or \"latest\"", is_instant_or_latest))
                .description(
                    "Operational backup: the instant to go back to (RFC 3339), or `latest`, the end of the newest \
                     range. It is checked against the restorable ranges before anything is sent.",
                ),
        );
        attributes.push(
            point
                .optional()
                .description("Vaulted backup: the point to restore. Exactly one of `id`, `latest` and `at_or_before`."),
        );
    } else {
        attributes.push(
            point.required().description("The point to restore. Exactly one of `id`, `latest` and `at_or_before`."),
        );
    }
    if points.archive {
        attributes.push(recovery_point::rehydration());
    }
    attributes
}

/// Where it is restored and by whose rights.
pub(super) fn circumstances(points: Points) -> Vec<Attribute> {
    let mut attributes = Vec::new();
    if points.have_a_secondary_region() {
        attributes.push(Attribute::bool("secondary_region").optional().description(
            "`true`: restores from the copy of the vault in its secondary region, into that region; its points lag \
             behind. The vault needs geo-redundant storage and cross-region restore. Azure documents it for PostgreSQL \
             flexible servers and AKS; for other workloads its validation decides. Default `false`.",
        ));
        attributes.push(
            Attribute::string("source_region")
                .optional()
                .same_when(|one, other| same(normal::location, one, other))
                .validate(length_between(1..=90))
                .description(
                    "With `secondary_region`: the region of the vault. Default: it is read from the vault. With this \
                     and `restore_location` given, nothing is read in the vault's own region, so that the restore \
                     works while that is down; checks that need it are left to Azure. Changing it sends nothing.",
                ),
        );
    }
    attributes.push(
        Attribute::string("restore_location")
            .optional()
            .same_when(|one, other| same(normal::location, one, other))
            .validate(length_between(1..=90))
            .description(if points.have_a_secondary_region() {
                "The Azure region to restore in, which is that of the target. Default: that of the vault, and with \
                 `secondary_region` the one that the vault is replicated to. Changing it sends nothing."
            } else {
                "The Azure region to restore in, which is that of the target. Default: that of the vault. Changing it \
                 sends nothing."
            }),
    );
    attributes.push(
        Attribute::string("user_assigned_identity_id")
            .optional()
            .same_when(|one, other| same(normal::id, one, other))
            .validate(matches("the id of a user-assigned identity", |text| {
                is_of_type(text, "Microsoft.ManagedIdentity/userAssignedIdentities")
            }))
            .description(
                "The ARM id of a user-assigned identity that is attached to the vault and restores instead of the \
                 vault's own identity. Changing it sends nothing.",
            ),
    );
    attributes.push(
        Attribute::string("resource_guard_id")
            .optional()
            .same_when(|one, other| same(normal::id, one, other))
            .validate(matches("the id of a Resource Guard", |text| {
                is_of_type(text, "Microsoft.DataProtection/resourceGuards")
            }))
            .description(
                "The ARM id of the Resource Guard that protects the vault (multi-user authorization). If it lies in \
                 another tenant, name that in the provider's `auxiliary_tenant_ids`. Changing it sends nothing.",
            ),
    );
    attributes
}

/// Which of them go together.
pub(super) fn rules(points: Points) -> Vec<Rule> {
    let mut rules = Vec::new();
    if points.continuous {
        rules.push(exactly_one_of(&["point_in_time", "recovery_point"]));
    }
    if points.have_a_secondary_region() {
        rules.push(required_with("source_region", &["secondary_region"]));
    }
    if points.archive && points.continuous {
        rules.push(conflicts("point_in_time", &["rehydration"]));
    }
    rules
}

impl Common {
    /// Checks that need no Azure; what is unknown is passed over.
    pub(super) fn check(&self) -> Diagnostics {
        let mut diagnostics = Diagnostics::new();
        if let Attr::Known(point) = &self.recovery_point {
            diagnostics.extend(point.check(&self.backup_instance_id));
        }
        if self.secondary_region.known() == Some(&true) {
            if self.point_in_time.known().is_some() {
                diagnostics.push(wrong(
                    "secondary_region",
                    "An operational backup has no copy elsewhere",
                    "`secondary_region` belongs to `recovery_point`: only what lies in the vault is copied to its \
                     secondary region.",
                ));
            }
            if let Attr::Known(point) = &self.recovery_point
                && point.data_store.as_str().is_some_and(|store| store != DataStore::VaultStore.as_str())
            {
                diagnostics.push(wrong(
                    "secondary_region",
                    "Only the vault has a copy elsewhere",
                    "With `secondary_region = true` the point is restored from `VaultStore`.",
                ));
            }
        }
        diagnostics
    }

    /// What to restore from; none where the arguments do not say (an import).
    pub(super) fn selection(&self, points: Points) -> Result<Option<Selection>, Diagnostics> {
        if let Some(at) = self.point_in_time.as_str() {
            return Ok(Some(match at {
                "latest" => Selection::LatestInstant,
                at => Selection::Instant(instant("point_in_time", at)?),
            }));
        }
        let Attr::Known(point) = &self.recovery_point else { return Ok(None) };
        let usual = points.data_stores.first().copied().unwrap_or(DataStore::VaultStore);
        let usual = if self.is_secondary() { DataStore::VaultStore } else { usual };
        Ok(Some(Selection::Point {
            choice: point.choice()?,
            data_store: point.data_store.as_str().and_then(DataStore::read).unwrap_or(usual),
            allow_partial: point.allow_partial.known().copied().unwrap_or_default(),
            // What is copied to the secondary region is restored from the vault's store there.
            rehydration: self.rehydration.known().is_some() && !self.is_secondary(),
        }))
    }

    /// Whether the copy in the secondary region is read.
    pub(super) fn is_secondary(&self) -> bool {
        self.secondary_region.known().copied().unwrap_or_default()
    }

    /// Which copy of the vault is read.
    pub(super) fn region(&self) -> Region {
        let given = |region: &Attr<String>| region.as_str().map(Location::new);
        if self.is_secondary() {
            Region::Secondary { location: given(&self.restore_location), source: given(&self.source_region) }
        } else {
            Region::Primary
        }
    }
}

fn is_instant_or_latest(text: &str) -> Result<(), String> {
    if text == "latest" { Ok(()) } else { is_instant(text) }
}

fn is_backup_instance_id(text: &str) -> Result<(), String> {
    BackupInstanceId::parse(text).map(drop).map_err(|error| error.to_string())
}

/// Whether `text` is the ARM id of a resource of this type.
pub fn is_of_type(text: &str, resource_type: &str) -> Result<(), String> {
    match ResourceId::parse(text) {
        Ok(id) if id.is_of_type(resource_type) => Ok(()),
        Ok(id) => {
            Err(format!("it names a resource of type {}, not {resource_type}", id.resource_type().unwrap_or_default()))
        }
        Err(error) => Err(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::restore::point::Which;
    use crate::tfplugin::model::FromValue;
    use crate::tfplugin::value::Path;

    const VAULTED: Points = Points { continuous: true, data_stores: &[DataStore::VaultStore], archive: true };

    const OPERATIONAL: Points = Points {
        continuous: false,
        data_stores: &[DataStore::OperationalStore, DataStore::VaultStore],
        archive: false,
    };

    fn common(members: &[(&str, Value)]) -> Common {
        Common::from_value(&Value::object(members.iter().cloned()), &Path::root()).unwrap()
    }

    fn summaries(members: &[(&str, Value)]) -> Vec<String> {
        common(members).check().iter().map(|diagnostic| diagnostic.summary.clone()).collect()
    }

    #[test]
    fn a_point_is_chosen_in_exactly_one_way() {
        let point = |members: &[(&str, Value)]| [("recovery_point", Value::object(members.iter().cloned()))];
        assert_eq!(summaries(&point(&[("latest", true.into())])), [""; 0]);
        assert_eq!(summaries(&point(&[("latest", false.into())])).len(), 1);
        assert_eq!(summaries(&point(&[("latest", true.into()), ("id", "x".into())])).len(), 1);
        assert_eq!(summaries(&point(&[("latest", true.into()), ("id", Value::unknown())])).len(), 0);
    }

    #[test]
    fn the_secondary_region_has_vaulted_points_only() {
        let secondary = ("secondary_region", Value::from(true));
        assert_eq!(summaries(std::slice::from_ref(&secondary)).len(), 0);
        let instant = ("point_in_time", Value::from("latest"));
        assert_eq!(summaries(&[secondary.clone(), instant]), ["An operational backup has no copy elsewhere"]);
        let point = Value::object([("latest", Value::from(true)), ("data_store", "OperationalStore".into())]);
        assert_eq!(summaries(&[secondary, ("recovery_point", point)]), ["Only the vault has a copy elsewhere"]);
    }

    #[test]
    fn an_archived_point_will_do_once_rehydration_is_set() {
        let point = ("recovery_point", Value::object([("latest", true)]));
        let rehydrates = |members: &[(&str, Value)]| match common(members).selection(VAULTED) {
            Ok(Some(Selection::Point { rehydration, .. })) => rehydration,
            other => panic!("{other:?}"),
        };
        assert!(!rehydrates(std::slice::from_ref(&point)));
        let rehydration = Value::object([("priority", "High")]);
        assert!(rehydrates(&[point.clone(), ("rehydration", rehydration.clone())]));
        let common = common(&[point, ("rehydration", rehydration)]);
        let rehydration = common.rehydration.known().unwrap();
        assert_eq!((rehydration.is_high_priority(), rehydration.days()), (true, 15));
    }

    #[test]
    fn a_point_is_named_or_given_by_its_arm_id() {
        for id in ["eb00", "/subscriptions/s/x/recoveryPoints/eb00"] {
            let point = common(&[("recovery_point", Value::object([("id", id)]))]);
            let Some(Selection::Point { choice, .. }) = point.selection(VAULTED).unwrap() else { panic!("{id}") };
            assert_eq!(choice.which, Which::Id("eb00".into()));
        }
    }

    #[test]
    fn an_arm_id_names_a_point_of_the_instance_that_is_restored() {
        let vault = "/subscriptions/s/resourceGroups/g/providers/Microsoft.DataProtection/backupVaults/v";
        let said = |instance: &str, id: &str| {
            summaries(&[
                ("backup_instance_id", format!("{vault}/backupInstances/{instance}").into()),
                ("recovery_point", Value::object([("id", id)])),
            ])
        };
        let point = format!("{vault}/BackupInstances/A/recoveryPoints/eb00");
        assert_eq!(said("a", "eb00"), [""; 0]);
        assert_eq!(said("a", &point), [""; 0]);
        assert_eq!(said("b", &point), ["A point of another backup instance"]);
        assert_eq!(said("a", &format!("{vault}/backupJobs/j")), ["Not a recovery point"]);
    }

    #[test]
    fn the_store_that_the_secondary_region_implies_may_be_written_out() {
        let of = |members: &[(&'static str, Value)], secondary: bool| {
            let arguments = Value::object([
                ("recovery_point", Value::object(members.iter().cloned())),
                ("secondary_region", secondary.into()),
            ]);
            recovery_point::normal(OPERATIONAL)(with_defaults(&arguments).get("recovery_point"))
        };
        let (latest, vault) = (("latest", Value::from(true)), ("data_store", Value::from("VaultStore")));
        assert_eq!(of(std::slice::from_ref(&latest), true), of(&[latest.clone(), vault.clone()], true));
        assert_ne!(of(std::slice::from_ref(&latest), false), of(&[latest, vault], false));
    }
}
