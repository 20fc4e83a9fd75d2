//! The protocol as a client sees it: a plugin process is started as Terraform would, and spoken to over its socket.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    missing_docs,
    reason = "a test that meets what it did not expect ends there, with the reason"
)]

mod actions;
mod calls;
mod client;
mod end;
mod functions;
mod nulls;
mod plugin;
mod raw_frames;
mod start;
