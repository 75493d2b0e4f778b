//! What the tree of the log was while a handshake was announced, so that a checkpoint which a subsystem has seen can be
//! held against it.
//!
//! Owns these roots: 32 bytes for each entry that is read from an announcement until no handshake is announced any more,
//! for who acknowledges must have seen the announcement. Judges no answer.

use grace_domain::core::digest::Digest;
use grace_domain::crypto::checkpoint::Checkpoint;
use grace_domain::crypto::merkle::Frontier;
use grace_domain::handshake::event::HandshakeEvent;
use grace_domain::log::{Entry, Event};

/// The roots of some consecutive sizes.
#[derive(Debug, Default)]
pub(crate) struct Heads {
    /// Size of the tree that has the first of these roots.
    first: u64,
    roots: Vec<Digest>,
}

impl Heads {
    /// Takes in the tree that ends with this entry, from the first announcement on.
    pub(crate) fn grow(&mut self, tree: &Frontier, entry: &Entry) {
        if self.roots.is_empty() {
            if !announces(entry) {
                return;
            }
            self.first = tree.size();
        }
        self.roots.push(tree.root());
    }

    /// No handshake is announced any more.
    pub(crate) fn forget(&mut self) {
        self.roots = Vec::new();
    }

    /// Whether this log begins with what the checkpoint says; `None` where its root of that size is not held.
    pub(crate) fn begin_with(&self, checkpoint: &Checkpoint) -> Option<bool> {
        let at = usize::try_from(checkpoint.size.checked_sub(self.first)?).ok()?;
        self.roots.get(at).map(|root| *root == checkpoint.root)
    }
}

/// Whether an entry announces a handshake.
pub(crate) fn announces(entry: &Entry) -> bool {
    matches!(entry.event, Event::Handshake(_, HandshakeEvent::Announced { .. }))
}
