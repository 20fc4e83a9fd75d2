//! An elastic pool.

use serde_json::Value;

use crate::azure::json_fields::JsonFields;

/// An elastic pool, as far as a restore needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ElasticPool {
    /// `Ready`, `Creating`, `Disabled`.
    pub state: Option<String>,
}

impl ElasticPool {
    pub(super) fn read(value: &Value) -> Self {
        Self { state: JsonFields::of(value).object("properties").text("state") }
    }
}
