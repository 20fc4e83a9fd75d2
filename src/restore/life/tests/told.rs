//! What the user is told of a restore: that nothing was sent, what Azure recommends, what comes next.

use super::*;
use crate::restore::registry::Handover;

/// Everything that an outcome says: its ending and its warnings.
fn told(outcome: &Outcome) -> String {
    let warnings = outcome.warnings.iter().map(|warning| format!("{}\n{}\n", warning.summary, warning.detail()));
    warnings.collect::<String>() + &message(outcome)
}

fn nothing_sent(outcome: &Outcome) -> Vec<&UserMessage> {
    outcome.warnings.iter().filter(|warning| warning.summary.starts_with("Nothing was sent: ")).collect()
}

#[tokio::test(start_paused = true)]
async fn a_restore_that_was_found_is_a_warning_that_nothing_was_sent() {
    for (adopt, status, says) in [
        (Adopt::Running, running(), "takes it over and waits for its end"),
        (Adopt::Completed, JobStatus::Completed, "because of `adopt = \"completed\"`"),
    ] {
        let (mut fixture, vault) = (Fixture::new(), FakeVault::good().with(ours("found", status)));
        fixture.options.adopt = adopt;
        let outcome = fixture.create(&vault).await;
        assert_eq!((&outcome.ending, vault.posts()), (&Ending::Done, 0));
        let [warning] = nothing_sent(&outcome)[..] else { panic!("{outcome:?}") };
        let detail = warning.detail();
        for part in ["Job found", says, "`triggers`"] {
            assert!(detail.contains(part), "{part} is missing in: {detail}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_restore_of_a_replaced_resource_is_a_warning_that_nothing_was_sent() {
    for (recorded, listed, accept_warnings) in [
        (RestoreStatus::InProgress, running(), false),
        (RestoreStatus::InProgress, JobStatus::Completed, false),
        (RestoreStatus::Completed, JobStatus::Completed, false),
        (RestoreStatus::CompletedWithWarnings, JobStatus::CompletedWithWarnings, true),
    ] {
        let (mut fixture, vault) = (Fixture::new(), FakeVault::good().with(ours("left", listed)));
        fixture.options.accept_warnings = accept_warnings;
        let record = RestoreRecord { job_name: Some("left".into()), ..RestoreRecord::new(recorded.clone()) };
        let left = Handover { record, warnings_accepted: false, wanted_again: false };
        fixture.context.registry.hand_over(intent(), left);
        let outcome = fixture.create(&vault).await;
        assert_eq!((&outcome.ending, vault.posts()), (&Ending::Done, 0), "{recorded:?}");
        let [warning] = nothing_sent(&outcome)[..] else { panic!("{recorded:?}: {outcome:?}") };
        assert!(warning.detail().contains("left"), "{warning:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_restore_that_was_sent_is_no_such_warning() {
    for answer in [
        ScriptedAnswer::Accept,
        ScriptedAnswer::AcceptSilently,
        ScriptedAnswer::AcceptUnnamed,
        ScriptedAnswer::ThrottleAndAccept,
    ] {
        let (fixture, vault) = (Fixture::new(), FakeVault::good().answering([answer]));
        let outcome = fixture.create(&vault).await;
        assert_eq!((&outcome.ending, &outcome.warnings, vault.posts()), (&Ending::Done, &Vec::new(), 1));
    }
}

/// A vault that keeps a restore waiting for a reason that Azure gives with advice.
type Waiting = (&'static str, fn() -> FakeVault);

const WAITS: [Waiting; 7] = [
    ("a role before it is sent", || {
        let vault = FakeVault::good();
        vault.validations.lock().unwrap().extend(["UserErrorMSIMissingPermissions"; 1000]);
        vault
    }),
    ("a role when it is sent", || {
        let answers = std::iter::repeat_with(|| ScriptedAnswer::Refuse("UserErrorMSIMissingPermissions")).take(1000);
        FakeVault { validates: false, ..FakeVault::good() }.answering(answers)
    }),
    ("a busy target", || {
        let vault = FakeVault::good();
        vault.validations.lock().unwrap().extend(["UserErrorPitrRestoreInProgress"; 1000]);
        vault
    }),
    ("a throttled trigger", || {
        FakeVault::good().answering(std::iter::repeat_with(|| ScriptedAnswer::Throttle).take(1000))
    }),
    ("an operation that cannot be read", || {
        let vault = FakeVault::good();
        *vault.operation_is_unreadable.lock().unwrap() = 1000;
        vault.unlisted.store(true, Ordering::Relaxed);
        vault
    }),
    ("a job that cannot be read", || {
        let vault = FakeVault::good();
        vault.jobs_are_unreadable.store(true, Ordering::Relaxed);
        vault
    }),
    ("a list that cannot be read after a lost answer", || {
        let vault = FakeVault::good().answering([ScriptedAnswer::AcceptSilently]);
        vault.list_breaks_when_sent.store(true, Ordering::Relaxed);
        vault
    }),
];

#[tokio::test(start_paused = true)]
async fn what_azure_recommends_survives_every_end_of_a_wait() {
    for (wait, vault) in WAITS {
        for stopped in [false, true] {
            let mut fixture = Fixture::new();
            let outcome = if stopped {
                fixture.create_stopped_after(&vault(), Duration::from_secs(100)).await
            } else {
                fixture.timeout = Duration::from_secs(100);
                fixture.create(&vault()).await
            };
            assert_ne!(outcome.ending, Ending::Done, "{wait}");
            let text = told(&outcome);
            for part in [ADVICE, ACTIVITY] {
                assert!(text.contains(part), "{wait}, stopped: {stopped}: {part} is missing in\n{text}");
            }
            assert_eq!(text.matches(ACTIVITY).count(), 1, "{wait}, stopped: {stopped}: {text}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_interrupted_wait_keeps_the_hint_too() {
    for (wait, vault) in &WAITS[..2] {
        let outcome = Fixture::new().create_stopped_after(&vault(), Duration::from_secs(100)).await;
        let text = told(&outcome);
        assert!(text.contains("*Thing Restorer* on the target thing"), "{wait}: {text}");
        assert!(!text.contains("named above"), "{wait}: {text}");
    }
}

#[tokio::test(start_paused = true)]
async fn silence_keeps_what_azure_recommends() {
    let (fixture, vault) = (Fixture::new(), FakeVault::good());
    *vault.silent_after.lock().unwrap() = Some(refusal(503, "ServiceUnavailable"));
    let outcome = fixture.create(&vault).await;
    let text = told(&outcome);
    assert!(text.contains("a quarter of an hour") && text.contains(ADVICE) && text.contains(ACTIVITY), "{text}");
}

#[tokio::test(start_paused = true)]
async fn the_last_line_of_progress_has_the_reason() {
    let last = |fixture: &Fixture| fixture.recorded.0.lock().unwrap().last().cloned().unwrap();
    let fixture = Fixture::new();
    fixture
        .create(&FakeVault::good().answering([ScriptedAnswer::Refuse("UserErrorTargetContainersExistOnAccount")]))
        .await;
    let (event, _, text) = last(&fixture);
    assert_eq!(event, "ended");
    assert!(text.starts_with("No restore was begun. Restoring things of item \"i\": Azure refused it. "), "{text}");
    assert!(text.contains("UserErrorTargetContainersExistOnAccount"), "{text}");

    let fixture = Fixture::new();
    let errors = vec![AzureError::new("UserErrorNew", "It broke.")];
    fixture.create(&FakeVault { errors, ..FakeVault::new(JobStatus::Failed) }).await;
    let (_, _, text) = last(&fixture);
    assert!(text.contains("the job failed. Azure says: UserErrorNew: It broke."), "{text}");

    let fixture = Fixture::new();
    fixture
        .create_stopped_after(&FakeVault { polls: Mutex::new(1000), ..FakeVault::good() }, Duration::from_secs(60))
        .await;
    let (_, _, text) = last(&fixture);
    assert!(text.starts_with("The wait was interrupted. ") && text.contains("/vault/jobs/job0"), "{text}");
}

#[tokio::test(start_paused = true)]
async fn each_time_that_something_cannot_be_read_leaves_a_line_with_the_reason() {
    let (fixture, vault) = (Fixture::new(), FakeVault::good());
    vault.jobs_are_unreadable.store(true, Ordering::Relaxed);
    fixture.create_stopped_after(&vault, Duration::from_secs(100)).await;
    let lines = fixture.recorded.0.lock().unwrap();
    let lines: Vec<_> = lines.iter().filter(|(event, _, _)| event == "unreadable").collect();
    assert!(lines.len() > 3, "{lines:?}");
    assert!(lines.iter().all(|(_, _, text)| text.contains("AuthorizationFailed")), "{lines:?}");
}

#[tokio::test(start_paused = true)]
async fn an_outage_leaves_a_line_at_first_and_every_ten_minutes() {
    let (fixture, vault) = (Fixture::new(), FakeVault { polls: Mutex::new(4), ..FakeVault::good() });
    *vault.outage.lock().unwrap() = Duration::from_secs(3600);
    let start = Instant::now();
    assert_eq!(fixture.create(&vault).await.ending, Ending::Done);
    assert!(start.elapsed() > Duration::from_secs(3600));
    let lines = fixture.recorded.0.lock().unwrap();
    let lines: Vec<_> = lines.iter().filter(|(event, _, _)| event == "unanswered").collect();
    assert_eq!(lines.len(), 6, "{lines:?}");
    assert!(lines.iter().all(|(_, _, text)| text.contains("status 503")), "{lines:?}");
}

#[tokio::test(start_paused = true)]
async fn sending_again_and_a_lost_answer_leave_a_line_with_the_reason() {
    let answers = [ScriptedAnswer::Throttle, ScriptedAnswer::Throttle, ScriptedAnswer::AcceptSilently];
    let (fixture, vault) = (Fixture::new(), FakeVault::good().answering(answers));
    fixture.create(&vault).await;
    let lines = fixture.recorded.0.lock().unwrap();
    let of = |event: &str| lines.iter().filter(|line| line.0 == event).map(|line| line.2.clone()).collect::<Vec<_>>();
    assert_eq!(of("retry").len(), 2);
    assert!(of("retry").iter().all(|text| text.contains("TooManyRequests")), "{lines:?}");
    assert!(of("lost").iter().all(|text| text.contains("reset")) && of("lost").len() == 1, "{lines:?}");
}

#[tokio::test(start_paused = true)]
async fn a_failure_without_a_reason_says_so_and_what_the_next_apply_does() {
    let outcome = Fixture::new().create(&FakeVault::new(JobStatus::Failed)).await;
    let text = message(&outcome);
    assert!(text.contains("\nAzure gave no reason.\n"), "{text}");
    assert!(text.contains("The next `terraform apply` starts the restore again."), "{text}");
    for silent in [AzureError::default(), AzureError { activity_id: Some(ACTIVITY.into()), ..AzureError::default() }] {
        let vault = FakeVault { errors: vec![silent], ..FakeVault::new(JobStatus::Failed) };
        let text = message(&Fixture::new().create(&vault).await);
        assert!(text.contains("\nAzure gave no reason.\n") && !text.contains("Azure says"), "{text}");
    }
}

#[tokio::test(start_paused = true)]
async fn every_bad_ending_says_what_the_next_apply_does() {
    for (end, code, says) in [
        (JobStatus::Failed, "UserErrorNew", "starts the restore again"),
        (JobStatus::Cancelled, "UserErrorNew", "starts the restore again"),
        (JobStatus::Completed, "OlrBackupFailed", "starts the restore again"),
        (JobStatus::CompletedWithWarnings, "UserErrorNew", "Otherwise, the next `terraform apply` starts the restore"),
        (JobStatus::Failed, "LongRunningRestoreTrackingFailure", "does not start another restore"),
        (
            JobStatus::Failed,
            "UserErrorObjectReplicationPolicyDeletionFailureOnRestoreTarget",
            "does not start another restore",
        ),
    ] {
        let errors = vec![AzureError::new(code, "x")];
        let outcome = Fixture::new().create(&FakeVault { errors, ..FakeVault::new(end.clone()) }).await;
        let text = message(&outcome);
        assert!(text.contains(says), "{end:?} {code}: {text}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_error_names_one_activity_id() {
    for own in [true, false] {
        let with_id = |id: &str| AzureError { activity_id: Some(id.into()), ..AzureError::new("UserErrorNew", id) };
        let vault = FakeVault { errors: vec![with_id("one"), with_id("two")], ..FakeVault::new(JobStatus::Failed) };
        vault.hides_activity_ids.store(!own, Ordering::Relaxed);
        let text = message(&Fixture::new().create(&vault).await);
        let expected = if own { vault.posts.lock().unwrap()[0].to_string() } else { "one".to_owned() };
        assert_eq!(text.matches("Activity id").count(), 1, "{text}");
        assert!(text.ends_with(&format!("Activity id (for Microsoft's support): {expected}")), "{text}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_id_that_azure_leaves_out_at_first_is_no_other_id() {
    let vault = FakeVault::good();
    vault.hides_activity_ids.store(true, Ordering::Relaxed);
    let outcome = Fixture::new().create(&vault).await;
    assert_eq!((outcome.ending, outcome.warnings), (Ending::Done, Vec::new()));
}

#[tokio::test(start_paused = true)]
async fn another_id_is_told_once_whenever_azure_says_it() {
    for first_answers_are_empty in [false, true] {
        let vault = FakeVault { polls: Mutex::new(6), ..FakeVault::good() };
        vault.changes_activity_ids.store(true, Ordering::Relaxed);
        vault.hides_activity_ids.store(first_answers_are_empty, Ordering::Relaxed);
        let outcome = Fixture::new().create(&vault).await;
        let told = outcome.warnings.iter().filter(|warning| warning.summary.contains("does not record our request id"));
        assert_eq!((told.count(), &outcome.ending), (1, &Ending::Done), "{first_answers_are_empty}: {outcome:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_time_out_says_what_create_before_destroy_makes_of_the_next_apply() {
    for (adopt, says) in [
        (Adopt::Running, "does so only while the job runs"),
        (Adopt::Unverified, "does so only while the job runs"),
        (Adopt::Completed, "within 24 hours of its completion"),
        (Adopt::None, "it does not, because of `adopt = \"none\"`"),
    ] {
        let (mut fixture, vault) = (Fixture::new(), FakeVault { polls: Mutex::new(1000), ..FakeVault::good() });
        (fixture.options.adopt, fixture.timeout) = (adopt, Duration::from_secs(600));
        let outcome = fixture.create(&vault).await;
        let text = message(&outcome);
        assert!(text.contains("`create_before_destroy`") && text.contains(says), "{says}: {text}");
        let text = message(&fixture.resume(&vault, outcome.record).await);
        assert!(text.contains("Apply again") && !text.contains("create_before_destroy"), "{text}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_azure_adds_to_a_completed_job_is_a_warning_also_of_one_that_was_left_behind() {
    let added = Warning { code: "W".into(), text: "W: look at it".into() };
    let left = RestoreRecord {
        job_name: Some("left".into()),
        warnings: vec![added.text.clone()],
        ..RestoreRecord::new(RestoreStatus::Completed)
    };
    for left in [None, Some(left)] {
        let (fixture, vault) = (Fixture::new(), FakeVault { warnings: vec![added.clone()], ..FakeVault::good() });
        if let Some(record) = left {
            let left = Handover { record, warnings_accepted: false, wanted_again: false };
            fixture.context.registry.hand_over(intent(), left);
        }
        let outcome = fixture.create(&vault).await;
        assert_eq!(outcome.ending, Ending::Done);
        assert_eq!(told(&outcome).matches("Azure says:\n  - W: look at it").count(), 1, "{outcome:?}");
    }
    let outcome = Fixture::new().create(&FakeVault::good()).await;
    assert_eq!(outcome.warnings, []);
}

/// The machine's clock is wrong by so much.
#[derive(Debug)]
struct SetClock(time::Duration);

impl Clock for SetClock {
    fn now(&self) -> OffsetDateTime {
        NOW
    }

    fn ahead_of_machine(&self) -> time::Duration {
        self.0
    }
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_is_wrong_by_more_than_five_minutes_is_told_once_in_a_process() {
    for (seconds, says) in [
        (0, None),
        (329, None),
        (330, Some("is 6 minutes behind Azure's")),
        (-329, None),
        (-330, Some("is 6 minutes ahead of Azure's")),
        (2 * 24 * 3600, Some("is 2 days behind Azure's")),
    ] {
        let mut fixture = Fixture::new();
        fixture.context.clock = Arc::new(SetClock(time::Duration::seconds(seconds)));
        let first = fixture.create(&FakeVault::good()).await;
        let warned: Vec<&str> = first.warnings.iter().map(|warning| warning.summary.as_str()).collect();
        let expected: Vec<String> = says.iter().map(|says| format!("The clock of this machine {says}")).collect();
        assert_eq!(warned, expected, "{seconds}");
        // The one before it has ended well, and is not looked for.
        fixture.options.adopt = Adopt::None;
        assert_eq!(fixture.create(&FakeVault::good()).await.warnings, [], "{seconds}");
    }
}
