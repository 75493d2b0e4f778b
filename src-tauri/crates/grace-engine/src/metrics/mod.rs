//! Metrics: their definitions, how samples come in and how long they stay. Sends none itself.

pub mod definitions;
mod ingest;
mod retention;
pub mod seen;

pub use ingest::{Pushed, SampleIntake};
pub use retention::retain;
