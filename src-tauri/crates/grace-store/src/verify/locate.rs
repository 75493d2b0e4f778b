//! Where a difference lies: rows one by one, and the first group whose signature no longer fits.
//!
//! Never recomputes from the beginning: each row is checked against its own stored neighbours, so one edited row is
//! one break and not as many as it has ancestors.

use std::collections::BTreeMap;
use std::ops::Range;

use grace_domain::checkpoint::Checkpoint;
use grace_domain::digest::Digest;
use grace_domain::merkle::{self, NodeId};

use super::Breaks;
use super::run::{Suspect, stored_leaf};
use crate::db::{from_sql_int, sql_int};
use crate::entry_head::EntryHead;
use crate::reader::{ReadError, Reader};
use crate::{marks, packed, tree};

/// Looks at the rows of a run one by one.
pub(super) async fn rows(reader: &Reader, suspect: &Suspect, breaks: &mut Breaks) -> Result<(), ReadError> {
    let (from, to) = (suspect.from, suspect.to);
    let entries: BTreeMap<u64, &[u8]> = suspect.run.entries.iter().collect();
    let nodes: Vec<(i64, Vec<u8>)> =
        sqlx::query_as("SELECT seq, hashes FROM nodes WHERE seq >= ? AND seq < ? ORDER BY seq")
            .bind(sql_int(from))
            .bind(sql_int(to))
            .fetch_all(reader.pool())
            .await?;
    let nodes: BTreeMap<i64, Vec<u8>> = nodes.into_iter().collect();
    let index: Vec<(i64, String, String, i64)> = sqlx::query_as(
        "SELECT seq, subject, type, at FROM entry_index WHERE seq >= ? AND seq < ? ORDER BY seq",
    )
    .bind(sql_int(from))
    .bind(sql_int(to))
    .fetch_all(reader.pool())
    .await?;
    let index: BTreeMap<i64, (String, String, i64)> =
        index.into_iter().map(|(seq, s, t, at)| (seq, (s, t, at))).collect();
    for seq in from..to {
        if breaks.full() {
            break;
        }
        let stored = nodes.get(&sql_int(seq));
        match stored {
            None => breaks.add(Some(seq), "its tree nodes are missing"),
            Some(hashes) => {
                if let Some(reason) = nodes_differ(reader, seq, hashes).await? {
                    breaks.add(Some(seq), reason);
                }
            }
        }
        let Some(bytes) = entries.get(&seq) else {
            breaks.add(Some(seq), "the entry is missing");
            continue;
        };
        let leaf = stored.and_then(|hashes| stored_leaf(hashes));
        if leaf.is_some_and(|leaf| leaf != merkle::leaf_hash(bytes)) {
            breaks.add(Some(seq), "the entry's bytes are not the ones whose hash is in the tree");
        }
        if let Some(reason) = index_differs(bytes, index.get(&sql_int(seq))) {
            breaks.add(Some(seq), reason);
        }
    }
    Ok(())
}

/// Checks each inner node of a row against its two stored children.
async fn nodes_differ(reader: &Reader, seq: u64, stored: &[u8]) -> Result<Option<String>, ReadError> {
    if stored.len() != tree::row_bytes(seq) {
        return Ok(Some(format!(
            "its tree nodes have {} bytes instead of {}",
            stored.len(),
            tree::row_bytes(seq)
        )));
    }
    let Some(own) = packed::hashes(stored) else {
        return Ok(Some("its tree nodes are no hashes".to_owned()));
    };
    let left: Vec<NodeId> = (1u8..)
        .take(own.len() - 1)
        .map(|level| NodeId { level: level - 1, index: (seq >> level) << 1 })
        .collect();
    let Some(left) = tree::fetch(reader.pool(), &left).await? else {
        return Ok(Some("tree nodes below it are missing".to_owned()));
    };
    // Ordered by level, as the row itself is.
    for ((child, left), pair) in left.iter().zip(own.windows(2)) {
        let expected: Digest = merkle::node_hash(left, &pair[0]);
        if expected != pair[1] {
            return Ok(Some(format!(
                "its tree node of level {} is not the hash of its children",
                child.level + 1
            )));
        }
    }
    Ok(None)
}

fn index_differs(bytes: &[u8], row: Option<&(String, String, i64)>) -> Option<String> {
    let head = match EntryHead::read(bytes) {
        Ok(head) => head,
        Err(reason) => return Some(format!("the entry's bytes are no entry: {reason}")),
    };
    let Some((subject, kind, at)) = row else { return Some("its index row is missing".to_owned()) };
    if *subject != head.subject {
        return Some(format!("its index row has the subject {subject:?}, the entry {:?}", head.subject));
    }
    if *kind != head.kind {
        return Some(format!("its index row has the type {kind:?}, the entry {:?}", head.kind));
    }
    if *at != head.at.millis() {
        return Some("its index row has another time than the entry".to_owned());
    }
    None
}

/// The entries of the first group whose mark does not fit the stored tree; `None` when every mark up to `size` fits.
///
/// A binary search: once an entry differs, no later root fits. What follows the last mark is nobody's group, and so
/// neither signed nor suspect here.
pub(super) async fn first_unsigned(reader: &Reader, size: u64) -> Result<Option<Range<u64>>, ReadError> {
    let origin = reader.vkey().name();
    let (mut good, mut bad) = (0, size.saturating_add(1));
    while let Some((at, signature)) = mark_between(reader, good, bad).await? {
        let checkpoint = Checkpoint { origin: origin.to_owned(), size: at, root: reader.root_at(at).await? };
        if marks::verify(&checkpoint, reader.vkey().public(), &signature) {
            good = at;
        } else {
            bad = at;
        }
    }
    Ok((bad <= size).then_some(good..bad))
}

/// A mark strictly between two sizes, near their middle.
async fn mark_between(reader: &Reader, low: u64, high: u64) -> Result<Option<(u64, Vec<u8>)>, ReadError> {
    let middle = low + (high - low) / 2;
    let below: Option<(i64, Vec<u8>)> = sqlx::query_as(
        "SELECT size, signature FROM marks WHERE size > ? AND size <= ? AND size < ? ORDER BY size DESC LIMIT 1",
    )
    .bind(sql_int(low))
    .bind(sql_int(middle))
    .bind(sql_int(high))
    .fetch_optional(reader.pool())
    .await?;
    let found = match below {
        Some(found) => Some(found),
        None => {
            sqlx::query_as(
                "SELECT size, signature FROM marks WHERE size > ? AND size < ? ORDER BY size LIMIT 1",
            )
            .bind(sql_int(middle))
            .bind(sql_int(high))
            .fetch_optional(reader.pool())
            .await?
        }
    };
    found.map(|(size, signature)| Ok((from_sql_int(size)?, signature))).transpose()
}
