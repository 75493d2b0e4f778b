//! One run of entries, checked whole: hash, tree, nodes and index compared as concatenations.
//!
//! Owns the fast path. Never says where a difference lies: [`super::locate`] looks at the rows one by one.

use std::ops::Range;

use grace_domain::core::digest::Digest;
use grace_domain::crypto::merkle;

use super::walk::Walk;
use crate::entry_head::EntryHead;
use crate::packed::{self, FIELD, PackedRun, RECORD};
use crate::reader::Reader;
use crate::tree::{self, StoredNodes};

/// What the database says of entries `from..to`.
pub(super) struct Fetched {
    pub(super) from: u64,
    pub(super) to: u64,
    data: Result<PackedRun, sqlx::Error>,
}

impl Fetched {
    pub(super) fn bytes(&self) -> u64 {
        self.data.as_ref().map_or(0, |run| run.entries.bytes.len() as u64)
    }

    /// Whether none of these entries is there.
    pub(super) fn is_gap(&self) -> bool {
        self.data.as_ref().is_ok_and(|run| run.entries.ends.is_empty())
    }
}

pub(super) async fn fetch(reader: &Reader, from: u64, to: u64) -> Fetched {
    Fetched { from, to, data: packed::run(reader.pool(), from, to).await }
}

/// A run in which something differs, with what is needed to find it.
pub(super) struct Suspect {
    pub(super) from: u64,
    pub(super) to: u64,
    pub(super) run: PackedRun,
}

impl Walk {
    /// Checks a run. The rows of a suspect one are to be looked at one by one.
    pub(super) fn take(mut self, fetched: Fetched) -> (Self, Option<Suspect>) {
        let Fetched { from, to, data } = fetched;
        let run = match data {
            Ok(data) => data,
            Err(error) => {
                self.breaks.add(Some(from), format!("entries {from} to {} cannot be read: {error}", to - 1));
                return (self, None);
            }
        };
        let mut nodes = StoredNodes::default();
        let mut expected_index = Vec::with_capacity(run.index.len());
        let mut expected = from;
        let mut fits = true;
        for (seq, bytes) in run.entries.iter() {
            fits &= seq == expected;
            // The rest of the tree can still be compared if the missing entries' own hashes are.
            self.bridge(expected..seq, &run, from, &mut nodes);
            expected = seq + 1;
            self.read += 1;
            self.push(merkle::leaf_hash(bytes), &mut nodes);
            match EntryHead::read(bytes) {
                Ok(head) => {
                    self.belongs(seq, &head.subject);
                    push_index_row(&mut expected_index, seq, &head);
                }
                Err(_) => fits = false,
            }
        }
        fits &= expected == to;
        self.bridge(expected..to, &run, from, &mut nodes);
        fits &= run.has_nodes(from, to, &nodes) && expected_index == run.index;
        (self, (!fits).then_some(Suspect { from, to, run }))
    }

    /// Takes the stored leaf hashes of missing entries in their place.
    fn bridge(&mut self, missing: Range<u64>, run: &PackedRun, from: u64, nodes: &mut StoredNodes) {
        for seq in missing {
            // Rows have known lengths, so a complete concatenation can be cut by arithmetic.
            let before: usize = (from..seq).map(tree::leaf_row_bytes).sum();
            let leaf = run.nodes.leaves.get(before..).and_then(stored_leaf);
            self.push(leaf.unwrap_or_else(merkle::empty_root), nodes);
        }
    }
}

/// The index row of an entry in the form of [`packed::run`].
fn push_index_row(out: &mut Vec<u8>, seq: u64, head: &EntryHead<'_>) {
    use std::io::Write as _;
    write!(out, "{seq}").expect("invariant: writing to a Vec does not fail");
    for field in [head.subject.as_bytes(), head.kind.as_bytes()] {
        out.push(FIELD);
        out.extend_from_slice(field);
    }
    out.push(FIELD);
    write!(out, "{}", head.at.millis()).expect("invariant: writing to a Vec does not fail");
    out.push(RECORD);
}

/// The leaf hash that a stored row of nodes begins with.
pub(super) fn stored_leaf(hashes: &[u8]) -> Option<Digest> {
    hashes.first_chunk::<32>().map(|leaf| Digest::from_bytes(*leaf))
}
