//! Whether a request is sent again, and when: decided from one answer, without waiting or sending anything.

use std::time::Duration;

use time::OffsetDateTime;

use super::random::Random;
use super::transport::HeaderMap;

/// ARM promises 10 to 600 s; more than that is taken for a mistake.
pub const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(600);

/// How long to wait between tries that Azure gave no time for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// Shortest wait; also the least that a `Retry-After` is taken for, so that no server makes this program spin.
    pub shortest: Duration,
    /// Longest wait.
    pub longest: Duration,
}

impl Default for Backoff {
    /// 1 s to 60 s.
    fn default() -> Self {
        Self { shortest: Duration::from_secs(1), longest: Duration::from_secs(60) }
    }
}

impl Backoff {
    /// The wait after the `failures`th failure in a row, counted from 1: a draw between the shortest wait and a bound that
    /// doubles each time (full jitter: many restores that fail at once do not come back at once).
    pub fn wait(&self, failures: u32, random: &dyn Random) -> Duration {
        let doubled = 2_u32.checked_pow(failures).and_then(|factor| self.shortest.checked_mul(factor));
        let bound = doubled.map_or(self.longest, |bound| bound.min(self.longest)).max(self.shortest);
        self.shortest + (bound - self.shortest).mul_f64(random.unit())
    }

    /// The wait after an answer with `status`: what Azure asked for if that binds, else [`Backoff::wait`].
    ///
    /// `Retry-After` binds on 429 and 503. On other statuses it was only ever seen to mean something else.
    pub fn wait_after(&self, status: u16, asked_for: Option<Duration>, failures: u32, random: &dyn Random) -> Duration {
        match asked_for {
            Some(asked_for) if matches!(status, 429 | 503) => asked_for.max(self.shortest),
            _ => self.wait(failures, random),
        }
    }
}

/// Whether an answer with this status says "not now" rather than "no": 408, 429 and 5xx but 501 and 505, which no
/// waiting changes.
pub fn passes_by_itself(status: u16) -> bool {
    matches!(status, 408 | 429) || ((500..600).contains(&status) && !matches!(status, 501 | 505))
}

/// How long Azure wants to be left alone, at most [`LONGEST_RETRY_AFTER`]: from `retry-after-ms` or `x-ms-retry-after-ms`
/// (milliseconds), else `Retry-After` (seconds, or a date; a date in the past means now). None if there is no header or
/// it makes no sense.
pub fn retry_after(headers: &HeaderMap, now: OffsetDateTime) -> Option<Duration> {
    let text = |name: &str| headers.get(name)?.to_str().ok().map(str::trim);
    let milliseconds =
        ["retry-after-ms", "x-ms-retry-after-ms"].into_iter().find_map(|name| text(name)?.parse::<u64>().ok());
    let asked_for = match milliseconds {
        Some(milliseconds) => Duration::from_millis(milliseconds),
        None => seconds_or_date(text("retry-after")?, now)?,
    };
    Some(asked_for.min(LONGEST_RETRY_AFTER))
}

fn seconds_or_date(text: &str, now: OffsetDateTime) -> Option<Duration> {
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        // More digits than u64 holds are as absurd as any other long time.
        return Some(Duration::from_secs(text.parse().unwrap_or(u64::MAX)));
    }
    let date = OffsetDateTime::from(httpdate::parse_http_date(text).ok()?);
    Some(Duration::try_from(date - now).unwrap_or(Duration::ZERO))
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;
    use crate::azure::random::fixed::FixedRandom;
    use crate::azure::transport::{HeaderName, HeaderValue};

    const NOW: OffsetDateTime = datetime!(2026-11-20 10:00:00 UTC);

    fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| {
                (HeaderName::from_bytes(name.as_bytes()).unwrap(), HeaderValue::from_str(value).unwrap())
            })
            .collect()
    }

    fn after(pairs: &[(&str, &str)]) -> Option<Duration> {
        retry_after(&headers(pairs), NOW)
    }

    #[test]
    fn seconds_dates_and_milliseconds_are_read() {
        assert_eq!(after(&[("Retry-After", "30")]), Some(Duration::from_secs(30)));
        assert_eq!(after(&[("Retry-After", "0")]), Some(Duration::ZERO));
        assert_eq!(after(&[("Retry-After", "Fri, 20 Nov 2026 10:00:42 GMT")]), Some(Duration::from_secs(42)));
        assert_eq!(after(&[("retry-after-ms", "1500")]), Some(Duration::from_millis(1500)));
        assert_eq!(after(&[("x-ms-retry-after-ms", "20"), ("Retry-After", "30")]), Some(Duration::from_millis(20)));
    }

    #[test]
    fn a_date_in_the_past_means_now() {
        assert_eq!(after(&[("Retry-After", "Fri, 20 Nov 2026 09:00:00 GMT")]), Some(Duration::ZERO));
    }

    #[test]
    fn absurd_times_are_ten_minutes() {
        for absurd in ["601", "86400", "99999999999999999999999999", "Fri, 20 Nov 2099 10:00:00 GMT"] {
            assert_eq!(after(&[("Retry-After", absurd)]), Some(LONGEST_RETRY_AFTER), "{absurd}");
        }
        assert_eq!(after(&[("retry-after-ms", "99999999999")]), Some(LONGEST_RETRY_AFTER));
    }

    #[test]
    fn nonsense_is_no_time() {
        for nonsense in ["", "-1", "soon", "1.5"] {
            assert_eq!(after(&[("Retry-After", nonsense)]), None, "{nonsense}");
        }
        assert_eq!(after(&[]), None);
        assert_eq!(after(&[("retry-after-ms", "x"), ("Retry-After", "3")]), Some(Duration::from_secs(3)));
    }

    #[test]
    fn the_bound_doubles_up_to_the_longest_wait_and_the_draw_spans_it() {
        let backoff = Backoff::default();
        let waits = |draw: f64| -> Vec<f64> {
            [1, 2, 3, 4, 5, 6, 7, 40]
                .map(|failures| backoff.wait(failures, &FixedRandom::drawing(draw)).as_secs_f64())
                .to_vec()
        };
        assert_eq!(waits(0.0), [1.0; 8]);
        assert_eq!(waits(0.5), [1.5, 2.5, 4.5, 8.5, 16.5, 30.5, 30.5, 30.5]);
        let highest = waits(1.0 - f64::EPSILON);
        for (wait, bound) in highest.iter().zip([2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0, 60.0]) {
            assert!((bound - wait).abs() < 1e-6, "{wait} {bound}");
        }
    }

    #[test]
    fn retry_after_binds_on_429_and_503_and_never_below_the_shortest_wait() {
        let backoff = Backoff::default();
        let wait = |status, asked_for| backoff.wait_after(status, asked_for, 3, &FixedRandom::drawing(0.5));
        assert_eq!(wait(429, Some(Duration::from_secs(17))), Duration::from_secs(17));
        assert_eq!(wait(503, Some(Duration::from_secs(17))), Duration::from_secs(17));
        assert_eq!(wait(429, Some(Duration::ZERO)), Duration::from_secs(1));
        assert_eq!(wait(500, Some(Duration::from_secs(17))), Duration::from_millis(4500));
        assert_eq!(wait(429, None), Duration::from_millis(4500));
    }

    #[test]
    fn what_passes_by_itself_is_told_from_what_does_not() {
        for status in [408, 429, 500, 502, 503, 504, 599] {
            assert!(passes_by_itself(status), "{status}");
        }
        for status in [200, 202, 301, 400, 401, 403, 404, 405, 406, 409, 412, 413, 424, 501, 505] {
            assert!(!passes_by_itself(status), "{status}");
        }
    }
}
