//! The Merkle tree on disk: where a node lies, and fetching the O(log n) nodes of a proof with one query.
//!
//! Owns the arithmetic between [`NodeId`] and the columns `hashes`. Never hashes: that is the domain's.
//!
//! Leaf N completes `trailing_ones(N) + 1` subtrees. Those below level 7 lie, from the leaf up, in row N of `leaves`; the
//! others, in the same order, in row N/128 of `branches`. So the node at `level` and `index` lies in the row of its last
//! leaf (or last block of 128), at 32 bytes for each level below it in that row.

use std::collections::BTreeMap;
use std::ops::Range;

use grace_domain::core::digest::Digest;
use grace_domain::crypto::merkle::{Frontier, NodeId};
use sqlx::SqliteExecutor;

/// Level of the subtrees over one block, the first that lie in `branches`.
const BLOCK_LEVEL: u8 = 7;

/// Nodes in their stored form: both columns, rows one after the other.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct StoredNodes {
    pub(crate) leaves: Vec<u8>,
    pub(crate) branches: Vec<u8>,
}

/// The row and the place in it of a node; `None` for a node beyond any possible log.
fn place(id: NodeId) -> Option<(u64, u8)> {
    let level = if id.level < BLOCK_LEVEL { id.level } else { id.level - BLOCK_LEVEL };
    let end = id.index.checked_add(1)?;
    let row = end.checked_shl(u32::from(level)).filter(|row| row >> level == end)? - 1;
    (row < 1 << 56).then_some((row, level))
}

/// Appends `leaf` to `frontier` and the nodes that it completes to `nodes`.
pub(crate) fn push(frontier: &mut Frontier, leaf: Digest, nodes: &mut StoredNodes) {
    // `push_with` reports the leaf first and then upwards: exactly the order in the rows.
    frontier.push_with(leaf, |id, digest| {
        let row = if id.level < BLOCK_LEVEL { &mut nodes.leaves } else { &mut nodes.branches };
        row.extend_from_slice(digest.as_bytes());
    });
}

/// Bytes of `hashes` in the row of leaf `seq`.
pub(crate) fn leaf_row_bytes(seq: u64) -> usize {
    32 * (seq.trailing_ones().min(u32::from(BLOCK_LEVEL) - 1) as usize + 1)
}

/// Nodes that leaf `seq` completes, itself included.
pub(crate) fn completed_by(seq: u64) -> usize {
    seq.trailing_ones() as usize + 1
}

/// The block that leaf `seq` is in.
pub(crate) fn block_of(seq: u64) -> u64 {
    seq >> BLOCK_LEVEL
}

/// The blocks that are complete after `to` leaves and were not after `from`.
pub(crate) fn blocks(from: u64, to: u64) -> Range<u64> {
    block_of(from)..block_of(to)
}

/// Nodes by one parameter, the text of [`wanted`]: their hashes, concatenated in that order. A missing row or level makes
/// the answer shorter than requested.
pub(crate) const SELECT_WANTED: &str = "SELECT group_concat(CASE j.value % 2
       WHEN 0 THEN (SELECT substr(hashes, j.value / 2 % 64 * 32 + 1, 32) FROM leaves WHERE seq = j.value / 128)
       ELSE (SELECT substr(hashes, j.value / 2 % 64 * 32 + 1, 32) FROM branches WHERE block = j.value / 128)
     END, '') FROM json_each(?) AS j";

/// Names nodes for [`SELECT_WANTED`]; `None` when one lies beyond any possible log.
pub(crate) fn wanted(ids: &[NodeId]) -> Option<String> {
    let mut wanted = String::from("[");
    for id in ids {
        let (row, level) = place(*id)?;
        if wanted.len() > 1 {
            wanted.push(',');
        }
        // Row, level and table in one number, which the query takes apart again.
        let number = row * 128 + u64::from(level) * 2 + u64::from(id.level >= BLOCK_LEVEL);
        wanted.push_str(&number.to_string());
    }
    wanted.push(']');
    Some(wanted)
}

/// Cuts the answer of [`SELECT_WANTED`]; `None` when a node is missing.
pub(crate) fn found(ids: &[NodeId], bytes: &[u8]) -> Option<Vec<Digest>> {
    hashes(bytes).filter(|found| found.len() == ids.len())
}

/// Fetches nodes by one query; `None` when one of them is not there.
pub(crate) async fn fetch(
    db: impl SqliteExecutor<'_>,
    ids: &[NodeId],
) -> Result<Option<BTreeMap<NodeId, Digest>>, sqlx::Error> {
    if ids.is_empty() {
        return Ok(Some(BTreeMap::new()));
    }
    let Some(wanted) = wanted(ids) else { return Ok(None) };
    let bytes: Option<Vec<u8>> = sqlx::query_scalar(SELECT_WANTED).bind(wanted).fetch_one(db).await?;
    let found = found(ids, &bytes.unwrap_or_default());
    Ok(found.map(|found| ids.iter().copied().zip(found).collect()))
}

/// Cuts concatenated hashes; `None` when they do not come out even.
pub(crate) fn hashes(bytes: &[u8]) -> Option<Vec<Digest>> {
    let (chunks, rest) = bytes.as_chunks::<32>();
    rest.is_empty().then(|| chunks.iter().map(|chunk| Digest::from_bytes(*chunk)).collect())
}
