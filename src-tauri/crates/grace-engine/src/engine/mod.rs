//! The engine's handle: starts one engine on one world, answers from the log, and stops. Signed envelopes come in by
//! `intake`. Holds no person's key.

pub(crate) mod handle;
mod shutdown;
mod start;

pub use handle::Engine;
pub use start::{EngineConfig, StartError};
