//! Readers of the committed log: entries, head, proofs.
//!
//! Owns a small pool of read-only connections. Never writes, and never hands out a proof or a head that does not check:
//! what is stored may be damaged, what is told must not be.

use std::path::Path;
use std::sync::Arc;

use grace_domain::checkpoint::{SignedCheckpoint, Vkey};
use grace_domain::digest::Digest;
use grace_domain::limits;
use grace_domain::merkle;
use grace_domain::time::Timestamp;
use sqlx::SqlitePool;

use crate::db::{self, from_sql_int, sql_int};
use crate::integrity::{self, HeadRow};
use crate::layout::World;
use crate::open::{self, OpenError};
use crate::tree;

/// One entry with what the index says of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Sequence number, from 0.
    pub seq: u64,
    /// Aggregate.
    pub subject: String,
    /// Entry type.
    pub kind: String,
    /// When.
    pub at: Timestamp,
    /// Canonical JSON as it was appended.
    pub bytes: Vec<u8>,
}

/// Size and root of the log, as stored; [`Reader::checkpoint`] is the signed form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// Entries.
    pub size: u64,
    /// Root over them.
    pub root: Digest,
}

/// Why a read failed.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The database.
    #[error("the database could not be read")]
    Database(#[from] sqlx::Error),
    /// What is stored contradicts itself or its signature.
    #[error("the log is damaged: {reason}")]
    Damaged {
        /// What does not fit.
        reason: String,
    },
    /// Beyond the end of the log, or a proof from a larger tree to a smaller one.
    #[error("{wanted} is not in a log of {size} entries")]
    OutOfRange {
        /// What was asked for.
        wanted: u64,
        /// Entries there are.
        size: u64,
    },
}

pub(crate) type EntryRow = (i64, String, String, i64, Vec<u8>);

pub(crate) fn entry(row: EntryRow) -> Result<Entry, ReadError> {
    let (seq, subject, kind, at, bytes) = row;
    Ok(Entry { seq: from_sql_int(seq)?, subject, kind, at: Timestamp::from_millis(at), bytes })
}

#[derive(Debug)]
struct Inner {
    pool: SqlitePool,
    world: World,
    vkey: Vkey,
}

/// Reads the committed state. Clones share the connections.
#[derive(Debug, Clone)]
pub struct Reader(Arc<Inner>);

impl Reader {
    pub(crate) fn new(world: &World, vkey: Vkey) -> Self {
        Self(Arc::new(Inner { pool: db::readers(&world.database()), world: world.clone(), vkey }))
    }

    /// Reads the world in `dir` beside whoever runs it: no lock, no examination, no effect.
    pub fn open(dir: impl AsRef<Path>) -> Result<Self, OpenError> {
        let world = World::at(dir.as_ref());
        open::info(&world)?;
        let vkey = open::read_vkey(&world)?;
        Ok(Self::new(&world, vkey))
    }

    pub(crate) fn pool(&self) -> &SqlitePool {
        &self.0.pool
    }

    /// The world that is read.
    pub fn world(&self) -> &World {
        &self.0.world
    }

    /// The log's verifier key.
    pub fn vkey(&self) -> &Vkey {
        &self.0.vkey
    }

    /// Closes the connections; later reads fail.
    pub async fn close(&self) {
        self.0.pool.close().await;
    }

    /// Size and root as stored.
    pub async fn head(&self) -> Result<Head, ReadError> {
        let (size, root): (i64, Vec<u8>) =
            sqlx::query_as("SELECT size, root FROM head WHERE id = 1").fetch_one(self.pool()).await?;
        let root = <[u8; 32]>::try_from(root).map_err(|_| ReadError::Damaged {
            reason: "the root in the head row is not 32 bytes".to_owned(),
        })?;
        Ok(Head { size: from_sql_int(size)?, root: Digest::from_bytes(root) })
    }

    /// The signed head; its signature was checked.
    pub async fn checkpoint(&self) -> Result<SignedCheckpoint, ReadError> {
        let row: HeadRow = sqlx::query_as("SELECT size, root, note, epoch FROM head WHERE id = 1")
            .fetch_one(self.pool())
            .await?;
        integrity::signed_head(&row, self.vkey()).map_err(|reason| ReadError::Damaged { reason })
    }

    /// One entry.
    pub async fn entry(&self, seq: u64) -> Result<Option<Entry>, ReadError> {
        let Ok(seq) = i64::try_from(seq) else { return Ok(None) };
        let row: Option<EntryRow> = sqlx::query_as(
            "SELECT seq, subject, type, at, bytes FROM leaves JOIN entries USING (seq) WHERE seq = ?",
        )
        .bind(seq)
        .fetch_optional(self.pool())
        .await?;
        row.map(entry).transpose()
    }

    /// Up to `limit` entries (at most [`limits::PAGE_ROWS`]) from sequence number `from`, oldest first.
    pub async fn entries(&self, from: u64, limit: usize) -> Result<Vec<Entry>, ReadError> {
        let rows: Vec<EntryRow> = sqlx::query_as(
            "SELECT seq, subject, type, at, bytes FROM leaves JOIN entries USING (seq)
             WHERE seq >= ? ORDER BY seq LIMIT ?",
        )
        .bind(i64::try_from(from).unwrap_or(i64::MAX))
        .bind(page(limit))
        .fetch_all(self.pool())
        .await?;
        rows.into_iter().map(entry).collect()
    }

    /// Up to `limit` entries of one aggregate after `after_seq` (from the first with `None`), oldest first.
    pub async fn entries_of(
        &self,
        subject: &str,
        after_seq: Option<u64>,
        limit: usize,
    ) -> Result<Vec<Entry>, ReadError> {
        let after = after_seq.map_or(-1, |seq| i64::try_from(seq).unwrap_or(i64::MAX));
        let rows: Vec<EntryRow> = sqlx::query_as(
            "SELECT i.seq, i.subject, i.type, i.at, e.bytes
             FROM leaves AS i CROSS JOIN entries AS e ON e.seq = i.seq
             WHERE i.subject = ? AND i.seq > ? ORDER BY i.seq LIMIT ?",
        )
        .bind(subject.to_owned())
        .bind(after)
        .bind(page(limit))
        .fetch_all(self.pool())
        .await?;
        rows.into_iter().map(entry).collect()
    }

    /// The audit path of entry `seq` in the tree of the first `size` entries, from leaf to root.
    pub async fn inclusion_proof(&self, seq: u64, size: u64) -> Result<Vec<Digest>, ReadError> {
        let out_of_range = ReadError::OutOfRange { wanted: seq, size };
        let ids = merkle::inclusion_nodes_needed(seq, size).ok_or(out_of_range)?;
        let nodes = tree::fetch(self.pool(), &ids).await?;
        match nodes.and_then(|nodes| merkle::inclusion_proof(&nodes, seq, size)) {
            Some(proof) => Ok(proof),
            None => Err(self.missing_nodes(size).await?),
        }
    }

    /// The proof that the tree of `n` entries continues the one of `m`.
    pub async fn consistency_proof(&self, m: u64, n: u64) -> Result<Vec<Digest>, ReadError> {
        let out_of_range = ReadError::OutOfRange { wanted: m, size: n };
        let ids = merkle::consistency_nodes_needed(m, n).ok_or(out_of_range)?;
        let nodes = tree::fetch(self.pool(), &ids).await?;
        match nodes.and_then(|nodes| merkle::consistency_proof(&nodes, m, n)) {
            Some(proof) => Ok(proof),
            None => Err(self.missing_nodes(n).await?),
        }
    }

    /// The root of the first `size` entries, from stored nodes.
    pub async fn root_at(&self, size: u64) -> Result<Digest, ReadError> {
        let nodes = tree::fetch(self.pool(), &merkle::frontier_nodes(size)).await?;
        match nodes.and_then(|nodes| merkle::root_of(&nodes, size)) {
            Some(root) => Ok(root),
            None => Err(self.missing_nodes(size).await?),
        }
    }

    /// Nodes are missing because the log is shorter than asked for, or because it is damaged.
    async fn missing_nodes(&self, wanted: u64) -> Result<ReadError, ReadError> {
        let size = self.head().await?.size;
        Ok(if wanted > size {
            ReadError::OutOfRange { wanted, size }
        } else {
            ReadError::Damaged { reason: format!("nodes of the tree of {wanted} entries are missing") }
        })
    }

    /// The answer that was kept for an idempotency key: SHA-256 of the request's body, and the answer as JSON.
    pub async fn idempotent(&self, key: &str) -> Result<Option<(Digest, String)>, ReadError> {
        let row: Option<(Vec<u8>, String)> =
            sqlx::query_as("SELECT body, response FROM idempotency WHERE key = ?")
                .bind(key.to_owned())
                .fetch_optional(self.pool())
                .await?;
        let Some((body, response)) = row else { return Ok(None) };
        let body = <[u8; 32]>::try_from(body)
            .map_err(|_| ReadError::Damaged { reason: "an idempotency row has no digest".to_owned() })?;
        Ok(Some((Digest::from_bytes(body), response)))
    }

    /// The sequence number of the group that used this nonce up, if one did.
    pub async fn nonce_used(&self, nonce: &str) -> Result<Option<u64>, ReadError> {
        let seq: Option<i64> = sqlx::query_scalar("SELECT seq FROM nonces WHERE nonce = ?")
            .bind(nonce.to_owned())
            .fetch_optional(self.pool())
            .await?;
        Ok(seq.map(from_sql_int).transpose()?)
    }
}

/// A page's length, bounded.
pub(crate) fn page(limit: usize) -> i64 {
    i64::try_from(limit.min(limits::PAGE_ROWS)).unwrap_or(i64::MAX)
}

/// Bounds that a caller gave as sequence numbers.
pub(crate) fn bound(seq: Option<u64>) -> i64 {
    seq.map_or(i64::MAX, |seq| sql_int(seq.min(i64::MAX as u64)))
}
