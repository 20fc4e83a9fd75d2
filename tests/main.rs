//! Every test that needs more than one function of the product: protocol, simulator and the real Terraform.
//!
//! One target, since linking takes longer than running. Modules: `harness` runs the real client, `blob_restore` and the
//! others hold the scenarios.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    missing_docs,
    reason = "a test that meets what it did not expect ends there, with the reason"
)]

mod harness;
