//! Planted secrets, looked for in everything that is left behind at every ending: both logs at the finest level, states,
//! plan files, errors, the progress file, what a panic or a kill leaves.

use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::blob_restore::X;
use crate::harness::Scenario;
use crate::simulator::{Action, Ending, Fault, JobScript, ServiceError, Warning};

/// In the shared access signature of a container's URL, as Azure's messages repeat it.
const SIGNATURE: &str = "PlantedSignature0fASas1nAMessage2ofAzure3";
/// In the query of a key vault's URI.
const VAULT_QUERY: &str = "PlantedQuery0fAKeyVault";
const ACCOUNT_KEY: &str = "PlantedKey0fAnAccount1nAConnectionString==";
const BEARER: &str = "PlantedOpaqueToken0fSomebodyElse";

fn talkative() -> String {
    format!(
        "Cannot write to https://a.blob.core.windows.net/c?sv=2024-11-04&sig={SIGNATURE}&se=2027 nor \
         {{\"url\":\"https://a.blob.core.windows.net/c?sv=1\\u0026sig={SIGNATURE}\"}} with \
         https://v.vault.azure.net/secrets/s/1?anything={VAULT_QUERY} or \
         DefaultEndpointsProtocol=https;AccountName=a;AccountKey={ACCOUNT_KEY};EndpointSuffix=core.windows.net, \
         Authorization: Bearer {BEARER}"
    )
}

/// A scenario in which Azure repeats secrets wherever it can, and everything that can be written is written.
fn scenario() -> Scenario {
    let mut s = Scenario::new();
    for secret in [SIGNATURE, VAULT_QUERY, ACCOUNT_KEY, BEARER] {
        s.plant(secret);
    }
    // Of the client as well; it passes on what the provider logs.
    s.set("TF_LOG", "TRACE");
    s.set("RUST_BACKTRACE", "full");
    s.provider("progress_file = \"progress.jsonl\"\n  preflight = true");
    let body = serde_json::json!({"error": {"code": "ServerBusy", "message": talkative(), "target": talkative()}});
    for path in ["*/backupJobs", "*/backupJobs/*", "*/operationStatus/*", "*/backupInstances/*"] {
        let action = Action::Status { status: 500, headers: Default::default(), body: body.clone() };
        s.fault(Fault::on("GET", path, action));
    }
    s
}

/// Unpacks the saved plan, whose parts are compressed, to where it is searched.
fn unpack_plan(s: &Scenario) {
    let script = "import sys, zipfile\nzipfile.ZipFile(sys.argv[1]).extractall(sys.argv[2])";
    let folder = s.folder();
    let unpacked = std::process::Command::new("python3")
        .args(["-c", script])
        .args([folder.join("plan.saved"), folder.join("plan.unpacked")])
        .status()
        .expect("python3");
    assert!(unpacked.success() && folder.join("plan.unpacked/tfplan").is_file());
}

/// Azure has said its secrets, and the places are there in which they are looked for.
#[track_caller]
fn has_been_told(s: &Scenario) {
    let (log, progress) = (s.log(), std::fs::read_to_string(s.folder().join("progress.jsonl")).unwrap());
    assert!(log.contains("[TRACE]") && log.contains("[DEBUG]"), "both programs log at the finest level");
    assert!(log.contains("(removed)") && log.contains("trying again"), "the secrets came and were taken out");
    assert!(!progress.is_empty());
}

fn error() -> ServiceError {
    ServiceError::new("UserErrorX", &talkative()).recommend(&talkative())
}

#[test]
fn nothing_secret_is_left_by_a_success_with_warnings() {
    let mut s = scenario();
    let warning = Warning { resource_name: talkative(), warning: error() };
    s.next_job(JobScript::completes_with_warnings(vec![warning]));
    s.restore("accept_warnings = true");
    s.plan(&[]);
    unpack_plan(&s);
    let finished = s.apply(&["plan.saved"]).succeeds();
    assert!(finished.stdout.contains("(removed)"), "{finished}");
    assert!(s.state().get(X).attributes["warnings"].to_string().contains("(removed)"));
    s.plans_nothing();
    has_been_told(&s);
    s.finish(1);
}

#[test]
fn nothing_secret_is_left_by_a_failure() {
    let mut s = scenario();
    s.next_job(JobScript::ended(Ending::Failed(vec![error()])));
    s.restore("");
    let finished = s.apply(&[]).fails();
    assert!(finished.error().text().contains("(removed)"), "{finished}");
    s.plan(&[]);
    unpack_plan(&s);
    has_been_told(&s);
    s.finish(1);
}

#[test]
fn nothing_secret_is_left_by_ctrl_c_and_a_kill() {
    let mut s = scenario();
    s.next_job(JobScript::held());
    s.restore("");
    let apply = s.apply_until_the_job_runs();
    apply.interrupt();
    s.keep(apply).fails();
    s.plan(&[]);
    unpack_plan(&s);
    let mut apply = s.spawn_apply(&[]);
    let (azure, looks) = (s.azure(), s.job_looks());
    apply.wait_until("it waits for the job", || azure.job_looks() > looks + 3);
    apply.kill_provider();
    s.keep(apply).fails();
    s.release_job();
    s.apply(&[]).succeeds();
    has_been_told(&s);
    s.finish(1);
}

#[test]
fn neither_a_certificate_nor_its_password_is_left() {
    let password = "PlantedPassword0fACertificate";
    let mut s = scenario();
    let outside = tempfile::tempdir().unwrap();
    let (archive, key) = make_archive(outside.path(), password);
    s.plant(password);
    s.plant(&STANDARD.encode(&archive)[200..300]);
    s.plant(&key[100..160]);
    s.set("ARM_CLIENT_SECRET", "");
    s.set("ARM_CLIENT_CERTIFICATE", STANDARD.encode(&archive));
    s.set("ARM_CLIENT_CERTIFICATE_PASSWORD", password);
    s.restore("");
    s.apply(&[]).succeeds();
    has_been_told(&s);
    // With another password the error names neither.
    s.set("ARM_CLIENT_CERTIFICATE_PASSWORD", format!("{password}x"));
    let finished = s.plan(&[]).fails();
    assert!(finished.error().text().contains("client_certificate_password"), "{finished}");
    s.finish(1);
}

/// A PKCS#12 archive with a fresh RSA key, and the key as PEM in one line.
fn make_archive(folder: &Path, password: &str) -> (Vec<u8>, String) {
    let openssl = |arguments: &[&str]| {
        let made = std::process::Command::new("openssl").args(arguments).current_dir(folder).output().expect("openssl");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    };
    openssl(&[
        "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "key.pem", "-out", "c.pem", "-subj", "/CN=x",
    ]);
    openssl(&[
        "pkcs12",
        "-export",
        "-inkey",
        "key.pem",
        "-in",
        "c.pem",
        "-out",
        "a.p12",
        "-passout",
        &format!("pass:{password}"),
    ]);
    let key = std::fs::read_to_string(folder.join("key.pem")).unwrap();
    let key = key.lines().filter(|line| !line.starts_with('-')).collect::<String>();
    (std::fs::read(folder.join("a.p12")).unwrap(), key)
}
