//! The tables in `descriptions/` are what `extract.py` makes of the published descriptions, where those are at hand.

use std::io::Write;
use std::path::Path;
use std::process::Command;

/// Below the package's folder. The descriptions are too large to be part of it.
const PUBLISHED: &str = "../shared/reference";

#[test]
fn the_tables_say_what_the_published_descriptions_say() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let published = root.join(PUBLISHED);
    if !published.is_dir() {
        let _ = writeln!(std::io::stderr(), "the tables were not compared with their source: there is no {PUBLISHED}");
        return;
    }
    let script = root.join("tests/contract/extract.py");
    let output = Command::new("python3").arg(&script).arg("--check").arg(&published).output();
    let output = output.unwrap_or_else(|error| panic!("python3 is needed to compare the tables: {error}"));
    let told = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "run `tests/contract/extract.py {PUBLISHED}` and look at the difference:\n{told}");
}
