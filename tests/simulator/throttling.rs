//! Resource Manager's token bucket, off unless a scenario turns it on. It is refilled by refusals or
//! by hand, not by seconds.

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
        }
    }

    pub fn judge(&mut self, method: &str) -> Verdict {
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
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_bucket_refuses_and_is_filled_by_refusals() {
        let mut throttling = Throttling::new(1, 1, Some(7));
        assert_eq!(throttling.judge("GET"), Verdict::Left(0));
        assert_eq!(throttling.judge("GET"), Verdict::Refused { retry_after_seconds: Some(7) });
        assert_eq!(throttling.judge("GET"), Verdict::Left(0));
    }

    #[test]
    fn a_post_counts_as_a_write_whatever_it_does() {
        let mut throttling = Throttling::new(0, 2, None);
        assert_eq!(throttling.judge("POST"), Verdict::Left(1));
        assert_eq!(throttling.judge("POST"), Verdict::Left(0));
        assert_eq!(throttling.judge("POST"), Verdict::Refused { retry_after_seconds: None });
    }
}
