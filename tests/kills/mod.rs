//! The kill matrix: whatever is interrupted or killed, and whenever, applying again ends well, with one restore per
//! attempt. Cells with the real client are stated in [`cells`]; [`draws`] puts random moments into lives of the served
//! provider, driven in this process by [`core`], which imitates Terraform, against [`azure`], the simulator without a
//! socket. What one kind of restore adds does not belong here.

mod azure;
mod cells;
mod core;
mod draws;

pub use azure::Dice;
