//! The one writer of `samples.db`: what is handed in becomes one row and one COMMIT.
//!
//! Owns the writing connection. Never answers before what was handed in is durable, and never lets a caller cancel a
//! write: it runs as a task of its own to its end, whoever stops waiting for it.

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use grace_domain::core::time::Timestamp;
use grace_domain::metrics::sample::Sample as Measured;
use serde_json::{Value, json};
use sqlx::Connection as _;
use sqlx::sqlite::SqliteConnection;
use tokio::sync::Mutex;

use super::codec::{self, BySeries};
use super::compaction::{self, Fault};
use super::database;
use super::tail::Tail;
use crate::db::DbError;
use crate::group::{AppendError, Refusal};
use crate::layout::World;
use crate::sample::Sample;

/// Samples that are pending at most before they are moved into chunks: some megabytes in memory.
const PENDING_SAMPLES: i64 = 256 * 1024;
/// Rows that are pending at most before they are moved into chunks.
const PENDING_ROWS: i64 = 4096;
/// With so many times more pending nothing is taken in: they could not be moved, and readers remember them.
const PENDING_TIMES_MAX: i64 = 4;

type Ids = HashMap<(String, String), i64>;
type WorkFuture<'c> = Pin<Box<dyn Future<Output = Result<(), Fault>> + Send + 'c>>;

/// The writing side of a world's samples.
pub(crate) struct Samples {
    writer: Arc<Mutex<Writer>>,
    tail: Tail,
}

struct Writer {
    world: World,
    origin: String,
    /// Absent after a fault: opened anew before the next write.
    open: Option<Open>,
    /// The world was given up: it may be another engine's by now.
    stopped: bool,
}

struct Open {
    conn: SqliteConnection,
    /// Of the series that were handed in since it was opened.
    ids: Ids,
    pending: Pending,
}

#[derive(Debug, Clone, Copy, Default)]
struct Pending {
    rows: i64,
    samples: i64,
}

impl Pending {
    fn reached(self, times: i64) -> bool {
        self.rows >= times * PENDING_ROWS || self.samples >= times * PENDING_SAMPLES
    }
}

impl Samples {
    /// Makes the file of a new world.
    pub(crate) async fn make_first(world: &World, origin: &str) -> Result<(), DbError> {
        database::make_first(world, origin).await
    }

    /// Opens the file. One that is missing is made anew; one that cannot be used keeps nobody from opening the log.
    pub(crate) async fn open(world: &World, origin: &str, tail: &Tail) -> Self {
        let mut writer =
            Writer { world: world.clone(), origin: origin.to_owned(), open: None, stopped: false };
        let opened = match database::make_missing(world, origin).await {
            Ok(()) => writer.opened(tail).await,
            Err(reason) => Err(reason),
        };
        match opened {
            Ok(open) => writer.open = Some(open),
            Err(reason) => {
                tracing::error!(%reason, "samples.db cannot be used; no sample is taken in or read");
                tail.set_unusable(Some(reason));
            }
        }
        Self { writer: Arc::new(Mutex::new(writer)), tail: tail.clone() }
    }

    /// Keeps samples, durably.
    pub(crate) async fn append(&self, samples: Vec<Sample>) -> Result<(), AppendError> {
        if samples.is_empty() {
            return Ok(());
        }
        self.write(move |open| Box::pin(take_in(open, samples))).await
    }

    /// Forgets samples before a moment.
    pub(crate) async fn forget(&self, before_ms: i64) -> Result<(), AppendError> {
        self.write(move |open| {
            Box::pin(async move {
                compaction::forget(&mut open.conn, before_ms).await?;
                (open.ids, open.pending) = (Ids::new(), Pending::default());
                Ok(())
            })
        })
        .await
    }

    /// Finds out whether the file takes a transaction now: rewrites its first page as it is, durably.
    pub(crate) async fn try_out(&self) -> Result<(), AppendError> {
        self.write(|open| {
            Box::pin(async move {
                sqlx::query("UPDATE state SET compacted = compacted").execute(&mut open.conn).await?;
                Ok(())
            })
        })
        .await
    }

    /// Closes the connection; later writes fail.
    pub(crate) async fn stop(&self) -> Result<(), sqlx::Error> {
        let mut writer = self.writer.lock().await;
        writer.stopped = true;
        match writer.open.take() {
            Some(open) => open.conn.close().await,
            None => Ok(()),
        }
    }

    /// Does work in a transaction, to its end.
    async fn write(
        &self,
        work: impl for<'c> FnOnce(&'c mut Open) -> WorkFuture<'c> + Send + 'static,
    ) -> Result<(), AppendError> {
        let (writer, tail) = (Arc::clone(&self.writer), self.tail.clone());
        let done = tokio::spawn(async move {
            let mut writer = writer.lock_owned().await;
            let mut open = writer.take_or_open(&tail).await?;
            if let Err(fault) = transaction(&mut open, work).await {
                // Nothing is known of the connection but that a new one will know.
                open.conn.close().await.ok();
                return Err(refusal(fault));
            }
            if open.pending.reached(1) {
                match transaction(&mut open, |open| Box::pin(compaction::compact(&mut open.conn))).await {
                    Ok(()) => open.pending = Pending::default(),
                    Err(error) => {
                        // What was handed in is durable all the same; the next flush tries again.
                        tracing::error!(%error, "samples could not be moved into chunks");
                        open.conn.close().await.ok();
                        return Ok(());
                    }
                }
            }
            writer.open = Some(open);
            Ok(())
        });
        done.await.unwrap_or(Err(AppendError::Unknown { source: None }))
    }
}

impl Writer {
    async fn take_or_open(&mut self, tail: &Tail) -> Result<Open, AppendError> {
        if self.stopped {
            return Err(unusable("the world was given up"));
        }
        if let Some(open) = self.open.take() {
            return Ok(open);
        }
        match self.opened(tail).await {
            Ok(open) => Ok(open),
            Err(reason) => {
                let refusal = unusable(&reason);
                tail.set_unusable(Some(reason));
                Err(refusal)
            }
        }
    }

    async fn opened(&self, tail: &Tail) -> Result<Open, String> {
        let mut conn = database::connect(&self.world, &self.origin).await?;
        let counted: Result<(i64, i64), sqlx::Error> =
            sqlx::query_as("SELECT count(*), coalesce(sum(samples), 0) FROM pending")
                .fetch_one(&mut conn)
                .await;
        match counted {
            Ok((rows, samples)) => {
                tail.set_unusable(None);
                Ok(Open { conn, ids: Ids::new(), pending: Pending { rows, samples } })
            }
            Err(error) => {
                conn.close().await.ok();
                Err(error.to_string())
            }
        }
    }
}

async fn transaction(
    open: &mut Open,
    work: impl for<'c> FnOnce(&'c mut Open) -> WorkFuture<'c> + Send,
) -> Result<(), Fault> {
    sqlx::query("BEGIN IMMEDIATE").execute(&mut open.conn).await?;
    work(open).await?;
    sqlx::query("COMMIT").execute(&mut open.conn).await?;
    Ok(())
}

/// One row, whatever is handed in.
async fn take_in(open: &mut Open, samples: Vec<Sample>) -> Result<(), Fault> {
    if open.pending.reached(PENDING_TIMES_MAX) {
        return Err(Fault::Full);
    }
    let n = i64::try_from(samples.len()).unwrap_or(i64::MAX);
    let mut named: HashMap<(String, String), Vec<Measured>> = HashMap::new();
    for Sample { component, metric, at_ms, value_micro, count } in samples {
        let measured = Measured { at: Timestamp::from_millis(at_ms), value_micro, count };
        named.entry((component, metric)).or_default().push(measured);
    }
    learn_ids(open, &named).await?;
    let mut by_series = BySeries::new();
    for (series, samples) in named {
        let id = open.ids.get(&series).copied().ok_or(sqlx::Error::RowNotFound)?;
        by_series.insert(id, samples);
    }
    sqlx::query(
        "INSERT INTO pending (seq, samples, bytes)
         SELECT max(compacted, coalesce((SELECT max(seq) FROM pending), 0)) + 1, ?, ? FROM state",
    )
    .bind(n)
    .bind(codec::flush(&by_series))
    .execute(&mut open.conn)
    .await?;
    open.pending = Pending { rows: open.pending.rows + 1, samples: open.pending.samples.saturating_add(n) };
    Ok(())
}

/// Ids of series that were not handed in before.
async fn learn_ids(open: &mut Open, named: &HashMap<(String, String), Vec<Measured>>) -> Result<(), Fault> {
    let new: Vec<Value> = named
        .keys()
        .filter(|series| !open.ids.contains_key(series))
        .map(|(component, metric)| json!([component, metric]))
        .collect();
    if new.is_empty() {
        return Ok(());
    }
    let new = Value::Array(new).to_string();
    sqlx::query(
        "INSERT INTO series (component, metric) SELECT value ->> 0, value ->> 1 FROM json_each(?) WHERE true
         ON CONFLICT DO NOTHING",
    )
    .bind(new.clone())
    .execute(&mut open.conn)
    .await?;
    let found: Vec<(i64, String, String)> = sqlx::query_as(
        "SELECT s.id, s.component, s.metric FROM json_each(?) AS j CROSS JOIN series AS s
         ON s.component = j.value ->> 0 AND s.metric = j.value ->> 1",
    )
    .bind(new)
    .fetch_all(&mut open.conn)
    .await?;
    open.ids.extend(found.into_iter().map(|(id, component, metric)| ((component, metric), id)));
    Ok(())
}

fn refusal(fault: Fault) -> AppendError {
    match fault {
        Fault::Database(error) => Refusal::Database(error).into(),
        Fault::Garbled | Fault::Full => unusable(&fault.to_string()),
    }
}

fn unusable(reason: &str) -> AppendError {
    Refusal::Samples { reason: reason.to_owned() }.into()
}
