//! The provider's executable. Started by Terraform, without arguments.

use std::ffi::OsString;
use std::process::ExitCode;
use std::sync::Arc;

use azurebackup::azure::clock::{Clock, SystemClock};
use azurebackup::provider::{ADDRESS, AzureBackup};
use azurebackup::tfplugin::process;
use azurebackup::tfplugin::serve::ServeOptions;
use clap::Parser;

/// Terraform provider that restores Azure backups. Terraform and OpenTofu start it by themselves.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Wait for a Terraform to be attached, and print the variable that attaches it. Also written `-debug`.
    #[arg(long)]
    debug: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse_from(std::env::args_os().map(with_two_dashes));
    let options = ServeOptions::of_this_process(ADDRESS, arguments.debug);
    process::run(Arc::new(AzureBackup::system()), options, &["azurebackup"], Arc::new(|| SystemClock.now()))
}

/// Providers written in Go take `-debug`, and that is what people type.
fn with_two_dashes(argument: OsString) -> OsString {
    if argument == "-debug" { "--debug".into() } else { argument }
}
