//! The whole process of a provider: panics, log, runtime, service, exit code.

use std::io::Write;
use std::process::ExitCode;
use std::sync::Arc;

use super::handshake::HandshakeError;
use super::logging::{self, Now};
use super::panics;
use super::provider::Provider;
use super::serve::{ServeError, ServeOptions, run as serve};

/// Serves `provider` until the process is to end, and tells its exit code.
///
/// Log records (of the crate `tracing`) that `crates` and this one make are written to standard error, with the time that
/// `now` tells and at the level that the variables `TF_LOG_PROVIDER` and `TF_LOG` name. `crates` are names as
/// `module_path!()` begins, with underscores: the program's own is `env!("CARGO_CRATE_NAME")`. Records of others are
/// dropped. Call this from `main` and once: it takes the process's panic hook and
/// its log.
pub fn run(provider: Arc<dyn Provider>, options: ServeOptions, crates: &[&str], now: Now) -> ExitCode {
    panics::install();
    let variable = |name| std::env::var(name).ok();
    let level = logging::level_from(variable("TF_LOG_PROVIDER").as_deref(), variable("TF_LOG").as_deref());
    let crates: Vec<&str> = crates.iter().copied().chain([env!("CARGO_CRATE_NAME")]).collect();
    logging::install(level, &crates, now);

    // More threads only make the start slower; fewer than two, and one busy call would keep a Stop waiting.
    let threads = std::thread::available_parallelism().map_or(2, |threads| threads.get().clamp(2, 4));
    let last_words = options.timing.last_words;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(threads).enable_all().build();
    let served = match runtime {
        Ok(runtime) => {
            let served = runtime.block_on(serve(provider, options));
            // Calls that did not end in time would be waited for otherwise.
            runtime.shutdown_background();
            served
        }
        Err(error) => Err(ServeError::Runtime(error)),
    };
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = std::io::stderr().write_all(error.report().as_bytes());
            if !matches!(error, ServeError::Handshake(HandshakeError::StartedByHand)) {
                std::thread::sleep(last_words);
            }
            ExitCode::FAILURE
        }
    }
}
