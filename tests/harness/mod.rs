//! The real `terraform` or `tofu`, with the built provider, against the simulator: start it, signal it, read what came of
//! it. Nothing from inside the product may be used here: only its binary, through files, processes and sockets.

mod client;
mod diagnostics;
mod plan;
mod run;
mod state;
mod workspace;

#[cfg(test)]
mod own_tests;

pub use client::{Client, client};
pub use diagnostics::{Diagnostic, Severity};
pub use plan::{Change, Plan};
pub use run::{Finished, Running};
pub use state::{Instance, State};
pub use workspace::Workspace;

/// The built provider under test.
pub const PROVIDER: &str = env!("CARGO_BIN_EXE_terraform-provider-azurebackup");
