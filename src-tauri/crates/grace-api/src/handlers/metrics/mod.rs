//! Metrics: what they mean, what came in, and how a window over them reads.

pub(crate) mod definitions;
pub(crate) mod health;
pub(crate) mod push;
pub(crate) mod refused;
pub(crate) mod rules;
pub(crate) mod series;
pub(crate) mod window;
