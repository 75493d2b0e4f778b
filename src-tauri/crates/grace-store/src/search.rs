//! Searching the log: by aggregate, type and text, newest first, page by page.
//!
//! Never uses OFFSET, and never scans more than a bounded part of the log per page: a page may therefore be short and
//! still name where to go on.

use grace_domain::core::limits;
use grace_domain::log::TypeFilter;
use sqlx::{QueryBuilder, Sqlite};

use crate::db::{from_sql_int, sql_int};
use crate::reader::{Entry, EntryRow, ReadError, Reader, bound, not_hidden, page};

/// Entries that one page of a text search looks at: each is read whole.
const TEXT_SCAN_ENTRIES: u64 = 20_000;
/// Entries that one page of a search by type looks at: only their index fields are read.
const TYPE_SCAN_ENTRIES: u64 = 100_000;

/// What is searched for; an absent field matches all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SearchFilter {
    /// Aggregate.
    pub subject: Option<String>,
    /// Entry type, or a family of types.
    pub entry_type: Option<TypeFilter>,
    /// Part of the entry's JSON, ASCII letters without regard to case; shortened to [`limits::SEARCH_BYTES`].
    pub text: Option<String>,
}

/// One page, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchPage {
    /// What was found.
    pub entries: Vec<Entry>,
    /// Where the next page begins (`before_seq`); `None` at the end.
    pub next_before: Option<u64>,
}

impl Reader {
    /// Up to `limit` entries that match, with sequence numbers below `before_seq`.
    pub async fn search(
        &self,
        filter: &SearchFilter,
        before_seq: Option<u64>,
        limit: usize,
    ) -> Result<SearchPage, ReadError> {
        let whole = match filter {
            SearchFilter { subject: Some(subject), entry_type: None, text: None } => {
                Some((subject, self.newest_entry(subject)))
            }
            _ => None,
        };
        let end = match before_seq {
            Some(seq) => bound(Some(seq)),
            None => sql_int(self.head().await?.size),
        };
        let text = filter.text.as_deref().filter(|text| !text.is_empty());
        let scan = match (text, &filter.subject, filter.entry_type) {
            (Some(_), ..) => TEXT_SCAN_ENTRIES,
            (None, None, Some(_)) => TYPE_SCAN_ENTRIES,
            _ => u64::MAX,
        };
        let start = i64::try_from(scan).map_or(0, |scan| end.saturating_sub(scan).max(0));
        let mut query: QueryBuilder<Sqlite> = QueryBuilder::new(
            "SELECT i.seq, i.subject, i.type, i.at, e.bytes, substr(i.hashes, 1, 32)
             FROM leaves AS i CROSS JOIN entries AS e ON e.seq = i.seq WHERE i.seq < ",
        );
        query.push_bind(end).push(" AND i.seq >= ").push_bind(start);
        if let Some(subject) = &filter.subject {
            query.push(" AND i.subject = ").push_bind(subject.clone());
        }
        match filter.entry_type {
            None => {}
            Some(TypeFilter::One(one)) => {
                query.push(" AND i.type = ").push_bind(one.as_str());
            }
            Some(TypeFilter::Family(family)) => {
                query.push(" AND substr(i.type, 1, length(").push_bind(family);
                query.push(")) = ").push_bind(family);
            }
        }
        if let Some(text) = text {
            query.push(" AND CAST(e.bytes AS TEXT) LIKE ").push_bind(pattern(text)).push(r" ESCAPE '\'");
        }
        query.push(" ORDER BY i.seq DESC LIMIT ").push_bind(page(limit));
        let rows: Vec<EntryRow> = query.build_query_as().fetch_all(self.pool()).await?;
        let full = rows.len() as u64 == page(limit).unsigned_abs();
        let entries = self.checked(rows).await?;
        if let (Some((subject, newest)), None) = (whole, before_seq) {
            not_hidden(subject, newest, entries.first().map(|e| e.seq))?;
        }
        let next_before = if full {
            entries.last().map(|e| e.seq).filter(|seq| *seq > 0)
        } else {
            // The scanned part is done; older ones may match.
            (start > 0).then_some(from_sql_int(start)?)
        };
        Ok(SearchPage { entries, next_before })
    }
}

/// `text` anywhere, with LIKE's own characters taken literally.
fn pattern(text: &str) -> String {
    let mut pattern = String::from("%");
    let mut bytes = 0;
    for c in text.chars() {
        bytes += c.len_utf8();
        if bytes > limits::SEARCH_BYTES {
            break;
        }
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}
