//! grace-engine
pub mod target;
