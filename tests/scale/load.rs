//! Many restores at once in one process, on tokio's paused clock, before Azure's token bucket.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use azurebackup::tfplugin::resource::Call;
use time::macros::datetime;
use tokio::task::JoinSet;

use crate::in_process::{InProcessTransport, Session, WallClock, created};
use crate::simulator::fault::Matcher;
use crate::simulator::{
    Action, BackupInstance, BackupVault, Fault, JobScript, Journal, RecoveryPoint, SimulatorBuilder, StorageAccount,
    Throttling,
};

/// Everything asked until the last of so many restores is accepted, each onto a target of its own.
async fn begin(restores: usize, list_takes: Duration) -> (Journal, Duration) {
    let noon = datetime!(2026-11-20 12:00 UTC);
    let source = StorageAccount::new("source").containers(["orders"]);
    let mut vault = BackupVault::new("many");
    let mut scenario = SimulatorBuilder::new().standing_at(noon).storage_account(source.clone());
    for number in 0..restores {
        let point = RecoveryPoint::new(&format!("{number:032x}"), noon - time::Duration::hours(6));
        vault = vault.instance(BackupInstance::blobs(&format!("instance{number}"), &source).recovery_point(point));
        scenario = scenario.storage_account(StorageAccount::new(&format!("target{number}")));
    }
    let simulator =
        scenario.backup_vault(vault).every_restore(JobScript::held()).throttled(Throttling::azure()).start();
    simulator.inject(Fault {
        matcher: Matcher {
            method: None,
            path: "*/backupJobs".to_owned(),
            nth: 1,
            times: None,
            after_accepted_restores: 0,
        },
        action: Action::SlowBody(list_takes.as_millis().try_into().unwrap()),
    });
    let transport = Arc::new(InProcessTransport::new(&simulator, &Arc::new(WallClock::starting_at(noon))));
    let session = Session::behind(&transport, 1);
    let call = Call::default();
    let process = Arc::new(session.configured(&call).await);
    let things = simulator.things();
    let mut applies = JoinSet::new();
    for number in 0..restores {
        let thing = |kind: &str, name: &str| things[kind][format!("{name}{number}")].as_str().unwrap();
        let (instance, target) = (thing("backup_instances", "instance"), thing("storage_accounts", "target"));
        let config = session.vaulted_from(instance, &format!("{number:032x}"), target);
        let (process, call) = (Arc::clone(&process), call.clone());
        applies.spawn(async move { created(&process, &call, &config).await.diagnostics });
    }
    while simulator.accepted_restores() < restores {
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert!(applies.try_join_next().is_none(), "ended early: {}", simulator.journal().text());
        assert!(transport.elapsed() < Duration::from_secs(3600), "{}", simulator.journal().text());
    }
    (simulator.journal(), transport.elapsed())
}

/// Reads until all are accepted, for each restore, and what they are of.
fn reads(journal: &Journal, restores: usize) -> (f64, String) {
    let mut kinds = BTreeMap::<String, usize>::new();
    for entry in journal.entries.iter().filter(|entry| entry.method == "GET") {
        let collections = entry.path.split('/').skip(7).step_by(2);
        *kinds.entry(collections.collect::<Vec<_>>().join("/")).or_default() += 1;
    }
    let each = |count: usize| count as f64 / restores as f64;
    let kinds_of: Vec<String> = kinds.iter().map(|(kind, count)| format!("{kind} {:.2}", each(*count))).collect();
    (each(kinds.values().sum()), kinds_of.join(", "))
}

/// All that are admitted while a list is read wait for the next one, and are sent when it comes.
#[tokio::test(start_paused = true)]
async fn restores_that_wait_for_a_slow_job_list_are_not_sent_in_a_heap_that_azure_refuses() {
    let (journal, _) = begin(240, Duration::from_secs(60)).await;
    assert_eq!((journal.unmodelled().len(), journal.accepted_restores().len()), (0, 240));
    let throttled: Vec<&str> =
        journal.entries.iter().filter(|entry| entry.status == 429).map(|entry| entry.note.as_str()).collect();
    assert_eq!(throttled, Vec::<&str>::new());
}

/// Azure takes two writes of each restore, a validation and a trigger: 100 at once and then 8 a second as we keep to it.
fn writes_take(restores: u64) -> Duration {
    Duration::from_secs((2 * restores).saturating_sub(100) / 8)
}

#[tokio::test(start_paused = true)]
async fn hundreds_of_restores_begin_as_fast_as_their_writes_may_be_sent() {
    let (journal, within) = begin(300, Duration::from_millis(500)).await;
    let (each, of) = reads(&journal, 300);
    eprintln!("{each} {of} {within:?}");
    assert!(each <= 7.3, "{each:.2} reads for each restore: {of}");
    assert!(
        within <= writes_take(300) + Duration::from_secs(30),
        "begun within {within:?}, {each:.2} reads each: {of}"
    );
}

/// For `make bench`.
#[tokio::test(start_paused = true)]
#[ignore = "a measurement: make bench"]
async fn a_thousand_begin() {
    let (journal, within) = begin(1000, Duration::from_millis(500)).await;
    let (each, of) = reads(&journal, 1000);
    let writes = writes_take(1000).as_secs();
    eprintln!(
        "FIGURES {{\"reads\": {each:.2}, \"within_s\": {}, \"writes_take_s\": {writes}, \"of\": \"{of}\"}}",
        within.as_secs()
    );
}
