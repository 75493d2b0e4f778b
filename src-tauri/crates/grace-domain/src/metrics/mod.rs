//! What is measured of components: the definition of each metric, by which windows judge.
//!
//! Owns the definitions and their checks. Never reads a sample and never judges one: that is [`crate::judge`].

pub mod builtin;
pub mod definition;
pub mod kind;
pub mod limit;

/// The component whose registry holds the definitions in force.
pub const REGISTRY: &str = "metrics_collector";
