//! The provider's executable. Started by Terraform, without arguments.

use std::ffi::OsString;
use std::process::ExitCode;
use std::sync::Arc;

use async_trait::async_trait;
use azurebackup::azure::clock::{Clock, SystemClock};
use azurebackup::tfplugin::diagnostics::Diagnostics;
use azurebackup::tfplugin::process;
use azurebackup::tfplugin::resource::{Call, DataSource, Provider, Resource};
use azurebackup::tfplugin::schema::Schema;
use azurebackup::tfplugin::serve::ServeOptions;
use azurebackup::tfplugin::value::Value;
use clap::Parser;

const ADDRESS: &str = "registry.terraform.io/azurebackup/azurebackup";

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
    process::run(Arc::new(Nothing(Schema::default())), options, &["azurebackup"], Arc::new(|| SystemClock.now()))
}

/// Providers written in Go take `-debug`, and that is what people type.
fn with_two_dashes(argument: OsString) -> OsString {
    if argument == "-debug" { "--debug".into() } else { argument }
}

/// Stands where the provider will.
struct Nothing(Schema);

#[async_trait]
impl Provider for Nothing {
    fn schema(&self) -> &Schema {
        &self.0
    }

    async fn configure(&self, _: &Call, _: Value) -> Diagnostics {
        Diagnostics::new()
    }

    fn resources(&self) -> Vec<Arc<dyn Resource>> {
        Vec::new()
    }

    fn data_sources(&self) -> Vec<Arc<dyn DataSource>> {
        Vec::new()
    }
}
