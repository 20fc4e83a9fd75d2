//! Terraform's plugin protocol 6: handshake, TLS, server, schema, values, diagnostics and plan rules.
//! Nothing of Azure may enter.

pub mod attribute;
pub mod conformance;
pub mod diagnostics;
#[cfg(test)]
mod generators;
pub mod model;
pub mod number;
pub mod path;
pub mod plan;
pub mod resource;
pub mod schema;
pub mod timeouts;
mod validation;
pub mod validators;
pub mod value;
pub mod wire;
