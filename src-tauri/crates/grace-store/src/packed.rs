//! Many rows in one: a run of entries, with their tree rows, fetched as a few concatenations.
//!
//! Owns the form of that fetch. A row that crosses from SQLite's thread costs more than hashing what it holds, so
//! whoever reads the log from end to end reads it this way. Never trusts the stored values to be what we wrote:
//! lengths stand beside the bytes, a count beside every concatenation, and where numbers are missing each is asked for.

use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, Row as _, SqlitePool};

use crate::db::{from_sql_int, sql_int};
use crate::tree::{self, StoredNodes};

/// A run of entries in sequence, without gaps within what `seqs` names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct PackedEntries {
    /// All bytes, one entry after the other.
    pub(crate) bytes: Vec<u8>,
    /// Sequence number and end offset of each entry.
    pub(crate) ends: Vec<(u64, usize)>,
}

impl PackedEntries {
    /// Sequence number and bytes of each entry, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u64, &[u8])> {
        let starts = std::iter::once(0).chain(self.ends.iter().map(|(_, end)| *end));
        starts.zip(&self.ends).map(|(start, (seq, end))| (*seq, &self.bytes[start..*end]))
    }

    /// Takes the columns of [`SELECT_ENTRIES`], from column `at` on; `None` when numbers are missing between the first
    /// and the last, so that the lengths alone do not say whose they are.
    fn from_row(row: &SqliteRow, at: usize) -> Result<Option<Self>, sqlx::Error> {
        let Some(first) = row.try_get::<Option<i64>, _>(at)? else { return Ok(Some(Self::default())) };
        let (first, last) = (from_sql_int(first)?, from_sql_int(row.try_get(at + 1)?)?);
        let lengths: &str = row.try_get(at + 2)?;
        let bytes: Vec<u8> = row.try_get(at + 3)?;
        let lengths: Option<Vec<usize>> = lengths.split(',').map(|length| length.parse().ok()).collect();
        let lengths = lengths.ok_or_else(uneven)?;
        if lengths.len() as u64 != last - first + 1 {
            return Ok(None);
        }
        Self::cut(bytes, (first..).zip(lengths)).map(Some)
    }

    /// Lengths that do not add up are damage that the reader must not paper over.
    fn cut(bytes: Vec<u8>, lengths: impl IntoIterator<Item = (u64, usize)>) -> Result<Self, sqlx::Error> {
        let mut ends = Vec::new();
        let mut end = 0usize;
        for (seq, length) in lengths {
            end = end.checked_add(length).ok_or_else(uneven)?;
            ends.push((seq, end));
        }
        if end == bytes.len() { Ok(Self { bytes, ends }) } else { Err(uneven()) }
    }
}

fn uneven() -> sqlx::Error {
    sqlx::Error::Decode("the lengths of stored entries do not add up".into())
}

/// One run with everything that belongs to it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct PackedRun {
    pub(crate) entries: PackedEntries,
    /// Rows of `leaves` in the run.
    pub(crate) leaf_rows: u64,
    /// Rows of `branches` of blocks that the run completes.
    pub(crate) branch_rows: u64,
    /// The hashes of both.
    pub(crate) nodes: StoredNodes,
    /// Index fields, concatenated as [`FIELD`] and [`RECORD`] say; empty unless requested.
    pub(crate) index: Vec<u8>,
}

impl PackedRun {
    /// Takes the columns of [`SELECT_ENTRIES`], [`SELECT_LEAVES`] and [`SELECT_BRANCHES`], from column `at` on; `None`
    /// when entries are missing between others.
    pub(crate) fn from_row(row: &SqliteRow, at: usize) -> Result<Option<Self>, sqlx::Error> {
        let Some(entries) = PackedEntries::from_row(row, at)? else { return Ok(None) };
        Self::with_entries(entries, row, at).map(Some)
    }

    fn with_entries(entries: PackedEntries, row: &SqliteRow, at: usize) -> Result<Self, sqlx::Error> {
        let blob =
            |at: usize| Ok::<_, sqlx::Error>(row.try_get::<Option<Vec<u8>>, _>(at)?.unwrap_or_default());
        Ok(Self {
            entries,
            leaf_rows: from_sql_int(row.try_get(at + 4)?)?,
            branch_rows: from_sql_int(row.try_get(at + 6)?)?,
            nodes: StoredNodes { leaves: blob(at + 5)?, branches: blob(at + 7)? },
            index: Vec::new(),
        })
    }

    /// Whether the tree rows of entries `from..to` are all there and hold exactly `nodes`.
    pub(crate) fn has_nodes(&self, from: u64, to: u64, nodes: &StoredNodes) -> bool {
        let blocks = tree::blocks(from, to);
        self.leaf_rows == to - from && self.branch_rows == blocks.end - blocks.start && self.nodes == *nodes
    }
}

/// Entries of a half-open range (two parameters): number of the first and the last, lengths and bytes of all. A length
/// without its number is half the work of one with it, and numbers that follow each other say nothing more.
pub(crate) const SELECT_ENTRIES: &str =
    "SELECT min(seq) AS first, max(seq) AS last, group_concat(length(bytes)) AS lengths,
     group_concat(bytes, '') AS bytes FROM (SELECT seq, bytes FROM entries WHERE seq >= ? AND seq < ? ORDER BY seq)";

/// Leaves of a half-open range (two parameters): their count and hashes.
pub(crate) const SELECT_LEAVES: &str = "SELECT count(*) AS leaf_rows, group_concat(hashes, '') AS hashes
     FROM (SELECT hashes FROM leaves WHERE seq >= ? AND seq < ? ORDER BY seq)";

/// Branches of a half-open range of blocks (two parameters): their count and hashes.
pub(crate) const SELECT_BRANCHES: &str = "SELECT count(*) AS branch_rows, group_concat(hashes, '') AS hashes
     FROM (SELECT hashes FROM branches WHERE block >= ? AND block < ? ORDER BY block)";

/// Leaves with their index fields: `seq FIELD subject FIELD type FIELD at RECORD` for each row.
///
/// No appended subject or type holds a separator, so equal counts and equal bytes mean equal rows.
pub(crate) const SELECT_INDEXED_LEAVES: &str =
    "SELECT count(*) AS leaf_rows, group_concat(hashes, '') AS hashes, group_concat(
         seq || char(31) || subject || char(31) || type || char(31) || at || char(30), '') AS fields
     FROM (SELECT seq, hashes, subject, type, at FROM leaves NOT INDEXED WHERE seq >= ? AND seq < ? ORDER BY seq)";

/// Entries `from..to`.
pub(crate) async fn entries(pool: &SqlitePool, from: u64, to: u64) -> Result<PackedEntries, sqlx::Error> {
    let row = sqlx::query(SELECT_ENTRIES).bind(sql_int(from)).bind(sql_int(to)).fetch_one(pool).await?;
    match PackedEntries::from_row(&row, 0)? {
        Some(entries) => Ok(entries),
        None => with_gaps(pool, from, to).await,
    }
}

/// Entries `from..to`, one by one: some are missing between others, and each must say its number.
async fn with_gaps(pool: &SqlitePool, from: u64, to: u64) -> Result<PackedEntries, sqlx::Error> {
    let rows: Vec<(i64, Vec<u8>)> =
        sqlx::query_as("SELECT seq, bytes FROM entries WHERE seq >= ? AND seq < ? ORDER BY seq")
            .bind(sql_int(from))
            .bind(sql_int(to))
            .fetch_all(pool)
            .await?;
    let mut lengths = Vec::with_capacity(rows.len());
    let mut all = Vec::new();
    for (seq, bytes) in rows {
        lengths.push((from_sql_int(seq)?, bytes.len()));
        all.extend(bytes);
    }
    PackedEntries::cut(all, lengths)
}

/// Entries and tree rows `from..to`, index fields included.
pub(crate) async fn run(pool: &SqlitePool, from: u64, to: u64) -> Result<PackedRun, sqlx::Error> {
    let sql = format!(
        "SELECT e.first, e.last, e.lengths, e.bytes, l.leaf_rows, l.hashes, b.branch_rows, b.hashes, l.fields
         FROM ({SELECT_ENTRIES}) AS e, ({SELECT_INDEXED_LEAVES}) AS l, ({SELECT_BRANCHES}) AS b"
    );
    let blocks = tree::blocks(from, to);
    // Constants make the text.
    let mut query = sqlx::query(AssertSqlSafe(sql));
    for bound in [from, to, from, to, blocks.start, blocks.end] {
        query = query.bind(sql_int(bound));
    }
    let row = query.fetch_one(pool).await?;
    let index = row.try_get::<Option<Vec<u8>>, _>(8)?.unwrap_or_default();
    let entries = match PackedEntries::from_row(&row, 0)? {
        Some(entries) => entries,
        None => with_gaps(pool, from, to).await?,
    };
    Ok(PackedRun { index, ..PackedRun::with_entries(entries, &row, 0)? })
}

/// Separates the fields of an index row in its concatenated form.
pub(crate) const FIELD: u8 = 0x1f;
/// Ends an index row in its concatenated form.
pub(crate) const RECORD: u8 = 0x1e;
