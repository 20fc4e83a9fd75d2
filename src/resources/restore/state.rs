//! The record of a restore as attributes of its object, and back.

use time::OffsetDateTime;

use super::private_state::PrivateState;
use super::results::{self, RESTORED_FILES};
use crate::azure::recovery_services::DatabaseFileKind;
use crate::restore::record::{RestoreRecord, RestoreStatus, RestoredFile, Task, instant};
use crate::tfplugin::instant::parse_instant;
use crate::tfplugin::value::Value;

/// The object of `planned` with what is known now. An attribute whose value the plan has fixed keeps it: Terraform
/// would take another one for a fault of the provider.
pub(super) fn with_record(planned: &Value, record: &RestoreRecord, imported: bool) -> Value {
    let mut object = planned.clone();
    for name in results::of(planned) {
        if planned.get(name).is_wholly_known() && !planned.get(name).is_null() {
            continue;
        }
        object.set(name, fact(name, record, imported));
    }
    object
}

/// The object of a refresh or an import, where nothing was planned: every result as it is known now.
pub(super) fn refreshed(state: &Value, record: &RestoreRecord) -> Value {
    let imported = state.get("imported").as_bool().unwrap_or_default();
    let mut object = state.clone();
    for name in results::of(state) {
        object.set(name, fact(name, record, imported));
    }
    object
}

/// Whether the warnings of an object that completed with warnings were accepted by an apply. The private bytes say so
/// (also after the user took the acceptance back), and so does the object itself: Terraform erases the bytes when the
/// provider dies in an update.
pub(super) fn accepts_warnings(prior: &Value, private_state: &PrivateState) -> bool {
    private_state.accepted_warnings || prior.get("accept_warnings").as_bool() == Some(true)
}

/// Whether it can no longer be known if the warnings of an object were accepted: the acceptance was taken back, and
/// then the bytes were erased.
pub(super) fn forgot_acceptance(prior: &Value, private_state: &PrivateState) -> bool {
    private_state.lost && !accepts_warnings(prior, private_state) && prior.get("imported").as_bool() != Some(true)
}

fn fact(name: &str, record: &RestoreRecord, imported: bool) -> Value {
    let text = |text: &Option<String>| text.as_deref().map_or(Value::Null, Value::from);
    let time = |at: Option<OffsetDateTime>| at.map_or(Value::Null, |at| Value::from(instant(at)));
    match name {
        "id" => text(&record.job_id),
        "job_id" => text(&record.job_name),
        "client_request_id" => text(&record.client_request_id),
        "status" => Value::from(record.status.as_str()),
        "start_time" => time(record.start_time),
        "end_time" => time(record.end_time),
        "duration_seconds" => record.duration_seconds.map_or(Value::Null, Value::from),
        "recovery_point_id" => text(&record.recovery_point_id),
        "recovery_point_time" => time(record.recovery_point_time),
        "warnings" => Value::list(record.warnings.iter().map(String::as_str)),
        "tasks" => Value::list(
            record
                .tasks
                .iter()
                .map(|task| Value::object([("name", task.name.as_str()), ("status", task.status.as_str())])),
        ),
        "details" => Value::object(record.details.iter().map(|(key, value)| (key.as_str(), value.as_str()))),
        "imported" => Value::from(imported),
        RESTORED_FILES if !record.restored_files.is_empty() => Value::list(record.restored_files.iter().map(file)),
        _ => Value::Null,
    }
}

fn file(file: &RestoredFile) -> Value {
    Value::object([
        ("type", file.kind.as_str()),
        ("logical_name", file.logical_name.as_str()),
        ("source_path", file.source_path.as_str()),
        ("target_path", file.target_path.as_str()),
    ])
}

fn read_file(object: &Value) -> Option<RestoredFile> {
    let text = |name: &str| object.get(name).as_str().map(str::to_owned);
    let kind = text("type")?;
    Some(RestoredFile {
        kind: DatabaseFileKind::ALL.into_iter().find(|own| own.as_str() == kind)?,
        logical_name: text("logical_name")?,
        source_path: text("source_path")?,
        target_path: text("target_path")?,
    })
}

/// What a state file says of a restore. Nothing in it is trusted to be well formed.
pub(super) fn record(object: &Value) -> RestoreRecord {
    let text = |name: &str| object.get(name).as_str().filter(|text| !text.is_empty()).map(str::to_owned);
    let time = |name: &str| object.get(name).as_str().and_then(|at| parse_instant(at).ok());
    let texts = |value: &Value| -> Vec<String> {
        value.as_list().unwrap_or_default().iter().filter_map(Value::as_str).map(str::to_owned).collect()
    };
    RestoreRecord {
        job_id: text("id"),
        job_name: text("job_id"),
        client_request_id: text("client_request_id"),
        status: object.get("status").as_str().map_or(RestoreStatus::Unknown, RestoreStatus::of),
        start_time: time("start_time"),
        end_time: time("end_time"),
        duration_seconds: object.get("duration_seconds").as_i64(),
        recovery_point_id: text("recovery_point_id"),
        recovery_point_time: time("recovery_point_time"),
        warnings: texts(object.get("warnings")),
        tasks: object
            .get("tasks")
            .as_list()
            .unwrap_or_default()
            .iter()
            .map(|task| Task {
                name: task.get("name").as_str().unwrap_or_default().to_owned(),
                status: task.get("status").as_str().unwrap_or_default().to_owned(),
            })
            .collect(),
        details: object
            .get("details")
            .as_map()
            .into_iter()
            .flatten()
            .filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())))
            .collect(),
        restored_files: object.get(RESTORED_FILES).as_list().unwrap_or_default().iter().filter_map(read_file).collect(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use time::macros::datetime;

    use super::*;

    fn known() -> RestoreRecord {
        RestoreRecord {
            job_id: Some("/jobs/j".into()),
            job_name: Some("j".into()),
            client_request_id: Some("c".into()),
            status: RestoreStatus::Completed,
            start_time: Some(datetime!(2026-11-20 08:00:00.1234567 UTC)),
            end_time: Some(datetime!(2026-11-20 08:04 UTC)),
            duration_seconds: Some(240),
            recovery_point_id: None,
            recovery_point_time: Some(datetime!(2026-11-19 00:00 UTC)),
            warnings: vec!["w".into()],
            tasks: vec![Task { name: "Trigger Restore".into(), status: "Completed".into() }],
            details: BTreeMap::from([("k".into(), "v".into())]),
            restored_files: vec![RestoredFile {
                kind: DatabaseFileKind::Log,
                logical_name: "l".into(),
                source_path: "s".into(),
                target_path: "t".into(),
            }],
        }
    }

    fn planned() -> Value {
        let names = results::COMPUTED.into_iter().chain([RESTORED_FILES]);
        Value::object(names.map(|name| (name, Value::unknown())))
    }

    #[test]
    fn only_a_kind_that_restores_files_of_databases_has_them_in_its_state() {
        let other = Value::object(results::COMPUTED.map(|name| (name, Value::unknown())));
        assert!(with_record(&other, &known(), false).as_map().unwrap().get(RESTORED_FILES).is_none());
        let none = RestoreRecord { restored_files: Vec::new(), ..known() };
        assert!(with_record(&planned(), &none, false).get(RESTORED_FILES).is_null());
    }

    #[test]
    fn a_record_survives_the_way_into_state_and_back() {
        let state = with_record(&planned(), &known(), false);
        assert!(state.is_wholly_known());
        assert_eq!(record(&state), known());
    }

    #[test]
    fn every_fact_reaches_the_state_by_its_name() {
        let record = RestoreRecord { recovery_point_id: Some("p".into()), ..known() };
        for imported in [false, true] {
            let state = with_record(&planned(), &record, imported);
            assert_eq!(state.get("recovery_point_id").as_str(), Some("p"));
            assert_eq!(state.get("imported").as_bool(), Some(imported));
            let later = RestoreRecord { status: RestoreStatus::Failed, ..record.clone() };
            let mut expected = state.clone();
            expected.set("status", "Failed");
            assert_eq!(refreshed(&state, &later), expected);
        }
    }

    #[test]
    fn warnings_were_accepted_if_the_private_bytes_or_the_object_say_so() {
        let object = |accept: Option<bool>, imported: bool| {
            let accept = accept.map_or(Value::Null, Value::from);
            Value::object([("accept_warnings", accept), ("imported", imported.into())])
        };
        let private = |accepted_warnings, lost| PrivateState { accepted_warnings, lost, ..PrivateState::default() };
        for (object, private, accepted, forgotten) in [
            (object(None, false), private(false, false), false, false),
            (object(Some(false), false), private(false, true), false, true),
            (object(Some(false), true), private(false, true), false, false),
            (object(Some(true), false), private(false, true), true, false),
            (object(Some(false), false), private(true, true), true, false),
            (object(Some(true), false), private(true, false), true, false),
        ] {
            assert_eq!(accepts_warnings(&object, &private), accepted, "{object:?} {private:?}");
            assert_eq!(forgot_acceptance(&object, &private), forgotten, "{object:?} {private:?}");
        }
    }

    #[test]
    fn what_the_plan_has_fixed_stays() {
        let mut planned = planned();
        planned.set("start_time", "2026-11-20T07:59:59Z");
        assert_eq!(with_record(&planned, &known(), false).get("start_time").as_str(), Some("2026-11-20T07:59:59Z"));
    }

    #[test]
    fn a_state_file_full_of_rubbish_is_a_restore_of_which_nothing_is_known() {
        let rubbish =
            Value::object([("status", Value::from(3_i64)), ("start_time", "soon".into()), ("tasks", "x".into())]);
        assert_eq!(record(&rubbish), RestoreRecord::new(RestoreStatus::Unknown));
    }
}
