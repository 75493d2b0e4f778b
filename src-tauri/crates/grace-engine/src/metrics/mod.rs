//! Metrics: their definitions, how samples come in, where they are read and how long they stay. Sends none itself.

pub mod definitions;
mod ingest;
mod queue;
mod retention;
pub mod seen;
pub mod source;
mod sources;

pub use ingest::Pushed;
pub use queue::{SampleQueue, queue};
pub use retention::retain;
