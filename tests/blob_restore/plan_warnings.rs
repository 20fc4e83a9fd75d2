//! What a plan tells before anything is done.

use super::X;
use crate::harness::Scenario;
use crate::simulator::{OperationStory, ServiceError};

#[test]
fn a_restore_in_place_warns_that_it_overwrites_and_names_the_account() {
    let mut s = Scenario::new();
    s.restore("");
    let finished = s.plan(&[]);
    let warning = finished.warning();
    assert_eq!(warning.address.as_deref(), Some(X), "{finished}");
    let text = warning.text();
    assert!(text.to_lowercase().contains("overwrit"), "{text}");
    assert!(text.contains(&s.operational_account()), "{text}");
    s.finish(0);
}

#[test]
fn a_restore_into_another_account_does_not_warn() {
    let mut s = Scenario::new();
    s.vaulted("recovery_point = { latest = true }");
    let finished = s.plan(&[]);
    assert!(finished.warnings().is_empty(), "{finished}");
    s.finish(0);
}

#[test]
fn the_warning_is_gone_once_the_restore_is_done() {
    let mut s = Scenario::new();
    s.restore("");
    s.apply(&[]).succeeds();
    let finished = s.plan(&[]);
    assert!(finished.warnings().is_empty(), "{finished}");
    s.finish(1);
}

#[test]
fn a_replacement_caused_by_the_point_alone_names_both_points() {
    let mut s = Scenario::new();
    let points = s.recovery_points();
    let [first, second, ..] = points.as_slice() else { panic!("two points are needed: {points:?}") };
    s.vaulted(&format!("recovery_point = {{ id = {first:?} }}"));
    s.apply(&[]).succeeds();
    s.vaulted(&format!("recovery_point = {{ id = {second:?} }}"));
    let finished = s.plan(&[]);
    let told = finished.warnings().iter().any(|warning| {
        let text = warning.text();
        text.contains(first.as_str()) && text.contains(second.as_str())
    });
    assert!(told, "{finished}");
    s.finish(1);
}

#[test]
fn preflight_tells_what_azure_would_refuse_as_a_warning() {
    let mut s = Scenario::new();
    s.provider("preflight = true");
    s.next_validation(OperationStory::fails(ServiceError::missing_role("vault-identity", "/subscriptions/s")));
    s.restore("");
    let finished = s.plan(&[]);
    assert_eq!(finished.code, Some(2), "{finished}");
    assert!(finished.warns_of("UserErrorMSIMissingPermissions"), "{finished}");
    s.finish(0);
}

#[test]
fn preflight_tells_a_point_outside_the_ranges_as_a_warning_and_apply_as_an_error() {
    let mut s = Scenario::new();
    s.provider("preflight = true");
    s.write_restore(&[
        ("backup_instance_id", &format!("{:?}", s.operational_id())),
        ("point_in_time", "\"2020-01-01T00:00:00Z\""),
    ]);
    let finished = s.plan(&[]);
    assert_eq!(finished.code, Some(2), "{finished}");
    let told = finished.warnings().iter().any(|warning| warning.argument() == Some("point_in_time"));
    assert!(told, "{finished}");
    let error = s.apply(&[]).fails().error();
    assert_eq!(error.argument(), Some("point_in_time"));
    s.finish(0);
}

#[test]
fn preflight_is_skipped_where_a_value_is_unknown() {
    let mut s = Scenario::new();
    s.provider("preflight = true");
    let arguments = format!(
        "  backup_instance_id = {:?}\n  point_in_time = terraform_data.pending.id == \"\" ? \"\" : {:?}\n",
        s.operational_id(),
        s.point()
    );
    s.configure(&format!(
        "resource \"terraform_data\" \"pending\" {{}}\nresource \"azurebackup_blob_restore\" \"x\" {{\n{arguments}}}\n"
    ));
    assert_eq!(s.plan(&[]).code, Some(2));
    for question in ["/validateRestore", "/findRestorableTimeRanges"] {
        assert_eq!(s.journal().count("POST", question), 0, "{question}");
    }
    s.finish(0);
}
