//! What of the configuration restores again, and what does not.

use serde_json::json;

use super::arguments::ArgumentChange;
use super::fixture::RestoreFixture;
use super::kinds::{RestoreKindCase, facts, top_level};
use super::services::Point;
use super::simulated_resources::{self, shouted, with};

facts! {
    new_triggers_restore_again,
    a_changed_argument_of_meaning_restores_again,
    another_point_replaces_and_both_are_named,
    another_casing_order_or_notation_is_no_change,
    an_argument_unknown_at_plan_restores_nothing_if_it_ends_the_same,
}

fn new_triggers_restore_again(kind: RestoreKindCase) {
    let mut s = RestoreFixture::new(kind);
    s.usual("triggers = { run = \"1\" }");
    s.apply(&[]).succeeds();
    let first = s.x();
    s.clear_targets();
    s.usual("triggers = { run = \"2\" }");
    let change = s.planned(&[]).change(&s.address());
    assert_eq!(change.actions, ["delete", "create"]);
    assert_eq!(change.replace_paths, ["triggers"]);
    s.expect_restores(1);
    s.apply(&[]).succeeds();
    s.is_done();
    assert_ne!(s.x().text("client_request_id"), first.text("client_request_id"));
    s.plans_nothing();
    s.finish(2);
}

fn a_changed_argument_of_meaning_restores_again(kind: RestoreKindCase) {
    let mut s = RestoreFixture::restored(kind);
    let ArgumentChange { argument, after, .. } = s.kind.changed(&s.world);
    s.clear_targets();
    s.usual_with(after, "");
    let change = s.planned(&[]).change(&s.address());
    assert_eq!(change.actions, ["delete", "create"]);
    assert_eq!(change.replace_paths, [top_level(argument)]);
    s.expect_restores(1);
    s.apply(&[]).succeeds();
    s.is_done();
    s.plans_nothing();
    s.finish(2);
}

fn another_point_replaces_and_both_are_named(kind: RestoreKindCase) {
    let mut s = RestoreFixture::new(kind);
    let argument = s.kind.point_argument();
    let newer = "8f3b5ce1a4d942d0a7c9f0d6b7f5fffe";
    let first = s.kind.point(&s.world, s.kind.chosen.unwrap_or_default(), 24);
    let second = s.kind.point(&s.world, newer, 20);
    simulated_resources::add_point(s.azure().simulator(), &s.kind, newer, 5, Point::Restorable);
    s.usual_with(vec![(argument, first.clone())], "");
    s.apply(&[]).succeeds();
    s.usual_with(vec![(argument, second.clone())], "");
    let finished = s.plan(&[]);
    assert_eq!(finished.code, Some(2), "{finished}");
    let named = |point: &serde_json::Value| point["id"].as_str().or(point.as_str()).unwrap_or_default().to_owned();
    let (first, second) = (named(&first), named(&second));
    let told = finished.warnings().iter().any(|warning| {
        let text = warning.text();
        text.contains(&first) && text.contains(&second)
    });
    assert!(told, "{first} and {second} are not both named in\n{finished}");
    let change = s.planned(&[]).change(&s.address());
    assert_eq!(
        (change.actions.join(", ").as_str(), change.replace_paths),
        ("delete, create", vec![argument.to_owned()])
    );
    s.finish(1);
}

fn another_casing_order_or_notation_is_no_change(kind: RestoreKindCase) {
    let mut s = RestoreFixture::restored(kind);
    let item = json!(shouted(&s.kind.item_id(&s.world)));
    let others = with((s.kind.notations)(&s.world), vec![(s.kind.service.item_argument, item)]);
    s.usual_with(others, "");
    s.asks_nothing(|s| s.plans_nothing());
    s.finish(1);
}

fn an_argument_unknown_at_plan_restores_nothing_if_it_ends_the_same(kind: RestoreKindCase) {
    let mut s = RestoreFixture::restored(kind);
    let item = s.kind.item_id(&s.world);
    s.write("pending.tf", "resource \"terraform_data\" \"pending\" {\n  input = \"new\"\n}\n");
    let unknown = format!("terraform_data.pending.id == \"\" ? \"\" : {item:?}");
    let lines = s.kind.arguments(&s.world, vec![]).into_iter();
    let lines = lines.map(|(name, value)| (name, value.to_string().replace(&format!("{item:?}"), &unknown)));
    s.configure(&s.block_of("x", lines, ""));
    assert_eq!(s.planned(&[]).actions(&s.address()), "delete, create");
    s.apply(&[]).succeeds();
    s.is_done();
    s.plans_nothing();
    s.finish(1);
}
