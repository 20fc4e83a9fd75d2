//! `azurebackup_recovery_points`: what a backup instance can be restored from.

use std::cmp::Reverse;

use async_trait::async_trait;
use time::{Duration, OffsetDateTime};

use super::ids;
use super::lookup::{Lookup, LookupRequest, Subject};
use super::period::{self, Period};
use super::secondary_region;
use crate::azure::data_protection::{BackupInstanceId, DataStore, RecoveryPoint, RecoveryPointDataStore};
use crate::azure::vault::BackupItemId;
use crate::restore::backup_vault::{BackupVaultJobs, candidate};
use crate::restore::point::{Candidate, PointChoice, PointCriterion, choose};
use crate::restore::record::instant;
use crate::tfplugin::diagnostics::Diagnostic;
use crate::tfplugin::schema::{Attribute, Schema};
use crate::tfplugin::validators::one_of;
use crate::tfplugin::value::Value;

/// Lists the recovery points of a backup instance, and names the one that `latest` of a restore would take.
pub struct RecoveryPoints;

const INSTANCE: &str = "backup_instance_id";

/// Whether Azure's own bounds belong to the period is not documented: it is asked for a little more, and what is listed
/// is decided here.
const MARGIN: Duration = Duration::seconds(1);

#[async_trait]
impl Lookup for RecoveryPoints {
    fn type_name(&self) -> &'static str {
        "azurebackup_recovery_points"
    }

    fn schema(&self) -> Schema {
        let stores =
            [DataStore::OperationalStore, DataStore::VaultStore, DataStore::ArchiveStore].map(DataStore::as_str);
        let mut attributes = vec![
            ids::argument(INSTANCE, "a backup instance", ids::INSTANCES, BackupItemId::parse)
                .required()
                .description("The ARM id of the backup instance."),
            period::bound("start_time").description("Only points taken at or after this instant (RFC 3339)."),
            period::bound("end_time").description("Only points taken at or before this instant (RFC 3339)."),
            Attribute::string("data_store").optional().validate(one_of(&stores)).description(
                "Only points with a copy in this store, which is also the copy that `restorable` and `latest_id` \
                     are about: `OperationalStore`, `VaultStore` or `ArchiveStore`. Default: points in any store, and \
                     `restorable` from the vault or the operational store.",
            ),
            Attribute::bool("allow_partial").optional().description(
                "Whether a point whose backup was only partial counts as `restorable`. It is listed in any case. \
                     Default `false`.",
            ),
        ];
        attributes.extend(secondary_region::arguments("the points, which have other IDs there,"));
        attributes.extend([
            Attribute::string("id").computed().description("The ARM id of the backup instance."),
            Attribute::objects("recovery_points", point_attributes())
                .computed()
                .description("The points, the newest first."),
            Attribute::string("latest_id").computed().description(
                "The ARM id of the newest point that is `restorable`, the one that `recovery_point = { latest = \
                     true }` of a restore would choose; null if there is none.",
            ),
            Attribute::string("latest_time")
                .computed()
                .description("When that point was taken (RFC 3339, UTC); null if there is none."),
        ]);
        Schema::new(
            "Lists the recovery points of a backup instance of a Backup vault, the newest first. The operational \
             backup of blobs is continuous and has none: see `azurebackup_restorable_time_ranges`.\n\n\
             `latest_id` moves with every backup, and a changed argument restores again: a restore that shall run once \
             takes `recovery_point = { latest = true }` in place of this attribute.",
            attributes,
        )
        .rule(period::in_order("start_time", "end_time"))
        .rules(secondary_region::rules())
    }

    async fn look_up(&self, request: LookupRequest<'_>) -> Result<Value, Diagnostic> {
        match ids::read(request.arguments, INSTANCE, BackupItemId::parse)? {
            BackupItemId::Backup(instance) => of_backup_vault(&instance, request).await,
        }
    }
}

async fn of_backup_vault(instance: &BackupInstanceId, request: LookupRequest<'_>) -> Result<Value, Diagnostic> {
    let wanted = RecoveryPointFilter::read(request.arguments);
    let from = wanted.period.from.map(|from| from.saturating_sub(MARGIN));
    let to = wanted.period.to.map(|to| to.saturating_add(MARGIN));
    let azure = request.connection.data_protection();
    let not_read = |error| {
        let act = format!("Reading the recovery points of backup instance {:?}", instance.name());
        Subject { act, noun: "backup instance", argument: INSTANCE }.not_read(error)
    };
    let region = secondary_region::region(request.arguments);
    let vault = BackupVaultJobs::new(azure.clone(), instance.vault().clone(), region);
    let points = match vault.secondary(request.deadline).await.map_err(not_read)? {
        Some(region) => azure.secondary_recovery_points(&region, instance, request.deadline).await,
        None => azure.recovery_points(instance, from, to, request.deadline).await,
    };
    Ok(found(instance, points.map_err(not_read)?, &wanted, request.now))
}

fn point_attributes() -> Vec<Attribute> {
    let copy = vec![
        Attribute::string("type").computed().description("`OperationalStore`, `VaultStore` or `ArchiveStore`."),
        Attribute::string("state").computed().description("`COMMITTED` once the copy can be used."),
        Attribute::bool("visible").computed().description("False while the copy cannot be used."),
        Attribute::string("creation_time").computed().description("When the copy was made (RFC 3339, UTC)."),
        Attribute::string("expiry_time").computed().description("When the copy is deleted (RFC 3339, UTC)."),
        Attribute::string("rehydration_status").computed().description(
            "How far its rehydration from the archive is: `CREATE_IN_PROGRESS`, `COMPLETED`, `DELETE_IN_PROGRESS`, \
             `DELETED` or `FAILED`.",
        ),
        Attribute::string("rehydration_expiry_time")
            .computed()
            .description("Until when a rehydrated copy stays (RFC 3339, UTC)."),
    ];
    vec![
        Attribute::string("id").computed().description("The ARM id of the point."),
        Attribute::string("name").computed().description("The name of the point, the last segment of `id`."),
        Attribute::string("time").computed().description("When the point was taken (RFC 3339, UTC)."),
        Attribute::string("type")
            .computed()
            .description("`Full`, `Incremental`, `Discrete` and others, as Azure names it."),
        Attribute::string("state")
            .computed()
            .description("`Completed`, or `Partial` if only part of the data is in it."),
        Attribute::string("friendly_name").computed().description("Azure's name of the point for people."),
        Attribute::string("expiry_time").computed().description("When the point is deleted (RFC 3339, UTC)."),
        Attribute::string("policy_name").computed().description("The backup policy that made it."),
        Attribute::string("retention_tag_name").computed().description("The retention rule that keeps it."),
        Attribute::bool("restorable").computed().description("Whether a restore would take it as things are now."),
        Attribute::string("not_restorable_reason").computed().description("Why not; null if it is `restorable`."),
        Attribute::objects("data_stores", copy).computed().description("Where copies of it lie."),
    ]
}

/// The arguments that choose among the points.
struct RecoveryPointFilter {
    period: Period,
    store: Option<DataStore>,
    allow_partial: bool,
}

impl RecoveryPointFilter {
    fn read(arguments: &Value) -> Self {
        Self {
            period: Period::read(arguments, "start_time", "end_time"),
            store: arguments.get("data_store").as_str().and_then(DataStore::read),
            allow_partial: arguments.get("allow_partial").as_bool().unwrap_or_default(),
        }
    }

    fn lists(&self, point: &RecoveryPoint) -> bool {
        self.period.contains(point.time) && self.store.is_none_or(|store| point.copy_in(store).is_some())
    }

    /// The rule of restores. Without a store, in the one that it can be restored from.
    fn judge(&self, point: &RecoveryPoint, now: OffsetDateTime) -> Candidate {
        let in_store = |store: DataStore| candidate(point, store, self.allow_partial, false, now);
        let usual = [DataStore::VaultStore, DataStore::OperationalStore];
        let store = self
            .store
            .or_else(|| usual.into_iter().find(|store| in_store(*store).excluded.is_none()))
            .or_else(|| usual.into_iter().find(|store| point.copy_in(*store).is_some()));
        in_store(store.unwrap_or(DataStore::VaultStore))
    }
}

fn found(
    instance: &BackupInstanceId,
    points: Vec<RecoveryPoint>,
    wanted: &RecoveryPointFilter,
    now: OffsetDateTime,
) -> Value {
    let mut points: Vec<RecoveryPoint> = points.into_iter().filter(|point| wanted.lists(point)).collect();
    points.sort_by(|one, other| {
        let key = |point: &RecoveryPoint| (Reverse(point.time), Reverse(point.recovery_point_id.clone()));
        key(one).cmp(&key(other))
    });
    let judged: Vec<Candidate> = points.iter().map(|point| wanted.judge(point, now)).collect();
    let latest = choose(&judged, &PointChoice { which: PointCriterion::Latest, max_age: None }, now).ok();
    let elements = points.iter().zip(&judged).map(|(point, judged)| one_point(instance, point, judged));
    Value::object([
        ("id", Value::from(instance.to_string())),
        ("recovery_points", Value::list(elements)),
        ("latest_id", latest.map(|point| arm_id(instance, &point.id)).into()),
        ("latest_time", latest.and_then(|point| point.time).map(instant).into()),
    ])
}

fn arm_id(instance: &BackupInstanceId, name: &str) -> String {
    format!("{instance}/recoveryPoints/{name}")
}

fn one_point(instance: &BackupInstanceId, point: &RecoveryPoint, judged: &Candidate) -> Value {
    Value::object([
        ("id", Value::from(arm_id(instance, &point.recovery_point_id))),
        ("name", point.recovery_point_id.as_str().into()),
        ("time", point.time.map(instant).into()),
        ("type", point.kind.clone().into()),
        ("state", point.state.clone().into()),
        ("friendly_name", point.friendly_name.clone().into()),
        ("expiry_time", point.expiry_time.map(instant).into()),
        ("policy_name", point.policy_name.clone().into()),
        ("retention_tag_name", point.retention_tag_name.clone().into()),
        ("restorable", judged.excluded.is_none().into()),
        ("not_restorable_reason", judged.excluded.clone().into()),
        ("data_stores", Value::list(point.data_stores.iter().map(one_copy))),
    ])
}

fn one_copy(copy: &RecoveryPointDataStore) -> Value {
    let documented = copy.data_store().map(|store| store.as_str().to_owned());
    Value::object([
        ("type", Value::from(documented.or_else(|| copy.kind.clone()))),
        ("state", copy.state.clone().into()),
        ("visible", copy.visible.into()),
        ("creation_time", copy.creation_time.map(instant).into()),
        ("expiry_time", copy.expiry_time.map(instant).into()),
        ("rehydration_status", copy.rehydration_status.clone().into()),
        ("rehydration_expiry_time", copy.rehydration_expiry_time.map(instant).into()),
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

    fn copy(store: &str) -> RecoveryPointDataStore {
        RecoveryPointDataStore {
            id: Some("9e".into()),
            kind: Some(store.into()),
            creation_time: Some(datetime!(2026-11-19 0:05 UTC)),
            expiry_time: None,
            state: Some("COMMITTED".into()),
            visible: Some(true),
            rehydration_expiry_time: None,
            rehydration_status: None,
        }
    }

    fn point(name: &str, day: u8, stores: &[&str]) -> RecoveryPoint {
        RecoveryPoint {
            recovery_point_id: name.into(),
            time: Some(datetime!(2026-11-01 0:00 UTC).replace_day(day).unwrap()),
            kind: Some("Full".into()),
            state: Some("Completed".into()),
            friendly_name: Some(format!("friendly {name}")),
            expiry_time: Some(datetime!(2027-01-01 0:00 UTC)),
            policy_name: Some("daily".into()),
            retention_tag_name: Some("Default".into()),
            data_stores: stores.iter().map(|store| copy(store)).collect(),
        }
    }

    fn listed(points: Vec<RecoveryPoint>, arguments: &[(&str, Value)]) -> Value {
        let arguments = Value::object(arguments.iter().cloned());
        found(&BackupInstanceId::parse(ID).unwrap(), points, &RecoveryPointFilter::read(&arguments), NOW)
    }

    fn texts(found: &Value, name: &str) -> Vec<String> {
        let points = found.get("recovery_points").as_list().unwrap();
        points.iter().map(|point| point.get(name).as_str().unwrap_or("-").to_owned()).collect()
    }

    #[test]
    fn every_fact_of_a_point_is_reported() {
        let found = listed(vec![point("p", 19, &["vaultstore"])], &[]);
        let expected = Value::object([
            ("id", Value::from(format!("{ID}/recoveryPoints/p"))),
            ("name", "p".into()),
            ("time", "2026-11-19T00:00:00Z".into()),
            ("type", "Full".into()),
            ("state", "Completed".into()),
            ("friendly_name", "friendly p".into()),
            ("expiry_time", "2027-01-01T00:00:00Z".into()),
            ("policy_name", "daily".into()),
            ("retention_tag_name", "Default".into()),
            ("restorable", true.into()),
            ("not_restorable_reason", Value::Null),
            (
                "data_stores",
                Value::list([Value::object([
                    ("type", Value::from("VaultStore")),
                    ("state", "COMMITTED".into()),
                    ("visible", true.into()),
                    ("creation_time", "2026-11-19T00:05:00Z".into()),
                    ("expiry_time", Value::Null),
                    ("rehydration_status", Value::Null),
                    ("rehydration_expiry_time", Value::Null),
                ])]),
            ),
        ]);
        assert_eq!(found.get("recovery_points"), &Value::list([expected]));
        assert_eq!(found.get("latest_id").as_str(), Some(&*format!("{ID}/recoveryPoints/p")));
        assert_eq!(found.get("latest_time").as_str(), Some("2026-11-19T00:00:00Z"));
    }

    #[test]
    fn points_are_listed_newest_first_and_those_without_a_time_last() {
        let timeless = RecoveryPoint { time: None, ..point("t", 1, &["VaultStore"]) };
        let points = vec![
            timeless,
            point("a", 17, &["VaultStore"]),
            point("c", 19, &["VaultStore"]),
            point("b", 18, &["VaultStore"]),
        ];
        assert_eq!(texts(&listed(points, &[]), "name"), ["c", "b", "a", "t"]);
    }

    #[test]
    fn the_bounds_belong_to_the_period() {
        let points = || (16..=19).map(|day| point(&day.to_string(), day, &["VaultStore"])).collect();
        let bounds = [("start_time", "2026-11-17T00:00:00Z".into()), ("end_time", "2026-11-18T01:00:00+01:00".into())];
        assert_eq!(texts(&listed(points(), &bounds), "name"), ["18", "17"]);
    }

    #[test]
    fn the_latest_is_the_newest_that_a_restore_would_take_and_the_others_say_why_not() {
        let partial = RecoveryPoint { state: Some("Partial".into()), ..point("partial", 19, &["VaultStore"]) };
        let expired = RecoveryPoint { expiry_time: Some(NOW), ..point("expired", 18, &["VaultStore"]) };
        let points =
            vec![partial, expired, point("archived", 17, &["ArchiveStore"]), point("good", 16, &["VaultStore"])];
        let found = listed(points.clone(), &[]);
        assert_eq!(found.get("latest_time").as_str(), Some("2026-11-16T00:00:00Z"));
        let reasons = texts(&found, "not_restorable_reason");
        assert!(reasons[0].contains("allow_partial") && reasons[1].contains("expired"), "{reasons:?}");
        assert!(reasons[2].contains("archive") && reasons[3] == "-", "{reasons:?}");
        let allowed = listed(points, &[("allow_partial", true.into())]);
        assert_eq!(allowed.get("latest_time").as_str(), Some("2026-11-19T00:00:00Z"));
        assert_eq!(texts(&allowed, "name").len(), 4);
    }

    #[test]
    fn a_store_chooses_what_is_listed_and_what_can_be_restored() {
        let hidden = RecoveryPointDataStore { visible: Some(false), ..copy("VaultStore") };
        let both = RecoveryPoint { data_stores: vec![hidden, copy("OperationalStore")], ..point("both", 19, &[]) };
        let points =
            || vec![both.clone(), point("vault", 18, &["VaultStore"]), point("disk", 17, &["OperationalStore"])];
        let of = |store: &str| listed(points(), &[("data_store", store.into())]);
        assert_eq!(listed(points(), &[]).get("latest_time").as_str(), Some("2026-11-19T00:00:00Z"));
        assert_eq!(texts(&of("VaultStore"), "name"), ["both", "vault"]);
        assert_eq!(of("VaultStore").get("latest_time").as_str(), Some("2026-11-18T00:00:00Z"));
        assert_eq!(texts(&of("OperationalStore"), "name"), ["both", "disk"]);
        assert!(of("ArchiveStore").get("latest_id").is_null());
    }

    #[tokio::test]
    async fn azure_is_asked_for_a_little_more_than_the_period_and_points_beyond_it_are_left_out() {
        let page = json!({"value": [
            {"name": "in", "properties": {"recoveryPointTime": "2026-11-18T00:00:00.0000000Z"}},
            {"name": "out", "properties": {"recoveryPointTime": "2026-11-18T00:00:00.5000000Z"}}]});
        let arguments = [(INSTANCE, ID.into()), ("end_time", "2026-11-18T00:00:00Z".into())];
        let (found, asked) = look_up(RecoveryPoints, vec![answer(200, page)], &arguments).await;
        assert_eq!(texts(&found.unwrap(), "name"), ["in"]);
        assert!(asked[0].contains("endDate%20eq%20%272026-11-18T00:00:01.0000000Z%27"), "{asked:?}");
    }
}
