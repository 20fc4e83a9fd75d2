//! Terraform provider `azurebackup`: a restore as an HCL resource.
//!
//! - [`tfplugin`], a crate of its own, speaks Terraform, makes the registry's pages, and has never heard of Azure.
//! - [`azure`] speaks Azure Resource Manager and has never heard of Terraform.
//! - `restore` is what restoring means: the phases, adoption, intent, progress.
//! - `resources`, `data_sources` and `functions` are thin faces, one file per product thing.
//! - `provider` lists everything offered and turns the provider block into a configured client.
//!
//! Arrows point one way: `provider` → `resources`, `data_sources` → `restore`, `tfplugin`, `azure`; `restore` → `azure`;
//! `functions` → `tfplugin`, `azure`.

pub mod azure;
pub mod connection;
pub mod data_sources;
pub mod functions;
pub mod provider;
pub mod resources;
pub mod restore;

pub use ::tfplugin;
pub use ::tfplugin::model;
