//! What is set for the parts of a world that are simulated, one file for each noun, so that a restart behaves the same.
//!
//! Owns the settings and their files. Never acts on them: who plays a part reads them like any other caller.

mod file;
pub(crate) mod healthy;
pub mod sources;
pub mod subsystems;

pub use file::SettingsError;
