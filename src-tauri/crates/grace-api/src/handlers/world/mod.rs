//! The world and its engine: status and checks, policy, numbers.

pub(crate) mod checks;
pub(crate) mod policy;
pub(crate) mod stats;
pub(crate) mod status;
