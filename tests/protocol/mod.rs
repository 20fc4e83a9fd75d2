//! The protocol as a client sees it: a plugin process is started as Terraform would, and spoken to over its socket.
//! Nothing of Azure may enter.

mod calls;
pub mod client;
mod end;
mod functions;
pub mod plugin;
mod start;
mod terraform;
