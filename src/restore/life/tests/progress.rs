//! What is told while a restore lives.

use super::*;

/// Event and status of all that was told.
fn told(fixture: &Fixture) -> Vec<(String, Option<String>)> {
    fixture.recorded.0.lock().unwrap().iter().map(|(event, status, _)| (event.clone(), status.clone())).collect()
}

fn expected(events: &[(&str, &str)]) -> Vec<(String, Option<String>)> {
    let some = |status: &str| (!status.is_empty()).then(|| status.to_owned());
    events.iter().map(|(event, status)| ((*event).to_owned(), some(status))).collect()
}

#[tokio::test(start_paused = true)]
async fn a_restore_tells_each_phase_and_each_change_of_its_job_once_and_no_status_before_it_is_sent() {
    let (fixture, vault) = (Fixture::new(), FakeVault { polls: Mutex::new(5), ..FakeVault::good() });
    assert_eq!(fixture.create(&vault).await.ending, Ending::Done);
    let events = [
        ("adopt", ""),
        ("resolve", ""),
        ("validate", ""),
        ("trigger", ""),
        ("accepted", "InProgress"),
        ("follow", "InProgress"),
        ("job", "InProgress"),
        ("job", "Completed"),
        ("ended", "Completed"),
    ];
    assert_eq!(told(&fixture), expected(&events));
}

#[tokio::test(start_paused = true)]
async fn what_is_in_the_state_has_a_status_from_the_beginning() {
    let (fixture, vault) = (Fixture::new(), FakeVault::good());
    let record = RestoreRecord { job_name: Some("gone".into()), ..RestoreRecord::new(RestoreStatus::NotAccepted) };
    fixture.resume(&vault, record).await;
    assert_eq!(told(&fixture)[0], ("follow".to_owned(), Some("NotAccepted".to_owned())));
}

#[tokio::test(start_paused = true)]
async fn a_change_of_a_task_is_told() {
    let vault = FakeVault { polls: Mutex::new(9), ..FakeVault::good() };
    let fixture = Fixture::new();
    let task = async {
        for (after, status) in [(12, "InProgress"), (8, "Completed")] {
            tokio::time::sleep(Duration::from_secs(after)).await;
            let task = crate::restore::record::Task { name: "Trigger Restore".into(), status: status.into() };
            vault.jobs.lock().unwrap()[0].tasks = vec![task];
        }
    };
    let (outcome, ()) = tokio::join!(fixture.create(&vault), task);
    assert_eq!(outcome.ending, Ending::Done);
    let messages = fixture.recorded.messages();
    for line in ["is InProgress (Trigger Restore InProgress).", "is InProgress (Trigger Restore Completed)."] {
        assert_eq!(messages.matches(line).count(), 1, "{line} in {messages}");
    }
}

#[tokio::test(start_paused = true)]
async fn how_far_a_job_is_is_told_once_until_it_is_further() {
    let (fixture, vault) = (Fixture::new(), FakeVault { polls: Mutex::new(12), ..FakeVault::good() });
    let further = async {
        for progress in ["20 %", "40 %"] {
            tokio::time::sleep(Duration::from_secs(25)).await;
            vault.jobs.lock().unwrap()[0].progress = Some(progress.into());
        }
    };
    let (outcome, ()) = tokio::join!(fixture.create(&vault), further);
    assert_eq!(outcome.ending, Ending::Done);
    let messages = fixture.recorded.messages();
    for line in ["Job job0 is InProgress.", "Job job0 is InProgress, 20 %.", "Job job0 is InProgress, 40 %."] {
        assert_eq!(messages.matches(line).count(), 1, "{line} in {messages}");
    }
}
