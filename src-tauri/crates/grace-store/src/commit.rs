//! The commit path: one function, one COMMIT, and the crash reasoning at that point.
//!
//! Owns the order: check → write → read back → compute the root again → sign → compare-and-swap and COMMIT → answer.
//! Never signs a root that was computed once only, and never reports a group before COMMIT has answered.

use std::pin::Pin;
use std::sync::PoisonError;

use grace_domain::crypto::checkpoint::{self, Checkpoint};
use grace_domain::crypto::merkle::{self, Frontier, NodeId};
use sqlx::Connection as _;
use sqlx::sqlite::SqliteConnection;

use crate::db::{from_sql_int, sql_int};
use crate::faults::CommitFault;
use crate::group::{self, AppendError, Committed, Group, NewEntry, Refusal};
use crate::insert::{self, RunWrite, RunWritten};
use crate::newest::SubjectKey;
use crate::packed::PackedRun;
use crate::tree::{self, StoredNodes};
use crate::writer::{InDoubt, Signing, Writer};
use crate::{integrity, lists, marks};

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
    // Of the first run before anything begins, of the others while SQLite writes: a refusal takes all of it back.
    group::check_heads(0, &group.entries[..insert::run_len(group.entries.len())])?;
    let Some(mut conn) = writer.conn.take() else { return Err(Refusal::ReopenFirst.into()) };
    // Each entry also has a leaf, each row its indexes: about a quarter of a kilobyte.
    let bytes = group::group_bytes(&group) + 256 * (group.entries.len() + group.rows.len());
    let subjects: Vec<SubjectKey> = group.entries.iter().map(|e| SubjectKey::of(&e.subject)).collect();
    let (frontier, committed) = match write(&mut conn, writer, signing, group).await {
        Ok(written) => written,
        Err(error) => {
            // COMMIT was not sent, so nothing of this is durable, whatever becomes of the connection.
            let error = head_moved(&mut conn, writer).await.unwrap_or(error);
            writer.conn = rolled_back(conn).await;
            return Err(error);
        }
    };

    // The commit point. Before it, nothing is durable: a crash leaves the old head, and the entries are not there.
    // After it, everything is: entries, index, nodes, rows and head became durable together. In between there is only
    // COMMIT itself, and when it answers with an error (or not at all) either may be true: SQLite can fail after its
    // last sync. So the connection is given up, and nothing is answered until the database was opened again and
    // asked (`Journal::reopen`). The pin and the WAL are touched afterwards only; losing either loses no entry.
    let newest: Vec<(SubjectKey, u64)> = subjects.into_iter().zip(committed.first_seq..).collect();
    writer.in_doubt = Some(InDoubt { committed: committed.clone(), newest: newest.clone() });
    let fault = signing.faults.lock().unwrap_or_else(PoisonError::into_inner).next();
    let answer = async {
        let sent = match fault {
            Some(CommitFault::Fails) => sqlx::query("ROLLBACK").execute(&mut conn).await.map(drop),
            None | Some(CommitFault::FailsButPersisted | CommitFault::ReplyLost) => {
                let (old, new) = (&writer.head.checkpoint, &committed.checkpoint);
                insert::move_head_and_commit(&mut conn, old, new, writer.epoch).await
            }
        };
        answered(sent, fault)
    };
    // While the disk works: the mark with which the next group begins.
    let mark = async { marks::sign(&committed.checkpoint.checkpoint, &signing.key) };
    let (answer, mark) = tokio::join!(answer, mark);
    if let Err(source) = answer {
        conn.close().await.ok();
        return Err(AppendError::Unknown { source });
    }
    writer.in_doubt = None;
    writer.mark = Some(mark);
    writer.conn = Some(conn);
    writer.frontier = frontier;
    writer.head = committed.checkpoint.clone();
    signing.newest.committed(&newest);
    signing.pin.moved(&committed.checkpoint.text);
    signing.wal.committed(bytes as u64);
    Ok(committed)
}

/// What a failing disk or a dying process would have answered.
fn answered(sent: Result<(), sqlx::Error>, fault: Option<CommitFault>) -> Result<(), Option<sqlx::Error>> {
    let injected = || sqlx::Error::Io(std::io::Error::other("injected"));
    match (sent, fault) {
        (Err(real), _) => Err(Some(real)),
        (Ok(()), None) => Ok(()),
        (Ok(()), Some(CommitFault::Fails | CommitFault::FailsButPersisted)) => Err(Some(injected())),
        (Ok(()), Some(CommitFault::ReplyLost)) => Err(None),
    }
}

/// Everything up to COMMIT: the frontier after the group, and what to answer once it is durable.
async fn write(
    conn: &mut SqliteConnection,
    writer: &Writer,
    signing: &Signing,
    group: Group,
) -> Result<(Frontier, Committed), AppendError> {
    let old = &writer.head.checkpoint;
    let first_seq = writer.frontier.size();
    let mut lists = lists::beside(first_seq, &group);
    let mut entries = group.entries;
    let mut frontier = writer.frontier.clone();
    let stored_frontier = merkle::frontier_nodes(old.size);
    let mut again = None;
    let mut waiting = None;
    let mut next = Run::cut(&mut entries, &mut frontier);
    while let Some(run) = next.take() {
        let begins = again.is_none();
        let wanted = if begins { stored_frontier.as_slice() } else { &[] };
        let write = RunWrite {
            begins,
            first_seq: run.first_seq,
            entries: run.entries,
            nodes: run.nodes,
            mark: (begins && old.size > 0)
                .then(|| writer.mark.unwrap_or_else(|| marks::sign(old, &signing.key))),
            wanted: tree::wanted(wanted).unwrap_or_default(),
            lists: if entries.is_empty() { std::mem::take(&mut lists) } else { Vec::new() },
        };
        // While SQLite writes this run, the next one is hashed and the one before it read back.
        let meanwhile = async {
            next = Run::cut(&mut entries, &mut frontier);
            if let Some(next) = &next {
                let from = usize::try_from(next.first_seq - first_seq).unwrap_or(usize::MAX);
                group::check_heads(from, &next.entries)?;
            }
            again.as_mut().zip(waiting.take()).map_or(Ok(()), |(again, read)| check_read_back(again, &read))
        };
        let (written, taken) = tokio::join!(insert::run(conn, write), meanwhile);
        let (written, ()) = (written.map_err(refusal)?, taken?);
        if !same_head(writer, &written) {
            let found_size = from_sql_int(written.head_size).map_err(refusal)?;
            return Err(AppendError::HeadMoved { expected_size: old.size, found_size });
        }
        if begins {
            again = Some(stored(old, &stored_frontier, &written.wanted)?);
        }
        waiting = Some(ReadBack { run: written.run, to: run.to });
    }
    if let Some((again, read)) = again.as_mut().zip(waiting) {
        check_read_back(again, &read)?;
    }
    let root = frontier.root();
    if again.is_none_or(|again| again.root() != root || again.nodes() != frontier.nodes()) {
        return Err(damaged("the root over what was stored is not the root over what was given"));
    }
    let checkpoint = Checkpoint { origin: old.origin.clone(), size: frontier.size(), root };
    let checkpoint = checkpoint::sign(&checkpoint, &signing.key);
    Ok((frontier, Committed { first_seq, checkpoint }))
}

/// A run of entries, hashed and not written yet.
struct Run {
    first_seq: u64,
    /// Where the next run begins.
    to: u64,
    entries: Vec<NewEntry>,
    /// The nodes that each entry completes.
    nodes: Vec<StoredNodes>,
}

impl Run {
    /// Takes the next run off the front of `entries` into the tree; `None` at their end.
    fn cut(entries: &mut Vec<NewEntry>, frontier: &mut Frontier) -> Option<Self> {
        let rest = entries.split_off(insert::run_len(entries.len()));
        let run = std::mem::replace(entries, rest);
        let first_seq = frontier.size();
        let nodes: Vec<StoredNodes> = run.iter().map(|entry| nodes_of(frontier, entry)).collect();
        (!run.is_empty()).then(|| Self { first_seq, to: frontier.size(), entries: run, nodes })
    }
}

/// A run as the database gave it back.
struct ReadBack {
    run: PackedRun,
    /// Where the next run begins.
    to: u64,
}

/// Appends an entry to the tree and gives the nodes that it completes.
fn nodes_of(frontier: &mut Frontier, entry: &NewEntry) -> StoredNodes {
    let mut nodes = StoredNodes::default();
    tree::push(frontier, merkle::leaf_hash(&entry.bytes), &mut nodes);
    nodes
}

/// Whether the database's head is the one that this writer knows.
fn same_head(writer: &Writer, written: &RunWritten) -> bool {
    let old = &writer.head.checkpoint;
    sql_int(old.size) == written.head_size
        && written.head_root == old.root.as_bytes()
        && written.epoch == writer.epoch
}

fn damaged(reason: impl Into<String>) -> AppendError {
    Refusal::ReadBack { reason: reason.into() }.into()
}

/// The frontier of the old tree as it is stored: where the second computation of the root begins. It uses nothing that
/// the first one held in memory, so that a bit that flipped in either is found before it is signed.
fn stored(old: &Checkpoint, ids: &[NodeId], bytes: &[u8]) -> Result<Frontier, AppendError> {
    let nodes = tree::found(ids, bytes).ok_or_else(|| damaged("the stored frontier is incomplete"))?;
    let frontier = Frontier::from_parts(old.size, nodes).map_err(|e| damaged(e.to_string()))?;
    if frontier.root() == old.root {
        Ok(frontier)
    } else {
        Err(damaged("the stored frontier has another root than the head"))
    }
}

/// Takes a run that was read back into the second tree, and compares its nodes with those that were stored.
fn check_read_back(again: &mut Frontier, ReadBack { run, to }: &ReadBack) -> Result<(), AppendError> {
    let from = again.size();
    let mut nodes = StoredNodes::default();
    for (seq, bytes) in run.entries.iter() {
        if seq != again.size() {
            return Err(damaged(format!("entry {} is not there", again.size())));
        }
        tree::push(again, merkle::leaf_hash(bytes), &mut nodes);
    }
    if again.size() == *to && run.has_nodes(from, *to, &nodes) {
        Ok(())
    } else {
        Err(damaged(format!("entries {from} to {} or their nodes differ", to - 1)))
    }
}

/// After a failure within the transaction: whether it came of a head that another instance had moved (their entries stand
/// where ours should have gone).
async fn head_moved(conn: &mut SqliteConnection, writer: &Writer) -> Option<AppendError> {
    let row = integrity::head_row(conn).await.ok()??;
    let expected_size = writer.head.checkpoint.size;
    let found_size = from_sql_int(row.size).ok()?;
    (found_size != expected_size).then_some(AppendError::HeadMoved { expected_size, found_size })
}

/// The connection after a transaction that failed. ROLLBACK also fails when BEGIN or COMMIT did and no transaction is
/// open; a closed connection is certain.
async fn rolled_back(mut conn: SqliteConnection) -> Option<SqliteConnection> {
    if sqlx::query("ROLLBACK").execute(&mut conn).await.is_ok() {
        return Some(conn);
    }
    conn.close().await.ok();
    None
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
    writer.conn = rolled_back(conn).await;
    Err(match error {
        SideError::Database(error) => Refusal::Database(error).into(),
        SideError::LogMoved { expected, found } => {
            AppendError::HeadMoved { expected_size: expected, found_size: found }
        }
    })
}
