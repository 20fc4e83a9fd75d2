//! `azurebackup_blob_restore` as users meet it: what is its own, and the rarer turns of a life that are the same for all
//! kinds, shown with the real client against the simulator. What every kind must pass is in [`crate::restores`]. Nothing is
//! looked at inside the product; what Azure was asked is read from the journal.

mod adoption;
mod bad_input;
mod bodies;
mod changed_minds;
mod endings;
mod exit_codes;
mod imports;
mod interruption;
mod lifecycle;
mod lost_answer;
mod plan_warnings;
mod replacement;
mod transient_faults;

/// The restore that [`crate::harness::Scenario::restore`] writes.
pub const X: &str = "azurebackup_blob_restore.x";
