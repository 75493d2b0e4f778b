//! What goes along the log from its first entry to its last: the tree computed anew, the place of the pin, and
//! whose entry each is.

use grace_domain::core::digest::Digest;
use grace_domain::crypto::checkpoint::Checkpoint;
use grace_domain::crypto::merkle::Frontier;

use super::breaks::Breaks;
use super::index::ExpectedIndex;
use crate::newest::{Newest, SubjectKey, count_in};
use crate::tree::{self, StoredNodes};

/// What goes along the log.
pub(super) struct Walk {
    pub(super) frontier: Frontier,
    /// Entries whose bytes were there.
    pub(super) read: u64,
    pub(super) pinned: Option<Checkpoint>,
    /// Root over the entries read, at the size of the pin.
    pub(super) pinned_root: Option<Digest>,
    /// What the index must hold.
    pub(super) index: ExpectedIndex,
    /// The newest entry of each subject.
    pub(super) newest: Newest,
    pub(super) breaks: Breaks,
}

impl Walk {
    pub(super) fn push(&mut self, leaf: Digest, nodes: &mut StoredNodes) {
        tree::push(&mut self.frontier, leaf, nodes);
        self.note_pin();
    }

    /// Counts in whose entry this is.
    pub(super) fn belongs(&mut self, seq: u64, subject: &str) {
        let subject = SubjectKey::of(subject);
        self.index.add(subject, seq);
        count_in(&mut self.newest, subject, seq);
    }

    pub(super) fn note_pin(&mut self) {
        if self.pinned.as_ref().is_some_and(|pin| pin.size == self.frontier.size()) {
            self.pinned_root = Some(self.frontier.root());
        }
    }
}
