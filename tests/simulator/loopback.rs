//! placeholder
pub struct Loopback;
