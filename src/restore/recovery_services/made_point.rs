//! Which point a backup has made. No job says it, and a list of points does not say which job made which: what is known is
//! when the job ran, and what kind of backup it took (docs/reference/azure-recovery-services.md#backups-on-demand). Pure:
//! points in, a finding out. Nothing is guessed.

use time::{Duration, OffsetDateTime};

use crate::azure::recovery_services::{BackupType, ItemRecoveryPoint, LogRange};

/// When a job ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct JobPeriod {
    pub(super) start: OffsetDateTime,
    pub(super) end: OffsetDateTime,
}

/// What the points of the item show of a backup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Finding {
    /// It has made this one.
    Point { id: String, time: Option<OffsetDateTime> },
    /// Log backups cover the time at which it began. They reach this far, if nothing else can have made them reach that far.
    Logs { until: Option<OffsetDateTime> },
    /// None that it can have made is listed.
    NotListed,
    /// It can have made any of these.
    Several(Vec<String>),
}

impl JobPeriod {
    /// Points have whole seconds.
    fn contains(self, time: OffsetDateTime) -> bool {
        self.start - Duration::SECOND < time && time < self.end + Duration::SECOND
    }
}

/// The point of a backup that makes one; `backup_type` is that of a database.
pub(super) fn of_points(points: &[ItemRecoveryPoint], backup_type: Option<BackupType>, ran: JobPeriod) -> Finding {
    let candidates: Vec<&ItemRecoveryPoint> = points
        .iter()
        .filter(|point| !point.stands_for_logs() && point.time.is_some_and(|time| ran.contains(time)))
        .filter(|point| may_be_of(point, backup_type))
        .collect();
    match candidates.as_slice() {
        [] => Finding::NotListed,
        [point] => Finding::Point { id: point.name.clone(), time: point.time },
        several => Finding::Several(several.iter().map(|point| point.name.clone()).collect()),
    }
}

/// The ranges of log backups after one more of them.
pub(super) fn of_logs(ranges: &[LogRange], ran: JobPeriod) -> Finding {
    let newest = ranges.iter().map(|range| range.end).max();
    match newest.filter(|end| ran.start - Duration::SECOND < *end) {
        Some(end) => Finding::Logs { until: Some(end).filter(|end| ran.contains(*end)) },
        None => Finding::NotListed,
    }
}

/// What the list does not say may be anything.
fn may_be_of(point: &ItemRecoveryPoint, backup_type: Option<BackupType>) -> bool {
    let Some((wanted, kind)) = backup_type.zip(point.kind.as_deref().and_then(BackupType::read)) else { return true };
    // Points have no word of their own for it.
    let is_full = wanted == BackupType::CopyOnlyFull && kind == BackupType::Full;
    is_full || wanted == kind
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use time::macros::datetime;

    use super::*;

    const RAN: JobPeriod =
        JobPeriod { start: datetime!(2026-11-20 10:00:00.4 UTC), end: datetime!(2026-11-20 10:05:30.2 UTC) };

    fn point(name: &str, kind: &str, time: &str) -> ItemRecoveryPoint {
        ItemRecoveryPoint::read(&json!({"name": name, "properties": {"type": kind, "recoveryPointTimeInUTC": time}}))
            .unwrap()
    }

    fn found(points: &[ItemRecoveryPoint], kind: BackupType) -> Finding {
        of_points(points, Some(kind), RAN)
    }

    fn is(finding: &Finding, name: &str) -> bool {
        matches!(finding, Finding::Point { id, .. } if id == name)
    }

    #[test]
    fn it_is_the_one_point_of_its_type_whose_time_lies_in_the_job() {
        let points = [
            point("before", "Full", "2026-11-20T09:59:59Z"),
            point("own", "Full", "2026-11-20T10:01:00Z"),
            point("other", "Differential", "2026-11-20T10:02:00Z"),
            point("after", "Full", "2026-11-20T10:05:32Z"),
        ];
        assert!(is(&found(&points, BackupType::Full), "own"));
        assert!(is(&found(&points, BackupType::CopyOnlyFull), "own"), "a point says Full of either");
        assert!(is(&found(&points, BackupType::Differential), "other"));
        assert_eq!(found(&points, BackupType::Incremental), Finding::NotListed);
    }

    #[test]
    fn whole_seconds_at_both_ends_of_the_job_belong_to_it() {
        for time in ["2026-11-20T10:00:00Z", "2026-11-20T10:05:31Z"] {
            assert!(is(&found(&[point("own", "Full", time)], BackupType::Full), "own"), "{time}");
        }
        for time in ["2026-11-20T09:59:59Z", "2026-11-20T10:05:32Z"] {
            assert_eq!(found(&[point("p", "Full", time)], BackupType::Full), Finding::NotListed, "{time}");
        }
    }

    #[test]
    fn of_two_that_it_can_have_made_none_is_chosen() {
        let points = [point("1", "Full", "2026-11-20T10:01:00Z"), point("2", "Odd", "2026-11-20T10:02:00Z")];
        assert_eq!(found(&points, BackupType::Full), Finding::Several(vec!["1".into(), "2".into()]));
        assert_eq!(of_points(&points, None, RAN), Finding::Several(vec!["1".into(), "2".into()]));
    }

    #[test]
    fn the_point_that_stands_for_logs_is_never_it() {
        let logs = point("DefaultRangeRecoveryPoint", "Log", "2026-11-20T10:01:00Z");
        assert_eq!(of_points(&[logs], None, RAN), Finding::NotListed);
    }

    #[test]
    fn a_log_backup_is_there_once_logs_reach_into_its_job() {
        let range = |end| LogRange { start: datetime!(2026-11-19 0:00 UTC), end };
        let of = |end| of_logs(&[range(datetime!(2026-11-19 12:00 UTC)), range(end)], RAN);
        assert_eq!(of(datetime!(2026-11-20 9:59:59 UTC)), Finding::NotListed);
        let within = datetime!(2026-11-20 10:01 UTC);
        assert_eq!(of(within), Finding::Logs { until: Some(within) });
        assert_eq!(of(datetime!(2026-11-20 10:30 UTC)), Finding::Logs { until: None }, "a later backup made that");
        assert_eq!(of_logs(&[], RAN), Finding::NotListed);
    }
}
