use std::cell::RefCell;
use std::collections::VecDeque;

use tokio_util::sync::CancellationToken;

use super::*;
use crate::azure::random::fixed::FixedRandom;

#[derive(Debug, PartialEq, thiserror::Error)]
enum ScriptedError {
    #[error("broken")]
    Broken,
    #[error("ended")]
    Interrupted(Interrupted),
}

impl MayBeInterrupted for ScriptedError {
    fn interrupted(&self) -> Option<Interrupted> {
        if let Self::Interrupted(interrupted) = self { Some(*interrupted) } else { None }
    }

    fn last_error(&self) -> Option<LastError> {
        Some(LastError::Other("502".to_owned()))
    }
}

fn running() -> PollResult<u32> {
    PollResult::Pending { note: "InProgress".to_owned(), retry_after: None }
}

fn running_for(seconds: u64) -> PollResult<u32> {
    PollResult::Pending { note: "InProgress".to_owned(), retry_after: Some(Duration::from_secs(seconds)) }
}

/// Polls along a script and returns the seconds of every poll.
async fn seconds_of_polls(
    schedule: PollSchedule,
    draw: f64,
    first_after: u64,
    deadline: &Deadline,
    script: Vec<Result<PollResult<u32>, ScriptedError>>,
) -> (Vec<f64>, Result<u32, PollError<ScriptedError>>) {
    let start = Instant::now();
    let script = RefCell::new(VecDeque::from(script));
    let seconds = RefCell::new(Vec::new());
    let random = FixedRandom::drawing(draw);
    let result = poll_until_done(deadline, schedule, &random, Duration::from_secs(first_after), || {
        seconds.borrow_mut().push((start.elapsed().as_secs_f64() * 1000.0).round() / 1000.0);
        let next = script.borrow_mut().pop_front().unwrap_or_else(|| Ok(running()));
        async { next }
    })
    .await;
    (seconds.into_inner(), result)
}

fn hours(hours: u64) -> Deadline {
    Deadline::new(Duration::from_secs(hours * 3600), CancellationToken::new())
}

#[tokio::test(start_paused = true)]
async fn five_polls_then_success_at_a_fixed_interval() {
    let script = (0..5).map(|_| Ok(running())).chain([Ok(PollResult::Ready(7))]).collect();
    let (seconds, result) =
        seconds_of_polls(PollSchedule::fixed(Duration::from_secs(30)), 0.9, 5, &hours(1), script).await;
    assert_eq!(seconds, [5.0, 35.0, 65.0, 95.0, 125.0, 155.0]);
    assert_eq!(result.unwrap(), 7);
}

#[tokio::test(start_paused = true)]
async fn without_a_fixed_interval_the_wait_is_a_tenth_of_the_time_waited_between_5_and_60_seconds() {
    let (seconds, _) = seconds_of_polls(PollSchedule::default(), 0.5, 0, &hours(2), vec![]).await;
    assert_eq!(seconds[..4], [0.0, 5.0, 10.0, 15.0]);
    assert_eq!(seconds[9..14], [45.0, 50.0, 55.0, 60.5, 66.55]);
    let last = seconds.len() - 1;
    assert!((seconds[last] - seconds[last - 1] - 60.0).abs() < 0.01);
}

#[tokio::test(start_paused = true)]
async fn an_hour_leaves_room_for_other_requests_below_a_hundred_at_either_end_of_the_jitter() {
    for draw in [0.0, 0.5, 1.0 - f64::EPSILON] {
        let (seconds, _) = seconds_of_polls(PollSchedule::default(), draw, 5, &hours(1), vec![]).await;
        assert!(seconds.len() < 96, "{}", seconds.len());
    }
}

#[tokio::test(start_paused = true)]
async fn jitter_moves_the_wait_by_a_tenth_at_most() {
    let wait =
        |draw| PollSchedule::default().wait(Duration::from_secs(200), None, &FixedRandom::drawing(draw)).as_secs_f64();
    assert_eq!((wait(0.0), wait(0.5)), (18.0, 20.0));
    assert!((wait(1.0 - f64::EPSILON) - 22.0).abs() < 1e-6);
}

#[tokio::test(start_paused = true)]
async fn what_was_waited_before_counts() {
    let schedule = PollSchedule { waited_before: Duration::from_secs(7200), ..PollSchedule::default() };
    let (seconds, _) =
        seconds_of_polls(schedule, 0.5, 0, &hours(1), vec![Ok(running()), Ok(PollResult::Ready(1))]).await;
    assert_eq!(seconds, [0.0, 60.0]);
}

#[tokio::test(start_paused = true)]
async fn a_retry_after_is_kept_within_the_bounds() {
    let script = vec![Ok(running_for(30)), Ok(running_for(0)), Ok(running_for(600)), Ok(PollResult::Ready(1))];
    let (seconds, _) = seconds_of_polls(PollSchedule::default(), 0.5, 0, &hours(1), script).await;
    assert_eq!(seconds, [0.0, 30.0, 35.0, 95.0]);
}

#[tokio::test(start_paused = true)]
async fn the_deadline_ends_the_wait_and_names_what_was_seen_last() {
    let deadline = Deadline::new(Duration::from_secs(12), CancellationToken::new());
    let (seconds, result) =
        seconds_of_polls(PollSchedule::fixed(Duration::from_secs(5)), 0.5, 0, &deadline, vec![]).await;
    assert_eq!(seconds, [0.0, 5.0, 10.0]);
    let Err(PollError::Interrupted { interrupted, waited, polls, last_note, last_error }) = result else { panic!() };
    assert_eq!((interrupted, waited, polls), (Interrupted::TimedOut, Duration::from_secs(12), 3));
    assert_eq!((last_note.as_str(), last_error), ("InProgress", None));
}

#[tokio::test(start_paused = true)]
async fn a_stop_ends_the_wait_at_once() {
    let stop = CancellationToken::new();
    let deadline = Deadline::new(Duration::from_secs(3600), stop.clone());
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(7)).await;
        stop.cancel();
    });
    let (_, result) = seconds_of_polls(PollSchedule::fixed(Duration::from_secs(60)), 0.5, 0, &deadline, vec![]).await;
    let Err(PollError::Interrupted { interrupted, waited, .. }) = result else { panic!() };
    assert_eq!((interrupted, waited), (Interrupted::Stopped, Duration::from_secs(7)));
}

#[tokio::test(start_paused = true)]
async fn a_poll_that_hangs_is_dropped_at_the_deadline() {
    let deadline = Deadline::new(Duration::from_secs(10), CancellationToken::new());
    let random = FixedRandom::drawing(0.5);
    let result: Result<u32, PollError<ScriptedError>> =
        poll_until_done(&deadline, PollSchedule::default(), &random, Duration::ZERO, std::future::pending).await;
    let Err(PollError::Interrupted { polls, last_note, .. }) = result else { panic!() };
    assert_eq!((polls, last_note.as_str()), (0, ""));
}

#[tokio::test(start_paused = true)]
async fn a_poll_that_fails_ends_it_and_one_that_ran_out_of_time_ends_it_as_that() {
    let (_, result) =
        seconds_of_polls(PollSchedule::default(), 0.5, 0, &hours(1), vec![Ok(running()), Err(ScriptedError::Broken)])
            .await;
    assert!(matches!(result, Err(PollError::Failed(ScriptedError::Broken))));
    let script = vec![Ok(running()), Err(ScriptedError::Interrupted(Interrupted::TimedOut))];
    let (_, result) = seconds_of_polls(PollSchedule::default(), 0.5, 0, &hours(1), script).await;
    let Err(PollError::Interrupted { interrupted, polls, last_error, .. }) = result else { panic!() };
    assert_eq!((interrupted, polls, last_error), (Interrupted::TimedOut, 1, Some(LastError::Other("502".to_owned()))));
}
