//! Which point of an item is restored, and how far back it is searched for: the service lists points in windows of time
//! (docs/reference/azure-recovery-services.md#lists).

use time::{Duration, OffsetDateTime};

use crate::azure::recovery_services::{ItemRecoveryPoint, LONGEST_WINDOW, PointTierKind, ProtectedItemId};
use crate::azure::resource_id::Location;
use crate::restore::point::{Candidate, PointChoice, PointCriterion};

/// So many empty windows in a row make more than a year, and the rarest backups that a policy keeps are yearly ones.
const EMPTY_WINDOWS: usize = 13;

/// Nothing is kept longer than 99 years; of an item with so many points, this many requests find one that can be restored.
const MOST_WINDOWS: usize = 130;

/// Azure's clock may be ahead of this machine's.
const CLOCK_DIFFERENCE: Duration = Duration::DAY;

/// What is restored from.
#[derive(Clone, Debug)]
pub enum ItemSelection {
    /// A point.
    Point(ItemPointSelector),
    /// An instant that log backups cover.
    Instant(OffsetDateTime),
    /// The newest such instant.
    LatestInstant,
}

/// Which point is restored, and what it must be fit for.
#[derive(Clone, Debug)]
pub struct ItemPointSelector {
    /// Which one.
    pub choice: PointChoice,
    /// Whether one will do in which malware was found.
    pub allow_unhealthy: bool,
    /// Where a copy of it must lie; none: in any place that can be read.
    pub needs: Option<PointNeed>,
    /// What becomes of one that is only in the archive.
    pub archived: ArchivedPoints,
}

/// Where a copy of a point must lie, with why one without it will not do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PointNeed {
    /// Beside the source: one that is only in the vault will not do.
    Snapshot(&'static str),
    /// In the vault, or its archive: one that is only a snapshot will not do.
    Vault(&'static str),
}

/// What becomes of a point that is only in the archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArchivedPoints {
    /// It cannot be restored by this kind of restore.
    NotRestorable,
    /// It is passed over, since nobody asked for it to be fetched.
    PassedOver,
    /// It is fetched first.
    Rehydrated,
}

impl ItemPointSelector {
    /// Why a point cannot be restored, if it cannot.
    pub fn candidate(&self, item: &ProtectedItemId, point: &ItemRecoveryPoint, now: OffsetDateTime) -> Candidate {
        // Its name stands in the URL of the restore.
        let unusable = item.recovery_point(&point.name).is_err();
        let unusable = unusable.then(|| "its name cannot be part of an ID, so no restore can name it".to_owned());
        let excluded = unusable.or_else(|| self.excluded(point, now));
        Candidate { id: point.name.clone(), friendly_name: None, time: point.time, excluded }
    }

    fn excluded(&self, point: &ItemRecoveryPoint, now: OffsetDateTime) -> Option<String> {
        let readable = [PointTierKind::Snapshot, PointTierKind::VaultStandard];
        let is_snapshot = |kind: &str| kind.to_ascii_lowercase().starts_with("snapshot");
        if point.stands_for_logs() {
            Some("it stands for log backups; use `point_in_time` to restore from them".to_owned())
        } else if point.kind.as_deref().is_some_and(is_snapshot) {
            Some("it is a snapshot of a whole instance, which this provider does not restore".to_owned())
        } else if point.is_soft_deleted {
            Some("it has been deleted".to_owned())
        } else if point.expiry_time.is_some_and(|expiry| expiry <= now) {
            Some("it has expired".to_owned())
        } else if point.is_unhealthy() && !self.allow_unhealthy {
            Some(format!("malware was found in it{}, and `allow_unhealthy` is not set", found(point)))
        } else if !readable.iter().any(|tier| point.lies_in(tier)) {
            self.unreadable(point).map(str::to_owned)
        } else {
            self.lacking(point).map(str::to_owned)
        }
    }

    /// Why a point will not do of which no copy can be read as it is.
    fn unreadable(&self, point: &ItemRecoveryPoint) -> Option<&'static str> {
        if !point.lies_in(&PointTierKind::Archive) {
            return Some("no copy of it can be used");
        }
        match self.archived {
            ArchivedPoints::NotRestorable => Some("it is only in the archive tier"),
            ArchivedPoints::PassedOver if point.needs_rehydration() => {
                Some("it is only in the archive tier, and `rehydration` is not set")
            }
            ArchivedPoints::PassedOver | ArchivedPoints::Rehydrated => None,
        }
    }

    /// Why a point will not do that has no copy where one is needed.
    fn lacking(&self, point: &ItemRecoveryPoint) -> Option<&'static str> {
        match self.needs? {
            PointNeed::Snapshot(why) => point.is_only_vaulted().then_some(why),
            PointNeed::Vault(why) => (!point.lies_in(&PointTierKind::VaultStandard)).then_some(why),
        }
    }

    /// The windows in which the point is searched for, newest first.
    pub(super) fn windows(&self, now: OffsetDateTime) -> impl Iterator<Item = (OffsetDateTime, OffsetDateTime)> {
        let newest = match &self.choice.which {
            // The filter knows whole seconds; the bound itself belongs to what is asked for.
            PointCriterion::AtOrBefore(bound) => bound.saturating_add(Duration::SECOND).min(now + CLOCK_DIFFERENCE),
            PointCriterion::Latest | PointCriterion::Id(_) => now + CLOCK_DIFFERENCE,
        };
        let oldest =
            self.choice.max_age.and_then(|age| Duration::try_from(age).ok()).map(|age| now.saturating_sub(age));
        std::iter::successors(Some(newest), |to| to.checked_sub(LONGEST_WINDOW))
            .take(MOST_WINDOWS)
            // One window more than `max_age` reaches, so that the message can name the point that is too old.
            .take_while(move |to| oldest.is_none_or(|oldest| *to > oldest.saturating_sub(LONGEST_WINDOW)))
            .filter_map(|to| Some((to.checked_sub(LONGEST_WINDOW)?, to)))
    }
}

/// Counts windows without any point.
#[derive(Debug)]
pub(super) struct EmptyWindows {
    in_a_row: usize,
    last_point: Option<OffsetDateTime>,
}

impl EmptyWindows {
    /// None so far, of an item whose newest point Azure says was taken at `last_point`.
    pub(super) fn before(last_point: Option<OffsetDateTime>) -> Self {
        Self { in_a_row: 0, last_point }
    }

    /// As [`EmptyWindows::are_enough`]; what stands for log backups lies in no window.
    pub(super) fn are_enough_with(&mut self, points: &[ItemRecoveryPoint], from: OffsetDateTime) -> bool {
        self.are_enough(points.iter().filter(|point| !point.stands_for_logs()).count(), from)
    }

    /// Whether the search is over with a window that begins at `from`: nothing lies so far apart, but that backups may have
    /// stopped long ago.
    pub(super) fn are_enough(&mut self, points_in_window: usize, from: OffsetDateTime) -> bool {
        self.in_a_row = if points_in_window == 0 { self.in_a_row + 1 } else { 0 };
        self.in_a_row >= EMPTY_WINDOWS && self.last_point.is_none_or(|last| from <= last)
    }
}

/// What holds of all points in a secondary region, beside why none of them will do.
pub(super) fn in_secondary_region(reason: &str, location: &Location) -> String {
    format!(
        "{reason}\nOnly recovery points that have reached the secondary region {:?} can be restored there. To list \
         them, set `secondary_region = true` in the data source `azurebackup_recovery_points`.",
        location.as_str()
    )
}

fn found(point: &ItemRecoveryPoint) -> String {
    let titles: Vec<&str> = point.threats.iter().filter_map(|threat| threat.title.as_deref()).take(3).collect();
    if titles.is_empty() { String::new() } else { format!(" ({})", titles.join(", ")) }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use time::macros::datetime;

    use super::*;

    const NOW: OffsetDateTime = datetime!(2026-11-20 12:00 UTC);

    fn selector(which: PointCriterion) -> ItemPointSelector {
        let choice = PointChoice { which, max_age: None };
        ItemPointSelector { choice, allow_unhealthy: false, needs: None, archived: ArchivedPoints::NotRestorable }
    }

    fn excluded(selector: &ItemPointSelector, properties: &Value) -> Option<String> {
        let point = ItemRecoveryPoint::read(&json!({"name": "1", "properties": properties})).unwrap();
        selector.candidate(&item(), &point, NOW).excluded
    }

    fn item() -> ProtectedItemId {
        let vault = "/subscriptions/s/resourceGroups/g/providers/Microsoft.RecoveryServices/vaults/v";
        let item = "backupFabrics/Azure/protectionContainers/c/protectedItems/i";
        ProtectedItemId::parse(&format!("{vault}/{item}")).unwrap()
    }

    #[test]
    fn a_point_whose_name_cannot_be_part_of_an_id_is_left_out() {
        let selector = selector(PointCriterion::Latest);
        for (name, is_usable) in [("932886657837421071", true), ("a/b", false), ("..", false), ("a?b", false)] {
            let point = ItemRecoveryPoint::read(&json!({"name": name})).unwrap();
            assert_eq!(selector.candidate(&item(), &point, NOW).excluded.is_none(), is_usable, "{name}");
        }
    }

    #[test]
    fn a_point_with_malware_is_left_out_unless_it_is_allowed() {
        let infected = json!({"threatStatus": "UnHealthy", "threatInfo": [{"threatTitle": "Ransom"}]});
        let mut selector = selector(PointCriterion::Latest);
        let reason = excluded(&selector, &infected).unwrap();
        assert_eq!(reason, "malware was found in it (Ransom), and `allow_unhealthy` is not set");
        assert_eq!(excluded(&selector, &json!({"threatStatus": "Warning"})), None);
        selector.allow_unhealthy = true;
        assert_eq!(excluded(&selector, &infected), None);
    }

    #[test]
    fn a_point_that_is_only_in_the_vault_is_left_out_where_a_snapshot_is_needed() {
        let tiers = |kinds: &[&str]| json!({"recoveryPointTierDetails": kinds.iter().map(|kind| json!({"type": kind})).collect::<Vec<_>>()});
        let mut selector = selector(PointCriterion::Latest);
        assert_eq!(excluded(&selector, &tiers(&["HardenedRP"])), None);
        selector.needs = Some(PointNeed::Snapshot("why"));
        assert_eq!(excluded(&selector, &tiers(&["HardenedRP"])).as_deref(), Some("why"));
        assert_eq!(excluded(&selector, &tiers(&["HardenedRP", "InstantRP"])), None);
        assert_eq!(excluded(&selector, &tiers(&["ArchivedRP"])).as_deref(), Some("it is only in the archive tier"));
        assert_eq!(excluded(&selector, &json!({})), None);
    }

    #[test]
    fn a_point_without_a_copy_in_the_vault_is_left_out_where_one_is_needed() {
        let tiers = |kinds: &[&str]| json!({"recoveryPointTierDetails": kinds.iter().map(|kind| json!({"type": kind})).collect::<Vec<_>>()});
        let mut selector = selector(PointCriterion::Latest);
        selector.needs = Some(PointNeed::Vault("why"));
        assert_eq!(excluded(&selector, &tiers(&["InstantRP"])).as_deref(), Some("why"));
        assert_eq!(excluded(&selector, &tiers(&["HardenedRP", "InstantRP"])), None);
        selector.archived = ArchivedPoints::Rehydrated;
        assert_eq!(excluded(&selector, &tiers(&["ArchivedRP"])), None);
    }

    #[test]
    fn a_point_in_the_archive_is_taken_where_it_may_be_fetched_or_has_been() {
        let tier = |status: &str| json!({"recoveryPointTierDetails": [{"type": "ArchivedRP", "status": status}]});
        let mut selector = selector(PointCriterion::Latest);
        for (archived, valid, rehydrated) in [
            (ArchivedPoints::NotRestorable, false, false),
            (ArchivedPoints::PassedOver, false, true),
            (ArchivedPoints::Rehydrated, true, true),
        ] {
            selector.archived = archived;
            assert_eq!(excluded(&selector, &tier("Valid")).is_none(), valid, "{archived:?}");
            assert_eq!(excluded(&selector, &tier("Rehydrated")).is_none(), rehydrated, "{archived:?}");
            assert!(excluded(&selector, &tier("Deleted")).is_some());
        }
    }

    #[test]
    fn deleted_expired_and_range_points_are_left_out() {
        let selector = selector(PointCriterion::Latest);
        let kept = |kept: Value| excluded(&selector, &json!({"recoveryPointProperties": kept}));
        assert!(kept(json!({"isSoftDeleted": true})).is_some());
        assert!(kept(json!({"expiryTime": "2026-11-20T12:00:00Z"})).is_some());
        assert_eq!(kept(json!({"expiryTime": "2026-11-20T12:00:01Z"})), None);
        let range = ItemRecoveryPoint::read(&json!({"name": "defaultrangerecoverypoint"})).unwrap();
        assert!(selector.candidate(&item(), &range, NOW).excluded.is_some());
    }

    #[test]
    fn log_backups_and_snapshots_of_instances_are_left_out_and_every_other_kind_of_backup_is_not() {
        let selector = selector(PointCriterion::Latest);
        let of = |kind: &str| excluded(&selector, &json!({"type": kind}));
        assert!(of("Log").unwrap().contains("use `point_in_time`"));
        assert!(of("SnapshotCopyOnlyFull").unwrap().contains("whole instance"));
        for kind in ["Full", "Differential", "Incremental", "CopyOnlyFull", "FileSystemConsistent", "Odd"] {
            assert_eq!(of(kind), None, "{kind}");
        }
    }

    #[test]
    fn what_stands_for_logs_does_not_prolong_the_search() {
        let logs = ItemRecoveryPoint::read(&json!({"name": "DefaultRangeRecoveryPoint"})).unwrap();
        let point = ItemRecoveryPoint::read(&json!({"name": "1"})).unwrap();
        let mut empty = EmptyWindows::before(None);
        assert!((0..12).all(|_| !empty.are_enough_with(std::slice::from_ref(&logs), NOW)));
        assert!(empty.are_enough_with(std::slice::from_ref(&logs), NOW));
        assert!(!empty.are_enough_with(&[logs, point], NOW));
    }

    #[test]
    fn windows_begin_at_the_bound_and_follow_each_other_without_a_gap() {
        let bound = datetime!(2026-06-01 8:00 UTC);
        let found: Vec<_> = selector(PointCriterion::AtOrBefore(bound)).windows(NOW).take(3).collect();
        assert_eq!(found[0].1, bound + Duration::SECOND);
        assert!(found.windows(2).all(|two| two[0].0 == two[1].1));
        assert!(found.iter().all(|(from, to)| *to - *from == LONGEST_WINDOW));
        assert_eq!(selector(PointCriterion::Latest).windows(NOW).next().unwrap().1, NOW + Duration::DAY);
        let future = selector(PointCriterion::AtOrBefore(datetime!(2099-01-01 0:00 UTC)));
        assert_eq!(future.windows(NOW).next().unwrap().1, NOW + Duration::DAY);
    }

    #[test]
    fn the_search_ends_after_more_than_a_year_of_nothing_and_not_before() {
        let mut empty = EmptyWindows::before(None);
        assert!((0..12).all(|_| !empty.are_enough(0, NOW)));
        assert!(!empty.are_enough(1, NOW));
        assert!((0..12).all(|_| !empty.are_enough(0, NOW)));
        assert!(empty.are_enough(0, NOW));
        assert!(LONGEST_WINDOW * 13 > Duration::days(366));
    }

    #[test]
    fn the_search_does_not_end_before_the_last_point_that_azure_speaks_of() {
        let last = NOW - Duration::days(1000);
        let mut empty = EmptyWindows::before(Some(last));
        assert!((0..40).all(|_| !empty.are_enough(0, last + Duration::SECOND)));
        assert!(empty.are_enough(0, last));
    }

    #[test]
    fn max_age_ends_the_search_one_window_behind_it() {
        let mut selector = selector(PointCriterion::Latest);
        const DAY: u64 = 24 * 3600;
        for (seconds, windows) in [(DAY, 2), (29 * DAY, 2), (29 * DAY + 1, 3)] {
            selector.choice.max_age = Some(std::time::Duration::from_secs(seconds));
            assert_eq!(selector.windows(NOW).count(), windows, "{seconds}");
        }
    }
}
