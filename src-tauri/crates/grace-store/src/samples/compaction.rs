//! Moving what is pending into chunks, and forgetting.
//!
//! Owns the SQL of both, within a transaction of the caller. A compaction leaves nothing pending: readers rely on it.

use std::collections::BTreeMap;

use grace_domain::core::limits;
use grace_domain::metrics::sample::Sample;
use serde_json::{Value, json};
use sqlx::sqlite::SqliteConnection;

use super::codec::{self, BySeries, Garbled};
use super::merge::{CHUNK_SAMPLES, merged};

/// Series whose chunks are moved by one statement.
const SERIES_PER_STATEMENT: usize = 256;

/// Why a transaction on samples failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum Fault {
    #[error(transparent)]
    Database(#[from] sqlx::Error),
    #[error("samples are not as they were written")]
    Garbled,
    #[error("too many samples are pending, and could not be moved into chunks")]
    Full,
}

impl From<Garbled> for Fault {
    fn from(_: Garbled) -> Self {
        Self::Garbled
    }
}

/// A chunk as it is stored: series, time of its first sample, bytes.
type ChunkRow = (i64, i64, Vec<u8>);

/// Moves everything that is pending into chunks.
pub(super) async fn compact(conn: &mut SqliteConnection) -> Result<(), Fault> {
    let rows: Vec<(i64, Vec<u8>)> =
        sqlx::query_as("SELECT seq, bytes FROM pending ORDER BY seq").fetch_all(&mut *conn).await?;
    let Some((last, _)) = rows.last() else { return Ok(()) };
    let last = *last;
    let mut came = BySeries::new();
    for (_, bytes) in rows {
        for (series, samples) in codec::read_flush(&bytes)? {
            came.entry(series).or_default().extend(samples);
        }
    }
    let mut came = came.into_iter().peekable();
    while came.peek().is_some() {
        let some: BySeries = came.by_ref().take(SERIES_PER_STATEMENT).collect();
        let open = open_chunks(conn, &some).await?;
        rewrite(conn, open, some).await?;
    }
    sqlx::query("DELETE FROM pending").execute(&mut *conn).await?;
    sqlx::query("UPDATE state SET compacted = ?").bind(last).execute(conn).await?;
    Ok(())
}

/// The chunks into which these samples belong: of each series the one in which its earliest falls, and all after it.
async fn open_chunks(conn: &mut SqliteConnection, came: &BySeries) -> Result<Vec<ChunkRow>, Fault> {
    let earliest = |samples: &[Sample]| samples.iter().map(|s| s.at.millis()).min();
    let from: Vec<Value> = came.iter().map(|(series, samples)| json!([series, earliest(samples)])).collect();
    Ok(sqlx::query_as(
        "SELECT c.series, c.first_ms, c.bytes FROM json_each(?) AS j CROSS JOIN chunks AS c
         ON c.series = j.value ->> 0 AND c.first_ms >= coalesce(
             (SELECT max(p.first_ms) FROM chunks AS p
              WHERE p.series = j.value ->> 0 AND p.first_ms <= j.value ->> 1), j.value ->> 1)
         ORDER BY c.series, c.first_ms",
    )
    .bind(Value::Array(from).to_string())
    .fetch_all(conn)
    .await?)
}

/// Puts in the place of `old` chunks what they hold together with what came.
async fn rewrite(conn: &mut SqliteConnection, old: Vec<ChunkRow>, came: BySeries) -> Result<(), Fault> {
    let mut whole = BySeries::new();
    let mut gone = Vec::with_capacity(old.len());
    for (series, first_ms, bytes) in old {
        whole.entry(series).or_default().extend(codec::read_chunk(&bytes)?);
        gone.push(json!([series, first_ms]));
    }
    for (series, samples) in came {
        whole.entry(series).or_default().extend(samples);
    }
    replace(conn, gone, whole.into_iter().map(|(series, samples)| (series, merged(samples))).collect()).await
}

/// Takes chunks away, by series and time of the first sample, and cuts samples that are in order into new ones.
async fn replace(conn: &mut SqliteConnection, gone: Vec<Value>, with: BySeries) -> Result<(), Fault> {
    let mut made = Vec::new();
    for (series, samples) in &with {
        for chunk in samples.chunks(CHUNK_SAMPLES) {
            if let (Some(first), Some(last)) = (chunk.first(), chunk.last()) {
                let bytes = hex::encode(codec::chunk(chunk));
                made.push(json!([series, first.at.millis(), last.at.millis(), bytes]));
            }
        }
    }
    sqlx::query(
        "DELETE FROM chunks WHERE (series, first_ms) IN (SELECT value ->> 0, value ->> 1 FROM json_each(?))",
    )
    .bind(Value::Array(gone).to_string())
    .execute(&mut *conn)
    .await?;
    sqlx::query(
        "INSERT INTO chunks (series, first_ms, last_ms, bytes)
         SELECT value ->> 0, value ->> 1, value ->> 2, unhex(value ->> 3) FROM json_each(?)",
    )
    .bind(Value::Array(made).to_string())
    .execute(conn)
    .await?;
    Ok(())
}

/// Forgets samples before a moment, and series of which nothing is left.
pub(super) async fn forget(conn: &mut SqliteConnection, before_ms: i64) -> Result<(), Fault> {
    compact(conn).await?;
    sqlx::query("DELETE FROM chunks WHERE last_ms < ?").bind(before_ms).execute(&mut *conn).await?;
    let mut after = i64::MIN;
    loop {
        // Of each series one chunk at most is still on both sides of that moment.
        let some: Vec<ChunkRow> = sqlx::query_as(
            "SELECT c.series, c.first_ms, c.bytes FROM series AS s CROSS JOIN chunks AS c ON c.series = s.id
             AND c.first_ms = (SELECT max(first_ms) FROM chunks WHERE series = s.id AND first_ms < ?)
             WHERE s.id > ? ORDER BY s.id LIMIT ?",
        )
        .bind(before_ms)
        .bind(after)
        .bind(i64::try_from(SERIES_PER_STATEMENT).unwrap_or(i64::MAX))
        .fetch_all(&mut *conn)
        .await?;
        let Some((series, ..)) = some.last() else { break };
        after = *series;
        let mut left = BTreeMap::new();
        let mut gone = Vec::with_capacity(some.len());
        for (series, first_ms, bytes) in some {
            let mut samples = codec::read_chunk(&bytes)?;
            samples.retain(|sample| sample.at.millis() >= before_ms);
            left.insert(series, samples);
            gone.push(json!([series, first_ms]));
        }
        replace(conn, gone, left).await?;
    }
    sqlx::query("DELETE FROM series WHERE NOT EXISTS (SELECT 1 FROM chunks WHERE series = series.id)")
        .execute(&mut *conn)
        .await?;
    outlive_loss(conn, before_ms).await
}

/// Ends telling that earlier samples were lost, once all of them would have been forgotten.
async fn outlive_loss(conn: &mut SqliteConnection, before_ms: i64) -> Result<(), Fault> {
    let life_ms = i64::try_from(limits::SAMPLES_LIFE_S.saturating_mul(1_000)).unwrap_or(i64::MAX);
    sqlx::query(
        "UPDATE state SET lost = iif(lost_before_ms <= ?2, NULL, lost),
         lost_before_ms = iif(lost_before_ms <= ?2, NULL, coalesce(lost_before_ms, ?1)) WHERE lost IS NOT NULL",
    )
    .bind(before_ms)
    .bind(before_ms.saturating_sub(life_ms))
    .execute(conn)
    .await?;
    Ok(())
}
