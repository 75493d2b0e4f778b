//! Multi-row inserts: few statements per group, in few shapes, so that they stay prepared.
//!
//! Owns the SQL text of every write of a group. A round trip to SQLite's thread costs about as much as writing
//! fifty rows, so entries, index rows and nodes of one run travel as three statements in one trip.

use grace_domain::checkpoint::SignedCheckpoint;
use sqlx::query::Query;
use sqlx::sqlite::{SqliteArguments, SqliteConnection};
use sqlx::{AssertSqlSafe, Sqlite};

use crate::db::sql_int;
use crate::group::{Idempotency, NewEntry};
use crate::rows::Row;

/// Large runs first; the remainder below 64 is one run more. 65 shapes in all.
const RUNS: [usize; 2] = [256, 64];

/// Cuts `len` into runs: start and length of each.
fn runs(len: usize) -> impl Iterator<Item = (usize, usize)> {
    let mut start = 0;
    std::iter::from_fn(move || {
        let left = len - start;
        if left == 0 {
            return None;
        }
        let run = RUNS.into_iter().find(|run| *run <= left).unwrap_or(left);
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

/// Only fixed words and placeholders are in these texts; every value is bound.
fn statement(sql: String) -> Query<'static, Sqlite, SqliteArguments> {
    sqlx::query(AssertSqlSafe(sql))
}

/// Writes entries with their index rows and nodes, in sequence from `first_seq`.
pub(crate) async fn entries(
    conn: &mut SqliteConnection,
    first_seq: u64,
    entries: Vec<NewEntry>,
    mut node_rows: Vec<Vec<u8>>,
) -> Result<(), sqlx::Error> {
    assert_eq!(entries.len(), node_rows.len(), "invariant: one row of nodes per entry");
    let mut entries = entries;
    let mut seq = first_seq;
    for (_, run) in runs(entries.len()) {
        let rest = entries.split_off(run);
        let rest_nodes = node_rows.split_off(run);
        let mut sql = String::with_capacity(256 + run * 24);
        sql.push_str("INSERT INTO entry_index (seq, subject, type, at) VALUES ");
        push_values(&mut sql, 4, run);
        sql.push_str("; INSERT INTO nodes (seq, hashes) VALUES ");
        push_values(&mut sql, 2, run);
        sql.push_str("; INSERT INTO entries (seq, bytes) VALUES ");
        push_values(&mut sql, 2, run);
        let mut query = statement(sql);
        let numbered = || (seq..).map(sql_int);
        let mut bytes = Vec::with_capacity(run);
        for (seq, entry) in numbered().zip(entries) {
            query = query.bind(seq).bind(entry.subject).bind(entry.kind).bind(entry.at.millis());
            bytes.push(entry.bytes);
        }
        for (seq, hashes) in numbered().zip(node_rows) {
            query = query.bind(seq).bind(hashes);
        }
        for (seq, bytes) in numbered().zip(bytes) {
            query = query.bind(seq).bind(bytes);
        }
        query.execute(&mut *conn).await?;
        seq += run as u64;
        entries = rest;
        node_rows = rest_nodes;
    }
    Ok(())
}

/// Writes projection rows; an existing one is replaced.
pub(crate) async fn rows(conn: &mut SqliteConnection, rows: &[Row]) -> Result<(), sqlx::Error> {
    for (start, run) in runs(rows.len()) {
        let mut sql =
            String::from("INSERT INTO rows (kind, id, state, component, at, first_seq, doc) VALUES ");
        push_values(&mut sql, 7, run);
        sql.push_str(
            " ON CONFLICT (kind, id) DO UPDATE SET state = excluded.state, component = excluded.component, \
             at = excluded.at, first_seq = excluded.first_seq, doc = excluded.doc",
        );
        let mut query = statement(sql);
        for row in &rows[start..start + run] {
            query = query
                .bind(row.kind.as_str())
                .bind(row.id.clone())
                .bind(row.state.clone())
                .bind(row.component.clone())
                .bind(row.at.millis())
                .bind(row.first_seq.map(sql_int))
                .bind(row.doc.clone());
        }
        query.execute(&mut *conn).await?;
    }
    Ok(())
}

/// Keeps answers for repetitions; a key that exists is a constraint error.
pub(crate) async fn idempotency(
    conn: &mut SqliteConnection,
    kept: &[Idempotency],
) -> Result<(), sqlx::Error> {
    for (start, run) in runs(kept.len()) {
        let mut sql = String::from("INSERT INTO idempotency (key, body, response, at) VALUES ");
        push_values(&mut sql, 4, run);
        let mut query = statement(sql);
        for kept in &kept[start..start + run] {
            query = query
                .bind(kept.key.clone())
                .bind(kept.body.as_bytes().to_vec())
                .bind(kept.response.clone())
                .bind(kept.at.millis());
        }
        query.execute(&mut *conn).await?;
    }
    Ok(())
}

/// Uses nonces up; one that was used is a constraint error.
pub(crate) async fn nonces(
    conn: &mut SqliteConnection,
    first_seq: u64,
    nonces: &[String],
) -> Result<(), sqlx::Error> {
    for (start, run) in runs(nonces.len()) {
        let mut sql = String::from("INSERT INTO nonces (nonce, seq) VALUES ");
        push_values(&mut sql, 2, run);
        let mut query = statement(sql);
        for nonce in &nonces[start..start + run] {
            query = query.bind(nonce.clone()).bind(sql_int(first_seq));
        }
        query.execute(&mut *conn).await?;
    }
    Ok(())
}

/// The head as a transaction expects it, and as it shall be.
pub(crate) struct HeadMove<'a> {
    pub(crate) old: &'a SignedCheckpoint,
    pub(crate) new: &'a SignedCheckpoint,
    pub(crate) epoch: i64,
    pub(crate) mark: [u8; 64],
}

/// Moves the head by compare-and-swap and writes the group's mark; `false` when the head was not where it must be.
pub(crate) async fn move_head(conn: &mut SqliteConnection, head: HeadMove<'_>) -> Result<bool, sqlx::Error> {
    let (old, new) = (&head.old.checkpoint, &head.new.checkpoint);
    let done = sqlx::query(
        "UPDATE head SET size = ?, root = ?, note = ? WHERE id = 1 AND size = ? AND root = ? AND epoch = ?;
         INSERT INTO marks (size, signature) VALUES (?, ?)",
    )
    .bind(sql_int(new.size))
    .bind(new.root.as_bytes().to_vec())
    .bind(head.new.text.clone())
    .bind(sql_int(old.size))
    .bind(old.root.as_bytes().to_vec())
    .bind(head.epoch)
    .bind(sql_int(new.size))
    .bind(head.mark.to_vec())
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 2)
}

/// Writes samples; a repetition of the same moment replaces it.
pub(crate) async fn samples(
    conn: &mut SqliteConnection,
    samples: &[crate::samples::Sample],
) -> Result<(), sqlx::Error> {
    for (start, run) in runs(samples.len()) {
        let mut sql = String::from("INSERT INTO samples (component, metric, at, value_micro, count) VALUES ");
        push_values(&mut sql, 5, run);
        sql.push_str(
            " ON CONFLICT (component, metric, at) DO UPDATE SET value_micro = excluded.value_micro, \
             count = excluded.count",
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
