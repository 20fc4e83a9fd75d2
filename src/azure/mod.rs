//! Azure Resource Manager: clouds, ids, tokens, the client, retry, the poll loop, operations, jobs and one folder per service.
//! Nothing of Terraform may enter, neither its values nor its words.

pub mod auth;
pub mod clock;
pub mod cloud;
pub mod patience;
pub mod random;
pub mod secret;
pub mod token;
