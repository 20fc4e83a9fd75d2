//! The whole provider and the simulated Azure in one process, on tokio's paused clock: no socket, no file, and hours
//! that cost nothing. Use it where the real client is not what is tested. Nothing of the product but its public
//! constructors may be used, and nothing here decides what is right.
//!
//! A test is `#[tokio::test(start_paused = true)]`.

#![allow(dead_code, unused_imports, reason = "shared by several groups of tests")]

mod session;
mod test_environment;
#[cfg(test)]
mod tests;
mod transport;

pub use session::{PlannedStep, Session, SessionResult, StateObject, created, created_as, text};
pub use test_environment::{NoEnvironment, Seeded, WallClock};
pub use transport::{InProcessTransport, NetworkBreak, NetworkFault, SentRequest};
