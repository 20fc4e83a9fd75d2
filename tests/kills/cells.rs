//! The matrix with the real client: a phase, what is done to the processes while it lasts, what the state knows then, what
//! becomes of the job while nothing of ours is alive, and what the next applies do. Every cell is stated in the table.

use std::time::Duration;

use super::azure::Dice;
use super::core::Kill;
use crate::harness::{Running, Scenario, is_alive};
use crate::simulator::{Action, Ending, Fault, JobScript};

const X: &str = "azurebackup_blob_restore.x";

/// What the provider is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum KillPhase {
    /// It reads the vault's jobs.
    Adopt,
    /// It reads the instance.
    Resolve,
    /// It waits for the answer to the validation.
    Validate,
    /// Azure has accepted the restore, the answer is on its way.
    Trigger,
    /// It waits for the job's name.
    Operation,
    /// It waits for the job.
    Job,
    /// An update in place waits for the job of an earlier apply.
    Resume,
}

/// What the state knows after the kill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Known {
    Nothing,
    /// The restore, as running, not tainted.
    Running,
    /// One of the two: a race of Terraform's own.
    Either,
}

/// What becomes of the job before the next apply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum JobMeanwhile {
    NoJob,
    Runs,
    Completes,
    Fails,
}

/// What the next applies do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum NextApplies {
    /// The first restore of all.
    Begins,
    /// Goes on with the job, to its good end.
    StillRunning,
    /// Names the job that completed and sends nothing; with `adopt = "completed"` takes it as done.
    Names,
    /// Restores again, for the attempt has failed.
    Repeats,
    /// Pronounces the failure, and the apply after it restores again.
    Pronounces,
}

/// How many providers it hit, where it is about them: between two of Terraform's walks none lives.
fn interrupt_or_kill(s: &Scenario, apply: &mut Running, kill: Kill) -> Option<usize> {
    match kill {
        Kill::CtrlC => apply.interrupt(),
        Kill::CtrlCTwice => {
            apply.interrupt();
            // Two signals at once are one. The second may come when all is over.
            let ended = apply.ends_within(Duration::from_millis(300));
            if !ended {
                apply.interrupt();
            }
        }
        Kill::Provider => return Some(apply.kill_providers()),
        Kill::Terraform => {
            let providers = apply.providers();
            apply.kill_client();
            s.wait_until("the orphan has ended", || !providers.iter().any(|provider| is_alive(*provider)));
            return Some(providers.len());
        }
        Kill::Both => apply.kill_all(),
    }
    None
}

/// The fault that keeps the provider in the phase for this long.
fn hold(phase: KillPhase, milliseconds: u64) -> Option<Fault> {
    let late = Action::SlowHeaders(milliseconds);
    Some(match phase {
        KillPhase::Adopt => Fault::on("GET", "*/backupJobs", late),
        KillPhase::Resolve => Fault::on("GET", "*/backupInstances/*", late),
        KillPhase::Validate => Fault::on("POST", "*/validateRestore", late),
        KillPhase::Trigger => Fault::on("POST", "*/restore", late),
        KillPhase::Operation => Fault::on("GET", "*/operationStatus/*", late).after_accepted_restores(1),
        KillPhase::Job | KillPhase::Resume => return None,
    })
}

fn cell(phase: KillPhase, kill: Kill, known: Known, fate: JobMeanwhile, next: NextApplies) {
    let mut s = Scenario::new();
    s.next_job(JobScript::held());
    s.restore("");
    let azure = s.azure();
    if phase == KillPhase::Resume {
        let apply = s.apply_until_the_job_runs();
        apply.interrupt();
        s.keep(apply).fails();
    }
    if let Some(fault) = hold(phase, if kill == Kill::CtrlCTwice { 6000 } else { 1200 }) {
        s.fault(fault);
    }
    let looks = s.job_looks();
    let mut apply = s.spawn_apply(&[]);
    apply.wait_until("the phase was reached", || match phase {
        KillPhase::Job => azure.restores() == 1 && azure.job_looks() > 0,
        // The plan looks once.
        KillPhase::Resume => azure.job_looks() > looks + 2,
        _ => azure.journal().entries.iter().any(|entry| entry.fault.is_some()),
    });
    assert_ne!(interrupt_or_kill(&s, &mut apply, kill), Some(0), "no provider was hit");
    let finished = s.keep(apply);
    assert_ne!(finished.code, Some(0), "{finished}");
    std::fs::remove_file(s.folder().join(".terraform.tfstate.lock.info")).ok();

    let found = s.state().find(X);
    match (known, &found) {
        (Known::Nothing, None) | (Known::Either, None) => {}
        (Known::Running | Known::Either, Some(x)) => {
            assert!(!x.tainted && x.text("status") == "InProgress", "{:#}\n{finished}", x.attributes);
            assert_eq!(Some(x.text("client_request_id")), s.job().client_request_id.as_deref());
        }
        _ => panic!("{known:?} was to be known, not {found:#?}\n{finished}"),
    }
    s.expect_restores(usize::from(fate != JobMeanwhile::NoJob));
    let first = (fate != JobMeanwhile::NoJob).then(|| s.job().job_id);
    match fate {
        JobMeanwhile::NoJob | JobMeanwhile::Runs => {}
        JobMeanwhile::Completes => s.end_job(Ending::Completed),
        JobMeanwhile::Fails => {
            s.end_job(Ending::failed("UserErrorStorageAccountInLockedState", "It is locked.", "Unlock it."))
        }
    }

    let mut restores = 1;
    match next {
        NextApplies::Begins => {
            let apply = s.apply_until_the_job_runs();
            s.release_job();
            s.keep(apply).succeeds();
        }
        NextApplies::StillRunning if fate == JobMeanwhile::Runs => {
            let looks = s.job_looks();
            let mut apply = s.spawn_apply(&[]);
            apply.wait_until("it waits for the job", || azure.job_looks() > looks + 2);
            s.release_job();
            s.keep(apply).succeeds();
        }
        NextApplies::StillRunning => {
            s.apply(&[]).succeeds();
        }
        NextApplies::Names => {
            let error = s.apply(&[]).fails().error().text();
            let job = first.clone().unwrap();
            assert!(error.contains(&job), "{job} is missing in: {error}");
            assert!(s.state().is_empty());
            s.expect_restores(1);
            s.restore("adopt = \"completed\"");
            s.apply(&[]).succeeds();
        }
        NextApplies::Repeats => {
            restores = 2;
            s.apply(&[]).succeeds();
        }
        NextApplies::Pronounces => {
            restores = 2;
            let error = s.apply(&[]).fails().error().text();
            assert!(error.contains("UserErrorStorageAccountInLockedState"), "{error}");
            assert_eq!(s.state().get(X).text("status"), "Failed");
            s.expect_restores(1);
            s.apply(&[]).succeeds();
        }
    }
    let x = s.state().get(X);
    assert!(!x.tainted);
    assert_eq!((x.text("status"), x.text("job_id")), ("Completed", s.job().job_id.as_str()));
    if restores == 1 && first.is_some() {
        assert_eq!(first.as_deref(), Some(x.text("job_id")));
    }
    s.plans_nothing();
    s.finish(restores);
}

macro_rules! cells {
    ($($name:ident: $phase:ident, $kill:ident => $known:ident, $fate:ident => $next:ident;)*) => {
        $(
            #[test]
            fn $name() {
                cell(KillPhase::$phase, Kill::$kill, Known::$known, JobMeanwhile::$fate, NextApplies::$next);
            }
        )*
    };
}

cells! {
    adopt_ctrl_c:             Adopt, CtrlC             => Nothing, NoJob     => Begins;
    adopt_ctrl_c_twice:       Adopt, CtrlCTwice        => Nothing, NoJob     => Begins;
    adopt_kill_provider:      Adopt, Provider          => Nothing, NoJob     => Begins;
    adopt_kill_terraform:     Adopt, Terraform         => Nothing, NoJob     => Begins;
    adopt_kill_both:          Adopt, Both              => Nothing, NoJob     => Begins;
    resolve_ctrl_c:           Resolve, CtrlC           => Nothing, NoJob     => Begins;
    resolve_kill_both:        Resolve, Both            => Nothing, NoJob     => Begins;
    validate_ctrl_c:          Validate, CtrlC          => Nothing, NoJob     => Begins;
    validate_ctrl_c_twice:    Validate, CtrlCTwice     => Nothing, NoJob     => Begins;
    validate_kill_provider:   Validate, Provider       => Nothing, NoJob     => Begins;
    validate_kill_terraform:  Validate, Terraform      => Nothing, NoJob     => Begins;
    validate_kill_both:       Validate, Both           => Nothing, NoJob     => Begins;
    trigger_ctrl_c:           Trigger, CtrlC           => Running, Runs      => StillRunning;
    trigger_ctrl_c_twice:     Trigger, CtrlCTwice      => Nothing, Completes => Names;
    trigger_kill_provider:    Trigger, Provider        => Nothing, Fails     => Repeats;
    trigger_kill_terraform:   Trigger, Terraform       => Nothing, Runs      => StillRunning;
    trigger_kill_both:        Trigger, Both            => Nothing, Completes => Names;
    operation_ctrl_c:         Operation, CtrlC         => Running, Completes => StillRunning;
    operation_ctrl_c_twice:   Operation, CtrlCTwice    => Either, Runs       => StillRunning;
    operation_kill_provider:  Operation, Provider      => Nothing, Completes => Names;
    operation_kill_terraform: Operation, Terraform     => Nothing, Fails     => Repeats;
    operation_kill_both:      Operation, Both          => Nothing, Runs      => StillRunning;
    job_ctrl_c:               Job, CtrlC               => Running, Fails     => Pronounces;
    job_ctrl_c_twice:         Job, CtrlCTwice          => Either, Runs       => StillRunning;
    job_kill_provider:        Job, Provider            => Nothing, Completes => Names;
    job_kill_terraform:       Job, Terraform           => Nothing, Completes => Names;
    job_kill_both:            Job, Both                => Nothing, Fails     => Repeats;
    resume_ctrl_c:            Resume, CtrlC            => Running, Completes => StillRunning;
    resume_ctrl_c_twice:      Resume, CtrlCTwice       => Running, Fails     => Pronounces;
    resume_kill_provider:     Resume, Provider         => Running, Completes => StillRunning;
    resume_kill_terraform:    Resume, Terraform        => Running, Fails     => Pronounces;
    resume_kill_both:         Resume, Both             => Running, Runs      => StillRunning;
}

/// `make soak`: random moments with the real client, SOAK_CLI_DRAWS from SOAK_SEED on.
#[test]
#[ignore = "make soak"]
fn soak() {
    let number = |name: &str, default: u64| {
        std::env::var(name).ok().filter(|text| !text.is_empty()).map_or(default, |text| text.parse().unwrap())
    };
    let (first, many) = (number("SOAK_SEED", 1_000_000), number("SOAK_CLI_DRAWS", 40));
    std::thread::scope(|scope| {
        for part in 0..3 {
            scope.spawn(move || (first + part..first + many).step_by(3).for_each(random));
        }
    });
    eprintln!("{many} draws with the real client from seed {first} on");
}

/// One kill at any moment of an apply, planning included; then the job runs on, completes or fails.
fn random(seed: u64) {
    let dice = Dice::of(seed);
    let kill = Kill::ALL[usize::try_from(dice.below(5)).unwrap()];
    let moment = dice.milliseconds(1800);
    let fate =
        [JobMeanwhile::Runs, JobMeanwhile::Completes, JobMeanwhile::Fails][usize::try_from(dice.below(3)).unwrap()];
    eprintln!("seed {seed}: {kill:?} after {moment:?}, the job {fate:?}");
    let mut s = Scenario::new();
    s.next_job(JobScript::held());
    s.restore("");
    let mut apply = s.spawn_apply(&[]);
    if !apply.ends_within(moment) {
        interrupt_or_kill(&s, &mut apply, kill);
    }
    // It went past: no provider lived, or Terraform did not hear, as when it starts or is between two walks.
    if !apply.ends_within(Duration::from_secs(30)) {
        apply.interrupt();
    }
    s.keep(apply);
    std::fs::remove_file(s.folder().join(".terraform.tfstate.lock.info")).ok();
    let begun = s.restores();
    assert!(begun <= 1, "seed {seed}");
    if begun == 0 {
        let apply = s.apply_until_the_job_runs();
        s.release_job();
        s.keep(apply).succeeds();
        return ended(s, seed, 1);
    }
    let known = s.state().find(X).is_some();
    match fate {
        JobMeanwhile::NoJob | JobMeanwhile::Runs => {}
        JobMeanwhile::Completes => s.end_job(Ending::Completed),
        JobMeanwhile::Fails => {
            s.end_job(Ending::failed("UserErrorStorageAccountInLockedState", "It is locked.", "Unlock it."))
        }
    }
    let (azure, looks) = (s.azure(), s.job_looks());
    let mut apply = s.spawn_apply(&[]);
    if fate == JobMeanwhile::Runs {
        apply.wait_until("it waits for the job", || azure.job_looks() > looks + 2);
        s.release_job();
    }
    let first = s.keep(apply);
    match (fate, known) {
        (JobMeanwhile::Fails, false) => {
            first.succeeds();
            ended(s, seed, 2);
        }
        (JobMeanwhile::Fails, true) => {
            assert!(first.fails().error().text().contains("UserErrorStorageAccountInLockedState"), "seed {seed}");
            s.apply(&[]).succeeds();
            ended(s, seed, 2);
        }
        (JobMeanwhile::Completes, false) => {
            assert!(first.fails().error().text().contains(&s.job().job_id), "seed {seed}");
            s.restore("adopt = \"completed\"");
            s.apply(&[]).succeeds();
            ended(s, seed, 1);
        }
        _ => {
            first.succeeds();
            ended(s, seed, 1);
        }
    }
}

fn ended(mut s: Scenario, seed: u64, restores: usize) {
    let x = s.state().get(X);
    assert!(!x.tainted, "seed {seed}");
    assert_eq!((x.text("status"), x.text("job_id")), ("Completed", s.job().job_id.as_str()), "seed {seed}");
    s.plans_nothing();
    s.finish(restores);
}
