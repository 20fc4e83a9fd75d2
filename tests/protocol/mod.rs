//! The plugin layer with the real Terraform, and how tests start a provider and speak to it. What needs no Terraform is
//! tested where it is, in `crates/tfplugin/tests`.

#[allow(dead_code, reason = "the rest is for the tests of the crate")]
#[path = "../../crates/tfplugin/tests/protocol/client.rs"]
pub mod client;
mod exit_codes;
#[allow(dead_code, reason = "the rest is for the tests of the crate")]
#[path = "../../crates/tfplugin/tests/protocol/plugin.rs"]
pub mod plugin;
mod terraform;
