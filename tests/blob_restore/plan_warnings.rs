//! What a plan tells before anything is done.

use crate::harness::Scenario;

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
fn preflight_for_pipelines_is_an_error_of_the_plan() {
    let mut s = Scenario::new();
    s.provider("preflight = \"error\"");
    s.write_restore(&[
        ("backup_instance_id", &format!("{:?}", s.operational_id())),
        ("point_in_time", "\"2020-01-01T00:00:00Z\""),
    ]);
    let error = s.plan(&[]).fails().error();
    assert_eq!(error.argument(), Some("point_in_time"));
    s.provider("preflight = \"maybe\"");
    assert_eq!(s.plan(&[]).fails().error().argument(), Some("preflight"));
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
