//! Which point a backup has made. No point says which job made it: what is known is when the job ran, and what kind of
//! backup it took (docs/reference/azure-recovery-services.md#backups-on-demand). Pure: points in, a finding out. Nothing is
//! guessed.

use time::{Duration, OffsetDateTime};

/// A point, as far as it tells which backup has made it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedPoint {
    /// What a restore calls it.
    pub name: String,
    /// When it was taken.
    pub time: Option<OffsetDateTime>,
}

/// When a job ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JobPeriod {
    /// It began.
    pub start: OffsetDateTime,
    /// It had ended.
    pub end: OffsetDateTime,
}

/// What the points of the item show of a backup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// It has made this one.
    Point {
        /// Its name.
        id: String,
        /// Its time.
        time: Option<OffsetDateTime>,
    },
    /// Log backups cover the time at which it began.
    Logs {
        /// They reach this far, if nothing else can have made them reach that far.
        until: Option<OffsetDateTime>,
    },
    /// None that it can have made is listed.
    NotListed,
    /// No log backups reach to the time at which it began.
    LogsNotListed,
    /// It can have made any of these.
    Several(Vec<String>),
}

/// Which bounds belong to a list of points is not documented.
const MARGIN: Duration = Duration::MINUTE;

impl JobPeriod {
    /// The times between which points are listed, so that all of those that were taken meanwhile are among them.
    pub fn with_margins(self) -> (OffsetDateTime, OffsetDateTime) {
        (self.start.saturating_sub(MARGIN), self.end.saturating_add(MARGIN))
    }

    /// Points have whole seconds.
    fn contains(self, time: OffsetDateTime) -> bool {
        self.had_begun_at(time) && time < self.end + Duration::SECOND
    }

    fn had_begun_at(self, time: OffsetDateTime) -> bool {
        self.start - Duration::SECOND < time
    }
}

/// The point of a backup, out of those of its type.
pub fn of_points(points: &[ListedPoint], ran: JobPeriod) -> Finding {
    let taken_meanwhile = |point: &&ListedPoint| point.time.is_some_and(|time| ran.contains(time));
    let candidates: Vec<&ListedPoint> = points.iter().filter(taken_meanwhile).collect();
    match candidates.as_slice() {
        [] => Finding::NotListed,
        [point] => Finding::Point { id: point.name.clone(), time: point.time },
        several => Finding::Several(several.iter().map(|point| point.name.clone()).collect()),
    }
}

/// What one more log backup has come to, by the ends of the ranges that log backups cover.
pub fn of_logs(ends: impl IntoIterator<Item = OffsetDateTime>, ran: JobPeriod) -> Finding {
    match ends.into_iter().max().filter(|end| ran.had_begun_at(*end)) {
        Some(end) => Finding::Logs { until: Some(end).filter(|end| ran.contains(*end)) },
        None => Finding::LogsNotListed,
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    const RAN: JobPeriod =
        JobPeriod { start: datetime!(2026-11-20 10:00:00.4 UTC), end: datetime!(2026-11-20 10:05:30.2 UTC) };

    fn point(name: &str, time: OffsetDateTime) -> ListedPoint {
        ListedPoint { name: name.into(), time: Some(time) }
    }

    fn found(points: &[ListedPoint]) -> Finding {
        of_points(points, RAN)
    }

    #[test]
    fn it_is_the_one_point_whose_time_lies_in_the_job() {
        let points = [
            point("before", datetime!(2026-11-20 9:59:59 UTC)),
            point("own", datetime!(2026-11-20 10:01:00 UTC)),
            ListedPoint { name: "untimed".into(), time: None },
            point("after", datetime!(2026-11-20 10:05:32 UTC)),
        ];
        assert_eq!(found(&points), Finding::Point { id: "own".into(), time: points[1].time });
        assert_eq!(found(&points[2..]), Finding::NotListed);
    }

    #[test]
    fn whole_seconds_at_both_ends_of_the_job_belong_to_it() {
        for time in [datetime!(2026-11-20 10:00:00 UTC), datetime!(2026-11-20 10:05:31 UTC)] {
            assert!(matches!(found(&[point("own", time)]), Finding::Point { .. }), "{time}");
        }
        for time in [datetime!(2026-11-20 9:59:59 UTC), datetime!(2026-11-20 10:05:32 UTC)] {
            assert_eq!(found(&[point("p", time)]), Finding::NotListed, "{time}");
        }
    }

    #[test]
    fn a_point_of_the_second_before_a_job_of_whole_seconds_or_of_the_second_after_it_belongs_to_another() {
        let ran = JobPeriod { start: datetime!(2026-11-20 10:00 UTC), end: datetime!(2026-11-20 10:05 UTC) };
        let own = |time| of_points(&[point("p", time)], ran) != Finding::NotListed;
        assert!(own(ran.start) && own(ran.end));
        assert!(!own(ran.start - Duration::SECOND) && !own(ran.end + Duration::SECOND));
        assert_eq!(of_logs([ran.start - Duration::SECOND], ran), Finding::LogsNotListed);
        assert_eq!(of_logs([ran.start], ran), Finding::Logs { until: Some(ran.start) });
    }

    #[test]
    fn of_two_that_it_can_have_made_none_is_chosen() {
        let points = [point("1", datetime!(2026-11-20 10:01:00 UTC)), point("2", datetime!(2026-11-20 10:02:00 UTC))];
        assert_eq!(found(&points), Finding::Several(vec!["1".into(), "2".into()]));
    }

    #[test]
    fn a_log_backup_is_there_once_logs_reach_into_its_job() {
        let of = |end| of_logs([datetime!(2026-11-19 12:00 UTC), end], RAN);
        assert_eq!(of(datetime!(2026-11-20 9:59:59 UTC)), Finding::LogsNotListed);
        let within = datetime!(2026-11-20 10:01 UTC);
        assert_eq!(of(within), Finding::Logs { until: Some(within) });
        assert_eq!(of(datetime!(2026-11-20 10:30 UTC)), Finding::Logs { until: None }, "a later backup made that");
        assert_eq!(of_logs([], RAN), Finding::LogsNotListed);
    }
}
