//! What holds of every restore that makes a resource of its own, whatever the resource.

use std::time::Duration;

use serde_json::{Value as Json, json};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::{ResourceRestore, RestoredResourceCase};
use crate::harness::Scenario;
use crate::in_process::{PlannedStep, text};
use crate::simulator::fault::Matcher;
use crate::simulator::{Action, Ending, Fault, JobScript};

/// On what is made, whose value is the id of the request.
pub const TAG: &str = "azurebackup-restore";

/// Makes a test of each fact for a kind.
macro_rules! restored_resource_facts {
    ($case:expr) => {
        $crate::restored_resource::restored_resource_facts!($case;
            a_restore_of_twelve_hours_is_followed_to_its_end_with_fewer_than_a_thousand_requests
            a_run_that_is_killed_at_any_moment_leads_to_one_put_and_to_what_it_makes
            a_run_that_resumes_and_is_killed_at_any_moment_sends_nothing
            whatever_fails_at_any_request_one_restore_is_accepted_and_the_next_applies_bring_it_to_its_end
            a_lost_runner_finds_what_it_made_by_the_tag_and_sends_no_second_put
            a_put_whose_answer_was_lost_is_found_and_not_repeated
            a_stop_keeps_the_restore_in_the_state_and_the_next_apply_waits_for_it
            what_is_there_already_is_an_error_on_the_name_and_is_not_touched
            a_completed_restore_that_no_state_knows_is_named_and_may_be_adopted
            a_failure_is_told_in_azures_words_and_the_next_apply_restores_again
            destroy_keeps_what_was_made_unless_it_is_told_to_delete_it
            what_is_no_longer_known_by_its_tag_is_never_deleted
            destroying_a_restore_that_runs_lets_it_run_unless_what_it_makes_is_to_be_deleted
            a_replacement_deletes_and_cancels_nothing_whichever_object_comes_first
            a_restore_that_was_started_elsewhere_is_imported_by_the_id_of_what_it_made
            an_import_that_contradicts_the_configuration_is_an_error_that_names_both
        );

        #[test]
        fn a_restore_under_the_real_client_is_done_and_then_nothing_is_planned() {
            $crate::restored_resource::Facts(&$case).a_restore_under_the_real_client_is_done_and_then_nothing_is_planned();
        }
    };
    ($case:expr; $($fact:ident)*) => {
        $(
            #[tokio::test(start_paused = true)]
            async fn $fact() {
                $crate::restored_resource::Facts(&$case).$fact().await;
            }
        )*
    };
}

pub(crate) use restored_resource_facts;

/// The facts of one kind.
pub struct Facts(pub &'static RestoredResourceCase);

impl Facts {
    pub async fn a_restore_of_twelve_hours_is_followed_to_its_end_with_fewer_than_a_thousand_requests(&self) {
        let mut r = self.restore();
        r.session.azure().next_restore(JobScript::running(790).then(Ending::Completed));
        let start = Instant::now();
        let finished = r.apply(r.usual(json!({}))).await;
        r.succeeded(&finished);
        assert!(start.elapsed() > Duration::from_secs(12 * 3600), "{:?}", start.elapsed());
        let requests = r.session.journal().entries.len();
        assert!((790..1000).contains(&requests), "{requests}");
        r.finish(1);
    }

    pub async fn a_run_that_is_killed_at_any_moment_leads_to_one_put_and_to_what_it_makes(&self) {
        let (mut before, mut meanwhile, mut after) = (0, 0, 0);
        for moment in moments() {
            let mut r = self.restore();
            // The answer comes late, so that some die between what Azure has accepted and what they know.
            r.session.azure().inject(Fault::on("PUT", self.0.resource, Action::SlowHeaders(12_000)));
            r.session.azure().inject(Fault::on("GET", self.0.reads, Action::SlowHeaders(2_000)));
            r.session.azure().next_restore(JobScript::running(8).then(Ending::Completed));
            let arguments = r.usual(json!({"adopt": "completed"}));
            let config = r.session.configuration_of(&arguments);
            let killed = tokio::time::timeout(moment, r.session.apply(&config)).await.is_err();
            let count = if !killed {
                &mut after
            } else if r.session.restores() == 0 {
                &mut before
            } else {
                &mut meanwhile
            };
            *count += 1;
            if killed {
                assert!(r.session.object.is_none(), "the state is lost with the run");
            }
            let finished = r.apply(arguments).await;
            r.succeeded(&finished);
            assert_eq!(r.sent().len(), 1, "killed after {moment:?}\n{}", r.session.journal().text());
            r.finish(1);
        }
        assert!(before >= 1 && meanwhile >= 20 && after >= 1, "{before} {meanwhile} {after}");
    }

    pub async fn a_run_that_resumes_and_is_killed_at_any_moment_sends_nothing(&self) {
        for moment in moments().step_by(3) {
            let mut r = self.restore();
            r.interrupted(16, json!({})).await;
            r.session.untaint();
            let (known, config) = (r.session.object.clone(), r.session.configuration_of(&r.usual(json!({}))));
            let _ = tokio::time::timeout(moment, r.session.apply(&config)).await;
            // As the state file has it: the run could not write.
            r.session.object = known;
            let finished = r.apply(r.usual(json!({}))).await;
            r.succeeded(&finished);
            assert_eq!(r.sent().len(), 1, "killed after {moment:?}");
            r.finish(1);
        }
    }

    pub async fn whatever_fails_at_any_request_one_restore_is_accepted_and_the_next_applies_bring_it_to_its_end(&self) {
        let mut all_at_once = 0;
        for (name, action) in failures() {
            for nth in 1..=self.0.requests {
                let mut r = self.restore();
                r.session.azure().next_restore(JobScript::running(3).then(Ending::Completed));
                let fault = Fault::on("*", &format!("*/providers/{}/*", self.0.namespace), action.clone()).nth(nth);
                r.session.azure().inject(Fault { matcher: Matcher { method: None, ..fault.matcher }, ..fault });
                let arguments = r.usual(json!({"adopt": "completed"}));
                let mut finished = r.apply(arguments.clone()).await;
                all_at_once += usize::from(finished.succeeded());
                for _ in 0..2 {
                    if !finished.succeeded() || r.session.text("status") != "Completed" {
                        finished = r.apply(arguments.clone()).await;
                    }
                }
                assert!(finished.succeeded(), "{name} at {nth}: {}\n{}", finished.text(), r.session.journal().text());
                assert_eq!(r.session.text("status"), "Completed", "{name} at {nth}");
                assert_eq!(r.session.restores(), 1, "{name} at {nth}: {}", r.session.journal().text());
            }
        }
        let of = failures().len() * self.0.requests as usize;
        assert!(all_at_once > self.0.overcome, "of {of}: {all_at_once}");
    }

    pub async fn a_lost_runner_finds_what_it_made_by_the_tag_and_sends_no_second_put(&self) {
        for lost in ["the state", "the process"] {
            let mut r = self.restore();
            r.interrupted(60, json!({})).await;
            if lost == "the state" {
                r.session.object = None;
            }
            let finished = r.apply(r.usual(json!({}))).await;
            r.succeeded(&finished);
            assert_eq!(r.sent().len(), 1, "{lost}");
            r.finish(1);
        }
    }

    pub async fn a_put_whose_answer_was_lost_is_found_and_not_repeated(&self) {
        for action in [
            Action::ResetAfterAcceptance,
            Action::StatusAfterAcceptance { status: 504, headers: Default::default(), body: json!({}) },
        ] {
            let mut r = self.restore();
            r.session.azure().inject(Fault::on("PUT", self.0.resource, action));
            let finished = r.apply(r.usual(json!({}))).await;
            r.succeeded(&finished);
            assert_eq!(r.sent().len(), 1);
            r.finish(1);
        }
    }

    pub async fn a_stop_keeps_the_restore_in_the_state_and_the_next_apply_waits_for_it(&self) {
        let mut r = self.restore();
        r.session.azure().next_restore(JobScript::running(60).then(Ending::Completed));
        let (stop, config) = (CancellationToken::new(), r.session.configuration_of(&r.usual(json!({}))));
        let stopping = stop.clone();
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_secs(30)).await;
            stopping.cancel();
        });
        let finished = r.session.apply_until(&config, &stop).await;
        assert!(finished.succeeded() && finished.text().contains("goes on in Azure"), "{}", finished.text());
        let recorded = format!("the restore was not. {} is recorded in the state", r.target());
        assert!(finished.text().contains(&recorded), "it is no job: {}", finished.text());
        assert_eq!((r.session.text("status"), r.session.text("id")), ("InProgress".into(), r.target()));
        let finished = r.apply(r.usual(json!({}))).await;
        r.succeeded(&finished);
        assert_eq!(finished.step, PlannedStep::Update);
        r.finish(1);
    }

    pub async fn what_is_there_already_is_an_error_on_the_name_and_is_not_touched(&self) {
        let mut r = self.restore();
        r.add(&r.name());
        let finished = r.apply(r.usual(json!({}))).await;
        r.failed(&finished, &[self.0.taken, "was not touched", "terraform import ADDRESS", &r.target()]);
        r.failed(&finished, &[&format!("error: Restoring {}: cannot be prepared", self.0.subject)]);
        assert_eq!(finished.at_fault(), ["name"]);
        assert!(r.sent().is_empty() && r.session.object.is_none() && r.exists());
        r.finish(0);
    }

    pub async fn a_completed_restore_that_no_state_knows_is_named_and_may_be_adopted(&self) {
        let mut r = self.restore();
        let finished = r.apply(r.usual(json!({}))).await;
        r.succeeded(&finished);
        r.session.object = None;
        let finished = r.apply(r.usual(json!({}))).await;
        r.failed(&finished, &["this restore has already run", &r.target()]);
        let finished = r.apply(r.usual(json!({"adopt": "completed"}))).await;
        r.succeeded(&finished);
        r.session.object = None;
        let finished = r.apply(r.usual(json!({"triggers": {"run": "2"}}))).await;
        r.failed(&finished, &["Another restore has made it"]);
        r.finish(1);
    }

    pub async fn a_failure_is_told_in_azures_words_and_the_next_apply_restores_again(&self) {
        let mut r = self.restore();
        r.session.azure().next_restore(JobScript::fails("BackupSetBroken", "The backup cannot be read.", ""));
        let finished = r.apply(r.usual(json!({}))).await;
        r.failed(&finished, &["BackupSetBroken", "The backup cannot be read."]);
        r.failed(&finished, &[&format!("error: Restoring {}: ", self.0.subject)]);
        assert_eq!(r.session.text("status"), "Failed");
        let finished = r.apply(r.usual(json!({}))).await;
        r.succeeded(&finished);
        assert_eq!(finished.step, PlannedStep::Replace);
        r.finish(2);
    }

    pub async fn destroy_keeps_what_was_made_unless_it_is_told_to_delete_it(&self) {
        let mut r = self.restore();
        let finished = r.apply(r.usual(json!({}))).await;
        r.succeeded(&finished);
        let requests = r.session.journal().entries.len();
        assert!(r.session.destroy().await.is_empty());
        assert!(r.exists() && r.session.journal().entries.len() == requests);

        let mut r = self.restore();
        let finished = r.apply(r.usual(self.deleted())).await;
        r.succeeded(&finished);
        let name = r.session.text("name");
        let said = r.session.destroy().await;
        // Terraform folds warnings of equal summaries.
        let deleted = format!("Destroying this resource deletes {} {:?}", self.0.entry, name);
        assert!(!said.has_errors() && text(&said).contains(&deleted), "{}", text(&said));
        assert!(!r.exists() && r.session.object.is_none());
        r.finish(1);
    }

    pub async fn what_is_no_longer_known_by_its_tag_is_never_deleted(&self) {
        let mut r = self.restore();
        let mut arguments = r.usual(self.deleted());
        if self.0.can_cancel {
            arguments["cancel_on_destroy"] = json!(true);
        }
        let finished = r.apply(arguments).await;
        r.succeeded(&finished);
        let ours = json!({TAG: r.session.text("client_request_id")});
        for tags in [json!({}), json!({TAG: "11111111-2222-8333-8444-555555555555"})] {
            (self.0.retag)(&r.session, &tags);
            let said = r.session.destroy().await;
            let told = text(&said);
            assert!(said.has_errors() && told.contains("Nothing was deleted"), "{tags}: {told}");
            assert_eq!(told.contains("cancel_on_destroy"), self.0.can_cancel, "an argument that is not there: {told}");
            assert!(r.exists() && r.session.object.is_some());
        }
        (self.0.retag)(&r.session, &ours);
        let said = r.session.destroy().await;
        assert!(!said.has_errors() && !r.exists() && r.session.object.is_none(), "{}", text(&said));
        r.finish(1);
    }

    pub async fn destroying_a_restore_that_runs_lets_it_run_unless_what_it_makes_is_to_be_deleted(&self) {
        let mut r = self.restore();
        r.interrupted(500, json!({})).await;
        let said = r.session.destroy().await;
        assert!(!said.has_errors() && r.exists(), "{}", text(&said));

        let mut r = self.restore();
        r.interrupted(500, self.deleted()).await;
        let said = r.session.destroy().await;
        assert!(!said.has_errors() && !r.exists(), "{}\n{}", text(&said), r.session.journal().text());
        assert_eq!(r.session.journal().count("POST", "/cancel"), 0);
        r.finish(1);
    }

    pub async fn a_replacement_deletes_and_cancels_nothing_whichever_object_comes_first(&self) {
        for create_before_destroy in [false, true] {
            for runs in [false, true] {
                let mut r = self.restore();
                r.session.create_before_destroy = create_before_destroy;
                let mut arguments = r.usual(self.deleted());
                if self.0.can_cancel {
                    arguments["cancel_on_destroy"] = json!(true);
                }
                if runs {
                    r.interrupted(500, arguments.clone()).await;
                } else {
                    let finished = r.apply(arguments.clone()).await;
                    r.succeeded(&finished);
                }
                arguments["name"] = json!("again");
                let finished = r.apply(arguments).await;
                assert_eq!(finished.step, PlannedStep::Replace);
                r.succeeded(&finished);
                assert!(r.exists());
                let kept = "Replacing this resource keeps what the restore to";
                // The one that runs is tainted: of that the plan shows the provider nothing.
                assert_eq!(finished.text().matches(kept).count(), usize::from(!runs), "{}", finished.text());
                let journal = r.session.journal();
                assert_eq!(journal.count("DELETE", "") + journal.count("POST", "/cancel"), 0, "{}", journal.text());
                r.finish(2);
            }
        }
    }

    pub async fn a_restore_that_was_started_elsewhere_is_imported_by_the_id_of_what_it_made(&self) {
        let mut r = self.restore();
        let name = r.name();
        r.add(&name);
        let said = r.session.import(&r.target()).await;
        assert!(said.is_empty(), "{}", text(&said));
        assert_eq!((r.session.text("name"), r.session.text("status")), (name, "Completed".into()));
        let finished = r.apply(r.usual(json!({}))).await;
        assert!(finished.succeeded(), "{}", finished.text());
        assert_eq!(finished.step, PlannedStep::Update);
        assert_eq!(r.apply(r.usual(json!({}))).await.step, PlannedStep::Nothing);
        let finished = r.apply(r.usual(self.deleted())).await;
        assert!(finished.succeeded());
        assert!(r.session.destroy().await.has_errors() && r.exists(), "nobody knows that it is ours");
        r.finish(0);
    }

    pub async fn an_import_that_contradicts_the_configuration_is_an_error_that_names_both(&self) {
        let mut r = self.restore();
        let name = r.name();
        r.add("other");
        let id = format!("{}other", r.target().trim_end_matches(&name));
        assert!(r.session.import(&id).await.is_empty());
        let finished = r.apply(r.usual(json!({}))).await;
        r.failed(&finished, &["other", &name]);
        r.finish(0);
    }

    pub fn a_restore_under_the_real_client_is_done_and_then_nothing_is_planned(&self) {
        let (kind, (example, end)) = (self.0.type_name, self.0.example);
        let mut s = Scenario::new();
        s.set_variables();
        let folder = crate::architecture::root().join("examples/resources").join(kind);
        let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
        s.write("variables.tf", &read("variables.tf"));
        s.configure(&read(example));
        s.apply(&[]).succeeds();
        let x = s.state().get(&format!("{kind}.example"));
        assert_eq!(x.text("status"), "Completed");
        assert!(x.text("id").ends_with(end), "{:#}", x.attributes);
        s.asks_nothing(|s| s.plans_nothing());
        s.asks_nothing(|s| s.refresh().succeeds());
        self.a_rename_that_would_delete_needs_a_moved_block(&mut s, &read(example));
        s.asks_nothing(|s| s.destroy().succeeds());
        s.finish(1);
    }

    /// Terraform would delete and restore side by side: what was written since the restore would be lost.
    fn a_rename_that_would_delete_needs_a_moved_block(&self, s: &mut Scenario, configuration: &str) {
        let (kind, flag) = (self.0.type_name, self.0.delete_on_destroy);
        let head = |name: &str| format!("resource \"{kind}\" \"{name}\" {{");
        let deletes = configuration.replace(&head("example"), &format!("{}\n  {flag} = true\n", head("example")));
        s.configure(&deletes);
        s.apply(&[]).succeeds();
        let renamed = deletes.replace(&head("example"), &head("again"));
        let renamed = renamed.replace(&format!("{kind}.example."), &format!("{kind}.again."));
        s.configure(&renamed);
        let since = s.journal().entries.len();
        let error = s.apply(&[]).fails().error();
        assert_eq!(error.summary, "The same restore is destroyed and created by one plan");
        assert!(error.detail.contains("add a `moved` block"), "{error:?}");
        s.configure(&format!("{renamed}\nmoved {{\n  from = {kind}.example\n  to   = {kind}.again\n}}\n"));
        s.apply(&[]).succeeds();
        assert_eq!(s.journal().since(since).count("PUT", "") + s.journal().since(since).count("DELETE", ""), 0);
        s.configure(&renamed.replace(&format!("{flag} = true"), &format!("{flag} = false")));
        s.apply(&[]).succeeds();
    }

    fn restore(&self) -> ResourceRestore {
        ResourceRestore::new(self.0)
    }

    /// A destroy deletes what was made.
    fn deleted(&self) -> Json {
        json!({self.0.delete_on_destroy: true})
    }
}

/// Seconds after which a run is killed: while it asks, while the PUT is answered, while the restore runs, while the end is
/// confirmed, and after it.
fn moments() -> impl Iterator<Item = Duration> {
    (0..60).map(|step| Duration::from_millis(700 + step * 3_100))
}

/// Failures of the way, which say nothing of the restore.
fn failures() -> Vec<(&'static str, Action)> {
    let status =
        |status: u16, code: &str, headers: &[(&str, &str)]| Fault::status("GET", "*", status, headers, code).action;
    vec![
        ("429", status(429, "TooManyRequests", &[("Retry-After", "3")])),
        ("500", status(500, "InternalServerError", &[])),
        ("504 accepted", Action::StatusAfterAcceptance { status: 504, headers: Default::default(), body: json!({}) }),
        ("reset before", Action::ResetBeforeAcceptance),
        ("reset after", Action::ResetAfterAcceptance),
        ("no JSON", Action::MalformedBody),
        ("too late", Action::SlowHeaders(300_000)),
        ("expired token", Action::TokenExpired),
        ("page as 200", Action::Html { status: 200 }),
        ("403", status(403, "AuthorizationFailed", &[])),
        ("404", status(404, "ResourceNotFound", &[])),
    ]
}
