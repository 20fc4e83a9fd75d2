//! Terraform's plugin protocol 6: handshake, TLS, server, schema, values, diagnostics and plan rules.
//! Nothing of Azure may enter.

pub mod diagnostics;
pub mod model;
pub mod number;
pub mod path;
pub mod resource;
pub mod schema;
pub mod timeouts;
pub mod validators;
pub mod value;

pub mod handshake;
pub mod lifetime;
pub mod listener;
pub mod logging;
pub mod panics;
pub mod plugin_services;
pub mod proto;
pub mod schema_response;
pub mod serve;
pub mod tls;
