//! Every point of an item in a period: the service lists points in windows of time
//! (docs/reference/azure-recovery-services.md#lists).

use time::{Duration, OffsetDateTime};

use super::VaultCopy;
use super::choice::EmptyWindows;
use crate::azure::deadline::Deadline;
use crate::azure::error::ArmError;
use crate::azure::recovery_services::{Filter, ItemRecoveryPoint, LONGEST_WINDOW, ProtectedItemId};
use crate::azure::resource_id::canonical;

/// Azure's clock may be ahead of this machine's.
const CLOCK_DIFFERENCE: Duration = Duration::DAY;

/// The filter knows whole seconds, and whether its bounds belong to it is not documented.
const MARGIN: Duration = Duration::SECOND;

/// The points from `from` to `to`, and perhaps a few around them: who needs exact bounds checks again. Without `to` up to
/// now, without `from` as far back as there are points. The windows are read from the newest on, until more than a year has
/// had none.
///
/// # Errors
/// As [`VaultCopy::recovery_points`].
pub async fn points_between(
    copy: &VaultCopy,
    item: &ProtectedItemId,
    (from, to): (Option<OffsetDateTime>, Option<OffsetDateTime>),
    now: OffsetDateTime,
    deadline: &Deadline,
) -> Result<Vec<ItemRecoveryPoint>, ArmError> {
    let ahead = now.saturating_add(CLOCK_DIFFERENCE);
    let newest = to.map_or(ahead, |to| to.saturating_add(MARGIN).min(ahead));
    // Nothing to read lies before a bound that is in the future; the item is asked for all the same.
    let oldest = from.map_or(OffsetDateTime::new_utc(time::Date::MIN, time::Time::MIDNIGHT), |from| from - MARGIN);
    let mut found = Vec::new();
    let mut empty = EmptyWindows::before(None);
    let mut end = newest;
    loop {
        let begin = end.saturating_sub(LONGEST_WINDOW).max(oldest.min(end));
        let points = copy.recovery_points(item, begin, end, deadline).await?;
        // Whatever else the answer holds, such as the ranges of logs, is no reason to go on.
        let here = |point: &&ItemRecoveryPoint| {
            point.time.is_some_and(|time| begin.saturating_sub(MARGIN) <= time && time <= end.saturating_add(MARGIN))
        };
        let many = points.iter().filter(here).count();
        found.extend(points);
        if begin <= oldest || empty.are_enough(many, begin) {
            break;
        }
        end = match many {
            0 if end == newest => before_the_pause(copy, item, begin, deadline).await?,
            _ => begin,
        };
        if end <= oldest {
            break;
        }
    }
    // One on the border of two windows is in both.
    found.sort_by_cached_key(|point| canonical(&point.name));
    found.dedup_by(|one, other| canonical(&one.name) == canonical(&other.name));
    Ok(found)
}

/// The name of the one point of this time: a job tells no more of what it restores. Points have whole seconds.
///
/// # Errors
/// As [`VaultCopy::recovery_points`].
pub async fn point_taken_at(
    copy: &VaultCopy,
    item: &ProtectedItemId,
    time: OffsetDateTime,
    deadline: &Deadline,
) -> Result<Option<String>, ArmError> {
    let points = copy.recovery_points(item, time - MARGIN, time + MARGIN, deadline).await?;
    let mut found = points.iter().filter(|point| point.time.is_some_and(|own| (own - time).abs() < MARGIN));
    Ok(found.next().filter(|_| found.next().is_none()).map(|point| point.name.clone()))
}

/// Where to go on before `begin` if there is nothing after it: protection may have been stopped years ago.
async fn before_the_pause(
    copy: &VaultCopy,
    item: &ProtectedItemId,
    begin: OffsetDateTime,
    deadline: &Deadline,
) -> Result<OffsetDateTime, ArmError> {
    let item = match copy {
        VaultCopy::Primary { client, .. } => Some(client.protected_item(item, deadline).await?),
        // It has a list of items only.
        VaultCopy::Secondary(copy) => {
            copy.protected_items(&Filter::new(), deadline).await?.into_iter().find(|own| own.id == *item)
        }
    };
    let last = item.and_then(|item| item.last_recovery_point.or(item.last_backup_time));
    Ok(last.map_or(begin, |last| last.saturating_add(CLOCK_DIFFERENCE).min(begin)))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use time::macros::datetime;

    use super::*;
    use crate::azure::recovery_services::RecoveryServices;
    use crate::azure::resource_id::Location;
    use crate::azure::scripted::{ScriptedTransport, Step, answer, client, deadline};

    const ITEM: &str = "/subscriptions/s/resourceGroups/g/providers/Microsoft.RecoveryServices/vaults/v/backupFabrics/\
                        Azure/protectionContainers/c/protectedItems/i";
    const NOW: OffsetDateTime = datetime!(2026-11-20 12:00 UTC);

    fn point(name: &str, day: &str) -> Value {
        json!({"name": name, "properties": {"recoveryPointTime": format!("{day}T00:00:00Z")}})
    }

    fn page(points: &[Value]) -> Step {
        answer(200, json!({"value": points}))
    }

    fn then_nothing(mut script: Vec<Step>) -> Vec<Step> {
        script.extend((0..13).map(|_| page(&[])));
        script
    }

    /// The names that are found, and how often the points and the item were asked for.
    async fn read(
        script: Vec<Step>,
        from: Option<OffsetDateTime>,
        to: Option<OffsetDateTime>,
    ) -> (Vec<String>, [usize; 2]) {
        let transport = ScriptedTransport::new(script);
        let item = ProtectedItemId::parse(ITEM).unwrap();
        let service = RecoveryServices::new(client(&transport));
        let copy = VaultCopy::new(&service, item.vault().clone(), None);
        let found = points_between(&copy, &item, (from, to), NOW, &deadline(60)).await.unwrap();
        let lines = transport.lines();
        let lists = lines.iter().filter(|line| line.contains("/recoveryPoints?")).count();
        (found.into_iter().map(|point| point.name).collect(), [lists, lines.len() - lists])
    }

    #[tokio::test(start_paused = true)]
    async fn a_period_of_two_months_is_read_in_windows_and_a_point_on_a_border_once() {
        let script = vec![
            page(&[point("2", "2026-10-21"), point("3", "2026-11-01")]),
            page(&[point("2", "2026-10-21")]),
            page(&[]),
        ];
        let (names, asked) =
            read(script, Some(datetime!(2026-09-10 0:00 UTC)), Some(datetime!(2026-11-20 0:00 UTC))).await;
        assert_eq!((names, asked), (vec!["2".to_owned(), "3".to_owned()], [3, 0]));
    }

    #[tokio::test(start_paused = true)]
    async fn a_period_within_thirty_days_takes_one_request_even_if_it_is_still_to_come() {
        let one = || vec![page(&[])];
        assert_eq!(read(one(), Some(datetime!(2026-10-25 0:00 UTC)), None).await.1, [1, 0]);
        assert_eq!(read(one(), Some(datetime!(2027-10-25 0:00 UTC)), None).await.1, [1, 0]);
    }

    /// Azure's times have fractions of a second, its filters have none.
    #[tokio::test(start_paused = true)]
    async fn a_period_is_asked_for_with_a_second_more_at_both_ends() {
        let transport = ScriptedTransport::new(vec![page(&[])]);
        let item = ProtectedItemId::parse(ITEM).unwrap();
        let service = RecoveryServices::new(client(&transport));
        let copy = VaultCopy::new(&service, item.vault().clone(), None);
        let period = (Some(datetime!(2026-11-01 0:00 UTC)), Some(datetime!(2026-11-10 0:00 UTC)));
        points_between(&copy, &item, period, NOW, &deadline(60)).await.unwrap();
        let asked = transport.lines().remove(0).replace("%20", " ").replace("%27", "'").replace("%3A", ":");
        assert!(asked.contains("'2026-10-31 11:59:59 PM'") && asked.contains("'2026-11-10 12:00:01 AM'"), "{asked}");
    }

    #[tokio::test(start_paused = true)]
    async fn without_a_beginning_the_search_ends_after_more_than_a_year_without_points() {
        let script = then_nothing(vec![page(&[point("1", "2026-11-19")])]);
        assert_eq!(read(script, None, None).await, (vec!["1".to_owned()], [14, 0]));
    }

    #[tokio::test(start_paused = true)]
    async fn an_item_that_was_stopped_years_ago_has_its_points_all_the_same() {
        let item = || answer(200, json!({"properties": {"lastRecoveryPoint": "2023-05-01T00:00:00Z"}}));
        let old = page(&[point("1", "2023-05-01")]);
        let script = then_nothing(vec![page(&[]), item(), old]);
        assert_eq!(read(script, None, None).await, (vec!["1".to_owned()], [15, 1]));
        assert_eq!(read(vec![page(&[]), item()], Some(datetime!(2024-01-01 0:00 UTC)), None).await.1, [1, 1]);
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_that_does_not_keep_to_the_window_does_not_prolong_the_search() {
        let timeless = json!({"name": "DefaultRangeRecoveryPoint", "properties": {}});
        let all = || page(&[point("1", "2026-11-19"), timeless.clone()]);
        let (names, asked) = read((0..14).map(|_| all()).collect(), None, None).await;
        assert_eq!((names.len(), asked), (2, [14, 0]));
    }

    #[tokio::test(start_paused = true)]
    async fn the_point_of_a_time_is_less_than_a_second_off_and_the_only_one() {
        let at = datetime!(2026-11-19 8:00 UTC);
        let point = |name: &str, time: &str| json!({"name": name, "properties": {"recoveryPointTime": time}});
        let (half, whole) = (point("half", "2026-11-19T08:00:00.5Z"), point("whole", "2026-11-19T08:00:01Z"));
        let before = point("before", "2026-11-19T07:59:59Z");
        for (listed, expected) in [
            (vec![half.clone(), whole, before.clone()], Some("half")),
            (vec![before], None),
            (vec![half, point("same", "2026-11-19T08:00:00Z")], None),
            (vec![], None),
        ] {
            let service = RecoveryServices::new(client(&ScriptedTransport::new(vec![page(&listed)])));
            let item = ProtectedItemId::parse(ITEM).unwrap();
            let copy = VaultCopy::new(&service, item.vault().clone(), None);
            let found = point_taken_at(&copy, &item, at, &deadline(60)).await.unwrap();
            assert_eq!(found.as_deref(), expected, "{listed:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn in_the_secondary_region_the_list_of_items_says_when_this_one_was_stopped() {
        let listed = |id: &str, last: &str| json!({"id": id, "properties": {"lastRecoveryPoint": last}});
        let other = ITEM.replace("/protectedItems/i", "/protectedItems/other");
        let items = page(&[listed(&other, "2020-01-01T00:00:00Z"), listed(ITEM, "2023-05-01T00:00:00Z")]);
        let script = then_nothing(vec![page(&[]), items, page(&[point("1", "2023-05-01")])]);
        let transport = ScriptedTransport::new(script);
        let item = ProtectedItemId::parse(ITEM).unwrap();
        let service = RecoveryServices::new(client(&transport));
        let copy = VaultCopy::new(&service, item.vault().clone(), Some(&Location::new("northeurope")));
        let found = points_between(&copy, &item, (None, None), NOW, &deadline(60)).await.unwrap();
        assert_eq!(found.into_iter().map(|point| point.name).collect::<Vec<_>>(), ["1"]);
        let lines = transport.lines();
        assert!(lines[1].contains("/backupProtectedItems/"), "{lines:?}");
        assert!(lines[2].contains("2023-05-02"), "the search goes on where its backups end: {}", lines[2]);
    }
}
