//! The kinds of target by their words.
//!
//! Owns the words. Never says how a target is changed: that is grace-target's.

crate::closed! {
    /// A kind of target.
    pub enum TargetKind {
        /// Files beneath a root.
        Directory = "directory",
        /// Governed documents whose state is in the log.
        Registry = "registry",
    }
}

impl TargetKind {
    /// Whether its state is in the log itself: nothing outside Grace holds it, and the engine answers for it.
    pub const fn is_in_log(self) -> bool {
        match self {
            Self::Directory => false,
            Self::Registry => true,
        }
    }

    /// What one item of such a target's content is called.
    pub fn item(self) -> &'static str {
        match self {
            Self::Directory => "managed file",
            Self::Registry => "document",
        }
    }
}
