//! Verification of proofs, by the bitwise algorithms of RFC 9162 (sections 2.1.3.2 and 2.1.4.2). Shares no code with
//! the making of proofs beyond the node hash, so that one fault does not hide in both.

use super::node::{empty_root, node_hash};
use crate::core::digest::Digest;
use crate::core::limits;

/// Whether `proof` shows that the leaf with hash `leaf` stands at `index` in the tree of `size` leaves with `root`.
pub fn verify_inclusion(leaf: Digest, index: u64, size: u64, proof: &[Digest], root: &Digest) -> bool {
    if index >= size || proof.len() > limits::PROOF_NODES {
        return false;
    }
    let mut walk = Walk { node: index, last: size - 1 };
    let mut hash = leaf;
    for sibling in proof {
        if walk.last == 0 {
            return false;
        }
        if walk.sibling_is_left() {
            hash = node_hash(sibling, &hash);
        } else {
            hash = node_hash(&hash, sibling);
        }
        walk.up();
    }
    walk.last == 0 && hash == *root
}

/// Whether `proof` shows that the tree of `n` leaves with `root_n` continues the tree of `m` leaves with `root_m`.
///
/// The empty tree has its fixed root and needs no proof; neither do equal sizes, whose roots must be equal.
pub fn verify_consistency(m: u64, root_m: &Digest, n: u64, root_n: &Digest, proof: &[Digest]) -> bool {
    if m > n || proof.len() > limits::PROOF_NODES {
        return false;
    }
    if m == n {
        return proof.is_empty() && root_m == root_n && (m != 0 || *root_m == empty_root());
    }
    if m == 0 {
        return proof.is_empty() && *root_m == empty_root();
    }
    // A complete old tree is itself a node of the new one; the proof leaves it out.
    let (first, rest) = if m.is_power_of_two() {
        (root_m, proof)
    } else {
        match proof.split_first() {
            Some(split) => split,
            None => return false,
        }
    };
    let mut walk = Walk { node: m - 1, last: n - 1 };
    while walk.node & 1 == 1 {
        walk.shift();
    }
    let (mut old, mut new) = (*first, *first);
    for sibling in rest {
        if walk.last == 0 {
            return false;
        }
        if walk.sibling_is_left() {
            old = node_hash(sibling, &old);
            new = node_hash(sibling, &new);
        } else {
            new = node_hash(&new, sibling);
        }
        walk.up();
    }
    walk.last == 0 && old == *root_m && new == *root_n
}

/// `fn` and `sn` of RFC 9162: the position of the node at hand and of the last node, both on the same level.
struct Walk {
    node: u64,
    last: u64,
}

impl Walk {
    fn sibling_is_left(&self) -> bool {
        self.node & 1 == 1 || self.node == self.last
    }

    /// To the level where the next node of the proof joins.
    fn up(&mut self) {
        if self.sibling_is_left() {
            // The last node of a level without a right neighbour rises until it is a right child.
            while self.node & 1 == 0 && self.node != 0 {
                self.shift();
            }
        }
        self.shift();
    }

    fn shift(&mut self) {
        self.node >>= 1;
        self.last >>= 1;
    }
}
