//! The one suite that every restore passes: a table of kinds, and facts that hold for each of them. A fact about one kind
//! only has its place in that kind's own folder, and nothing here may ask which kind it is but the table.
//!
//! Each fact is a module with a test for each kind. Facts about Terraform itself (plans, states, signals) are shown with
//! the real client; the rest goes through the in-process transport, where an hour costs nothing.

mod arguments;
mod changes;
pub mod command_line;
mod database;
mod endings;
mod file_share;
mod fixture;
mod imports;
mod in_process;
mod interruption;
pub mod kinds;
mod life;
mod scope;
mod secondary_region;
pub mod services;
mod simulated_resources;
mod vault;
mod virtual_machine;

pub use fixture::usual_configuration;
pub use kinds::RestoreKindCase;
pub use simulated_resources::{SimulatedResources, clear_targets, normal};
