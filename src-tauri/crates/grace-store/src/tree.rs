//! The Merkle tree on disk: where a node lies, and fetching the O(log n) nodes of a proof with one query.
//!
//! Owns the arithmetic between [`NodeId`] and `nodes.hashes`. Never hashes: that is the domain's.
//!
//! Leaf N completes `trailing_ones(N) + 1` subtrees, which lie from the leaf up in row N. So the node at `level` and
//! `index` lies in the row of its last leaf, at offset 32·level.

use std::collections::BTreeMap;

use grace_domain::digest::Digest;
use grace_domain::merkle::{Frontier, NodeId};
use sqlx::SqliteExecutor;

/// The row of `nodes` in which a node lies; `None` for a node beyond any possible log.
fn row_of(id: NodeId) -> Option<u64> {
    let end = id.index.checked_add(1)?;
    let shifted = end.checked_shl(u32::from(id.level))?;
    (shifted >> id.level == end).then(|| shifted - 1)
}

/// Appends `leaf` to `frontier` and its completed nodes to `row`, in the form of `nodes.hashes`.
pub(crate) fn push(frontier: &mut Frontier, leaf: Digest, row: &mut Vec<u8>) {
    // `push_with` reports the leaf first and then upwards: exactly the order in the row.
    frontier.push_with(leaf, |_, digest| row.extend_from_slice(digest.as_bytes()));
}

/// Bytes of the `nodes` row of leaf `seq`.
pub(crate) fn row_bytes(seq: u64) -> usize {
    32 * (seq.trailing_ones() as usize + 1)
}

/// Fetches nodes by one query; `None` when one of them is not there.
pub(crate) async fn fetch(
    db: impl SqliteExecutor<'_>,
    ids: &[NodeId],
) -> Result<Option<BTreeMap<NodeId, Digest>>, sqlx::Error> {
    if ids.is_empty() {
        return Ok(Some(BTreeMap::new()));
    }
    let mut wanted = String::from("[");
    for id in ids {
        let Some(row) = row_of(*id).filter(|row| *row < 1 << 56) else { return Ok(None) };
        if wanted.len() > 1 {
            wanted.push(',');
        }
        // Row and level in one number; both fit, and the query below takes them apart again.
        wanted.push_str(&(row * 64 + u64::from(id.level)).to_string());
    }
    wanted.push(']');
    // CROSS JOIN keeps the order of the list; a missing row or level makes the answer shorter than asked for.
    let bytes: Option<Vec<u8>> = sqlx::query_scalar(
        "SELECT group_concat(substr(n.hashes, j.value % 64 * 32 + 1, 32), '')
         FROM json_each(?1) AS j CROSS JOIN nodes AS n ON n.seq = j.value / 64",
    )
    .bind(wanted)
    .fetch_one(db)
    .await?;
    let found = crate::packed::hashes(&bytes.unwrap_or_default()).unwrap_or_default();
    if found.len() != ids.len() {
        return Ok(None);
    }
    Ok(Some(ids.iter().copied().zip(found).collect()))
}
