//! Random moments: each draw is a user with one restore in the configuration, a few applies that are killed at some
//! moment, jobs that end while nobody lives, changes of mind in between, and then peace. After every command the journal
//! and the state are compared with what the promises allow. A draw depends on its seed alone.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use azurebackup::restore::record::RestoreStatus;
use azurebackup::tfplugin::value::Value;
use serde_json::json;

use super::azure::{Dice, JobFate, KillTime, ObservedAzure, POINT, UserIntent};
use super::core::{Apply, ApplyResult, End, Kill, PlannedAction, Terraform};
use crate::simulator::{Action as Fault, Fault as Scripted, ListDefect, OperationScript};

/// The draws of `make test`.
const DRAWS: u64 = 400;
/// How often a soak tells how far it is.
const TOLD_EVERY: u64 = 500;
/// So many applies without a disturbance must be enough, with an answer of the user to each error.
const CALM_APPLIES: usize = 12;

/// What happened, for the count at the end.
type Count = BTreeMap<String, usize>;

struct User {
    terraform: Terraform,
    azure: ObservedAzure,
    dice: Arc<Dice>,
    intent: u32,
    adopt: &'static str,
    accept_warnings: bool,
    create_before_destroy: bool,
    create_timeout: Option<&'static str>,
    /// A job begun elsewhere that the user took over: it carries no intent of ours.
    imported: Option<String>,
    /// Jobs whose warnings were accepted once: that holds for good.
    accepted: BTreeSet<String>,
    /// Jobs that an apply has reported as good.
    good: BTreeSet<String>,
    log: Vec<String>,
    count: Count,
}

impl User {
    fn new(seed: u64) -> Self {
        let dice = Arc::new(Dice::of(seed));
        let azure = ObservedAzure::start(Arc::clone(&dice));
        let adopt = ["running", "running", "running", "completed", "completed", "none"][dice.below(6) as usize];
        let clock = azure.clock.ahead();
        let mut count = Count::new();
        if !clock.is_zero() {
            count.insert(format!("clocks {clock} ahead"), 1);
        }
        Self {
            terraform: Terraform::new(azure.clone()),
            intent: 1,
            adopt,
            accept_warnings: dice.percent(30),
            create_before_destroy: dice.percent(25),
            create_timeout: dice.percent(15).then_some("20m"),
            imported: None,
            accepted: BTreeSet::new(),
            good: BTreeSet::new(),
            log: vec![format!("this machine's clock is {clock} ahead of Azure's")],
            count,
            azure,
            dice,
        }
    }

    fn note(&mut self, what: impl Into<String>) {
        self.log.push(what.into());
    }

    fn counted(&mut self, what: impl Into<String>) {
        *self.count.entry(what.into()).or_default() += 1;
    }

    fn config(&self) -> Value {
        let mut config = self.terraform.schema.null_object();
        config.set("backup_instance_id", self.azure.instance_id());
        config.set("point_in_time", POINT);
        config.set("triggers", Value::object([("run", self.intent.to_string())]));
        config.set("adopt", self.adopt);
        config.set("accept_warnings", self.accept_warnings);
        if let Some(create) = self.create_timeout {
            let none = || Value::Null;
            let block = [("create", Value::from(create)), ("read", none()), ("update", none()), ("delete", none())];
            config.set("timeouts", Value::object(block));
        }
        config
    }

    fn kill(&mut self) -> (Kill, usize, KillTime) {
        let dice = &self.dice;
        let kill = Kill::ALL[dice.below(5) as usize];
        let number = 1 + dice.below(if dice.percent(60) { 14 } else { 24 }) as usize;
        match dice.below(7) {
            0 | 1 => (kill, number, KillTime::Before),
            2 | 3 => (kill, number, KillTime::After),
            4 | 5 => (kill, number, KillTime::Later(dice.milliseconds(15_000))),
            _ => (kill, 1 + dice.below(2) as usize, KillTime::Done),
        }
    }

    /// Something that happens on the way, for one apply.
    fn inject_faults(&mut self) {
        let dice = Arc::clone(&self.dice);
        let simulator = self.azure.simulator.clone();
        match dice.below(14) {
            0 => {
                let status = |status: u16| Fault::StatusAfterAcceptance {
                    status,
                    headers: Default::default(),
                    body: json!(null),
                };
                let action = [Fault::ResetAfterAcceptance, Fault::TruncatedBody, status(500), status(504)]
                    [dice.below(4) as usize]
                    .clone();
                self.note(format!("fault: the answer to the trigger is lost, {action:?}"));
                simulator.inject(Scripted::on("POST", "*/restore", action));
            }
            1 => {
                self.note("fault: the trigger is lost before it arrives");
                simulator.inject(Scripted::on("POST", "*/restore", Fault::ResetBeforeAcceptance));
            }
            2 => {
                self.note("fault: 429 for the trigger");
                simulator.inject(Scripted::status(
                    "POST",
                    "*/restore",
                    429,
                    &[("Retry-After", "7")],
                    "TooManyRequests",
                ));
            }
            3 => {
                let after = dice.below(3) as u32 + 1;
                self.note(format!("fault: reads fail from the {after}th on"));
                simulator.inject(Scripted::on("GET", "*", Fault::ResetBeforeAcceptance).nth(after).times(3));
            }
            4 => {
                self.note("fault: the operation's status is lost");
                simulator.next_restore_operation(OperationScript::is_lost());
            }
            5 => {
                let looks = 1 + dice.below(5) as u32;
                self.note(format!("fault: somebody else restores into the account, for {looks} looks"));
                self.azure.start_elsewhere(looks, JobFate::Good);
            }
            6 | 7 => {
                let defect = [
                    ListDefect::WithoutActivityIds,
                    ListDefect::WithoutProperties,
                    ListDefect::NewestFirst,
                    ListDefect::OldestFirst,
                    ListDefect::Repeated,
                ][dice.below(5) as usize];
                let reads = 1 + dice.below(8) as u32;
                self.note(format!("fault: {reads} lists are {defect:?}"));
                self.counted("defective lists");
                simulator.show_job_lists_with(defect, Some(reads));
            }
            _ => {}
        }
    }

    async fn apply(&mut self, killed: bool) -> ApplyResult {
        let dice = Arc::clone(&self.dice);
        let config = self.config();
        let unknown = dice.percent(10).then(|| {
            let mut config = config.clone();
            config.set("triggers", Value::unknown());
            config
        });
        let kill = killed.then(|| self.kill());
        let replace = killed && dice.percent(12) && self.terraform.disk.current.is_some();
        let apply = Apply {
            config,
            config_at_plan: unknown,
            replace,
            create_before_destroy: self.create_before_destroy,
            kill,
            saves_each_step: dice.percent(50),
        };
        self.azure.want(UserIntent {
            intent: self.intent,
            adopt_none: self.adopt == "none",
            accept_warnings: self.accept_warnings,
            again: replace || self.is_owed(),
            // An argument unknown at plan replaces. Then nothing is handed over under create_before_destroy.
            settled: self.is_settled() && (apply.config_at_plan.is_none() || !self.create_before_destroy),
            only_waits: false,
        });
        let accepted = self.azure.accepted();
        let finished = self.terraform.apply(&apply).await;
        self.azure.simulator.clear_faults();
        self.azure.simulator.mend_job_lists();
        // A job that has ended is on the list.
        if self.azure.jobs().iter().any(|job| !ObservedAzure::is_running(job)) {
            self.azure.lists_catch_up();
        }
        self.note(format!(
            "apply (intent {}, adopt {}, accept_warnings {}, replace {replace}, cbd {}, unknown {}, kill {kill:?}): \
             {finished:?}; {} accepted; state {}",
            self.intent,
            self.adopt,
            self.accept_warnings,
            self.create_before_destroy,
            apply.config_at_plan.is_some(),
            self.azure.accepted() - accepted,
            self.shown(),
        ));
        if let Some((kill, _, _)) = kill.filter(|_| finished.killed) {
            self.counted(format!("{kill:?}"));
        }
        self.check(&finished, accepted);
        finished
    }

    /// Whether the state holds a restore of this intent that was reported as good, and nobody has tainted it.
    fn is_settled(&self) -> bool {
        let current = self.terraform.disk.current.as_ref().filter(|object| !object.tainted);
        let job = current.and_then(|object| object.value.get("job_id").as_str()).unwrap_or_default();
        let of_intent = self.azure.jobs_of(self.intent).iter().any(|own| own.id == job);
        self.good.contains(job) && of_intent
    }

    /// Whether a `-replace` deleted the former restore and could not begin the new one: that is still owed, and an untaint
    /// does not undo it. (An object whose trigger never arrived is `NotAccepted`, too, but knows no job.)
    fn is_owed(&self) -> bool {
        self.terraform.disk.current.as_ref().is_some_and(|object| {
            object.value.get("status").as_str() == Some("NotAccepted") && object.value.get("job_id").as_str().is_some()
        })
    }

    fn shown(&self) -> String {
        let object = |object: &super::core::StoredObject| {
            let text = |name: &str| object.value.get(name).as_str().unwrap_or("-").to_owned();
            format!("{} {} job {}", if object.tainted { "tainted" } else { "good" }, text("status"), text("job_id"))
        };
        let disk = &self.terraform.disk;
        let current = disk.current.as_ref().map_or("nothing".to_owned(), object);
        format!("{current}, deposed {:?}; jobs {:?}", disk.deposed.iter().map(object).collect::<Vec<_>>(), self.jobs())
    }

    fn jobs(&self) -> Vec<String> {
        self.azure
            .jobs()
            .iter()
            .map(|job| format!("{} {} {:?}", job.id, job.status, self.azure.fate(&job.id)))
            .collect()
    }

    /// What holds after every apply.
    fn check(&mut self, finished: &ApplyResult, accepted_before: usize) {
        let azure = self.azure.clone();
        let current = self.terraform.disk.current.clone();
        let text = |name: &str| {
            current.as_ref().and_then(|object| object.value.get(name).as_str()).unwrap_or_default().to_owned()
        };
        // An interrupt that comes after the answer makes no error of it.
        let good = matches!(&finished.end, End::Interrupted(errors) if errors.is_empty())
            && finished.answered
            && current.as_ref().is_some_and(|object| !object.tainted);
        if good && self.accept_warnings && text("status") == "CompletedWithWarnings" {
            self.accepted.insert(text("job_id"));
        }
        if finished.end == End::Done {
            let Some(object) = &current else {
                azure.complain("an apply that succeeded left nothing in the state");
                return;
            };
            if object.tainted {
                azure.complain("an apply that succeeded left a tainted object");
            }
            let status = RestoreStatus::of(&text("status"));
            let job = text("job_id");
            let accepted_warnings = status == RestoreStatus::CompletedWithWarnings;
            if !matches!(status, RestoreStatus::Completed | RestoreStatus::CompletedWithWarnings) {
                azure.complain(format!("an apply that succeeded left status {}", status.as_str()));
            }
            if accepted_warnings && self.accept_warnings {
                self.accepted.insert(job.clone());
            }
            if accepted_warnings && !self.accepted.contains(&job) {
                azure.complain("warnings that nobody accepts were reported as good");
            }
            self.good.insert(job.clone());
            if !azure.ended_well(&job, accepted_warnings) {
                azure.complain(format!("job {job} was reported as good: {:?}", azure.fate(&job)));
            }
            let of_intent = azure.jobs_of(self.intent).iter().any(|own| own.id == job);
            if !of_intent && self.imported.as_ref() != Some(&job) {
                azure.complain(format!("job {job} is no job of intent {}", self.intent));
            }
        }
        // What this apply began and lived to tell of is in the state.
        if finished.answered && azure.accepted() > accepted_before && finished.end != End::Killed {
            let last = azure.last_accepted().unwrap();
            let activity = azure.job(&last).unwrap().activity_id;
            let known = text("job_id") == last || text("client_request_id").eq_ignore_ascii_case(&activity);
            if !known {
                azure.complain(format!("job {last} was begun and the state does not know it"));
            }
        }
    }

    /// Time passes; jobs end while nobody lives.
    async fn pause(&mut self) {
        let dice = Arc::clone(&self.dice);
        if dice.percent(40) {
            return;
        }
        tokio::time::sleep(dice.milliseconds(5_400_000)).await;
        for job in self.azure.jobs() {
            if ObservedAzure::is_running(&job) && dice.percent(50) {
                let fate = if job.activity_id.starts_with("4195ca6c") { JobFate::Good } else { JobFate::draw(&dice) };
                self.note(format!("job {} ends by itself: {fate:?}", job.id));
                self.counted("jobs that ended while nothing of ours was alive");
                self.azure.finish(&job.id, fate);
            }
        }
        self.azure.lists_catch_up();
    }

    /// The user changes their mind, or does what the manual says.
    async fn change_of_mind(&mut self) {
        let dice = Arc::clone(&self.dice);
        match dice.below(20) {
            0 | 1 => {
                self.intent += 1;
                self.note("new triggers");
            }
            2 => {
                if let Some(object) = &mut self.terraform.disk.current {
                    object.tainted = true;
                    self.note("taint");
                }
            }
            3 | 4 => {
                if let Some(object) = &mut self.terraform.disk.current {
                    object.tainted = false;
                    self.note("untaint");
                }
            }
            5 => {
                self.accept_warnings = !self.accept_warnings;
                self.note("accept_warnings changes");
            }
            6 => {
                self.adopt = ["running", "completed", "none"][dice.below(3) as usize];
                self.note(format!("adopt = {}", self.adopt));
            }
            7 => {
                self.terraform.destroy().await;
                self.note("destroy");
            }
            8 => {
                self.create_timeout = if self.create_timeout.is_some() { None } else { Some("30m") };
                self.note("timeouts change");
            }
            9 => self.import(true).await,
            10 => {
                self.create_before_destroy = !self.create_before_destroy;
                self.note("create_before_destroy changes");
            }
            _ => {}
        }
    }

    /// Takes over the last job of the intent, or one begun elsewhere, if the state is empty.
    async fn import(&mut self, foreign: bool) {
        if self.terraform.disk.current.is_some() {
            return;
        }
        let job = self.azure.jobs_of(self.intent).pop().map(|job| (job.arm_id, job.id));
        let job = match job {
            Some(job) => job,
            None if foreign && !self.azure.jobs().iter().any(ObservedAzure::is_running) => {
                let looks = 1 + self.dice.below(8) as u32;
                let id = self.azure.start_elsewhere(looks, JobFate::draw(&self.dice));
                let name = id.rsplit('/').next().unwrap().to_owned();
                (id, name)
            }
            None => return,
        };
        let answer = self.terraform.import(&job.0).await;
        self.note(format!("import of job {}: {answer:?}", job.1));
        self.counted("imports");
        match answer {
            Ok(()) => self.imported = Some(job.1),
            Err(_) => {
                if self.azure.ended_well(&job.1, true) || ObservedAzure::is_running(&self.azure.job(&job.1).unwrap()) {
                    self.azure.complain(format!("job {} could not be imported", job.1));
                }
            }
        }
    }

    /// What a user does who reads the error.
    async fn answer(&mut self, errors: &[String]) {
        let text = errors.join("\n");
        let dice = Arc::clone(&self.dice);
        let new_triggers = |user: &mut Self| {
            user.intent += 1;
            user.note("answer: new triggers");
        };
        if text.contains("has already run") {
            let last = self.azure.jobs_of(self.intent).pop().map(|job| job.id).unwrap_or_default();
            if last.is_empty() || !text.contains(&last) {
                self.azure.complain(format!("the error does not name job {last}: {text}"));
            }
            self.counted("errors that named a completed job");
            match dice.below(3) {
                0 => {
                    self.adopt = "completed";
                    self.note("answer: adopt = completed");
                }
                1 if self.terraform.disk.current.is_none() => {
                    self.note("answer: import");
                    self.import(false).await;
                }
                _ => new_triggers(self),
            }
        } else if text.contains("must be checked first")
            || text.contains("lost track of it")
            || text.contains("the data is there")
            || text.contains("has not ended as its job says")
        {
            // Each apply says so, and sends nothing, until `triggers` change: but only of a job of which it is true.
            let named = |job: &str| text.contains(job);
            let told = |job: &str| matches!(self.azure.fate(job), Some(JobFate::StillRunning | JobFate::DataRestored));
            if !self.azure.jobs().iter().any(|job| named(&job.id) && told(&job.id)) {
                self.azure.complain(format!("no job is as this says: {text}"));
            }
            self.counted("restores that were not what they said");
            new_triggers(self);
        } else if text.contains("accept_warnings = true") && dice.percent(50) {
            self.accept_warnings = true;
            self.note("answer: accept_warnings = true");
        }
    }

    async fn live(&mut self) -> Result<(), String> {
        let killed = 1 + self.dice.below(4);
        for _ in 0..killed {
            self.inject_faults();
            let finished = self.apply(true).await;
            self.verdict()?;
            if let End::Failed(errors) = &finished.end
                && self.dice.percent(50)
            {
                self.answer(errors).await;
            }
            self.pause().await;
            self.change_of_mind().await;
            self.verdict()?;
        }
        self.azure.calm_down();
        for _ in 0..CALM_APPLIES {
            let finished = self.apply(false).await;
            self.verdict()?;
            match finished.end {
                End::Done => {
                    let again = self.apply_nothing().await;
                    return again;
                }
                End::Failed(errors) => self.answer(&errors).await,
                end => return Err(format!("nothing was killed, and yet: {end:?}")),
            }
        }
        Err("applying again does not end well".into())
    }

    /// The next apply has nothing to do and asks nothing.
    async fn apply_nothing(&mut self) -> Result<(), String> {
        let apply = Apply {
            config: self.config(),
            config_at_plan: None,
            replace: false,
            create_before_destroy: self.create_before_destroy,
            kill: None,
            saves_each_step: true,
        };
        let finished = self.terraform.apply(&apply).await;
        if finished.end != End::Done || finished.action != Some(PlannedAction::NoOp) || finished.asked > 0 {
            return Err(format!("the plan after success is not empty: {finished:?}"));
        }
        self.verdict()
    }

    fn verdict(&self) -> Result<(), String> {
        let wrongs = self.azure.wrongs();
        if wrongs.is_empty() { Ok(()) } else { Err(wrongs.join("\n")) }
    }
}

fn last_lines(log: &str) -> String {
    let lines: Vec<&str> = log.lines().collect();
    lines[lines.len().saturating_sub(60)..].join("\n")
}

/// One draw. An error tells its whole log.
fn draw(seed: u64) -> Result<Count, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let mut user = User::new(seed);
        let limit = Duration::from_secs(30 * 24 * 3600);
        let lived = tokio::time::timeout(limit, user.live()).await.unwrap_or_else(|_| Err("it never ends".into()));
        let journal = user.azure.simulator.journal();
        *user.count.entry("requests".into()).or_default() += journal.entries.len();
        *user.count.entry("restores accepted".into()).or_default() += user.azure.accepted();
        let unmodelled = journal.unmodelled();
        let lived = if unmodelled.is_empty() { lived } else { Err(format!("{unmodelled:?}")) };
        lived.map(|()| user.count).map_err(|wrong| {
            format!(
                "seed {seed}: {wrong}\n--- what happened\n{}\n--- Azure\n{}",
                user.log.join("\n"),
                last_lines(&journal.text())
            )
        })
    })
}

/// Many draws on all processors. What went wrong is told at once: a soak may be cut off before its end.
fn draws(first: u64, count: u64) -> Count {
    let next = Mutex::new(first);
    let total = Mutex::new(Count::new());
    let wrong = Mutex::new(Vec::new());
    let went_wrong = |seed: u64, log: String| {
        eprintln!("{log}\nSOAK_SEED={seed} SOAK_DRAWS=1 repeats this draw.\n");
        wrong.lock().unwrap().push(seed);
    };
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                loop {
                    let seed = {
                        let mut next = next.lock().unwrap();
                        if *next >= first + count || wrong.lock().unwrap().len() >= 3 {
                            return;
                        }
                        let begun = *next - first;
                        if begun > 0 && begun.is_multiple_of(TOLD_EVERY) {
                            eprintln!("{begun} of {count} draws begun, {} went wrong", wrong.lock().unwrap().len());
                        }
                        *next += 1;
                        *next - 1
                    };
                    match std::panic::catch_unwind(|| draw(seed)) {
                        Ok(Ok(count)) => {
                            let mut total = total.lock().unwrap();
                            for (what, count) in count {
                                *total.entry(what).or_default() += count;
                            }
                        }
                        Ok(Err(log)) => went_wrong(seed, log),
                        Err(_) => went_wrong(seed, format!("seed {seed} panicked; its message is above")),
                    }
                }
            });
        }
    });
    let wrong = wrong.into_inner().unwrap();
    assert!(wrong.is_empty(), "draws went wrong, see above: {wrong:?}");
    total.into_inner().unwrap()
}

#[test]
fn whenever_something_dies_applying_again_ends_well_with_one_restore_per_attempt() {
    let count = draws(1, DRAWS);
    // The draws are what they are meant to be.
    for kill in Kill::ALL {
        let hits = count.get(&format!("{kill:?}")).copied().unwrap_or_default();
        assert!(hits > 20, "{kill:?} came {hits} times: {count:#?}");
    }
    for drawn in ["defective lists", "clocks 1d1h ahead", "clocks -1d1h ahead"] {
        assert!(count.get(drawn).is_some_and(|hits| *hits > 4), "{drawn}: {count:#?}");
    }
}

/// A client erases the private bytes when the answer to an update is lost (protocol 4.4). The state alone must tell that
/// the warnings were accepted.
#[test]
fn accepted_warnings_outlive_a_provider_killed_in_the_update_that_takes_the_acceptance_back() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let mut user = User::new(1);
        user.azure.next_fate(JobFate::Warned);
        (user.adopt, user.accept_warnings) = ("running", true);
        let config = |user: &User| Apply {
            config: user.config(),
            config_at_plan: None,
            replace: false,
            create_before_destroy: false,
            kill: None,
            saves_each_step: true,
        };
        user.azure.want(UserIntent { intent: 1, accept_warnings: true, ..UserIntent::default() });
        assert_eq!(user.terraform.apply(&config(&user)).await.end, End::Done);
        user.accept_warnings = false;
        let killed = Apply { kill: Some((Kill::Provider, 1, KillTime::Done)), ..config(&user) };
        assert!(matches!(user.terraform.apply(&killed).await.end, End::Failed(_)));
        assert!(user.terraform.disk.current.as_ref().unwrap().private.is_empty());
        let again = user.terraform.apply(&config(&user)).await;
        assert_eq!((again.end, again.action), (End::Done, Some(PlannedAction::Update)), "{:?}", user.azure.wrongs());
        assert_eq!(user.azure.accepted(), 1);
        assert_eq!(user.terraform.apply(&config(&user)).await.action, Some(PlannedAction::NoOp));
        // Killed once more, nothing tells of the acceptance any longer: an error each time, and nothing is sent.
        user.adopt = "completed";
        let killed = Apply { kill: Some((Kill::Provider, 1, KillTime::Done)), ..config(&user) };
        assert!(matches!(user.terraform.apply(&killed).await.end, End::Failed(_)));
        for _ in 0..2 {
            let unsure = user.terraform.apply(&config(&user)).await;
            let End::Failed(errors) = unsure.end else { panic!("{unsure:?}") };
            assert!(errors.join("").contains("accept_warnings = true"), "{errors:?}");
            assert_eq!((unsure.action, user.azure.accepted()), (Some(PlannedAction::Update), 1));
        }
        user.accept_warnings = true;
        assert_eq!(user.terraform.apply(&config(&user)).await.end, End::Done);
        user.accept_warnings = false;
        assert_eq!(user.terraform.apply(&config(&user)).await.end, End::Done);
        assert_eq!(user.terraform.apply(&config(&user)).await.action, Some(PlannedAction::NoOp));
        assert_eq!(user.azure.accepted(), 1);
    });
}

/// `make soak`: SOAK_DRAWS draws from SOAK_SEED on.
#[test]
#[ignore = "make soak"]
fn soak() {
    let number = |name: &str, default: u64| {
        std::env::var(name).ok().filter(|text| !text.is_empty()).map_or(default, |text| text.parse().unwrap())
    };
    let (first, many) = (number("SOAK_SEED", 1_000_000), number("SOAK_DRAWS", 5000));
    let count = draws(first, many);
    eprintln!("{many} draws from seed {first} on: {count:#?}");
}
