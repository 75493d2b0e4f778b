//! What is measured of components: the definition of each metric, by which windows judge.
//!
//! Owns the definitions and their checks, and the shape of a sample. Never reads one and never judges one: that is
//! [`crate::judge`].

pub mod builtin;
pub mod definition;
pub mod kind;
pub mod limit;
pub mod sample;

/// The component whose registry holds the definitions in force.
pub const REGISTRY: &str = "metrics_collector";
