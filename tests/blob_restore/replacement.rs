//! Replacement in all the ways that Terraform knows, and when it restores again and when it does not.

use super::X;
use crate::harness::Scenario;
use crate::simulator::{Ending, JobScript};

/// An argument whose value is unknown whenever `terraform_data.pending` is to be made, and always ends as `value`.
fn deferred(value: &str) -> String {
    format!("terraform_data.pending.id == \"\" ? \"\" : {value:?}")
}

#[test]
fn replace_on_request_restores_again() {
    let mut s = Scenario::new();
    s.restore("");
    s.apply(&[]).succeeds();
    let first = s.state().get(X);
    s.expect_restores(1);
    s.apply(&["-replace=azurebackup_blob_restore.x"]).succeeds();
    let second = s.state().get(X);
    assert_ne!(second.text("job_id"), first.text("job_id"));
    assert_eq!(second.text("status"), "Completed");
    s.plans_nothing();
    s.finish(2);
}

#[test]
fn every_replace_on_request_restores_again_whatever_came_before_the_last_one() {
    let mut s = Scenario::new();
    s.restore("");
    s.apply(&[]).succeeds();
    s.expect_restores(1);
    for restores in 2..4 {
        s.apply(&["-replace=azurebackup_blob_restore.x"]).succeeds();
        s.expect_restores(restores);
    }
    s.finish(3);
}

#[test]
fn replace_triggered_by_restores_again() {
    let mut s = Scenario::new();
    let arguments = s.operational_arguments("lifecycle {\n    replace_triggered_by = [terraform_data.run]\n  }");
    let configuration = |run: u32| {
        format!(
            "resource \"terraform_data\" \"run\" {{\n  input = {run}\n}}\n\
             resource \"azurebackup_blob_restore\" \"x\" {{\n{arguments}\n}}\n"
        )
    };
    s.configure(&configuration(1));
    s.apply(&[]).succeeds();
    s.expect_restores(1);
    s.configure(&configuration(2));
    assert_eq!(s.planned(&[]).actions(X), "delete, create");
    s.apply(&[]).succeeds();
    s.finish(2);
}

#[test]
fn taint_of_a_good_restore_takes_the_finished_job() {
    let mut s = Scenario::new();
    s.restore("");
    s.apply(&[]).succeeds();
    s.run(&["taint", X]).succeeds();
    let warning = s.plan(&[]).warning().text();
    assert!(warning.starts_with("The restore that has already run is kept"), "{warning}");
    assert!(warning.contains("With `create_before_destroy`, the apply fails"), "{warning}");
    let finished = s.apply(&[]).succeeds();
    assert!(finished.warns_of("Nothing was sent: the restore of blobs"), "{finished}");
    s.is_done(X);
    s.finish(1);
}

#[test]
fn a_deferred_data_source_restores_nothing_if_it_says_the_same() {
    let mut s = Scenario::new();
    let configuration = |run: u32, s: &Scenario| {
        format!(
            "resource \"terraform_data\" \"pending\" {{\n  triggers_replace = {run}\n}}\n\
             data \"azurebackup_backup_instances\" \"all\" {{\n  vault_id   = {:?}\n  depends_on = [terraform_data.pending]\n}}\n\
             resource \"azurebackup_blob_restore\" \"x\" {{\n  \
             backup_instance_id = one([for each in data.azurebackup_backup_instances.all.backup_instances : each.id if lower(each.id) == lower({:?})])\n  \
             point_in_time = {:?}\n}}\n",
            s.vault_id(),
            s.operational_id(),
            s.point()
        )
    };
    s.configure(&configuration(1, &s));
    s.apply(&[]).succeeds();
    s.configure(&configuration(2, &s));
    assert_eq!(s.planned(&[]).actions(X), "delete, create");
    s.apply(&[]).succeeds();
    assert_eq!(s.state().get(X).text("job_id"), s.job().job_id);
    s.plans_nothing();
    s.finish(1);
}

#[test]
fn an_argument_unknown_at_plan_that_ends_differently_restores_again() {
    let mut s = Scenario::new();
    s.restore("triggers = { run = \"1\" }");
    s.apply(&[]).succeeds();
    let pending = "resource \"terraform_data\" \"pending\" {\n  input = \"new\"\n}\n";
    let arguments = s.operational_arguments(&format!("triggers = {{ run = {} }}", deferred("2")));
    s.configure(&format!("{pending}resource \"azurebackup_blob_restore\" \"x\" {{\n{arguments}\n}}\n"));
    s.apply(&[]).succeeds();
    s.plans_nothing();
    s.finish(2);
}

#[test]
fn a_create_time_provisioner_after_ctrl_c_hands_the_job_over() {
    let mut s = Scenario::new();
    s.next_job(JobScript::held());
    s.restore("provisioner \"local-exec\" {\n    command = \"touch provisioned\"\n  }");
    let apply = s.apply_until_the_job_runs();
    apply.interrupt();
    s.keep(apply).fails();
    assert_eq!(s.state().get(X).text("status"), "InProgress");
    s.end_job(Ending::Completed);
    s.apply(&[]).succeeds();
    s.is_done(X);
    assert!(s.folder().join("provisioned").exists());
    s.plans_nothing();
    s.finish(1);
}

/// A restore that inherits create_before_destroy from what depends on it, timed out while its job ran.
fn timed_out_with_inherited_create_before_destroy(more: &str) -> Scenario {
    let mut s = Scenario::new();
    s.next_job(JobScript::held());
    let arguments = s.operational_arguments(&format!("{more}\n  timeouts {{\n    create = \"3s\"\n  }}"));
    s.configure(&format!(
        "resource \"azurebackup_blob_restore\" \"x\" {{\n{arguments}\n}}\n\
         resource \"terraform_data\" \"after\" {{\n  input = azurebackup_blob_restore.x.backup_instance_id\n  \
         lifecycle {{\n    create_before_destroy = true\n  }}\n}}\n"
    ));
    let error = s.apply(&[]).fails().error().text();
    let adopts_none = more.contains("none");
    assert_eq!(error.contains("because of `adopt = \"none\"`"), adopts_none, "{error}");
    assert_eq!(error.contains("so only while the job runs"), !adopts_none, "{error}");
    assert!(s.state().get(X).tainted);
    assert_eq!(s.planned(&[]).actions(X), "create, delete");
    s
}

#[test]
fn under_inherited_create_before_destroy_a_running_job_is_taken_up() {
    let s = timed_out_with_inherited_create_before_destroy("");
    let text = std::fs::read_to_string(s.folder().join("main.tf")).expect("the configuration is there");
    s.write("main.tf", &text.replace("3s", "1h"));
    s.goes_on_with_the_same_job(X);
}

#[test]
fn under_inherited_create_before_destroy_a_finished_job_is_named_and_not_repeated() {
    let mut s = timed_out_with_inherited_create_before_destroy("");
    s.end_job(Ending::Completed);
    let error = s.apply(&[]).fails().error().text();
    assert!(error.contains(&s.job().job_id), "{error}");
    assert!(s.state().get(X).tainted);
    s.expect_restores(1);
    s.untaint(X);
    s.apply(&[]).succeeds();
    assert_eq!(s.state().get(X).text("status"), "Completed");
    s.finish(1);
}

#[test]
fn under_create_before_destroy_a_running_job_is_not_doubled_though_none_is_to_be_adopted() {
    let mut s = timed_out_with_inherited_create_before_destroy("adopt = \"none\"");
    let job = s.job().job_id;
    for _ in 0..2 {
        let plan = s.plan(&[]).warnings().iter().map(|warning| warning.text()).collect::<String>();
        assert!(plan.contains("is not recognised as the one in the state") && plan.contains(&job), "{plan}");
        let error = s.apply(&[]).fails().error().text();
        assert!(error.contains(&job) && error.contains("terraform untaint"), "{error}");
        assert_eq!(s.state().get(X).text("job_id"), job);
    }
    s.expect_restores(1);
    s.untaint(X);
    s.goes_on_with_the_same_job(X);
}

#[test]
fn under_create_before_destroy_a_restore_that_ended_meanwhile_runs_again_as_the_plan_says_if_none_is_to_be_adopted() {
    let mut s = timed_out_with_inherited_create_before_destroy("adopt = \"none\"");
    s.end_job(Ending::Completed);
    let plan = s.plan(&[]).warnings().iter().map(|warning| warning.text()).collect::<String>();
    assert!(plan.contains("this apply restores again"), "{plan}");
    s.apply(&[]).succeeds();
    s.finish(2);
}

#[test]
fn a_job_that_state_knows_by_name_is_taken_over_though_none_is_to_be_adopted() {
    let mut s = Scenario::new();
    s.next_job(JobScript::held());
    s.restore("adopt = \"none\"\n  timeouts {\n    create = \"3s\"\n  }");
    s.apply(&[]).fails();
    s.restore("adopt = \"none\"");
    s.goes_on_with_the_same_job(X);
}
