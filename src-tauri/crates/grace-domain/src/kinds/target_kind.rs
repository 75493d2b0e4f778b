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
