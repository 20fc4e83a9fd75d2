//! The argument `recovery_point`, and `rehydration` beside it: their schema, their checks and what they mean.

use serde_json::json;
use time::OffsetDateTime;

use super::workload::Points;
use crate::azure::data_protection::{BackupInstanceId, DataStore, RecoveryPointId};
use crate::model;
use crate::resources::normal::{self, same};
use crate::resources::restore::wrong;
use crate::restore::point::{PointChoice, Which};
use crate::tfplugin::diagnostics::{Diagnostic, Diagnostics};
use crate::tfplugin::instant::parse_instant;
use crate::tfplugin::model::Attr;
use crate::tfplugin::schema::Attribute;
use crate::tfplugin::timeouts::{parse_duration, positive_duration};
use crate::tfplugin::validators::{int_between, length_between, matches, one_of};
use crate::tfplugin::value::Value;

/// Days that a rehydrated copy stays if nothing is said (the default of Azure's own command line).
const RETENTION_DAYS: i64 = 15;

model! {
    /// How a point is chosen.
    pub struct RecoveryPoint {
        /// By name or ARM id.
        pub id: Attr<String>,
        /// The newest.
        pub latest: Attr<bool>,
        /// The newest not after this instant.
        pub at_or_before: Attr<String>,
        /// Where its copy lies.
        pub data_store: Attr<String>,
        /// Refuse older ones.
        pub max_age: Attr<String>,
        /// Take partial ones.
        pub allow_partial: Attr<bool>,
    }

    /// How an archived point is fetched.
    pub struct Rehydration {
        /// How fast.
        pub priority: Attr<String>,
        /// How long the fetched copy stays.
        pub retention_days: Attr<i64>,
    }
}

impl Rehydration {
    /// Whether the dear and fast way is asked for.
    pub fn is_high_priority(&self) -> bool {
        self.priority.as_str() == Some("High")
    }

    /// How long the fetched copy stays, in days.
    pub fn days(&self) -> i64 {
        self.retention_days.known().copied().unwrap_or(RETENTION_DAYS)
    }
}

impl RecoveryPoint {
    /// Checks that need no Azure; what is unknown is passed over.
    pub(super) fn check(&self, backup_instance_id: &Attr<String>) -> Diagnostics {
        let mut diagnostics = Diagnostics::new();
        let chosen =
            [!self.id.is_null(), !matches!(self.latest, Attr::Null | Attr::Known(false)), !self.at_or_before.is_null()];
        let unknown = self.id.is_unknown() || self.latest.is_unknown() || self.at_or_before.is_unknown();
        let count = chosen.iter().filter(|chosen| **chosen).count();
        if count > 1 && !unknown || count == 0 {
            diagnostics.push(wrong(
                "recovery_point",
                "Choose one recovery point",
                "`recovery_point` takes exactly one of `id`, `latest = true` and `at_or_before`.",
            ));
        }
        diagnostics.extend(self.check_id(backup_instance_id));
        diagnostics
    }

    /// An ARM id must be that of a point, and of the instance that is restored.
    fn check_id(&self, backup_instance_id: &Attr<String>) -> Option<Diagnostic> {
        let id = self.id.as_str().filter(|id| id.starts_with('/'))?;
        let point = match RecoveryPointId::parse(id) {
            Ok(point) => point,
            Err(error) => return Some(wrong("recovery_point", "Not a recovery point", format!("`id`: {error}"))),
        };
        let instance = BackupInstanceId::parse(backup_instance_id.as_str()?).ok()?;
        (*point.backup_instance() != instance).then(|| {
            let text = format!("`id` is a point of {}, not of `backup_instance_id`.", point.backup_instance());
            wrong("recovery_point", "A point of another backup instance", text)
        })
    }

    /// Which point it chooses.
    pub(super) fn choice(&self) -> Result<PointChoice, Diagnostics> {
        let which = match (self.id.as_str(), self.at_or_before.as_str()) {
            (Some(id), _) => Which::Id(point_name(id).to_owned()),
            (None, Some(bound)) => Which::AtOrBefore(instant("recovery_point", bound)?),
            (None, None) => Which::Latest,
        };
        let max_age = self.max_age.as_str().map(parse_duration).transpose().map_err(|error| {
            Diagnostics::from(wrong("recovery_point", "`max_age` is no duration", error.to_string()))
        })?;
        Ok(PointChoice { which, max_age })
    }
}

fn point_from(default_store: DataStore, value: &Value) -> serde_json::Value {
    if value.is_null() {
        return serde_json::Value::Null;
    }
    json!({
        "id": value.get("id").as_str().map(|id| point_name(id).to_ascii_lowercase()),
        "latest": value.get("latest").as_bool().unwrap_or_default(),
        "at_or_before": normal::instant(value.get("at_or_before")),
        "data_store": value.get("data_store").as_str().unwrap_or(default_store.as_str()),
        "allow_partial": value.get("allow_partial").as_bool().unwrap_or_default(),
    })
}

fn vaulted_point(value: &Value) -> serde_json::Value {
    point_from(DataStore::VaultStore, value)
}

fn operational_point(value: &Value) -> serde_json::Value {
    point_from(DataStore::OperationalStore, value)
}

fn is_operational(points: Points) -> bool {
    points.data_stores.first() == Some(&DataStore::OperationalStore)
}

fn same_vaulted_point(one: &Value, other: &Value) -> bool {
    same(vaulted_point, one, other) && one.get("max_age") == other.get("max_age")
}

fn same_operational_point(one: &Value, other: &Value) -> bool {
    same(operational_point, one, other) && one.get("max_age") == other.get("max_age")
}

/// Its normal form.
pub(super) fn normal(points: Points) -> fn(&Value) -> serde_json::Value {
    if is_operational(points) { operational_point } else { vaulted_point }
}

/// The argument, neither required nor optional yet.
pub(super) fn attribute(points: Points) -> Attribute {
    let same = if is_operational(points) { same_operational_point } else { same_vaulted_point };
    Attribute::object("recovery_point", attributes(points)).same_when(same)
}

fn attributes(points: Points) -> Vec<Attribute> {
    let stores: Vec<&str> = points.data_stores.iter().map(|store| store.as_str()).collect();
    let default = stores.first().copied().unwrap_or_default();
    let other: Vec<String> = stores.iter().skip(1).map(|store| format!("`{store}`")).collect();
    let stores_text = match other.as_slice() {
        [] => format!("Where the copy lies that is read: `{default}`, the only place."),
        other => format!("Where the copy lies that is read: `{default}` (default) or {}.", other.join(" or ")),
    };
    vec![
        Attribute::string("id")
            .optional()
            .validate(length_between(1..=2048))
            .description("The name of the point, or its ARM id."),
        Attribute::bool("latest").optional().description("`true`: the newest point that can be restored."),
        Attribute::string("at_or_before")
            .optional()
            .validate(matches("an instant such as 2026-11-19T08:00:00Z", is_instant))
            .description("The newest point that was taken at or before this instant (RFC 3339)."),
        Attribute::string("data_store").optional().validate(one_of(&stores)).description(stores_text),
        Attribute::string("max_age").optional().validate(positive_duration()).description(
            "Refuse a point that is older than this when it is restored, such as `26h`. Changing it sends nothing.",
        ),
        Attribute::bool("allow_partial")
            .optional()
            .description("Whether a point whose backup was only partial may be chosen. Default `false`."),
    ]
}

/// The argument `rehydration`.
pub(super) fn rehydration() -> Attribute {
    Attribute::object(
        "rehydration",
        vec![
            Attribute::string("priority")
                .optional()
                .validate(one_of(&["Standard", "High"]))
                .description("How fast Azure fetches the data: `Standard` (default, hours) or `High` (dearer)."),
            Attribute::number("retention_days")
                .optional()
                .validate(int_between(10..=30))
                .description("How long Azure keeps the fetched copy, 10 to 30 days. Default 15."),
        ],
    )
    .optional()
    .description(
        "Allows points that are only in the archive tier, and says how Azure fetches their data before it restores it. \
         A point that is still in the vault, or comes from the secondary region, is restored without. Changing it \
         sends nothing.",
    )
}

/// The name of a point that was given by name or by ARM id.
fn point_name(id: &str) -> &str {
    id.trim_end_matches('/').rsplit('/').next().unwrap_or(id)
}

/// Reads an instant of this argument.
pub(super) fn instant(argument: &str, text: &str) -> Result<OffsetDateTime, Diagnostics> {
    parse_instant(text).map_err(|reason| wrong(argument, "Not an instant", reason).into())
}

pub(super) fn is_instant(text: &str) -> Result<(), String> {
    parse_instant(text).map(drop)
}
