//! What is committed together, and how it can fail.
//!
//! Owns the checks that need no database. Never guesses: an entry whose bytes do not say what its index row would say
//! is refused before anything is written.

use std::collections::BTreeMap;

use grace_domain::core::digest::Digest;
use grace_domain::core::limits;
use grace_domain::core::time::Timestamp;
use grace_domain::crypto::checkpoint::SignedCheckpoint;

use crate::entry_head::EntryHead;
use grace_domain::row::Row;

/// Entries of one group. An inbox of 1,024 inputs makes a few entries each at most.
const GROUP_ENTRIES_MAX: usize = 8 * limits::INBOX_GROUP;
/// Projection rows, idempotency keys or nonces of one group.
const GROUP_ROWS_MAX: usize = 8 * limits::INBOX_GROUP;
/// Bytes of entries, rows and kept answers of one group: a transaction that is held in memory for a moment.
const GROUP_BYTES_MAX: usize = 128 * 1024 * 1024;

/// One entry to be appended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEntry {
    /// The aggregate that it belongs to; must be the `subject` of `bytes`.
    pub subject: String,
    /// Entry type; must be the `type` of `bytes`.
    pub kind: String,
    /// When; must be the `at` of `bytes`.
    pub at: Timestamp,
    /// Canonical JSON, at most [`limits::ENTRY_BYTES`]; stored and hashed exactly as given.
    pub bytes: Vec<u8>,
}

/// An answer that is kept for a repeated request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Idempotency {
    /// The `Idempotency-Key`.
    pub key: String,
    /// SHA-256 of the request's body: the same key with another body is a fault of the caller.
    pub body: Digest,
    /// The answer, JSON.
    pub response: String,
    /// When; old ones are pruned.
    pub at: Timestamp,
}

/// Everything that one COMMIT makes durable.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Group {
    /// In order; at least one.
    pub entries: Vec<NewEntry>,
    /// Projection rows as they are after this group. The last one counts where two have the same key.
    pub rows: Vec<Row>,
    /// Answers kept for repetitions. A key that exists refuses the whole group.
    pub idempotency: Vec<Idempotency>,
    /// Nonces used up. One that was used refuses the whole group.
    pub nonces: Vec<String>,
    /// The salted blobs of an entry, by its position in the group: one per line.
    pub texts: Vec<(usize, Vec<u8>)>,
    /// Aggregates that are open from now on, and those that are not any more.
    pub open: BTreeMap<String, bool>,
}

/// What is durable now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Committed {
    /// Sequence number (leaf index, from 0) of the group's first entry; the others follow without a gap.
    pub first_seq: u64,
    /// The signed tree head that covers them.
    pub checkpoint: SignedCheckpoint,
}

/// Why a group was not written at all.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// A fact needs an entry.
    #[error("a group without entries")]
    Empty,
    /// Too much for one transaction.
    #[error("{found} {what} in one group; at most {max}")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many there are.
        found: usize,
        /// How many there may be.
        max: usize,
    },
    /// One entry is too large.
    #[error("entry {index} of the group has {found} bytes; at most {max}")]
    EntryTooLarge {
        /// Position in the group.
        index: usize,
        /// Bytes it has.
        found: usize,
        /// Bytes it may have.
        max: usize,
    },
    /// Subject, type or time beside the bytes are not those within them.
    #[error("entry {index} of the group: {reason}")]
    EntryMismatch {
        /// Position in the group.
        index: usize,
        /// What differs.
        reason: &'static str,
    },
    /// An idempotency key or a nonce that the database has already.
    #[error("an idempotency key or a nonce was used before")]
    Repeated,
    /// The database refused to write (disk full, read-only disk, a fault). Nothing was persisted.
    #[error("the database refused to write")]
    Database(#[source] sqlx::Error),
    /// The file of the samples cannot be used; the log can.
    #[error("samples.db cannot be used: {reason}")]
    Samples {
        /// Why, in words.
        reason: String,
    },
    /// What was read back is not what was written: memory or disk cannot be trusted. Nothing was signed.
    #[error("read back before signing: {reason}")]
    ReadBack {
        /// What differs.
        reason: String,
    },
    /// An earlier error left no connection that could be trusted; [`crate::Journal::reopen`] makes one.
    #[error("the journal must be reopened first")]
    ReopenFirst,
}

/// How an append ends when it does not succeed.
#[derive(Debug, thiserror::Error)]
pub enum AppendError {
    /// Nothing was written; the journal goes on.
    #[error("nothing was written: {reason}")]
    Refused {
        /// Why.
        #[from]
        reason: Refusal,
    },
    /// This journal is open for reading only.
    #[error("the log is open for reading only: {reason}")]
    ReadOnly {
        /// Why.
        reason: String,
    },
    /// Another instance moved the head: it writes to this world, too. Nothing was written.
    #[error(
        "the head moved: expected size {expected_size}, found {found_size}; another instance writes here"
    )]
    HeadMoved {
        /// Size that this journal knew.
        expected_size: u64,
        /// Size that the database has.
        found_size: u64,
    },
    /// COMMIT was sent and did not answer with success. Nothing may be answered until
    /// [`crate::Journal::reopen`] has said what became of the group.
    #[error("COMMIT did not answer; whether the group is durable is unknown until the journal is reopened")]
    Unknown {
        /// What came back, if anything.
        source: Option<sqlx::Error>,
    },
}

/// Bytes of a group's entries, rows and kept answers.
pub(crate) fn group_bytes(group: &Group) -> usize {
    group.entries.iter().map(|entry| entry.bytes.len()).sum::<usize>()
        + group.rows.iter().map(|row| row.doc.len()).sum::<usize>()
        + group.idempotency.iter().map(|kept| kept.response.len()).sum::<usize>()
        + group.texts.iter().map(|(_, lines)| lines.len()).sum::<usize>()
}

/// Checks a group before a transaction begins.
pub(crate) fn check(group: &Group) -> Result<(), Refusal> {
    if group.entries.is_empty() {
        return Err(Refusal::Empty);
    }
    for (what, found, max) in [
        ("bytes", group_bytes(group), GROUP_BYTES_MAX),
        ("entries", group.entries.len(), GROUP_ENTRIES_MAX),
        ("rows", group.rows.len(), GROUP_ROWS_MAX),
        ("idempotency keys", group.idempotency.len(), GROUP_ROWS_MAX),
        ("nonces", group.nonces.len(), GROUP_ROWS_MAX),
        ("texts", group.texts.len(), GROUP_ENTRIES_MAX),
        ("aggregates", group.open.len(), GROUP_ROWS_MAX),
    ] {
        if found > max {
            return Err(Refusal::TooMany { what, found, max });
        }
    }
    for (index, entry) in group.entries.iter().enumerate() {
        let (found, max) = (entry.bytes.len(), limits::ENTRY_BYTES);
        if found > max {
            return Err(Refusal::EntryTooLarge { index, found, max });
        }
    }
    Ok(())
}

/// Checks that entries are what their index rows will say; the first of them has position `from` in its group.
pub(crate) fn check_heads(from: usize, entries: &[NewEntry]) -> Result<(), Refusal> {
    for (index, entry) in (from..).zip(entries) {
        let mismatch = |reason| Refusal::EntryMismatch { index, reason };
        let head = EntryHead::read(&entry.bytes).map_err(mismatch)?;
        if head.subject != entry.subject {
            return Err(mismatch("the subject beside the bytes is not the one within"));
        }
        if head.kind != entry.kind {
            return Err(mismatch("the type beside the bytes is not the one within"));
        }
        if head.at != entry.at {
            return Err(mismatch("the time beside the bytes is not the one within"));
        }
    }
    Ok(())
}
