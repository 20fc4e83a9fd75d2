//! Apply, plan again, refresh, update in place, import, destroy.

use serde_json::json;

use super::arguments::computed;
use super::fixture::RestoreFixture;
use super::kinds::{RestoreKindCase, facts, facts_of_every_row, top_level};
use super::services::{Point, RequestPattern};
use super::simulated_resources::{self, Arguments, normal};

facts_of_every_row! {
    apply_restores_once_and_says_what_came_of_it,
}

facts! {
    an_ended_restore_asks_nothing_in_plan_refresh_and_destroy,
    a_newer_backup_does_not_restore_again,
    arguments_without_meaning_for_the_data_change_in_place_and_ask_nothing,
    an_import_is_not_replaced_and_then_like_any_other,
    a_plan_warns_of_what_the_restore_overwrites_and_only_then,
    two_restores_onto_one_target_take_turns_however_it_is_written,
}

fn apply_restores_once_and_says_what_came_of_it(kind: RestoreKindCase) {
    let s = RestoreFixture::restored(kind);
    s.is_done();
    let (x, job) = (s.x(), s.job());
    assert!(x.text("id").eq_ignore_ascii_case(&job.job), "{} is not {}", x.text("id"), job.job);
    assert_eq!(Some(x.text("client_request_id")), job.client_request_id.as_deref());
    assert!(job.item.eq_ignore_ascii_case(&s.kind.item_id(&s.world)));
    assert_eq!(x.text("recovery_point_id"), s.kind.chosen.unwrap_or_default());
    for name in ["start_time", "end_time", "recovery_point_time"] {
        assert_ne!(x.text(name), "", "{name}: {:#}", x.attributes);
    }
    assert!(x.attributes["duration_seconds"].is_number(), "{:#}", x.attributes);
    assert_eq!(x.attributes["imported"], json!(false));
    assert_eq!(x.attributes["warnings"], json!([]));
    assert_eq!(x.attributes["tasks"], (s.kind.service.tasks)());
    let details = &x.attributes["details"];
    for (name, value) in (s.kind.details)(&s.world) {
        assert_eq!(details[name], value, "{name}: {details:#}");
    }

    let journal = s.journal();
    let body = |request: RequestPattern| {
        let entry = journal.entries.iter().find(|entry| request.is(entry));
        entry.and_then(|entry| entry.body.clone()).unwrap_or_default()
    };
    let sent = body(s.kind.service.trigger);
    if let Some(validation) = s.kind.service.validation {
        assert_eq!(normal(&body(validation)), normal(&(s.kind.service.validated)(&sent)), "what is sent was validated");
    }
    if let Some(expected) = s.kind.body {
        assert_eq!(normal(&(s.kind.service.sent)(&sent)), normal(&expected(&s.world)));
    }
    s.finish(1);
}

fn an_ended_restore_asks_nothing_in_plan_refresh_and_destroy(kind: RestoreKindCase) {
    let mut s = RestoreFixture::restored(kind);
    let before = s.x().attributes;
    s.asks_nothing(|s| s.plans_nothing());
    s.asks_nothing(|s| s.refresh().succeeds());
    assert_eq!(s.x().attributes, before);
    s.forget_job();
    s.asks_nothing(|s| s.refresh().succeeds());
    s.asks_nothing(|s| s.plans_nothing());
    assert_eq!(s.x().attributes, before, "the record of the job is gone, the restore is not");
    s.asks_nothing(|s| s.destroy().succeeds());
    assert!(s.state().is_empty());
    s.finish(1);
}

fn a_newer_backup_does_not_restore_again(kind: RestoreKindCase) {
    let mut s = RestoreFixture::new(kind);
    s.usual_with(s.kind.newest(), "");
    s.apply(&[]).succeeds();
    simulated_resources::add_point(
        s.azure().simulator(),
        &s.kind,
        "8f3b5ce1a4d942d0a7c9f0d6b7f5ffff",
        1,
        Point::Restorable,
    );
    s.plans_nothing();
    s.refresh().succeeds();
    s.plans_nothing();
    s.finish(1);
}

fn arguments_without_meaning_for_the_data_change_in_place_and_ask_nothing(kind: RestoreKindCase) {
    let mut s = RestoreFixture::restored(kind);
    let before = s.x().attributes;
    // All at once; `timeouts` is a block.
    let all = s.kind.updating_in_place(&s.world).into_iter().chain((s.kind.written_out)(&s.world));
    let alone = all.filter(|change| change.before.is_empty() && top_level(change.argument) != "timeouts");
    let others: Arguments = alone.flat_map(|change| change.after).collect();
    s.usual_with(others.clone(), "timeouts {\n    create = \"1h\"\n    update = \"2h\"\n  }");
    let change = s.planned(&[]).change(&s.address());
    assert_eq!(change.actions, ["update"]);
    assert!(change.unknown().is_empty(), "{:?}", change.unknown());
    s.asks_nothing(|s| s.apply(&[]).succeeds());
    let after = s.x().attributes;
    for name in computed(s.kind.type_name) {
        assert_eq!(after[&name], before[&name], "{name}");
    }
    for (name, value) in s.kind.arguments(&s.world, others) {
        assert_eq!(normal(&after[name]), normal(&value), "{name}");
    }
    s.plans_nothing();
    s.finish(1);
}

fn an_import_is_not_replaced_and_then_like_any_other(kind: RestoreKindCase) {
    let mut s = RestoreFixture::restored(kind);
    let (address, job) = (s.address(), s.job().job);
    s.run(&["state", "rm", &address]).succeeds();
    let id = (s.kind.service.import_id)(&simulated_resources::shouted(&job));
    s.import(&address, &id).succeeds();
    let x = s.x();
    assert_eq!((x.text("status"), &x.attributes["imported"]), ("Completed", &json!(true)));
    let item = x.attributes.pointer(&s.kind.item_pointer()).and_then(|item| item.as_str()).unwrap_or_default();
    assert!(item.eq_ignore_ascii_case(&s.kind.item_id(&s.world)), "{:#}", x.attributes);

    s.usual("triggers = { run = \"1\" }");
    assert_eq!(s.planned(&[]).actions(&address), "update");
    s.asks_nothing(|s| s.apply(&[]).succeeds());
    s.is_done();
    assert_eq!(s.x().attributes["imported"], json!(false));
    s.plans_nothing();
    s.usual("triggers = { run = \"2\" }");
    assert_eq!(s.planned(&[]).actions(&address), "delete, create");
    s.finish(1);
}

fn a_plan_warns_of_what_the_restore_overwrites_and_only_then(kind: RestoreKindCase) {
    let mut s = RestoreFixture::new(kind);
    s.usual("");
    let finished = s.plan(&[]);
    match s.kind.overwrites {
        None => assert!(finished.warnings().is_empty(), "{finished}"),
        Some(what) => {
            let warning = finished.warning();
            assert_eq!(warning.address, Some(s.address()), "{finished}");
            let text = warning.text();
            assert!(text.to_lowercase().contains("overwrit") && text.contains(what), "{text}");
        }
    }
    s.apply(&[]).succeeds();
    let finished = s.plan(&[]);
    assert!(finished.warnings().is_empty(), "{finished}");
    s.finish(1);
}

fn two_restores_onto_one_target_take_turns_however_it_is_written(kind: RestoreKindCase) {
    let mut s = RestoreFixture::new(kind);
    let first = s.block("x", vec![], "triggers = { run = \"1\" }");
    let second = s.block("y", (s.kind.notations)(&s.world), "triggers = { run = \"2\" }");
    s.configure(&(first + &second));
    let finished = s.apply(&[]);
    // What leaves something behind that must be new finds its target taken.
    let may_repeat = !simulated_resources::takes_a_name(s.azure().simulator());
    assert_eq!(finished.code, Some(i32::from(!may_repeat)), "{finished}");

    let journal = s.journal();
    let job = journal.accepted_restores()[0].job_id.clone();
    let done = format!("looked at job {job}: Completed");
    let done = journal.entries.iter().find(|entry| entry.note == done).map(|entry| entry.number);
    let tried = journal.entries.iter().filter(|entry| s.kind.tried().is(entry));
    let tried: Vec<usize> = tried.map(|entry| entry.number).collect();
    assert_eq!(tried.len(), 2, "neither is refused because of the other\n{}", journal.text());
    assert!(done.is_some_and(|done| done < tried[1]), "{}", journal.text());
    s.finish(if may_repeat { 2 } else { 1 });
}
