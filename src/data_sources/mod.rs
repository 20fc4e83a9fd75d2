//! The data sources: one file per thing that can be looked up, each with its schema and its mapping. The provider lists
//! them. Nothing that changes anything in Azure may enter.

pub mod backup_instances;
pub mod backup_policies;
mod ids;
pub mod job;
pub mod jobs;
pub mod long_term_retention_backups;
pub mod lookup;
mod period;
pub mod protectable_containers;
pub mod protectable_items;
pub mod protected_items;
pub mod recoverable_databases;
pub mod recoverable_managed_databases;
pub mod recovery_points;
pub mod recovery_services_vault;
pub mod restorable_dropped_databases;
pub mod restorable_dropped_managed_databases;
pub mod restorable_time_ranges;
mod secondary_region;
