//! Azure Resource Manager: clouds, ids, tokens, the client, retry, the poll loop, operations, jobs and one folder per service.
//! Nothing of Terraform may enter, neither its values nor its words.

pub mod auth;
pub mod availability;
pub mod child_id;
pub mod client;
pub mod clock;
pub mod cloud;
pub mod data_protection;
pub mod deadline;
pub mod duration;
pub mod endpoint;
pub mod error;
mod error_body;
pub mod expected_id;
pub mod job;
pub mod json_fields;
pub mod json_text;
pub mod limiter;
pub mod operation;
pub mod poll;
#[cfg(test)]
pub(crate) mod properties;
pub mod random;
pub mod recovery_services;
pub mod redaction;
pub mod resource_id;
pub mod restore_tag;
pub mod retry;
#[cfg(test)]
pub(crate) mod scripted;
pub mod secret;
pub mod sql;
pub mod storage;
pub mod timestamp;
pub mod token;
pub mod token_wait;
pub mod top_level_id;
pub mod transport;
pub mod vault;
pub mod written_url;
