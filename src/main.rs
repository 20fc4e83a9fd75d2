//! The provider's executable. Started by Terraform, without arguments.

use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use azurebackup::azure::clock::{Clock, SystemClock};
use azurebackup::azure::error::in_one_line;
use azurebackup::provider::{ADDRESS, AzureBackup};
use azurebackup::tfplugin::serve::ServeOptions;
use azurebackup::tfplugin::{documentation, process};
use clap::{Parser, Subcommand};

/// Terraform provider that restores Azure backups. Terraform and OpenTofu start it by themselves.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Wait for a Terraform to be attached, and print the variable that attaches it. Also written `-debug`.
    #[arg(long)]
    debug: bool,
    #[command(subcommand)]
    task: Option<Task>,
}

/// What the maintainers use the program for.
#[derive(Subcommand)]
enum Task {
    /// Write the pages of the registry.
    #[command(hide = true)]
    Docs {
        /// Where to write them; pages of what is no longer offered are removed.
        folder: PathBuf,
        /// The examples that the pages show.
        #[arg(long, default_value = "examples")]
        examples: PathBuf,
    },
}

fn main() -> ExitCode {
    let arguments = Arguments::parse_from(std::env::args_os().map(with_two_dashes));
    if let Some(Task::Docs { folder, examples }) = arguments.task {
        return write_documentation(&folder, &examples);
    }
    let options = ServeOptions::of_this_process(ADDRESS, arguments.debug);
    process::run(Arc::new(AzureBackup::system()), options, &["azurebackup"], Arc::new(|| SystemClock.now()))
}

/// Providers written in Go take `-debug`, and that is what people type.
fn with_two_dashes(argument: OsString) -> OsString {
    if argument == "-debug" { "--debug".into() } else { argument }
}

fn write_documentation(folder: &Path, examples: &Path) -> ExitCode {
    let name = ADDRESS.rsplit('/').next().unwrap_or(ADDRESS);
    match documentation::generate(name, &AzureBackup::system(), examples, folder) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "No documentation was written: {}", in_one_line(&error));
            ExitCode::FAILURE
        }
    }
}
