//! What is sent again, and when.

use super::*;
use crate::azure::token::TokenError;

const BUSY: &str = "UserErrorPitrRestoreInProgress";

fn refused(status: u16) -> ScriptedAnswer {
    ScriptedAnswer::NotAccepted(ArmError::Refused(Box::new(refusal(status, "No"))))
}

fn unreachable() -> ArmError {
    ArmError::Unreachable { request: "POST /restore".into(), source: TransportError::not_sent("no route") }
}

/// Asserts that the triggers came after the pauses that `pause` tells for the time since the first one.
fn assert_pauses(vault: &FakeVault, pause: impl Fn(Duration) -> Duration) {
    let posted_at = vault.posted_at.lock().unwrap();
    for pair in posted_at.windows(2) {
        let waited = pair[0] - posted_at[0];
        let (paused, wanted) = (pair[1] - pair[0], pause(waited));
        // The clock counts milliseconds.
        assert!(paused.abs_diff(wanted) <= Duration::from_millis(2), "after {waited:?}: {paused:?}, not {wanted:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_is_refused_once_because_of_its_age_and_twice_for_good() {
    let throttled = || ScriptedAnswer::Throttle;
    for (answers, posts, done) in [
        (vec![refused(401)], 2, true),
        (vec![refused(401), refused(401)], 2, false),
        (vec![refused(401), throttled(), refused(401)], 4, true),
        (vec![refused(401), ScriptedAnswer::Refuse(BUSY), refused(401)], 4, true),
    ] {
        let (fixture, vault) = (Fixture::new(), FakeVault::good().answering(answers));
        let outcome = fixture.create(&vault).await;
        assert_eq!((vault.posts(), outcome.ending == Ending::Done), (posts, done), "{outcome:?}");
        assert_eq!(matches!(outcome.ending, Ending::NotBegun(_)), !done);
    }
}

#[tokio::test(start_paused = true)]
async fn only_what_may_pass_is_sent_again() {
    let token = |transient| {
        let (message, source) = ("no".to_owned(), None);
        let transient = if transient {
            TokenError::Transient { message, source }
        } else {
            TokenError::Permanent { message, source }
        };
        ScriptedAnswer::NotAccepted(ArmError::Token(transient))
    };
    for (answer, posts) in [
        (ScriptedAnswer::NotAccepted(unreachable()), 2),
        (token(true), 2),
        (refused(429), 2),
        (token(false), 1),
        (refused(403), 1),
        (ScriptedAnswer::NotAccepted(ArmError::ForeignHost { host: "example.com".into() }), 1),
    ] {
        let (fixture, vault) = (Fixture::new(), FakeVault::good().answering([answer]));
        let outcome = fixture.create(&vault).await;
        assert_eq!((vault.posts(), outcome.ending == Ending::Done), (posts, posts == 2), "{outcome:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_outage_is_borne_with_pauses_of_a_tenth_of_its_length_between_five_seconds_and_a_minute() {
    let answers = std::iter::repeat_with(|| ScriptedAnswer::NotAccepted(unreachable())).take(60);
    let (fixture, vault) = (Fixture::new(), FakeVault::good().answering(answers));
    assert_eq!(fixture.create(&vault).await.ending, Ending::Done);
    assert_eq!(vault.posts(), 61);
    assert_pauses(&vault, |waited| (waited / 10).clamp(Duration::from_secs(5), Duration::from_secs(60)));
}

#[tokio::test(start_paused = true)]
async fn a_busy_target_is_asked_again_after_a_tenth_of_the_time_between_half_a_minute_and_five() {
    let answers = std::iter::repeat_with(|| ScriptedAnswer::Refuse(BUSY)).take(60);
    let (fixture, vault) = (Fixture::new(), FakeVault::good().answering(answers));
    assert_eq!(fixture.create(&vault).await.ending, Ending::Done);
    assert_eq!(vault.posts(), 61);
    assert_pauses(&vault, |waited| (waited / 10).clamp(Duration::from_secs(30), Duration::from_secs(300)));
}

#[tokio::test(start_paused = true)]
async fn a_validation_that_fails_for_any_other_reason_ends_the_restore_at_once() {
    let (fixture, vault) = (Fixture::new(), FakeVault::good());
    vault.validations.lock().unwrap().push_back("UserErrorTargetContainersExistOnAccount");
    let start = Instant::now();
    let outcome = fixture.create(&vault).await;
    assert!(message(&outcome).contains("validation failed"), "{}", message(&outcome));
    assert_eq!((start.elapsed(), vault.posts()), (Duration::ZERO, 0));
    assert!(matches!(outcome.ending, Ending::NotBegun(_)));
}

#[tokio::test(start_paused = true)]
async fn an_id_that_is_logged_tells_its_intent() {
    let id = ClientRequestId::fresh(intent(), &SystemRandom);
    assert!(format!("{id:?}").contains(&id.to_string()), "{id:?}");
    assert_ne!(format!("{:?}", intent()), format!("{:?}", Intent::of(&json!("other"))));
}
