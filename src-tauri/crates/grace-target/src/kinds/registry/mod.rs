//! Target kind `registry`: governed documents whose state is in the log.
//!
//! In reading order: [`spec`], [`document`], [`opened`].

mod document;
pub mod opened;
pub mod spec;

pub(super) use document::{deviations, read_observed, read_plan};
pub use opened::Registry as Target;
pub use spec::RegistrySpec as Spec;
