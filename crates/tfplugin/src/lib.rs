#![doc = include_str!("../README.md")]

pub mod action;
pub mod attribute;
pub mod call;
pub mod canonical;
pub mod conformance;
pub mod data_source;
pub mod diagnostics;
pub mod documentation;
pub mod function;
#[cfg(any(test, feature = "generators"))]
pub mod generators;
pub mod identity;
pub mod instant;
pub mod model;
mod nulls;
pub mod number;
pub mod path;
pub mod plan;
pub mod private;
pub mod provider;
pub mod resource;
pub mod schema;
pub mod timeouts;
pub mod types;
mod validation;
pub mod validators;
pub mod value;
pub mod wire;

mod catalog;
mod convert;
mod events;
pub mod handshake;
mod host;
pub mod lifetime;
pub mod listener;
pub mod logging;
pub mod panics;
pub mod plugin_services;
pub mod process;
pub mod proto;
mod response_checks;
pub mod schema_response;
pub mod serve;
pub mod service;
pub mod tls;
