//! Files beneath a root: inspecting, planning, applying, and copies to try a change on.
//!
//! Owns nothing itself. In reading order: [`names`], [`managed`], `attributes`, [`root`], [`scan`], [`plan`],
//! [`apply`], [`staging`].

pub mod apply;
mod attributes;
pub mod managed;
pub mod names;
pub mod plan;
pub mod root;
pub mod scan;
pub mod staging;
