use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use super::PROVIDER;
use super::client::client;
use super::plan::Plan;
use super::run::{FinishedCommand, Running};
use super::state::StateFile;

/// A private directory with a configuration in it, and the environment in which the client runs there. Nothing of the
/// user's is seen: no CLI configuration, no credentials, no plugin cache, no network but loopback.
pub struct Workspace {
    root: TempDir,
    environment: BTreeMap<OsString, OsString>,
    history: Vec<FinishedCommand>,
    private_parts: Vec<Vec<u8>>,
}

/// Where no proxy listens: a request that would leave the machine fails at once.
const NOWHERE: &str = "http://127.0.0.1:9";

impl Workspace {
    pub fn new() -> Self {
        let root = tempfile::Builder::new().prefix("azurebackup-").tempdir().expect("a temporary directory");
        let mut workspace = Self { root, environment: BTreeMap::new(), history: Vec::new(), private_parts: Vec::new() };
        for folder in ["configuration", "home", "tmp"] {
            std::fs::create_dir(workspace.root.path().join(folder)).expect("a folder in the temporary directory");
        }
        let binaries = Path::new(PROVIDER).parent().expect("the provider lies in a folder").display().to_string();
        let cli_configuration = workspace.root.path().join("cli.tfrc");
        let overrides = format!(
            "provider_installation {{\n  dev_overrides {{\n    \
             \"registry.terraform.io/azurebackup/azurebackup\" = {binaries:?}\n    \
             \"registry.opentofu.org/azurebackup/azurebackup\" = {binaries:?}\n  }}\n}}\n"
        );
        std::fs::write(&cli_configuration, overrides).expect("the CLI configuration can be written");
        let (home, tmp) = (workspace.root.path().join("home"), workspace.root.path().join("tmp"));
        let log = workspace.log_file();
        for (name, value) in [
            ("PATH", std::env::var_os("PATH").unwrap_or_default()),
            ("HOME", home.into()),
            ("TMPDIR", tmp.into()),
            ("TF_CLI_CONFIG_FILE", cli_configuration.into()),
            ("TF_IN_AUTOMATION", "1".into()),
            ("TF_LOG_PROVIDER", "TRACE".into()),
            ("TF_LOG_PATH", log.into()),
            ("CHECKPOINT_DISABLE", "1".into()),
            ("HTTPS_PROXY", NOWHERE.into()),
            ("HTTP_PROXY", NOWHERE.into()),
            ("NO_PROXY", "127.0.0.1,localhost".into()),
        ] {
            workspace.set(name, value);
        }
        workspace
    }

    /// The folder of the configuration.
    pub fn folder(&self) -> PathBuf {
        self.root.path().join("configuration")
    }

    /// All of it: configuration, state, logs, temporary files.
    pub fn root(&self) -> &Path {
        self.root.path()
    }

    /// What the provider logged, at the finest level, over all commands so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.log_file()).unwrap_or_default()
    }

    /// Everything that was run and has ended.
    pub fn history(&self) -> &[FinishedCommand] {
        &self.history
    }

    /// What the provider kept in the state beside the attributes, after each command.
    pub fn private_parts(&self) -> &[Vec<u8>] {
        &self.private_parts
    }

    /// Sets an environment variable for every later command.
    pub fn set(&mut self, name: &str, value: impl Into<OsString>) {
        self.environment.insert(name.into(), value.into());
    }

    /// Writes a file of the configuration.
    pub fn write(&self, name: &str, text: &str) {
        let path = self.folder().join(name);
        std::fs::write(&path, text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }

    /// The client with these arguments, in the configuration's folder; not started.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&client().executable);
        command.args(arguments).current_dir(self.folder()).env_clear().envs(&self.environment);
        command
    }

    /// Starts the client and leaves it running; hand the result to [`Workspace::keep`].
    pub fn spawn(&self, arguments: &[&str]) -> Running {
        Running::start(self.command(arguments))
    }

    /// Runs the client to its end.
    #[track_caller]
    pub fn run(&mut self, arguments: &[&str]) -> FinishedCommand {
        let running = self.spawn(arguments);
        self.keep(running)
    }

    /// Waits for the end of a spawned command.
    #[track_caller]
    pub fn keep(&mut self, running: Running) -> FinishedCommand {
        let finished = running.wait();
        self.history.push(finished.clone());
        self.private_parts.extend(self.state().private_parts());
        finished
    }

    /// `validate -json` gives one document; its diagnostics are put into lines, as every other command prints them.
    #[track_caller]
    pub fn validate(&mut self) -> FinishedCommand {
        let mut finished = self.run(&["validate", "-json"]);
        let answer: serde_json::Value = serde_json::from_str(&finished.stdout).unwrap_or_default();
        let lines = answer["diagnostics"].as_array().into_iter().flatten();
        let lines = lines.map(|one| serde_json::json!({"type": "diagnostic", "diagnostic": one}).to_string());
        finished.stdout = lines.collect::<Vec<_>>().join("\n");
        finished
    }

    /// `plan`, with diagnostics that can be read. The exit code is 0 with nothing to do and 2 with something to do.
    #[track_caller]
    pub fn plan(&mut self, more: &[&str]) -> FinishedCommand {
        self.run(&[&["plan", "-json", "-input=false", "-detailed-exitcode", "-out=plan.saved"], more].concat())
    }

    /// What a successful plan means to do.
    #[track_caller]
    pub fn planned(&mut self, more: &[&str]) -> Plan {
        let finished = self.plan(more);
        assert!(matches!(finished.code, Some(0 | 2)), "{finished}");
        Plan::read(&self.run(&["show", "-json", "plan.saved"]).succeeds().stdout)
    }

    /// Asserts that there is nothing to do.
    #[track_caller]
    pub fn plans_nothing(&mut self) {
        let finished = self.plan(&[]);
        assert_eq!(finished.code, Some(0), "the plan should be empty\n{finished}");
    }

    #[track_caller]
    pub fn apply(&mut self, more: &[&str]) -> FinishedCommand {
        let running = self.spawn_apply(more);
        self.keep(running)
    }

    pub fn spawn_apply(&self, more: &[&str]) -> Running {
        self.spawn(&[&["apply", "-json", "-input=false", "-auto-approve"], more].concat())
    }

    #[track_caller]
    pub fn refresh(&mut self) -> FinishedCommand {
        self.apply(&["-refresh-only"])
    }

    #[track_caller]
    pub fn destroy(&mut self) -> FinishedCommand {
        self.run(&["destroy", "-json", "-input=false", "-auto-approve"])
    }

    #[track_caller]
    pub fn import(&mut self, address: &str, id: &str) -> FinishedCommand {
        self.run(&["import", "-input=false", "-no-color", address, id])
    }

    #[track_caller]
    pub fn untaint(&mut self, address: &str) {
        self.run(&["untaint", address]).succeeds();
    }

    /// The state as the last command left it.
    pub fn state(&self) -> StateFile {
        StateFile::read(&self.folder().join("terraform.tfstate"))
    }

    /// Leaves the files in place when the workspace is dropped, and says where.
    pub fn keep_files(&mut self) -> PathBuf {
        self.root.disable_cleanup(true);
        self.root.path().to_owned()
    }

    /// Where the provider's log is.
    pub fn log_file(&self) -> PathBuf {
        self.root.path().join("provider.log")
    }
}
