//! Proofs, made from stored nodes. Which nodes are needed is known beforehand, so that a store can fetch the
//! O(log n) of them with one query.

use super::node::{NodeId, NodeSource, empty_root, fold_right};
use crate::core::digest::Digest;

/// Leaves `start` up to, not including, `end`; `start` is aligned as in the recursion of RFC 6962.
#[derive(Clone, Copy)]
struct Span {
    start: u64,
    end: u64,
}

impl Span {
    fn width(self) -> u64 {
        self.end - self.start
    }

    /// Where RFC 6962 splits: after the largest power of two of leaves smaller than the width (which is at least 2).
    fn split(self) -> u64 {
        self.start + (1 << (u64::BITS - 1 - (self.width() - 1).leading_zeros()))
    }

    /// The complete subtrees of the span, largest first.
    fn nodes(self) -> impl DoubleEndedIterator<Item = NodeId> {
        let width = self.width();
        (0u8..64).rev().filter(move |level| width >> level & 1 == 1).map(move |level| {
            // Bits of the width above `level` are the leaves of the larger subtrees, which stand to the left.
            let before = (width >> level & !1) << level;
            NodeId { level, index: (self.start + before) >> level }
        })
    }

    fn hash(self, source: &impl NodeSource) -> Option<Digest> {
        let nodes = self.nodes().map(|id| source.node(id.level, id.index)).collect::<Option<Vec<_>>>()?;
        fold_right(nodes.into_iter())
    }
}

/// The audit path of `index` in a tree of `size` leaves (RFC 6962, section 2.1.1), as spans from leaf to root.
fn inclusion_spans(index: u64, size: u64) -> Option<Vec<Span>> {
    if index >= size {
        return None;
    }
    let mut spans = Vec::new();
    let mut here = Span { start: 0, end: size };
    while here.width() > 1 {
        let middle = here.split();
        let (left, right) = (Span { end: middle, ..here }, Span { start: middle, ..here });
        let (inner, sibling) = if index < middle { (left, right) } else { (right, left) };
        spans.push(sibling);
        here = inner;
    }
    spans.reverse();
    Some(spans)
}

/// The consistency proof from `m` to `n` leaves (RFC 6962, section 2.1.2), as spans.
fn consistency_spans(m: u64, n: u64) -> Option<Vec<Span>> {
    if m > n {
        return None;
    }
    if m == 0 || m == n {
        // Nothing to prove: every tree continues the empty one and itself.
        return Some(Vec::new());
    }
    let mut spans = Vec::new();
    let mut here = Span { start: 0, end: n };
    // While the old tree is a left part of what is left, the verifier knows its root.
    let mut verifier_knows = true;
    while m != here.end {
        let middle = here.split();
        if m <= middle {
            spans.push(Span { start: middle, ..here });
            here.end = middle;
        } else {
            spans.push(Span { end: middle, ..here });
            here.start = middle;
            verifier_knows = false;
        }
    }
    if !verifier_knows {
        spans.push(here);
    }
    spans.reverse();
    Some(spans)
}

fn nodes_of(spans: Vec<Span>) -> Vec<NodeId> {
    spans.into_iter().flat_map(Span::nodes).collect()
}

fn proof_of(spans: Vec<Span>, source: &impl NodeSource) -> Option<Vec<Digest>> {
    spans.into_iter().map(|span| span.hash(source)).collect()
}

/// The nodes that [`inclusion_proof`] reads; `None` when `index` is not in a tree of `size` leaves.
pub fn inclusion_nodes_needed(index: u64, size: u64) -> Option<Vec<NodeId>> {
    inclusion_spans(index, size).map(nodes_of)
}

/// The nodes that [`consistency_proof`] reads; `None` when `m > n`.
pub fn consistency_nodes_needed(m: u64, n: u64) -> Option<Vec<NodeId>> {
    consistency_spans(m, n).map(nodes_of)
}

/// The nodes of the frontier of a tree of `size` leaves, from the largest subtree to the smallest.
pub fn frontier_nodes(size: u64) -> Vec<NodeId> {
    Span { start: 0, end: size }.nodes().collect()
}

/// The audit path of leaf `index` in the tree of `size` leaves, from leaf to root.
pub fn inclusion_proof(source: &impl NodeSource, index: u64, size: u64) -> Option<Vec<Digest>> {
    proof_of(inclusion_spans(index, size)?, source)
}

/// The proof that the tree of `n` leaves continues the one of `m`. Empty for `m == 0` and `m == n`.
pub fn consistency_proof(source: &impl NodeSource, m: u64, n: u64) -> Option<Vec<Digest>> {
    proof_of(consistency_spans(m, n)?, source)
}

/// The root of the tree of `size` leaves.
pub fn root_of(source: &impl NodeSource, size: u64) -> Option<Digest> {
    if size == 0 { Some(empty_root()) } else { Span { start: 0, end: size }.hash(source) }
}
