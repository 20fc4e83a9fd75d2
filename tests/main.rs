//! All integration tests in one program: it links once.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "what stands around a test may fail it, too"
)]

mod protocol;
