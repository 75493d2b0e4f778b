//! What goes along the log from its first entry to its last: the tree computed anew, and the place of the pin.

use grace_domain::core::digest::Digest;
use grace_domain::crypto::checkpoint::Checkpoint;
use grace_domain::crypto::merkle::Frontier;

use super::breaks::Breaks;
use crate::tree::{self, StoredNodes};

/// What goes along the log.
pub(super) struct Walk {
    pub(super) frontier: Frontier,
    /// Entries whose bytes were there.
    pub(super) read: u64,
    pub(super) pinned: Option<Checkpoint>,
    /// Root over the entries read, at the size of the pin.
    pub(super) pinned_root: Option<Digest>,
    pub(super) breaks: Breaks,
}

impl Walk {
    pub(super) fn push(&mut self, leaf: Digest, nodes: &mut StoredNodes) {
        tree::push(&mut self.frontier, leaf, nodes);
        self.note_pin();
    }

    pub(super) fn note_pin(&mut self) {
        if self.pinned.as_ref().is_some_and(|pin| pin.size == self.frontier.size()) {
            self.pinned_root = Some(self.frontier.root());
        }
    }
}
