//! Ids of logical servers and managed instances, of what lies on them, and of long-term backups, which lie in a region and
//! outlive server and instance.

use std::fmt;
use std::marker::PhantomData;

use crate::azure::child_id::{ChildId, Collection, NameRule, ParentId};
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

/// A managed instance.
pub type ManagedInstanceId = TopLevelId<ManagedInstances>;

/// A database on a managed instance.
pub type ManagedDatabaseId = ChildId<ManagedDatabases>;

/// The newest geo-replicated backup of a database of a managed instance.
pub type RecoverableManagedDatabaseId = ChildId<RecoverableManagedDatabases>;

/// A database that was dropped on a managed instance, with its backups.
pub type RestorableDroppedManagedDatabaseId = ChildId<RestorableDroppedManagedDatabases>;

/// The type of [`ManagedInstanceId`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ManagedInstances {}

impl TopLevelType for ManagedInstances {
    const TYPE: &'static str = "Microsoft.Sql/managedInstances";
    const FORM: &'static str =
        "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Sql/managedInstances/{instance}";
}

/// Declares what lies on a server, or on a managed instance.
macro_rules! collection {
    ($(#[$what:meta])* $collection:ident, $parent:ty, $above:literal, $segment:literal, $name:literal) => {
        $(#[$what])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        pub enum $collection {}

        impl Collection for $collection {
            type Parent = $parent;
            const SEGMENT: &'static str = $segment;
            const FORM: &'static str = concat!(
                "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Sql/",
                $above,
                "/",
                $segment,
                "/",
                $name
            );
            const NAMES: NameRule = NameRule::Any;
        }
    };
}

collection! {
    /// The collection of [`DatabaseId`].
    Databases,
    SqlServerId,
    "servers/{server}",
    "databases",
    "{database}"
}
collection! {
    /// The collection of [`RecoverableDatabaseId`].
    RecoverableDatabases,
    SqlServerId,
    "servers/{server}",
    "recoverableDatabases",
    "{database}"
}
collection! {
    /// The collection of [`RestorableDroppedDatabaseId`].
    RestorableDroppedDatabases,
    SqlServerId,
    "servers/{server}",
    "restorableDroppedDatabases",
    "{database},{deletion}"
}
collection! {
    /// The collection of [`ElasticPoolId`].
    ElasticPools,
    SqlServerId,
    "servers/{server}",
    "elasticPools",
    "{pool}"
}
collection! {
    /// The collection of [`ManagedDatabaseId`].
    ManagedDatabases,
    ManagedInstanceId,
    "managedInstances/{instance}",
    "databases",
    "{database}"
}
collection! {
    /// The collection of [`RecoverableManagedDatabaseId`].
    RecoverableManagedDatabases,
    ManagedInstanceId,
    "managedInstances/{instance}",
    "recoverableDatabases",
    "{database}"
}
collection! {
    /// The collection of [`RestorableDroppedManagedDatabaseId`].
    RestorableDroppedManagedDatabases,
    ManagedInstanceId,
    "managedInstances/{instance}",
    "restorableDroppedDatabases",
    "{database},{deletion}"
}

/// The member of a collection on `host` that an answer is about. Official examples have ids whose last part differs from
/// the name, and the name is what the service takes (docs/reference/azure-sql.md#names).
pub(super) fn answered<C: Collection<Parent: Clone + PartialEq>>(
    host: &C::Parent,
    name: Option<String>,
    id: Option<String>,
) -> Option<ChildId<C>> {
    if let Some(name) = name {
        return ChildId::below(host.clone(), &segment_of_name(&name)).ok();
    }
    ChildId::parse(&id?).ok().filter(|id: &ChildId<C>| id.parent() == host)
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

impl ManagedInstanceId {
    /// A database of this instance, there or not, by the name that people give it.
    ///
    /// # Errors
    /// [`InvalidResourceId`] if no id can hold the name.
    pub fn database(&self, name: &str) -> Result<ManagedDatabaseId, InvalidResourceId> {
        ManagedDatabaseId::below(self.clone(), &segment_of_name(name))
    }
}

impl ManagedDatabaseId {
    /// The instance that it lies on.
    pub fn instance(&self) -> &ManagedInstanceId {
        self.parent()
    }

    /// Its name as people know it.
    pub fn database_name(&self) -> String {
        self.resource_id().decoded_name().into_owned()
    }
}

/// Whose databases long-term backups are of: the words of the service for them.
pub trait LongTermOwner: Clone {
    /// Their type.
    const TYPE: &'static str;
    /// How an id looks, for errors.
    const FORM: &'static str;
    /// Before the name of the owner.
    const OWNERS: &'static str;
    /// Before the name of the backup.
    const BACKUPS: &'static str;
    /// The member of an answer that names the owner.
    const OWNER_NAME: &'static str;
    /// The member of an answer that says when the owner was created.
    const OWNER_CREATED: &'static str;
}

/// Of logical servers.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum OfServers {}

impl LongTermOwner for OfServers {
    const TYPE: &'static str =
        "Microsoft.Sql/locations/longTermRetentionServers/longTermRetentionDatabases/longTermRetentionBackups";
    const FORM: &'static str = "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Sql/locations/{location}/longTermRetentionServers/{server}/longTermRetentionDatabases/{database}/longTermRetentionBackups/{backup}";
    const OWNERS: &'static str = "longTermRetentionServers";
    const BACKUPS: &'static str = "longTermRetentionBackups";
    const OWNER_NAME: &'static str = "serverName";
    const OWNER_CREATED: &'static str = "serverCreateTime";
}

/// Of managed instances.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum OfManagedInstances {}

impl LongTermOwner for OfManagedInstances {
    const TYPE: &'static str = "Microsoft.Sql/locations/longTermRetentionManagedInstances/longTermRetentionDatabases/longTermRetentionManagedInstanceBackups";
    const FORM: &'static str = "/subscriptions/{subscription}/providers/Microsoft.Sql/locations/{location}/longTermRetentionManagedInstances/{instance}/longTermRetentionDatabases/{database}/longTermRetentionManagedInstanceBackups/{backup}";
    const OWNERS: &'static str = "longTermRetentionManagedInstances";
    const BACKUPS: &'static str = "longTermRetentionManagedInstanceBackups";
    const OWNER_NAME: &'static str = "managedInstanceName";
    const OWNER_CREATED: &'static str = "managedInstanceCreateTime";
}

/// A long-term backup of a database of a logical server.
pub type LongTermRetentionBackupId = LongTermId<OfServers>;

/// A long-term backup of a database of a managed instance.
pub type ManagedLongTermRetentionBackupId = LongTermId<OfManagedInstances>;

/// A long-term backup. It may be named with the resource group of its server or without
/// (docs/reference/azure-sql.md#names); its own name is not to be taken apart.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct LongTermId<O>(ResourceId, PhantomData<fn() -> O>);

impl<O: LongTermOwner> LongTermId<O> {
    /// Reads an id.
    ///
    /// # Errors
    /// [`InvalidResourceId`] if it is no id, or the id of something else.
    pub fn parse(text: &str) -> Result<Self, InvalidResourceId> {
        let id = ResourceId::parse(text)?;
        let other = InvalidResourceId::OtherType { expected: O::FORM };
        // `subscriptions`, perhaps `resourceGroups`, `providers`, and four pairs below.
        let expected = if id.resource_group().is_some() { 14 } else { 12 };
        let segments = id.as_str().split('/').skip(1).count();
        let fits = id.is_of_type(O::TYPE)
            && id.subscription().is_some()
            && segments == expected
            && id.as_str().split('/').nth(1).is_some_and(|first| is_same(first, "subscriptions"));
        if fits { Ok(Self(id, PhantomData)) } else { Err(other) }
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

impl<O: LongTermOwner> ParentId for LongTermId<O> {
    fn parse(text: &str) -> Result<Self, InvalidResourceId> {
        Self::parse(text)
    }

    fn resource_id(&self) -> &ResourceId {
        self.resource_id()
    }
}

impl<O> fmt::Display for LongTermId<O> {
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
        let managed = format!(
            "/subscriptions/s/{}",
            rest.replace("RetentionServers", "RetentionManagedInstances")
                .replace("RetentionBackups", "RetentionManagedInstanceBackups")
        );
        assert_eq!(ManagedLongTermRetentionBackupId::parse(&managed).unwrap().to_string(), managed);
        assert!(ManagedLongTermRetentionBackupId::parse(&format!("/subscriptions/s/{rest}")).is_err());
        assert!(LongTermRetentionBackupId::parse(&managed).is_err());
    }

    #[test]
    fn what_lies_on_a_managed_instance_is_not_on_a_server() {
        let id = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Sql/managedInstances/mi/databases/orders";
        assert_eq!(ManagedDatabaseId::parse(id).unwrap().database_name(), "orders");
        assert!(DatabaseId::parse(id).is_err() && ManagedDatabaseId::parse(&format!("{SERVER}/databases/o")).is_err());
    }
}
