//! The simulator as a program, for the demo and for rehearsals: opens its endpoints, says so in one line of JSON, waits.

#[path = "mod.rs"]
mod simulator;

use std::io::{self, Read, Write};
use std::path::PathBuf;

use clap::Parser;
use simulator::{Loopback, SimulatorBuilder};

/// A stand-in for Azure Backup on this machine.
#[derive(Debug, Parser)]
struct CommandLine {
    /// What exists and what will happen.
    #[arg(long, default_value = "demo")]
    scenario: String,
    /// Where to write the certificate authority to trust, PEM [default: a file in the directory for temporary files]
    #[arg(long)]
    ca_file: Option<PathBuf>,
    /// End when standard input ends, so that no simulator outlives its script.
    #[arg(long)]
    exit_with_stdin: bool,
}

fn main() -> io::Result<()> {
    let arguments = CommandLine::parse();
    let scenario = SimulatorBuilder::named(&arguments.scenario)
        .ok_or_else(|| io::Error::other(format!("no scenario is called {:?}; there is: demo", arguments.scenario)))?;
    let ca_file = arguments
        .ca_file
        .unwrap_or_else(|| std::env::temp_dir().join(format!("azurebackup-simulator-{}.pem", std::process::id())));
    let loopback = Loopback::open(&scenario.start(), &ca_file)?;
    let mut ready = loopback.ready().clone();
    ready["scenario"] = arguments.scenario.into();
    writeln!(io::stdout(), "{ready}")?;
    io::stdout().flush()?;
    if arguments.exit_with_stdin {
        io::stdin().read_to_end(&mut Vec::new())?;
        return Ok(());
    }
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(tokio::signal::ctrl_c())
}
