//! The data sources as users meet them, read with the real client against the simulator. Nothing is looked at inside the
//! product; what Azure was asked is read from the journal.

mod backup_instances;
mod job;
mod jobs;
mod protected_items;
mod provider;
mod recovery_points;
mod restorable_time_ranges;

use serde_json::Value;
use time::format_description::well_known::Rfc3339;
use time::{OffsetDateTime, UtcOffset};

use crate::harness::{FinishedCommand, Scenario};
use crate::simulator::SUBSCRIPTION;

/// Writes one data source `x` of this kind with these lines.
fn write(s: &Scenario, kind: &str, lines: &[&str]) {
    let block = format!("data \"azurebackup_{kind}\" \"x\" {{\n  {}\n}}\n", lines.join("\n  "));
    // Without something to apply, what was read gets into no state.
    s.configure(&format!("{block}output \"x\" {{\n  value = data.azurebackup_{kind}.x\n}}\n"));
}

/// The attributes of one data source with these lines.
#[track_caller]
fn read(kind: &str, lines: &[&str], s: &mut Scenario) -> Value {
    write(s, kind, lines);
    s.apply(&[]).succeeds();
    s.state().get(&format!("data.azurebackup_{kind}.x")).attributes
}

/// The only error of a plan that reads one data source with these lines; it points at `argument`.
#[track_caller]
fn fault(kind: &str, lines: &[&str], argument: &str, s: &mut Scenario) -> String {
    write(s, kind, lines);
    let finished = s.plan(&[]).fails();
    points_at(&finished, argument)
}

/// The only error of a validation of one data source with these lines; it points at `argument`, and Azure is asked nothing.
#[track_caller]
fn refused(kind: &str, lines: &[&str], argument: &str) -> String {
    let mut s = Scenario::new();
    write(&s, kind, lines);
    let finished = s.asks_nothing(|s| s.validate());
    let text = points_at(&finished, argument);
    only_read(s);
    text
}

/// Ends a scenario that only reads: nothing that could lead to a restore was sent, not even a validation.
#[track_caller]
fn only_read(s: Scenario) {
    let journal = s.journal();
    let is_question = |path: &str| {
        path.ends_with("/findRestorableTimeRanges") || path.contains("/locations/") && path.contains("/fetch")
    };
    let sent = journal.find("POST", "/providers/").filter(|entry| !is_question(&entry.path));
    assert_eq!(sent.map(|entry| &entry.path).collect::<Vec<_>>(), Vec::<&String>::new());
    s.finish(0);
}

#[track_caller]
fn points_at(finished: &FinishedCommand, argument: &str) -> String {
    let error = finished.error();
    assert_eq!(error.argument(), Some(argument), "{finished}");
    error.text()
}

/// An argument that is a text.
fn text(name: &str, value: impl AsRef<str>) -> String {
    format!("{name} = {:?}", value.as_ref())
}

/// One text of each element of a list.
fn column<'a>(attributes: &'a Value, list: &str, name: &str) -> Vec<&'a str> {
    let elements = attributes[list].as_array().unwrap_or_else(|| panic!("no list {list} in {attributes:#}"));
    elements.iter().map(|element| element[name].as_str().unwrap_or_default()).collect()
}

/// An instant as the provider writes it, in the precision in which Azure gives it.
fn instant(at: OffsetDateTime) -> String {
    let ticks = at.nanosecond() / 100 * 100;
    let at = at.to_offset(UtcOffset::UTC).replace_nanosecond(ticks).expect("fewer nanoseconds");
    at.format(&Rfc3339).expect("it can be written")
}

/// The id of a Recovery Services vault, or of what is in it, that is nowhere.
fn in_a_recovery_services_vault(rest: &str) -> String {
    elsewhere(rest).replace("Microsoft.DataProtection/backupVaults", "Microsoft.RecoveryServices/vaults")
}

/// The id of a vault, or of what is in it, that is nowhere.
fn elsewhere(rest: &str) -> String {
    format!(
        "/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-rehearsal/providers/Microsoft.DataProtection/backupVaults/{rest}"
    )
}
