//! Jobs and lists that cannot be read, or give no answer at all: how long that is borne, and what is told.

use super::*;

fn recorded(name: &str) -> RestoreRecord {
    RestoreRecord { job_name: Some(name.into()), ..RestoreRecord::new(RestoreStatus::InProgress) }
}

fn lost() -> RestoreRecord {
    let id = ClientRequestId::fresh(intent(), &SystemRandom).to_string();
    RestoreRecord { client_request_id: Some(id), ..RestoreRecord::new(RestoreStatus::Unknown) }
}

#[tokio::test(start_paused = true)]
async fn a_job_that_cannot_be_read_ends_the_wait_after_five_minutes() {
    for (gone, text) in [(true, "Azure no longer knows job left"), (false, "cannot read job left")] {
        let (fixture, vault) = (Fixture::new(), FakeVault::good());
        vault.jobs_are_unreadable.store(!gone, Ordering::Relaxed);
        let start = Instant::now();
        let outcome = fixture.resume(&vault, recorded("left")).await;
        assert!(message(&outcome).contains(text), "{}", message(&outcome));
        assert!((300..340).contains(&start.elapsed().as_secs()), "{:?}", start.elapsed());
    }
}

#[tokio::test(start_paused = true)]
async fn a_job_that_can_be_read_again_is_followed_to_its_end() {
    let (fixture, vault) = (Fixture::new(), FakeVault::good().with(ours("left", running())));
    vault.jobs_are_unreadable.store(true, Ordering::Relaxed);
    let later = async {
        tokio::time::sleep(Duration::from_secs(250)).await;
        vault.jobs_are_unreadable.store(false, Ordering::Relaxed);
    };
    let (outcome, ()) = tokio::join!(fixture.resume(&vault, recorded("left")), later);
    assert_eq!(outcome.ending, Ending::Done);
}

#[tokio::test(start_paused = true)]
async fn a_time_out_in_the_middle_of_a_read_is_told_as_a_time_out_with_the_error_met_on_the_way() {
    let (mut fixture, vault) = (Fixture::new(), FakeVault::good().with(ours("left", running())));
    fixture.timeout = Duration::from_secs(600);
    vault.hangs.lock().unwrap().push(Call::Get);
    let start = Instant::now();
    let outcome = fixture.resume(&vault, recorded("left")).await;
    assert_eq!(start.elapsed(), Duration::from_secs(600));
    let text = message(&outcome);
    for words in ["the time to wait for it is up", "503 on the way", "Job left was InProgress", "Apply again"] {
        assert!(text.contains(words), "{words} in {text}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_job_of_another_item_teaches_the_record_nothing() {
    let record = lost();
    let id = record.client_request_id.clone().unwrap();
    let foreign = Job {
        item_id: Some("/subscriptions/other".into()),
        recovery_point_id: Some("other".into()),
        ..job("foreign", &id, running())
    };
    let vault = FakeVault::good().with(foreign);
    let outcome = Fixture::new().resume(&vault, record.clone()).await;
    assert!(message(&outcome).contains("Azure answered with another job"), "{}", message(&outcome));
    assert_eq!(outcome.record, record);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_taken_for_never_sent_unless_a_list_was_read_and_searched() {
    // Without an id by which it could be searched.
    let outcome = Fixture::new().resume(&FakeVault::good(), RestoreRecord::new(RestoreStatus::Unknown)).await;
    assert!(message(&outcome).contains("Neither job_id nor a request id is known"), "{}", message(&outcome));
    assert_eq!(outcome.record.status, RestoreStatus::Unknown);
    // A refusal, and no answer for five minutes.
    for hangs in [false, true] {
        let vault = FakeVault::good();
        vault.list_is_broken.store(!hangs, Ordering::Relaxed);
        vault.hangs.lock().unwrap().extend(hangs.then_some(Call::List));
        let outcome = Fixture::new().resume(&vault, lost()).await;
        assert!(message(&outcome).contains("could not be read"), "{}", message(&outcome));
        assert_eq!(outcome.record.status, RestoreStatus::Unknown);
    }
}

#[tokio::test(start_paused = true)]
async fn a_list_that_was_read_once_counts_though_the_last_look_got_no_answer() {
    let (fixture, vault) = (Fixture::new(), FakeVault::good());
    let later = async {
        tokio::time::sleep(Duration::from_secs(100)).await;
        vault.hangs.lock().unwrap().push(Call::List);
    };
    let (outcome, ()) = tokio::join!(fixture.resume(&vault, lost()), later);
    assert!(message(&outcome).contains("lists no"), "{}", message(&outcome));
    assert_eq!(outcome.record.status, RestoreStatus::NotAccepted);
}

#[tokio::test(start_paused = true)]
async fn a_search_that_is_cut_off_by_the_time_out_says_that_nothing_is_known() {
    let (mut fixture, vault) = (Fixture::new(), FakeVault::good());
    fixture.timeout = Duration::from_secs(60);
    vault.hangs.lock().unwrap().push(Call::List);
    let outcome = fixture.resume(&vault, lost()).await;
    assert!(message(&outcome).contains("whether Azure has taken it is not known"), "{}", message(&outcome));
    assert_eq!(outcome.record.status, RestoreStatus::Unknown);
}

#[tokio::test(start_paused = true)]
async fn before_a_restore_is_sent_a_list_that_cannot_be_read_is_named_and_a_stop_is_not_blamed_on_it() {
    let without_it = "without the list it is not known whether this restore already runs";
    let (fixture, vault) = (Fixture::new(), FakeVault::good());
    vault.list_is_broken.store(true, Ordering::Relaxed);
    assert!(message(&fixture.create(&vault).await).contains(without_it));
    let (fixture, vault) = (Fixture::new(), FakeVault::good());
    vault.hangs.lock().unwrap().push(Call::List);
    let stopped = fixture.create_stopped_after(&vault, Duration::from_secs(9)).await;
    assert!(matches!(stopped.ending, Ending::NotBegun(_)), "{stopped:?}");
    assert!(!message(&stopped).contains(without_it), "{}", message(&stopped));
    assert!(message(&stopped).contains("Terraform was interrupted"), "{}", message(&stopped));
}

#[tokio::test(start_paused = true)]
async fn what_is_read_before_a_restore_is_sent_has_a_quarter_of_an_hour() {
    for (timeout, lasts, text) in
        [(7200, 900, "no usable answer for a quarter of an hour"), (600, 600, "The time that `timeouts` allows was up")]
    {
        for call in [Call::Resolve, Call::List] {
            let (mut fixture, vault) = (Fixture::new(), FakeVault::good());
            fixture.timeout = Duration::from_secs(timeout);
            vault.hangs.lock().unwrap().push(call);
            let start = Instant::now();
            let outcome = fixture.create(&vault).await;
            assert!(message(&outcome).contains(text), "{call:?}: {}", message(&outcome));
            assert_eq!(start.elapsed(), Duration::from_secs(lasts), "{call:?}");
            assert!(matches!(outcome.ending, Ending::NotBegun(_)));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_job_that_began_two_hours_ago_is_not_asked_for_every_few_seconds() {
    let mut lasted = Vec::new();
    for hours in [0, 2] {
        let vault = FakeVault::good().with(ours("left", running()));
        let start_time = Some(NOW - time::Duration::hours(hours));
        vault.jobs.lock().unwrap()[0].start_time = start_time;
        let start = Instant::now();
        let record = RestoreRecord { start_time, ..recorded("left") };
        assert_eq!(Fixture::new().resume(&vault, record).await.ending, Ending::Done);
        lasted.push(start.elapsed().as_secs());
    }
    // Two waits: of five seconds at first, of a minute after two hours.
    assert!(lasted[0] < 20 && (90..150).contains(&lasted[1]), "{lasted:?}");
}
