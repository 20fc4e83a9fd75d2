//! Resource Manager's token bucket, off unless a scenario turns it on. It is refilled by refusals or by hand, or, for tests
//! of many restores at once, by the seconds of the simulator's clock as Azure's own.

use time::OffsetDateTime;

/// A bucket each for reads and writes. Every POST counts as a write, also one that only reads.
#[derive(Clone, Copy, Debug)]
pub struct Throttling {
    pub reads: u32,
    pub writes: u32,
    /// What a refusal says in `Retry-After`; `None`: nothing.
    pub retry_after_seconds: Option<u32>,
    /// How many refusals refill the bucket, which stands for the time a client waits.
    pub refused_until_refill: u32,
    left_reads: u32,
    left_writes: u32,
    refused: u32,
    by_seconds: Option<RefillingBucket>,
}

/// Tokens that come back with time.
#[derive(Clone, Copy, Debug)]
struct RefillingBucket {
    reads_per_second: u32,
    writes_per_second: u32,
    /// Up to when the tokens of each kind have been given back.
    reads_up_to: Option<OffsetDateTime>,
    writes_up_to: Option<OffsetDateTime>,
}

/// What the bucket says to one request: what is left of its kind, or nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Left(u32),
    Refused { retry_after_seconds: Option<u32> },
}

impl Throttling {
    pub fn new(reads: u32, writes: u32, retry_after_seconds: Option<u32>) -> Self {
        Self {
            reads,
            writes,
            retry_after_seconds,
            refused_until_refill: 1,
            left_reads: reads,
            left_writes: writes,
            refused: 0,
            by_seconds: None,
        }
    }

    /// As documented for one subscription and one principal: 250 reads and 25 a second, 200 writes and 10 a second.
    pub fn azure() -> Self {
        let by_seconds =
            RefillingBucket { reads_per_second: 25, writes_per_second: 10, reads_up_to: None, writes_up_to: None };
        Self { by_seconds: Some(by_seconds), refused_until_refill: u32::MAX, ..Self::new(250, 200, Some(1)) }
    }

    pub fn judge(&mut self, method: &str, now: OffsetDateTime) -> Verdict {
        self.give_back(method, now);
        let left = if method == "GET" { &mut self.left_reads } else { &mut self.left_writes };
        if let Some(rest) = left.checked_sub(1) {
            *left = rest;
            return Verdict::Left(rest);
        }
        self.refused += 1;
        if self.refused >= self.refused_until_refill {
            self.refill();
        }
        Verdict::Refused { retry_after_seconds: self.retry_after_seconds }
    }

    pub fn refill(&mut self) {
        (self.left_reads, self.left_writes, self.refused) = (self.reads, self.writes, 0);
    }

    fn give_back(&mut self, method: &str, now: OffsetDateTime) {
        let Some(time) = &mut self.by_seconds else { return };
        let (per_second, size, left, up_to) = match method {
            "GET" => (time.reads_per_second, self.reads, &mut self.left_reads, &mut time.reads_up_to),
            _ => (time.writes_per_second, self.writes, &mut self.left_writes, &mut time.writes_up_to),
        };
        let one = time::Duration::SECOND / i32::try_from(per_second).unwrap_or(i32::MAX);
        let since = up_to.get_or_insert(now);
        while *left < size && *since + one <= now {
            *left += 1;
            *since += one;
        }
        if *left == size {
            *since = now;
        }
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    const NOW: OffsetDateTime = datetime!(2026-11-20 08:00 UTC);

    #[test]
    fn an_empty_bucket_refuses_and_is_filled_by_refusals() {
        let mut throttling = Throttling::new(1, 1, Some(7));
        assert_eq!(throttling.judge("GET", NOW), Verdict::Left(0));
        assert_eq!(throttling.judge("GET", NOW), Verdict::Refused { retry_after_seconds: Some(7) });
        assert_eq!(throttling.judge("GET", NOW), Verdict::Left(0));
    }

    #[test]
    fn a_post_counts_as_a_write_whatever_it_does() {
        let mut throttling = Throttling::new(0, 2, None);
        assert_eq!(throttling.judge("POST", NOW), Verdict::Left(1));
        assert_eq!(throttling.judge("POST", NOW), Verdict::Left(0));
        assert_eq!(throttling.judge("POST", NOW), Verdict::Refused { retry_after_seconds: None });
    }

    #[test]
    fn azures_bucket_comes_back_with_time_and_not_beyond_its_size() {
        let mut throttling = Throttling::azure();
        let admitted = |throttling: &mut Throttling, at| {
            (0..).take_while(|_| matches!(throttling.judge("GET", at), Verdict::Left(_))).count()
        };
        assert_eq!(admitted(&mut throttling, NOW), 250);
        assert_eq!(admitted(&mut throttling, NOW + time::Duration::milliseconds(39)), 0);
        assert_eq!(admitted(&mut throttling, NOW + time::Duration::SECOND), 25);
        assert_eq!(admitted(&mut throttling, NOW + time::Duration::HOUR), 250);
        assert_eq!(throttling.judge("POST", NOW), Verdict::Left(199));
    }
}
