//! Target kind `registry`: governed documents whose state is in the log.
//!
//! In reading order: [`spec`], [`document`], [`registry`].

mod document;
pub mod registry;
pub mod spec;

pub(super) use document::{read_observed, read_plan};
pub use registry::Registry as Target;
pub use spec::RegistrySpec as Spec;
