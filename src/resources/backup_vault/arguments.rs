//! The arguments that all restores from a Backup vault take: their schema, their checks and what they mean.

use super::workload::RecoveryPointSupport;
use crate::azure::data_protection::{BackupInstanceId, DataStore, RecoveryPointId};
use crate::model;
use crate::resources::arguments::point_in_time::{self, LATEST, POINT_IN_TIME};
use crate::resources::arguments::recovery_point::{self, PointSupport, RECOVERY_POINT, RecoveryPoint};
use crate::resources::arguments::rehydration::{self, Rehydration};
use crate::resources::arguments::{regions, resource_guard, resource_id, user_assigned_identity};
use crate::resources::restore::wrong;
use crate::restore::backup_vault::{PointSelector, Region};
use crate::tfplugin::diagnostics::{Diagnostic, Diagnostics};
use crate::tfplugin::model::{Attr, FromValue};
use crate::tfplugin::schema::Attribute;
use crate::tfplugin::validators::{Rule, conflicts, exactly_one_of, required_with};
use crate::tfplugin::value::{Path, Value, ValueError};

const INSTANCES: &str = "Microsoft.DataProtection/backupVaults/backupInstances";

const POINTS: &str = "Microsoft.DataProtection/backupVaults/backupInstances/recoveryPoints";

/// The argument that names the protected item.
pub const INSTANCE: &str = "backup_instance_id";

model! {
    /// The arguments of every restore from a Backup vault. Those that a workload does not offer are null.
    pub struct CommonArguments {
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
        /// The identity that restores.
        pub user_assigned_identity_id: Attr<String>,
        /// The Resource Guard that has to approve it.
        pub resource_guard_id: Attr<String>,
    }

}

/// The common arguments of a restore, and those of its workload.
#[derive(Debug)]
pub struct Arguments<W> {
    /// Of every restore from a Backup vault.
    pub common: CommonArguments,
    /// Of the workload.
    pub workload: W,
}

impl<W: FromValue> FromValue for Arguments<W> {
    fn from_value(value: &Value, path: &Path) -> Result<Self, ValueError> {
        Ok(Self { common: CommonArguments::from_value(value, path)?, workload: W::from_value(value, path)? })
    }
}

/// What the secondary region holds comes out of the vault, whatever the default store of the workload is.
pub(super) fn with_implied_store(arguments: &Value) -> Value {
    let mut arguments = arguments.clone();
    if arguments.get("secondary_region").as_bool() != Some(true) {
        return arguments;
    }
    let mut point = arguments.get(RECOVERY_POINT).clone();
    if point.as_map().is_some() && point.get("data_store").is_null() {
        point.set("data_store", DataStore::VaultStore.as_str());
        arguments.set(RECOVERY_POINT, point);
    }
    arguments
}

/// The arguments that choose the point.
pub(super) fn point_arguments(support: RecoveryPointSupport) -> &'static [&'static str] {
    if support.point_in_time { &[POINT_IN_TIME, RECOVERY_POINT] } else { &[RECOVERY_POINT] }
}

/// What is protected and which state of it is restored.
pub(super) fn source(support: RecoveryPointSupport, instance_resource: &str) -> Vec<Attribute> {
    let mut attributes = vec![
        backup_instance()
            .required()
            .description(format!("The ARM ID of the backup instance: the `id` of `{instance_resource}`.")),
    ];
    let stores: Vec<&str> = support.data_stores.iter().map(|store| store.as_str()).collect();
    let point = recovery_point::attribute(PointSupport::BackupVault(&stores));
    if support.point_in_time {
        attributes.push(point_in_time::attribute().optional().description(
            "For operational backup: the time to restore to (RFC 3339), or `latest` for the newest time that can be \
             restored. The provider checks that this time can be restored before it sends the restore.",
        ));
        attributes.push(point.optional().description(
            "For vaulted backup: the recovery point to restore. Set exactly one of `id`, `latest` and `at_or_before`.",
        ));
    } else {
        attributes.push(
            point
                .required()
                .description("The recovery point to restore. Set exactly one of `id`, `latest` and `at_or_before`."),
        );
    }
    if support.archive {
        attributes.push(rehydration::attribute());
    }
    attributes
}

/// Where it is restored, and as which identity.
pub(super) fn circumstances(support: RecoveryPointSupport) -> Vec<Attribute> {
    let mut attributes = Vec::new();
    if support.secondary_region {
        attributes.push(regions::secondary_region("PostgreSQL flexible servers and AKS"));
        attributes.push(regions::source_region());
    }
    attributes.push(regions::restore_location(support.secondary_region));
    attributes.push(user_assigned_identity::attribute());
    attributes.push(resource_guard::attribute());
    attributes
}

/// Rules between several of the arguments.
pub(super) fn rules(support: RecoveryPointSupport) -> Vec<Rule> {
    let mut rules = Vec::new();
    if support.point_in_time {
        rules.push(exactly_one_of(&[POINT_IN_TIME, RECOVERY_POINT]));
    }
    if support.secondary_region {
        rules.push(required_with("source_region", &["secondary_region"]));
    }
    if support.archive && support.point_in_time {
        rules.push(conflicts(POINT_IN_TIME, &["rehydration"]));
    }
    rules
}

impl CommonArguments {
    /// Checks that need no Azure; unknown values are skipped.
    pub(super) fn check(&self) -> Diagnostics {
        let mut diagnostics = Diagnostics::new();
        if let Attr::Known(point) = &self.recovery_point {
            diagnostics.extend(point.check(|id| self.check_point_id(id)));
        }
        if self.secondary_region.known() == Some(&true) {
            // With both, the contradiction between them is told already.
            if self.point_in_time.known().is_some() && self.recovery_point.is_null() {
                diagnostics.push(wrong(
                    "secondary_region",
                    "An operational backup has no copy elsewhere",
                    "Only vaulted backup is copied to the secondary region. Use `recovery_point` instead of \
                     `point_in_time`, or remove `secondary_region`.",
                ));
            }
            if let Attr::Known(point) = &self.recovery_point
                && point.data_store.as_str().is_some_and(|store| store != DataStore::VaultStore.as_str())
            {
                diagnostics.push(wrong(
                    "secondary_region",
                    "Only the vault has a copy elsewhere",
                    "Only `VaultStore` is copied to the secondary region. Remove `data_store` from \
                     `recovery_point`, or set it to `VaultStore`.",
                ));
            }
        }
        diagnostics
    }

    /// An ARM id must be that of a point, and of the instance that is restored.
    fn check_point_id(&self, id: &str) -> Option<Diagnostic> {
        let expected = resource_id::expected("id", "a recovery point, or its name", POINTS);
        if let Err(reason) = expected.check(id, |id| RecoveryPointId::parse(id.as_str()).is_ok()) {
            return Some(wrong(RECOVERY_POINT, "Not a recovery point", reason));
        }
        let point = RecoveryPointId::parse(id).ok()?;
        let instance = BackupInstanceId::parse(self.backup_instance_id.as_str()?).ok()?;
        (*point.backup_instance() != instance).then(|| {
            let text = format!(
                "`id` is a recovery point of backup instance {:?} in vault {:?}. `backup_instance_id` names {:?} in \
                 vault {:?}.",
                point.backup_instance().name(),
                point.backup_instance().vault().name(),
                instance.name(),
                instance.vault().name(),
            );
            wrong(RECOVERY_POINT, "A point of another backup instance", text)
        })
    }

    /// What to restore from; none where the arguments do not say (an import).
    pub(super) fn selection(&self, support: RecoveryPointSupport) -> Result<Option<PointSelector>, Diagnostics> {
        if let Some(at) = self.point_in_time.as_str() {
            return Ok(Some(match at {
                LATEST => PointSelector::LatestInstant,
                at => PointSelector::Instant(point_in_time::read(POINT_IN_TIME, at)?),
            }));
        }
        let Attr::Known(point) = &self.recovery_point else { return Ok(None) };
        let default = if self.is_secondary() { DataStore::VaultStore } else { support.default_store() };
        let unreadable = || {
            let text = "`data_store` is not a store that points can be restored from.";
            Diagnostics::from(wrong(RECOVERY_POINT, "Not a data store", text))
        };
        Ok(Some(PointSelector::Point {
            choice: point.choice()?,
            data_store: match &point.data_store {
                Attr::Null => default,
                store => store.as_str().and_then(DataStore::read).ok_or_else(unreadable)?,
            },
            allow_partial: point.allows_partial(),
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
        if self.is_secondary() {
            let (location, source) = (regions::read(&self.restore_location), regions::read(&self.source_region));
            Region::Secondary { location, source }
        } else {
            Region::Primary
        }
    }
}

/// The argument that names the backup instance; a change of it means another one.
pub fn backup_instance() -> Attribute {
    resource_id::checked_by(INSTANCE, is_backup_instance_id).requires_replace()
}

fn is_backup_instance_id(text: &str) -> Result<(), String> {
    let expected = resource_id::expected(INSTANCE, "a backup instance", INSTANCES);
    expected.check(text, |id| BackupInstanceId::parse(id.as_str()).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::restore::point::PointCriterion;
    use crate::tfplugin::model::FromValue;
    use crate::tfplugin::value::Path;

    const VAULTED: RecoveryPointSupport = RecoveryPointSupport {
        point_in_time: true,
        data_stores: &[DataStore::VaultStore],
        archive: true,
        secondary_region: true,
    };

    const OPERATIONAL: RecoveryPointSupport = RecoveryPointSupport {
        point_in_time: false,
        data_stores: &[DataStore::OperationalStore, DataStore::VaultStore],
        archive: false,
        secondary_region: true,
    };

    fn common(members: &[(&str, Value)]) -> CommonArguments {
        CommonArguments::from_value(&Value::object(members.iter().cloned()), &Path::root()).unwrap()
    }

    fn summaries(members: &[(&str, Value)]) -> Vec<String> {
        common(members).check().iter().map(|diagnostic| diagnostic.summary.clone()).collect()
    }

    #[test]
    fn only_a_point_that_says_no_store_gets_the_one_that_the_secondary_region_implies() {
        let implied = |point: Value, secondary: bool| {
            let arguments = Value::object([("recovery_point", point), ("secondary_region", secondary.into())]);
            with_implied_store(&arguments).get("recovery_point").clone()
        };
        let point = |store: Value| Value::object([("data_store", store)]);
        assert_eq!(implied(point(Value::Null), true), point("VaultStore".into()));
        for same in [point("ArchiveStore".into()), Value::Null, Value::unknown()] {
            assert_eq!(implied(same.clone(), true), same);
        }
        assert_eq!(implied(point(Value::Null), false), point(Value::Null));
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
    fn each_kind_of_support_adds_its_arguments_and_no_other() {
        let names = |support: RecoveryPointSupport| -> Vec<String> {
            let attributes = source(support, "x").into_iter().chain(circumstances(support));
            attributes.map(|attribute| attribute.name).collect()
        };
        let least = RecoveryPointSupport { point_in_time: false, archive: false, secondary_region: false, ..VAULTED };
        let common = names(least);
        let more = |support: RecoveryPointSupport| -> Vec<String> {
            names(support).into_iter().filter(|name| !common.contains(name)).collect()
        };
        assert_eq!(more(RecoveryPointSupport { point_in_time: true, ..least }), ["point_in_time"]);
        assert_eq!(more(RecoveryPointSupport { archive: true, ..least }), ["rehydration"]);
        assert_eq!(
            more(RecoveryPointSupport { secondary_region: true, ..least }),
            ["secondary_region", "source_region"]
        );
    }

    #[test]
    fn an_archived_point_will_do_once_rehydration_is_set() {
        let point = ("recovery_point", Value::object([("latest", true)]));
        let rehydrates = |members: &[(&str, Value)]| match common(members).selection(VAULTED) {
            Ok(Some(PointSelector::Point { rehydration, .. })) => rehydration,
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
    fn a_point_that_is_chosen_in_no_way_is_not_the_newest() {
        for members in [
            vec![],
            vec![("latest", Value::from(false))],
            vec![("latest", Value::unknown())],
            vec![("latest", true.into()), ("data_store", Value::unknown())],
            vec![("latest", true.into()), ("data_store", "AnyStore".into())],
        ] {
            let point = common(&[("recovery_point", Value::object(members.clone()))]);
            let refused = point.selection(VAULTED).unwrap_err();
            assert_eq!(refused.iter().next().unwrap().path, Some(Path::attribute("recovery_point")), "{members:?}");
        }
    }

    #[test]
    fn a_point_is_named_or_given_by_its_arm_id() {
        for id in ["eb00", "/subscriptions/s/x/recoveryPoints/eb00"] {
            let point = common(&[("recovery_point", Value::object([("id", id)]))]);
            let Some(PointSelector::Point { choice, .. }) = point.selection(VAULTED).unwrap() else { panic!("{id}") };
            assert_eq!(choice.which, PointCriterion::Id("eb00".into()));
        }
    }

    #[test]
    fn an_arm_id_names_a_point_of_the_instance_that_is_restored() {
        let group = "/subscriptions/5ea1ab1e-0000-4000-8000-000000000001/resourceGroups/g";
        let vault = format!("{group}/providers/Microsoft.DataProtection/backupVaults/v");
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
            let point = source(OPERATIONAL, "x").into_iter().find(|found| found.name == RECOVERY_POINT).unwrap();
            point.deciding_form(with_implied_store(&arguments).get(RECOVERY_POINT)).unwrap()
        };
        let (latest, vault) = (("latest", Value::from(true)), ("data_store", Value::from("VaultStore")));
        assert_eq!(of(std::slice::from_ref(&latest), true), of(&[latest.clone(), vault.clone()], true));
        assert_ne!(of(std::slice::from_ref(&latest), false), of(&[latest, vault], false));
    }
}
