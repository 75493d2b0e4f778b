//! The Merkle tree of the log (RFC 6962, section 2; the same tree in RFC 9162).
//!
//! Owns hashes, the frontier of a growing tree, proofs and their verification. Never holds the leaves and never
//! reads storage: whoever has the nodes offers them as a [`NodeSource`].

mod frontier;
mod proof;
mod verify;

pub use frontier::{Frontier, FrontierError};
pub use proof::{
    NodeId, NodeSource, consistency_nodes_needed, consistency_proof, frontier_nodes, inclusion_nodes_needed,
    inclusion_proof, root_of,
};
pub use verify::{verify_consistency, verify_inclusion};

use crate::core::digest::Digest;

/// Hash of a leaf: SHA-256(0x00 ‖ bytes).
pub fn leaf_hash(bytes: &[u8]) -> Digest {
    Digest::of_parts(&[&[0x00], bytes])
}

/// Hash of an inner node: SHA-256(0x01 ‖ left ‖ right).
pub fn node_hash(left: &Digest, right: &Digest) -> Digest {
    Digest::of_parts(&[&[0x01], left.as_bytes(), right.as_bytes()])
}

/// Root of the tree without leaves: SHA-256 of nothing.
pub fn empty_root() -> Digest {
    Digest::of(b"")
}

/// The root over neighbouring complete subtrees, given from left (largest) to right; `None` for no subtree.
fn fold_right(mut peaks: impl DoubleEndedIterator<Item = Digest>) -> Option<Digest> {
    let last = peaks.next_back()?;
    Some(peaks.rfold(last, |right, left| node_hash(&left, &right)))
}
