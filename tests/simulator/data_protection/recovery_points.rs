//! Recovery points: what one is, how it is shown, and the one filter the list understands.

use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::super::clock::with_ticks;

/// How long points of the vault are kept. Snapshots say nothing of that.
const KEPT: time::Duration = time::Duration::days(365);

/// The id that a point has in the secondary region. Azure draws it; here it can be told from the other one.
pub fn secondary_id(id: &str) -> String {
    let digits: String =
        id.chars().rev().filter(char::is_ascii_hexdigit).chain("0".repeat(32).chars()).take(32).collect();
    uuid::Uuid::try_parse(&digits).unwrap_or_default().to_string()
}

#[derive(Clone, Debug)]
pub struct RecoveryPoint {
    /// Hex or GUID; also the resource's name.
    pub id: String,
    /// The id, but in the secondary region: there it is the id in the primary one, as far as is known.
    pub friendly_name: String,
    pub time: OffsetDateTime,
    /// `Full`, `Incremental`, …
    pub kind: String,
    /// `Completed`, `Partial`; `None` is shown as null.
    pub state: Option<String>,
    pub stores: Vec<StoredCopy>,
    pub expiry: Option<OffsetDateTime>,
}

/// One entry of `recoveryPointDataStoresDetails`.
#[derive(Clone, Debug)]
pub struct StoredCopy {
    pub store: String,
    /// `COMMITTED`, …
    pub state: String,
    pub visible: bool,
    pub expiry: Option<OffsetDateTime>,
    pub rehydration_status: Option<String>,
    pub rehydration_expiry: Option<OffsetDateTime>,
}

impl StoredCopy {
    pub fn new(store: &str) -> Self {
        Self {
            store: store.into(),
            state: "COMMITTED".into(),
            visible: true,
            expiry: None,
            rehydration_status: None,
            rehydration_expiry: None,
        }
    }
}

impl RecoveryPoint {
    /// A complete, committed, visible point in the vault store, kept for a year.
    pub fn new(id: &str, time: OffsetDateTime) -> Self {
        Self {
            id: id.into(),
            friendly_name: id.into(),
            time,
            kind: "Full".into(),
            state: Some("Completed".into()),
            stores: vec![StoredCopy::new("VaultStore")],
            expiry: Some(time + KEPT),
        }
    }

    /// A snapshot, which is not in the vault: it says nothing of its state.
    pub fn snapshot(id: &str, time: OffsetDateTime) -> Self {
        Self { state: None, ..Self::new(id, time).incremental().stored_in(&["OperationalStore"]) }
    }

    /// The same point as the secondary region shows it: under another id, a GUID.
    pub fn in_secondary_region(self) -> Self {
        Self { id: secondary_id(&self.id), stores: vec![StoredCopy::new("VaultStore")], ..self }
    }

    pub fn partial(mut self) -> Self {
        self.state = Some("Partial".into());
        self
    }

    pub fn incremental(mut self) -> Self {
        self.kind = "Incremental".into();
        self
    }

    /// Copies in these stores and in no others.
    pub fn stored_in(mut self, stores: &[&str]) -> Self {
        self.stores = stores.iter().map(|store| StoredCopy::new(store)).collect();
        if stores == ["OperationalStore"] {
            self.expiry = None;
        }
        self
    }

    pub fn archived(mut self) -> Self {
        self.stores = vec![StoredCopy::new("ArchiveStore")];
        self
    }

    pub fn expires(mut self, at: OffsetDateTime) -> Self {
        self.expiry = Some(at);
        self
    }

    pub fn copy(mut self, copy: StoredCopy) -> Self {
        self.stores.push(copy);
        self
    }

    pub fn hidden(mut self) -> Self {
        self.stores.iter_mut().for_each(|copy| copy.visible = false);
        self
    }

    pub fn has_copy_in(&self, store: &str) -> bool {
        self.stores.iter().any(|copy| copy.store.eq_ignore_ascii_case(store))
    }

    pub fn to_json(&self, instance_id: &str, policy: &str) -> Value {
        let instant = |at: Option<OffsetDateTime>| at.map(with_ticks);
        let stores: Vec<Value> = self
            .stores
            .iter()
            .map(|copy| {
                json!({
                    "id": "0ff03512-b333-4509-a6c7-12164c8b1dce", "type": copy.store,
                    "creationTime": with_ticks(self.time), "expiryTime": instant(copy.expiry.or(self.expiry)),
                    "metaData": null, "visible": copy.visible,
                    "state": copy.state, "rehydrationExpiryTime": instant(copy.rehydration_expiry),
                    "rehydrationStatus": copy.rehydration_status,
                })
            })
            .collect();
        json!({
            "id": format!("{instance_id}/recoveryPoints/{}", self.id), "name": self.id,
            "type": "Microsoft.DataProtection/backupVaults/backupInstances/recoveryPoints",
            "properties": {
                "objectType": "AzureBackupDiscreteRecoveryPoint", "recoveryPointId": self.id, "friendlyName": self.friendly_name,
                "recoveryPointTime": with_ticks(self.time), "recoveryPointType": self.kind, "recoveryPointState": self.state,
                "recoveryPointDataStoresDetails": stores, "expiryTime": instant(self.expiry), "policyName": policy,
                "policyVersion": null, "retentionTagName": "Default", "retentionTagVersion": "638421123456789012",
            },
        })
    }
}

/// Bounds of `$filter`: `startDate eq '…' and endDate eq '…'`, either half alone, or nothing. `Err` where it is neither.
pub type Bounds = (Option<OffsetDateTime>, Option<OffsetDateTime>);

pub fn filter_bounds(filter: &str) -> Result<Bounds, String> {
    let mut bounds = (None, None);
    if filter.trim().is_empty() {
        return Ok(bounds);
    }
    for term in filter.split(" and ") {
        let mut words = term.trim().splitn(3, ' ');
        let (name, operator, value) = (words.next(), words.next(), words.next());
        let at = value
            .and_then(|text| text.trim().strip_prefix('\'')?.strip_suffix('\''))
            .and_then(|text| OffsetDateTime::parse(text, &Rfc3339).ok())
            .ok_or_else(|| format!("no instant in quotes in {term:?}"))?;
        match (name, operator) {
            (Some("startDate"), Some("eq")) => bounds.0 = Some(at),
            (Some("endDate"), Some("eq")) => bounds.1 = Some(at),
            _ => return Err(format!("{term:?} is not startDate eq or endDate eq")),
        }
    }
    Ok(bounds)
}

/// Newest first, within the bounds.
pub fn listed(points: &[RecoveryPoint], (from, to): Bounds) -> Vec<&RecoveryPoint> {
    let mut listed: Vec<&RecoveryPoint> = points
        .iter()
        .filter(|point| from.is_none_or(|from| point.time >= from) && to.is_none_or(|to| point.time <= to))
        .collect();
    listed.sort_by_key(|point| std::cmp::Reverse(point.time));
    listed
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn the_filter_is_written_with_eq_and_may_have_either_half() {
        let start = datetime!(2026-11-01 00:00 UTC);
        assert_eq!(filter_bounds("startDate eq '2026-11-01T00:00:00Z'"), Ok((Some(start), None)));
        assert_eq!(
            filter_bounds("startDate eq '2026-11-01T00:00:00Z' and endDate eq '2026-11-01T00:00:00.0000000Z'"),
            Ok((Some(start), Some(start)))
        );
        assert_eq!(filter_bounds(""), Ok((None, None)));
        assert!(filter_bounds("startDate ge '2026-11-01T00:00:00Z'").is_err());
        assert!(filter_bounds("startDate eq 2026-11-01T00:00:00Z").is_err());
    }

    #[test]
    fn points_of_the_vault_expire_and_snapshots_say_nothing_of_it() {
        let taken = datetime!(2026-11-01 00:00 UTC);
        let kept = RecoveryPoint::new("a", taken).to_json("/i", "p");
        assert_eq!(kept["properties"]["expiryTime"], "2027-11-01T00:00:00.0000000Z");
        let copy = &kept["properties"]["recoveryPointDataStoresDetails"][0];
        assert_eq!(copy["expiryTime"], kept["properties"]["expiryTime"]);
        let snapshot = RecoveryPoint::new("a", taken).stored_in(&["OperationalStore"]).to_json("/i", "p");
        assert_eq!(snapshot["properties"]["expiryTime"], Value::Null);
    }

    #[test]
    fn points_are_listed_newest_first_within_the_bounds() {
        let points = [
            RecoveryPoint::new("a", datetime!(2026-11-01 00:00 UTC)),
            RecoveryPoint::new("c", datetime!(2026-11-03 00:00 UTC)),
            RecoveryPoint::new("b", datetime!(2026-11-02 00:00 UTC)),
        ];
        let ids = |bounds| listed(&points, bounds).iter().map(|point| point.id.as_str()).collect::<String>();
        assert_eq!(ids((None, None)), "cba");
        assert_eq!(ids((Some(datetime!(2026-11-02 00:00 UTC)), None)), "cb");
        assert_eq!(ids((None, Some(datetime!(2026-11-02 00:00 UTC)))), "ba");
    }
}
