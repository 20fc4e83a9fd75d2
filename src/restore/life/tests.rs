//! Whole lives on a vault in memory, with tokio's clock paused: every wait is exact and costs nothing.

mod confirmation;
mod destruction;
mod ending;
mod half_known;
mod late_role;
mod preflight;
mod progress;
mod record_is_gone;
mod replacement;
mod supersession;
mod takeover;
mod told;
mod trigger;
mod unreadable;
mod without_jobs;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use serde_json::json;
use time::OffsetDateTime;
use time::macros::datetime;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::*;
use crate::azure::error::{ArmError, AzureError, ErrorResponse, LastError, WriteError};
use crate::azure::job::JobStatus;
use crate::azure::limiter::{Limiter, MOST_HELD, Permit, RequestKind};
use crate::azure::poll::PollResult;
use crate::azure::random::SystemRandom;
use crate::azure::transport::TransportError;
use crate::restore::intent::ClientRequestId;
use crate::restore::jobs::{Confirmation, JobList, JobReader};
use crate::restore::progress::{ProgressEvent, ProgressSink};
use crate::restore::record::Warning;
use crate::restore::service::{Accepted, Destruction, Resolved, RestoreItem, RestoreService, Validation};
use crate::restore::workload::{ROLE_ON_VAULT, RequiredRole, WorkloadNames};

const NOW: OffsetDateTime = datetime!(2026-11-20 12:00 UTC);
const ITEM: &str = "/subscriptions/s/items/i";
/// What the vault recommends whenever it refuses.
const ADVICE: &str = "Do what helps.";
/// The activity id of its refusals.
const ACTIVITY: &str = "the-activity-of-a-refusal";
const ROLES: &[RequiredRole] = &[RequiredRole { name: "Thing Restorer", scope: "the target thing" }];

#[derive(Debug)]
struct Noon;

impl Clock for Noon {
    fn now(&self) -> OffsetDateTime {
        NOW
    }
}

/// How the vault answers one trigger.
enum ScriptedAnswer {
    Accept,
    /// Accepts, and the answer is lost.
    AcceptSilently,
    /// The answer is lost, and nothing was accepted.
    Nothing,
    Throttle,
    /// Says that it has not accepted, and has.
    ThrottleAndAccept,
    Refuse(&'static str),
    /// With the words that asking again does not help.
    RefuseForGood(&'static str),
    /// Accepts after this long.
    AcceptAfter(Duration),
    /// Accepts; the operation fails with this code and there is no job.
    FailOperation(&'static str),
    /// Accepts; the operation does not name its job.
    AcceptUnnamed,
    /// Certainly not accepted, for this reason.
    NotAccepted(ArmError),
}

/// A question to the vault.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Call {
    List,
    Get,
    Resolve,
}

struct FakeVault {
    answers: Mutex<VecDeque<ScriptedAnswer>>,
    posts: Mutex<Vec<ClientRequestId>>,
    posted_at: Mutex<Vec<Instant>>,
    jobs: Mutex<Vec<Job>>,
    /// Each running job ends so after this many looks.
    polls: Mutex<u32>,
    end: JobStatus,
    /// What its list shows in place of its jobs.
    listed: Option<Vec<Job>>,
    errors: Vec<AzureError>,
    warnings: Vec<Warning>,
    list_is_broken: AtomicBool,
    jobs_are_unreadable: AtomicBool,
    /// The operation cannot be read so often.
    operation_is_unreadable: Mutex<u32>,
    /// Its operations never end.
    operation_hangs: bool,
    /// This job is listed, and no longer there.
    gone: Option<&'static str>,
    /// What gives no answer until the time or the user ends it.
    hangs: Mutex<Vec<Call>>,
    validations: Mutex<VecDeque<&'static str>>,
    /// Shows up in the list once a validation has said no.
    late: Mutex<Option<Job>>,
    /// Whether a restore was begun while another one ran.
    overlapped: AtomicBool,
    /// What another run begins while ours is validated.
    begun_meanwhile: Mutex<Option<Job>>,
    /// Whether looks at its jobs count as writes.
    dear: bool,
    /// Whether it can check a request before it is sent.
    validates: bool,
    /// How far back its lists were asked for.
    asked_since: Mutex<Vec<OffsetDateTime>>,
    /// How long a good end must have been seen before it counts.
    confirms_after: Duration,
    /// How often a job that has ended well is found running again.
    relapses: Mutex<u32>,
    /// What it does when its object is destroyed; none where it only forgets.
    destroys: Option<Result<(), &'static str>>,
    /// The jobs that it was told to destroy.
    destroyed: Mutex<Vec<String>>,
    /// How it has seen the last of them end.
    seen_ending: Option<JobStatus>,
    /// The one point of any time.
    point_of_time: Option<&'static str>,
    limiter: Limiter,
    /// Its list shows nothing.
    unlisted: AtomicBool,
    /// How long a job cannot be read at all, once.
    outage: Mutex<Duration>,
    /// Its list cannot be read once a restore was sent.
    list_breaks_when_sent: AtomicBool,
    /// Nothing is resolved: it waits, having met this.
    silent_after: Mutex<Option<ErrorResponse>>,
    /// What it shows of its running jobs leaves out the activity id, at the first looks or always.
    hides_activity_ids: AtomicBool,
    /// Its jobs have another activity id than they were sent with.
    changes_activity_ids: AtomicBool,
    /// What its restores write to, one after the other; the last one is that of all others.
    writes_to: Mutex<Vec<&'static str>>,
    /// What it knows about a refusal.
    advises: Option<&'static str>,
}

impl FakeVault {
    fn new(end: JobStatus) -> Self {
        Self {
            answers: Mutex::default(),
            posts: Mutex::default(),
            posted_at: Mutex::default(),
            jobs: Mutex::default(),
            polls: Mutex::new(3),
            end,
            listed: None,
            errors: Vec::new(),
            warnings: Vec::new(),
            list_is_broken: AtomicBool::new(false),
            jobs_are_unreadable: AtomicBool::new(false),
            operation_is_unreadable: Mutex::default(),
            operation_hangs: false,
            gone: None,
            hangs: Mutex::default(),
            validations: Mutex::default(),
            late: Mutex::default(),
            overlapped: AtomicBool::new(false),
            begun_meanwhile: Mutex::default(),
            dear: false,
            validates: true,
            asked_since: Mutex::default(),
            confirms_after: Duration::ZERO,
            relapses: Mutex::default(),
            destroys: None,
            destroyed: Mutex::default(),
            seen_ending: None,
            point_of_time: None,
            limiter: Limiter::default(),
            unlisted: AtomicBool::new(false),
            outage: Mutex::default(),
            list_breaks_when_sent: AtomicBool::new(false),
            silent_after: Mutex::default(),
            hides_activity_ids: AtomicBool::new(false),
            changes_activity_ids: AtomicBool::new(false),
            writes_to: Mutex::new(vec!["target"]),
            advises: None,
        }
    }

    fn good() -> Self {
        Self::new(JobStatus::Completed)
    }

    fn answering(self, answers: impl IntoIterator<Item = ScriptedAnswer>) -> Self {
        self.answers.lock().unwrap().extend(answers);
        self
    }

    fn with(self, job: Job) -> Self {
        self.jobs.lock().unwrap().push(job);
        self
    }

    fn posts(&self) -> usize {
        self.posts.lock().unwrap().len()
    }

    /// Waits in vain if `call` is one that hangs; the error met on the way is always the same.
    async fn hang(&self, call: Call, deadline: &Deadline) -> Result<(), ArmError> {
        if !self.hangs.lock().unwrap().contains(&call) {
            return Ok(());
        }
        let never = deadline.run(std::future::pending()).await;
        never.map_err(|interrupted| ArmError::Interrupted {
            interrupted,
            last: Some(LastError::Other("503 on the way".into())),
        })
    }

    /// How many more triggers may be admitted at this moment; of [`MOST_HELD`] in all.
    async fn room(&self) -> usize {
        let mut permits = Vec::new();
        let now = || Deadline::new(Duration::from_millis(1), CancellationToken::new());
        while let Ok(permit) = RestoreService::admit(self, &now()).await {
            permits.push(permit);
        }
        permits.len()
    }

    fn begin(&self, id: ClientRequestId) -> String {
        let mut jobs = self.jobs.lock().unwrap();
        self.overlapped.fetch_or(jobs.iter().any(|job| !job.status.is_ended()), Ordering::Relaxed);
        let name = format!("job{}", jobs.len());
        jobs.push(job(&name, &id.to_string(), running()));
        name
    }
}

fn running() -> JobStatus {
    JobStatus::InProgress("InProgress".into())
}

fn job(name: &str, activity_id: &str, status: JobStatus) -> Job {
    let ended = status.is_ended();
    Job {
        item_id: Some(ITEM.into()),
        activity_id: activity_id.into(),
        start_time: Some(NOW),
        end_time: ended.then_some(NOW),
        duration_seconds: ended.then_some(60),
        ..Job::new(format!("/vault/jobs/{name}"), name, status)
    }
}

fn no(code: &str) -> AzureError {
    AzureError {
        recommended_actions: vec![ADVICE.into()],
        activity_id: Some(ACTIVITY.into()),
        ..AzureError::new(code, "no")
    }
}

fn refusal(status: u16, code: &str) -> ErrorResponse {
    ErrorResponse {
        status,
        error: no(code),
        method: "POST".into(),
        path: "/restore".into(),
        request_id: None,
        correlation_id: Some("correlation".into()),
        client_request_id: None,
        retry_after: None,
    }
}

fn lost() -> WriteError {
    WriteError::Lost {
        error: ArmError::Lost { request: "POST /restore".into(), source: TransportError::lost("reset") },
    }
}

enum Operation {
    Job(String),
    Unnamed,
    Fails(&'static str),
}

#[async_trait]
impl RestoreService for FakeVault {
    type Request = ();
    type Operation = Operation;

    fn jobs(&self) -> &dyn JobReader {
        self
    }

    fn subject(&self, _: &BTreeMap<String, String>) -> String {
        "things of item \"i\"".into()
    }

    fn workload(&self) -> Option<WorkloadNames> {
        Some(WorkloadNames {
            things: "things",
            source: "thing",
            datasource_type: "Things",
            caller_role: ROLE_ON_VAULT,
            roles: ROLES,
        })
    }

    fn item(&self) -> RestoreItem {
        RestoreItem { id: ITEM.into(), argument: "item_id".into() }
    }

    fn target(&self) -> String {
        let mut targets = self.writes_to.lock().unwrap();
        if targets.len() > 1 { targets.remove(0).into() } else { targets[0].into() }
    }

    fn advice(&self, _: &AzureError) -> Option<String> {
        self.advises.map(str::to_owned)
    }

    async fn resolve(&self, deadline: &Deadline, _: OffsetDateTime) -> Result<Resolved<()>, RestoreError> {
        let silent_after = self.silent_after.lock().unwrap().clone();
        if let Some(refusal) = silent_after {
            let interrupted = deadline.run(std::future::pending::<()>()).await.unwrap_err();
            let last = Some(LastError::Refused(Box::new(refusal)));
            return Err(RestoreError::from(ArmError::Interrupted { interrupted, last }));
        }
        self.hang(Call::Resolve, deadline).await?;
        Ok(Resolved { request: (), recovery_point_id: Some("point".into()), recovery_point_time: Some(NOW) })
    }

    async fn admit(&self, deadline: &Deadline) -> Result<Permit, Interrupted> {
        self.limiter.admit_for_later("s", RequestKind::Write, deadline).await
    }

    async fn send(
        &self,
        (): &(),
        id: ClientRequestId,
        deadline: &Deadline,
        wait: ResponseTimeout,
    ) -> Result<Accepted<Operation>, WriteError> {
        self.posts.lock().unwrap().push(id);
        self.posted_at.lock().unwrap().push(Instant::now());
        let answer = self.answers.lock().unwrap().pop_front().unwrap_or(ScriptedAnswer::Accept);
        let accepted = |operation| Ok(Accepted::Operation { operation, retry_after: Some(Duration::from_secs(30)) });
        match answer {
            ScriptedAnswer::Accept => accepted(Operation::Job(self.begin(id))),
            ScriptedAnswer::AcceptUnnamed => {
                self.begin(id);
                accepted(Operation::Unnamed)
            }
            ScriptedAnswer::AcceptAfter(time) => {
                let name = self.begin(id);
                let answer = tokio::time::sleep(time);
                tokio::pin!(answer);
                // As the client: until the deadline, and after a stop for a while only.
                tokio::select! {
                    () = &mut answer => {}
                    () = tokio::time::sleep_until(deadline.deadline()) => return Err(lost()),
                    () = deadline.stop().cancelled() => {
                        if tokio::time::timeout(wait.after_stop, answer).await.is_err() {
                            return Err(lost());
                        }
                    }
                }
                accepted(Operation::Job(name))
            }
            ScriptedAnswer::AcceptSilently => {
                self.begin(id);
                Err(lost())
            }
            ScriptedAnswer::Nothing => Err(lost()),
            ScriptedAnswer::ThrottleAndAccept => {
                self.begin(id);
                Err(WriteError::NotAccepted {
                    error: ArmError::Refused(Box::new(refusal(429, "TooManyRequests"))),
                    retry_after: None,
                })
            }
            ScriptedAnswer::Throttle => Err(WriteError::NotAccepted {
                error: ArmError::Refused(Box::new(refusal(429, "TooManyRequests"))),
                retry_after: Some(Duration::from_secs(17)),
            }),
            ScriptedAnswer::NotAccepted(error) => Err(WriteError::NotAccepted { error, retry_after: None }),
            ScriptedAnswer::RefuseForGood(code) => {
                let mut refusal = refusal(409, code);
                refusal.error.is_retryable = Some(false);
                Err(WriteError::Refused(Box::new(refusal)))
            }
            ScriptedAnswer::Refuse(code) => Err(WriteError::Refused(Box::new(refusal(409, code)))),
            ScriptedAnswer::FailOperation(code) => accepted(Operation::Fails(code)),
        }
    }

    async fn operation(
        &self,
        _: &Deadline,
        operation: &Operation,
    ) -> Result<PollResult<Result<Option<String>, Box<AzureError>>>, ArmError> {
        let mut unreadable = self.operation_is_unreadable.lock().unwrap();
        if *unreadable > 0 {
            *unreadable -= 1;
            return Err(ArmError::Refused(Box::new(refusal(404, "OperationNotFound"))));
        }
        if self.operation_hangs {
            return Ok(PollResult::Pending { note: "Inprogress".into(), retry_after: None });
        }
        Ok(PollResult::Ready(match operation {
            Operation::Job(name) => Ok(Some(name.clone())),
            Operation::Unnamed => Ok(None),
            Operation::Fails(code) => Err(Box::new(AzureError::new(*code, "no"))),
        }))
    }

    fn validation(&self) -> Option<&dyn Validation<()>> {
        self.validates.then_some(self)
    }

    fn destruction(&self) -> Option<&dyn Destruction> {
        self.destroys.is_some().then_some(self)
    }

    async fn point_taken_at(&self, _: &Deadline, time: OffsetDateTime) -> Option<String> {
        self.point_of_time.map(|name| format!("{name} of {}", time.date()))
    }
}

#[async_trait]
impl Destruction for FakeVault {
    async fn destroy(&self, _: &Deadline, record: &RestoreRecord) -> Result<(), RestoreError> {
        self.destroyed.lock().unwrap().extend(record.job_name.clone());
        let done = self.destroys.unwrap_or(Ok(()));
        done.map_err(|code| RestoreError::Rejected(Box::new(AzureError::new(code, "no"))))
    }

    fn last_seen(&self) -> Option<(String, JobStatus)> {
        Some((self.destroyed.lock().unwrap().last()?.clone(), self.seen_ending.clone()?))
    }
}

#[async_trait]
impl Validation<()> for FakeVault {
    async fn validate(&self, _: &Deadline, (): &()) -> Result<(), RestoreError> {
        self.jobs.lock().unwrap().extend(self.begun_meanwhile.lock().unwrap().take());
        match self.validations.lock().unwrap().pop_front() {
            Some(code) => {
                self.jobs.lock().unwrap().extend(self.late.lock().unwrap().take());
                Err(RestoreError::Rejected(Box::new(no(code))))
            }
            None => Ok(()),
        }
    }
}

#[async_trait]
impl JobReader for FakeVault {
    fn list_id(&self) -> String {
        "/subscriptions/s/vault".into()
    }

    fn list_names(&self) -> JobListNames {
        JobListNames::VAULT
    }

    fn polls_are_writes(&self) -> bool {
        self.dear
    }

    async fn list(&self, deadline: &Deadline, since: OffsetDateTime) -> Result<JobList, ArmError> {
        self.hang(Call::List, deadline).await?;
        let breaks = self.list_breaks_when_sent.load(Ordering::Relaxed) && self.posts() > 0;
        if breaks || self.list_is_broken.load(Ordering::Relaxed) {
            return Err(ArmError::Refused(Box::new(refusal(403, "AuthorizationFailed"))));
        }
        self.asked_since.lock().unwrap().push(since);
        // As Azure's list: without the reasons.
        if self.unlisted.load(Ordering::Relaxed) {
            return Ok(JobList { jobs: Vec::new(), requests: 1 });
        }
        let jobs = self.listed.clone().unwrap_or_else(|| self.jobs.lock().unwrap().clone());
        Ok(JobList { jobs: jobs.iter().map(|job| Job { errors: Vec::new(), ..job.clone() }).collect(), requests: 1 })
    }

    async fn confirm(&self, _: &Deadline, _: &Job, seen_for: Duration) -> Result<Confirmation, ArmError> {
        Ok(match self.confirms_after.checked_sub(seen_for).filter(|left| !left.is_zero()) {
            Some(poll_after) => Confirmation::NotYet { waiting_for: "it to stay so".into(), poll_after },
            None => Confirmation::Confirmed,
        })
    }

    async fn get(&self, deadline: &Deadline, name: &str) -> Result<Job, ArmError> {
        let outage = std::mem::take(&mut *self.outage.lock().unwrap());
        let begun = Instant::now();
        while begun.elapsed() < outage {
            // As the client, each half minute.
            deadline.report_trouble("status 503");
            tokio::time::sleep(Duration::from_secs(30)).await;
        }
        self.hang(Call::Get, deadline).await?;
        if self.jobs_are_unreadable.load(Ordering::Relaxed) {
            return Err(ArmError::Refused(Box::new(refusal(403, "AuthorizationFailed"))));
        }
        let mut jobs = self.jobs.lock().unwrap();
        let Some(job) = jobs.iter_mut().find(|job| job.name == name && self.gone != Some(name)) else {
            return Err(ArmError::Refused(Box::new(refusal(404, "ResourceNotFound"))));
        };
        let mut polls = self.polls.lock().unwrap();
        let mut relapses = self.relapses.lock().unwrap();
        if job.status.is_ended() && *relapses > 0 {
            *relapses -= 1;
            *polls = 2;
            job.status = running();
        }
        if !job.status.is_ended() {
            *polls = polls.saturating_sub(1);
            if *polls == 0 {
                job.status = self.end.clone();
                job.end_time = Some(NOW);
                job.errors.clone_from(&self.errors);
                job.warnings.clone_from(&self.warnings);
            }
        }
        let mut job = job.clone();
        if self.changes_activity_ids.load(Ordering::Relaxed) {
            job.activity_id = "11111111-2222-3333-4444-555555555555".into();
        }
        if self.hides_activity_ids.load(Ordering::Relaxed)
            && (*polls > 2 || !self.changes_activity_ids.load(Ordering::Relaxed))
        {
            job.activity_id = String::new();
        }
        Ok(job)
    }
}

fn intent() -> Intent {
    Intent::of(&json!("intent"))
}

fn ours(name: &str, status: JobStatus) -> Job {
    job(name, &ClientRequestId::fresh(intent(), &SystemRandom).to_string(), status)
}

/// What was told of a restore: event, status, message.
#[derive(Debug, Default)]
struct RecordingSink(Mutex<Vec<(String, Option<String>, String)>>);

impl ProgressSink for RecordingSink {
    fn emit(&self, event: &ProgressEvent<'_>) {
        let status = event.status.map(str::to_owned);
        self.0.lock().unwrap().push((event.event.to_owned(), status, event.message.to_owned()));
    }
}

impl RecordingSink {
    fn events(&self) -> Vec<String> {
        self.0.lock().unwrap().iter().map(|(event, _, _)| event.clone()).collect()
    }

    fn messages(&self) -> String {
        self.0.lock().unwrap().iter().map(|(_, _, message)| format!("{message}\n")).collect()
    }
}

struct Fixture {
    recorded: Arc<RecordingSink>,
    context: RestoreContext,
    options: RestoreOptions,
    stop: CancellationToken,
    timeout: Duration,
}

impl Fixture {
    fn new() -> Self {
        let clock: Arc<dyn Clock> = Arc::new(Noon);
        let recorded = Arc::new(RecordingSink::default());
        Self {
            recorded: Arc::clone(&recorded),
            context: RestoreContext {
                clock: Arc::clone(&clock),
                random: Arc::new(SystemRandom),
                registry: Arc::default(),
                progress: Progress::logged(clock).and_to(recorded),
                wait_times: WaitTimes::new(None),
            },
            options: RestoreOptions {
                intent: intent(),
                extent: Extent::default(),
                adopt: Adopt::Running,
                accept_warnings: false,
            },
            stop: CancellationToken::new(),
            timeout: Duration::from_secs(24 * 3600),
        }
    }

    fn deadline(&self) -> Deadline {
        Deadline::new(self.timeout, self.stop.clone())
    }

    async fn create(&self, vault: &dyn AnyRestoreService) -> Outcome {
        Life::create(vault, self.options.clone(), &self.context, self.deadline()).await
    }

    async fn resume(&self, vault: &dyn AnyRestoreService, record: RestoreRecord) -> Outcome {
        Life::resume(vault, self.options.clone(), &self.context, self.deadline(), record).await
    }

    /// Creates, and stops after `time`.
    async fn create_stopped_after(&self, vault: &dyn AnyRestoreService, time: Duration) -> Outcome {
        let stop = async {
            tokio::time::sleep(time).await;
            self.stop.cancel();
        };
        tokio::join!(self.create(vault), stop).0
    }
}

fn message(outcome: &Outcome) -> String {
    match &outcome.ending {
        Ending::Done => String::new(),
        Ending::Interrupted(message) | Ending::NotBegun(message) | Ending::Failed(message) => {
            format!("{}\n{}", message.summary, message.detail())
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_restore_is_sent_once_and_followed_to_its_end() {
    let (fixture, vault) = (Fixture::new(), FakeVault::good());
    let outcome = fixture.create(&vault).await;
    assert_eq!(outcome.ending, Ending::Done);
    assert_eq!(vault.posts(), 1);
    assert_eq!(outcome.record.status, RestoreStatus::Completed);
    assert_eq!(outcome.record.job_id.as_deref(), Some("/vault/jobs/job0"));
    assert_eq!(outcome.record.recovery_point_id.as_deref(), Some("point"));
    assert!(outcome.warnings.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_running_restore_of_the_intent_is_taken_over_and_nothing_is_sent() {
    let (fixture, vault) = (Fixture::new(), FakeVault::good().with(ours("elsewhere", running())));
    let outcome = fixture.create(&vault).await;
    assert_eq!((outcome.ending, vault.posts()), (Ending::Done, 0));
    assert_eq!(outcome.record.job_name.as_deref(), Some("elsewhere"));
    assert_eq!(outcome.record.recovery_point_id, None, "only the job knows which point it restores");
}

#[tokio::test(start_paused = true)]
async fn a_completed_restore_of_the_intent_stops_the_apply_and_is_named() {
    let (fixture, vault) = (Fixture::new(), FakeVault::good().with(ours("done", JobStatus::Completed)));
    let outcome = fixture.create(&vault).await;
    assert!(matches!(outcome.ending, Ending::NotBegun(_)));
    let text = message(&outcome);
    for word in ["/vault/jobs/done", "terraform import", "adopt = \"completed\"", "triggers"] {
        assert!(text.contains(word), "{word} in {text}");
    }
    assert_eq!(vault.posts(), 0);
}

#[tokio::test(start_paused = true)]
async fn without_the_list_nothing_is_sent() {
    let (fixture, vault) = (Fixture::new(), FakeVault::good());
    vault.list_is_broken.store(true, Ordering::Relaxed);
    let outcome = fixture.create(&vault).await;
    assert!(matches!(outcome.ending, Ending::NotBegun(_)), "{outcome:?}");
    assert_eq!(vault.posts(), 0);
}

#[tokio::test(start_paused = true)]
async fn adopt_none_sends_nothing_beside_a_running_job_and_adopts_none() {
    let (mut fixture, vault) = (Fixture::new(), FakeVault::good().with(ours("left", running())));
    fixture.options.adopt = Adopt::None;
    let outcome = fixture.create(&vault).await;
    let Ending::NotBegun(message) = outcome.ending else { panic!("{outcome:?}") };
    assert!(message.detail().contains("Job left (InProgress)"), "{message:?}");
    assert_eq!(vault.posts(), 0);
}

#[tokio::test(start_paused = true)]
async fn adopt_none_needs_no_list() {
    let (mut fixture, vault) = (Fixture::new(), FakeVault::good().with(ours("done", JobStatus::Completed)));
    fixture.options.adopt = Adopt::None;
    vault.list_is_broken.store(true, Ordering::Relaxed);
    assert_eq!(fixture.create(&vault).await.ending, Ending::Done);
    assert_eq!(vault.posts(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_to_an_accepted_trigger_costs_no_second_one() {
    let (fixture, vault) = (Fixture::new(), FakeVault::good().answering([ScriptedAnswer::AcceptSilently]));
    let outcome = fixture.create(&vault).await;
    assert_eq!((outcome.ending, vault.posts()), (Ending::Done, 1));
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_without_a_job_ends_after_five_minutes_as_unknown() {
    let (fixture, vault) = (Fixture::new(), FakeVault::good().answering([ScriptedAnswer::Nothing]));
    let start = Instant::now();
    let outcome = fixture.create(&vault).await;
    assert!(matches!(outcome.ending, Ending::Failed(_)));
    assert_eq!(start.elapsed(), Duration::from_secs(300));
    assert_eq!(outcome.record.status, RestoreStatus::Unknown);
    assert_eq!(outcome.record.request_id().unwrap(), vault.posts.lock().unwrap()[0]);
    assert_eq!(vault.posts(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_throttled_trigger_is_sent_again_under_another_id_when_azure_says_so() {
    let (fixture, vault) =
        (Fixture::new(), FakeVault::good().answering([ScriptedAnswer::Throttle, ScriptedAnswer::Throttle]));
    let start = Instant::now();
    assert_eq!(fixture.create(&vault).await.ending, Ending::Done);
    assert!(start.elapsed() >= Duration::from_secs(34));
    let posts = vault.posts.lock().unwrap();
    assert_eq!(posts.len(), 3);
    assert!(posts[0] != posts[1] && posts[1] != posts[2] && posts[0].intent() == posts[2].intent());
}

#[tokio::test(start_paused = true)]
async fn a_busy_target_is_waited_out_whether_the_no_comes_at_once_or_from_the_operation() {
    let busy = "UserErrorPitrRestoreInProgress";
    let (fixture, vault) = (
        Fixture::new(),
        FakeVault::good().answering([ScriptedAnswer::Refuse(busy), ScriptedAnswer::FailOperation(busy)]),
    );
    vault.validations.lock().unwrap().push_back(busy);
    let start = Instant::now();
    assert_eq!(fixture.create(&vault).await.ending, Ending::Done);
    assert_eq!(vault.posts(), 3);
    assert!(start.elapsed() >= Duration::from_secs(90));
}

#[tokio::test(start_paused = true)]
async fn polls_that_count_as_writes_come_half_as_often() {
    let mut lasted = Vec::new();
    for dear in [false, true] {
        let (fixture, vault) = (Fixture::new(), FakeVault { dear, polls: Mutex::new(80), ..FakeVault::good() });
        let start = Instant::now();
        assert_eq!(fixture.create(&vault).await.ending, Ending::Done);
        lasted.push(start.elapsed().as_secs_f64());
    }
    // The same number of looks, so about twice the time; each wait has its jitter.
    let times = lasted[1] / lasted[0];
    assert!((1.8..2.6).contains(&times), "{lasted:?}");
}

#[tokio::test(start_paused = true)]
async fn a_role_that_arrives_late_is_waited_for_and_nothing_is_sent_meanwhile() {
    let (fixture, vault) = (Fixture::new(), FakeVault::good());
    vault.validations.lock().unwrap().extend(["UserErrorMSIMissingPermissions"; 3]);
    let start = Instant::now();
    assert_eq!(fixture.create(&vault).await.ending, Ending::Done);
    assert_eq!(vault.posts(), 1);
    assert!(start.elapsed() >= Duration::from_secs(90), "{:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn who_waits_for_a_role_lets_others_onto_the_target() {
    let (fixture, waits, passes) = (Fixture::new(), FakeVault::good(), FakeVault::good());
    waits.validations.lock().unwrap().extend(["UserErrorMSIMissingPermissions"; 20]);
    let start = Instant::now();
    let passes = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        (fixture.create(&passes).await.ending, start.elapsed())
    };
    let (waited, (passed, elapsed)) = tokio::join!(fixture.create(&waits), passes);
    assert_eq!((waited.ending, passed), (Ending::Done, Ending::Done));
    assert!(elapsed < Duration::from_secs(120), "{elapsed:?}");
    assert!(start.elapsed() > Duration::from_secs(600), "{:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_role_that_never_arrives_is_an_error_after_half_an_hour_that_says_how_long_it_was_waited_for() {
    let (fixture, vault) = (Fixture::new(), FakeVault::good());
    vault.validations.lock().unwrap().extend(["UserErrorContainerNotAccessible"; 1000]);
    let start = Instant::now();
    let Ending::NotBegun(message) = fixture.create(&vault).await.ending else { panic!("it was begun") };
    assert!(message.detail().contains("asked again for 30 minutes"), "{message:?}");
    assert!(message.detail().contains("Storage Blob Data Contributor"), "{message:?}");
    let asked_for = start.elapsed();
    assert!((1800..1860).contains(&asked_for.as_secs()), "{asked_for:?}");
    assert_eq!(vault.posts(), 0);
}

#[tokio::test(start_paused = true)]
async fn an_interrupted_wait_for_a_role_names_the_role() {
    let (fixture, vault) = (Fixture::new(), FakeVault::good());
    vault.validations.lock().unwrap().extend(["UserErrorContainerNotAccessible"; 1000]);
    let outcome = fixture.create_stopped_after(&vault, Duration::from_secs(300)).await;
    let Ending::NotBegun(message) = outcome.ending else { panic!("it was begun") };
    assert!(message.detail().contains("UserErrorContainerNotAccessible"), "{message:?}");
    assert_eq!(vault.posts(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_target_that_is_busy_with_this_very_restore_is_not_waited_for_but_followed() {
    let (fixture, vault) = (Fixture::new(), FakeVault::good());
    vault.validations.lock().unwrap().extend(["UserErrorPitrRestoreInProgress"; 100]);
    *vault.late.lock().unwrap() = Some(ours("late", running()));
    let outcome = fixture.create(&vault).await;
    assert_eq!((outcome.ending, outcome.record.job_name.as_deref()), (Ending::Done, Some("late")));
    assert_eq!(vault.posts(), 0);
}

#[tokio::test(start_paused = true)]
async fn any_other_no_ends_with_azures_words_and_leaves_nothing_behind() {
    for answer in [
        ScriptedAnswer::Refuse("UserErrorTargetContainersExistOnAccount"),
        ScriptedAnswer::FailOperation("UserErrorTargetContainersExistOnAccount"),
    ] {
        let (fixture, vault) = (Fixture::new(), FakeVault::good().answering([answer]));
        let outcome = fixture.create(&vault).await;
        assert!(matches!(outcome.ending, Ending::NotBegun(_)));
        assert!(message(&outcome).contains("rename_to"), "{}", message(&outcome));
        assert_eq!(vault.posts(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn an_operation_that_names_no_job_is_looked_up_by_the_request_id() {
    let (fixture, vault) = (Fixture::new(), FakeVault::good().answering([ScriptedAnswer::AcceptUnnamed]));
    let outcome = fixture.create(&vault).await;
    assert_eq!((outcome.ending, vault.posts()), (Ending::Done, 1));
}

#[tokio::test(start_paused = true)]
async fn a_stop_before_the_trigger_sends_nothing() {
    let (fixture, vault) = (Fixture::new(), FakeVault::good());
    fixture.stop.cancel();
    let outcome = fixture.create(&vault).await;
    assert!(matches!(outcome.ending, Ending::NotBegun(_)));
    assert_eq!(vault.posts(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_stop_while_the_trigger_is_in_flight_waits_for_its_answer() {
    let answer = ScriptedAnswer::AcceptAfter(Duration::from_secs(5));
    let (fixture, vault) = (Fixture::new(), FakeVault::good().answering([answer]));
    let start = Instant::now();
    let outcome = fixture.create_stopped_after(&vault, Duration::from_secs(1)).await;
    assert!(matches!(outcome.ending, Ending::Interrupted(_)));
    assert_eq!(start.elapsed(), Duration::from_secs(5));
    assert_eq!(outcome.record.status, RestoreStatus::InProgress);
    assert_eq!(outcome.record.job_id, None);
    assert!(outcome.record.client_request_id.is_some());
}

#[tokio::test(start_paused = true)]
async fn a_stop_waits_for_an_answer_no_longer_than_five_seconds() {
    // Pipelines that are cancelled kill what they run after ten seconds.
    let answer = ScriptedAnswer::AcceptAfter(Duration::from_secs(80));
    let (fixture, vault) = (Fixture::new(), FakeVault::good().answering([answer]));
    let start = Instant::now();
    let outcome = fixture.create_stopped_after(&vault, Duration::from_secs(1)).await;
    assert!(matches!(outcome.ending, Ending::Interrupted(_)));
    assert_eq!(start.elapsed(), Duration::from_secs(6));
    assert_eq!(outcome.record.status, RestoreStatus::Unknown);
}

#[tokio::test(start_paused = true)]
async fn a_trigger_cut_off_by_the_deadline_is_of_unknown_status_with_its_id_and_sent_once() {
    let mut fixture = Fixture::new();
    fixture.timeout = Duration::from_secs(12);
    let vault = FakeVault::good().answering([ScriptedAnswer::AcceptAfter(Duration::from_secs(60))]);
    let start = Instant::now();
    let outcome = fixture.create(&vault).await;
    let Ending::Failed(message) = &outcome.ending else { panic!("{outcome:?}") };
    assert!(message.detail().contains("The answer to the request was lost"), "{message:?}");
    assert_eq!((start.elapsed(), vault.posts()), (Duration::from_secs(12), 1));
    assert_eq!(outcome.record.status, RestoreStatus::Unknown);
    assert!(outcome.record.client_request_id.is_some());
    // The next apply finds the job by its request id.
    let resumed = Fixture::new().resume(&vault, outcome.record).await;
    assert_eq!((resumed.ending, vault.posts()), (Ending::Done, 1));
}

#[tokio::test(start_paused = true)]
async fn an_operation_that_cannot_be_read_for_a_while_is_looked_at_again() {
    let code = "UserErrorTargetContainersExistOnAccount";
    let (fixture, vault) = (Fixture::new(), FakeVault::good().answering([ScriptedAnswer::FailOperation(code)]));
    *vault.operation_is_unreadable.lock().unwrap() = 4;
    let start = Instant::now();
    let outcome = fixture.create(&vault).await;
    assert!(matches!(outcome.ending, Ending::NotBegun(_)), "{outcome:?}");
    assert!(message(&outcome).contains(code), "{outcome:?}");
    assert!((20..40).contains(&start.elapsed().as_secs()), "{:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn the_job_of_an_operation_that_cannot_be_read_is_found_in_the_list() {
    let (fixture, vault) = (Fixture::new(), FakeVault::good());
    *vault.operation_is_unreadable.lock().unwrap() = u32::MAX;
    let outcome = fixture.create(&vault).await;
    assert_eq!((outcome.ending, vault.posts()), (Ending::Done, 1));
    assert!(fixture.recorded.messages().contains("The operation cannot be read"));
}

#[tokio::test(start_paused = true)]
async fn the_job_of_an_operation_that_does_not_end_is_found_in_the_list_after_five_minutes() {
    let (fixture, vault) = (Fixture::new(), FakeVault { operation_hangs: true, ..FakeVault::good() });
    let start = Instant::now();
    let outcome = fixture.create(&vault).await;
    assert_eq!((outcome.ending, vault.posts()), (Ending::Done, 1));
    assert!((300..360).contains(&start.elapsed().as_secs()), "{:?}", start.elapsed());
    assert!(fixture.recorded.messages().contains("The operation still runs; searching for its job"));
}

#[tokio::test(start_paused = true)]
async fn an_operation_that_can_never_be_read_says_nothing_of_the_restore() {
    let (fixture, vault) = (Fixture::new(), FakeVault { listed: Some(Vec::new()), ..FakeVault::good() });
    *vault.operation_is_unreadable.lock().unwrap() = u32::MAX;
    let start = Instant::now();
    let outcome = fixture.create(&vault).await;
    assert!(matches!(outcome.ending, Ending::Failed(_)), "{outcome:?}");
    assert!(message(&outcome).contains("The operation cannot be read: "), "{outcome:?}");
    let (first_look, unreadable, search) = (5, 120, 300);
    assert_eq!(start.elapsed(), Duration::from_secs(first_look + unreadable + search));
    assert_eq!((outcome.record.status, vault.posts()), (RestoreStatus::InProgress, 1));
}

#[tokio::test(start_paused = true)]
async fn a_stop_while_the_job_runs_keeps_the_job_and_resuming_sends_nothing() {
    let (fixture, vault) = (Fixture::new(), FakeVault::good());
    let outcome = fixture.create_stopped_after(&vault, Duration::from_secs(7)).await;
    assert!(matches!(outcome.ending, Ending::Interrupted(_)), "{outcome:?}");
    let job = outcome.record.job_id.clone().unwrap_or_default();
    assert!(message(&outcome).contains(&format!("Job {job} is recorded in the state")), "{}", message(&outcome));
    assert_eq!(outcome.record.job_name.as_deref(), Some("job0"));
    assert_eq!(outcome.record.status, RestoreStatus::InProgress);
    let resumed = Fixture::new().resume(&vault, outcome.record).await;
    assert_eq!((resumed.ending, vault.posts()), (Ending::Done, 1));
}

#[tokio::test(start_paused = true)]
async fn a_time_out_is_an_error_that_names_the_job_and_the_way_on() {
    let mut fixture = Fixture::new();
    fixture.timeout = Duration::from_secs(12);
    let vault = FakeVault::good();
    *vault.polls.lock().unwrap() = 1000;
    let outcome = fixture.create(&vault).await;
    assert!(matches!(outcome.ending, Ending::Failed(_)));
    assert!(message(&outcome).contains("untaint") && message(&outcome).contains("/vault/jobs/job0"));
    assert_eq!(outcome.record.status, RestoreStatus::InProgress);
}

#[tokio::test(start_paused = true)]
async fn bad_endings_are_errors_and_warnings_only_where_they_are_accepted() {
    for end in [JobStatus::Failed, JobStatus::Cancelled, JobStatus::CompletedWithWarnings] {
        let mut vault = FakeVault::new(end.clone());
        vault.warnings = vec![Warning { code: "W".into(), text: "W: one blob was skipped".into() }];
        let outcome = Fixture::new().create(&vault).await;
        assert!(matches!(outcome.ending, Ending::Failed(_)), "{end}");
        assert_eq!(outcome.record.status, RestoreStatus::of(end.as_str()));
    }
    let mut vault = FakeVault::new(JobStatus::CompletedWithWarnings);
    vault.warnings = vec![Warning { code: "W".into(), text: "W: one blob was skipped".into() }];
    let mut fixture = Fixture::new();
    fixture.options.accept_warnings = true;
    let outcome = fixture.create(&vault).await;
    assert_eq!(outcome.ending, Ending::Done);
    assert!(outcome.warnings[0].detail().contains("one blob was skipped"));
}

#[tokio::test(start_paused = true)]
async fn a_replace_that_did_not_restore_fails_whatever_is_accepted() {
    let mut vault = FakeVault::new(JobStatus::CompletedWithWarnings);
    vault.warnings = vec![Warning { code: "OlrBackupFailed".into(), text: "OlrBackupFailed".into() }];
    let mut fixture = Fixture::new();
    fixture.options.accept_warnings = true;
    let outcome = fixture.create(&vault).await;
    assert!(matches!(outcome.ending, Ending::Failed(_)));
    assert_eq!(outcome.record.status, RestoreStatus::Failed);
}

#[tokio::test(start_paused = true)]
async fn a_failure_that_goes_on_is_reported_as_such_and_not_sent_again() {
    let mut vault = FakeVault::new(JobStatus::Failed);
    vault.errors = vec![AzureError::new("LongRunningRestoreTrackingFailure", "lost track")];
    let outcome = Fixture::new().create(&vault).await;
    assert!(message(&outcome).contains("goes on"), "{}", message(&outcome));
    let again = Fixture::new().create(&vault).await;
    assert!(matches!(again.ending, Ending::NotBegun(_)));
    assert_eq!(vault.posts(), 1);
}

fn left(record: RestoreRecord) -> Handover {
    Handover { record, warnings_accepted: false, wanted_again: false }
}

#[tokio::test(start_paused = true)]
async fn warnings_that_were_accepted_are_not_sent_again_when_the_acceptance_is_taken_back() {
    for (warnings_accepted, posts) in [(true, 0), (false, 1)] {
        let job = ours("left", JobStatus::CompletedWithWarnings);
        let (fixture, vault) = (Fixture::new(), FakeVault::good().with(job.clone()));
        let mut record = RestoreRecord::new(RestoreStatus::InProgress);
        record.learn(&job);
        assert!(!fixture.options.accept_warnings);
        fixture.context.registry.hand_over(intent(), Handover { record, warnings_accepted, wanted_again: false });
        let outcome = fixture.create(&vault).await;
        assert_eq!((outcome.ending, vault.posts()), (Ending::Done, posts));
        let summaries: Vec<&str> = outcome.warnings.iter().map(|warning| warning.summary.as_str()).collect();
        let taken = [
            "Nothing was sent: the restore of things of item \"i\" had already run",
            "The restore of things of item \"i\" completed with warnings",
        ];
        assert_eq!(summaries, taken[..2 * (1 - posts)], "taken, it tells of the warnings once more");
    }
}

#[tokio::test(start_paused = true)]
async fn a_completed_restore_that_was_handed_over_is_taken_without_asking_anybody() {
    let (fixture, vault) = (Fixture::new(), FakeVault::good());
    vault.list_is_broken.store(true, Ordering::Relaxed);
    let mut record = RestoreRecord::new(RestoreStatus::Completed);
    record.job_name = Some("gone".into());
    fixture.context.registry.hand_over(intent(), left(record.clone()));
    let outcome = fixture.create(&vault).await;
    assert_eq!((outcome.ending, outcome.record, vault.posts()), (Ending::Done, record, 0));
}

#[tokio::test(start_paused = true)]
async fn a_handed_over_job_counts_if_it_runs_or_ended_well_and_else_a_new_one_is_sent() {
    for (status, posts) in [
        (running(), 0),
        (JobStatus::Completed, 0),
        (JobStatus::Failed, 1),
        (JobStatus::Cancelled, 1),
        (JobStatus::CompletedWithWarnings, 1),
    ] {
        let (fixture, vault) = (Fixture::new(), FakeVault::good().with(ours("left", status.clone())));
        let mut record = RestoreRecord::new(RestoreStatus::InProgress);
        record.job_name = Some("left".into());
        fixture.context.registry.hand_over(intent(), left(record));
        let outcome = fixture.create(&vault).await;
        assert_eq!((outcome.ending, vault.posts()), (Ending::Done, posts), "{status}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_lost_trigger_that_was_handed_over_is_searched_for_before_anything_is_sent() {
    let id = ClientRequestId::fresh(intent(), &SystemRandom);
    for (listed, posts) in [(true, 0), (false, 1)] {
        let (fixture, vault) = (Fixture::new(), FakeVault::good());
        if listed {
            vault.jobs.lock().unwrap().push(job("found", &id.to_string(), JobStatus::Completed));
        }
        let mut record = RestoreRecord::new(RestoreStatus::Unknown);
        record.client_request_id = Some(id.to_string());
        fixture.context.registry.hand_over(intent(), left(record));
        let outcome = fixture.create(&vault).await;
        assert_eq!((outcome.ending, vault.posts()), (Ending::Done, posts));
    }
}

#[tokio::test(start_paused = true)]
async fn resuming_never_sends_and_says_when_azure_has_taken_nothing() {
    let vault = FakeVault::good();
    let recorded = |status: RestoreStatus| {
        let mut record = RestoreRecord::new(status);
        record.client_request_id = Some(ClientRequestId::fresh(intent(), &SystemRandom).to_string());
        record
    };
    let lost = Fixture::new().resume(&vault, recorded(RestoreStatus::Unknown)).await;
    assert_eq!(lost.record.status, RestoreStatus::NotAccepted);
    let accepted = Fixture::new().resume(&vault, recorded(RestoreStatus::InProgress)).await;
    assert_eq!(
        accepted.record.status,
        RestoreStatus::InProgress,
        "a record that aged out is no reason to restore again"
    );
    assert!(matches!((lost.ending, accepted.ending), (Ending::Failed(_), Ending::Failed(_))));
    assert_eq!(vault.posts(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_recorded_job_that_is_gone_is_an_error_and_nothing_is_sent() {
    let vault = FakeVault::good();
    let mut record = RestoreRecord::new(RestoreStatus::InProgress);
    record.job_name = Some("gone".into());
    let outcome = Fixture::new().resume(&vault, record).await;
    assert!(matches!(outcome.ending, Ending::Failed(_)));
    assert_eq!((outcome.record.status, vault.posts()), (RestoreStatus::InProgress, 0));
}

#[tokio::test(start_paused = true)]
async fn another_items_job_is_not_taken_for_ours() {
    let mut foreign = ours("foreign", running());
    foreign.item_id = Some("/subscriptions/other".into());
    let vault = FakeVault::good().with(foreign);
    let outcome = Fixture::new().create(&vault).await;
    assert!(matches!(outcome.ending, Ending::NotBegun(_)));
    let mut record = RestoreRecord::new(RestoreStatus::InProgress);
    record.job_name = Some("foreign".into());
    let resumed = Fixture::new().resume(&vault, record).await;
    assert!(matches!(resumed.ending, Ending::Failed(_)));
    assert_eq!(vault.posts(), 0);
}

#[tokio::test(start_paused = true)]
async fn two_restores_onto_one_target_take_turns() {
    let fixture = Fixture::new();
    let other = RestoreOptions { intent: Intent::of(&json!("other")), ..fixture.options.clone() };
    let vault = FakeVault::good();
    *vault.polls.lock().unwrap() = 6;
    let deadline = || Deadline::new(Duration::from_secs(3600), CancellationToken::new());
    let (one, two) = tokio::join!(
        Life::create(&vault, fixture.options.clone(), &fixture.context, deadline()),
        Life::create(&vault, other, &fixture.context, deadline()),
    );
    assert_eq!((one.ending, two.ending), (Ending::Done, Ending::Done));
    assert_eq!(vault.posts(), 2);
    assert!(!vault.overlapped.load(Ordering::Relaxed));
}

#[tokio::test(start_paused = true)]
async fn restores_onto_two_targets_do_not_wait_for_each_other() {
    for (targets, overlap) in [(["a", "b"], true), (["a", "A"], false)] {
        let fixture = Fixture::new();
        let other = RestoreOptions { intent: Intent::of(&json!("other")), ..fixture.options.clone() };
        let vault = FakeVault { writes_to: Mutex::new(targets.to_vec()), ..FakeVault::good() };
        *vault.polls.lock().unwrap() = 6;
        let deadline = || Deadline::new(Duration::from_secs(3600), CancellationToken::new());
        tokio::join!(
            Life::create(&vault, fixture.options.clone(), &fixture.context, deadline()),
            Life::create(&vault, other, &fixture.context, deadline()),
        );
        assert_eq!(vault.posts(), 2);
        assert_eq!(vault.overlapped.load(Ordering::Relaxed), overlap, "{targets:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_service_knows_about_a_refusal_is_told_and_nothing_if_it_knows_nothing() {
    let said = async |advises| {
        let refused = FakeVault::good().answering([ScriptedAnswer::Refuse("UserErrorNew")]);
        match Fixture::new().create(&FakeVault { advises, ..refused }).await.ending {
            Ending::NotBegun(message) => message.detail(),
            other => panic!("{other:?}"),
        }
    };
    let advice = "Ask the owner of the vault.";
    let (with, without) = (said(Some(advice)).await, said(None).await);
    assert_eq!(with.matches(advice).count(), 1, "{with}");
    let bare = with.replacen(advice, "", 1);
    assert!(bare.split_whitespace().eq(without.split_whitespace()), "{with}\n{without}");
}

#[tokio::test(start_paused = true)]
async fn a_job_that_does_not_carry_our_id_is_followed_and_warned_of() {
    let vault = FakeVault::good();
    let forgetful = async {
        tokio::time::sleep(Duration::from_millis(1)).await;
        vault.jobs.lock().unwrap()[0].activity_id = "something-else".into();
    };
    let fixture = Fixture::new();
    let (outcome, ()) = tokio::join!(fixture.create(&vault), forgetful);
    assert_eq!(outcome.ending, Ending::Done);
    assert!(outcome.warnings[0].summary.contains("request id"));
}

#[tokio::test(start_paused = true)]
async fn a_restore_that_another_run_begins_during_validation_is_taken_over_and_nothing_is_sent() {
    let (fixture, vault) = (Fixture::new(), FakeVault::good());
    *vault.begun_meanwhile.lock().unwrap() = Some(ours("elsewhere", running()));
    let outcome = fixture.create(&vault).await;
    assert_eq!((outcome.ending, vault.posts()), (Ending::Done, 0));
    assert_eq!(outcome.record.job_name.as_deref(), Some("elsewhere"));
}

#[tokio::test(start_paused = true)]
async fn a_trigger_takes_room_until_it_is_answered_and_no_longer_whatever_the_answer() {
    let busy = "UserErrorPitrRestoreInProgress";
    for (answer, room) in [
        (ScriptedAnswer::AcceptAfter(Duration::from_secs(20)), MOST_HELD - 1),
        (ScriptedAnswer::Accept, MOST_HELD),
        (ScriptedAnswer::AcceptSilently, MOST_HELD),
        (ScriptedAnswer::Nothing, MOST_HELD),
        (ScriptedAnswer::Throttle, MOST_HELD),
        (ScriptedAnswer::Refuse(busy), MOST_HELD),
        (ScriptedAnswer::Refuse("UserErrorTargetContainersExistOnAccount"), MOST_HELD),
    ] {
        let (fixture, vault) = (Fixture::new(), FakeVault::good().answering([answer]));
        let meanwhile = async {
            tokio::time::sleep(Duration::from_secs(2)).await;
            vault.room().await
        };
        let (_, seen) = tokio::join!(fixture.create(&vault), meanwhile);
        // Looking has emptied the bucket.
        tokio::time::sleep(Duration::from_secs(60)).await;
        assert_eq!((seen, vault.room().await), (room, MOST_HELD));
    }
}

#[tokio::test(start_paused = true)]
async fn a_restore_that_is_stopped_or_finds_another_one_gives_its_room_back() {
    let (fixture, vault) =
        (Fixture::new(), FakeVault::good().answering([ScriptedAnswer::AcceptAfter(Duration::from_secs(80))]));
    fixture.create_stopped_after(&vault, Duration::from_secs(1)).await;
    assert_eq!(vault.room().await, MOST_HELD);
    let (fixture, vault) = (Fixture::new(), FakeVault::good());
    *vault.begun_meanwhile.lock().unwrap() = Some(ours("elsewhere", running()));
    fixture.create(&vault).await;
    assert_eq!(vault.room().await, MOST_HELD);
}

#[tokio::test(start_paused = true)]
async fn a_list_reaches_back_as_far_as_a_restore_of_this_intent_can_have_begun() {
    let hours = |hours: i64| NOW - time::Duration::hours(hours);
    // Once it was read, only what began since can be new.
    for timeout in [1, 72] {
        let (mut fixture, vault) = (Fixture::new(), FakeVault::good());
        fixture.timeout = Duration::from_secs(timeout * 3600);
        fixture.create(&vault).await;
        assert_eq!(*vault.asked_since.lock().unwrap(), [hours(24 * 180), hours(24)], "{timeout} h");
    }
    for (start, sent, since) in [
        (None, None, hours(24 * 180)),
        (Some(hours(240)), None, hours(241)),
        (Some(hours(240)), Some(hours(1)), hours(241)),
        (None, Some(hours(240)), hours(241)),
        (None, Some(hours(-240)), hours(24)),
        (Some(hours(1)), None, hours(24)),
        (Some(datetime!(0001-01-01 00:00 UTC)), None, hours(24 * 180)),
    ] {
        let vault = FakeVault::good();
        let mut record = RestoreRecord {
            client_request_id: Some(ClientRequestId::fresh(intent(), &SystemRandom).to_string()),
            start_time: start,
            ..RestoreRecord::new(RestoreStatus::Unknown)
        };
        sent.into_iter().for_each(|sent| record.mark_sent(sent));
        Fixture::new().resume(&vault, record).await;
        let asked = vault.asked_since.lock().unwrap();
        assert!(!asked.is_empty() && asked.iter().all(|asked| *asked == since), "{start:?} {sent:?} {asked:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn messages_call_the_list_as_the_service_does() {
    let (fixture, vault) = (Fixture::new(), FakeVault::good().answering([ScriptedAnswer::Nothing]));
    let outcome = fixture.create(&vault).await;
    let text = format!("{}{}", message(&outcome), fixture.recorded.messages());
    for sentence in [
        "Searching for a restore with the same arguments in the vault's job list.",
        "The answer was lost; searching for the job in the vault's list.",
        "The vault lists no job with request id",
    ] {
        assert!(text.contains(sentence), "{sentence} in {text}");
    }
}
