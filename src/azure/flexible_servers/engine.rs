//! The two services of flexible servers. They are one model under two namespaces; what differs is here, as data.

use std::fmt;

/// What runs on a flexible server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Engine {
    /// Microsoft.DBforPostgreSQL.
    PostgreSql,
    /// Microsoft.DBforMySQL.
    MySql,
}

impl Engine {
    /// The type of its servers, in the casing that Azure documents.
    pub const fn resource_type(self) -> &'static str {
        match self {
            Self::PostgreSql => "Microsoft.DBforPostgreSQL/flexibleServers",
            Self::MySql => "Microsoft.DBforMySQL/flexibleServers",
        }
    }

    /// How an id looks, for errors.
    pub const fn id_form(self) -> &'static str {
        match self {
            Self::PostgreSql => {
                "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.DBforPostgreSQL/flexibleServers/{server}"
            }
            Self::MySql => {
                "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.DBforMySQL/flexibleServers/{server}"
            }
        }
    }

    /// Newest stable version when this was written.
    pub const fn api_version(self) -> &'static str {
        match self {
            Self::PostgreSql => "2026-10-01",
            Self::MySql => "2024-12-30",
        }
    }
}

/// The name of the database system.
impl fmt::Display for Engine {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::PostgreSql => "PostgreSQL",
            Self::MySql => "MySQL",
        })
    }
}
