//! What an import knows of a restore that was started elsewhere: filled in, and compared with the configuration until
//! the first apply has succeeded.

use azurebackup::tfplugin::value::Value;
use serde_json::json;

use super::arguments::{ArgumentChange, NEWER, rehearsal, schema_of};
use super::fixture::{InProcessFixture, RestoreFixture};
use super::kinds::{RestoreKindCase, facts, facts_in_process, top_level};
use super::simulated_resources::{Arguments, normal, with};
use crate::in_process::{PlannedStep, text};
use crate::simulator::{Ending, JobScript, JobView};

facts_in_process! {
    an_import_fills_in_what_azure_reports_and_nothing_else,
    an_import_of_what_is_configured_plans_nothing_after_the_first_apply,
    what_azure_reports_is_refused_where_the_configuration_says_otherwise,
    a_selector_that_cannot_have_chosen_the_point_is_refused,
    an_import_of_a_restore_that_runs_is_waited_for_and_plans_nothing_afterwards,
    what_a_job_says_only_when_it_ends_is_compared_then,
}

facts! {
    a_generated_configuration_of_an_import_plans_nothing_after_the_first_apply,
}

/// What every job reports of its restore.
fn of_every_restore(kind: &RestoreKindCase) -> Vec<&'static str> {
    let point = if kind.chosen.is_some() { "recovery_point.id" } else { "point_in_time" };
    vec![kind.service.item_argument, point]
}

fn at<'a>(object: &'a Value, path: &str) -> &'a Value {
    path.split('.').fold(object, |value, name| value.get(name))
}

/// The paths of all that is set in an object, below `prefix`.
fn set(object: &Value, prefix: &str) -> Vec<String> {
    let members = object.as_map().into_iter().flatten().filter(|(_, member)| !member.is_null());
    let paths = members.map(|(name, member)| match member.as_map() {
        Some(_) => set(member, &format!("{prefix}{name}.")),
        None => vec![format!("{prefix}{name}")],
    });
    paths.flatten().collect()
}

/// The usual restore with others in their place or added, begun elsewhere and imported.
async fn imported(kind: &RestoreKindCase, others: Arguments) -> InProcessFixture {
    let mut r = rehearsal(kind);
    let finished = r.apply(others).await;
    assert!(finished.succeeded(), "{}", finished.text());
    let id = (kind.service.import_id)(&r.session.text("id"));
    r.forget();
    let said = r.session.import(&id).await;
    assert!(!said.has_errors(), "{}", text(&said));
    r
}

async fn an_import_fills_in_what_azure_reports_and_nothing_else(kind: RestoreKindCase) {
    let r = imported(&kind, vec![]).await;
    let object = r.session.object.clone().unwrap().value;
    let mut arguments = object.clone();
    for attribute in &schema_of(kind.type_name).attributes {
        if !attribute.is_configurable() || attribute.default.is_some() {
            arguments.set(attribute.name.as_str(), Value::Null);
        }
    }
    let filled = set(&arguments, "");
    let every = of_every_restore(&kind);
    for path in &filled {
        assert!(every.contains(&path.as_str()) || kind.reported.contains(&path.as_str()), "{path} is not in the table");
    }
    let usual: serde_json::Value = with(vec![], kind.arguments(&r.world, vec![])).into_iter().collect();
    for path in every.iter().chain(kind.reported) {
        let usual = usual.pointer(&format!("/{}", path.replace('.', "/")));
        let found = at(&object, path).as_str().map_or_else(|| json!(at(&object, path).as_bool()), |text| json!(text));
        match usual {
            Some(usual) => assert_eq!(normal(&found), normal(usual), "{path}"),
            None if *path == "recovery_point.id" => assert_eq!(found, json!(NEWER)),
            // What a default means is not filled in; what another argument implies may be.
            None => assert!(!filled.contains(&(*path).to_owned()) || *path == "recovery_point.data_store", "{path}"),
        }
    }
    // What decides and is not reported, the page says.
    let page = schema_of(kind.type_name).import;
    let own = (kind.restores_again)(&r.world).into_iter().map(|change| top_level(change.argument));
    for argument in own.chain(kind.by_hand.iter().copied()).filter(|name| *name != kind.point_argument()) {
        let reported = kind.reported.iter().any(|path| top_level(path) == argument);
        assert_ne!(reported, page.contains(&format!("`{argument}`")), "{argument}");
    }
    assert_eq!(object.get("adopt").as_str(), Some("running"));
    r.finish(1);
}

async fn an_import_of_what_is_configured_plans_nothing_after_the_first_apply(kind: RestoreKindCase) {
    for notation in [vec![], (kind.notations)(&rehearsal(&kind).world)] {
        let mut r = imported(&kind, vec![]).await;
        let finished = r.apply(notation.clone()).await;
        r.succeeded(&finished);
        assert_eq!(finished.step, PlannedStep::Update);
        assert_eq!(r.session.object.as_ref().unwrap().value.get("imported").as_bool(), Some(false));
        assert_eq!(r.apply(notation).await.step, PlannedStep::Nothing);
        r.finish(1);
    }
}

async fn what_azure_reports_is_refused_where_the_configuration_says_otherwise(kind: RestoreKindCase) {
    let world = rehearsal(&kind).world;
    let mut refused = Vec::new();
    let changes = kind.restoring_again(&world).into_iter().chain(kind.updating_in_place(&world));
    // What was begun in another region is imported by another id.
    let here = |change: &ArgumentChange| change.before.iter().all(|(name, _)| *name != "secondary_region");
    for ArgumentChange { argument, before, after } in changes.filter(here) {
        let mut r = imported(&kind, before.clone()).await;
        let found = r.session.object.clone().unwrap().value;
        let finished = r.apply([before, after.clone()].concat()).await;
        let compared = kind.reported.iter().chain(kind.reported_in_words).any(|reported| *reported == argument);
        if of_every_restore(&kind).contains(&argument) || compared {
            let outermost = argument.split('.').next().unwrap();
            r.failed(&finished, &["The imported job did something else", "The job: ", "terraform state rm"]);
            let at_fault = finished.at_fault();
            // What goes with the change may be reported, too.
            let with_it: Vec<&str> = after.iter().map(|(name, _)| top_level(name)).collect();
            assert!(at_fault.iter().any(|name| name == outermost), "{}", finished.text());
            assert!(at_fault.iter().all(|name| with_it.contains(&name.as_str())), "{}", finished.text());
            for value in [at(&found, argument).as_str(), after[0].1.as_str()].into_iter().flatten() {
                assert!(finished.text().contains(value), "{value} is missing in: {}", finished.text());
            }
            assert_eq!(r.session.object.as_ref().unwrap().value, found, "{argument}");
            refused.push(argument);
        } else {
            r.succeeded(&finished);
            assert_eq!(finished.step, PlannedStep::Update, "{argument}");
        }
        r.finish(1);
    }
    for argument in
        of_every_restore(&kind).into_iter().chain(kind.reported.iter().chain(kind.reported_in_words).copied())
    {
        // A store is contradicted only by another one.
        assert!(refused.contains(&argument) || argument == "recovery_point.data_store", "{argument} was not tried");
    }
}

async fn a_selector_that_cannot_have_chosen_the_point_is_refused(kind: RestoreKindCase) {
    let mut r = imported(&kind, vec![]).await;
    let bound = |hours| {
        let bound = json!(r.world.hours_ago(hours));
        vec![("recovery_point.latest", json!(null)), ("recovery_point.at_or_before", bound)]
    };
    let (before, fitting) = match kind.chosen {
        Some(_) => (bound(4000), bound(0)),
        None => (vec![("point_in_time", json!(r.world.hours_ago(25)))], vec![("point_in_time", json!("latest"))]),
    };
    let wanted = before.last().and_then(|(_, instant)| instant.as_str()).unwrap().to_owned();
    let finished = r.apply(before).await;
    r.failed(&finished, &["The imported job did something else", &wanted]);
    assert_eq!(finished.at_fault(), [kind.point_argument()]);
    let finished = r.apply(fitting).await;
    r.succeeded(&finished);
    r.finish(1);
}

/// Imports a restore that an apply has left running, and that no state knows.
async fn imports_one_that_runs(r: &mut InProcessFixture, kind: &RestoreKindCase, script: JobScript) {
    r.azure().next_restore(script);
    let finished = r.apply(vec![("timeouts", json!({"create": "40s"}))]).await;
    r.failed(&finished, &["terraform untaint"]);
    let id = (kind.service.import_id)(&r.session.text("id"));
    r.forget();
    let said = r.session.import(&id).await;
    assert!(!said.has_errors(), "{}", text(&said));
}

async fn an_import_of_a_restore_that_runs_is_waited_for_and_plans_nothing_afterwards(kind: RestoreKindCase) {
    let mut r = rehearsal(&kind);
    imports_one_that_runs(&mut r, &kind, JobScript::running(20).then(Ending::Completed)).await;
    assert_eq!(r.session.text("status"), "InProgress");
    let finished = r.apply(vec![]).await;
    r.succeeded(&finished);
    assert_eq!(finished.step, PlannedStep::Update);
    assert_eq!(r.session.object.as_ref().unwrap().value.get("imported").as_bool(), Some(false));
    assert_eq!(r.apply(vec![]).await.step, PlannedStep::Nothing);
    r.finish(1);
}

/// Right after the trigger a job may say hardly anything of itself.
async fn what_a_job_says_only_when_it_ends_is_compared_then(kind: RestoreKindCase) {
    let mut r = rehearsal(&kind);
    let mut own = (kind.restores_again)(&r.world).into_iter();
    let reported = |argument| {
        let mut reported = kind.reported.iter().chain(kind.reported_in_words);
        reported.any(|own| *own == argument) || kind.chosen.is_none() && argument == "point_in_time"
    };
    let change = own.find(|change| reported(change.argument) && change.before.is_empty());
    let Some(change) = change else {
        assert!(
            kind.reported.is_empty() && kind.reported_in_words.is_empty(),
            "the table changes an argument that jobs report"
        );
        return;
    };
    imports_one_that_runs(&mut r, &kind, JobScript::ended(Ending::Completed).first(JobView::Bare, 20)).await;
    assert!(at(&r.session.object.as_ref().unwrap().value, change.argument).is_null());
    let finished = r.apply(change.after).await;
    r.failed(&finished, &["The imported job did something else"]);
    assert_eq!(r.session.object.as_ref().unwrap().value.get("imported").as_bool(), Some(true));
    let finished = r.apply(vec![]).await;
    r.succeeded(&finished);
    assert_eq!(r.apply(vec![]).await.step, PlannedStep::Nothing);
    r.finish(1);
}

fn a_generated_configuration_of_an_import_plans_nothing_after_the_first_apply(kind: RestoreKindCase) {
    let mut s = RestoreFixture::restored(kind);
    let (address, job) = (s.address(), s.job().job);
    s.run(&["state", "rm", &address]).succeeds();
    let id = (s.kind.service.import_id)(&job);
    s.configure("");
    s.write("import.tf", &format!("import {{\n  to = {address}\n  id = {id:?}\n}}\n"));
    let finished = s.plan(&["-generate-config-out=generated.tf"]);
    if s.kind.by_hand.is_empty() {
        assert_eq!(finished.code, Some(2), "{finished}");
    }
    let path = s.folder().join("generated.tf");
    let mut generated = std::fs::read_to_string(&path).unwrap();
    for (name, value) in s.kind.arguments(&s.world, vec![]) {
        if s.kind.by_hand.contains(&name) {
            let lines: Vec<&str> = generated.lines().collect();
            let begin = lines.iter().position(|line| line.trim_start().starts_with(&format!("{name} "))).unwrap();
            // An object takes several lines.
            let is_end = |line: &&str| **line == *"  }";
            let length = if lines[begin].ends_with('{') { lines[begin..].iter().position(is_end).unwrap() } else { 0 };
            generated = generated.replace(&lines[begin..=begin + length].join("\n"), &format!("  {name} = {value}"));
        }
    }
    s.write("generated.tf", &generated);
    assert_eq!(s.planned(&[]).actions(&address), "update");
    s.apply(&[]).succeeds();
    s.is_done();
    s.plans_nothing();
    s.finish(1);
}
