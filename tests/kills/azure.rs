//! The simulated Azure behind the product's own transport, on tokio's clock, and the watch over what is sent to it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use async_trait::async_trait;
use azurebackup::azure::clock::Clock;
use azurebackup::azure::deadline::Deadline;
use azurebackup::azure::random::Random;
use azurebackup::azure::secret::Secret;
use azurebackup::azure::token::{AccessToken, TokenError, TokenSource};
use azurebackup::azure::transport::{
    HeaderMap, HeaderName, HeaderValue, HttpRequest, HttpResponse, HttpTransport, TransportError,
};
use time::OffsetDateTime;
use time::macros::datetime;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::simulator::{
    BackupInstance, BackupVault, CLIENT, CLIENT_SECRET, Delivery, Ending, ForeignRestore, JobFacts, JobScript, Order,
    Request as Asked, ServiceError, Simulator, SimulatorBuilder, StorageAccount, TENANT, Warning,
};

pub const INSTANCE: &str = "contososhop-operational";
pub const START: OffsetDateTime = datetime!(2026-11-20 08:00 UTC);
/// In the past for every clock.
pub const POINT: &str = "2026-11-18T04:00:00Z";

/// Draws that depend on nothing but the seed (SplitMix64).
#[derive(Debug)]
pub struct Dice(Mutex<u64>);

impl Dice {
    pub fn of(seed: u64) -> Self {
        Self(Mutex::new(seed))
    }

    pub fn next(&self) -> u64 {
        let mut state = self.0.lock().unwrap();
        *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut draw = *state;
        draw = (draw ^ (draw >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        draw = (draw ^ (draw >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        draw ^ (draw >> 31)
    }

    pub fn below(&self, bound: u64) -> u64 {
        self.next() % bound
    }

    /// True in so many of a hundred draws.
    pub fn percent(&self, hits: u64) -> bool {
        self.below(100) < hits
    }

    pub fn milliseconds(&self, bound: u64) -> Duration {
        Duration::from_millis(self.below(bound))
    }
}

impl Random for Dice {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let draw = self.next().to_le_bytes();
            chunk.copy_from_slice(&draw[..chunk.len()]);
        }
    }
}

/// The clock of the machine that Terraform runs on: it goes with tokio's, and may be ahead of Azure's or behind.
#[derive(Clone, Copy, Debug)]
pub struct MachineClock {
    started: Instant,
    ahead: time::Duration,
}

impl MachineClock {
    /// A clock of one machine in seven is wrong, by a day and an hour or by minutes.
    fn draw(dice: &Dice) -> Self {
        let ahead = match dice.below(28) {
            0 => time::Duration::hours(25),
            1 => time::Duration::hours(-25),
            2 => time::Duration::minutes(7),
            3 => time::Duration::minutes(-7),
            _ => time::Duration::ZERO,
        };
        Self { started: Instant::now(), ahead }
    }

    /// How far it is ahead of Azure's.
    pub fn ahead(&self) -> time::Duration {
        self.ahead
    }
}

impl Clock for MachineClock {
    fn now(&self) -> OffsetDateTime {
        START + self.started.elapsed() + self.ahead
    }
}

/// What becomes of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobFate {
    Good,
    Warned,
    Failed,
    Cancelled,
    /// "Failed", and the restore goes on: must never be sent again.
    StillRunning,
    /// "Failed", and the data is there: must never be sent again.
    DataRestored,
}

impl JobFate {
    pub fn draw(dice: &Dice) -> Self {
        match dice.below(100) {
            0..55 => Self::Good,
            55..67 => Self::Warned,
            67..81 => Self::Failed,
            81..91 => Self::Cancelled,
            91..96 => Self::StillRunning,
            _ => Self::DataRestored,
        }
    }

    pub fn ending(self) -> Ending {
        match self {
            Self::Good => Ending::Completed,
            Self::Warned => Ending::CompletedWithWarnings(vec![Warning {
                resource_name: "contososhop".into(),
                warning: ServiceError::new("SomethingSmall", "One blob was skipped."),
            }]),
            Self::Failed => Ending::failed("UserErrorStorageAccountInLockedState", "Locked.", "Unlock it."),
            Self::Cancelled => Ending::Cancelled,
            Self::StillRunning => Ending::failed("LongRunningRestoreTrackingFailure", "NoAnswer track.", "Wait."),
            Self::DataRestored => Ending::failed(
                "UserErrorObjectReplicationPolicyDeletionFailureOnRestoreTarget",
                "A policy is left.",
                "Delete it.",
            ),
        }
    }

    fn is_good(self) -> bool {
        matches!(self, Self::Good | Self::Warned)
    }
}

/// What the user wants while requests come in: the measure of what may be sent.
#[derive(Clone, Copy, Debug, Default)]
pub struct UserIntent {
    /// Number of the intent: every change of `triggers` makes another.
    pub intent: u32,
    pub adopt_none: bool,
    pub accept_warnings: bool,
    /// The user asks to run again what ended well (`-replace`).
    pub again: bool,
    /// The restore of this very intent has ended well before, and an apply has said so.
    pub settled: bool,
    /// The planned change is an update in place, which only waits.
    pub only_waits: bool,
}

#[derive(Debug, Default)]
struct JobListCache {
    wanted: UserIntent,
    /// Which intent a prefix of request ids stands for.
    intents: BTreeMap<String, u32>,
    fates: BTreeMap<String, JobFate>,
    ids: BTreeSet<String>,
    accepted: Vec<String>,
    wrongs: Vec<String>,
    calm: bool,
}

/// Azure, and what is known of it from behind. Clones share it.
#[derive(Clone)]
pub struct ObservedAzure {
    pub simulator: Simulator,
    pub clock: MachineClock,
    pub dice: Arc<Dice>,
    /// A list shows a new job only after some reads.
    pub lags: bool,
    set_forward: Arc<Mutex<Duration>>,
    watch: Arc<Mutex<JobListCache>>,
}

impl fmt::Debug for ObservedAzure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("ObservedAzure")
    }
}

impl ObservedAzure {
    pub fn start(dice: Arc<Dice>) -> Self {
        let shop = StorageAccount::new("contososhop").containers(["orders", "logs"]);
        let vault = BackupVault::new("vault-rehearsal")
            .instance(BackupInstance::blobs(INSTANCE, &shop).continuous_since(START - time::Duration::days(30)));
        let simulator = SimulatorBuilder::new().standing_at(START).storage_account(shop).backup_vault(vault).start();
        let lags = dice.percent(20);
        let clock = MachineClock::draw(&dice);
        let azure = Self { simulator, clock, dice, lags, set_forward: Arc::default(), watch: Arc::default() };
        azure.queue_a_script();
        azure
    }

    fn job_lists(&self) -> MutexGuard<'_, JobListCache> {
        self.watch.lock().unwrap()
    }

    pub fn want(&self, wanted: UserIntent) {
        self.job_lists().wanted = wanted;
    }

    pub fn only_waits(&self, only_waits: bool) {
        self.job_lists().wanted.only_waits = only_waits;
    }

    /// From now on every restore goes well, but for the one whose script is written already.
    pub fn calm_down(&self) {
        self.job_lists().calm = true;
        self.simulator.clear_faults();
    }

    pub fn wrongs(&self) -> Vec<String> {
        self.job_lists().wrongs.clone()
    }

    pub fn complain(&self, wrong: impl Into<String>) {
        self.job_lists().wrongs.push(wrong.into());
    }

    pub fn accepted(&self) -> usize {
        self.job_lists().accepted.len()
    }

    pub fn last_accepted(&self) -> Option<String> {
        self.job_lists().accepted.last().cloned()
    }

    pub fn jobs(&self) -> Vec<JobFacts> {
        self.simulator.jobs()
    }

    pub fn job(&self, id: &str) -> Option<JobFacts> {
        self.jobs().into_iter().find(|job| job.id == id)
    }

    /// The jobs of an intent, oldest first.
    pub fn jobs_of(&self, intent: u32) -> Vec<JobFacts> {
        let watch = self.job_lists();
        let of = |job: &JobFacts| watch.intents.get(&prefix(&job.activity_id)) == Some(&intent);
        self.simulator.jobs().into_iter().filter(of).collect()
    }

    pub fn fate(&self, job: &str) -> Option<JobFate> {
        self.job_lists().fates.get(job).copied()
    }

    pub fn is_running(job: &JobFacts) -> bool {
        job.status == "InProgress"
    }

    /// Ends a job by hand, while nobody looks.
    pub fn finish(&self, job: &str, fate: JobFate) {
        self.keep_time();
        self.job_lists().fates.insert(job.to_owned(), fate);
        assert!(self.simulator.finish(job, fate.ending()));
    }

    /// Somebody else restores into the same account. Ends as it is looked at, in lists too.
    pub fn start_elsewhere(&self, looks: u32, fate: JobFate) -> String {
        self.keep_time();
        let order =
            Order::in_place(self.simulator.things()["storage_accounts"]["contososhop"].as_str().unwrap(), POINT);
        let foreign = ForeignRestore {
            instance: INSTANCE.into(),
            activity_id: format!("4195ca6c-e02d-11eb-b0b1-{:012x}", self.dice.below(1 << 48)),
            order,
            script: JobScript::running(looks).then(fate.ending()).moved_by_lists(),
            started_ago: time::Duration::minutes(1),
        };
        let id = self.simulator.add_foreign_restore(foreign).unwrap();
        self.job_lists().fates.insert(id.rsplit('/').next().unwrap().to_owned(), fate);
        id
    }

    pub fn instance_id(&self) -> String {
        self.simulator.things()["backup_instances"][INSTANCE].as_str().unwrap().to_owned()
    }

    /// Time has passed: what was not on the list yet is on it now.
    pub fn lists_catch_up(&self) {
        let tokens = EntraTokens::of(self.clone());
        let token = tokens.issue();
        let vault = self.simulator.things()["backup_vaults"]["vault-rehearsal"].as_str().unwrap().to_owned();
        for _ in 0..4 {
            let request = Asked::new("GET", format!("{vault}/backupJobs?api-version=2026-06-01"))
                .header("authorization", format!("Bearer {}", token.token.expose()));
            let reply = self.simulator.handle(&request);
            assert_eq!(reply.status, 200);
        }
    }

    fn keep_time(&self) {
        let elapsed = self.clock.started.elapsed();
        let mut forward = self.set_forward.lock().unwrap();
        self.simulator.advance_clock(time::Duration::try_from(elapsed - *forward).unwrap());
        *forward = elapsed;
    }

    /// The script of the next restore that is accepted.
    fn queue_a_script(&self) {
        let dice = &self.dice;
        let fate = if self.job_lists().calm { JobFate::Good } else { JobFate::draw(dice) };
        let looks = 1 + u32::try_from(dice.below(6)).unwrap();
        let mut script = JobScript::running(looks).then(fate.ending());
        if self.lags {
            script = script.listed_after(u32::try_from(dice.below(4)).unwrap());
        }
        self.simulator.next_restore(script);
        self.job_lists().fates.insert("next".into(), fate);
    }

    /// The next restore that is accepted ends so.
    pub fn next_fate(&self, fate: JobFate) {
        self.simulator.next_restore_of(INSTANCE, JobScript::running(1).then(fate.ending()));
        self.job_lists().fates.insert("next".into(), fate);
    }

    fn is_trigger(request: &Asked) -> bool {
        request.method == "POST" && request.path().ends_with("/restore")
    }

    /// What must hold of a trigger when it is sent.
    fn mind_trigger(&self, id: &str) {
        let jobs = self.simulator.jobs();
        let mut watch = self.job_lists();
        let wanted = watch.wanted;
        if !watch.ids.insert(id.to_owned()) {
            watch.wrongs.push(format!("request id {id} was sent twice"));
        }
        if wanted.only_waits {
            watch.wrongs.push(format!("{id}: an update in place sent a restore"));
        }
        let intent = prefix(id);
        let known = *watch.intents.entry(intent.clone()).or_insert(wanted.intent);
        if known != wanted.intent {
            watch.wrongs.push(format!("{id}: the prefix stands for intent {known}, wanted is {}", wanted.intent));
        }
        if wanted.settled && !wanted.again {
            watch.wrongs.push(format!("{id}: a restore that had ended well was sent again by itself"));
        }
        if wanted.adopt_none {
            return;
        }
        let mut ours = jobs.iter().filter(|job| prefix(&job.activity_id) == intent);
        if !self.lags && ours.clone().any(Self::is_running) {
            watch.wrongs.push(format!("{id}: was sent while a job of the same intent runs"));
        }
        let Some(last) = ours.next_back() else { return };
        let fate = watch.fates.get(&last.id).copied();
        let wrong = match fate {
            _ if Self::is_running(last) => None,
            Some(JobFate::Good) if !wanted.again => Some("has completed"),
            Some(JobFate::Warned) if wanted.accept_warnings && !wanted.again => Some("has completed with warnings"),
            Some(JobFate::StillRunning) => Some("goes on although it says that it failed"),
            Some(JobFate::DataRestored) => Some("has brought the data back although it says that it failed"),
            _ => None,
        };
        if let Some(wrong) = wrong {
            let job = &last.id;
            watch.wrongs.push(format!("{id}: was sent although job {job} of the same intent {wrong}"));
        }
    }

    fn mind_acceptance(&self) {
        let journal = self.simulator.journal();
        let Some(accepted) = journal.entries.last().and_then(|entry| entry.accepted_restore.clone()) else { return };
        {
            let mut watch = self.job_lists();
            let fate = watch.fates.remove("next").unwrap();
            watch.fates.insert(accepted.job_id.clone(), fate);
            watch.accepted.push(accepted.job_id.clone());
            let id = accepted.client_request_id.unwrap_or_default();
            let jobs = self.simulator.jobs();
            let rivals = jobs.iter().filter(|job| prefix(&job.activity_id) == prefix(&id) && job.id != accepted.job_id);
            if rivals.clone().any(Self::is_running) {
                watch.wrongs.push(format!("{id}: was accepted beside a running job of the same intent"));
            }
        }
        self.queue_a_script();
    }

    /// Jobs that nobody here looks at end some time after all.
    fn others_go_on(&self) {
        for job in self.simulator.jobs().iter().filter(|job| Self::is_running(job)) {
            let (ours, fate) = {
                let watch = self.job_lists();
                let of_intent = watch.intents.get(&prefix(&job.activity_id)) == Some(&watch.wanted.intent);
                (of_intent && !watch.wanted.adopt_none, watch.fates.get(&job.id).copied())
            };
            if !ours && self.dice.percent(30) {
                self.simulator.finish(&job.id, fate.unwrap_or(JobFate::Good).ending());
            }
        }
    }

    fn answer(&self, request: &Asked) -> crate::simulator::Reply {
        self.keep_time();
        let is_trigger = Self::is_trigger(request);
        if is_trigger {
            self.mind_trigger(request.headers.get("x-ms-client-request-id").unwrap_or_default());
        }
        if request.path().ends_with("/validateRestore") {
            self.others_go_on();
        }
        let reply = self.simulator.handle(request);
        if is_trigger {
            self.mind_acceptance();
        }
        reply
    }

    /// Whether the job may be told to be a good end.
    pub fn ended_well(&self, job: &str, accept_warnings: bool) -> bool {
        let fate = self.fate(job);
        let ended = self.job(job).is_some_and(|job| !Self::is_running(&job));
        ended && fate.is_some_and(|fate| fate.is_good() && (fate == JobFate::Good || accept_warnings))
    }
}

/// The first four groups.
pub fn prefix(id: &str) -> String {
    id.get(..23).unwrap_or(id).to_lowercase()
}

/// When something happens to a process, counted in its requests.
#[derive(Clone, Copy, Debug)]
pub enum KillTime {
    /// The request never arrives.
    Before,
    /// It arrives, its answer does not.
    After,
    /// So long after its answer.
    Later(Duration),
    /// Not at a request: when the provider has done this change, before Terraform hears of it.
    Done,
}

/// The moment of one apply at which something happens, shared by all its processes.
#[derive(Debug)]
pub struct KillPoint {
    asked: AtomicUsize,
    at: Option<(usize, KillTime)>,
    /// The request under way dies with the process.
    cuts: bool,
    pub come: CancellationToken,
}

impl KillPoint {
    pub fn new(at: Option<(usize, KillTime)>, cuts: bool) -> Arc<Self> {
        Arc::new(Self { asked: AtomicUsize::new(0), at, cuts, come: CancellationToken::new() })
    }

    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }

    async fn comes(&self) {
        self.come.cancel();
        if self.cuts {
            std::future::pending::<()>().await;
        }
    }
}

/// The way from one provider process to Azure. A dead process sends nothing and hears nothing.
#[derive(Debug)]
pub struct ProcessTransport {
    pub azure: ObservedAzure,
    pub alive: Arc<AtomicBool>,
    pub moment: Arc<KillPoint>,
}

/// Half of the time on the way.
const HALF_WAY: Duration = Duration::from_millis(40);

impl ProcessTransport {
    async fn pass(&self) {
        tokio::time::sleep(HALF_WAY).await;
        if !self.alive.load(Ordering::Relaxed) {
            std::future::pending::<()>().await;
        }
    }
}

#[async_trait]
impl HttpTransport for ProcessTransport {
    async fn send(&self, request: HttpRequest, deadline: Instant) -> Result<HttpResponse, TransportError> {
        let number = self.moment.asked.fetch_add(1, Ordering::Relaxed) + 1;
        let at = self.moment.at.filter(|(at, _)| *at == number).map(|(_, when)| when);
        let mut asked = Asked::new(
            request.method.as_str(),
            match request.url.query() {
                Some(query) => format!("{}?{query}", request.url.path()),
                None => request.url.path().to_owned(),
            },
        );
        for (name, value) in &request.headers {
            asked.headers.push(name.as_str(), String::from_utf8_lossy(value.as_bytes()));
        }
        asked.body = request.body.unwrap_or_default();
        self.pass().await;
        if matches!(at, Some(KillTime::Before)) {
            self.moment.comes().await;
        }
        let reply = self.azure.answer(&asked);
        if matches!(at, Some(KillTime::After)) {
            self.moment.comes().await;
        }
        self.pass().await;
        if let Some(KillTime::Later(wait)) = at {
            let come = self.moment.come.clone();
            tokio::spawn(async move {
                tokio::time::sleep(wait).await;
                come.cancel();
            });
        }
        match reply.delivery {
            Delivery::Whole => {}
            Delivery::Dropped => return Err(TransportError::lost("connection reset")),
            Delivery::Truncated => return Err(TransportError::lost("half an answer")),
            Delivery::SlowHeaders(wait) | Delivery::SlowBody(wait) => {
                if tokio::time::timeout_at(deadline, tokio::time::sleep(wait)).await.is_err() {
                    return Err(TransportError::lost("no answer in time"));
                }
            }
        }
        let mut headers = HeaderMap::new();
        for (name, value) in reply.headers.iter() {
            headers.append(HeaderName::try_from(name).unwrap(), HeaderValue::try_from(value).unwrap());
        }
        Ok(HttpResponse { status: reply.status, headers, body: reply.body })
    }
}

/// Tokens of the simulated Entra, a fresh one every half hour.
#[derive(Debug)]
pub struct EntraTokens {
    azure: ObservedAzure,
    held: Mutex<Option<AccessToken>>,
}

impl EntraTokens {
    pub fn of(azure: ObservedAzure) -> Self {
        Self { azure, held: Mutex::default() }
    }
}

#[async_trait]
impl TokenSource for EntraTokens {
    async fn token(&self, _: &Deadline) -> Result<AccessToken, TokenError> {
        let now = self.azure.clock.now();
        let mut held = self.held.lock().unwrap();
        if let Some(token) = held.as_ref().filter(|token| token.expires_at > now) {
            return Ok(token.clone());
        }
        Ok(held.insert(self.issue()).clone())
    }

    fn invalidate(&self, _: &AccessToken) {
        *self.held.lock().unwrap() = None;
    }
}

impl EntraTokens {
    fn issue(&self) -> AccessToken {
        let now = self.azure.clock.now();
        self.azure.keep_time();
        let request = Asked::new("POST", format!("/{TENANT}/oauth2/v2.0/token")).form(&[
            ("grant_type", "client_credentials"),
            ("client_id", CLIENT),
            ("client_secret", CLIENT_SECRET),
            ("scope", "https://management.azure.com/.default"),
        ]);
        let answer = self.azure.simulator.handle(&request).value();
        AccessToken {
            token: Secret::new(answer["access_token"].as_str().expect("a token")),
            expires_at: now + time::Duration::minutes(30),
        }
    }
}
