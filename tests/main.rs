//! The one test target: every module below is a group of tests or what they stand on.

mod contract;
mod simulator;
