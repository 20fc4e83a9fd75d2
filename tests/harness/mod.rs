//! The real `terraform` or `tofu`, with the built provider, against the simulator: start it, signal it, read what came of
//! it. Nothing from inside the product may be used here: only its binary, through files, processes and sockets.

mod azure;
mod client;
mod diagnostics;
mod functions;
mod leaks;
mod plan;
mod run;
mod scenario;
mod state;
mod workspace;

#[cfg(test)]
mod tests;

pub use azure::VAULT_OF_WORKLOADS;
pub use client::client;
pub use functions::{client_knows_functions, skipped_without_functions};
pub use run::{FinishedCommand, Running, is_alive};
pub use scenario::{Scenario, ScenarioPermit};
pub use state::Instance;
pub use workspace::Workspace;

/// The built provider under test.
pub const PROVIDER: &str = env!("CARGO_BIN_EXE_terraform-provider-azurebackup");
