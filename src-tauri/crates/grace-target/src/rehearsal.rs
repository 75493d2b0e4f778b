//! What applying a plan to a copy and reverting it there has found.
//!
//! Owns the finding. Never makes a copy: each kind does.

use grace_domain::core::digest::Digest;

/// What a rehearsal found: the proof that a plan can be reverted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rehearsal {
    /// Digest of the copy at the start.
    pub before: Digest,
    /// Digest after applying.
    pub applied: Digest,
    /// Digest after reverting.
    pub reverted: Digest,
    /// Whether all of the copy that is not content was as before, too.
    pub nothing_left: bool,
    /// Milliseconds of applying.
    pub apply_ms: u64,
    /// Milliseconds of reverting.
    pub revert_ms: u64,
    /// What was measured on the copy, in the kind's own document; null where nothing is.
    pub measured: serde_json::Value,
}

impl Rehearsal {
    /// Whether a plan from `before` to `after` can be reverted: same digest as before, and nothing left lying.
    pub fn proves(&self, before: Digest, after: Digest) -> bool {
        self.before == before && self.applied == after && self.reverted == before && self.nothing_left
    }
}
