//! The arguments that all restores from a Recovery Services vault take: their schema, their checks and what they mean.

use super::workload::ItemWorkloadProfile;
use time::OffsetDateTime;

use crate::azure::recovery_services::{ItemRecoveryPointId, ProtectedItemId};
use crate::azure::resource_id::Location;
use crate::model;
use crate::resources::arguments::point_in_time::{self, LATEST, POINT_IN_TIME};
use crate::resources::arguments::recovery_point::{self, PointSupport, RECOVERY_POINT, RecoveryPoint};
use crate::resources::arguments::regions::{self, RESTORE_LOCATION, SECONDARY_REGION};
use crate::resources::arguments::resource_id;
use crate::resources::restore::{CANCEL_ON_DESTROY, wrong};
use crate::restore::recovery_services::{ArchivedPoints, ItemPointSelector, ItemSelection, PointNeed};
use crate::tfplugin::diagnostics::{Diagnostic, Diagnostics};
use crate::tfplugin::model::{Attr, FromValue};
use crate::tfplugin::schema::Attribute;
use crate::tfplugin::validators::{Rule, exactly_one_of, required_with};
use crate::tfplugin::value::{Path, Value, ValueError};

/// The argument that names the protected item.
pub const PROTECTED_ITEM: &str = "protected_item_id";

const ITEMS: &str = "Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems";
const POINTS: &str =
    "Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems/recoveryPoints";

model! {
    /// The arguments of every restore from a Recovery Services vault.
    pub struct CommonItemArguments {
        /// What is protected.
        pub protected_item_id: Attr<String>,
        /// A point.
        pub recovery_point: Attr<RecoveryPoint>,
        /// An instant that log backups cover, or `latest`. Null where the kind of item has no such backups.
        pub point_in_time: Attr<String>,
        /// Whether the copy in the secondary region is read.
        pub secondary_region: Attr<bool>,
        /// The secondary region.
        pub restore_location: Attr<String>,
        /// Whether a destroy cancels a restore that runs.
        pub cancel_on_destroy: Attr<bool>,
    }
}

/// The common arguments of a restore, and those of its kind of item.
#[derive(Debug)]
pub struct Arguments<W> {
    /// Of every restore from a Recovery Services vault.
    pub common: CommonItemArguments,
    /// Of the kind of item.
    pub workload: W,
}

impl<W: FromValue> FromValue for Arguments<W> {
    fn from_value(value: &Value, path: &Path) -> Result<Self, ValueError> {
        Ok(Self { common: CommonItemArguments::from_value(value, path)?, workload: W::from_value(value, path)? })
    }
}

/// The argument that names the protected item; a change of it means another one.
pub fn protected_item() -> Attribute {
    resource_id::checked_by(PROTECTED_ITEM, is_protected_item_id).requires_replace()
}

/// What is protected and which state of it is restored.
pub(super) fn source(profile: &ItemWorkloadProfile) -> Vec<Attribute> {
    let item =
        protected_item().required().description(format!("The ARM id of the protected item. {}", profile.item_source));
    let point = recovery_point::attribute(PointSupport::RecoveryServices);
    if !profile.support.logs {
        let point = point.required();
        return vec![
            item,
            point.description("The point to restore. Exactly one of `id`, `latest` and `at_or_before`."),
        ];
    }
    vec![
        item,
        point.optional().description(
            "The full, differential or incremental backup to restore. Set exactly one of `id`, `latest` and \
             `at_or_before`. `latest` takes the newest of them, and the apply warns if log backups reach later. Set \
             exactly one of `recovery_point` and `point_in_time`.",
        ),
        point_in_time::attribute().optional().description(
            "Restores from log backups: the time to restore to (RFC 3339, whole seconds), or `latest` for the \
             newest time that log backups cover. Before the restore, the provider checks that log backups cover \
             this time, and names the gap if they do not.",
        ),
    ]
}

/// The arguments that choose what is restored.
pub(super) fn point_arguments(profile: &ItemWorkloadProfile) -> &'static [&'static str] {
    if profile.support.logs { &[RECOVERY_POINT, POINT_IN_TIME] } else { &[RECOVERY_POINT] }
}

const WHICH_REGION: &str = "With `secondary_region = true`, set `restore_location` to the secondary region of the \
                            vault, which is the Azure region that its own region is paired with.";

/// From which copy of the vault. `extent` is a sentence on what can be restored from the secondary one.
pub(super) fn regions(extent: &str) -> [Attribute; 2] {
    regions::of_recovery_services(extent)
}

/// Rules between the common arguments.
pub(super) fn rules(profile: &ItemWorkloadProfile) -> Vec<Rule> {
    let mut rules = Vec::new();
    if profile.across_regions.is_some() {
        rules.push(required_with(RESTORE_LOCATION, &[SECONDARY_REGION]));
    }
    if profile.support.logs {
        rules.push(exactly_one_of(&[RECOVERY_POINT, POINT_IN_TIME]));
    }
    rules
}

/// What a destroy does.
pub(super) fn cancel_on_destroy() -> Attribute {
    Attribute::bool(CANCEL_ON_DESTROY).optional().absent_means(false).updates_in_place().description(
        "`true`: destroying the resource while its restore runs cancels the job, and waits until it has ended. What \
         was restored by then stays. A replacement does not cancel. Not possible with `secondary_region`: Azure has no \
         call for it. Default `false`: the restore goes on.",
    )
}

impl CommonItemArguments {
    /// Checks that need no Azure; unknown values are skipped.
    pub(super) fn check(&self) -> Diagnostics {
        let mut diagnostics = match &self.recovery_point {
            Attr::Known(point) => point.check(|id| self.check_point_id(id)),
            Attr::Null | Attr::Unknown => Diagnostics::new(),
        };
        if self.secondary_region.known() == Some(&true) {
            if self.restore_location.is_null() {
                diagnostics.push(wrong(SECONDARY_REGION, "The secondary region is not named", WHICH_REGION));
            }
            if self.cancels_on_destroy() {
                let text = "Azure has no call that cancels a job in the secondary region. Remove `cancel_on_destroy`, \
                            or set it to `false`.";
                diagnostics.push(wrong(CANCEL_ON_DESTROY, "A restore that cannot be cancelled", text));
            }
        }
        diagnostics
    }

    /// The secondary region whose copy of the vault is read; none: the vault itself is.
    pub(super) fn secondary(&self) -> Result<Option<Location>, Diagnostics> {
        if self.secondary_region.known() != Some(&true) {
            return Ok(None);
        }
        let location = regions::read(&self.restore_location);
        location
            .map(Some)
            .ok_or_else(|| wrong(SECONDARY_REGION, "The secondary region is not named", WHICH_REGION).into())
    }

    /// An ARM id must be that of a point, and of the item that is restored.
    fn check_point_id(&self, id: &str) -> Option<Diagnostic> {
        let expected = resource_id::expected("id", "a recovery point, or its name", POINTS);
        if let Err(reason) = expected.check(id, |id| ItemRecoveryPointId::parse(id.as_str()).is_ok()) {
            return Some(wrong(RECOVERY_POINT, "Not a recovery point", reason));
        }
        let point = ItemRecoveryPointId::parse(id).ok()?;
        let item = ProtectedItemId::parse(self.protected_item_id.as_str()?).ok()?;
        (*point.protected_item() != item).then(|| {
            let text = format!("`id` is a point of {}, not of `{PROTECTED_ITEM}`.", point.protected_item());
            wrong(RECOVERY_POINT, "A point of another protected item", text)
        })
    }

    /// What to restore from; none where the arguments do not say (an import).
    pub(super) fn selection(
        &self,
        needs: Option<PointNeed>,
        archived: ArchivedPoints,
    ) -> Result<Option<ItemSelection>, Diagnostics> {
        match self.point_in_time.as_str() {
            Some(LATEST) => return Ok(Some(ItemSelection::LatestInstant)),
            Some(at) => return Ok(Some(ItemSelection::Instant(point_in_time::read(POINT_IN_TIME, at)?))),
            None => {}
        }
        let Attr::Known(point) = &self.recovery_point else { return Ok(None) };
        let (choice, allow_unhealthy) = (point.choice()?, point.allows_unhealthy());
        Ok(Some(ItemSelection::Point(ItemPointSelector { choice, allow_unhealthy, needs, archived })))
    }

    /// Checks against the clock, for plans that begin a restore.
    pub(super) fn check_against_the_clock(&self, now: OffsetDateTime) -> Option<Diagnostic> {
        point_in_time::check_against_the_clock(&self.point_in_time, now)
    }

    /// Whether a destroy cancels a restore that runs.
    pub(super) fn cancels_on_destroy(&self) -> bool {
        self.cancel_on_destroy.known() == Some(&true)
    }
}

fn is_protected_item_id(text: &str) -> Result<(), String> {
    let expected = resource_id::expected(PROTECTED_ITEM, "a protected item", ITEMS);
    expected.check(text, |id| ProtectedItemId::parse(id.as_str()).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::restore::point::PointCriterion;

    const ITEM: &str = "/subscriptions/5ea1ab1e-0000-4000-8000-000000000001/resourceGroups/g/providers/Microsoft.RecoveryServices/vaults/v/backupFabrics/Azure/protectionContainers/c;x/protectedItems/i";

    fn common(members: &[(&str, Value)]) -> CommonItemArguments {
        CommonItemArguments::from_value(&Value::object(members.iter().cloned()), &Path::root()).unwrap()
    }

    fn with_point(item: &str, id: &str) -> CommonItemArguments {
        common(&[(PROTECTED_ITEM, item.into()), (RECOVERY_POINT, Value::object([("id", id)]))])
    }

    #[test]
    fn an_arm_id_names_a_point_of_the_item_that_is_restored() {
        let said =
            |id: &str| with_point(ITEM, id).check().iter().map(|found| found.summary.clone()).collect::<Vec<_>>();
        assert_eq!(said(&format!("{}/recoveryPoints/1", ITEM.to_uppercase().replace("C;X", "c%3Bx"))), [""; 0]);
        assert_eq!(said("932886657837421071"), [""; 0]);
        assert_eq!(said(&format!("{ITEM}j/recoveryPoints/1")), ["A point of another protected item"]);
        assert_eq!(said(ITEM), ["Not a recovery point"]);
    }

    #[test]
    fn a_point_is_chosen_with_what_it_must_be_fit_for() {
        let selection = |own: CommonItemArguments, need| {
            let selection = own.selection(need, ArchivedPoints::PassedOver).unwrap();
            selection.map(|selection| match selection {
                ItemSelection::Point(selector) => selector,
                other => panic!("{other:?}"),
            })
        };
        let need = Some(PointNeed::Snapshot("why"));
        let chosen = selection(with_point(ITEM, &format!("{ITEM}/recoveryPoints/932")), need).unwrap();
        assert_eq!((chosen.choice.which, chosen.needs), (PointCriterion::Id("932".into()), need));
        assert_eq!(chosen.archived, ArchivedPoints::PassedOver);
        assert!(!chosen.allow_unhealthy);
        let point = Value::object([("latest", Value::from(true)), ("allow_unhealthy", true.into())]);
        let chosen = selection(common(&[(RECOVERY_POINT, point)]), None).unwrap();
        assert!(chosen.allow_unhealthy);
        assert!(selection(common(&[]), None).is_none());
    }

    #[test]
    fn an_instant_is_taken_out_of_log_backups() {
        let chosen = |at: &str| {
            let own = common(&[(POINT_IN_TIME, at.into())]);
            own.selection(None, ArchivedPoints::PassedOver).unwrap().unwrap()
        };
        assert!(matches!(chosen("latest"), ItemSelection::LatestInstant));
        let at = time::macros::datetime!(2026-09-30 12:30 UTC);
        assert!(matches!(chosen("2026-09-30T14:30:00+02:00"), ItemSelection::Instant(own) if own == at));
    }

    #[test]
    fn a_destroy_cancels_only_if_it_is_said() {
        assert!(!common(&[]).cancels_on_destroy());
        assert!(common(&[(CANCEL_ON_DESTROY, true.into())]).cancels_on_destroy());
    }
}
