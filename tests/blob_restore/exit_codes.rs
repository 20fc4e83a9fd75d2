//! What a pipeline sees: the client's exit code at each end of a restore.

use super::X;
use crate::harness::Scenario;
use crate::simulator::{Ending, JobScript, ServiceError, Warning};

/// How a case ends, and how many restores it took.
type Case = fn(&mut Scenario) -> Vec<(&'static str, Option<i32>)>;

fn warned() -> JobScript {
    let warning = ServiceError::new("UserErrorBlobsSkipped", "Two blobs were skipped.");
    JobScript::completes_with_warnings(vec![Warning { resource_name: "orders".into(), warning }])
}

/// Each case: the commands with their exit codes in order, and the restores that were accepted.
fn case(run: Case, stated: &[(&'static str, Option<i32>)], restores: usize) {
    let mut s = Scenario::new();
    s.restore("");
    let seen = run(&mut s);
    assert_eq!(seen, stated);
    s.finish(restores);
}

fn changes(s: &mut Scenario) -> Option<i32> {
    s.run(&["plan", "-input=false", "-json", "-detailed-exitcode"]).code
}

macro_rules! cases {
    ($($name:ident: $run:expr => [$($command:literal $code:expr),*], $restores:literal;)*) => {
        $(
            #[test]
            fn $name() {
                case($run, &[$(($command, $code)),*], $restores);
            }
        )*
    };
}

cases! {
    a_good_end_is_0_and_a_plan_with_changes_2:
        |s| vec![
            ("validate", s.validate().code), ("plan", changes(s)), ("apply", s.apply(&[]).code), ("plan", changes(s)),
            ("refresh", s.refresh().code), ("destroy", s.destroy().code),
        ] => ["validate" Some(0), "plan" Some(2), "apply" Some(0), "plan" Some(0), "refresh" Some(0), "destroy" Some(0)], 1;
    a_failed_job_is_1:
        |s| {
            s.next_job(JobScript::fails("UserErrorSomething", "No.", "Look."));
            vec![("apply", s.apply(&[]).code), ("plan", changes(s)), ("apply", s.apply(&[]).code)]
        } => ["apply" Some(1), "plan" Some(2), "apply" Some(0)], 2;
    a_cancelled_job_is_1:
        |s| {
            s.next_job(JobScript::cancelled());
            vec![("apply", s.apply(&[]).code)]
        } => ["apply" Some(1)], 1;
    warnings_are_1_until_they_are_accepted:
        |s| {
            s.next_job(warned());
            let refused = s.apply(&[]).code;
            s.restore("accept_warnings = true");
            vec![("apply", refused), ("apply", s.apply(&[]).code)]
        } => ["apply" Some(1), "apply" Some(0)], 1;
    a_validation_that_azure_refuses_is_1_and_nothing_is_sent:
        |s| {
            let no = ServiceError::new("UserErrorNotLikeThis", "No.");
            s.next_validation(crate::simulator::OperationScript::fails(no));
            vec![("apply", s.apply(&[]).code)]
        } => ["apply" Some(1)], 0;
    a_configuration_that_is_wrong_is_1_everywhere:
        |s| {
            s.restore("adopt = \"maybe\"");
            vec![("validate", s.validate().code), ("plan", changes(s)), ("apply", s.apply(&[]).code)]
        } => ["validate" Some(1), "plan" Some(1), "apply" Some(1)], 0;
    ctrl_c_is_1_and_what_goes_on_with_the_job_0:
        |s| {
            s.next_job(JobScript::held());
            let apply = s.apply_until_the_job_runs();
            apply.interrupt();
            let interrupted = s.keep(apply).code;
            s.end_job(Ending::Completed);
            assert!(!s.state().get(X).tainted);
            vec![("apply", interrupted), ("plan", changes(s)), ("apply", s.apply(&[]).code)]
        } => ["apply" Some(1), "plan" Some(0), "apply" Some(0)], 1;
    a_time_out_is_1:
        |s| {
            s.next_job(JobScript::held());
            s.restore("timeouts {\n    create = \"3s\"\n  }");
            let late = s.apply(&[]).code;
            s.end_job(Ending::Completed);
            vec![("apply", late), ("apply", s.apply(&[]).code)]
        } => ["apply" Some(1), "apply" Some(0)], 1;
    a_provider_that_is_killed_is_1:
        |s| {
            s.next_job(JobScript::held());
            let apply = s.apply_until_the_job_runs();
            apply.kill_provider();
            let killed = s.keep(apply).code;
            s.end_job(Ending::Completed);
            s.restore("adopt = \"completed\"");
            vec![("apply", killed), ("apply", s.apply(&[]).code)]
        } => ["apply" Some(1), "apply" Some(0)], 1;
}
