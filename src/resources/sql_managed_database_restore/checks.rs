//! Checks of several arguments together, which need no Azure. Source and target may lie on different instances.

use super::arguments::Arguments;
use crate::azure::resource_id::is_same;
use crate::azure::sql::ManagedInstanceId;
use crate::resources::restore::wrong;
use crate::resources::sql::{NAME, tag_is_ours};
use crate::restore::sql::OnManagedInstances;
use crate::tfplugin::diagnostics::{Diagnostic, Diagnostics};

/// All of them. What is unknown is skipped.
pub(super) fn check(arguments: &Arguments) -> Diagnostics {
    [live_keeps_its_name(arguments), tag_is_ours(&arguments.tags)].into_iter().flatten().collect()
}

fn live_keeps_its_name(arguments: &Arguments) -> Option<Diagnostic> {
    let target = ManagedInstanceId::parse(arguments.managed_instance_id.as_str()?).ok()?;
    let (source, name) = (arguments.sources().live_database::<OnManagedInstances>()?, arguments.name.as_str()?);
    let taken = *source.instance() == target && is_same(&source.database_name(), name);
    let text = "This is the name of the database that is restored. A restore never overwrites it. Choose another name.";
    taken.then(|| wrong(NAME, "The name is taken", text))
}
