//! What is restored: a geo-replicated backup, a database that lives or was dropped, or a long-term backup.

use time::OffsetDateTime;

use crate::azure::child_id::ParentId;
use crate::azure::sql::{LongTermId, LongTermOwner};
use crate::model;
use crate::resources::arguments::point_in_time::{POINT_IN_TIME, is_instant};
use crate::resources::arguments::resource_id;
use crate::resources::canonical;
use crate::resources::given::{NotGiven, optional, required_text};
use crate::resources::restore::wrong;
use crate::restore::argument_path::ArgumentPath;
use crate::restore::record::instant;
use crate::restore::sql::{DatabaseHost, DatabaseToRestore, SourceKind};
use crate::tfplugin::diagnostics::Diagnostics;
use crate::tfplugin::instant::parse_instant;
use crate::tfplugin::model::Attr;
use crate::tfplugin::schema::Attribute;
use crate::tfplugin::validators::text_checked_by;

/// The newest geo-replicated backup.
pub const GEO: &str = "geo";
/// A database that lives.
pub const LIVE: &str = "live";
/// A database that was dropped.
pub const DROPPED: &str = "dropped";
/// A long-term backup.
pub const LONG_TERM: &str = "long_term";
/// Exactly one of them is given.
pub const SOURCES: [&str; 4] = [GEO, LIVE, DROPPED, LONG_TERM];

const RECOVERABLE: &str = "recoverable_database_id";
const DATABASE: &str = "database_id";
const RESTORABLE_DROPPED: &str = "restorable_dropped_database_id";
const BACKUP: &str = "long_term_retention_backup_id";

model! {
    /// The source of a geo-restore.
    pub struct Geo {
        /// The backup.
        pub recoverable_database_id: Attr<String>,
    }

    /// The source of a point-in-time restore.
    pub struct Live {
        /// The database.
        pub database_id: Attr<String>,
        /// When.
        pub point_in_time: Attr<String>,
    }

    /// A dropped database as the source.
    pub struct Dropped {
        /// The database.
        pub restorable_dropped_database_id: Attr<String>,
        /// When; null: when it was dropped.
        pub point_in_time: Attr<String>,
    }

    /// A long-term backup as the source.
    pub struct LongTerm {
        /// The backup.
        pub long_term_retention_backup_id: Attr<String>,
    }
}

/// An argument that takes an id: the type of the resource, what people call it, and the description.
#[derive(Clone, Copy)]
pub struct IdArgument {
    /// `Microsoft.Sql/servers/databases`.
    pub resource_type: &'static str,
    /// With its article.
    pub what: &'static str,
    /// Markdown.
    pub description: &'static str,
}

/// What the schema of a resource says of its sources.
#[derive(Clone, Copy)]
pub struct SourceTexts {
    /// Of `geo`.
    pub geo: &'static str,
    /// Of the backup in it.
    pub recoverable: IdArgument,
    /// Of `live`.
    pub live: &'static str,
    /// Of the database in it.
    pub database: IdArgument,
    /// Of `dropped`.
    pub dropped: &'static str,
    /// Of the database in it.
    pub restorable_dropped: IdArgument,
    /// Of its point in time, and whether it must be given.
    pub dropped_time: (&'static str, bool),
    /// Of `long_term`.
    pub long_term: &'static str,
    /// Of the backup in it.
    pub backup: IdArgument,
}

/// The four arguments.
pub fn attributes<H: DatabaseHost>(texts: SourceTexts) -> Vec<Attribute> {
    let given =
        |attribute: Attribute, of: IdArgument| attribute.required().requires_replace().description(of.description);
    let source = |name, members, description: &str| {
        Attribute::object(name, members).optional().requires_replace().description(description)
    };
    let id = |name, of: IdArgument| given(resource_id::attribute(name, of.what, of.resource_type), of);
    let (dropped_time, is_required) = texts.dropped_time;
    let dropped_time = point_in_time().description(dropped_time);
    let dropped_time = if is_required { dropped_time.required() } else { dropped_time.optional() };
    let (dropped, backup) = (texts.restorable_dropped, texts.backup);
    let dropped_id = resource_id::checked_by(RESTORABLE_DROPPED, move |text| is_dropped_database::<H>(dropped, text));
    let backup_id = resource_id::checked_by(BACKUP, move |text| is_long_term_backup::<H>(backup, text));
    let (dropped_id, backup_id) = (given(dropped_id, dropped), given(backup_id, backup));
    vec![
        source(GEO, vec![id(RECOVERABLE, texts.recoverable)], texts.geo),
        source(
            LIVE,
            vec![
                id(DATABASE, texts.database),
                point_in_time().required().description(
                    "The time to restore, in RFC 3339 format, such as `2026-11-19T08:00:00Z`. Log backups are taken \
                     about every ten minutes, so the newest possible time is some minutes ago.",
                ),
            ],
            texts.live,
        ),
        source(DROPPED, vec![dropped_id, dropped_time], texts.dropped),
        source(LONG_TERM, vec![backup_id], texts.long_term),
    ]
}

fn point_in_time() -> Attribute {
    Attribute::string(POINT_IN_TIME)
        .requires_replace()
        .canonical(canonical::instant)
        .validate(text_checked_by(is_instant))
}

fn is_dropped_database<H: DatabaseHost>(of: IdArgument, text: &str) -> Result<(), String> {
    let expected = resource_id::expected(RESTORABLE_DROPPED, of.what, of.resource_type);
    expected.check(text, |id| H::Dropped::parse(id.as_str()).is_ok())?;
    let name = H::Dropped::parse(text).map(|id| id.resource_id().decoded_name().into_owned());
    if name.is_ok_and(|name| name.contains(',')) {
        return Ok(());
    }
    Err(format!(
        "The ID of a dropped database ends with its name, a comma and a number, such as `orders,131403269876900000`. \
         Take the `id` that the data source `{}` gives.",
        H::NAMES.dropped
    ))
}

fn is_long_term_backup<H: DatabaseHost>(of: IdArgument, text: &str) -> Result<(), String> {
    let expected = resource_id::expected(BACKUP, of.what, <H::LongTermOwner as LongTermOwner>::TYPE);
    expected.check(text, |id| LongTermId::<H::LongTermOwner>::parse(id.as_str()).is_ok())
}

/// The four arguments of one configuration.
#[derive(Clone, Copy)]
pub struct Sources<'a> {
    /// See [`GEO`].
    pub geo: &'a Attr<Geo>,
    /// See [`LIVE`].
    pub live: &'a Attr<Live>,
    /// See [`DROPPED`].
    pub dropped: &'a Attr<Dropped>,
    /// See [`LONG_TERM`].
    pub long_term: &'a Attr<LongTerm>,
}

impl Sources<'_> {
    /// Which source is given; none while none is, as after an import.
    fn kind(self) -> Option<SourceKind> {
        if !self.geo.is_null() {
            Some(SourceKind::Geo)
        } else if !self.live.is_null() {
            Some(SourceKind::Live)
        } else if !self.dropped.is_null() {
            Some(SourceKind::Dropped)
        } else if !self.long_term.is_null() {
            Some(SourceKind::LongTerm)
        } else {
            None
        }
    }

    /// Where the source is named.
    pub fn path(self) -> ArgumentPath {
        let (source, id) = match self.kind() {
            Some(SourceKind::Geo) | None => (GEO, RECOVERABLE),
            Some(SourceKind::Live) => (LIVE, DATABASE),
            Some(SourceKind::Dropped) => (DROPPED, RESTORABLE_DROPPED),
            Some(SourceKind::LongTerm) => (LONG_TERM, BACKUP),
        };
        ArgumentPath::from(source).member(id)
    }

    /// The ARM id of the source; none while it is null or unknown.
    pub fn id(&self) -> Option<&str> {
        match self.kind()? {
            SourceKind::Geo => self.geo.known()?.recoverable_database_id.as_str(),
            SourceKind::Live => self.live.known()?.database_id.as_str(),
            SourceKind::Dropped => self.dropped.known()?.restorable_dropped_database_id.as_str(),
            SourceKind::LongTerm => self.long_term.known()?.long_term_retention_backup_id.as_str(),
        }
    }

    /// What is restored; none where nothing is given, as after an import.
    ///
    /// # Errors
    /// [`NotGiven`] if a part of it is null or unknown. What has another form the schema's checks have refused.
    pub fn read<H: DatabaseHost>(self) -> Result<Option<DatabaseToRestore<H>>, NotGiven> {
        let at = |argument: &str| ArgumentPath::from(argument);
        if let Some(geo) = optional(self.geo, GEO)? {
            let id = required_text(&geo.recoverable_database_id, at(GEO).member(RECOVERABLE))?;
            return Ok(H::Recoverable::parse(id).ok().map(DatabaseToRestore::Geo));
        }
        if let Some(live) = optional(self.live, LIVE)? {
            let id = required_text(&live.database_id, at(LIVE).member(DATABASE))?;
            let time = required_text(&live.point_in_time, at(LIVE).member(POINT_IN_TIME))?;
            let found = H::Database::parse(id).ok().zip(parse_instant(time).ok());
            return Ok(found.map(|(id, time)| DatabaseToRestore::Live(id, time)));
        }
        if let Some(dropped) = optional(self.dropped, DROPPED)? {
            let id = required_text(&dropped.restorable_dropped_database_id, at(DROPPED).member(RESTORABLE_DROPPED))?;
            let time = optional(&dropped.point_in_time, at(DROPPED).member(POINT_IN_TIME))?;
            // An instant that cannot be read is not the moment of the end.
            let time = match time.map(|time| parse_instant(time)) {
                None => None,
                Some(Ok(time)) => Some(time),
                Some(Err(_)) => return Ok(None),
            };
            return Ok(H::Dropped::parse(id).ok().map(|id| DatabaseToRestore::Dropped(id, time)));
        }
        if let Some(long_term) = optional(self.long_term, LONG_TERM)? {
            let id = required_text(&long_term.long_term_retention_backup_id, at(LONG_TERM).member(BACKUP))?;
            return Ok(LongTermId::parse(id).ok().map(DatabaseToRestore::LongTerm));
        }
        Ok(None)
    }

    /// The database of `live`; none while it is null or unknown.
    pub fn live_database<H: DatabaseHost>(self) -> Option<H::Database> {
        H::Database::parse(self.live.known()?.database_id.as_str()?).ok()
    }

    /// That an instant lies in the past: time makes it come true.
    pub fn check_against_the_clock(self, now: OffsetDateTime) -> Diagnostics {
        let points = [
            (LIVE, self.live.known().map(|live| &live.point_in_time)),
            (DROPPED, self.dropped.known().map(|dropped| &dropped.point_in_time)),
        ];
        let told = points.into_iter().filter_map(|(argument, point)| {
            let at = parse_instant(point?.as_str()?).ok()?;
            let text = || format!("`point_in_time` must lie in the past. It is {} now.", instant(now));
            (at > now).then(|| wrong(argument, "The instant lies in the future", text()))
        });
        told.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::restore::sql::{OnManagedInstances, OnServers};

    #[test]
    fn a_dropped_database_is_named_with_the_moment_of_its_end() {
        let of = |resource_type| IdArgument { resource_type, what: "a dropped database", description: "" };
        let group = "/subscriptions/5ea1ab1e-0000-4000-8000-000000000001/resourceGroups/g/providers/Microsoft.Sql";
        let on_servers = of("Microsoft.Sql/servers/restorableDroppedDatabases");
        let is_dropped = |text: &str| is_dropped_database::<OnServers>(on_servers, text);
        let id = format!("{group}/servers/sql/restorableDroppedDatabases/orders");
        assert!(is_dropped(&id).unwrap_err().contains("comma"));
        assert_eq!(is_dropped(&format!("{id},131403269876900000")), Ok(()));
        assert_eq!(is_dropped(&format!("{id}%2C131403269876900000")), Ok(()));
        let on_instances = of("Microsoft.Sql/managedInstances/restorableDroppedDatabases");
        let is_dropped = |text: &str| is_dropped_database::<OnManagedInstances>(on_instances, text);
        assert!(is_dropped(&format!("{id},131403269876900000")).is_err(), "it is on a server");
        let managed = format!("{group}/managedInstances/mi/restorableDroppedDatabases/orders");
        assert!(is_dropped(&managed).unwrap_err().contains("azurebackup_restorable_dropped_managed_databases"));
        assert_eq!(is_dropped(&format!("{managed},1")), Ok(()));
    }
}
