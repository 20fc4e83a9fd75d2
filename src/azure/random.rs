//! Random draws: jitter of waits and the fresh part of request ids.

use std::fmt::Debug;

/// Where random draws come from.
pub trait Random: Send + Sync + Debug {
    /// Fills `bytes` with unpredictable values.
    fn fill(&self, bytes: &mut [u8]);

    /// A draw from 0 (included) to 1 (excluded).
    fn unit(&self) -> f64 {
        let mut bytes = [0_u8; 4];
        self.fill(&mut bytes);
        f64::from(u32::from_le_bytes(bytes)) / (f64::from(u32::MAX) + 1.0)
    }
}

/// The crypto library's generator.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    fn fill(&self, bytes: &mut [u8]) {
        // Fails only where the operating system has no entropy at all; a version 4 UUID comes from the same source
        // and would not be unique there either, so zeros change nothing for the worse.
        if aws_lc_rs::rand::fill(bytes).is_err() {
            bytes.fill(0);
        }
    }
}

#[cfg(test)]
pub(crate) mod fixed {
    use std::sync::atomic::{AtomicU8, Ordering};

    use super::Random;

    /// Always the same draw; bytes that count up, so that ids differ.
    #[derive(Debug)]
    pub(crate) struct FixedRandom {
        unit: f64,
        next: AtomicU8,
    }

    impl FixedRandom {
        pub(crate) fn drawing(unit: f64) -> Self {
            Self { unit, next: AtomicU8::new(0) }
        }
    }

    impl Random for FixedRandom {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(self.next.fetch_add(1, Ordering::Relaxed));
        }

        fn unit(&self) -> f64 {
            self.unit
        }
    }
}
