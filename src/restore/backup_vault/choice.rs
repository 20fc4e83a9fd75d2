//! What is restored from: an instant of a continuous backup, or a recovery point and the copy of it that is read.

use time::OffsetDateTime;

use crate::azure::data_protection::{DataStore, RecoveryPoint, RestorableTimeRange};
use crate::azure::resource_id::Location;
use crate::restore::point::{Candidate, PointChoice, choose, newest_instant};
use crate::restore::record::instant;

/// How far back ranges are asked for; operational blob backup keeps at most 360 days.
pub const RANGES_REACH_BACK: time::Duration = time::Duration::days(366);

/// What to restore from.
#[derive(Clone, Debug)]
pub enum PointSelector {
    /// An instant of a continuous backup.
    Instant(OffsetDateTime),
    /// The newest instant of a continuous backup.
    LatestInstant,
    /// A recovery point.
    Point {
        /// Which one.
        choice: PointChoice,
        /// Where its copy must lie.
        data_store: DataStore,
        /// Whether a point whose backup was only partial will do.
        allow_partial: bool,
        /// Whether a point that is only in the archive will do: it is rehydrated on the way.
        rehydration: bool,
    },
}

/// The newest instant of `ranges` in whole seconds, as Microsoft's clients send it.
pub fn latest_instant(ranges: &[RestorableTimeRange]) -> Option<OffsetDateTime> {
    newest_instant(ranges.iter().map(|range| (range.start, range.end)))
}

/// The point or instant that is restored, as a request body needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ResolvedPoint {
    /// An instant.
    Instant(OffsetDateTime),
    /// A point.
    Point {
        /// `recoveryPointId` of the point, as the request names it.
        id: String,
        /// Where the copy lies that is restored; the archive's is rehydrated on the way.
        data_store: DataStore,
    },
}

/// An instant, and no range at all. `points` are those of the vaulted backup.
pub(super) fn no_range(points: &[RecoveryPoint]) -> String {
    if points.is_empty() {
        "Azure lists no range of time that can be restored. If the backup is new, wait until it has run.".to_owned()
    } else {
        "This backup instance has vaulted backup, which is restored from a recovery point. Use `recovery_point` \
         instead of `point_in_time`."
            .to_owned()
    }
}

/// A point, and none at all. `ranges` are those of the operational backup, where the workload may have one.
pub(super) fn no_point(ranges: &[RestorableTimeRange]) -> String {
    if ranges.is_empty() {
        "This backup instance has no recovery point. If the backup is new, wait until it has run.".to_owned()
    } else {
        "This backup instance has operational backup, which has no recovery points. Use `point_in_time` instead of \
         `recovery_point`."
            .to_owned()
    }
}

/// What holds of all points in a secondary region, beside why none of them will do.
pub(super) fn in_secondary_region(reason: &str, location: &Location) -> String {
    format!(
        "{reason}\nOnly points that have reached the secondary region {:?} can be restored there. They have other \
         IDs than in the region of the vault. To list them, set `secondary_region = true` in the data source \
         `azurebackup_recovery_points`.",
        location.as_str()
    )
}

pub(super) fn outside_ranges(at: OffsetDateTime, ranges: &[RestorableTimeRange]) -> String {
    let ranges: Vec<String> =
        ranges.iter().map(|range| format!("\n  - {} to {}", instant(range.start), instant(range.end))).collect();
    format!("{} cannot be restored. These times can:{}", instant(at), ranges.concat())
}

/// The copy of a point that a restore reads.
fn copy_to_read(
    point: &RecoveryPoint,
    store: DataStore,
    rehydration: bool,
    now: OffsetDateTime,
) -> Result<DataStore, String> {
    let usable = |store: DataStore| match point.copy_in(store) {
        None => Err(format!("it has no copy in {store}")),
        Some(copy) if !copy.is_usable() => {
            Err(format!("its copy in {store} is not ready (state {})", copy.state.as_deref().unwrap_or("unknown")))
        }
        Some(copy) if expired(copy.expiry_time, now) => Err(format!("its copy in {store} has expired")),
        Some(_) => Ok(store),
    };
    let archived = point.copy_in(DataStore::ArchiveStore).is_some();
    match usable(store) {
        Err(_) if archived && rehydration => usable(DataStore::ArchiveStore),
        Err(_) if archived && point.copy_in(store).is_none() => {
            Err("it is only in the archive tier, and `rehydration` is not set".to_owned())
        }
        usable => usable,
    }
}

fn expired(expiry: Option<OffsetDateTime>, now: OffsetDateTime) -> bool {
    expiry.is_some_and(|expiry| expiry <= now)
}

/// Why a listed point cannot be restored, if it cannot.
pub fn candidate(
    point: &RecoveryPoint,
    store: DataStore,
    allow_partial: bool,
    rehydration: bool,
    now: OffsetDateTime,
) -> Candidate {
    let excluded = if point.is_partial() && !allow_partial {
        Some("its backup was only partial, and `allow_partial` is not set".to_owned())
    } else if expired(point.expiry_time, now) {
        Some("it has expired".to_owned())
    } else {
        copy_to_read(point, store, rehydration, now).err()
    };
    let friendly_name = point.friendly_name.clone();
    Candidate { id: point.recovery_point_id.clone(), friendly_name, time: point.time, excluded }
}

/// Chooses among the points that the vault lists.
///
/// # Errors
/// A sentence that says why there is no such point.
pub(super) fn choose_point(
    points: &[RecoveryPoint],
    choice: &PointChoice,
    data_store: DataStore,
    allow_partial: bool,
    rehydration: bool,
    now: OffsetDateTime,
) -> Result<(ResolvedPoint, Option<OffsetDateTime>), String> {
    let candidates: Vec<Candidate> =
        points.iter().map(|point| candidate(point, data_store, allow_partial, rehydration, now)).collect();
    let chosen = choose(&candidates, choice, now)?;
    let point = points.iter().find(|point| point.recovery_point_id == chosen.id);
    let data_store = point.map_or(Ok(data_store), |point| copy_to_read(point, data_store, rehydration, now))?;
    Ok((ResolvedPoint::Point { id: chosen.id.clone(), data_store }, chosen.time))
}

#[cfg(test)]
mod tests;
