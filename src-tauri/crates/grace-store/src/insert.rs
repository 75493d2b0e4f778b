//! Multi-row inserts: few statements per group, in few shapes, so that they stay prepared.
//!
//! Owns the SQL text of every write of a group. A round trip to SQLite's thread costs about as much as writing
//! fifty rows, so entries and leaves of one run travel together, and what was written comes back with the
//! same trip. SQLite takes the statements of one text one after the other; an error ends the row.

use grace_domain::checkpoint::SignedCheckpoint;
use sqlx::query::Query;
use sqlx::sqlite::{SqliteArguments, SqliteConnection};
use sqlx::{AssertSqlSafe, Row as _, Sqlite};

use crate::db::sql_int;
use crate::group::{Idempotency, NewEntry};
use crate::packed::{self, PackedRun};
use crate::rows::Row;
use crate::tree::{self, StoredNodes};

/// Large runs first; the remainder below 64 is one run more. 65 shapes in all.
const RUNS: [usize; 2] = [256, 64];
/// Rows of one kind that may travel with the head.
const TAIL_ROWS: usize = 4;

/// Cuts `len` into runs: start and length of each.
fn runs(len: usize) -> impl Iterator<Item = (usize, usize)> {
    let mut start = 0;
    std::iter::from_fn(move || {
        let left = len - start;
        if left == 0 {
            return None;
        }
        let run = run_len(left);
        start += run;
        Some((start - run, run))
    })
}

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

type Statement = Query<'static, Sqlite, SqliteArguments>;

/// Only fixed words and placeholders are in these texts; every value is bound.
fn statement(sql: String) -> Statement {
    sqlx::query(AssertSqlSafe(sql))
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
    RUNS.into_iter().find(|run| *run <= left).unwrap_or(left)
}

/// Writes entries with their leaves, and reads them back, in one trip.
pub(crate) async fn run(conn: &mut SqliteConnection, write: RunWrite) -> Result<RunWritten, sqlx::Error> {
    let len = write.entries.len();
    assert_eq!(len, write.nodes.len(), "invariant: each entry completes at least its leaf");
    let mut sql = String::with_capacity(1024 + len * 24);
    if write.begins {
        // IMMEDIATE: a deferred transaction could find the write lock taken only when it writes, and would deadlock.
        sql.push_str("BEGIN IMMEDIATE; ");
    }
    sql.push_str("INSERT INTO leaves (seq, hashes, subject, type, at, mark) VALUES ");
    push_values(&mut sql, 6, len);
    let branches = write.nodes.iter().filter(|nodes| !nodes.branches.is_empty()).count();
    if branches > 0 {
        sql.push_str("; INSERT INTO branches (block, hashes) VALUES ");
        push_values(&mut sql, 2, branches);
    }
    sql.push_str("; INSERT INTO entries (seq, bytes) VALUES ");
    push_values(&mut sql, 2, len);
    sql.push_str("; SELECT h.size, h.root, h.epoch, (");
    sql.push_str(tree::SELECT_WANTED);
    sql.push_str("), e.spans, e.bytes, l.leaf_rows, l.hashes, b.branch_rows, b.hashes FROM head AS h, (");
    sql.push_str(packed::SELECT_ENTRIES);
    sql.push_str(") AS e, (");
    sql.push_str(packed::SELECT_LEAVES);
    sql.push_str(") AS l, (");
    sql.push_str(packed::SELECT_BRANCHES);
    sql.push_str(") AS b WHERE h.id = 1");

    let mut query = statement(sql);
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
    let (from, to) = (write.first_seq, write.first_seq + len as u64);
    let blocks = tree::blocks(from, to);
    query = query.bind(write.wanted);
    for bound in [from, to, from, to, blocks.start, blocks.end] {
        query = query.bind(sql_int(bound));
    }
    let row = query.fetch_one(conn).await?;
    Ok(RunWritten {
        head_size: row.try_get(0)?,
        head_root: row.try_get(1)?,
        epoch: row.try_get(2)?,
        wanted: row.try_get::<Option<Vec<u8>>, _>(3)?.unwrap_or_default(),
        run: PackedRun::from_row(&row, 4)?,
    })
}

/// Writes projection rows; an existing one is replaced.
pub(crate) async fn rows(conn: &mut SqliteConnection, rows: &[Row]) -> Result<(), sqlx::Error> {
    for (start, run) in runs(rows.len()) {
        let mut sql = String::new();
        push_rows(&mut sql, run);
        bind_rows(statement(sql), &rows[start..start + run]).execute(&mut *conn).await?;
    }
    Ok(())
}

fn push_rows(sql: &mut String, rows: usize) {
    sql.push_str("INSERT INTO rows (kind, id, state, component, at, first_seq, doc) VALUES ");
    push_values(sql, 7, rows);
    sql.push_str(
        " ON CONFLICT (kind, id) DO UPDATE SET state = excluded.state, component = excluded.component, \
         at = excluded.at, first_seq = excluded.first_seq, doc = excluded.doc",
    );
}

fn bind_rows(mut query: Statement, rows: &[Row]) -> Statement {
    for row in rows {
        query = query
            .bind(row.kind.as_str())
            .bind(row.id.clone())
            .bind(row.state.clone())
            .bind(row.component.clone())
            .bind(row.at.millis())
            .bind(row.first_seq.map(sql_int))
            .bind(row.doc.clone());
    }
    query
}

fn push_idempotency(sql: &mut String, rows: usize) {
    sql.push_str("INSERT INTO idempotency (key, body, response, at) VALUES ");
    push_values(sql, 4, rows);
}

fn bind_idempotency(mut query: Statement, kept: &[Idempotency]) -> Statement {
    for kept in kept {
        query = query
            .bind(kept.key.clone())
            .bind(kept.body.as_bytes().to_vec())
            .bind(kept.response.clone())
            .bind(kept.at.millis());
    }
    query
}

fn push_nonces(sql: &mut String, rows: usize) {
    sql.push_str("INSERT INTO nonces (nonce, seq) VALUES ");
    push_values(sql, 2, rows);
}

fn bind_nonces(mut query: Statement, first_seq: u64, nonces: &[String]) -> Statement {
    for nonce in nonces {
        query = query.bind(nonce.clone()).bind(sql_int(first_seq));
    }
    query
}

/// What follows the entries of a group.
pub(crate) struct Tail<'a> {
    pub(crate) first_seq: u64,
    pub(crate) rows: &'a [Row],
    pub(crate) idempotency: &'a [Idempotency],
    pub(crate) nonces: &'a [String],
    pub(crate) old: &'a SignedCheckpoint,
    pub(crate) new: &'a SignedCheckpoint,
    pub(crate) epoch: i64,
}

/// Writes rows, kept answers and used nonces, and moves the head by compare-and-swap; `false` when the head was not
/// where it must be. A key or nonce that exists is a constraint error.
pub(crate) async fn tail(conn: &mut SqliteConnection, tail: Tail<'_>) -> Result<bool, sqlx::Error> {
    // What fills whole runs goes ahead; the rest travels with the head.
    let (rows_ahead, rows_rest) = split(tail.rows);
    rows(conn, rows_ahead).await?;
    let (kept_ahead, kept_rest) = split(tail.idempotency);
    for (start, run) in runs(kept_ahead.len()) {
        let mut sql = String::new();
        push_idempotency(&mut sql, run);
        bind_idempotency(statement(sql), &kept_ahead[start..start + run]).execute(&mut *conn).await?;
    }
    let (nonces_ahead, nonces_rest) = split(tail.nonces);
    for (start, run) in runs(nonces_ahead.len()) {
        let mut sql = String::new();
        push_nonces(&mut sql, run);
        bind_nonces(statement(sql), tail.first_seq, &nonces_ahead[start..start + run])
            .execute(&mut *conn)
            .await?;
    }

    let mut sql = String::new();
    let push: [fn(&mut String, usize); 3] = [push_rows, push_idempotency, push_nonces];
    for (len, push) in [rows_rest.len(), kept_rest.len(), nonces_rest.len()].into_iter().zip(push) {
        if len > 0 {
            push(&mut sql, len);
            sql.push_str("; ");
        }
    }
    sql.push_str(
        "UPDATE head SET size = ?, root = ?, note = ? WHERE id = 1 AND size = ? AND root = ? AND epoch = ? \
         RETURNING size",
    );
    let mut query = bind_rows(statement(sql), rows_rest);
    query = bind_idempotency(query, kept_rest);
    query = bind_nonces(query, tail.first_seq, nonces_rest);
    let (old, new) = (&tail.old.checkpoint, &tail.new.checkpoint);
    let moved = query
        .bind(sql_int(new.size))
        .bind(new.root.as_bytes().to_vec())
        .bind(tail.new.text.clone())
        .bind(sql_int(old.size))
        .bind(old.root.as_bytes().to_vec())
        .bind(tail.epoch)
        .fetch_optional(conn)
        .await?;
    Ok(moved.is_some())
}

/// Cuts off a rest that is small enough to travel with the head: few enough forms of that statement to stay prepared.
fn split<T>(rows: &[T]) -> (&[T], &[T]) {
    if rows.len() <= TAIL_ROWS { (&[], rows) } else { (rows, &[]) }
}

/// Writes samples. Those of the same moment become one, weighted by what they stand for: none can wipe another out.
pub(crate) async fn samples(
    conn: &mut SqliteConnection,
    samples: &[crate::samples::Sample],
) -> Result<(), sqlx::Error> {
    for (start, run) in runs(samples.len()) {
        let mut sql = String::from("INSERT INTO samples (component, metric, at, value_micro, count) VALUES ");
        push_values(&mut sql, 5, run);
        sql.push_str(
            " ON CONFLICT (component, metric, at) DO UPDATE SET \
             value_micro = CAST(round((1.0 * value_micro * count + 1.0 * excluded.value_micro * excluded.count) \
             / (count + excluded.count)) AS INTEGER), count = min(count + excluded.count, 4294967295)",
        );
        let mut query = statement(sql);
        for sample in &samples[start..start + run] {
            query = query
                .bind(sample.component.clone())
                .bind(sample.metric.clone())
                .bind(sample.at_ms)
                .bind(sample.value_micro)
                .bind(i64::from(sample.count));
        }
        query.execute(&mut *conn).await?;
    }
    Ok(())
}
