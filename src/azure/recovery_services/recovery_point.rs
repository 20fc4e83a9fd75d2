//! A recovery point of a protected item: one backup that can be restored.

use serde::Serialize;
use serde_json::Value;
use time::OffsetDateTime;

use crate::azure::json_fields::JsonFields;
use crate::azure::redaction::redact;

/// The name of the point that stands for all log backups of a database.
pub const RANGES_OF_LOGS: &str = "DefaultRangeRecoveryPoint";

/// `RecoveryPoint` of the REST description, with what all its types have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemRecoveryPoint {
    /// The last segment of its id, which a restore names. A number of up to 18 digits, and a text all the same.
    pub name: String,
    /// The discriminator, such as `AzureFileShareRecoveryPoint`.
    pub object_type: Option<String>,
    /// When the data was as the backup has it, UTC.
    pub time: Option<OffsetDateTime>,
    /// `FileSystemConsistent`, `CrashConsistent`, `Full`, `Differential`, `Log` …
    pub kind: Option<String>,
    /// Where copies of it lie; empty in older answers.
    pub tiers: Vec<PointTier>,
    /// When it is deleted, UTC.
    pub expiry_time: Option<OffsetDateTime>,
    /// The rule of the policy that keeps it.
    pub rule_name: Option<String>,
    /// Deleted, and kept for some days more.
    pub is_soft_deleted: bool,
    /// What Microsoft's scan for malware says of it; none where it says nothing.
    pub threat_status: Option<ThreatStatus>,
    /// What the scan found.
    pub threats: Vec<Threat>,
    /// Times that log backups of a database cover: only the point that stands for all of them has any.
    pub log_ranges: Vec<LogRange>,
    /// Files of a database; only where it is asked for a single point, and empty for a database of very many files.
    pub database_files: Vec<DatabaseFile>,
}

/// `PointInTimeRange`: times that log backups cover without a gap, both ends included, UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogRange {
    /// The first instant.
    pub start: OffsetDateTime,
    /// The last instant.
    pub end: OffsetDateTime,
}

/// `SQLDataDirectory`: a file of a database, or a directory for such files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatabaseFile {
    /// What is in it.
    pub kind: DatabaseFileKind,
    /// Where it lies.
    pub path: String,
    /// Its name in the database; directories have none.
    pub logical_name: Option<String>,
}

/// What is in a file of a database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum DatabaseFileKind {
    /// Data.
    Data,
    /// The transaction log.
    Log,
}

/// One copy of a point.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PointTier {
    /// Where it lies.
    pub kind: PointTierKind,
    /// `Valid`, `Disabled`, `Deleted`, `Rehydrated`.
    pub status: Option<String>,
}

/// Where a copy of a point lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PointTierKind {
    /// A snapshot beside the source; dies with it.
    Snapshot,
    /// The vault.
    VaultStandard,
    /// The vault's archive: restoring from it takes hours to begin.
    Archive,
    /// Anything else, by Azure's word.
    Other(String),
}

/// What a scan for malware says of a point.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ThreatStatus {
    /// Nothing was found.
    Healthy,
    /// Malware was found.
    UnHealthy,
    /// Something suspicious was found.
    Warning,
    /// It was not scanned, or the answer is not known: `Unknown`, `NotAvailable`, and any word that is new.
    NotScanned(String),
}

/// One thing that the scan found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Threat {
    /// In a few words.
    pub title: Option<String>,
    /// `Critical`, `High`, `Warning`, `Informational`.
    pub severity: Option<String>,
    /// `Active`, `InProgress`, `Ignored`, `Resolved`.
    pub state: Option<String>,
}

impl PointTierKind {
    /// Azure's word.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Snapshot => "InstantRP",
            Self::VaultStandard => "HardenedRP",
            Self::Archive => "ArchivedRP",
            Self::Other(word) => word,
        }
    }
}

impl ItemRecoveryPoint {
    /// Reads a point; none if the answer names none.
    pub fn read(value: &Value) -> Option<Self> {
        let resource = JsonFields::of(value);
        let point = resource.object("properties");
        let kept = point.object("recoveryPointProperties");
        // The time of a database's point has another name than that of a share or a machine.
        let time = point.instant("recoveryPointTime").or_else(|| point.instant("recoveryPointTimeInUTC"));
        Some(Self {
            name: resource.text("name").or_else(|| Some(resource.text("id")?.rsplit('/').next()?.to_owned()))?,
            object_type: point.text("objectType"),
            time,
            kind: point.text("recoveryPointType").or_else(|| point.text("type")),
            tiers: point.list("recoveryPointTierDetails").iter().filter_map(PointTier::read).collect(),
            expiry_time: kept.instant("expiryTime"),
            rule_name: kept.text("ruleName"),
            is_soft_deleted: kept.boolean("isSoftDeleted") == Some(true),
            threat_status: point.text("threatStatus").map(|word| ThreatStatus::read(&word)),
            threats: point.list("threatInfo").iter().map(Threat::read).collect(),
            log_ranges: point.list("timeRanges").iter().filter_map(LogRange::read).collect(),
            database_files: point
                .object("extendedInfo")
                .list("dataDirectoryPaths")
                .iter()
                .filter_map(DatabaseFile::read)
                .collect(),
        })
    }

    /// Whether it stands for log backups: it is restored to an instant, never as a point.
    pub fn stands_for_logs(&self) -> bool {
        self.name.eq_ignore_ascii_case(RANGES_OF_LOGS)
            || !self.log_ranges.is_empty()
            || self.kind.as_deref().is_some_and(|kind| kind.eq_ignore_ascii_case("Log"))
    }

    /// Whether a usable copy lies in `kind`. Older answers name no tiers and mean a snapshot.
    pub fn lies_in(&self, kind: &PointTierKind) -> bool {
        match self.tiers.is_empty() {
            true => *kind == PointTierKind::Snapshot,
            false => self.tiers.iter().any(|tier| tier.kind == *kind && tier.is_usable()),
        }
    }

    /// Whether the vault has a copy, and the source has no snapshot of it.
    pub fn is_only_vaulted(&self) -> bool {
        self.lies_in(&PointTierKind::VaultStandard) && !self.lies_in(&PointTierKind::Snapshot)
    }

    /// Whether it must be fetched from the archive before it can be restored. One that has been fetched says so for some
    /// days.
    pub fn needs_rehydration(&self) -> bool {
        let fetched = |tier: &PointTier| tier.kind == PointTierKind::Archive && tier.has_status(&["Rehydrated", "4"]);
        let readable = [PointTierKind::Snapshot, PointTierKind::VaultStandard].iter().any(|tier| self.lies_in(tier));
        self.lies_in(&PointTierKind::Archive) && !readable && !self.tiers.iter().any(fetched)
    }

    /// Whether malware was found in it.
    pub fn is_unhealthy(&self) -> bool {
        match &self.threat_status {
            Some(ThreatStatus::UnHealthy) => true,
            Some(ThreatStatus::Healthy | ThreatStatus::Warning) => false,
            // What was found counts, though the sum of it is missing.
            Some(ThreatStatus::NotScanned(_)) | None => self.threats.iter().any(Threat::is_grave),
        }
    }
}

impl LogRange {
    fn read(value: &Value) -> Option<Self> {
        let range = JsonFields::of(value);
        let range = Self { start: range.instant("startTime")?, end: range.instant("endTime")? };
        (range.start <= range.end).then_some(range)
    }

    /// Whether it covers `instant`.
    pub fn contains(&self, instant: OffsetDateTime) -> bool {
        self.start <= instant && instant <= self.end
    }
}

impl DatabaseFile {
    /// None where it is of no known kind, or lies nowhere.
    pub(super) fn read(value: &Value) -> Option<Self> {
        let members = JsonFields::of(value);
        let kind = members.text("type")?;
        let kind = DatabaseFileKind::ALL.into_iter().find(|own| own.as_str().eq_ignore_ascii_case(kind.trim()))?;
        Some(Self { kind, path: members.text("path")?, logical_name: members.text("logicalName") })
    }
}

impl DatabaseFileKind {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Data, Self::Log];

    /// Azure's word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Data => "Data",
            Self::Log => "Log",
        }
    }
}

impl Threat {
    fn is_grave(&self) -> bool {
        let is = |own: &Option<String>, words: [&str; 2]| {
            own.as_deref().is_some_and(|own| words.iter().any(|word| word.eq_ignore_ascii_case(own.trim())))
        };
        is(&self.severity, ["Critical", "High"]) && !is(&self.state, ["Resolved", "Ignored"])
    }
}

impl PointTier {
    fn read(value: &Value) -> Option<Self> {
        let members = JsonFields::of(value);
        // Older versions of the service answer with the number of the word (docs/reference/azure-recovery-services.md#points).
        let kind = match members.text("type")?.to_ascii_lowercase().as_str() {
            "instantrp" | "1" | "iasnapshotrp" => PointTierKind::Snapshot,
            "hardenedrp" | "2" => PointTierKind::VaultStandard,
            "archivedrp" | "3" => PointTierKind::Archive,
            word => PointTierKind::Other(redact(word)),
        };
        Some(Self { kind, status: members.text("status") })
    }

    /// What Azure does not say counts as usable.
    fn is_usable(&self) -> bool {
        !self.has_status(&["Deleted", "Disabled", "Invalid", "0", "2", "3"])
    }

    /// Whether its status is one of these; older versions of the service give the number of the word
    /// (docs/reference/azure-recovery-services.md#points).
    fn has_status(&self, words: &[&str]) -> bool {
        let own = self.status.as_deref().map(str::trim);
        own.is_some_and(|own| words.iter().any(|word| word.eq_ignore_ascii_case(own)))
    }
}

impl ThreatStatus {
    fn read(word: &str) -> Self {
        match word.trim().to_ascii_lowercase().as_str() {
            "healthy" => Self::Healthy,
            "unhealthy" => Self::UnHealthy,
            "warning" => Self::Warning,
            _ => Self::NotScanned(redact(word)),
        }
    }

    /// Azure's word.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Healthy => "Healthy",
            Self::UnHealthy => "UnHealthy",
            Self::Warning => "Warning",
            Self::NotScanned(word) => word,
        }
    }
}

impl Threat {
    fn read(value: &Value) -> Self {
        let members = JsonFields::of(value);
        Self {
            title: members.text("threatTitle").map(|title| redact(&title)),
            severity: members.text("threatSeverity"),
            state: members.text("threatState"),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use time::macros::datetime;

    use super::*;

    fn point(properties: &Value) -> ItemRecoveryPoint {
        ItemRecoveryPoint::read(&json!({"name": "932886657837421071", "properties": properties})).unwrap()
    }

    #[test]
    fn a_point_without_tiers_is_a_snapshot() {
        let point = point(
            &json!({"objectType": "AzureFileShareRecoveryPoint", "recoveryPointTime": "2020-02-04T08:01:35+00:00",
            "recoveryPointType": "FileSystemConsistent"}),
        );
        assert_eq!((point.name.as_str(), point.time), ("932886657837421071", Some(datetime!(2020-02-04 8:01:35 UTC))));
        assert!(point.lies_in(&PointTierKind::Snapshot) && !point.is_only_vaulted());
        assert_eq!(point.threat_status, None);
    }

    #[test]
    fn snapshot_and_vault_are_told_apart_and_a_deleted_copy_is_none() {
        for (tiers, snapshot, only_vaulted) in [
            (json!([{"type": "InstantRP", "status": "Valid"}, {"type": "HardenedRP", "status": "Valid"}]), true, false),
            (
                json!([{"type": "InstantRP", "status": "Deleted"}, {"type": "HardenedRP", "status": "Valid"}]),
                false,
                true,
            ),
            (json!([{"type": "hardenedrp"}]), false, true),
            (json!([{"type": "ArchivedRP", "status": "Valid"}]), false, false),
            (json!([{"type": "Hatched"}]), false, false),
        ] {
            let point = point(&json!({"recoveryPointTierDetails": tiers}));
            assert_eq!(
                (point.lies_in(&PointTierKind::Snapshot), point.is_only_vaulted()),
                (snapshot, only_vaulted),
                "{tiers}"
            );
        }
    }

    #[test]
    fn a_point_is_fetched_from_the_archive_only_where_nothing_else_has_it() {
        let tiers = |tiers: Value| point(&json!({ "recoveryPointTierDetails": tiers })).needs_rehydration();
        let deleted = json!({"type": "HardenedRP", "status": "Deleted"});
        assert!(tiers(json!([deleted, {"type": "ArchivedRP", "status": "Valid"}])));
        assert!(!tiers(json!([deleted, {"type": "ArchivedRP", "status": "Rehydrated"}])));
        assert!(!tiers(json!([{"type": "HardenedRP", "status": "Valid"}, {"type": "ArchivedRP", "status": "Valid"}])));
        assert!(!tiers(json!([deleted])) && !tiers(json!([])));
    }

    #[test]
    fn malware_is_known_in_any_casing_and_a_new_word_is_kept() {
        let status = |word: &str| point(&json!({"threatStatus": word})).threat_status.unwrap();
        assert_eq!(status("Unhealthy"), ThreatStatus::UnHealthy);
        assert_eq!((status("Healthy"), status("WARNING")), (ThreatStatus::Healthy, ThreatStatus::Warning));
        assert_eq!(status("NotAvailable").as_str(), "NotAvailable");
        let found = point(
            &json!({"threatStatus": "UnHealthy", "threatInfo": [{"threatTitle": "Ransom", "threatSeverity": "High"}]}),
        );
        assert!(found.is_unhealthy());
        assert_eq!(found.threats[0].title.as_deref(), Some("Ransom"));
    }

    #[test]
    fn what_was_found_counts_without_a_status_unless_it_is_settled() {
        let unhealthy = |status: serde_json::Value, severity: &str, state: &str| {
            let threats = json!([{"threatTitle": "Ransom", "threatSeverity": severity, "threatState": state}]);
            point(&json!({"threatStatus": status, "threatInfo": threats})).is_unhealthy()
        };
        assert!(unhealthy(json!(null), "critical", "Active") && unhealthy(json!("Unknown"), "High", "InProgress"));
        assert!(unhealthy(json!("UnHealthy "), "Informational", "Resolved"));
        assert!(!unhealthy(json!(null), "Warning", "Active") && !unhealthy(json!(null), "Critical", "Resolved"));
        assert!(!unhealthy(json!("Healthy"), "Critical", "Active"));
    }

    #[test]
    fn a_copy_that_was_deleted_is_none_in_words_and_in_numbers() {
        let usable = |status: serde_json::Value| {
            let tiers = json!([{"type": "InstantRP", "status": status}]);
            point(&json!({"recoveryPointTierDetails": tiers})).lies_in(&PointTierKind::Snapshot)
        };
        for status in [json!("Deleted"), json!("deleted "), json!(3), json!("Disabled"), json!(2), json!(0)] {
            assert!(!usable(status.clone()), "{status}");
        }
        for status in [json!("Valid"), json!(1), json!(null), json!("Rehydrated"), json!(4)] {
            assert!(usable(status.clone()), "{status}");
        }
    }

    #[test]
    fn a_point_of_a_database_has_its_time_and_kind_elsewhere() {
        let point = point(&json!({"recoveryPointTimeInUTC": "2026-10-01T00:00:00Z", "type": "Differential"}));
        assert_eq!((point.time, point.kind.as_deref()), (Some(datetime!(2026-10-01 0:00 UTC)), Some("Differential")));
        assert_eq!(ItemRecoveryPoint::read(&json!({})), None);
    }

    #[test]
    fn files_and_log_ranges_of_a_database_are_read_as_far_as_they_make_sense() {
        let ranges = json!([
            {"startTime": "2026-10-01T00:00:00Z", "endTime": "2026-10-02T00:00:00Z"},
            {"startTime": "2026-10-03T00:00:00Z", "endTime": "2026-10-02T00:00:00Z"}, {"endTime": "2026-10-02T00:00:00Z"}]);
        let files = json!([
            {"type": "data", "path": "C:\\a.mdf", "logicalName": "a"}, {"type": "Log", "path": "C:\\a.ldf"},
            {"type": "Odd", "path": "C:\\x"}, {"type": "Data"}]);
        let found = point(&json!({"timeRanges": ranges, "extendedInfo": {"dataDirectoryPaths": files}}));
        let [range] = found.log_ranges.as_slice() else { panic!("{:?}", found.log_ranges) };
        assert!(range.contains(range.start) && range.contains(range.end) && found.stands_for_logs());
        assert!(!range.contains(datetime!(2026-10-02 0:00:01 UTC)));
        let kinds: Vec<_> = found.database_files.iter().map(|file| (file.kind.as_str(), file.path.as_str())).collect();
        assert_eq!(kinds, [("Data", "C:\\a.mdf"), ("Log", "C:\\a.ldf")]);
        assert_eq!(found.database_files[0].logical_name.as_deref(), Some("a"));
        assert!(point(&json!({"type": "log"})).stands_for_logs() && !point(&json!({"type": "Full"})).stands_for_logs());
        for kind in DatabaseFileKind::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), json!(kind.as_str()));
        }
    }
}
