//! `azurebackup_recovery_points`: what a backup instance or a protected item can be restored from.

use std::cmp::Reverse;

use async_trait::async_trait;
use time::{Duration, OffsetDateTime};

use super::ids;
use super::lookup::{Lookup, LookupRequest, Subject};
use super::period::{self, Period};
use super::secondary_region;
use crate::azure::data_protection::{BackupInstanceId, DataStore, RecoveryPoint, RecoveryPointDataStore};
use crate::azure::recovery_services::{
    ItemRecoveryPoint, LogRange, PointTier, PointTierKind, ProtectedItem, ProtectedItemId, Threat,
};
use crate::restore::backup_vault::{BackupVaultJobs, candidate};
use crate::restore::point::{Candidate, PointChoice, PointCriterion, choose};
use crate::restore::record::instant;
use crate::restore::recovery_services::{ArchivedPoints, ItemPointSelector, points_between};
use crate::tfplugin::diagnostics::Diagnostic;
use crate::tfplugin::schema::{Attribute, Schema};
use crate::tfplugin::validators::{conflicts, exactly_one_of, one_of};
use crate::tfplugin::value::Value;

/// Lists the recovery points of a backup instance or a protected item, and names the one that `latest` of a restore would take.
pub struct RecoveryPoints;

const INSTANCE: &str = "backup_instance_id";
const ITEM: &str = "protected_item_id";

/// Arguments that a Recovery Services vault has nothing for.
const OF_BACKUP_VAULTS: [&str; 2] = ["data_store", "allow_partial"];
/// The same, of Backup vaults.
const OF_RECOVERY_SERVICES_VAULTS: [&str; 1] = ["allow_unhealthy"];

const LATEST: PointChoice = PointChoice { which: PointCriterion::Latest, max_age: None };

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
            ids::argument(INSTANCE, "a backup instance", ids::INSTANCES, BackupInstanceId::parse)
                .optional()
                .description(
                    "The ARM ID of the backup instance of a Backup vault. Set exactly one of `backup_instance_id` \
                     and `protected_item_id`.",
                ),
            ids::argument(ITEM, "a protected item", ids::PROTECTED_ITEMS, ProtectedItemId::parse)
                .optional()
                .description(
                    "The ARM ID of the protected item of a Recovery Services vault. `azurebackup_protected_items` \
                 finds it.",
                ),
            period::bound("start_time").description(
                "List only recovery points that were created at or after this time (RFC 3339). A Recovery \
                 Services vault is asked once for every 30 days: set this if you do not need the whole list.",
            ),
            period::bound("end_time")
                .description("List only recovery points that were created at or before this time (RFC 3339)."),
            Attribute::string("data_store").optional().validate(one_of(&stores)).description(
                "For Backup vaults. List only recovery points with a copy in this store: `OperationalStore`, \
                 `VaultStore` or `ArchiveStore`. `restorable` and `latest_id` then apply to this copy. If not \
                 set, recovery points of all stores are listed, and `restorable` applies to the operational \
                 store and the vault store.",
            ),
            Attribute::bool("allow_partial").optional().description(
                "For Backup vaults. Whether a recovery point with only a part of the data (`Partial`) counts as \
                 `restorable`. It is always listed. Default `false`.",
            ),
            Attribute::bool("allow_unhealthy").optional().description(
                "For Recovery Services vaults. Whether a recovery point in which malware was found \
                 (`threat_status` is `UnHealthy`) counts as `restorable`. It is always listed. Default `false`.",
            ),
        ];
        attributes
            .extend(secondary_region::arguments("the recovery points (those of a Backup vault have other IDs there)"));
        attributes.extend([
            Attribute::string("id").computed().description("The ARM ID of the backup instance or the protected item."),
            Attribute::objects("recovery_points", point_attributes())
                .computed()
                .description("The recovery points, the newest first."),
            Attribute::string("latest_id").computed().description(
                "The ARM ID of the newest recovery point that is `restorable`. A restore with `recovery_point = { \
                 latest = true }` would choose this one. A restore of single files of a file share, or to the \
                 original share, also passes over recovery points without a `snapshot`. Null if there is none.",
            ),
            Attribute::string("latest_time")
                .computed()
                .description("The time of this recovery point (RFC 3339, UTC). Null if there is none."),
            Attribute::objects("log_time_ranges", log_range_attributes()).computed().description(
                "For databases of SQL Server and SAP HANA in Azure VMs: the times that log backups cover, the newest \
                 first. `point_in_time` of a restore can be any time in one of them. Between two of them, logs are \
                 missing. Null for everything else, and with `secondary_region`.",
            ),
        ]);
        Schema::new(
            "\
            Lists the recovery points of a backup instance of a Backup vault, or of a protected item of a Recovery \
            Services vault, the newest first. The operational backup of blobs has no recovery points: use \
            `azurebackup_restorable_time_ranges` instead.\n\n\
            Do not use `latest_id` as an argument of a restore. Its value changes with every backup, and a changed \
            argument restores again. Use `recovery_point = { latest = true }` instead.",
            attributes,
        )
        .rule(exactly_one_of(&[INSTANCE, ITEM]))
        .rule(conflicts(ITEM, &[&OF_BACKUP_VAULTS[..], &[secondary_region::SOURCE_REGION]].concat()))
        .rule(secondary_region::named_for_recovery_services(ITEM))
        .rule(conflicts(INSTANCE, &OF_RECOVERY_SERVICES_VAULTS))
        .rule(period::in_order("start_time", "end_time"))
        .rules(secondary_region::rules())
    }

    async fn look_up(&self, request: LookupRequest<'_>) -> Result<Value, Diagnostic> {
        if request.arguments.get(ITEM).is_null() {
            let instance = ids::read(request.arguments, INSTANCE, BackupInstanceId::parse)?;
            of_backup_vault(&instance, request).await
        } else {
            let item = ids::read(request.arguments, ITEM, ProtectedItemId::parse)?;
            of_recovery_services_vault(&item, request).await
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
    let region = secondary_region::of_arguments(request.arguments);
    let vault = BackupVaultJobs::new(azure.clone(), instance.vault().clone(), region);
    let points = match vault.secondary(request.deadline).await.map_err(not_read)? {
        Some(region) => azure.secondary_recovery_points(&region, instance, request.deadline).await,
        None => azure.recovery_points(instance, from, to, request.deadline).await,
    };
    Ok(found(instance, points.map_err(not_read)?, &wanted, request.now))
}

async fn of_recovery_services_vault(item: &ProtectedItemId, request: LookupRequest<'_>) -> Result<Value, Diagnostic> {
    let LookupRequest { connection, deadline, now, arguments } = request;
    let period = Period::read(arguments, "start_time", "end_time");
    let allow_unhealthy = arguments.get("allow_unhealthy").as_bool().unwrap_or_default();
    let copy = secondary_region::copy(&connection.recovery_services(), item.vault(), arguments)?;
    let not_read = |error| {
        let name = item.resource_id().decoded_name();
        let act = format!("Reading the recovery points of protected item {name:?}");
        Subject { act, noun: "protected item", argument: ITEM }.not_read(error)
    };
    let points = points_between(&copy, item, (period.from, period.to), now, deadline).await.map_err(not_read)?;
    // What stands for log backups is asked for by itself, and is no recovery point.
    let is_point = |point: &ItemRecoveryPoint| !point.stands_for_logs() && period.contains(point.time);
    let points = points.into_iter().filter(is_point).collect();
    let mut found = found_of_item(item, points, allow_unhealthy, now);
    let logs = match ProtectedItem::may_have_logs(item) {
        true => Some(copy.log_chain(item, deadline).await.map_err(not_read)?.ranges),
        false => None,
    };
    let logs = logs.map(|ranges| {
        let meets = |range: &&LogRange| {
            period.from.is_none_or(|from| from <= range.end) && period.to.is_none_or(|to| range.start <= to)
        };
        Value::list(ranges.iter().rev().filter(meets).map(one_log_range))
    });
    found.set("log_time_ranges", logs.unwrap_or(Value::Null));
    Ok(found)
}

fn one_log_range(range: &LogRange) -> Value {
    Value::object([("start_time", instant(range.start)), ("end_time", instant(range.end))])
}

fn log_range_attributes() -> Vec<Attribute> {
    let text = |name: &str, description: &str| Attribute::string(name).computed().description(description);
    vec![
        text("start_time", "The first time that can be restored (RFC 3339, UTC)."),
        text("end_time", "The last time that can be restored (RFC 3339, UTC)."),
    ]
}

fn point_attributes() -> Vec<Attribute> {
    let copy = vec![
        Attribute::string("type").computed().description("`OperationalStore`, `VaultStore` or `ArchiveStore`."),
        Attribute::string("state").computed().description("`COMMITTED` when the copy can be used."),
        Attribute::bool("visible").computed().description("`false` while the copy cannot be used."),
        Attribute::string("creation_time")
            .computed()
            .description("The time when the copy was created (RFC 3339, UTC)."),
        Attribute::string("expiry_time").computed().description("The time when the copy is deleted (RFC 3339, UTC)."),
        Attribute::string("rehydration_status").computed().description(
            "The status of the rehydration from the archive tier: `CREATE_IN_PROGRESS`, `COMPLETED`, \
             `DELETE_IN_PROGRESS`, `DELETED` or `FAILED`.",
        ),
        Attribute::string("rehydration_expiry_time")
            .computed()
            .description("The time when the rehydrated copy is deleted (RFC 3339, UTC)."),
    ];
    let text = |name: &str, description: &str| Attribute::string(name).computed().description(description);
    let tier = vec![
        text("type", "`InstantRP` (snapshot), `HardenedRP` (vault), `ArchivedRP` (archive) and others."),
        text("status", "`Valid` if the copy can be used; `Deleted`, `Disabled` and others."),
    ];
    let threat = vec![
        text("title", "What was found, in a few words."),
        text("severity", "`Critical`, `High`, `Warning` or `Informational`."),
        text("state", "`Active`, `InProgress`, `Ignored` or `Resolved`."),
    ];
    vec![
        Attribute::string("id").computed().description("The ARM ID of the recovery point."),
        Attribute::string("name").computed().description("The name of the recovery point: the last segment of `id`."),
        Attribute::string("time")
            .computed()
            .description("The time when the recovery point was created (RFC 3339, UTC)."),
        Attribute::string("type").computed().description(
            "The type in Azure: `Full`, `Differential`, `Incremental`, `Discrete`, `FileSystemConsistent`, \
             `CrashConsistent` and others.",
        ),
        Attribute::string("state").computed().description(
            "For Backup vaults: `Completed`, or `Partial` if the recovery point contains only a part of the data.",
        ),
        Attribute::string("friendly_name")
            .computed()
            .description("The friendly name of the recovery point. Null for Recovery Services vaults."),
        Attribute::string("expiry_time")
            .computed()
            .description("The time when the recovery point is deleted (RFC 3339, UTC)."),
        Attribute::string("policy_name")
            .computed()
            .description("The name of the backup policy that created it. Null for Recovery Services vaults."),
        Attribute::string("retention_tag_name")
            .computed()
            .description("The name of the retention rule that applies to it."),
        Attribute::bool("restorable").computed().description("Whether it can be restored now."),
        Attribute::string("not_restorable_reason")
            .computed()
            .description("The reason why it cannot be restored. Null if it is `restorable`."),
        Attribute::objects("data_stores", copy)
            .computed()
            .description("For Backup vaults: the stores that have a copy of it. Null for Recovery Services vaults."),
        Attribute::bool("snapshot").computed().description(
            "For Recovery Services vaults: whether there is a snapshot of it beside the protected resource. \
             Without one, a file share can only be restored as a whole, to another share. Null for Backup \
             vaults.",
        ),
        Attribute::bool("vaulted").computed().description(
            "For Recovery Services vaults: whether there is a copy of it in the vault. Null for Backup vaults.",
        ),
        Attribute::objects("tiers", tier).computed().description(
            "For Recovery Services vaults: where Azure says that copies of it are. Older answers have none, \
                 which means a snapshot. Null for Backup vaults.",
        ),
        Attribute::string("threat_status").computed().description(
            "For Recovery Services vaults: the result of the scan for malware, `Healthy`, `UnHealthy` (malware \
             was found), `Warning`, `Unknown` or `NotAvailable`, if Azure reports it. A restore of the `latest` \
             recovery point passes over `UnHealthy` ones.",
        ),
        Attribute::objects("threats", threat)
            .computed()
            .description("For Recovery Services vaults: what the scan found. Null for Backup vaults."),
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
    let latest = choose(&judged, &LATEST, now).ok();
    let elements = points.iter().zip(&judged).map(|(point, judged)| one_point(instance, point, judged));
    Value::object([
        ("id", Value::from(instance.to_string())),
        ("recovery_points", Value::list(elements)),
        ("latest_id", latest.map(|point| arm_id(instance, &point.id)).into()),
        ("latest_time", latest.and_then(|point| point.time).map(instant).into()),
        ("log_time_ranges", Value::Null),
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
        ("snapshot", Value::Null),
        ("vaulted", Value::Null),
        ("tiers", Value::Null),
        ("threat_status", Value::Null),
        ("threats", Value::Null),
    ])
}

fn found_of_item(
    item: &ProtectedItemId,
    mut points: Vec<ItemRecoveryPoint>,
    allow_unhealthy: bool,
    now: OffsetDateTime,
) -> Value {
    points.sort_by_cached_key(|point| (Reverse(point.time), Reverse(point.name.clone())));
    // The rule of restores. Whether one needs a snapshot depends on what it restores, so that is not asked for here.
    let rule =
        ItemPointSelector { choice: LATEST, allow_unhealthy, needs: None, archived: ArchivedPoints::NotRestorable };
    let judged: Vec<Candidate> = points.iter().map(|point| rule.candidate(item, point, now)).collect();
    let latest = choose(&judged, &LATEST, now).ok();
    let arm_id = |name: &str| format!("{item}/recoveryPoints/{name}");
    let elements =
        points.iter().zip(&judged).map(|(point, judged)| one_point_of_item(&arm_id(&point.name), point, judged));
    Value::object([
        ("id", Value::from(item.to_string())),
        ("recovery_points", Value::list(elements)),
        ("latest_id", latest.map(|point| arm_id(&point.id)).into()),
        ("latest_time", latest.and_then(|point| point.time).map(instant).into()),
    ])
}

fn one_point_of_item(id: &str, point: &ItemRecoveryPoint, judged: &Candidate) -> Value {
    let tier = |tier: &PointTier| {
        Value::object([("type", Value::from(tier.kind.as_str())), ("status", tier.status.clone().into())])
    };
    let threat = |threat: &Threat| {
        Value::object([
            ("title", Value::from(threat.title.clone())),
            ("severity", threat.severity.clone().into()),
            ("state", threat.state.clone().into()),
        ])
    };
    Value::object([
        ("id", Value::from(id)),
        ("name", point.name.as_str().into()),
        ("time", point.time.map(instant).into()),
        ("type", point.kind.clone().into()),
        ("state", Value::Null),
        ("friendly_name", Value::Null),
        ("expiry_time", point.expiry_time.map(instant).into()),
        ("policy_name", Value::Null),
        ("retention_tag_name", point.rule_name.clone().into()),
        ("restorable", judged.excluded.is_none().into()),
        ("not_restorable_reason", judged.excluded.clone().into()),
        ("data_stores", Value::Null),
        ("snapshot", point.lies_in(&PointTierKind::Snapshot).into()),
        ("vaulted", point.lies_in(&PointTierKind::VaultStandard).into()),
        ("tiers", Value::list(point.tiers.iter().map(tier))),
        ("threat_status", point.threat_status.as_ref().map(|status| status.as_str().to_owned()).into()),
        ("threats", Value::list(point.threats.iter().map(threat))),
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
            ("snapshot", Value::Null),
            ("vaulted", Value::Null),
            ("tiers", Value::Null),
            ("threat_status", Value::Null),
            ("threats", Value::Null),
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

    const SHARE: &str = "/subscriptions/s/resourceGroups/g/providers/Microsoft.RecoveryServices/vaults/v/backupFabrics/Azure/protectionContainers/StorageContainer;Storage;g;a/protectedItems/AzureFileShare;5042";

    fn point_of_item(name: &str, day: u8, more: serde_json::Value) -> serde_json::Value {
        let mut properties = json!({"recoveryPointTime": format!("2026-11-{day:02}T00:00:00Z")});
        properties.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({"name": name, "properties": properties})
    }

    /// What is found in one window.
    async fn of_item(points: serde_json::Value, arguments: &[(&str, Value)]) -> Value {
        let bounds = [("start_time", "2026-11-01T00:00:00Z".into()), ("end_time", "2026-11-20T00:00:00Z".into())];
        let arguments = [&[(ITEM, SHARE.into())], &bounds[..], arguments].concat();
        let script = vec![answer(200, json!({"value": points}))];
        look_up(RecoveryPoints, script, &arguments).await.0.unwrap()
    }

    #[tokio::test]
    async fn every_fact_of_a_point_of_a_protected_item_is_reported() {
        let point = point_of_item(
            "932",
            19,
            json!({"recoveryPointType": "FileSystemConsistent", "threatStatus": "Warning",
                "recoveryPointTierDetails": [{"type": "InstantRP", "status": "Deleted"}, {"type": "HardenedRP", "status": "Valid"}],
                "threatInfo": [{"threatTitle": "Odd", "threatSeverity": "High", "threatState": "Active"}],
                "recoveryPointProperties": {"expiryTime": "2027-01-01T00:00:00Z", "ruleName": "Daily"}}),
        );
        let found = of_item(json!([point]), &[]).await;
        let copy = |kind: &str, status: &str| Value::object([("type", kind), ("status", status)]);
        let expected = Value::object([
            ("id", Value::from(format!("{SHARE}/recoveryPoints/932"))),
            ("name", "932".into()),
            ("time", "2026-11-19T00:00:00Z".into()),
            ("type", "FileSystemConsistent".into()),
            ("state", Value::Null),
            ("friendly_name", Value::Null),
            ("expiry_time", "2027-01-01T00:00:00Z".into()),
            ("policy_name", Value::Null),
            ("retention_tag_name", "Daily".into()),
            ("restorable", true.into()),
            ("not_restorable_reason", Value::Null),
            ("data_stores", Value::Null),
            ("snapshot", false.into()),
            ("vaulted", true.into()),
            ("tiers", Value::list([copy("InstantRP", "Deleted"), copy("HardenedRP", "Valid")])),
            ("threat_status", "Warning".into()),
            ("threats", Value::list([Value::object([("title", "Odd"), ("severity", "High"), ("state", "Active")])])),
        ]);
        assert_eq!(found.get("recovery_points"), &Value::list([expected]));
        assert_eq!(found.get("id").as_str(), Some(SHARE));
        assert_eq!(found.get("latest_id").as_str(), Some(&*format!("{SHARE}/recoveryPoints/932")));
    }

    const DATABASE: &str = "/subscriptions/s/resourceGroups/g/providers/Microsoft.RecoveryServices/vaults/v/backupFabrics/Azure/protectionContainers/VMAppContainer;Compute;g;vm/protectedItems/SQLDataBase;i;R%2FD";

    #[tokio::test]
    async fn full_and_differential_backups_and_the_times_of_logs_are_told_apart() {
        let of = |name: &str, day: u8, kind: &str| {
            json!({"name": name, "properties": {
                "objectType": "AzureWorkloadSQLRecoveryPoint", "type": kind,
                "recoveryPointTimeInUTC": format!("2026-11-{day:02}T00:00:00Z")}})
        };
        let range = |from: u8, to: u8| json!({"startTime": format!("2026-11-{from:02}T00:00:00Z"), "endTime": format!("2026-11-{to:02}T00:00:00Z")});
        let logs = json!({"name": "DefaultRangeRecoveryPoint", "properties": {
            "objectType": "AzureWorkloadSQLPointInTimeRecoveryPoint", "type": "Log",
            "timeRanges": [range(1, 2), range(16, 17), range(18, 19)]}});
        let points = json!({"value": [of("1", 17, "Full"), of("2", 18, "Differential"), logs.clone()]});
        let script = vec![answer(200, points), answer(200, json!({"value": [logs]}))];
        let bounds = [("start_time", "2026-11-05T00:00:00Z".into()), ("end_time", "2026-11-20T00:00:00Z".into())];
        let arguments = [&[(ITEM, DATABASE.into())], &bounds[..]].concat();
        let (found, asked) = look_up(RecoveryPoints, script, &arguments).await;
        let found = found.unwrap();
        assert_eq!(
            (texts(&found, "name"), texts(&found, "type")),
            (vec!["2".to_owned(), "1".to_owned()], vec!["Differential".to_owned(), "Full".to_owned()])
        );
        assert_eq!(found.get("latest_id").as_str(), Some(&*format!("{DATABASE}/recoveryPoints/2")));
        let starts: Vec<&str> = found
            .get("log_time_ranges")
            .as_list()
            .unwrap()
            .iter()
            .filter_map(|own| own.get("start_time").as_str())
            .collect();
        assert_eq!(
            starts,
            ["2026-11-18T00:00:00Z", "2026-11-16T00:00:00Z"],
            "the newest first, none beyond the period"
        );
        assert_eq!(asked.len(), 2);
        assert!(asked[0].contains("startDate") && !asked[0].contains("restorePointQueryType"), "{asked:?}");
        assert!(
            asked[1].contains("restorePointQueryType%20eq%20%27Log%27") && !asked[1].contains("startDate"),
            "{asked:?}"
        );
    }

    #[tokio::test]
    async fn the_latest_of_a_protected_item_has_no_malware_unless_that_is_allowed() {
        let points = json!([
            point_of_item("1", 17, json!({})),
            point_of_item("3", 19, json!({"threatStatus": "UnHealthy"})),
            point_of_item("2", 18, json!({"recoveryPointTierDetails": [{"type": "ArchivedRP"}]})),
            point_of_item("4", 21, json!({})),
        ]);
        let found = of_item(points.clone(), &[]).await;
        assert_eq!(texts(&found, "name"), ["3", "2", "1"], "newest first, and none beyond the period");
        assert_eq!(found.get("latest_time").as_str(), Some("2026-11-17T00:00:00Z"));
        let reasons = texts(&found, "not_restorable_reason");
        assert!(reasons[0].contains("allow_unhealthy") && reasons[1].contains("archive"), "{reasons:?}");
        let found = of_item(points, &[("allow_unhealthy", true.into())]).await;
        assert_eq!(found.get("latest_time").as_str(), Some("2026-11-19T00:00:00Z"));
    }
}
