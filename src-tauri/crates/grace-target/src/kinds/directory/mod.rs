//! Target kind `directory`: managed files beneath a root.
//!
//! In reading order: [`spec`], [`document`], [`opened`]; the mechanics stand in [`files`](crate::files).

mod deviations;
mod document;
pub mod opened;
pub mod spec;

pub(super) use deviations::deviations;
pub(super) use document::{read_observed, read_plan};
pub use opened::Directory as Target;
pub use spec::DirectorySpec as Spec;
