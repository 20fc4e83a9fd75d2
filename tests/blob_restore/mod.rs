//! `azurebackup_blob_restore` as users meet it: every promise of a restore, shown with the real client against the
//! simulator. Nothing is looked at inside the product; what Azure was asked is read from the journal.

mod adoption;
mod bad_input;
mod bodies;
mod endings;
mod imports;
mod interruption;
mod lifecycle;
mod lost_answer;
mod plan_warnings;
mod replacement;
mod second_thoughts;
mod weather;

/// The restore that [`crate::harness::Scenario::restore`] writes.
pub const X: &str = "azurebackup_blob_restore.x";

/// The computed attributes that a plan leaves open while the job of a restore runs.
const OPEN_WHILE_RUNNING: [&str; 6] = ["details", "duration_seconds", "end_time", "status", "tasks", "warnings"];
