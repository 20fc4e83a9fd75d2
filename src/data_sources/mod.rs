//! The data sources: one file per thing that can be looked up, each with its schema and its mapping.
//! Nothing that changes anything in Azure may enter.

mod backup_instances;
mod ids;
mod job;
mod jobs;
mod lookup;
mod period;
mod recovery_points;
mod restorable_time_ranges;

use std::sync::Arc;

use crate::connection::Connections;
use crate::tfplugin::resource::DataSource;

use self::lookup::{Lookup, LookupDataSource};

/// Every data source.
pub fn all(connections: &Connections) -> Vec<Arc<dyn DataSource>> {
    fn offered<L: Lookup>(lookup: L, connections: &Connections) -> Arc<dyn DataSource> {
        Arc::new(LookupDataSource::new(lookup, connections.clone()))
    }
    vec![
        offered(backup_instances::BackupInstances, connections),
        offered(job::OneJob, connections),
        offered(jobs::Jobs, connections),
        offered(recovery_points::RecoveryPoints, connections),
        offered(restorable_time_ranges::RestorableTimeRanges, connections),
    ]
}
