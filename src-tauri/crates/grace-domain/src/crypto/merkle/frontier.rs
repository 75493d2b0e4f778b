//! The frontier: the roots of the complete subtrees that a growing tree is made of. O(log n) of them suffice to
//! append and to know the root.

use super::node::{NodeId, empty_root, fold_right, node_hash};
use crate::core::digest::Digest;

/// The right edge of a tree of `size` leaves: one node per set bit of `size`, from the largest subtree to the smallest.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Frontier {
    size: u64,
    nodes: Vec<Digest>,
}

/// Stored nodes that cannot be the frontier of a tree of the stored size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a tree of {size} leaves has a frontier of {expected} nodes; found {found}")]
pub struct FrontierError {
    /// Leaves of the tree.
    pub size: u64,
    /// Nodes that its frontier has.
    pub expected: usize,
    /// Nodes that were given.
    pub found: usize,
}

impl Frontier {
    /// The frontier of the empty tree.
    pub fn new() -> Self {
        Self::default()
    }

    /// Resumes a stored frontier, nodes from the largest subtree to the smallest.
    pub fn from_parts(size: u64, nodes: Vec<Digest>) -> Result<Self, FrontierError> {
        let expected = size.count_ones() as usize;
        if nodes.len() == expected {
            Ok(Self { size, nodes })
        } else {
            Err(FrontierError { size, expected, found: nodes.len() })
        }
    }

    /// Leaves of the tree.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The nodes, from the largest subtree to the smallest.
    pub fn nodes(&self) -> &[Digest] {
        &self.nodes
    }

    /// Appends a leaf, given by its [`leaf_hash`](super::leaf_hash).
    pub fn push(&mut self, leaf: Digest) {
        self.push_with(leaf, |_, _| {});
    }

    /// Appends a leaf and reports each node that it completes, the leaf itself (level 0) first: exactly the nodes
    /// that a store keeps to answer proofs later.
    pub fn push_with(&mut self, leaf: Digest, mut completed: impl FnMut(NodeId, Digest)) {
        let index = self.size;
        self.size = index.checked_add(1).expect("invariant: no log reaches 2^64 entries");
        let mut node = leaf;
        completed(NodeId { level: 0, index }, node);
        // The trailing ones of the old size are the subtrees that the new leaf completes, smallest first.
        for level in 1..=index.trailing_ones() {
            let left = self.nodes.pop().expect("invariant: one node per set bit of the size");
            node = node_hash(&left, &node);
            let level = u8::try_from(level).expect("invariant: a u64 has at most 64 trailing ones");
            completed(NodeId { level, index: index >> level }, node);
        }
        self.nodes.push(node);
    }

    /// The root of the tree; of the empty tree, SHA-256 of nothing.
    pub fn root(&self) -> Digest {
        fold_right(self.nodes.iter().copied()).unwrap_or_else(empty_root)
    }
}
