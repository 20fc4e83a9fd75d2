//! Clock, randomness and environment of a provider that runs inside a test.

use std::sync::Mutex;

use azurebackup::azure::auth::ProcessEnvironment;
use azurebackup::azure::clock::Clock;
use azurebackup::azure::random::Random;
use time::OffsetDateTime;
use tokio::time::Instant;

/// A wall clock that goes with tokio's clock and can be set, forwards and backwards.
#[derive(Debug)]
pub struct WallClock {
    base: OffsetDateTime,
    started: Instant,
    set_by: Mutex<time::Duration>,
}

impl WallClock {
    pub fn starting_at(base: OffsetDateTime) -> Self {
        Self { base, started: Instant::now(), set_by: Mutex::default() }
    }

    /// What a user or a time server does to the clock; tokio's clock does not see it.
    pub fn jump(&self, by: time::Duration) {
        *self.set_by.lock().unwrap() += by;
    }

    /// The time that the world outside has.
    pub fn without_jumps(&self) -> OffsetDateTime {
        self.base + self.started.elapsed()
    }
}

impl Clock for WallClock {
    fn now(&self) -> OffsetDateTime {
        self.without_jumps() + *self.set_by.lock().unwrap()
    }
}

/// Splitmix64: the same draws for the same seed.
#[derive(Debug)]
pub struct Seeded(Mutex<u64>);

impl Seeded {
    pub fn new(seed: u64) -> Self {
        Self(Mutex::new(seed))
    }

    pub fn draw(&self) -> u64 {
        let mut state = self.0.lock().unwrap();
        *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = *state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

impl Random for Seeded {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let draw = self.draw().to_le_bytes();
            chunk.copy_from_slice(&draw[..chunk.len()]);
        }
    }
}

/// No variable is set and no file is there.
#[derive(Debug)]
pub struct NoEnvironment;

impl ProcessEnvironment for NoEnvironment {
    fn variable(&self, _: &str) -> Option<String> {
        None
    }

    fn read_file(&self, _: &std::path::Path) -> std::io::Result<Vec<u8>> {
        Err(std::io::ErrorKind::NotFound.into())
    }
}
