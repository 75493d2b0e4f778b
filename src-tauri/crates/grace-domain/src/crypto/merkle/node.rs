//! Hashes of the tree, and where its nodes come from. Owns what a hash is made of; never walks the tree.

use crate::core::digest::Digest;
use std::collections::BTreeMap;

/// Names the root of a complete subtree: leaves `index·2^level` up to, not including, `(index+1)·2^level`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId {
    /// Height above the leaves; a leaf hash has level 0.
    pub level: u8,
    /// Position among the nodes of its level, from 0 at the left.
    pub index: u64,
}

/// Where the nodes of complete subtrees come from. `None` means that the node is not (or no longer) there: no
/// proof is made then.
pub trait NodeSource {
    /// The hash of the complete subtree `index` at `level`.
    fn node(&self, level: u8, index: u64) -> Option<Digest>;
}

impl NodeSource for BTreeMap<NodeId, Digest> {
    fn node(&self, level: u8, index: u64) -> Option<Digest> {
        self.get(&NodeId { level, index }).copied()
    }
}

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
pub(super) fn fold_right(mut peaks: impl DoubleEndedIterator<Item = Digest>) -> Option<Digest> {
    let last = peaks.next_back()?;
    Some(peaks.rfold(last, |right, left| node_hash(&left, &right)))
}
