use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use super::page::{PageAction, Step, steps};
use crate::harness::{FinishedCommand, PROVIDER, Running, ScenarioPermit, client};
use crate::simulator::{Journal, Loopback, Simulator, SimulatorBuilder};

/// Where no proxy listens: a request that would leave the machine fails at once.
const NOWHERE: &str = "http://127.0.0.1:9";

/// Somebody who follows a page to the letter, with a shell, a home of their own and a simulated Azure.
///
/// `make`, `cargo` and `pkill` are stand-ins that refuse what they do not know: nothing is built, the simulator is the
/// one of this process, and only what the page has started is killed.
pub struct Reader {
    root: TempDir,
    page: String,
    azure: Simulator,
    loopback: Loopback,
    left_running: BTreeMap<String, Running>,
    last: Option<FinishedCommand>,
    number: usize,
    not_run: Vec<(String, String, String)>,
    _turn: ScenarioPermit,
}

/// Where a block is typed.
#[derive(Clone, Copy)]
enum Shell {
    /// Its variables and its folder stay for the blocks that follow.
    TheOne,
    /// It begins where the one stands, and leaves nothing behind.
    Another,
}

impl Reader {
    /// Reads the page (a path below the root of the repository) and does all that it says.
    pub fn follow(page: &str) -> Vec<(String, String, String)> {
        let text = std::fs::read_to_string(repository().join(page)).unwrap_or_else(|error| panic!("{page}: {error}"));
        let steps = steps(&text).unwrap_or_else(|error| panic!("{page}, {error}"));
        let mut reader = Self::new(page);
        steps.into_iter().for_each(|step| reader.take(step));
        assert!(reader.left_running.keys().all(|name| name == "simulator"), "{page} leaves commands running");
        crate::contract::check(&reader.azure.journal());
        reader.not_run
    }

    fn new(page: &str) -> Self {
        let turn = ScenarioPermit::take();
        let root = tempfile::Builder::new().prefix("guide-").tempdir().expect("a temporary directory");
        for folder in ["home", "tmp", "bin", "checkout"] {
            std::fs::create_dir(root.path().join(folder)).expect("a folder in the temporary directory");
        }
        let azure = SimulatorBuilder::demo().start();
        let loopback = Loopback::open(&azure, &root.path().join("authority.pem")).expect("loopback can be listened on");
        let reader = Self {
            page: page.to_owned(),
            azure,
            loopback,
            left_running: BTreeMap::new(),
            last: None,
            number: 0,
            not_run: Vec::new(),
            _turn: turn,
            root,
        };
        reader.put_programs();
        std::fs::write(reader.path("environment"), "").expect("the environment can be written");
        std::fs::write(reader.path("groups"), "").expect("the groups can be written");
        reader
    }

    fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    fn put_programs(&self) {
        let link = |target: &Path, name: &str| {
            std::os::unix::fs::symlink(target, self.path("bin").join(name)).expect("a link can be made");
        };
        link(&client().executable, "terraform");
        link(Path::new(PROVIDER), "terraform-provider-azurebackup");
        let ready = self.path("ready-line.json");
        std::fs::write(&ready, format!("{}\n", self.loopback.ready())).expect("the ready line can be written");
        self.put_stand_in(
            "make",
            &format!(
                "[ \"$*\" = install ] || exit 99\n\
                 exec /usr/bin/env -u MAKEFLAGS -u MAKELEVEL PATH=\"${{PATH#*:}}\" \
                 make -s -C {:?} -o build BINARY={PROVIDER:?} install\n",
                repository()
            ),
        );
        // The file's place is the user's; the rest is what the program takes.
        self.put_stand_in(
            "cargo",
            &format!(
                "words=\"$*\"\n[ \"${{words%--ca-file *}}\" = 'run --quiet --example simulator -- ' ] || exit 99\n\
                 cp {:?} \"${{!#}}\"\ncat {ready:?}\nexec sleep 600\n",
                self.loopback.ca_file(),
            ),
        );
        // By the command line: a Terraform that is a library in Python has another name as a process.
        self.put_stand_in(
            "pkill",
            &format!(
                "exec /usr/bin/env PATH=\"${{PATH#*:}}\" pkill -f -g \"$(paste -sd, {:?})\" \"$@\"\n",
                self.path("groups")
            ),
        );
    }

    fn put_stand_in(&self, name: &str, text: &str) {
        let path = self.path("bin").join(name);
        std::fs::write(&path, format!("#!/bin/bash\n{text}")).expect("a program can be written");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("it can be made executable");
    }

    fn take(&mut self, Step { line, action }: Step) {
        let here = format!("{}, line {line}", self.page);
        match action {
            PageAction::GivenAzure => self.sign_in(),
            PageAction::Write { file, text } => {
                let folder = self.folder();
                // A person can wait; a test need not.
                let text = text.replace("poll_interval = \"1s\"", "poll_interval = \"20ms\"");
                // azurerm is not on every machine: a resource of Terraform's own stands in its place.
                let text = crate::examples::without_azurerm(&text);
                std::fs::write(folder.join(file), text).unwrap_or_else(|error| panic!("{here}: {error}"));
            }
            PageAction::Run { script, exit, until, interrupt, name } => {
                let mut running = self.start(&script, if name.is_some() { Shell::Another } else { Shell::TheOne });
                if let Some(event) = until {
                    self.wait_for(&mut running, &event, &here);
                }
                if interrupt {
                    running.interrupt();
                }
                match name {
                    Some(name) => drop(self.left_running.insert(name, running)),
                    None => self.ended(running, exit, &here),
                }
            }
            PageAction::Ended { name, exit } => {
                let running = self.left_running.remove(&name);
                self.ended(running.unwrap_or_else(|| panic!("{here}: nothing called {name} runs")), exit, &here);
            }
            PageAction::Printed(text) => {
                let last = self.last.as_ref().unwrap_or_else(|| panic!("{here}: nothing was run"));
                let printed = words(&format!("{}{}", last.stdout, last.stderr));
                for line in text.lines().filter(|line| !line.trim().is_empty()) {
                    let told = words(line.split('…').next().unwrap_or_default());
                    assert!(printed.contains(&told), "{here}: {told:?} was not printed\n{last}");
                }
            }
            PageAction::Restores(count) => {
                assert_eq!(self.azure.accepted_restores(), count, "{here}: {}", self.azure.journal().text());
            }
            PageAction::NotRun { key, language, text } => self.not_run.push((key, language, text)),
        }
    }

    /// Where the shell stands.
    fn folder(&self) -> PathBuf {
        let text = std::fs::read_to_string(self.path("place")).unwrap_or_default();
        if text.is_empty() { self.path("checkout") } else { PathBuf::from(text.trim_end()) }
    }

    /// What the guide on rehearsals does by hand.
    fn sign_in(&mut self) {
        let ready = self.loopback.ready().clone();
        let fact = |name: &str| ready[name].as_str().unwrap_or_default().to_owned();
        let variables = [
            ("ARM_RESOURCE_MANAGER_ENDPOINT", fact("endpoint")),
            ("ARM_ACTIVE_DIRECTORY_AUTHORITY_HOST", fact("endpoint")),
            ("ARM_TENANT_ID", fact("tenant_id")),
            ("ARM_SUBSCRIPTION_ID", fact("subscription_id")),
            ("ARM_CLIENT_ID", fact("client_id")),
            ("ARM_CLIENT_SECRET", fact("client_secret")),
            ("CONTROL", fact("control")),
            ("SSL_CERT_FILE", self.loopback.ca_file().display().to_string()),
            ("READY", self.path("ready-line.json").display().to_string()),
        ];
        let lines: String = variables.iter().map(|(name, value)| format!("export {name}={value:?}\n")).collect();
        std::fs::write(self.path("environment"), lines).expect("the environment can be written");
        let running = self.start("make install", Shell::TheOne);
        self.ended(running, 0, "the installation of the provider");
    }

    fn start(&mut self, script: &str, shell: Shell) -> Running {
        self.number += 1;
        let path = self.path(&format!("step-{}.sh", self.number));
        let (environment, place) = (self.path("environment"), self.path("place"));
        let keep = match shell {
            Shell::TheOne => format!("export -p >{environment:?}; pwd >{place:?};"),
            Shell::Another => String::new(),
        };
        let text = format!(
            "set -eu -o pipefail -o allexport\n. {environment:?}\n\
             trap 'code=$?; jobs -p | xargs -r kill 2>/dev/null; {keep} exit $code' EXIT\n{script}"
        );
        std::fs::write(&path, text).expect("a script can be written");
        let mut command = Command::new("bash");
        let path_variable = std::env::var("PATH").unwrap_or_default();
        command.arg(path).current_dir(self.folder()).env_clear().envs([
            ("PATH", format!("{}:{path_variable}", self.path("bin").display())),
            ("HOME", self.path("home").display().to_string()),
            ("TMPDIR", self.path("tmp").display().to_string()),
            ("TF_CLI_CONFIG_FILE", "/dev/null".to_owned()),
            // A person types "yes".
            ("TF_CLI_ARGS_apply", "-auto-approve".to_owned()),
            ("TF_CLI_ARGS_destroy", "-auto-approve".to_owned()),
            ("TF_INPUT", "0".to_owned()),
            ("TF_CLI_ARGS", "-no-color".to_owned()),
            ("CHECKPOINT_DISABLE", "1".to_owned()),
            ("HTTPS_PROXY", NOWHERE.to_owned()),
            ("HTTP_PROXY", NOWHERE.to_owned()),
            ("NO_PROXY", "127.0.0.1,localhost".to_owned()),
        ]);
        let running = Running::start(command);
        let mut groups = std::fs::read_to_string(self.path("groups")).unwrap_or_default();
        groups.push_str(&format!("{}\n", running.group()));
        std::fs::write(self.path("groups"), groups).expect("the groups can be written");
        running
    }

    #[track_caller]
    fn ended(&mut self, running: Running, exit: i32, here: &str) {
        let finished = running.wait();
        assert_eq!(finished.code, Some(exit), "{here}\n{finished}");
        self.last = Some(finished);
    }

    /// Events that a person would see, and those that a person would wait for.
    fn wait_for(&self, running: &mut Running, event: &str, here: &str) {
        let azure = &self.azure;
        let (restores, looks_before) = (azure.accepted_restores(), looks(&azure.journal()));
        match event {
            "output" => running.wait_until_printed(),
            // Then the provider knows the job.
            "restoring" => running.wait_until("the job was looked at twice", || {
                azure.accepted_restores() > restores && looks(&azure.journal()) > looks_before + 1
            }),
            "waiting" => running.wait_until("the job was looked at", || looks(&azure.journal()) > looks_before + 2),
            _ => panic!("{here}: nobody knows the event {event:?}"),
        }
    }
}

fn looks(journal: &Journal) -> usize {
    journal.entries.iter().filter(|entry| entry.method == "GET" && entry.path.contains("/backupJobs/")).count()
}

fn repository() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Without the frames that Terraform draws, and without line breaks.
fn words(text: &str) -> String {
    let words = text.split_whitespace().filter(|word| !word.chars().all(|sign| "│╷╵".contains(sign)));
    words.collect::<Vec<_>>().join(" ")
}

/// What can be known of a block without running it. YAML, as PowerShell, has no parser here: its indents and its brackets are
/// looked at.
pub fn check_syntax(language: &str, text: &str) -> Result<(), String> {
    match language {
        "shell" | "sh" | "bash" => accepted_by(Command::new("bash").args(["-n", "-c", text])),
        "terraform" | "hcl" => {
            let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
            std::fs::write(folder.path().join("main.tf"), text).map_err(|error| error.to_string())?;
            let mut fmt = Command::new(&client().executable);
            accepted_by(fmt.args(["fmt", "-check"]).current_dir(folder.path()).env("TF_CLI_CONFIG_FILE", "/dev/null"))
        }
        "json" => serde_json::from_str::<serde_json::Value>(text).map(drop).map_err(|error| error.to_string()),
        "yaml" => balanced(text).and_then(|()| indents_return(text)),
        "powershell" => balanced(text),
        _ => Err(format!("nobody can check {language:?}")),
    }
}

fn accepted_by(command: &mut Command) -> Result<(), String> {
    let output = command.output().map_err(|error| error.to_string())?;
    let told = [output.stdout, output.stderr].concat();
    if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&told).into_owned()) }
}

/// Brackets outside quotes close in the order in which they opened.
fn balanced(text: &str) -> Result<(), String> {
    let (mut open, mut quote) = (Vec::new(), None);
    for sign in text.chars() {
        match (quote, sign) {
            (Some(one), sign) if one == sign => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(sign),
            (None, '(' | '[' | '{') => open.push(sign),
            (None, ')' | ']' | '}') => {
                let fits = matches!((open.pop(), sign), (Some('('), ')') | (Some('['), ']') | (Some('{'), '}'));
                if !fits {
                    return Err(format!("{sign:?} closes nothing"));
                }
            }
            _ => {}
        }
    }
    if open.is_empty() { Ok(()) } else { Err(format!("{open:?} are not closed")) }
}

/// A line that is indented less than the one before stands where an earlier one stood; tabs are not allowed.
fn indents_return(text: &str) -> Result<(), String> {
    let mut indents: Vec<usize> = Vec::new();
    for line in text.lines().filter(|line| !line.trim().is_empty() && !line.trim_start().starts_with('#')) {
        if line.contains('\t') {
            return Err(format!("a tab in {line:?}"));
        }
        let indent = line.len() - line.trim_start().len();
        let deeper = indents.last().is_none_or(|last| indent > *last);
        indents.retain(|open| *open <= indent);
        if deeper {
            indents.push(indent);
        } else if indents.last() != Some(&indent) {
            return Err(format!("the indent of {line:?} is none of those above it"));
        }
    }
    Ok(())
}
