//! The commit path: one function, one COMMIT, and the crash reasoning at that point.
//!
//! Owns the order: check → write → read back → compute the root again → sign → compare-and-swap → COMMIT → tell.
//! Never signs a root that was computed once only, and never tells of a group before COMMIT has answered.

use std::pin::Pin;
use std::sync::PoisonError;

use grace_domain::checkpoint::{self, Checkpoint};
use grace_domain::merkle::{self, Frontier};
use sqlx::Connection as _;
use sqlx::sqlite::SqliteConnection;

use crate::db::from_sql_int;
use crate::faults::CommitFault;
use crate::group::{self, AppendError, Committed, Group, Refusal};
use crate::insert::{self, HeadMove};
use crate::journal::{Signing, Writer};
use crate::{marks, packed, tree};

/// Entries read back at a time.
const READ_BACK_RUN: u64 = 256;

/// Appends `group` in one transaction.
pub(crate) async fn append(
    writer: &mut Writer,
    signing: &Signing,
    group: Group,
) -> Result<Committed, AppendError> {
    if writer.in_doubt.is_some() {
        return Err(Refusal::ReopenFirst.into());
    }
    group::check(&group)?;
    let Some(mut conn) = writer.conn.take() else { return Err(Refusal::ReopenFirst.into()) };
    let bytes: usize = group.entries.iter().map(|e| e.bytes.len() + 256).sum::<usize>()
        + group.rows.iter().map(|r| r.doc.len() + 256).sum::<usize>();
    let (frontier, committed) = match write(&mut conn, writer, signing, group).await {
        Ok(written) => written,
        Err(error) => {
            // COMMIT was not sent, so nothing of this is durable, whatever becomes of the connection.
            if sqlx::query("ROLLBACK").execute(&mut conn).await.is_ok() {
                writer.conn = Some(conn);
            } else {
                conn.close().await.ok();
            }
            return Err(error);
        }
    };

    // The commit point. Before it, nothing is durable: a crash leaves the old head, and the entries are not there.
    // After it, everything is: entries, index, nodes, rows and head became durable together. In between there is only
    // COMMIT itself, and when it answers with an error (or not at all) either may be true: SQLite can fail after its
    // last sync. So the connection is given up, and nobody is told anything until the database was opened again and
    // asked (`Journal::reopen`). The pin and the WAL are touched afterwards only; losing either loses no entry.
    writer.in_doubt = Some(committed.clone());
    let fault = signing.faults.lock().unwrap_or_else(PoisonError::into_inner).next();
    let answer = match fault {
        None => sqlx::query("COMMIT").execute(&mut conn).await.map(|_| ()).map_err(Some),
        Some(fault) => Err(commit_badly(&mut conn, fault).await),
    };
    if let Err(source) = answer {
        conn.close().await.ok();
        return Err(AppendError::Unknown { source });
    }
    writer.in_doubt = None;
    writer.conn = Some(conn);
    writer.frontier = frontier;
    writer.head = committed.checkpoint.clone();
    signing.pin.moved(&committed.checkpoint.text);
    signing.wal.committed(bytes as u64);
    Ok(committed)
}

/// Does what a failing disk or a dying process would have done, and answers as it would have been answered.
async fn commit_badly(conn: &mut SqliteConnection, fault: CommitFault) -> Option<sqlx::Error> {
    let injected = || Some(sqlx::Error::Io(std::io::Error::other("injected")));
    let statement = if fault == CommitFault::Fails { "ROLLBACK" } else { "COMMIT" };
    match (sqlx::query(statement).execute(conn).await, fault) {
        (Err(real), _) => Some(real),
        (Ok(_), CommitFault::Fails | CommitFault::FailsButPersisted) => injected(),
        (Ok(_), CommitFault::ReplyLost) => None,
    }
}

/// Everything up to COMMIT: the frontier after the group, and what to tell once it is durable.
async fn write(
    conn: &mut SqliteConnection,
    writer: &Writer,
    signing: &Signing,
    group: Group,
) -> Result<(Frontier, Committed), AppendError> {
    let old = &writer.head.checkpoint;
    let found_size = begin(conn, writer).await.map_err(Refusal::Database)?;
    if let Some(found_size) = found_size {
        return Err(AppendError::HeadMoved { expected_size: old.size, found_size });
    }

    let first_seq = writer.frontier.size();
    let mut frontier = writer.frontier.clone();
    let mut node_rows = Vec::with_capacity(group.entries.len());
    for entry in &group.entries {
        let mut row = Vec::with_capacity(tree::row_bytes(frontier.size()));
        tree::push(&mut frontier, merkle::leaf_hash(&entry.bytes), &mut row);
        node_rows.push(row);
    }
    insert::entries(conn, first_seq, group.entries, node_rows).await.map_err(refusal)?;
    insert::rows(conn, &group.rows).await.map_err(refusal)?;
    insert::idempotency(conn, &group.idempotency).await.map_err(refusal)?;
    insert::nonces(conn, first_seq, &group.nonces).await.map_err(refusal)?;

    let size = frontier.size();
    let again = read_back(conn, old, size).await?;
    let root = frontier.root();
    if again.root() != root || again.nodes() != frontier.nodes() {
        let reason = "the root over what was stored is not the root over what was given".to_owned();
        return Err(Refusal::ReadBack { reason }.into());
    }
    let checkpoint = Checkpoint { origin: old.origin.clone(), size, root };
    let mark = marks::sign(&checkpoint, &signing.key);
    let checkpoint = checkpoint::sign(&checkpoint, &signing.key);
    let head = HeadMove { old: &writer.head, new: &checkpoint, epoch: writer.epoch, mark };
    if !insert::move_head(conn, head).await.map_err(refusal)? {
        return Err(AppendError::HeadMoved { expected_size: old.size, found_size: old.size });
    }
    Ok((frontier, Committed { first_seq, checkpoint }))
}

/// Takes the write lock and looks at the head: `Some(size)` when it is not the one that this writer knows.
async fn begin(conn: &mut SqliteConnection, writer: &Writer) -> Result<Option<u64>, sqlx::Error> {
    // IMMEDIATE: a deferred transaction could find the write lock taken only when it writes, and would deadlock.
    let (size, root, epoch): (i64, Vec<u8>, i64) =
        sqlx::query_as("BEGIN IMMEDIATE; SELECT size, root, epoch FROM head WHERE id = 1")
            .fetch_one(conn)
            .await?;
    let old = &writer.head.checkpoint;
    let size = from_sql_int(size)?;
    let same = size == old.size && root == old.root.as_bytes() && epoch == writer.epoch;
    Ok((!same).then_some(size))
}

/// Reads the group back and computes the tree a second time: from the stored frontier and the stored bytes, by nothing
/// that the first computation held in memory. A flipped bit in either is found before it is signed.
async fn read_back(
    conn: &mut SqliteConnection,
    old: &Checkpoint,
    size: u64,
) -> Result<Frontier, AppendError> {
    let damaged = |reason: String| AppendError::from(Refusal::ReadBack { reason });
    let ids = merkle::frontier_nodes(old.size);
    let stored = tree::fetch(&mut *conn, &ids).await.map_err(refusal)?;
    let stored = stored.ok_or_else(|| damaged("the stored frontier is incomplete".to_owned()))?;
    let stored = ids.iter().map(|id| stored[id]).collect();
    let mut frontier = Frontier::from_parts(old.size, stored).map_err(|e| damaged(e.to_string()))?;
    if frontier.root() != old.root {
        return Err(damaged("the stored frontier has another root than the head".to_owned()));
    }
    while frontier.size() < size {
        let from = frontier.size();
        let to = size.min(from + READ_BACK_RUN);
        let run = packed::run(&mut *conn, from, to).await.map_err(refusal)?;
        let mut hashes = Vec::with_capacity(run.hashes.len());
        for (seq, bytes) in run.entries.iter() {
            if seq != frontier.size() {
                return Err(damaged(format!("entry {} is not there", frontier.size())));
            }
            tree::push(&mut frontier, merkle::leaf_hash(bytes), &mut hashes);
        }
        if frontier.size() != to || run.node_rows != to - from || hashes != run.hashes {
            return Err(damaged(format!("entries {from} to {to} or their nodes differ")));
        }
    }
    Ok(frontier)
}

/// A failed statement before COMMIT: a key that exists is the caller's business, the rest is the database's.
fn refusal(error: sqlx::Error) -> Refusal {
    let repeated = error.as_database_error().is_some_and(|e| {
        e.is_unique_violation()
            && (e.message().contains("idempotency.key") || e.message().contains("nonces.nonce"))
    });
    if repeated { Refusal::Repeated } else { Refusal::Database(error) }
}

/// Why a transaction beside the log failed.
#[derive(Debug)]
pub(crate) enum SideError {
    Database(sqlx::Error),
    LogMoved { expected: u64, found: u64 },
}

impl From<sqlx::Error> for SideError {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error)
    }
}

/// Work of a transaction beside the log.
pub(crate) type SideWork =
    Box<dyn for<'c> FnOnce(&'c mut SqliteConnection) -> SideFuture<'c> + Send + 'static>;
/// Its future.
pub(crate) type SideFuture<'c> = Pin<Box<dyn Future<Output = Result<(), SideError>> + Send + 'c>>;

/// Runs a transaction that appends nothing (samples, rebuilt rows) on the writing connection.
///
/// Its COMMIT may fail unknown too; all such work can be done again, so the error is enough.
pub(crate) async fn beside(writer: &mut Writer, work: SideWork) -> Result<(), AppendError> {
    let Some(mut conn) = writer.conn.take() else { return Err(Refusal::ReopenFirst.into()) };
    let done = match sqlx::query("BEGIN IMMEDIATE").execute(&mut conn).await {
        Ok(_) => match work(&mut conn).await {
            Ok(()) => sqlx::query("COMMIT").execute(&mut conn).await.map(|_| ()).map_err(SideError::Database),
            Err(error) => Err(error),
        },
        Err(error) => Err(SideError::Database(error)),
    };
    let Err(error) = done else {
        writer.conn = Some(conn);
        return Ok(());
    };
    // ROLLBACK also fails when BEGIN or COMMIT did and no transaction is open; a closed connection is certain.
    if sqlx::query("ROLLBACK").execute(&mut conn).await.is_ok() {
        writer.conn = Some(conn);
    } else {
        conn.close().await.ok();
    }
    Err(match error {
        SideError::Database(error) => Refusal::Database(error).into(),
        SideError::LogMoved { expected, found } => {
            AppendError::HeadMoved { expected_size: expected, found_size: found }
        }
    })
}
