//! Terraform provider `azurebackup`: a restore as an HCL resource.
//!
//! - [`tfplugin`], a crate of its own, speaks Terraform, makes the registry's pages, and has never heard of Azure.
//! - [`azure`] speaks Azure Resource Manager and has never heard of Terraform.
//! - `restore` is what restoring means: the phases, adoption, intent, progress.
//! - `resources`, `data_sources` and `functions` are thin adapters, one file per product thing.
//! - `connection` is the configured way to Azure, opened from plain settings.
//! - `provider` lists everything offered and turns the provider block into a connection.
//!
//! Arrows point one way: `provider` → `resources`, `data_sources` → `connection` → `restore` → `azure`; `functions` →
//! `azure`. What is offered to Terraform, and `documentation`, → `tfplugin`.

pub mod azure;
pub mod connection;
pub mod data_sources;
pub mod functions;
pub mod provider;
pub mod resources;
pub mod restore;

pub use ::tfplugin;
pub use ::tfplugin::model;
