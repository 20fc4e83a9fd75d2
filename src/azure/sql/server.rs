//! A logical server.

use serde_json::Value;

use crate::azure::json_fields::JsonFields;
use crate::azure::resource_id::Location;

/// A logical server, as far as a restore needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SqlServer {
    /// Its region, as Azure writes it; databases restored onto it must name it.
    pub location: Option<Location>,
}

impl SqlServer {
    pub(super) fn read(value: &Value) -> Self {
        Self { location: JsonFields::of(value).text("location").map(Location::new) }
    }
}
