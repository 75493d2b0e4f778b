//! Projection rows: what lists and details show, one row per aggregate, as it is after its last group.
//!
//! Never decides anything: rows are rebuilt from the log at any time, and no decision reads them.

use std::collections::BTreeMap;

use grace_domain::core::time::Timestamp;
use grace_domain::row::{Row, RowKind};
use sqlx::sqlite::SqliteRow;
use sqlx::{FromRow, QueryBuilder, Row as _, Sqlite};

use crate::db::{from_sql_int, sql_int};
use crate::group::AppendError;
use crate::journal::Journal;
use crate::reader::{ReadError, Reader, page};
use crate::row_filter::RowFilter;
use crate::{commit, lists};

const SELECT_OF_KIND: &str = "SELECT kind, id, state, component, at, first_seq, doc FROM rows WHERE kind = ";

struct Stored {
    kind: String,
    id: String,
    state: String,
    component: String,
    at: i64,
    first_seq: Option<i64>,
    doc: String,
}

impl FromRow<'_, SqliteRow> for Stored {
    fn from_row(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            kind: row.try_get("kind")?,
            id: row.try_get("id")?,
            state: row.try_get("state")?,
            component: row.try_get("component")?,
            at: row.try_get("at")?,
            first_seq: row.try_get("first_seq")?,
            doc: row.try_get("doc")?,
        })
    }
}

impl Stored {
    fn read(self) -> Result<Row, ReadError> {
        let damaged =
            |what: &str, of: &str| ReadError::Damaged { reason: format!("a projection row {what} {of:?}") };
        Ok(Row {
            kind: RowKind::of_word(&self.kind).ok_or_else(|| damaged("of kind", &self.kind))?,
            first_seq: from_sql_int(self.first_seq.ok_or_else(|| damaged("without an entry,", &self.id))?)?,
            id: self.id,
            state: self.state,
            component: self.component,
            at: Timestamp::from_millis(self.at),
            doc: self.doc,
        })
    }
}

impl Reader {
    /// One row.
    pub async fn row(&self, kind: RowKind, id: &str) -> Result<Option<Row>, ReadError> {
        let mut query: QueryBuilder<Sqlite> = QueryBuilder::new(SELECT_OF_KIND);
        query.push_bind(kind.as_str()).push(" AND id = ").push_bind(id.to_owned());
        let stored: Option<Stored> = query.build_query_as().fetch_optional(self.pool()).await?;
        stored.map(Stored::read).transpose()
    }

    /// Up to `limit` rows, newest first by (`at`, `id`), that come after `before` in that order.
    pub async fn rows(
        &self,
        kind: RowKind,
        filter: &RowFilter,
        before: Option<(Timestamp, &str)>,
        limit: usize,
    ) -> Result<Vec<Row>, ReadError> {
        let mut query: QueryBuilder<Sqlite> = QueryBuilder::new(SELECT_OF_KIND);
        query.push_bind(kind.as_str());
        for (column, wanted) in [("state", &filter.states), ("id", &filter.ids)] {
            if !wanted.is_empty() {
                query.push(" AND ").push(column).push(" IN (");
                let mut list = query.separated(", ");
                for one in wanted {
                    list.push_bind(one.clone());
                }
                query.push(")");
            }
        }
        if let Some(component) = &filter.component {
            query.push(" AND component = ").push_bind(component.clone());
        }
        if let Some((at, id)) = before {
            query
                .push(" AND (at, id) < (")
                .push_bind(at.millis())
                .push(", ")
                .push_bind(id.to_owned())
                .push(")");
        }
        query.push(" ORDER BY at DESC, id DESC LIMIT ").push_bind(page(limit));
        let stored: Vec<Stored> = query.build_query_as().fetch_all(self.pool()).await?;
        stored.into_iter().map(Stored::read).collect()
    }

    /// How many rows are in each state.
    pub async fn row_counts(&self, kind: RowKind) -> Result<BTreeMap<String, u64>, ReadError> {
        let counts: Vec<(String, i64)> =
            sqlx::query_as("SELECT state, count(*) FROM rows WHERE kind = ? GROUP BY state")
                .bind(kind.as_str())
                .fetch_all(self.pool())
                .await?;
        counts.into_iter().map(|(state, count)| Ok((state, from_sql_int(count)?))).collect()
    }

    /// Up to `limit` rows of a kind after the id `after`, by id: for whoever compares all of them with a replay.
    pub async fn rows_by_id(
        &self,
        kind: RowKind,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Row>, ReadError> {
        let mut query: QueryBuilder<Sqlite> = QueryBuilder::new(SELECT_OF_KIND);
        query.push_bind(kind.as_str()).push(" AND id > ").push_bind(after.unwrap_or_default().to_owned());
        query.push(" ORDER BY id LIMIT ").push_bind(page(limit));
        let stored: Vec<Stored> = query.build_query_as().fetch_all(self.pool()).await?;
        stored.into_iter().map(Stored::read).collect()
    }
}

impl Journal {
    /// Replaces all projection rows by `rows`, in one transaction: the end of a rebuild from the log.
    ///
    /// `log_size` is the size of the log that `rows` were computed from; if it has grown since, nothing is replaced.
    pub async fn replace_rows(&self, log_size: u64, rows: Vec<Row>) -> Result<(), AppendError> {
        self.side_transaction(move |conn| {
            Box::pin(async move {
                let found: i64 =
                    sqlx::query_scalar("SELECT size FROM head WHERE id = 1").fetch_one(&mut *conn).await?;
                if found != sql_int(log_size) {
                    return Err(commit::SideError::LogMoved {
                        expected: log_size,
                        found: from_sql_int(found)?,
                    });
                }
                sqlx::query("DELETE FROM rows").execute(&mut *conn).await?;
                if let Some(list) = lists::rows(&rows) {
                    list.write(conn).await?;
                }
                Ok(())
            })
        })
        .await
    }
}
