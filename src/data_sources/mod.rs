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

use crate::azure::clock::Clock;
use crate::connection::Connections;
use crate::tfplugin::data_source::DataSource;

use self::lookup::{Lookup, LookupDataSource};

/// Every data source.
pub fn all(connections: &Connections, clock: &Arc<dyn Clock>) -> Vec<Arc<dyn DataSource>> {
    fn offered<L: Lookup>(lookup: L, connections: &Connections, clock: &Arc<dyn Clock>) -> Arc<dyn DataSource> {
        Arc::new(LookupDataSource::new(lookup, connections.clone(), Arc::clone(clock)))
    }
    vec![
        offered(backup_instances::BackupInstances, connections, clock),
        offered(job::OneJob, connections, clock),
        offered(jobs::Jobs, connections, clock),
        offered(recovery_points::RecoveryPoints, connections, clock),
        offered(restorable_time_ranges::RestorableTimeRanges, connections, clock),
    ]
}
