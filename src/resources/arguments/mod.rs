//! Arguments that mean the same in every kind of restore that has them, each in a file of its own: its attribute, what
//! a change of it does, its checks, and how it is read. What depends on the service comes in as a parameter.

pub mod point_in_time;
pub mod recovery_point;
pub mod regions;
pub mod rehydration;
pub mod resource_guard;
pub mod resource_id;
pub mod tags;
pub mod user_assigned_identity;
