//! What becomes of a panic: lines on standard error that clients show to the user, and an error for the one call it hit.

use std::any::Any;
use std::backtrace::{Backtrace, BacktraceStatus};
use std::io::Write;
use std::panic::PanicHookInfo;

/// Makes panics of this process visible. Clients keep a line that begins with `panic: ` and the plain lines after it,
/// whatever the log level, and show them if the command fails; Rust's own wording is not recognised.
pub fn install() {
    std::panic::set_hook(Box::new(|panic| {
        // In one piece, so that records logged meanwhile do not part the lines. Standard error may be gone.
        let _ = std::io::stderr().write_all(report(panic, &Backtrace::capture()).as_bytes());
    }));
}

fn report(panic: &PanicHookInfo<'_>, backtrace: &Backtrace) -> String {
    let place = panic.location().map(|location| format!("\n    at {location}")).unwrap_or_default();
    let mut text = format!("panic: {}{place}\n", message(panic.payload()));
    if backtrace.status() == BacktraceStatus::Captured {
        text.push_str(&format!("{backtrace}\n"));
    }
    text
}

/// The text a panic was raised with.
pub fn message(payload: &(dyn Any + Send)) -> &str {
    if let Some(text) = payload.downcast_ref::<&'static str>() {
        text
    } else if let Some(text) = payload.downcast_ref::<String>() {
        text
    } else {
        "(no text)"
    }
}
