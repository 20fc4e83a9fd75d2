use time::macros::datetime;

use super::*;
use crate::azure::data_protection::RecoveryPointDataStore;
use crate::restore::point::PointCriterion;

const NOW: OffsetDateTime = datetime!(2026-11-20 12:00 UTC);

fn point(id: &str, stores: &[&str]) -> RecoveryPoint {
    RecoveryPoint {
        recovery_point_id: id.to_owned(),
        time: Some(NOW - time::Duration::hours(1)),
        kind: None,
        state: None,
        friendly_name: None,
        expiry_time: None,
        policy_name: None,
        retention_tag_name: None,
        data_stores: stores
            .iter()
            .map(|store| RecoveryPointDataStore {
                id: None,
                kind: Some((*store).to_owned()),
                creation_time: None,
                expiry_time: None,
                state: Some("COMMITTED".to_owned()),
                visible: Some(true),
                rehydration_expiry_time: None,
                rehydration_status: None,
            })
            .collect(),
    }
}

fn read(stores: &[&str], rehydration: bool) -> Result<ResolvedPoint, String> {
    let choice = PointChoice { which: PointCriterion::Id("p".to_owned()), max_age: None };
    choose_point(&[point("p", stores)], &choice, DataStore::VaultStore, false, rehydration, NOW)
        .map(|(chosen, _)| chosen)
}

fn chosen(data_store: DataStore) -> Result<ResolvedPoint, String> {
    Ok(ResolvedPoint::Point { id: "p".to_owned(), data_store })
}

#[test]
fn the_archived_copy_is_read_only_with_rehydration_and_only_without_another() {
    assert_eq!(read(&["VaultStore"], true), chosen(DataStore::VaultStore));
    assert_eq!(read(&["ArchiveStore", "VaultStore"], true), chosen(DataStore::VaultStore));
    assert_eq!(read(&["ArchiveStore"], true), chosen(DataStore::ArchiveStore));
    assert!(read(&["ArchiveStore"], false).unwrap_err().contains("archive tier"));
    assert!(read(&["OperationalStore"], true).unwrap_err().contains("no copy in VaultStore"));
}

#[test]
fn an_expired_copy_cannot_be_read() {
    let mut point = point("p", &["VaultStore"]);
    point.data_stores[0].expiry_time = Some(NOW);
    let judged = candidate(&point, DataStore::VaultStore, false, false, NOW);
    assert!(judged.excluded.unwrap().contains("has expired"));
}

#[test]
fn the_latest_instant_has_no_fractions_of_a_second_unless_its_range_begins_within_that_second() {
    let range = |start, end| RestorableTimeRange { start, end };
    let (old, new) = (datetime!(2026-11-20 11:00 UTC), datetime!(2026-11-20 11:59:59.75 UTC));
    assert_eq!(latest_instant(&[]), None);
    let ranges = [range(old, new), range(old, datetime!(2026-11-20 11:30 UTC))];
    assert_eq!(latest_instant(&ranges), Some(datetime!(2026-11-20 11:59:59 UTC)));
    assert_eq!(latest_instant(&[range(datetime!(2026-11-20 11:59:59.5 UTC), new)]), Some(new));
    let second = datetime!(2026-11-20 11:59:59 UTC);
    assert_eq!(latest_instant(&[range(second, new)]), Some(second), "the range holds where it begins");
}

#[test]
fn an_instant_out_of_range_is_told_with_the_ranges() {
    let range = RestorableTimeRange { start: datetime!(2026-11-20 11:00 UTC), end: datetime!(2026-11-20 11:30 UTC) };
    assert_eq!(
        outside_ranges(NOW, &[range]),
        "2026-11-20T12:00:00Z cannot be restored. These times can:\n  - 2026-11-20T11:00:00Z to 2026-11-20T11:30:00Z"
    );
}

#[test]
fn the_kind_of_backup_that_there_is_names_the_argument_to_use() {
    let range = RestorableTimeRange { start: NOW, end: NOW };
    assert_eq!(
        no_point(&[range]),
        "This backup instance has operational backup, which has no recovery points. Use `point_in_time` instead of \
         `recovery_point`."
    );
    assert_eq!(
        no_range(&[point("p", &["VaultStore"])]),
        "This backup instance has vaulted backup, which is restored from a recovery point. Use `recovery_point` \
         instead of `point_in_time`."
    );
    assert!(no_point(&[]).starts_with("This backup instance has no recovery point."));
    assert!(no_range(&[]).starts_with("Azure lists no range of time that can be restored."));
}

#[test]
fn a_point_of_the_secondary_region_is_found_by_the_id_that_it_has_in_the_primary_one() {
    let there = RecoveryPoint { friendly_name: Some("eb00".to_owned()), ..point("77aa", &["VaultStore"]) };
    let choice = PointChoice { which: PointCriterion::Id("eb00".to_owned()), max_age: None };
    let chosen = choose_point(&[there], &choice, DataStore::VaultStore, false, false, NOW).unwrap().0;
    assert_eq!(chosen, ResolvedPoint::Point { id: "77aa".to_owned(), data_store: DataStore::VaultStore });
}
