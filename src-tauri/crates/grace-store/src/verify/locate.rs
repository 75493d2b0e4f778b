//! Where a difference lies: rows one by one, and the first group whose signature no longer fits.
//!
//! Never recomputes from the beginning: each row is checked against its own stored neighbours, so one edited row is
//! one break and not as many as it has ancestors.

use std::collections::BTreeMap;

use grace_domain::core::digest::Digest;
use grace_domain::crypto::checkpoint::Checkpoint;
use grace_domain::crypto::merkle::{self, NodeId};

use super::breaks::Breaks;
use super::run::{Suspect, stored_leaf};
use sqlx::sqlite::SqliteRow;
use sqlx::{FromRow, Row as _};

use crate::db::{from_sql_int, sql_int};
use crate::entry_head::EntryHead;
use crate::reader::{ReadError, Reader};
use crate::{marks, tree};

/// A row of `leaves`.
struct Leaf {
    seq: i64,
    hashes: Vec<u8>,
    subject: String,
    kind: String,
    at: i64,
}

impl FromRow<'_, SqliteRow> for Leaf {
    fn from_row(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            seq: row.try_get("seq")?,
            hashes: row.try_get("hashes")?,
            subject: row.try_get("subject")?,
            kind: row.try_get("kind")?,
            at: row.try_get("at")?,
        })
    }
}

/// Looks at the rows of a run one by one.
pub(super) async fn rows(reader: &Reader, suspect: &Suspect, breaks: &mut Breaks) -> Result<(), ReadError> {
    let (from, to) = (suspect.from, suspect.to);
    let entries: BTreeMap<u64, &[u8]> = suspect.run.entries.iter().collect();
    let leaves: Vec<Leaf> = sqlx::query_as(
        "SELECT seq, hashes, subject, type AS kind, at FROM leaves WHERE seq >= ? AND seq < ? ORDER BY seq",
    )
    .bind(sql_int(from))
    .bind(sql_int(to))
    .fetch_all(reader.pool())
    .await?;
    let blocks = tree::blocks(from, to);
    let branches: Vec<(i64, Vec<u8>)> =
        sqlx::query_as("SELECT block, hashes FROM branches WHERE block >= ? AND block < ?")
            .bind(sql_int(blocks.start))
            .bind(sql_int(blocks.end))
            .fetch_all(reader.pool())
            .await?;
    let branches: BTreeMap<i64, Vec<u8>> = branches.into_iter().collect();
    let leaves: BTreeMap<i64, Leaf> = leaves.into_iter().map(|leaf| (leaf.seq, leaf)).collect();
    for seq in from..to {
        if breaks.full() {
            break;
        }
        let stored = leaves.get(&sql_int(seq));
        if stored.is_none() {
            breaks.add(Some(seq), "its leaf is missing");
        }
        if let Some(leaf) = stored {
            let mut nodes = leaf.hashes.clone();
            if tree::completed_by(seq) * 32 > tree::leaf_row_bytes(seq) {
                nodes.extend_from_slice(
                    branches.get(&sql_int(tree::block_of(seq))).map_or(&[], Vec::as_slice),
                );
            }
            if let Some(reason) = nodes_differ(reader, seq, &nodes).await? {
                breaks.add(Some(seq), reason);
            }
        }
        let Some(bytes) = entries.get(&seq) else {
            breaks.add(Some(seq), "the entry is missing");
            continue;
        };
        if let Some(leaf) = stored {
            if stored_leaf(&leaf.hashes).is_some_and(|stored| stored != merkle::leaf_hash(bytes)) {
                breaks.add(Some(seq), "the entry's bytes are not the ones whose hash is in the tree");
            }
            if let Some(reason) = index_differs(bytes, leaf) {
                breaks.add(Some(seq), reason);
            }
        }
    }
    Ok(())
}

/// Checks each inner node that `seq` completes against its two stored children.
async fn nodes_differ(reader: &Reader, seq: u64, stored: &[u8]) -> Result<Option<String>, ReadError> {
    let expected = tree::completed_by(seq) * 32;
    if stored.len() != expected {
        return Ok(Some(format!("its tree nodes have {} bytes instead of {expected}", stored.len())));
    }
    let Some(own) = tree::hashes(stored) else {
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

fn index_differs(bytes: &[u8], leaf: &Leaf) -> Option<String> {
    let head = match EntryHead::read(bytes) {
        Ok(head) => head,
        Err(reason) => return Some(format!("the entry's bytes are no entry: {reason}")),
    };
    if leaf.subject != head.subject {
        return Some(format!("the index has the subject {:?}, the entry {:?}", leaf.subject, head.subject));
    }
    if leaf.kind != head.kind {
        return Some(format!("the index has the type {:?}, the entry {:?}", leaf.kind, head.kind));
    }
    (leaf.at != head.at.millis()).then(|| "the index has another time than the entry".to_owned())
}

/// How far the signatures of the groups reach: the largest size whose mark fits, and the smallest whose mark does not.
///
/// `bad` is a size that is known not to fit. A binary search: once an entry differs, no later root fits.
pub(super) async fn signed_up_to(
    reader: &Reader,
    end: u64,
    bad: Option<u64>,
) -> Result<(u64, Option<u64>), ReadError> {
    let origin = reader.vkey().name();
    let (mut good, mut bad) = (0, bad);
    while let Some((at, mark)) = mark_between(reader, good, bad.unwrap_or(end)).await? {
        let checkpoint = Checkpoint { origin: origin.to_owned(), size: at, root: reader.root_at(at).await? };
        if marks::verify(&checkpoint, reader.vkey().public(), &mark) {
            good = at;
        } else {
            bad = Some(at);
        }
    }
    Ok((good, bad))
}

/// The mark of a size strictly between two, near their middle. A mark stands in the row of the entry that follows it.
async fn mark_between(reader: &Reader, low: u64, high: u64) -> Result<Option<(u64, Vec<u8>)>, ReadError> {
    let middle = low + high.saturating_sub(low) / 2;
    let below: Option<(i64, Vec<u8>)> = sqlx::query_as(
        "SELECT seq, mark FROM leaves WHERE seq > ? AND seq <= ? AND seq < ? AND mark IS NOT NULL
         ORDER BY seq DESC LIMIT 1",
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
                "SELECT seq, mark FROM leaves WHERE seq > ? AND seq < ? AND mark IS NOT NULL ORDER BY seq LIMIT 1",
            )
            .bind(sql_int(middle))
            .bind(sql_int(high))
            .fetch_optional(reader.pool())
            .await?
        }
    };
    found.map(|(size, mark)| Ok((from_sql_int(size)?, mark))).transpose()
}
