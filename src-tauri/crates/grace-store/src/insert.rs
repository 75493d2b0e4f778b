//! Writing a group: entries, leaves, what stands beside them and the new head, in as few trips as can be.
//!
//! Owns the SQL text of every write of a group. A round trip to SQLite's thread costs about as much as writing
//! fifty rows, so a run of entries travels with its leaves, the last run with everything that stands beside them, and what was
//! written comes back with the same trip. SQLite takes the statements of one text one after the other; an error ends the row.
//! The forms are few, so that they stay prepared.

use grace_domain::crypto::checkpoint::{Checkpoint, SignedCheckpoint};
use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, Row as _};

use crate::db::sql_int;
use crate::group::NewEntry;
use crate::lists::List;
use crate::packed::{self, PackedRun};
use crate::tree::{self, StoredNodes};

/// Entries of one run; the rest of a group is one run more, so there are so many forms. While one run is written, the one
/// before it is checked and the one after it hashed, and a run of entries of usual size comes back in a piece of memory
/// that the allocator keeps: twice as many cost four times as much to read back.
const RUN: usize = 64;

/// `(?,?),(?,?)` for `rows` rows of `columns` columns.
fn push_values(sql: &mut String, columns: usize, rows: usize) {
    for row in 0..rows {
        sql.push_str(if row == 0 { "(" } else { ",(" });
        for column in 0..columns {
            sql.push_str(if column == 0 { "?" } else { ",?" });
        }
        sql.push(')');
    }
}

/// A run of entries to be written, in sequence from `first_seq`.
pub(crate) struct RunWrite {
    /// Whether this run begins the transaction.
    pub(crate) begins: bool,
    pub(crate) first_seq: u64,
    pub(crate) entries: Vec<NewEntry>,
    /// The nodes that each entry completes.
    pub(crate) nodes: Vec<StoredNodes>,
    /// The mark of everything before the run, if a group begins with it.
    pub(crate) mark: Option<[u8; 64]>,
    /// Nodes to be read with the run, as [`tree::wanted`] writes them.
    pub(crate) wanted: String,
    /// With the last run of a group: rows, kept answers, used nonces, texts, and what is open. A key or nonce that
    /// exists is a constraint error.
    pub(crate) lists: Vec<List>,
}

/// What the database says after a run was written.
pub(crate) struct RunWritten {
    pub(crate) head_size: i64,
    pub(crate) head_root: Vec<u8>,
    pub(crate) epoch: i64,
    /// The nodes that were wanted, concatenated; shorter if one is missing.
    pub(crate) wanted: Vec<u8>,
    /// The run itself, read back.
    pub(crate) run: PackedRun,
}

/// Entries that the next run takes of `left`.
pub(crate) fn run_len(left: usize) -> usize {
    left.min(RUN)
}

/// Writes entries with their leaves, and reads them back, in one trip.
pub(crate) async fn run(conn: &mut SqliteConnection, write: RunWrite) -> Result<RunWritten, sqlx::Error> {
    let len = write.entries.len();
    assert_eq!(len, write.nodes.len(), "invariant: each entry completes at least its leaf");
    let branches = write.nodes.iter().filter(|nodes| !nodes.branches.is_empty()).count();
    // Only fixed words and placeholders are in the text; every value is bound.
    let mut query = sqlx::query(AssertSqlSafe(text(&write, branches)));
    let mut bytes = Vec::with_capacity(len);
    let mut mark = write.mark.map(Vec::from);
    let mut branch_rows = Vec::with_capacity(branches);
    for ((seq, entry), nodes) in (write.first_seq..).zip(write.entries).zip(write.nodes) {
        if !nodes.branches.is_empty() {
            branch_rows.push((tree::block_of(seq), nodes.branches));
        }
        query = query
            .bind(sql_int(seq))
            .bind(nodes.leaves)
            .bind(entry.subject)
            .bind(entry.kind)
            .bind(entry.at.millis())
            .bind(mark.take());
        bytes.push(entry.bytes);
    }
    for (block, hashes) in branch_rows {
        query = query.bind(sql_int(block)).bind(hashes);
    }
    for (seq, bytes) in (write.first_seq..).zip(bytes) {
        query = query.bind(sql_int(seq)).bind(bytes);
    }
    for list in write.lists {
        query = query.bind(list.json);
    }
    let (from, to) = (write.first_seq, write.first_seq + len as u64);
    let blocks = tree::blocks(from, to);
    query = query.bind(write.wanted);
    for bound in [from, to, from, to, blocks.start, blocks.end] {
        query = query.bind(sql_int(bound));
    }
    let row = query.fetch_one(conn).await?;
    let run = PackedRun::from_row(&row, 4)?
        .ok_or_else(|| sqlx::Error::Decode("entries that were just written are missing".into()))?;
    Ok(RunWritten {
        head_size: row.try_get(0)?,
        head_root: row.try_get(1)?,
        epoch: row.try_get(2)?,
        wanted: row.try_get::<Option<Vec<u8>>, _>(3)?.unwrap_or_default(),
        run,
    })
}

/// The text that writes a run, of which `branches` entries complete branches, and reads it back.
fn text(write: &RunWrite, branches: usize) -> String {
    let len = write.entries.len();
    let mut sql = String::with_capacity(1024 + len * 24);
    if write.begins {
        // IMMEDIATE: a deferred transaction could find the write lock taken only when it writes, and would deadlock.
        sql.push_str("BEGIN IMMEDIATE; ");
    }
    sql.push_str("INSERT INTO leaves (seq, hashes, subject, type, at, mark) VALUES ");
    push_values(&mut sql, 6, len);
    if branches > 0 {
        sql.push_str("; INSERT INTO branches (block, hashes) VALUES ");
        push_values(&mut sql, 2, branches);
    }
    sql.push_str("; INSERT INTO entries (seq, bytes) VALUES ");
    push_values(&mut sql, 2, len);
    for list in &write.lists {
        sql.push_str("; ");
        sql.push_str(list.sql);
    }
    sql.push_str("; SELECT h.size, h.root, h.epoch, (");
    sql.push_str(tree::SELECT_WANTED);
    sql.push_str("), e.first, e.last, e.lengths, e.bytes, l.leaf_rows, l.hashes, b.branch_rows, b.hashes FROM head AS h, (");
    sql.push_str(packed::SELECT_ENTRIES);
    sql.push_str(") AS e, (");
    sql.push_str(packed::SELECT_LEAVES);
    sql.push_str(") AS l, (");
    sql.push_str(packed::SELECT_BRANCHES);
    sql.push_str(") AS b WHERE h.id = 1");
    sql
}

/// Moves the head by compare-and-swap and commits, in one trip. A head that is not where it must be makes its size NULL,
/// which the table refuses, and COMMIT is not reached.
pub(crate) async fn move_head_and_commit(
    conn: &mut SqliteConnection,
    old: &Checkpoint,
    new: &SignedCheckpoint,
    epoch: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE head SET size = CASE WHEN size = ? AND root = ? AND epoch = ? THEN ? END, root = ?, note = ?
         WHERE id = 1; COMMIT",
    )
    .bind(sql_int(old.size))
    .bind(old.root.as_bytes().to_vec())
    .bind(epoch)
    .bind(sql_int(new.checkpoint.size))
    .bind(new.checkpoint.root.as_bytes().to_vec())
    .bind(new.text.clone())
    .execute(conn)
    .await
    .map(drop)
}
