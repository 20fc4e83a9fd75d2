//! Restores of whose job Azure has no record any more: an error, or done by the user's word.

use super::*;

fn unverified() -> Fixture {
    let mut fixture = Fixture::new();
    fixture.options.adopt = Adopt::Unverified;
    fixture
}

fn named(status: RestoreStatus) -> RestoreRecord {
    RestoreRecord { job_name: Some("gone".into()), ..RestoreRecord::new(status) }
}

fn known_by_its_request(status: RestoreStatus) -> RestoreRecord {
    let id = ClientRequestId::fresh(intent(), &SystemRandom).to_string();
    RestoreRecord { client_request_id: Some(id), ..RestoreRecord::new(status) }
}

fn said(outcome: &Outcome) -> String {
    match &outcome.ending {
        Ending::Failed(message) => message.detail(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn it_is_an_error_that_says_how_to_keep_it_and_how_to_repeat_it() {
    for record in [named(RestoreStatus::InProgress), known_by_its_request(RestoreStatus::InProgress)] {
        let vault = FakeVault::good();
        let outcome = Fixture::new().resume(&vault, record.clone()).await;
        let said = said(&outcome);
        for part in ["adopt = \"unverified\"", "-replace", "Nothing is sent again by itself"] {
            assert!(said.contains(part), "{part} is missing in: {said}");
        }
        assert!(!said.contains("remove the resource"), "{said}");
        assert_eq!((outcome.record, vault.posts()), (record, 0));
    }
}

#[tokio::test(start_paused = true)]
async fn the_users_word_takes_it_as_done_with_a_warning_that_names_it() {
    for (record, name) in [
        (named(RestoreStatus::InProgress), "gone".to_owned()),
        (known_by_its_request(RestoreStatus::InProgress), String::new()),
    ] {
        let name = record.client_request_id.clone().unwrap_or(name);
        let (vault, fixture) = (FakeVault::good(), unverified());
        let outcome = fixture.resume(&vault, record).await;
        assert_eq!((outcome.ending, outcome.record.status), (Ending::Done, RestoreStatus::Completed));
        let [warning] = outcome.warnings.as_slice() else { panic!("{:?}", outcome.warnings) };
        assert!(warning.summary.contains("without proof") && warning.detail().contains(&name), "{warning:?}");
        assert_eq!(vault.posts(), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn the_same_holds_for_a_tainted_one_whose_job_was_handed_over() {
    for record in [named(RestoreStatus::InProgress), known_by_its_request(RestoreStatus::InProgress)] {
        for (fixture, done) in [(Fixture::new(), false), (unverified(), true)] {
            let vault = FakeVault::good();
            fixture.context.registry.hand_over(intent(), left(record.clone()));
            let outcome = fixture.create(&vault).await;
            assert_eq!((outcome.ending == Ending::Done, outcome.warnings.len()), (done, usize::from(done)));
            if !done {
                assert!(said(&outcome).contains("adopt = \"unverified\""));
                assert_eq!(outcome.record.status, RestoreStatus::InProgress);
            }
            assert_eq!(vault.posts(), 0);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_job_that_can_be_read_is_waited_for_whatever_the_user_says() {
    let vault = FakeVault::new(JobStatus::Failed).with(ours("gone", running()));
    let outcome = unverified().resume(&vault, named(RestoreStatus::InProgress)).await;
    assert!(matches!(outcome.ending, Ending::Failed(_)));
    assert_eq!((outcome.record.status, outcome.warnings.len()), (RestoreStatus::Failed, 0));
}

#[tokio::test(start_paused = true)]
async fn a_job_that_may_not_be_read_is_not_gone() {
    let vault = FakeVault::good();
    vault.jobs_are_unreadable.store(true, Ordering::Relaxed);
    let outcome = unverified().resume(&vault, named(RestoreStatus::InProgress)).await;
    assert!(!said(&outcome).contains("unverified"), "{:?}", outcome.ending);
    assert_eq!(outcome.record.status, RestoreStatus::InProgress);
    let vault = FakeVault::good();
    vault.list_is_broken.store(true, Ordering::Relaxed);
    let outcome = unverified().resume(&vault, known_by_its_request(RestoreStatus::InProgress)).await;
    assert!(!said(&outcome).contains("unverified"), "{:?}", outcome.ending);
    assert_eq!(outcome.record.status, RestoreStatus::InProgress);
}

#[tokio::test(start_paused = true)]
async fn a_restore_that_this_apply_has_begun_is_not_taken_as_done() {
    let vault = FakeVault { gone: Some("job0"), ..FakeVault::good() };
    let outcome = unverified().create(&vault).await;
    assert!(said(&outcome).contains("record of the job is gone"), "{:?}", outcome.ending);
    assert_eq!((outcome.record.status, vault.posts()), (RestoreStatus::InProgress, 1));
}

#[tokio::test(start_paused = true)]
async fn a_restore_that_azure_never_took_is_not_taken_as_done() {
    let vault = FakeVault::good();
    let outcome = unverified().resume(&vault, known_by_its_request(RestoreStatus::Unknown)).await;
    assert!(matches!(outcome.ending, Ending::Failed(_)));
    assert_eq!((outcome.record.status, vault.posts()), (RestoreStatus::NotAccepted, 0));
}
