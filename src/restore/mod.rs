//! What restoring means: the phases of a restore, adoption of one that runs already, the intent, progress and endings.
//! No schema, no wire type of Terraform and no request of a single service may enter; each service has a folder.

pub mod activity;
pub mod adoption;
pub mod any_service;
pub mod argument_path;
pub mod backup_vault;
mod collect;
pub mod destination;
pub mod destruction;
pub mod ending;
pub mod error;
pub mod extent;
pub mod flexible_servers;
mod follow;
mod handover;
pub mod hints;
pub mod intent;
pub mod job_list_cache;
pub mod jobs;
pub mod life;
pub mod on_demand_backup;
pub mod operation;
pub mod point;
pub mod progress;
pub mod record;
pub mod recovery_services;
mod refresh;
pub mod registry;
pub mod restored_resource;
pub mod service;
pub mod sql;
mod trigger;
mod validation;
pub mod workload;

pub use refresh::refresh;
