//! Terraform provider `azurebackup`: a restore as an HCL resource.
//!
//! - [`tfplugin`] speaks Terraform and has never heard of Azure.
//! - [`azure`] speaks Azure Resource Manager and has never heard of Terraform.
//! - `restore` is what restoring means: the phases, adoption, intent, progress.
//! - `resources` and `data_sources` are thin faces, one file per product thing.
//! - `documentation` turns schemas and examples into the registry's pages.
//! - `provider` lists everything offered and turns the provider block into a configured client.
//!
//! Arrows point one way: `provider` → `resources`, `data_sources` → `restore`, `tfplugin`, `azure`; `restore` → `azure`.

pub mod azure;
pub mod connection;
pub mod data_sources;
pub mod documentation;
pub mod provider;
pub mod resources;
pub mod restore;
pub mod tfplugin;
