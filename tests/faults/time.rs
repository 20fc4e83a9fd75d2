//! Time: a day with tokens of a minute, clocks that jump, a laptop that sleeps, deadlines and interruptions in each phase.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::in_process::{NetworkBreak, NetworkFault, Session, SessionResult};
use crate::simulator::{Action, Ending, Fault, JobScript, OperationScript, TokenLife};

const MINUTE: TokenLife = TokenLife { seconds: 60, calls: None };

fn token_requests(s: &Session) -> usize {
    s.journal().count("POST", "/oauth2/v2.0/token")
}

#[tokio::test(start_paused = true)]
async fn a_restore_of_a_day_with_tokens_of_a_minute_is_seen_to_its_end() {
    let mut s = Session::within(|scenario| scenario.token_life(MINUTE));
    s.azure().next_restore(JobScript::held());
    let config = s.operational(&[Session::timeouts("30h")]);
    let azure = s.azure().clone();
    let day = tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(24 * 3600)).await;
        for job in azure.jobs() {
            azure.finish(&job.id, Ending::Completed);
        }
    });
    let finished = s.apply(&config).await;
    day.await.unwrap();
    assert!(finished.succeeded(), "{}", finished.text());
    assert_eq!((s.text("status").as_str(), s.restores()), ("Completed", 1));
    let late = s.transport().elapsed() - Duration::from_secs(24 * 3600);
    assert!(late < Duration::from_secs(70), "seen {late:?} after its end");
    let looks = s.journal().count("GET", "/backupJobs/");
    assert!((1300..1600).contains(&looks), "{looks} looks");
    // A token serves until half its life is over, and looks come every minute: one for each, and none twice.
    let tokens = token_requests(&s);
    assert!(tokens <= looks + 10, "{tokens} tokens for {looks} looks");
    assert!(s.transport().seen().len() < 24 * 130, "{} requests", s.transport().seen().len());
    let refused = s.journal().entries.iter().filter(|entry| entry.status == 401).count();
    assert_eq!(refused, 0, "a token was used after its end");
}

#[tokio::test(start_paused = true)]
async fn a_restore_that_waits_for_a_token_says_so_in_its_progress_and_when_there_is_one_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("progress.jsonl");
    let mut s = Session::within(|scenario| scenario.token_life(MINUTE));
    s.provider_argument("progress_file", path.to_str().unwrap());
    s.azure().next_restore(JobScript::running(30).then(Ending::Completed));
    s.transport().break_down(NetworkFault {
        method: "POST",
        path: "*/oauth2/v2.0/token".into(),
        nth: 1,
        times: Some(5),
        after_accepted_restores: 1,
        what: NetworkBreak::Refused,
    });
    let config = s.operational(&[Session::timeouts("2h")]);
    let finished = s.apply(&config).await;
    assert!(finished.succeeded(), "{}", finished.text());
    let text = std::fs::read_to_string(path).unwrap();
    let lines: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let waits: Vec<&serde_json::Value> = lines.iter().filter(|line| line["event"] == "token").collect();
    let [waiting, again] = &waits[..] else { panic!("{text}") };
    let message = waiting["message"].as_str().unwrap();
    assert!(message.starts_with("Waiting for an access token: the token of application"), "{message}");
    assert_eq!(again["message"], "There is an access token again.");
    for line in waits {
        assert_eq!((&line["status"], line["job_id"].is_string()), (&"InProgress".into(), true), "{line}");
    }
}

/// An apply during which the wall clock of this machine jumps, 30 s after the job began.
async fn with_a_jump(by: time::Duration, life: TokenLife) -> Session {
    let mut s = Session::within(|scenario| scenario.token_life(life));
    s.azure().next_restore(JobScript::running(30).then(Ending::Completed));
    let config = s.operational(&[Session::timeouts("2h")]);
    let wall = Arc::clone(s.transport().wall());
    let jump = tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(40)).await;
        wall.jump(by);
    });
    let finished = s.apply(&config).await;
    jump.await.unwrap();
    assert!(finished.succeeded(), "{by}: {}", finished.text());
    assert_eq!((s.text("status").as_str(), s.restores()), ("Completed", 1));
    assert!(s.transport().elapsed() < Duration::from_secs(600), "{by}: {:?}", s.transport().elapsed());
    s
}

#[tokio::test(start_paused = true)]
async fn clocks_that_jump_cost_a_token_and_nothing_else() {
    let hour = TokenLife { seconds: 3599, calls: None };
    for (by, life, tokens) in [
        // Ahead: the token seems to have ended. Behind: it seems to last; where it does not, Azure says so.
        (time::Duration::days(1), hour, 2..=2),
        (time::Duration::days(-1), hour, 1..=1),
        (time::Duration::hours(2), MINUTE, 2..=30),
        (time::Duration::hours(-2), MINUTE, 2..=30),
        (time::Duration::days(365 * 20), hour, 2..=2),
        (time::Duration::days(-365 * 20), hour, 1..=1),
    ] {
        let s = with_a_jump(by, life).await;
        assert!(tokens.contains(&token_requests(&s)), "{by}: {} tokens", token_requests(&s));
        assert!(s.transport().seen().len() < 120, "{by}: {} requests", s.transport().seen().len());
    }
}

#[tokio::test(start_paused = true)]
async fn a_retry_after_as_a_date_is_bounded_whichever_way_the_clock_is_wrong() {
    for by in [time::Duration::days(-2), time::Duration::days(2)] {
        let mut s = Session::new();
        s.transport().wall().jump(by);
        // Noon and a minute, by the clock of Azure.
        let date = [("Retry-After", "Fri, 20 Nov 2026 12:01:00 GMT")];
        s.azure().inject(Fault::status("GET", "*/backupJobs/*", 429, &date, "TooManyRequests").times(3));
        // A point in the past for either clock; Azure's ranges are those of its own.
        let config = s.operational(&[("point_in_time", "latest".into()), Session::timeouts("2h")]);
        let finished = s.apply(&config).await;
        assert!(finished.succeeded(), "{by}: {}", finished.text());
        assert_eq!(s.restores(), 1);
        // Three waits of ten minutes at most; a date that seems past means a wait of a second.
        assert!(s.transport().elapsed() < Duration::from_secs(1900), "{by}: {:?}", s.transport().elapsed());
        assert!(s.transport().seen().len() < 40, "{by}: {}", s.transport().seen().len());
    }
}

/// One phase in which something never ends.
struct Stall {
    name: &'static str,
    stall: fn(&Session),
    /// State after a deadline of 20 minutes: empty for none.
    status: &'static str,
    restores: usize,
    /// What the user is told at the deadline, and after a Ctrl-C.
    says: &'static str,
    says_stopped: &'static str,
}

fn swallow(s: &Session, method: &'static str, path: &str, after_accepted_restores: usize) {
    s.transport().break_down(NetworkFault {
        method,
        path: path.to_owned(),
        nth: 1,
        times: None,
        after_accepted_restores,
        what: NetworkBreak::Swallowed,
    });
}

const NOTHING_SENT: &str = "Nothing was sent";

const STALLS: [Stall; 10] = [
    Stall {
        name: "token",
        stall: |s| swallow(s, "POST", "*/oauth2/v2.0/token", 0),
        status: "",
        restores: 0,
        says: "Check that the name resolves",
        says_stopped: NOTHING_SENT,
    },
    Stall {
        name: "adopt",
        stall: |s| swallow(s, "GET", "*/backupJobs", 0),
        status: "",
        restores: 0,
        says: "a quarter of an hour",
        says_stopped: NOTHING_SENT,
    },
    Stall {
        name: "resolve",
        stall: |s| swallow(s, "GET", "*/backupInstances/*", 0),
        status: "",
        restores: 0,
        says: "a quarter of an hour",
        says_stopped: NOTHING_SENT,
    },
    Stall {
        name: "validate",
        stall: |s| swallow(s, "POST", "*/validateRestore", 0),
        status: "",
        restores: 0,
        says: "The time that `timeouts` allows was up",
        says_stopped: NOTHING_SENT,
    },
    Stall {
        name: "verdict",
        stall: |s| s.azure().next_validation(OperationScript { looks: u32::MAX, ..OperationScript::default() }),
        status: "",
        restores: 0,
        says: "The time that `timeouts` allows was up",
        says_stopped: NOTHING_SENT,
    },
    Stall {
        name: "busy",
        stall: |s| {
            let busy = Fault::status("POST", "*/restore", 409, &[], "UserErrorPITRRestoreInProgress");
            s.azure().inject(busy.always());
        },
        status: "",
        restores: 0,
        says: "the target stayed busy",
        says_stopped: NOTHING_SENT,
    },
    Stall {
        name: "trigger cannot connect",
        stall: |s| {
            s.transport().break_down(NetworkFault {
                method: "POST",
                path: "*/restore".into(),
                nth: 1,
                times: None,
                after_accepted_restores: 0,
                what: NetworkBreak::Refused,
            });
        },
        status: "",
        restores: 0,
        says: "could not be sent",
        says_stopped: NOTHING_SENT,
    },
    Stall {
        name: "lost answer",
        stall: |s| {
            s.azure().inject(Fault::on("POST", "*/restore", Action::ResetAfterAcceptance));
            swallow(s, "GET", "*/backupJobs", 1);
        },
        status: "Unknown",
        restores: 1,
        says: "Whether Azure restores is not known",
        says_stopped: "Whether Azure restores",
    },
    Stall {
        name: "operation",
        stall: |s| {
            swallow(s, "GET", "*/operation*", 1);
            swallow(s, "GET", "*/backupJobs", 1);
        },
        status: "InProgress",
        restores: 1,
        says: "the time to wait for it is up",
        says_stopped: "goes on in Azure",
    },
    Stall {
        name: "job",
        stall: |s| s.azure().next_restore(JobScript::held()),
        status: "InProgress",
        restores: 1,
        says: "the time to wait for it is up",
        says_stopped: "goes on in Azure",
    },
];

/// After the stall applies go on until the data is back, and one restore was enough.
async fn ends_well(s: &mut Session, name: &str) {
    s.azure().clear_faults();
    s.transport().repair();
    for job in s.azure().jobs() {
        s.azure().finish(&job.id, Ending::Completed);
    }
    let config = s.operational(&[Session::timeouts("2h")]);
    let finished = s.apply(&config).await;
    assert!(finished.succeeded(), "{name}: {}", finished.text());
    assert_eq!((s.text("status").as_str(), s.restores()), ("Completed", 1), "{name}");
}

#[tokio::test(start_paused = true)]
async fn a_deadline_in_each_phase_leaves_what_is_known_and_says_how_to_go_on() {
    for Stall { name, stall, status, restores, says, .. } in STALLS {
        let mut s = Session::new();
        stall(&s);
        let config = s.operational(&[Session::timeouts("20m")]);
        let finished = s.apply(&config).await;
        assert_eq!(finished.errors().len(), 1, "{name}: {}", finished.text());
        assert!(finished.text().contains(says), "{name}: {}", finished.text());
        assert_eq!((s.text("status").as_str(), s.restores()), (status, restores), "{name}");
        assert_eq!(s.object.is_some(), !status.is_empty(), "{name}");
        if let Some(object) = &s.object {
            assert!(object.tainted && !s.text("client_request_id").is_empty(), "{name}");
        }
        // A part of a second for the plan before it.
        assert!(s.transport().elapsed() <= Duration::from_secs(20 * 60 + 1), "{name}: {:?}", s.transport().elapsed());
        assert!(s.transport().seen().len() < 150, "{name}: {} requests", s.transport().seen().len());
        ends_well(&mut s, name).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_deadline_that_cuts_a_trigger_off_makes_it_a_lost_answer_and_nothing_is_sent_again() {
    for (what, accepted) in [(NetworkBreak::Silence, 1), (NetworkBreak::Swallowed, 0)] {
        let mut s = Session::new();
        let path = "*/restore".to_owned();
        s.transport().break_down(NetworkFault {
            method: "POST",
            path: path.clone(),
            nth: 1,
            times: Some(1),
            after_accepted_restores: 0,
            what,
        });
        let finished = s.apply(&s.operational(&[Session::timeouts("30s")])).await;
        let elapsed = s.transport().elapsed();
        assert!(elapsed <= Duration::from_secs(31), "{what:?}: {elapsed:?}");
        assert_eq!(finished.errors().len(), 1, "{what:?}: {}", finished.text());
        assert!(finished.text().contains("whether Azure has taken it is not known"), "{what:?}: {}", finished.text());
        assert_eq!((s.text("status").as_str(), s.restores()), ("Unknown", accepted), "{what:?}");
        assert!(!s.text("client_request_id").is_empty(), "{what:?}");
        let sent = s.transport().seen().iter().filter(|sent| sent.path.ends_with("/restore")).count();
        assert_eq!(sent, 1, "{what:?}");
        ends_well(&mut s, &format!("{what:?}")).await;
    }
}

#[tokio::test(start_paused = true)]
async fn an_interruption_in_each_phase_taints_nothing_and_is_heard_at_once() {
    for Stall { name, stall, status, restores, says_stopped, .. } in STALLS {
        let mut s = Session::new();
        stall(&s);
        let config = s.operational(&[Session::timeouts("20m")]);
        let stop = CancellationToken::new();
        let pressed = stop.clone();
        let press = tokio::spawn(async move {
            tokio::time::sleep(Duration::from_secs(60)).await;
            pressed.cancel();
        });
        let finished = s.apply_until(&config, &stop).await;
        press.await.unwrap();
        assert!(finished.text().contains(says_stopped), "{name}: {}", finished.text());
        assert_eq!(finished.succeeded(), !status.is_empty(), "{name}: {}", finished.text());
        assert_eq!((s.text("status").as_str(), s.restores()), (status, restores), "{name}");
        assert!(s.object.as_ref().is_none_or(|object| !object.tainted), "{name}");
        assert!(s.transport().elapsed() < Duration::from_secs(61), "{name}: {:?}", s.transport().elapsed());
        ends_well(&mut s, name).await;
    }
}

#[tokio::test(start_paused = true)]
async fn the_answer_to_a_trigger_in_flight_is_waited_for_five_seconds_after_a_stop() {
    for (takes, status, seconds) in [(8_000, "InProgress", 25), (25_000, "Unknown", 21)] {
        let mut s = Session::new();
        s.azure().next_restore(JobScript::held());
        s.azure().inject(Fault::on("POST", "*/restore", Action::SlowHeaders(takes)));
        let stop = CancellationToken::new();
        let (pressed, azure) = (stop.clone(), s.azure().clone());
        let press = tokio::spawn(async move {
            while azure.accepted_restores() == 0 {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            tokio::time::sleep(Duration::from_secs(5)).await;
            pressed.cancel();
        });
        let config = s.operational(&[]);
        let finished = s.apply_until(&config, &stop).await;
        press.await.unwrap();
        assert!(finished.succeeded(), "{}", finished.text());
        assert_eq!((s.text("status").as_str(), s.restores()), (status, 1), "{}", finished.text());
        assert!(s.transport().elapsed() < Duration::from_secs(seconds), "{:?}", s.transport().elapsed());
        ends_well(&mut s, status).await;
    }
}

const DAY_AND_HOUR: time::Duration = time::Duration::hours(25);

/// How another workspace ends, on a machine whose clock is off by `off`, that may adopt a restore which completed `ago`.
async fn adopting(off: time::Duration, ago: Duration, date_ahead: Option<time::Duration>) -> (Session, SessionResult) {
    let mut s = Session::new();
    let config = s.operational(&[("adopt", "completed".into()), ("point_in_time", "2026-11-10T10:00:00Z".into())]);
    assert!(s.apply(&config).await.succeeded());
    tokio::time::sleep(ago).await;
    s.azure().set_date_ahead(date_ahead);
    s.transport().wall().jump(off);
    let mut other = Session::behind(s.transport(), 2);
    let finished = other.apply(&config).await;
    (other, finished)
}

#[tokio::test(start_paused = true)]
async fn whether_a_completed_restore_is_recent_is_judged_by_azures_time() {
    for off in [DAY_AND_HOUR, -DAY_AND_HOUR] {
        for (hours, adopted) in [(23, true), (25, false)] {
            let ago = Duration::from_secs(hours * 3600);
            let (s, finished) = adopting(off, ago, Some(time::Duration::ZERO)).await;
            assert_eq!((finished.succeeded(), s.restores()), (adopted, 1), "{off}, {hours}: {}", finished.text());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn without_the_date_of_an_answer_the_clock_of_the_machine_counts() {
    let hour = Duration::from_secs(3600);
    let (s, finished) = adopting(DAY_AND_HOUR, hour, None).await;
    assert_eq!((finished.succeeded(), s.restores()), (false, 1), "{}", finished.text());
    assert!(!finished.text().contains("The clock of this machine"), "{}", finished.text());
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_is_wrong_by_more_than_five_minutes_is_told_of_once() {
    let minute = time::Duration::MINUTE;
    for (off, said) in [
        (minute * 6, Some("is 6 minutes ahead of Azure's")),
        (-DAY_AND_HOUR, Some("is 25 hours behind Azure's")),
        (minute * 5, None),
        (-minute * 5, None),
    ] {
        let (_, finished) = adopting(off, Duration::from_secs(60), Some(time::Duration::ZERO)).await;
        let text = finished.text();
        assert_eq!(text.matches("The clock of this machine").count(), usize::from(said.is_some()), "{off}: {text}");
        assert!(text.contains(said.unwrap_or_default()), "{off}: {text}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_latest_instant_is_azures_and_not_the_one_of_a_wrong_clock() {
    for off in [DAY_AND_HOUR, -DAY_AND_HOUR] {
        let mut s = Session::new();
        s.transport().wall().jump(off);
        let config = s.operational(&[("point_in_time", "latest".into())]);
        let finished = s.apply(&config).await;
        assert!(finished.succeeded(), "{off}: {}", finished.text());
        let restored = s.text("recovery_point_time");
        assert!(restored.starts_with("2026-11-20T12:00:"), "{off}: {restored}");
    }
}
