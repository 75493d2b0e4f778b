//! The Merkle tree on disk: where a node lies, and fetching the O(log n) nodes of a proof with one query.
//!
//! Owns the arithmetic between [`NodeId`] and `leaves.hashes`. Never hashes: that is the domain's.
//!
//! Leaf N completes `trailing_ones(N) + 1` subtrees, which lie from the leaf up in row N. So the node at `level` and
//! `index` lies in the row of its last leaf, at offset 32·level.

use std::collections::BTreeMap;

use grace_domain::digest::Digest;
use grace_domain::merkle::{Frontier, NodeId};
use sqlx::SqliteExecutor;

/// The row of `leaves` in which a node lies; `None` for a node beyond any possible log.
fn row_of(id: NodeId) -> Option<u64> {
    let end = id.index.checked_add(1)?;
    let shifted = end.checked_shl(u32::from(id.level))?;
    (shifted >> id.level == end).then(|| shifted - 1)
}

/// Appends `leaf` to `frontier` and its completed nodes to `row`, in the form of `leaves.hashes`.
pub(crate) fn push(frontier: &mut Frontier, leaf: Digest, row: &mut Vec<u8>) {
    // `push_with` reports the leaf first and then upwards: exactly the order in the row.
    frontier.push_with(leaf, |_, digest| row.extend_from_slice(digest.as_bytes()));
}

/// Bytes of `hashes` in the row of leaf `seq`.
pub(crate) fn row_bytes(seq: u64) -> usize {
    32 * (seq.trailing_ones() as usize + 1)
}

/// Nodes by one parameter, the text of [`wanted`]: their hashes, concatenated in that order. A missing row or level makes
/// the answer shorter than asked for. CROSS JOIN keeps the order of the list.
pub(crate) const SELECT_WANTED: &str = "SELECT group_concat(substr(n.hashes, j.value % 64 * 32 + 1, 32), '')
     FROM json_each(?) AS j CROSS JOIN leaves AS n ON n.seq = j.value / 64";

/// Names nodes for [`SELECT_WANTED`]; `None` when one lies beyond any possible log.
pub(crate) fn wanted(ids: &[NodeId]) -> Option<String> {
    let mut wanted = String::from("[");
    for id in ids {
        let row = row_of(*id).filter(|row| *row < 1 << 56)?;
        if wanted.len() > 1 {
            wanted.push(',');
        }
        // Row and level in one number; both fit, and the query takes them apart again.
        wanted.push_str(&(row * 64 + u64::from(id.level)).to_string());
    }
    wanted.push(']');
    Some(wanted)
}

/// Cuts the answer of [`SELECT_WANTED`]; `None` when a node is missing.
pub(crate) fn found(ids: &[NodeId], bytes: &[u8]) -> Option<Vec<Digest>> {
    crate::packed::hashes(bytes).filter(|found| found.len() == ids.len())
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
