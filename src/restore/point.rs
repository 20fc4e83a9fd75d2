//! Choosing a recovery point: by id, the latest, or the latest not after an instant. Pure.

use std::collections::HashSet;
use std::time::Duration;

use time::OffsetDateTime;

use crate::azure::resource_id::{canonical, is_same};
use crate::restore::record::instant;

/// A point that is dated further ahead is no newest one: its time, or Azure's clock, is wrong.
const CLOCKS_MAY_DIFFER_BY: time::Duration = time::Duration::minutes(5);

/// Points that are listed to choose another from.
const MOST_SHOWN: usize = 5;

/// The newest instant of these spans, start and end each, in whole seconds: as such, Microsoft's clients send it.
pub fn newest_instant(spans: impl IntoIterator<Item = (OffsetDateTime, OffsetDateTime)>) -> Option<OffsetDateTime> {
    let (start, end) = spans.into_iter().max_by_key(|(_, end)| *end)?;
    let second = end.replace_nanosecond(0).unwrap_or(end);
    Some(if second < start { end } else { second })
}

/// How the user chooses a point.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PointChoice {
    /// Which one.
    pub which: PointCriterion,
    /// A point older than this is refused.
    pub max_age: Option<Duration>,
}

/// Which point.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PointCriterion {
    /// By name.
    Id(String),
    /// The newest.
    Latest,
    /// The newest that is not after this instant.
    AtOrBefore(OffsetDateTime),
}

/// A point that a vault lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// `recoveryPointId`, as a request names the point.
    pub id: String,
    /// Its other name, by which it can be chosen, too: in a secondary region that is likely the id of the same point in the
    /// primary one (docs/reference/azure-data-protection.md#recovery-points).
    pub friendly_name: Option<String>,
    /// When it was taken.
    pub time: Option<OffsetDateTime>,
    /// Why it cannot be restored; none if it can.
    pub excluded: Option<String>,
}

/// Chooses among `candidates`, whose order has no meaning.
///
/// # Errors
/// A sentence that says why there is no such point.
pub fn choose<'a>(
    candidates: &'a [Candidate],
    choice: &PointChoice,
    now: OffsetDateTime,
) -> Result<&'a Candidate, String> {
    let chosen = match &choice.which {
        PointCriterion::Id(id) => by_id(candidates, id)?,
        PointCriterion::Latest => newest_of_the_past(candidates, None, now)?,
        PointCriterion::AtOrBefore(bound) => newest_of_the_past(candidates, Some(*bound), now)?,
    };
    match (choice.max_age, chosen.time) {
        (Some(max_age), Some(time)) if now - time > max_age => Err(format!(
            "Recovery point {} was taken at {}, {} ago. `max_age` allows {}.",
            chosen.id,
            instant(time),
            in_hours(now - time),
            in_hours(max_age.try_into().unwrap_or(time::Duration::MAX))
        )),
        (Some(_), None) => Err(format!("Recovery point {} has no time, so `max_age` cannot be kept.", chosen.id)),
        _ => Ok(chosen),
    }
}

fn by_id<'a>(candidates: &'a [Candidate], id: &str) -> Result<&'a Candidate, String> {
    let same = |candidate: &&Candidate| is_same(&candidate.id, id);
    let bad = candidates.iter().find(|candidate| same(candidate) && candidate.excluded.is_some());
    let found = bad.or_else(|| candidates.iter().find(same));
    let by_other_name = |candidate: &&Candidate| candidate.friendly_name.as_ref().is_some_and(|name| is_same(name, id));
    let found = found.or_else(|| candidates.iter().find(by_other_name));
    let found = found.ok_or_else(|| format!("There is no recovery point {id:?}.{}", some_of(candidates)))?;
    match &found.excluded {
        Some(reason) => Err(format!("Recovery point {id:?} cannot be restored: {reason}.")),
        None => Ok(found),
    }
}

/// The newest points that can be restored, to copy one from.
fn some_of(candidates: &[Candidate]) -> String {
    let mut there: Vec<&Candidate> = candidates.iter().filter(|candidate| candidate.excluded.is_none()).collect();
    there.sort_by(|one, other| other.time.cmp(&one.time).then_with(|| one.id.cmp(&other.id)));
    let (shown, more) = (there.iter().take(MOST_SHOWN), there.len().saturating_sub(MOST_SHOWN));
    let line = |point: &&Candidate| match point.time {
        Some(time) => format!("\n  - {}, taken at {}", point.id, instant(time)),
        None => format!("\n  - {}", point.id),
    };
    let shown: String = shown.map(line).collect();
    match (shown.is_empty(), more) {
        (true, _) => " There is none that can be restored.".to_owned(),
        (false, 0) => format!(" These can be restored:{shown}"),
        (false, more) => format!(" The newest that can be restored:{shown}\n  and {more} more"),
    }
}

/// A length of time as a person compares it with another: `50h 20m`.
fn in_hours(length: time::Duration) -> String {
    let minutes = length.whole_minutes();
    match (minutes / 60, minutes % 60) {
        (0, minutes) => format!("{minutes}m"),
        (hours, 0) => format!("{hours}h"),
        (hours, minutes) => format!("{hours}h {minutes}m"),
    }
}

/// The newest, not after `bound`, that is not dated in the future.
fn newest_of_the_past(
    candidates: &[Candidate],
    bound: Option<OffsetDateTime>,
    now: OffsetDateTime,
) -> Result<&Candidate, String> {
    let latest = now.saturating_add(CLOCKS_MAY_DIFFER_BY);
    let future =
        |candidate: &&Candidate| candidate.excluded.is_none() && candidate.time.is_some_and(|time| latest < time);
    for candidate in candidates.iter().filter(future) {
        let time = candidate.time.map(instant);
        tracing::warn!(recovery_point = candidate.id, time, "skipped a recovery point that is dated in the future");
    }
    let until = bound.map_or(latest, |bound| bound.min(latest));
    newest(candidates, until)?.ok_or_else(|| {
        let asked = bound.map(|bound| format!(" at or before {}", instant(bound))).unwrap_or_default();
        let ahead: Vec<String> = candidates.iter().filter(future).take(10).map(|point| point.id.clone()).collect();
        let ahead = match ahead.is_empty() {
            true => String::new(),
            false => {
                format!(
                    "\nSkipped, since dated in the future: {}. To restore one, name it with `id`.",
                    ahead.join(", ")
                )
            }
        };
        format!("{}{ahead}", none_among(candidates, &asked))
    })
}

/// # Errors
/// One that can be restored has no time: it may be the newest.
fn newest(candidates: &[Candidate], bound: OffsetDateTime) -> Result<Option<&Candidate>, String> {
    if let Some(point) = candidates.iter().find(|candidate| candidate.excluded.is_none() && candidate.time.is_none()) {
        return Err(format!(
            "Azure does not say when recovery point {} was taken, so the newest cannot be chosen. Name a point with `id`.",
            point.id
        ));
    }
    let within = |candidate: &&Candidate| candidate.time.is_some_and(|time| time <= bound);
    for candidate in candidates.iter().filter(within) {
        if let Some(reason) = &candidate.excluded {
            tracing::info!(recovery_point = candidate.id, reason, "skipped a recovery point");
        }
    }
    // A list may hold a point twice, before and after something was found in it.
    let excluded = candidates.iter().filter(|candidate| candidate.excluded.is_some());
    let excluded: HashSet<String> = excluded.map(|candidate| canonical(&candidate.id)).collect();
    let restorable = candidates.iter().filter(within).filter(|candidate| !excluded.contains(&canonical(&candidate.id)));
    Ok(restorable.max_by(|one, other| one.time.cmp(&other.time).then_with(|| one.id.cmp(&other.id))))
}

fn none_among(candidates: &[Candidate], bound: &str) -> String {
    let skipped: Vec<String> = candidates
        .iter()
        .filter_map(|candidate| Some(format!("\n  - {}: {}", candidate.id, candidate.excluded.as_ref()?)))
        .take(10)
        .collect();
    let oldest = candidates
        .iter()
        .filter(|candidate| candidate.excluded.is_none())
        .filter_map(|candidate| candidate.time)
        .min()
        .map(|oldest| format!(" The oldest was taken at {}.", instant(oldest)))
        .unwrap_or_default();
    let skipped = if skipped.is_empty() { String::new() } else { format!("\nSkipped:{}", skipped.concat()) };
    format!("There is no recovery point{bound} that can be restored.{oldest}{skipped}")
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    const NOW: OffsetDateTime = datetime!(2026-11-20 12:00 UTC);

    fn point(id: &str, hour: u8, excluded: Option<&str>) -> Candidate {
        let time = datetime!(2026-11-19 00:00 UTC).replace_hour(hour).unwrap();
        Candidate { id: id.into(), friendly_name: None, time: Some(time), excluded: excluded.map(Into::into) }
    }

    #[test]
    fn a_point_that_is_dated_in_the_future_is_not_the_newest_and_can_be_named() {
        let ahead =
            |minutes| Candidate { time: Some(NOW + time::Duration::minutes(minutes)), ..point("ahead", 0, None) };
        let chosen = |which, minutes| {
            let points = [point("b", 8, None), ahead(minutes)];
            choose(&points, &PointChoice { which, max_age: None }, NOW).map(|point| point.id.clone())
        };
        assert_eq!(chosen(PointCriterion::Latest, 5).as_deref(), Ok("ahead"), "clocks differ");
        assert_eq!(chosen(PointCriterion::Latest, 6).as_deref(), Ok("b"));
        let bound = PointCriterion::AtOrBefore(NOW + time::Duration::DAY);
        assert_eq!(chosen(bound, 6).as_deref(), Ok("b"));
        assert_eq!(chosen(PointCriterion::Id("ahead".into()), 6).as_deref(), Ok("ahead"));
        let choice = PointChoice { which: PointCriterion::Latest, max_age: None };
        let told = choose(&[ahead(6)], &choice, NOW).unwrap_err();
        assert!(told.contains("Skipped, since dated in the future: ahead"), "{told}");
        // Of those after the bound, only what no clock explains and could be restored.
        let broken = Candidate { id: "broken".into(), excluded: Some("it is partial".into()), ..ahead(6) };
        let points = [point("late", 8, None), Candidate { id: "soon".into(), ..ahead(5) }, broken, ahead(6)];
        let which = PointCriterion::AtOrBefore(datetime!(2026-11-19 7:00 UTC));
        let told = choose(&points, &PointChoice { which, max_age: None }, NOW).unwrap_err();
        assert!(told.contains("Skipped, since dated in the future: ahead. To"), "{told}");
    }

    fn points() -> [Candidate; 3] {
        [point("b", 8, None), point("c", 9, Some("it is partial")), point("a", 7, None)]
    }

    fn chosen(which: PointCriterion) -> Result<String, String> {
        choose(&points(), &PointChoice { which, max_age: None }, NOW).map(|point| point.id.clone())
    }

    #[test]
    fn the_latest_is_the_newest_that_can_be_restored_whatever_the_order() {
        assert_eq!(chosen(PointCriterion::Latest), Ok("b".into()));
    }

    #[test]
    fn at_or_before_includes_the_bound() {
        assert_eq!(chosen(PointCriterion::AtOrBefore(datetime!(2026-11-19 08:00 UTC))), Ok("b".into()));
        assert_eq!(chosen(PointCriterion::AtOrBefore(datetime!(2026-11-19 07:59:59 UTC))), Ok("a".into()));
        let none = chosen(PointCriterion::AtOrBefore(datetime!(2026-11-19 06:59 UTC))).unwrap_err();
        assert!(none.contains("The oldest was taken at 2026-11-19T07:00:00Z"), "{none}");
    }

    #[test]
    fn a_point_by_id_says_why_it_cannot_be_restored() {
        assert_eq!(chosen(PointCriterion::Id("A".into())), Ok("a".into()));
        assert!(chosen(PointCriterion::Id("c".into())).unwrap_err().contains("it is partial"));
    }

    #[test]
    fn a_point_that_is_not_there_is_told_with_the_newest_that_are() {
        assert_eq!(
            chosen(PointCriterion::Id("x".into())).unwrap_err(),
            "There is no recovery point \"x\". These can be restored:\n  - b, taken at 2026-11-19T08:00:00Z\n  - a, \
             taken at 2026-11-19T07:00:00Z"
        );
        let choice = PointChoice { which: PointCriterion::Id("x".into()), max_age: None };
        let told = |points: &[Candidate]| choose(points, &choice, NOW).unwrap_err();
        assert_eq!(told(&points()[1..2]), "There is no recovery point \"x\". There is none that can be restored.");
        let many: Vec<Candidate> = (0..7).map(|hour| point(&format!("p{hour}"), hour, None)).collect();
        let told = told(&many);
        assert!(told.contains("\n  - p6, taken at") && told.contains("\n  - p2, taken at"), "{told}");
        assert!(!told.contains("p1") && told.ends_with("\n  and 2 more"), "{told}");
    }

    #[test]
    fn a_point_that_is_listed_twice_is_left_out_if_either_is() {
        let mut points = [point("b", 9, None), point("B", 9, Some("malware was found in it")), point("a", 7, None)];
        let latest = PointChoice { which: PointCriterion::Latest, max_age: None };
        let named = PointChoice { which: PointCriterion::Id("b".into()), max_age: None };
        for _ in 0..2 {
            assert_eq!(choose(&points, &latest, NOW).map(|point| point.id.as_str()), Ok("a"));
            assert!(choose(&points, &named, NOW).unwrap_err().contains("malware"));
            points.swap(0, 1);
        }
    }

    #[test]
    fn a_point_is_found_by_its_other_name_unless_another_has_that_for_its_id() {
        let named = |id: &str, name: &str| Candidate { friendly_name: Some(name.into()), ..point(id, 7, None) };
        let choice = PointChoice { which: PointCriterion::Id("eb00".into()), max_age: None };
        let found = |points: &[Candidate]| choose(points, &choice, NOW).map(|point| point.id.clone());
        assert_eq!(found(&[named("9c11", "0000"), named("77aa", "EB00")]), Ok("77aa".into()));
        assert_eq!(found(&[named("77aa", "eb00"), named("eb00", "9c11")]), Ok("eb00".into()));
    }

    #[test]
    fn max_age_refuses_an_older_point_and_takes_one_exactly_that_old() {
        let choice = |hours: u64| PointChoice {
            which: PointCriterion::Latest,
            max_age: Some(Duration::from_secs(hours * 3600)),
        };
        assert!(choose(&points(), &choice(28), NOW).is_ok());
        assert_eq!(
            choose(&points(), &choice(27), NOW).unwrap_err(),
            "Recovery point b was taken at 2026-11-19T08:00:00Z, 28h ago. `max_age` allows 27h."
        );
        let later = NOW + time::Duration::minutes(5);
        assert!(choose(&points(), &choice(28), later).unwrap_err().contains("28h 5m ago. `max_age` allows 28h."));
        let minutes = PointChoice { which: PointCriterion::Latest, max_age: Some(Duration::from_secs(90)) };
        assert!(choose(&points(), &minutes, NOW).unwrap_err().contains("allows 1m."));
    }

    #[test]
    fn a_point_without_a_time_may_be_the_newest_and_only_a_name_chooses_beside_it() {
        let timeless = |excluded| Candidate { time: None, ..point("x", 1, excluded) };
        let among = |excluded, which| {
            let candidates = [point("b", 8, None), timeless(excluded)];
            choose(&candidates, &PointChoice { which, max_age: None }, NOW).map(|point| point.id.clone())
        };
        for which in [PointCriterion::Latest, PointCriterion::AtOrBefore(NOW)] {
            let refused = among(None, which.clone()).unwrap_err();
            assert!(refused.contains("when recovery point x was taken") && refused.contains("`id`"), "{refused}");
            assert_eq!(among(Some("it is partial"), which), Ok("b".into()));
        }
        assert_eq!(among(None, PointCriterion::Id("b".into())), Ok("b".into()));
    }

    #[test]
    fn max_age_refuses_a_point_without_a_time() {
        let timeless = [Candidate { time: None, ..point("x", 1, None) }];
        let choice = |max_age| PointChoice { which: PointCriterion::Id("x".into()), max_age };
        assert!(choose(&timeless, &choice(None), NOW).is_ok());
        assert!(choose(&timeless, &choice(Some(Duration::MAX)), NOW).unwrap_err().contains("has no time"));
    }
}
