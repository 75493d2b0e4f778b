//! Views as lines for people, one file per noun.
//!
//! Owns the layout only: every word comes from the view.

pub mod component;
pub mod diff;
pub mod handshake;
mod line;
pub mod metrics;
pub mod plain;
pub mod plan;
pub mod sections;
mod signed;
mod target;
pub mod update;
pub mod world;

pub use signed::{act, entries, statement};
