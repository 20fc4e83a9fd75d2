//! What a restore writes to, where its arguments name it.

use crate::azure::resource_id::ResourceId;
use crate::restore::argument_path::ArgumentPath;

/// What a restore writes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Destination {
    /// The argument that names it, for errors.
    pub argument: ArgumentPath,
    /// Its ARM id, or whatever else names it; restores of one process to one destination take turns.
    pub name: String,
    /// Its ARM id, where it is known.
    pub id: Option<ResourceId>,
}
