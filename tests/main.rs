//! The one test target: every module below is a group of tests or what they stand on. One, since linking takes longer
//! than running.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    missing_docs,
    reason = "a test that meets what it did not expect ends there, with the reason"
)]

<<<<<<< HEAD
mod blob_restore;
mod examples;
mod harness;
=======
mod contract;
>>>>>>> sim
mod simulator;
