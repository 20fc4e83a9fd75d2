//! A started plugin process, and the certificate it is started with.

use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, KeyPair, PKCS_ECDSA_P521_SHA512};
use rustls::pki_types::CertificateDer;
use tempfile::TempDir;
use tfplugin::handshake::MAGIC_COOKIE;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::process::{Child, ChildStdout, Command};

use super::client::Client;

/// Longer than anything here takes on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// The example `echo_provider`, built if it is not up to date: `cargo test --test …` alone would not do so. With the
/// whole workspace, so that it is built with the same features as in `cargo test --workspace`, and only once.
pub fn echo_provider() -> &'static Path {
    static PATH: OnceLock<PathBuf> = OnceLock::new();
    PATH.get_or_init(|| {
        let test = std::env::current_exe().unwrap();
        let profile = test.parent().and_then(Path::parent).unwrap();
        let mut build = std::process::Command::new(env!("CARGO"));
        build.current_dir(env!("CARGO_MANIFEST_DIR")).args([
            "build",
            "--quiet",
            "--locked",
            "--workspace",
            "--example",
            "echo_provider",
        ]);
        if profile.ends_with("release") {
            build.arg("--release");
        }
        assert!(build.status().unwrap().success(), "building the example echo_provider failed");
        profile.join("examples/echo_provider")
    })
}

/// What go-plugin's client makes for each start: self-signed, P-521, its own authority.
pub struct Identity {
    pub key: KeyPair,
    pub certificate: CertificateDer<'static>,
    pub pem: String,
}

impl Identity {
    pub fn new() -> Self {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P521_SHA512).unwrap();
        let mut parameters = CertificateParams::new(["localhost".to_owned()]).unwrap();
        parameters.distinguished_name.push(DnType::CommonName, "localhost");
        parameters.distinguished_name.push(DnType::OrganizationName, "HashiCorp");
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let certificate = CertificateDer::from(parameters.self_signed(&key).unwrap());
        let text = STANDARD.encode(&certificate);
        let lines: Vec<&str> = text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
        let pem = format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"));
        Self { key, certificate, pem }
    }
}

/// How to start a plugin; as Terraform does unless said otherwise.
pub struct Start {
    pub command: Command,
    pub identity: Option<Identity>,
    directory: TempDir,
}

impl Start {
    /// As Terraform does.
    pub fn by_terraform() -> Self {
        Self::of(echo_provider())
    }

    /// As Terraform starts this provider.
    pub fn of(program: &Path) -> Self {
        let identity = Identity::new();
        let mut start = Self::bare_of(program);
        start
            .command
            .env("TF_PLUGIN_MAGIC_COOKIE", MAGIC_COOKIE)
            .env("PLUGIN_PROTOCOL_VERSIONS", "6,5")
            .env("PLUGIN_CLIENT_CERT", &identity.pem)
            .env("PLUGIN_MIN_PORT", "10000")
            .env("PLUGIN_MAX_PORT", "25000");
        start.identity = Some(identity);
        start
    }

    /// Without a word.
    pub fn bare() -> Self {
        Self::bare_of(echo_provider())
    }

    fn bare_of(program: &Path) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let mut command = Command::new(program);
        for variable in ["TF_LOG", "TF_LOG_PROVIDER", "TF_PLUGIN_MAGIC_COOKIE", "RUST_BACKTRACE"] {
            command.env_remove(variable);
        }
        command.env("TMPDIR", directory.path()).kill_on_drop(true);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        Self { command, identity: None, directory }
    }

    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    /// Starts it and reads the handshake line.
    pub async fn plugin(mut self) -> Plugin {
        let mut child = self.command.spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        let read = stdout.read_line(&mut line);
        tokio::time::timeout(PATIENCE, read).await.expect("no handshake line").unwrap();
        let stderr = Arc::new(Mutex::new(String::new()));
        if let Some(pipe) = child.stderr.take() {
            let (mut lines, collected) = (BufReader::new(pipe).lines(), stderr.clone());
            tokio::spawn(async move {
                while let Ok(Some(line)) = lines.next_line().await {
                    collected.lock().unwrap().push_str(&format!("{line}\n"));
                }
            });
        }
        Plugin { child, stdout, line, stderr, identity: self.identity, directory: self.directory }
    }

    /// Starts it and waits until it ends by itself: exit status, standard output, standard error.
    pub async fn outcome(mut self) -> (ExitStatus, String, String) {
        let output = tokio::time::timeout(PATIENCE, self.command.output()).await.expect("still running").unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (output.status, text(output.stdout), text(output.stderr))
    }
}

/// A plugin that has written its handshake line.
pub struct Plugin {
    pub child: Child,
    pub line: String,
    stdout: BufReader<ChildStdout>,
    stderr: Arc<Mutex<String>>,
    pub identity: Option<Identity>,
    directory: TempDir,
}

impl Plugin {
    /// A field of the handshake line, counted from 0.
    pub fn field(&self, position: usize) -> &str {
        self.line.trim_end().split('|').nth(position).unwrap_or_default()
    }

    /// The server's certificate.
    pub fn certificate(&self) -> CertificateDer<'static> {
        STANDARD_NO_PAD.decode(self.field(5)).unwrap().into()
    }

    /// A client that shows the certificate the plugin was started with.
    pub async fn client(&self) -> Client {
        Client::connect(self, self.identity.as_ref()).await.unwrap()
    }

    /// Sends a signal.
    #[cfg(unix)]
    pub fn signal(&self, signal: rustix::process::Signal) {
        let id = i32::try_from(self.child.id().expect("it has ended")).unwrap();
        rustix::process::kill_process(rustix::process::Pid::from_raw(id).unwrap(), signal).unwrap();
    }

    /// Waits for its end and tells what else it wrote to standard output.
    pub async fn end(&mut self) -> (ExitStatus, String) {
        let mut rest = String::new();
        tokio::time::timeout(PATIENCE, self.stdout.read_to_string(&mut rest)).await.expect("still running").unwrap();
        (self.child.wait().await.unwrap(), rest)
    }

    /// What it has written to standard error, once `found` is `times` in it. Log records come only at a level asked for.
    pub async fn stderr_with(&self, found: &str, times: usize) -> String {
        let wait = async {
            loop {
                let text = self.stderr.lock().unwrap().clone();
                if text.matches(found).count() >= times {
                    return text;
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(PATIENCE, wait).await.unwrap_or_else(|_| panic!("no {found:?} on standard error"))
    }

    /// Waits until so many calls of `echo_thing` wait. Needs the level INFO.
    pub async fn calls_wait(&self, count: usize) {
        self.stderr_with("\"@message\":\"waiting\"", count).await;
    }

    /// How many things lie in its temporary directory.
    pub fn leftovers(&self) -> usize {
        std::fs::read_dir(self.directory.path()).unwrap().count()
    }
}
