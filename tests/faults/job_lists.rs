//! Lists of jobs that lag, leave out and show things half filled: what must come of a restore all the same. A list may be
//! wrong, and the job itself may not be found for a while; what is recorded by name, or by the id of the request, is enough.

use std::time::Duration;

use azurebackup::tfplugin::resource::Call;
use azurebackup::tfplugin::value::Value;
use serde_json::json;

use super::Share;
use super::phases::{KINDS, MatrixKind};
use crate::in_process::{PlannedStep, Session, SessionResult, created, text};
use crate::restores::{RestoreKindCase, SimulatedResources, usual_configuration};
use crate::simulator::{Action, Ending, Fault, JobFacts, JobScript, ListDefect};

/// A cell is how the apply under the defect ends. For all of them: with whole lists, what follows are a few applies after
/// which the data is back and the plan is empty, and Azure has accepted as many restores as the word says.
///
/// | word | means |
/// |---|---|
/// | `done` | apply succeeds, the state says Completed; one restore altogether |
/// | `again` | the same; two restores, for the first one had failed or another one was wanted |
/// | `named` | apply fails and names the job that has completed; one restore altogether |
/// | `failed` | apply fails and says why Azure's job has; the next one restores again; two altogether |
/// | `lost` | apply fails, the state says Unknown; the next one finds the job; one altogether |
/// | `none` | apply fails, nothing is kept, nothing was sent; two altogether if the first one had failed, else one |
/// | `blind` | nobody can know: no state has the restore and no list shows it. It is sent again; two altogether |
const TABLE: &str = "
defect                 | straight lost resumed tainted failed wanted replaced forgotten              ended                   failed-unseen
none                   | done     done done    done    failed done   again    done                   named                   again
behind by 1            | done     done done    done    failed done   again    done,none,done,done    named,none,named,named  again
behind by 3            | done     done done    done    failed done   again    done,none,done,done    blind,none,blind,blind,named,named  again
never renewed          | done     lost done    done    failed done   again    blind,none,blind,blind blind,none,blind,blind  again
newest omitted twice   | done     done done    done    failed done   again    done,none,done,done    blind,none,blind,blind,named,named again
newest omitted         | done     lost done    done    failed done   again    blind,none,blind,blind blind,none,blind,blind  again
no activity ids twice  | done     done done    done    failed done   again    done                   named                   again
no activity ids        | done     lost done    done    failed done   again    done                   named                   again
empty twice            | done     done done    done    failed done   again    done                   named                   again
empty                  | done     lost done    done    failed done   again    done                   named                   again
newest first           | done     done done    done    failed done   again    done                   named                   again
oldest first           | done     done done    done    failed done   again    done                   named                   again
repeated               | done     done done    done    failed done   again    done                   named                   again
job not found thrice   | done     done done    done    failed done   again    done                   named                   none
";

/// What has happened before the apply under the defect, and what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Situation {
    /// Nothing: the first apply.
    Straight,
    /// The first apply, and the answer to its trigger is lost.
    Lost,
    /// The state has a running restore, whose job has completed since.
    Resumed,
    /// The same, tainted by a time-out.
    Tainted,
    /// The state has a running restore, whose job has failed since.
    Failed,
    /// The state has a running restore that runs on, and is to be replaced.
    Wanted,
    /// The state has a completed restore that is to be replaced.
    Replaced,
    /// No state knows the restore, which runs.
    Forgotten,
    /// No state knows the restore, which has completed.
    Ended,
    /// No state knows the restore, which has failed.
    FailedUnseen,
}

const SITUATIONS: [(&str, Situation); 10] = [
    ("straight", Situation::Straight),
    ("lost", Situation::Lost),
    ("resumed", Situation::Resumed),
    ("tainted", Situation::Tainted),
    ("failed", Situation::Failed),
    ("wanted", Situation::Wanted),
    ("replaced", Situation::Replaced),
    ("forgotten", Situation::Forgotten),
    ("ended", Situation::Ended),
    ("failed-unseen", Situation::FailedUnseen),
];

/// What is wrong, from the apply under it on; a list that lags lags from the beginning.
#[derive(Clone, Copy, Debug)]
enum Defect {
    None,
    List(ListDefect, Option<u32>),
    /// The job's own answer is 404, so many times.
    JobNotFound(u32),
}

const DEFECTS: [(&str, Defect); 14] = [
    ("none", Defect::None),
    ("behind by 1", Defect::List(ListDefect::Behind(1), None)),
    ("behind by 3", Defect::List(ListDefect::Behind(3), None)),
    ("never renewed", Defect::List(ListDefect::Behind(10_000), None)),
    ("newest omitted twice", Defect::List(ListDefect::WithoutTheNewest, Some(2))),
    ("newest omitted", Defect::List(ListDefect::WithoutTheNewest, None)),
    ("no activity ids twice", Defect::List(ListDefect::WithoutActivityIds, Some(2))),
    ("no activity ids", Defect::List(ListDefect::WithoutActivityIds, None)),
    ("empty twice", Defect::List(ListDefect::WithoutProperties, Some(2))),
    ("empty", Defect::List(ListDefect::WithoutProperties, None)),
    ("newest first", Defect::List(ListDefect::NewestFirst, None)),
    ("oldest first", Defect::List(ListDefect::OldestFirst, None)),
    ("repeated", Defect::List(ListDefect::Repeated, None)),
    ("job not found thrice", Defect::JobNotFound(3)),
];

const FAILURE: &str = "UserErrorStorageAccountInLockedState";

struct Cell {
    s: Session,
    restore: RestoreKindCase,
    world: SimulatedResources,
}

impl Cell {
    fn new(kind: &MatrixKind) -> Self {
        let restore = (kind.restore)();
        // A page for each job: what moves between two pages is told twice.
        let s = Session::within(|scenario| scenario.pages_of(1)).of_type(restore.type_name);
        let world = SimulatedResources::of(s.azure());
        // Somebody else's restore of the same item is in every list.
        (restore.service.add_job)(s.azure(), restore.item);
        Self { s, restore, world }
    }

    fn config(&self, limit: &str, adopt: &str) -> Value {
        let own = vec![("timeouts", json!({"create": limit, "update": limit})), ("adopt", json!(adopt))];
        usual_configuration(&self.s, &self.restore, &self.world, own)
    }

    /// An apply whose job goes on after it.
    async fn leave_running(&mut self) {
        self.s.azure().next_restore(JobScript::held());
        let short = self.config("40s", "running");
        self.s.apply(&short).await;
        assert_eq!((self.s.text("status").as_str(), self.s.restores()), ("InProgress", 1));
    }

    fn end_job(&self, ending: Ending) {
        assert!(self.s.azure().finish(&self.s.text("job_id"), ending));
    }

    fn inject(&self, defect: Defect) {
        match defect {
            Defect::None => {}
            Defect::List(defect, reads) => self.s.azure().show_job_lists_with(defect, reads),
            Defect::JobNotFound(times) => {
                let job = self.restore.service.job;
                let gone = Fault::status(job.method, &job.pattern(), 404, &[], "ResourceNotFound");
                self.s.azure().inject(gone.times(times).after_accepted_restores(1));
            }
        }
    }

    async fn run(&mut self, situation: Situation, defect: Defect) -> (&'static str, String) {
        let lags = matches!(defect, Defect::List(ListDefect::Behind(_), _));
        if lags {
            self.inject(defect);
        }
        self.prepare(situation).await;
        let before = self.s.restores();
        if !lags {
            self.inject(defect);
        }
        let config = self.config("2h", "running");
        let finished = match situation {
            Situation::Wanted | Situation::Replaced => self.s.apply_replacing(&config).await,
            _ => self.s.apply(&config).await,
        };
        let word = self.word(situation, self.s.restores() - before, &finished);
        self.s.azure().mend_job_lists();
        self.s.azure().clear_faults();
        let said = finished.text();
        match self.good_end(situation, word).await {
            Ok(()) => (word, said),
            Err(wrong) => ("STUCK", format!("{said}\nafter {word}: {wrong}")),
        }
    }

    /// Applies in quiet times, as a user would, until the data is back.
    async fn good_end(&mut self, situation: Situation, word: &str) -> Result<(), String> {
        let mut adopt = "running";
        for _ in 0..3 {
            let config = self.config("2h", adopt);
            let finished = self.s.apply(&config).await;
            if finished.succeeded() && self.s.text("status") == "Completed" {
                let step = self.s.apply(&config).await.step;
                let one_failed = situation == Situation::FailedUnseen;
                let restores = if one_failed || ["again", "failed", "blind"].contains(&word) { 2 } else { 1 };
                let found = (step, self.s.restores());
                let right = found == (PlannedStep::Nothing, restores);
                return if right { Ok(()) } else { Err(format!("{found:?} instead of {restores} restores")) };
            }
            if finished.text().contains("has already run") {
                adopt = "completed";
            }
        }
        Err("applying again does not end well".to_owned())
    }

    async fn prepare(&mut self, situation: Situation) {
        if matches!(situation, Situation::Straight | Situation::Lost | Situation::Replaced) {
            self.s.azure().next_restore(JobScript::running(3).then(Ending::Completed));
        }
        match situation {
            Situation::Straight => {}
            Situation::Lost => {
                let trigger = self.restore.service.trigger;
                self.s.azure().inject(Fault::on(trigger.method, &trigger.pattern(), Action::ResetAfterAcceptance));
            }
            Situation::Replaced => {
                let config = self.config("2h", "running");
                assert!(self.s.apply(&config).await.succeeded());
                crate::restores::clear_targets(self.s.azure());
            }
            _ => self.prepare_running(situation).await,
        }
    }

    async fn prepare_running(&mut self, situation: Situation) {
        self.leave_running().await;
        match situation {
            Situation::Resumed | Situation::Tainted => self.end_job(Ending::Completed),
            Situation::Failed | Situation::FailedUnseen => self.end_job(Ending::failed(FAILURE, "Locked.", "Unlock.")),
            Situation::Ended => self.end_job(Ending::Completed),
            _ => {
                // It ends while it is waited for.
                let (azure, job) = (self.s.azure().clone(), self.s.text("job_id"));
                tokio::spawn(async move {
                    tokio::time::sleep(Duration::from_secs(20 * 60)).await;
                    azure.finish(&job, Ending::Completed);
                });
            }
        }
        match situation {
            Situation::Tainted => {}
            Situation::Forgotten | Situation::Ended | Situation::FailedUnseen => self.s.object = None,
            _ => self.s.untaint(),
        }
    }

    fn word(&self, situation: Situation, sent: usize, finished: &SessionResult) -> &'static str {
        let said = finished.text();
        let names = |job: &JobFacts| said.contains(&job.id);
        let named = said.contains("has already run") && self.s.azure().jobs().iter().any(names);
        let unknown = matches!(situation, Situation::Forgotten | Situation::Ended);
        match (finished.succeeded(), self.s.text("status").as_str(), sent, self.s.restores()) {
            (true, "Completed", _, 1) => "done",
            (true, "Completed", 1, 2) if unknown => "blind",
            (true, "Completed", 1, 2) => "again",
            (false, "", 0, 1) if named => "named",
            (false, "", 0, 1) => "none",
            (false, "Failed", 0, 1) if said.contains(FAILURE) => "failed",
            (false, "Unknown", _, 1) => "lost",
            _ => "OTHER",
        }
    }
}

fn on_a_paused_clock<T>(work: impl AsyncFnOnce() -> T) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(work())
}

fn rows() -> Vec<(&'static str, Vec<&'static str>)> {
    let lines = TABLE.lines().filter_map(|line| line.split_once('|'));
    lines.map(|(name, words)| (name.trim(), words.split_whitespace().collect())).collect()
}

/// The cells of one column, for every kind; all that differ from the table are told at once.
fn column(name: &str, share: Share) {
    let (at, (_, situation)) = SITUATIONS.iter().enumerate().find(|(_, (own, _))| *own == name).unwrap();
    let mut wrong = Vec::new();
    for (number, ((row, words), (defect_name, defect))) in rows().into_iter().skip(1).zip(DEFECTS).enumerate() {
        assert_eq!(row, defect_name);
        for (place, kind) in KINDS.iter().enumerate().filter(|(place, _)| share.has(number, at, *place)) {
            let (seen, said) = on_a_paused_clock(async || Cell::new(kind).run(*situation, defect).await);
            // Where kinds differ, the words stand in the order of KINDS.
            let mut stated = words[at].split(',');
            let stated = stated.clone().nth(place).or_else(|| stated.next_back()).unwrap();
            if seen != stated {
                wrong.push(format!("{}, {row}: {seen} instead of {stated}: {said}", kind.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of column {name}:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn the_table_of_lists_has_a_row_for_every_defect_and_a_cell_for_every_situation() {
    let rows = rows();
    assert_eq!(rows[0].1, SITUATIONS.map(|(name, _)| name));
    assert_eq!(rows[1..].iter().map(|(name, _)| *name).collect::<Vec<_>>(), DEFECTS.map(|(name, _)| name));
    for (name, words) in rows {
        assert_eq!(words.len(), SITUATIONS.len(), "{name}");
    }
}

/// Those who wait together believe a list that says "runs". One that is never renewed must not hold them for good.
#[tokio::test(start_paused = true)]
async fn two_that_wait_on_a_list_that_is_never_renewed_see_their_jobs_end() {
    let s = Session::new();
    let azure = s.azure().clone();
    azure.next_restore(JobScript::held());
    azure.next_restore(JobScript::held());
    let ended_after = Duration::from_secs(10 * 60);
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(2 * 60)).await;
        azure.show_job_lists_with(ListDefect::Behind(usize::MAX - 1), None);
        tokio::time::sleep(ended_after - Duration::from_secs(2 * 60)).await;
        azure.jobs().iter().for_each(|job| assert!(azure.finish(&job.id, Ending::Completed)));
    });
    let call = Call::default();
    let process = s.configured(&call).await;
    let (operational, vaulted) = (s.operational(&[]), s.vaulted(&[]));
    let (one, other) = tokio::join!(created(&process, &call, &operational), created(&process, &call, &vaulted));
    for applied in [one, other] {
        assert!(applied.diagnostics.is_empty(), "{}", text(&applied.diagnostics));
        assert_eq!(applied.state.unwrap().get("status").as_str(), Some("Completed"));
    }
    let late = s.transport().elapsed() - ended_after;
    assert!(late < Duration::from_secs(32 * 60), "seen {late:?} after the end");
    assert_eq!(s.restores(), 2);
}

macro_rules! columns {
    ($($test:ident $name:literal),* $(,)?) => {$(
        #[test]
        fn $test() {
            column($name, Share::Half);
        }
    )*};
}

#[test]
#[ignore = "make soak"]
fn every_cell_of_the_table_of_lists() {
    SITUATIONS.iter().for_each(|(name, _)| column(name, Share::Whole));
}

columns! {
    a_restore_is_begun_whatever_the_list_shows "straight",
    a_lost_answer_leads_to_no_second_restore "lost",
    a_restore_that_state_names_is_waited_for "resumed",
    a_tainted_restore_is_taken_over "tainted",
    a_failure_is_pronounced "failed",
    a_running_restore_that_is_to_be_replaced_is_waited_for "wanted",
    a_completed_restore_that_is_to_be_replaced_runs_again "replaced",
    a_running_restore_that_no_state_knows_is_found_where_it_is_shown "forgotten",
    a_completed_restore_that_no_state_knows_is_named_where_it_is_shown "ended",
    a_failed_restore_that_no_state_knows_runs_again "failed-unseen",
}
