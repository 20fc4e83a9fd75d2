//! Ids of logical servers, of what lies on them, and of long-term backups, which lie in a region and outlive their server.

use std::fmt;

use crate::azure::child_id::{ChildId, Collection, NameRule};
use crate::azure::resource_id::{InvalidResourceId, Location, ResourceId, is_same, segment_of_name};
use crate::azure::top_level_id::{TopLevelId, TopLevelType};

/// A logical server.
pub type SqlServerId = TopLevelId<SqlServers>;

/// A database on a logical server.
pub type DatabaseId = ChildId<Databases>;

/// The newest geo-replicated backup of a database. It is called like the database.
pub type RecoverableDatabaseId = ChildId<RecoverableDatabases>;

/// A database that was dropped, with its backups. It is called like the database, a comma and the moment of its end.
pub type RestorableDroppedDatabaseId = ChildId<RestorableDroppedDatabases>;

/// An elastic pool.
pub type ElasticPoolId = ChildId<ElasticPools>;

/// The type of [`SqlServerId`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum SqlServers {}

impl TopLevelType for SqlServers {
    const TYPE: &'static str = "Microsoft.Sql/servers";
    const FORM: &'static str =
        "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Sql/servers/{server}";
}

/// Declares what lies on a server.
macro_rules! on_a_server {
    ($(#[$what:meta])* $collection:ident, $segment:literal, $name:literal) => {
        $(#[$what])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        pub enum $collection {}

        impl Collection for $collection {
            type Parent = SqlServerId;
            const SEGMENT: &'static str = $segment;
            const FORM: &'static str = concat!(
                "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Sql/servers/{server}/",
                $segment,
                "/",
                $name
            );
            const NAMES: NameRule = NameRule::Any;
        }
    };
}

on_a_server! {
    /// The collection of [`DatabaseId`].
    Databases,
    "databases",
    "{database}"
}
on_a_server! {
    /// The collection of [`RecoverableDatabaseId`].
    RecoverableDatabases,
    "recoverableDatabases",
    "{database}"
}
on_a_server! {
    /// The collection of [`RestorableDroppedDatabaseId`].
    RestorableDroppedDatabases,
    "restorableDroppedDatabases",
    "{database},{deletion}"
}
on_a_server! {
    /// The collection of [`ElasticPoolId`].
    ElasticPools,
    "elasticPools",
    "{pool}"
}

/// The member of a server's collection that an answer is about. Official examples have ids whose last part differs from
/// the name, and the name is what the service takes (docs/reference/azure-sql.md#names).
pub(super) fn answered<C: Collection<Parent = SqlServerId>>(
    server: &SqlServerId,
    name: Option<String>,
    id: Option<String>,
) -> Option<ChildId<C>> {
    if let Some(name) = name {
        return ChildId::below(server.clone(), &segment_of_name(&name)).ok();
    }
    ChildId::parse(&id?).ok().filter(|id: &ChildId<C>| id.parent() == server)
}

impl SqlServerId {
    /// A database of this server, there or not, by the name that people give it.
    ///
    /// # Errors
    /// [`InvalidResourceId`] if no id can hold the name.
    pub fn database(&self, name: &str) -> Result<DatabaseId, InvalidResourceId> {
        DatabaseId::below(self.clone(), &segment_of_name(name))
    }
}

impl DatabaseId {
    /// The server that it lies on.
    pub fn server(&self) -> &SqlServerId {
        self.parent()
    }

    /// Its name as people know it.
    pub fn database_name(&self) -> String {
        self.resource_id().decoded_name().into_owned()
    }
}

/// The type of [`LongTermRetentionBackupId`].
pub const LONG_TERM_RETENTION_BACKUPS: &str =
    "Microsoft.Sql/locations/longTermRetentionServers/longTermRetentionDatabases/longTermRetentionBackups";

/// A long-term backup. It may be named with the resource group of its server or without
/// (docs/reference/azure-sql.md#names); its own name is not to be taken apart.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct LongTermRetentionBackupId(ResourceId);

impl LongTermRetentionBackupId {
    /// How an id looks, for errors.
    pub const FORM: &'static str = "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Sql/locations/{location}/longTermRetentionServers/{server}/longTermRetentionDatabases/{database}/longTermRetentionBackups/{backup}";

    /// Reads an id.
    ///
    /// # Errors
    /// [`InvalidResourceId`] if it is no id, or the id of something else.
    pub fn parse(text: &str) -> Result<Self, InvalidResourceId> {
        let id = ResourceId::parse(text)?;
        let other = InvalidResourceId::OtherType { expected: Self::FORM };
        // `subscriptions`, perhaps `resourceGroups`, `providers`, and four pairs below.
        let expected = if id.resource_group().is_some() { 14 } else { 12 };
        let segments = id.as_str().split('/').skip(1).count();
        let fits = id.is_of_type(LONG_TERM_RETENTION_BACKUPS)
            && id.subscription().is_some()
            && segments == expected
            && id.as_str().split('/').nth(1).is_some_and(|first| is_same(first, "subscriptions"));
        if fits { Ok(Self(id)) } else { Err(other) }
    }

    /// The id as an ARM id.
    pub fn resource_id(&self) -> &ResourceId {
        &self.0
    }

    /// The region that it is kept in.
    pub fn location(&self) -> Location {
        Location::new(self.0.segment("locations").unwrap_or_default())
    }

    /// The name of the database that it is of, as people know it.
    pub fn database_name(&self) -> String {
        let segment = self.0.segment("longTermRetentionDatabases").unwrap_or_default();
        crate::azure::resource_id::decoded(segment).into_owned()
    }
}

impl fmt::Display for LongTermRetentionBackupId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SERVER: &str = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Sql/servers/sql";

    fn server() -> SqlServerId {
        SqlServerId::parse(SERVER).unwrap()
    }

    #[test]
    fn both_casings_of_recoverable_databases_are_one_and_print_as_documented() {
        let lower = RecoverableDatabaseId::parse(&format!("{SERVER}/recoverabledatabases/orders")).unwrap();
        assert_eq!(lower, RecoverableDatabaseId::parse(&format!("{SERVER}/recoverableDatabases/Orders")).unwrap());
        assert_eq!(lower.to_string(), format!("{SERVER}/recoverableDatabases/orders"));
    }

    #[test]
    fn a_name_of_any_characters_is_one_segment() {
        let id = server().database("Kunden Ä #1").unwrap();
        assert_eq!(id.to_string(), format!("{SERVER}/databases/Kunden%20%C3%84%20%231"));
        assert_eq!(id.database_name(), "Kunden Ä #1");
    }

    #[test]
    fn an_answer_is_known_by_its_name_and_without_one_by_its_id() {
        let dropped = |name: Option<&str>, id: &str| {
            let id = Some(format!("{SERVER}/restorableDroppedDatabases/{id}"));
            answered::<RestorableDroppedDatabases>(&server(), name.map(str::to_owned), id).unwrap().to_string()
        };
        let whole = format!("{SERVER}/restorableDroppedDatabases/db,131403269876900000");
        assert_eq!(dropped(Some("db,131403269876900000"), "db"), whole);
        assert_eq!(dropped(None, "db,131403269876900000"), whole);
        let elsewhere = Some(format!("{}/restorableDroppedDatabases/db", SERVER.replace("/sql", "/other")));
        assert_eq!(answered::<RestorableDroppedDatabases>(&server(), None, elsewhere), None);
    }

    #[test]
    fn a_long_term_backup_is_named_with_its_group_or_without() {
        let rest = "providers/Microsoft.Sql/locations/westeurope/longTermRetentionServers/sql/longTermRetentionDatabases/R%26D/longTermRetentionBackups/a;1;Hot";
        for text in [format!("/subscriptions/s/{rest}"), format!("/subscriptions/s/resourceGroups/g/{rest}")] {
            let id = LongTermRetentionBackupId::parse(&text).unwrap();
            assert_eq!((id.to_string(), id.database_name()), (text, "R&D".into()));
            assert_eq!(id.location(), Location::new("West Europe"));
        }
        for text in [format!("{SERVER}/databases/orders"), format!("/subscriptions/s/{rest}/more/x"), "x".into()] {
            assert!(LongTermRetentionBackupId::parse(&text).is_err(), "{text}");
        }
    }
}
