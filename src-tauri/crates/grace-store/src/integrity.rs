//! The examination at open: is this database the log that its signed head and its pin say it is?
//!
//! Owns the checks that cost O(log n); [`crate::verify`] does the rest. Never repairs.

use grace_domain::core::digest::Digest;
use grace_domain::crypto::checkpoint::{self, Checkpoint, SignedCheckpoint, Vkey};
use grace_domain::crypto::merkle;
use sqlx::sqlite::{SqliteConnection, SqliteExecutor, SqliteRow};
use sqlx::{FromRow, Row as _};

use crate::db::{from_sql_int, sql_int};
use crate::tree;

/// The head row as stored; nothing of it is believed yet.
#[derive(Debug)]
pub(crate) struct HeadRow {
    pub(crate) size: i64,
    pub(crate) root: Vec<u8>,
    pub(crate) note: String,
    pub(crate) epoch: i64,
}

impl FromRow<'_, SqliteRow> for HeadRow {
    fn from_row(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            size: row.try_get("size")?,
            root: row.try_get("root")?,
            note: row.try_get("note")?,
            epoch: row.try_get("epoch")?,
        })
    }
}

/// More openings than there can have been: one a second for as long as times can be written.
const EPOCH_MAX: i64 = 1 << 40;

/// A log that passed: its signed head and its frontier.
pub(crate) struct Examined {
    pub(crate) head: SignedCheckpoint,
    pub(crate) frontier: merkle::Frontier,
    pub(crate) epoch: i64,
}

pub(crate) async fn head_row(from: impl SqliteExecutor<'_>) -> Result<Option<HeadRow>, sqlx::Error> {
    sqlx::query_as("SELECT size, root, note, epoch FROM head WHERE id = 1").fetch_optional(from).await
}

/// Checks that the head row is a note of the log's key over its own size and root.
pub(crate) fn signed_head(row: &HeadRow, vkey: &Vkey) -> Result<SignedCheckpoint, String> {
    let checkpoint =
        checkpoint::verify(&row.note, vkey).map_err(|e| format!("the head's checkpoint: {e}"))?;
    if sql_int(checkpoint.size) != row.size || checkpoint.root.as_bytes().as_slice() != row.root {
        return Err("the head row and its checkpoint name different sizes or roots".to_owned());
    }
    Ok(SignedCheckpoint { checkpoint, text: row.note.clone() })
}

/// Checks the head against the stored tree and the pin. The outer error is the database's, the inner one says in words
/// what is broken.
pub(crate) async fn examine(
    conn: &mut SqliteConnection,
    vkey: &Vkey,
    pin: Option<&str>,
) -> Result<Result<Examined, String>, sqlx::Error> {
    let Some(row) = head_row(&mut *conn).await? else { return Ok(Err("the head row is missing".to_owned())) };
    let head = match signed_head(&row, vkey) {
        Ok(head) => head,
        Err(reason) => return Ok(Err(reason)),
    };
    if !(0..=EPOCH_MAX).contains(&row.epoch) {
        return Ok(Err(format!("the head counts {} openings: no world was opened that often", row.epoch)));
    }
    let size = head.checkpoint.size;
    if let Some(reason) = ends_differ(conn, size).await? {
        return Ok(Err(reason));
    }
    let ids = merkle::frontier_nodes(size);
    let Some(nodes) = tree::fetch(&mut *conn, &ids).await? else {
        return Ok(Err(format!("nodes of the tree of {size} entries are missing")));
    };
    let nodes = ids.iter().map(|id| nodes[id]).collect();
    let frontier = match merkle::Frontier::from_parts(size, nodes) {
        Ok(frontier) => frontier,
        Err(e) => return Ok(Err(e.to_string())),
    };
    if frontier.root() != head.checkpoint.root {
        return Ok(Err("the stored tree has another root than the signed head".to_owned()));
    }
    if let Err(reason) = last_entry_fits(conn, size).await? {
        return Ok(Err(reason));
    }
    if let Err(reason) = extends_pin(conn, &head.checkpoint, vkey, pin).await? {
        return Ok(Err(reason));
    }
    Ok(Ok(Examined { head, frontier, epoch: row.epoch }))
}

/// Where the tables of the log end: the last key + 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ends {
    pub(crate) entries: u64,
    pub(crate) leaves: u64,
    /// Counted in blocks.
    pub(crate) branches: u64,
}

pub(crate) async fn ends(conn: &mut SqliteConnection) -> Result<Ends, sqlx::Error> {
    let (entries, leaves, branches): (i64, i64, i64) = sqlx::query_as(
        "SELECT (SELECT coalesce(max(seq) + 1, 0) FROM entries),
                (SELECT coalesce(max(seq) + 1, 0) FROM leaves),
                (SELECT coalesce(max(block) + 1, 0) FROM branches)",
    )
    .fetch_one(conn)
    .await?;
    Ok(Ends {
        entries: from_sql_int(entries)?,
        leaves: from_sql_int(leaves)?,
        branches: from_sql_int(branches)?,
    })
}

/// Each table of the log must end where the head says.
async fn ends_differ(conn: &mut SqliteConnection, size: u64) -> Result<Option<String>, sqlx::Error> {
    let ends = ends(conn).await?;
    for (table, end) in [("entries", ends.entries), ("leaves", ends.leaves)] {
        if end != size {
            return Ok(Some(format!("the signed head says {size} entries, the {table} end after {end}")));
        }
    }
    let blocks = tree::block_of(size);
    Ok((ends.branches != blocks).then(|| {
        format!(
            "a tree of {size} entries has {blocks} whole blocks, the branches end after {}",
            ends.branches
        )
    }))
}

async fn last_entry_fits(conn: &mut SqliteConnection, size: u64) -> Result<Result<(), String>, sqlx::Error> {
    let Some(last) = size.checked_sub(1) else { return Ok(Ok(())) };
    let (bytes, hashes): (Vec<u8>, Vec<u8>) = sqlx::query_as(
        "SELECT e.bytes, l.hashes FROM entries AS e JOIN leaves AS l USING (seq) WHERE seq = ?",
    )
    .bind(sql_int(last))
    .fetch_one(conn)
    .await?;
    let fits = hashes.starts_with(merkle::leaf_hash(&bytes).as_bytes());
    Ok(if fits { Ok(()) } else { Err(format!("entry {last} is not the one that was signed")) })
}

/// A log continues what was pinned: a consistency proof from the pin to the head, made from stored nodes, verifies.
pub(crate) async fn extends_pin(
    conn: &mut SqliteConnection,
    head: &Checkpoint,
    vkey: &Vkey,
    pin: Option<&str>,
) -> Result<Result<(), String>, sqlx::Error> {
    let Some(pin) = pin else { return Ok(Err("the pin is missing".to_owned())) };
    let pinned = match checkpoint::verify(pin, vkey) {
        Ok(pinned) => pinned,
        Err(e) => return Ok(Err(format!("the pin: {e}"))),
    };
    if pinned.size > head.size {
        return Ok(Err(format!(
            "the pin has seen {} entries, the log has {}: an older log was put in place or entries were cut off",
            pinned.size, head.size
        )));
    }
    let proof = consistency(conn, pinned.size, head.size).await?;
    let extends = proof.is_some_and(|proof| {
        merkle::verify_consistency(pinned.size, &pinned.root, head.size, &head.root, &proof)
    });
    if extends {
        Ok(Ok(()))
    } else {
        Ok(Err(format!("the log is not a continuation of the pinned one of {} entries", pinned.size)))
    }
}

async fn consistency(
    conn: &mut SqliteConnection,
    m: u64,
    n: u64,
) -> Result<Option<Vec<Digest>>, sqlx::Error> {
    let Some(ids) = merkle::consistency_nodes_needed(m, n) else { return Ok(None) };
    let Some(nodes) = tree::fetch(conn, &ids).await? else { return Ok(None) };
    Ok(merkle::consistency_proof(&nodes, m, n))
}
