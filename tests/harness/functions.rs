use std::io::Write;
use std::sync::OnceLock;

use super::client::client;
use super::workspace::Workspace;

/// Whether the client can call functions of providers: Terraform from 1.8, OpenTofu from 1.7.
pub fn client_knows_functions() -> bool {
    static KNOWS: OnceLock<bool> = OnceLock::new();
    *KNOWS.get_or_init(ask)
}

/// True if the calling test can show nothing since the client knows no functions; a line that no test run hides says so.
pub fn skipped_without_functions() -> bool {
    let skipped = !client_knows_functions();
    if skipped {
        let test = std::thread::current().name().unwrap_or_default().to_owned();
        let version = &client().version;
        let line = format!("skipped: {test}: a client of version {version} does not know functions of providers\n");
        // Past the capture of what a test prints.
        let _ = std::io::stderr().write_all(line.as_bytes());
    }
    skipped
}

/// By a function of the client's own, written as those of providers are.
fn ask() -> bool {
    let mut workspace = Workspace::new();
    let mut is_valid = |function: &str| {
        workspace.write("main.tf", &format!("locals {{\n  x = {function}(1, 2)\n}}\n"));
        workspace.validate().code == Some(0)
    };
    assert!(is_valid("max"), "the client cannot even call a function of its own");
    let knows = is_valid("core::max");
    let version: Vec<u32> = client().version.split('.').filter_map(|part| part.parse().ok()).collect();
    assert!(knows || version < vec![1, 8], "{} must know functions", client().version);
    knows
}
