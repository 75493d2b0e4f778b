//! The index by subject against the entries: whatever reads the entries of a subject is led by it, and no hash covers it.
//!
//! Owns the walk over the index and the comparison. Memory is bounded: both sides are summed up by stretches of the log,
//! each entry as a keyed hash of its subject and number; only where two sums differ are the rows looked at. The key is
//! drawn for each comparison, so that nobody can have prepared rows whose sums agree. Whether every
//! search finds what the walk has seen, SQLite's own check says.

use std::collections::BTreeMap;
use std::hash::{BuildHasher as _, RandomState};

use super::breaks::Breaks;
use crate::db::{from_sql_int, sql_int};
use crate::newest::SubjectKey;
use crate::packed::{FIELD, RECORD};
use crate::reader::{ReadError, Reader};

/// Entries of one stretch, as a power of two.
const STRETCH_BITS: u32 = 12;
/// Rows of the index that are fetched at once.
const PAGE_ROWS: i64 = 4096;

/// Rows of the index after a key, in its own order: the rest of the key's subject, then the next subjects (parameters:
/// subject, sequence number, subject, and how many). As `subject FIELD seq RECORD` each.
const SELECT_KEYS: &str = "SELECT group_concat(subject || char(31) || seq || char(30), '') FROM (
     SELECT * FROM (SELECT subject, seq FROM leaves INDEXED BY leaves_by_subject
         WHERE subject = ? AND seq > ? ORDER BY subject, seq)
     UNION ALL
     SELECT * FROM (SELECT subject, seq FROM leaves INDEXED BY leaves_by_subject
         WHERE subject > ? ORDER BY subject, seq)
     LIMIT ?)";

/// Rows of the index whose entries lie in a half-open range (two parameters), all of it walked.
const SELECT_KEYS_OF_STRETCH: &str =
    "SELECT seq, subject FROM leaves INDEXED BY leaves_by_subject WHERE seq >= ? AND seq < ?";

/// Subjects of a half-open range of entries (two parameters), by the table.
const SELECT_SUBJECTS: &str =
    "SELECT seq, subject FROM leaves NOT INDEXED WHERE seq >= ? AND seq < ? ORDER BY seq";

/// Sums of keyed hashes by stretch of the log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Sums(Vec<u64>);

impl Sums {
    fn add(&mut self, seq: u64, hash: u64) {
        let stretch = usize::try_from(seq >> STRETCH_BITS).unwrap_or(usize::MAX);
        if self.0.len() <= stretch {
            self.0.resize(stretch + 1, 0);
        }
        self.0[stretch] = self.0[stretch].wrapping_add(hash);
    }
}

/// What the entries say the index must hold.
#[derive(Debug, Default)]
pub(super) struct ExpectedIndex {
    key: RandomState,
    sums: Sums,
}

impl ExpectedIndex {
    pub(super) fn add(&mut self, subject: SubjectKey, seq: u64) {
        self.sums.add(seq, self.key.hash_one((subject, seq)));
    }
}

/// What a walk over the index found.
enum Walked {
    /// Sums over the rows of entries below the end, and the highest number among all rows.
    Whole { sums: Sums, last: Option<u64> },
    /// It is no index of these entries at all: a row that does not come after the one before it, or is none.
    Disordered { seq: Option<u64> },
}

/// Compares the index with the first `end` entries, which are what was signed.
pub(super) async fn compare(
    reader: &Reader,
    expected: &ExpectedIndex,
    end: u64,
    breaks: &mut Breaks,
) -> Result<(), ReadError> {
    let (sums, last) = match walk(reader, &expected.key, end).await? {
        Walked::Whole { sums, last } => (sums, last),
        Walked::Disordered { seq } => {
            breaks.index_differs(seq, "the rows of the index by subject are not in order");
            return Ok(());
        }
    };
    // Read after the walk: what was appended meanwhile is within it.
    let size = reader.head().await.map_or(end, |head| head.size.max(end));
    if let Some(last) = last.filter(|last| *last >= size) {
        let reason = format!("the index by subject has an entry {last} in a log of {size}");
        breaks.index_differs(Some(last), reason);
    }
    let stretches = sums.0.len().max(expected.sums.0.len());
    let sum = |sums: &Sums, stretch: usize| sums.0.get(stretch).copied().unwrap_or_default();
    let mut differing = (0..stretches).filter(|s| sum(&sums, *s) != sum(&expected.sums, *s));
    if let Some(first) = differing.next() {
        let others = differing.count();
        name(reader, (first as u64) << STRETCH_BITS, end, breaks).await?;
        if others > 0 {
            let reason = format!("the index by subject differs in {others} more stretches of 4096 entries");
            breaks.index_differs(None, reason);
        }
    } else if breaks.count() == 0 {
        // A row of the index holds the number twice: searches go by one, what they give is read from the other.
        for fault in reader.faults_of("leaves").await? {
            breaks.index_differs(None, format!("the index by subject: {fault}"));
        }
    }
    Ok(())
}

/// Goes through the index from its first row to its last.
async fn walk(reader: &Reader, key: &RandomState, end: u64) -> Result<Walked, ReadError> {
    let mut sums = Sums::default();
    let mut last = None;
    // Before any row: no subject is empty.
    let mut before = (String::new(), 0);
    // The hash of a subject serves all its rows, which follow each other.
    let mut subject_key = SubjectKey::of("");
    loop {
        let page: Option<Vec<u8>> = sqlx::query_scalar(SELECT_KEYS)
            .bind(before.0.clone())
            .bind(sql_int(before.1))
            .bind(before.0.clone())
            .bind(PAGE_ROWS)
            .fetch_one(reader.pool())
            .await?;
        let Some(page) = page else { return Ok(Walked::Whole { sums, last }) };
        for row in page.strip_suffix(&[RECORD]).unwrap_or(&page).split(|b| *b == RECORD) {
            let Some((subject, seq)) = read_row(row) else { return Ok(Walked::Disordered { seq: None }) };
            if (subject, seq) <= (before.0.as_str(), before.1) {
                return Ok(Walked::Disordered { seq: Some(seq) });
            }
            if subject != before.0 {
                subject_key = SubjectKey::of(subject);
                subject.clone_into(&mut before.0);
            }
            before.1 = seq;
            last = last.max(Some(seq));
            if seq < end {
                sums.add(seq, key.hash_one((subject_key, seq)));
            }
        }
    }
}

fn read_row(row: &[u8]) -> Option<(&str, u64)> {
    let at = row.iter().rposition(|b| *b == FIELD)?;
    let (subject, seq) = std::str::from_utf8(row).ok()?.split_at_checked(at)?;
    let seq = seq.get(1..)?.parse().ok()?;
    (!subject.is_empty()).then_some((subject, seq))
}

/// Names every row by which the index differs from the entries in one stretch.
async fn name(reader: &Reader, from: u64, end: u64, breaks: &mut Breaks) -> Result<(), ReadError> {
    let to = end.min(from + (1 << STRETCH_BITS));
    let rows = async |sql| -> Result<Vec<(u64, String)>, ReadError> {
        let rows: Vec<(i64, String)> =
            sqlx::query_as(sql).bind(sql_int(from)).bind(sql_int(to)).fetch_all(reader.pool()).await?;
        rows.into_iter().map(|(seq, subject)| Ok((from_sql_int(seq)?, subject))).collect()
    };
    // How often a row is in the index, less how often it must be.
    let mut differences: BTreeMap<(u64, String), i64> = BTreeMap::new();
    for row in rows(SELECT_KEYS_OF_STRETCH).await? {
        *differences.entry(row).or_default() += 1;
    }
    for row in rows(SELECT_SUBJECTS).await? {
        *differences.entry(row).or_default() -= 1;
    }
    for ((seq, subject), difference) in differences.into_iter().filter(|(_, d)| *d != 0) {
        let reason = if difference < 0 {
            format!("the index by subject hides it from the entries of {subject}")
        } else {
            format!("the index by subject gives it among the entries of {subject}")
        };
        breaks.index_differs(Some(seq), reason);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use sqlx::{Connection as _, SqliteConnection};

    use super::*;
    use crate::db;

    /// What SQLite does for a statement, one line per step.
    async fn plan(sql: &str) -> Vec<String> {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("grace.db");
        db::create(&path, &db::LOG).await.expect("a database");
        let mut conn: SqliteConnection = db::connect_reader(&path).await.expect("open");
        let explain = sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}"));
        let steps: Vec<(i64, i64, i64, String)> =
            sqlx::query_as(explain).fetch_all(&mut conn).await.expect("a plan");
        conn.close().await.expect("closed");
        steps.into_iter().map(|(.., detail)| detail).filter(|detail| detail.contains("leaves")).collect()
    }

    #[tokio::test]
    async fn each_side_is_read_from_where_it_lies() {
        let index = "leaves USING COVERING INDEX leaves_by_subject";
        let by_key = [format!("SEARCH {index} (subject=? AND seq>?)"), format!("SEARCH {index} (subject>?)")];
        assert_eq!(plan(SELECT_KEYS).await, by_key);
        assert_eq!(plan(SELECT_KEYS_OF_STRETCH).await, [format!("SCAN {index}")]);
        let table = ["SEARCH leaves USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)"];
        assert_eq!(plan(SELECT_SUBJECTS).await, table);
        assert_eq!(plan(crate::packed::SELECT_INDEXED_LEAVES).await, table);
    }
}
