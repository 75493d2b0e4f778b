//! Target kind `directory`: managed files beneath a root.
//!
//! In reading order: [`spec`], [`document`], [`directory`]; the mechanics stand in [`files`](crate::files).

pub mod directory;
mod document;
pub mod spec;

pub use directory::Directory as Target;
pub(super) use document::{read_observed, read_plan};
pub use spec::DirectorySpec as Spec;
