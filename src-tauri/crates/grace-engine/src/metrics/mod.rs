//! Metrics: their definitions, how samples come in, where they are read and how long they stay. Sends none itself.

pub mod definitions;
mod ingest;
mod retention;
pub mod seen;
pub mod source;
mod sources;

pub use ingest::{Pushed, SampleIntake};
pub use retention::retain;
