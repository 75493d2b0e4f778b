//! Readers of the committed log: entries, head, proofs.
//!
//! Owns a small pool of read-only connections. Never writes, and never hands out an entry, a proof or a head that does not
//! check: what is stored may be damaged, what is answered must not be.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Mutex as StdMutex, PoisonError};

use grace_domain::core::digest::Digest;
use grace_domain::core::limits;
use grace_domain::core::time::Timestamp;
use grace_domain::crypto::checkpoint::{Checkpoint, SignedCheckpoint, Vkey};
use grace_domain::crypto::merkle::{self, NodeId};
use grace_domain::log::EntryType;
use sqlx::SqlitePool;

use crate::db::{self, from_sql_int, sql_int};
use crate::entry_head::EntryHead;
use crate::integrity;
use crate::layout::World;
use crate::newest::{NewestEntries, NewestEntry};
use crate::open::{self, OpenError};
pub use crate::read_error::ReadError;
use crate::samples::tail::Tail;
use crate::tree;

/// Level from which nodes are remembered. A tree of a million leaves has a thousand of them, and every proof needs the
/// ten above its own thousand leaves: with those at hand, a proof from it asks the database for as many nodes as a proof
/// from a thousand does.
const REMEMBERED_LEVEL: u8 = 10;
/// Nodes that are remembered, about half a megabyte; then the memory begins anew.
const REMEMBERED_MAX: usize = 8192;

/// One entry with what the index says of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Sequence number, from 0.
    pub seq: u64,
    /// Aggregate.
    pub subject: String,
    /// Entry type as the index spells it.
    pub kind: String,
    /// When.
    pub at: Timestamp,
    /// Canonical JSON as it was appended.
    pub bytes: Vec<u8>,
}

impl Entry {
    /// Its type, if this release knows it.
    pub fn entry_type(&self) -> EntryType {
        EntryType::of_stored(&self.kind)
    }
}

/// Size and root of the log, as stored; [`Reader::checkpoint`] is the signed form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// Entries.
    pub size: u64,
    /// Root over them.
    pub root: Digest,
}

/// What is read of an entry: its index row, its bytes, and the hash that the tree has of it.
pub(crate) type EntryRow = (i64, String, String, i64, Vec<u8>, Vec<u8>);

/// An entry whose bytes are those that the tree and the index speak of, and its leaf.
fn entry(row: EntryRow) -> Result<(Entry, Digest), ReadError> {
    let (seq, subject, kind, at, bytes, stored) = row;
    let seq = from_sql_int(seq)?;
    let leaf = merkle::leaf_hash(&bytes);
    if leaf.as_bytes().as_slice() != stored {
        return Err(ReadError::Broken { seq, reason: "its bytes are not the ones that were hashed" });
    }
    let head = EntryHead::read(&bytes).map_err(|reason| ReadError::Broken { seq, reason })?;
    if head.subject != subject || head.kind != kind || head.at.millis() != at {
        return Err(ReadError::Broken { seq, reason: "the index says something else than its bytes" });
    }
    Ok((Entry { seq, subject, kind, at: Timestamp::from_millis(at), bytes }, leaf))
}

#[derive(Debug)]
struct Inner {
    pool: SqlitePool,
    samples: SqlitePool,
    tail: Tail,
    world: World,
    vkey: Vkey,
    /// Upper nodes of the tree; a complete subtree never changes.
    upper: StdMutex<BTreeMap<NodeId, Digest>>,
    newest: Arc<NewestEntries>,
}

/// The newest signed head that a proving reader has seen.
type Proven = Arc<StdMutex<Option<Checkpoint>>>;

/// Reads the committed state. Clones share the connections.
#[derive(Debug, Clone)]
pub struct Reader {
    shared: Arc<Inner>,
    /// Kept by a proving reader only.
    proven: Option<Proven>,
}

impl Reader {
    pub(crate) fn new(world: &World, vkey: Vkey) -> Self {
        let pool = db::readers(&world.database());
        let shared = Inner {
            pool,
            samples: db::readers(&world.samples()),
            tail: Tail::default(),
            world: world.clone(),
            vkey,
            upper: StdMutex::default(),
            newest: Arc::default(),
        };
        Self { shared: Arc::new(shared), proven: None }
    }

    /// The same reader for whoever acts on what is read: each entry is proved to be included under the signed head.
    #[must_use]
    pub fn proving(&self) -> Self {
        Self { shared: Arc::clone(&self.shared), proven: Some(Arc::default()) }
    }

    /// Reads the world in `dir` beside whoever runs it: no lock, no examination, no effect.
    pub fn open(dir: impl AsRef<Path>) -> Result<Self, OpenError> {
        let world = World::at(dir.as_ref());
        open::info(&world)?;
        let vkey = open::read_vkey(&world)?;
        Ok(Self::new(&world, vkey))
    }

    pub(crate) fn pool(&self) -> &SqlitePool {
        &self.shared.pool
    }

    pub(crate) fn samples_pool(&self) -> &SqlitePool {
        &self.shared.samples
    }

    /// What is remembered of samples that are pending.
    pub(crate) fn tail(&self) -> &Tail {
        &self.shared.tail
    }

    /// What every entry of the log says of the newest one of each subject.
    pub(crate) fn newest(&self) -> &Arc<NewestEntries> {
        &self.shared.newest
    }

    /// The newest entry of a subject, as the entries themselves say it; known to whoever shares the connections of a
    /// reader that walked the log.
    pub fn newest_entry(&self, subject: &str) -> NewestEntry {
        self.newest().of(subject)
    }

    /// The world that is read.
    pub fn world(&self) -> &World {
        &self.shared.world
    }

    /// The log's verifier key.
    pub fn vkey(&self) -> &Vkey {
        &self.shared.vkey
    }

    /// Closes the connections; later reads fail.
    pub async fn close(&self) {
        self.shared.pool.close().await;
        self.shared.samples.close().await;
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
        let row = integrity::head_row(self.pool()).await?.ok_or(sqlx::Error::RowNotFound)?;
        integrity::signed_head(&row, self.vkey()).map_err(|reason| ReadError::Damaged { reason })
    }

    /// One entry.
    pub async fn entry(&self, seq: u64) -> Result<Option<Entry>, ReadError> {
        let Ok(seq) = i64::try_from(seq) else { return Ok(None) };
        let row: Option<EntryRow> = sqlx::query_as(
            "SELECT seq, subject, type, at, bytes, substr(hashes, 1, 32) FROM leaves JOIN entries USING (seq)
             WHERE seq = ?",
        )
        .bind(seq)
        .fetch_optional(self.pool())
        .await?;
        Ok(self.checked(row.into_iter().collect()).await?.pop())
    }

    /// Up to `limit` entries (at most [`limits::PAGE_ROWS`]) from sequence number `from`, oldest first.
    pub async fn entries(&self, from: u64, limit: usize) -> Result<Vec<Entry>, ReadError> {
        let rows: Vec<EntryRow> = sqlx::query_as(
            "SELECT seq, subject, type, at, bytes, substr(hashes, 1, 32) FROM leaves JOIN entries USING (seq)
             WHERE seq >= ? ORDER BY seq LIMIT ?",
        )
        .bind(i64::try_from(from).unwrap_or(i64::MAX))
        .bind(page(limit))
        .fetch_all(self.pool())
        .await?;
        self.checked(rows).await
    }

    /// Up to `limit` entries of one aggregate after `after_seq` (from the first with `None`), oldest first. Fewer than that
    /// are all there are: where the log was walked, an end before the newest entry is [`ReadError::Hidden`].
    pub async fn entries_of(
        &self,
        subject: &str,
        after_seq: Option<u64>,
        limit: usize,
    ) -> Result<Vec<Entry>, ReadError> {
        // Before the rows: what is committed meanwhile only makes them more.
        let newest = self.newest_entry(subject);
        let after = after_seq.map_or(-1, |seq| i64::try_from(seq).unwrap_or(i64::MAX));
        let rows: Vec<EntryRow> = sqlx::query_as(
            "SELECT i.seq, i.subject, i.type, i.at, e.bytes, substr(i.hashes, 1, 32)
             FROM leaves AS i CROSS JOIN entries AS e ON e.seq = i.seq
             WHERE i.subject = ? AND i.seq > ? ORDER BY i.seq LIMIT ?",
        )
        .bind(subject.to_owned())
        .bind(after)
        .bind(page(limit))
        .fetch_all(self.pool())
        .await?;
        let ends = i64::try_from(rows.len()).is_ok_and(|rows| rows < page(limit));
        let entries = self.checked(rows).await?;
        if ends {
            not_hidden(subject, newest, entries.last().map(|entry| entry.seq).or(after_seq))?;
        }
        Ok(entries)
    }

    /// The newest entry of one type of each of several aggregates, oldest first, by one query.
    pub async fn newest_of_type(
        &self,
        subjects: &[String],
        entry_type: EntryType,
    ) -> Result<Vec<Entry>, ReadError> {
        let rows: Vec<EntryRow> = sqlx::query_as(
            "SELECT i.seq, i.subject, i.type, i.at, e.bytes, substr(i.hashes, 1, 32)
             FROM json_each(?) AS s CROSS JOIN leaves AS i ON i.seq = (
                 SELECT n.seq FROM leaves AS n WHERE n.subject = s.value AND n.type = ? ORDER BY n.seq DESC LIMIT 1
             )
             CROSS JOIN entries AS e ON e.seq = i.seq ORDER BY i.seq LIMIT ?",
        )
        .bind(serde_json::Value::from(subjects).to_string())
        .bind(entry_type.as_str())
        .bind(page(subjects.len()))
        .fetch_all(self.pool())
        .await?;
        self.checked(rows).await
    }

    /// Entries that are what the tree and, for a proving reader, the signed head say.
    pub(crate) async fn checked(&self, rows: Vec<EntryRow>) -> Result<Vec<Entry>, ReadError> {
        let mut entries = Vec::with_capacity(rows.len());
        let mut leaves = Vec::with_capacity(rows.len());
        for row in rows {
            let (entry, leaf) = entry(row)?;
            leaves.push((entry.seq, leaf));
            entries.push(entry);
        }
        if let (Some(proven), false) = (&self.proven, leaves.is_empty()) {
            self.prove(proven, &leaves).await?;
        }
        Ok(entries)
    }

    /// Proves leaves under the signed head, the nodes of all their proofs fetched at once.
    async fn prove(&self, proven: &Proven, leaves: &[(u64, Digest)]) -> Result<(), ReadError> {
        let last = leaves.iter().map(|(seq, _)| *seq).max().unwrap_or_default();
        let known = proven.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let head = if let Some(head) = known.filter(|head| head.size > last) {
            head
        } else {
            // Read after the entries: a head that does not cover them is not one of an honest log.
            let head = self.checkpoint().await?.checkpoint;
            *proven.lock().unwrap_or_else(PoisonError::into_inner) = Some(head.clone());
            head
        };
        let broken = |seq| ReadError::Broken { seq, reason: "it is not under the signed head" };
        let mut ids = BTreeSet::new();
        for (seq, _) in leaves {
            ids.extend(merkle::inclusion_nodes_needed(*seq, head.size).ok_or(broken(*seq))?);
        }
        let ids: Vec<_> = ids.into_iter().collect();
        let nodes = tree::fetch(self.pool(), &ids).await?;
        let nodes = nodes.ok_or_else(|| ReadError::Damaged {
            reason: format!("nodes of the tree of {} entries are missing", head.size),
        })?;
        for (seq, leaf) in leaves {
            let proof = merkle::inclusion_proof(&nodes, *seq, head.size).ok_or(broken(*seq))?;
            if !merkle::verify_inclusion(*leaf, *seq, head.size, &proof, &head.root) {
                return Err(broken(*seq));
            }
        }
        Ok(())
    }

    /// The audit path of entry `seq` in the tree of the first `size` entries, from leaf to root.
    pub async fn inclusion_proof(&self, seq: u64, size: u64) -> Result<Vec<Digest>, ReadError> {
        let out_of_range = ReadError::OutOfRange { wanted: seq, size };
        let ids = merkle::inclusion_nodes_needed(seq, size).ok_or(out_of_range)?;
        let nodes = self.nodes(&ids).await?;
        match nodes.and_then(|nodes| merkle::inclusion_proof(&nodes, seq, size)) {
            Some(proof) => Ok(proof),
            None => Err(self.missing_nodes(size).await?),
        }
    }

    /// The proof that the tree of `n` entries continues the one of `m`.
    pub async fn consistency_proof(&self, m: u64, n: u64) -> Result<Vec<Digest>, ReadError> {
        let out_of_range = ReadError::OutOfRange { wanted: m, size: n };
        let ids = merkle::consistency_nodes_needed(m, n).ok_or(out_of_range)?;
        let nodes = self.nodes(&ids).await?;
        match nodes.and_then(|nodes| merkle::consistency_proof(&nodes, m, n)) {
            Some(proof) => Ok(proof),
            None => Err(self.missing_nodes(n).await?),
        }
    }

    /// Nodes for a proof: the upper ones from memory where they were read before, the others by one query. Whoever looks
    /// for damage reads all of them from the database instead.
    async fn nodes(&self, ids: &[NodeId]) -> Result<Option<BTreeMap<NodeId, Digest>>, sqlx::Error> {
        let upper = || self.shared.upper.lock().unwrap_or_else(PoisonError::into_inner);
        let mut nodes: BTreeMap<NodeId, Digest> = {
            let upper = upper();
            ids.iter().filter_map(|id| Some((*id, *upper.get(id)?))).collect()
        };
        let missing: Vec<NodeId> = ids.iter().filter(|id| !nodes.contains_key(id)).copied().collect();
        let Some(read) = tree::fetch(self.pool(), &missing).await? else { return Ok(None) };
        {
            let mut upper = upper();
            if upper.len() >= REMEMBERED_MAX {
                upper.clear();
            }
            upper.extend(read.iter().filter(|(id, _)| id.level >= REMEMBERED_LEVEL));
        }
        nodes.extend(read);
        Ok(Some(nodes))
    }

    /// The root of the first `size` entries, from stored nodes.
    pub async fn root_at(&self, size: u64) -> Result<Digest, ReadError> {
        let nodes = tree::fetch(self.pool(), &merkle::frontier_nodes(size)).await?;
        match nodes.and_then(|nodes| merkle::root_of(&nodes, size)) {
            Some(root) => Ok(root),
            None => Err(self.missing_nodes(size).await?),
        }
    }

    /// Nodes are missing because the log is shorter than requested, or because it is damaged.
    async fn missing_nodes(&self, wanted: u64) -> Result<ReadError, ReadError> {
        let size = self.head().await?.size;
        Ok(if wanted > size {
            ReadError::OutOfRange { wanted, size }
        } else {
            ReadError::Damaged { reason: format!("nodes of the tree of {wanted} entries are missing") }
        })
    }
}

/// Refuses the entries of a subject that end before its newest one.
pub(crate) fn not_hidden(subject: &str, newest: NewestEntry, last: Option<u64>) -> Result<(), ReadError> {
    match newest {
        NewestEntry::At(seq) if last.is_none_or(|last| last < seq) => {
            Err(ReadError::Hidden { seq, subject: subject.to_owned() })
        }
        NewestEntry::NotWalked | NewestEntry::Absent | NewestEntry::At(_) => Ok(()),
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
