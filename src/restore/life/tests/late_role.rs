//! A role that arrives late, where Azure asks for it only when the restore is sent: services without validation, and those
//! whose validation does not see everything.

use super::*;

const NO_ROLE: &str = "UserErrorMSIMissingPermissions";

fn refusals(times: usize) -> impl Iterator<Item = ScriptedAnswer> {
    std::iter::repeat_with(|| ScriptedAnswer::Refuse(NO_ROLE)).take(times)
}

fn without_validation() -> FakeVault {
    FakeVault { validates: false, ..FakeVault::good() }
}

#[tokio::test(start_paused = true)]
async fn a_service_without_validation_is_asked_for_nothing_but_the_restore() {
    let (fixture, vault) = (Fixture::new(), without_validation());
    vault.validations.lock().unwrap().push_back("UserErrorNeverAsked");
    let outcome = fixture.create(&vault).await;
    assert_eq!((outcome.ending, vault.posts()), (Ending::Done, 1));
    assert!(!fixture.recorded.events().contains(&"validate".to_owned()));
    let deadline = fixture.deadline();
    assert_eq!(Life::preflight(&without_validation(), fixture.options.clone(), &fixture.context, deadline).await, None);
}

#[tokio::test(start_paused = true)]
async fn a_restore_that_is_refused_for_want_of_a_role_is_sent_again_until_the_role_has_arrived() {
    for validates in [false, true] {
        let (fixture, vault) = (Fixture::new(), FakeVault { validates, ..FakeVault::good() }.answering(refusals(3)));
        let start = Instant::now();
        assert_eq!(fixture.create(&vault).await.ending, Ending::Done);
        assert_eq!(vault.posts(), 4);
        assert!((90..150).contains(&start.elapsed().as_secs()), "{:?}", start.elapsed());
        assert_eq!(fixture.recorded.events().iter().filter(|event| *event == "role").count(), 3);
        let posts = vault.posts.lock().unwrap();
        assert!(posts.windows(2).all(|pair| pair[0] != pair[1]), "no id is sent twice");
    }
}

#[tokio::test(start_paused = true)]
async fn a_role_that_the_restore_itself_never_gets_is_an_error_after_half_an_hour() {
    for validates in [false, true] {
        let (fixture, vault) = (Fixture::new(), FakeVault { validates, ..FakeVault::good() }.answering(refusals(1000)));
        let start = Instant::now();
        let outcome = fixture.create(&vault).await;
        assert!(matches!(outcome.ending, Ending::NotBegun(_)));
        let text = message(&outcome);
        for words in ["Azure refused it", "asked again for 30 minutes", "Grant the vault's identity", "POST /restore"] {
            assert!(text.contains(words), "{words} in {text}");
        }
        assert!((1800..1860).contains(&start.elapsed().as_secs()), "{:?}", start.elapsed());
        assert!(vault.jobs.lock().unwrap().is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn a_role_is_waited_for_ten_minutes_where_azure_says_that_asking_again_does_not_help() {
    let answers = std::iter::repeat_with(|| ScriptedAnswer::RefuseForGood(NO_ROLE)).take(1000);
    let (fixture, vault) = (Fixture::new(), without_validation().answering(answers));
    let start = Instant::now();
    let outcome = fixture.create(&vault).await;
    assert!(message(&outcome).contains("asked again for 10 minutes"), "{}", message(&outcome));
    assert!((600..660).contains(&start.elapsed().as_secs()), "{:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_role_is_waited_for_as_long_as_the_provider_is_told_to() {
    for minutes in [0, 45] {
        let (mut fixture, vault) = (Fixture::new(), without_validation().answering(refusals(1000)));
        let wait = Duration::from_secs(60 * minutes);
        fixture.context.wait_times = fixture.context.wait_times.clone().waiting_for_a_role(Some(wait));
        let start = Instant::now();
        assert!(matches!(fixture.create(&vault).await.ending, Ending::NotBegun(_)));
        assert!((wait..wait + Duration::from_secs(60)).contains(&start.elapsed()), "{:?}", start.elapsed());
        let asked = fixture.recorded.messages().contains("for up to 45 minutes (`role_wait`)");
        assert_eq!((asked, vault.posts() > 1), (minutes == 45, minutes == 45));
    }
}

#[tokio::test(start_paused = true)]
async fn the_list_is_read_again_before_each_new_send() {
    let (fixture, vault) = (Fixture::new(), without_validation().answering(refusals(1000)));
    let elsewhere = async {
        tokio::time::sleep(Duration::from_secs(100)).await;
        vault.jobs.lock().unwrap().push(ours("elsewhere", running()));
    };
    let (outcome, ()) = tokio::join!(fixture.create(&vault), elsewhere);
    assert_eq!((outcome.ending, outcome.record.job_name.as_deref()), (Ending::Done, Some("elsewhere")));
    assert_eq!(vault.posts(), 4, "at 0, 30, 60 and 90 seconds");
}

#[tokio::test(start_paused = true)]
async fn who_waits_for_a_role_to_send_lets_others_onto_the_target_and_takes_its_turn_again() {
    let (fixture, waits, passes) = (Fixture::new(), without_validation().answering(refusals(3)), FakeVault::good());
    *passes.polls.lock().unwrap() = 80;
    let start = Instant::now();
    let passes = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        (fixture.create(&passes).await.ending, start.elapsed())
    };
    let waits = async { (fixture.create(&waits).await.ending, start.elapsed()) };
    let ((waited, late), (passed, early)) = tokio::join!(waits, passes);
    assert_eq!((waited, passed), (Ending::Done, Ending::Done));
    assert!(early > Duration::from_secs(1800), "longer than a role is waited for: {early:?}");
    assert!(late > early, "{late:?}");
    assert!(fixture.recorded.messages().contains("waiting for its end"));
}

#[tokio::test(start_paused = true)]
async fn an_interrupted_wait_names_the_role_and_nothing_was_begun() {
    let (fixture, vault) = (Fixture::new(), without_validation().answering(refusals(1000)));
    let outcome = fixture.create_stopped_after(&vault, Duration::from_secs(300)).await;
    assert!(matches!(outcome.ending, Ending::NotBegun(_)));
    assert!(message(&outcome).contains(NO_ROLE), "{}", message(&outcome));
}
