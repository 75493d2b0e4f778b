//! The kinds of target by their words.
//!
//! Owns the words. Never says how a target is changed: that is grace-target's.

use serde::{Deserialize, Serialize};

/// A kind of target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TargetKind {
    /// Files beneath a root.
    Directory,
    /// Governed documents whose state is in the log.
    Registry,
}

impl TargetKind {
    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Directory => "directory",
            Self::Registry => "registry",
        }
    }
}
