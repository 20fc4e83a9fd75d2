//! `azurebackup_restorable_time_ranges`: the instants that a continuous backup can go back to.

use async_trait::async_trait;
use time::OffsetDateTime;

use super::ids;
use super::lookup::{Lookup, LookupRequest, Subject};
use super::period::{self, Period};
use crate::azure::data_protection::{BLOB_SERVICES, BackupInstanceId, DataStore, RestorableTimeRange};
use crate::restore::backup_vault::RANGES_REACH_BACK;
use crate::restore::record::instant;
use crate::tfplugin::diagnostics::Diagnostic;
use crate::tfplugin::schema::{Attribute, Schema};
use crate::tfplugin::validators::one_of;
use crate::tfplugin::value::{Path, Value};

/// Lists the ranges that `point_in_time` of a restore can lie in.
pub struct RestorableTimeRanges;

const INSTANCE: &str = "backup_instance_id";

#[async_trait]
impl Lookup for RestorableTimeRanges {
    fn type_name(&self) -> &'static str {
        "azurebackup_restorable_time_ranges"
    }

    fn schema(&self) -> Schema {
        let range = vec![
            Attribute::string("start_time").computed().description("The earliest instant (RFC 3339, UTC)."),
            Attribute::string("end_time").computed().description("The latest instant (RFC 3339, UTC)."),
        ];
        let stores =
            [DataStore::OperationalStore, DataStore::VaultStore, DataStore::ArchiveStore].map(DataStore::as_str);
        Schema::new(
            "Reads the ranges of time to any instant of which a continuous backup can go back: the operational backup \
             of the blobs of a storage account. Backups of other kinds have recovery points instead, see \
             `azurebackup_recovery_points`.\n\n\
             `latest` moves with every read, and a changed argument restores again: a restore that shall run once \
             takes `point_in_time = \"latest\"` in place of this attribute.",
            vec![
                ids::argument(INSTANCE, "a backup instance", ids::INSTANCES, BackupInstanceId::parse)
                    .required()
                    .description("The ARM id of the backup instance."),
                period::bound("start_time").description(
                    "Only what can be gone back to at or after this instant (RFC 3339). Default: 366 days before \
                     `end_time`, which is further back than any such backup reaches.",
                ),
                period::bound("end_time")
                    .description("Only what can be gone back to at or before this instant (RFC 3339). Default: now."),
                Attribute::string("source_data_store")
                    .default(DataStore::OperationalStore.as_str())
                    .validate(one_of(&stores))
                    .description(
                        "The store of the backup: `OperationalStore` (default), `VaultStore` or `ArchiveStore`.",
                    ),
                Attribute::string("id").computed().description("The ARM id of the backup instance."),
                Attribute::objects("ranges", range)
                    .computed()
                    .description("The ranges, the earliest first. Both ends can be gone back to."),
                Attribute::string("earliest")
                    .computed()
                    .description("The start of the first range; null if there is none."),
                Attribute::string("latest").computed().description("The end of the last range; null if there is none."),
            ],
        )
        .rule(period::in_order("start_time", "end_time"))
    }

    async fn look_up(&self, request: LookupRequest<'_>) -> Result<Value, Diagnostic> {
        let LookupRequest { connection, deadline, now, arguments } = request;
        let instance = ids::read(arguments, INSTANCE, BackupInstanceId::parse)?;
        let (start, end) = asked_for(arguments, now)?;
        let store = arguments.get("source_data_store").as_str().and_then(DataStore::read);
        let store = store.unwrap_or(DataStore::OperationalStore);
        let subject = Subject {
            act: format!("Reading the restorable time ranges of backup instance {:?}", instance.name()),
            noun: "backup instance",
            argument: INSTANCE,
        };
        match connection.data_protection().restorable_time_ranges(&instance, store, start, end, deadline).await {
            Ok(ranges) if !ranges.is_empty() => Ok(found(&instance, &ranges)),
            // Azure refuses with the code of any bad input, or gives nothing: the instance itself says more.
            Ok(_) => match discrete(request, &instance, &subject).await {
                Some(reason) => Err(reason),
                None => Ok(found(&instance, &[])),
            },
            Err(error) if error.status() == Some(400) => {
                Err(discrete(request, &instance, &subject).await.unwrap_or_else(|| subject.not_read(error)))
            }
            Err(error) => Err(subject.not_read(error)),
        }
    }
}

/// Both times, always: Azure cannot do with one of them.
fn asked_for(arguments: &Value, now: OffsetDateTime) -> Result<(OffsetDateTime, OffsetDateTime), Diagnostic> {
    let period = Period::read(arguments, "start_time", "end_time");
    let end = period.to.unwrap_or(now);
    let start = period.from.unwrap_or_else(|| end.saturating_sub(RANGES_REACH_BACK));
    if start > end {
        return Err(period::ends_before_it_starts(Path::attribute("start_time"), start, end));
    }
    Ok((start, end))
}

/// The error if what is backed up has no ranges at all.
async fn discrete(request: LookupRequest<'_>, instance: &BackupInstanceId, subject: &Subject) -> Option<Diagnostic> {
    let instance = request.connection.data_protection().backup_instance(instance, request.deadline).await.ok()?;
    let source = instance.data_source?;
    let kind = source.datasource_type.filter(|kind| !kind.eq_ignore_ascii_case(BLOB_SERVICES))?;
    let detail = format!(
        "The instance backs up {} of type {kind}, which has recovery points and no ranges of time. Read them with the data \
         source `azurebackup_recovery_points`.",
        source.resource_id
    );
    Some(
        Diagnostic::error(format!("{}: it is no continuous backup", subject.act), detail).at(Path::attribute(INSTANCE)),
    )
}

fn found(instance: &BackupInstanceId, ranges: &[RestorableTimeRange]) -> Value {
    let mut sorted: Vec<RestorableTimeRange> = ranges.to_vec();
    sorted.sort_by_key(|range| (range.start, range.end));
    let text = |at: Option<OffsetDateTime>| Value::from(at.map(instant));
    let range = |range: &RestorableTimeRange| {
        Value::object([("start_time", instant(range.start)), ("end_time", instant(range.end))])
    };
    Value::object([
        ("id", Value::from(instance.to_string())),
        ("ranges", Value::list(sorted.iter().map(range))),
        ("earliest", text(sorted.iter().map(|range| range.start).min())),
        ("latest", text(sorted.iter().map(|range| range.end).max())),
    ])
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use time::macros::datetime;

    use super::super::lookup::scripted::look_up;
    use super::*;
    use crate::azure::scripted::answer;

    const ID: &str =
        "/subscriptions/s/resourceGroups/g/providers/Microsoft.DataProtection/backupVaults/v/backupInstances/i";
    const NOW: OffsetDateTime = datetime!(2026-11-20 10:00 UTC);

    fn instance() -> BackupInstanceId {
        BackupInstanceId::parse(ID).unwrap()
    }

    fn ranges(ranges: serde_json::Value) -> crate::azure::scripted::Step {
        answer(200, json!({"id": "i", "properties": {"restorableTimeRanges": ranges}}))
    }

    fn of_type(kind: &str) -> crate::azure::scripted::Step {
        let source = json!({"objectType": "Datasource", "resourceID": "/subscriptions/s/resourceGroups/g", "datasourceType": kind});
        answer(200, json!({"name": "i", "properties": {"dataSourceInfo": source}}))
    }

    fn no() -> crate::azure::scripted::Step {
        answer(
            400,
            json!({"error": {"code": "BMSUserErrorInvalidInput", "message": "Input provided for the call is invalid"}}),
        )
    }

    #[test]
    fn ranges_are_sorted_and_their_ends_are_reported() {
        let range = |start, end| RestorableTimeRange { start, end };
        let found = found(
            &instance(),
            &[
                range(datetime!(2026-11-10 0:00 UTC), datetime!(2026-11-19 8:00:00.1234567 UTC)),
                range(datetime!(2026-10-01 0:00 UTC), datetime!(2026-11-01 0:00 UTC)),
            ],
        );
        let expected = Value::object([
            ("id", Value::from(ID)),
            (
                "ranges",
                Value::list([
                    Value::object([("start_time", "2026-10-01T00:00:00Z"), ("end_time", "2026-11-01T00:00:00Z")]),
                    Value::object([
                        ("start_time", "2026-11-10T00:00:00Z"),
                        ("end_time", "2026-11-19T08:00:00.1234567Z"),
                    ]),
                ]),
            ),
            ("earliest", "2026-10-01T00:00:00Z".into()),
            ("latest", "2026-11-19T08:00:00.1234567Z".into()),
        ]);
        assert_eq!(found, expected);
    }

    #[test]
    fn without_bounds_a_year_until_now_is_asked_for_and_an_end_alone_moves_the_start() {
        let year = time::Duration::days(366);
        assert_eq!(asked_for(&Value::Null, NOW), Ok((NOW - year, NOW)));
        let end = datetime!(2020-01-01 0:00 UTC);
        assert_eq!(asked_for(&Value::object([("end_time", "2020-01-01T00:00:00Z")]), NOW), Ok((end - year, end)));
        let first = asked_for(&Value::object([("end_time", "0001-01-01T00:00:00Z")]), NOW);
        assert!(first.is_ok_and(|(start, end)| start < end));
    }

    #[test]
    fn a_start_in_the_future_is_at_fault() {
        let error = asked_for(&Value::object([("start_time", "2026-11-20T10:00:01Z")]), NOW).unwrap_err();
        assert_eq!(error.path, Some(Path::attribute("start_time")));
    }

    #[tokio::test]
    async fn a_backup_without_any_range_yet_is_an_empty_list() {
        let script = vec![ranges(json!([])), of_type(BLOB_SERVICES)];
        let (found, asked) = look_up(RestorableTimeRanges, script, &[(INSTANCE, ID.into())]).await;
        let found = found.unwrap();
        assert_eq!(found.get("ranges"), &Value::List(Vec::new()));
        assert!(found.get("latest").is_null() && found.get("earliest").is_null());
        assert_eq!(asked.len(), 2);
    }

    #[tokio::test]
    async fn a_backup_of_disks_is_told_apart_whether_azure_refuses_or_gives_nothing() {
        for first in [ranges(json!([])), no()] {
            let script = vec![first, of_type("Microsoft.Compute/disks")];
            let error = look_up(RestorableTimeRanges, script, &[(INSTANCE, ID.into())]).await.0.unwrap_err();
            assert_eq!(error.path, Some(Path::attribute(INSTANCE)));
            assert!(error.detail.contains("Microsoft.Compute/disks"), "{error:?}");
            assert!(error.detail.contains("azurebackup_recovery_points"), "{error:?}");
        }
    }

    #[tokio::test]
    async fn a_refusal_that_the_instance_does_not_explain_is_reported_in_azure_s_words() {
        for second in [of_type(BLOB_SERVICES), answer(404, json!({}))] {
            let error =
                look_up(RestorableTimeRanges, vec![no(), second], &[(INSTANCE, ID.into())]).await.0.unwrap_err();
            assert!(error.detail.contains("BMSUserErrorInvalidInput"), "{error:?}");
        }
    }

    #[tokio::test]
    async fn a_found_range_costs_one_request() {
        let script = vec![ranges(
            json!([{"startTime": "2026-11-01T00:00:00.0000000Z", "endTime": "2026-11-02T00:00:00.0000000Z"}]),
        )];
        let (found, asked) = look_up(RestorableTimeRanges, script, &[(INSTANCE, ID.to_lowercase().into())]).await;
        assert_eq!(found.unwrap().get("latest").as_str(), Some("2026-11-02T00:00:00Z"));
        assert_eq!(asked.len(), 1);
        assert!(asked[0].contains("/backupInstances/i/findRestorableTimeRanges?"), "{asked:?}");
    }
}
