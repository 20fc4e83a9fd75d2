//! The one test target: every module below is a group of tests or what they stand on. One, since linking takes longer
//! than running.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::print_stdout,
    missing_docs,
    reason = "a test that meets what it did not expect ends there, with the reason"
)]

mod architecture;
mod blob_restore;
mod contract;
mod data_lake_restore;
mod data_sources;
mod demo;
mod disk_restore;
mod documentation;
mod examples;
mod faults;
mod formatting;
mod functions;
mod fuzz_targets;
mod guides;
mod harness;
mod hostile;
mod in_process;
mod kills;
mod mutants;
mod on_demand_backup;
mod ordinary;
mod protocol;
mod references;
mod restored_resource;
mod restores;
mod scale;
mod simulator;
mod sql_database_restore;
mod sql_managed_database_restore;
