//! The list of aggregates that are loaded at a start. Moved in the transaction of the entries that open and end them.
//!
//! Owns its table. Never says what an aggregate is: that is in its own entries.

use crate::group::AppendError;
use crate::journal::Journal;
use crate::lists;
use crate::reader::{ReadError, Reader, page};

/// Says that the list is complete.
pub const COMPLETE: &str = "world";

impl Journal {
    /// Makes the list anew.
    pub async fn replace_open(&self, subjects: Vec<String>) -> Result<(), AppendError> {
        self.side_transaction(move |conn| {
            Box::pin(async move {
                sqlx::query("DELETE FROM open").execute(&mut *conn).await?;
                let all = subjects.into_iter().chain([COMPLETE.to_owned()]).map(|s| (s, true)).collect();
                for list in lists::open(&all).into_iter().flatten() {
                    list.write(conn).await?;
                }
                Ok(())
            })
        })
        .await
    }
}

impl Reader {
    /// The aggregates that are open, in order; `None` when the list is not complete and must be made anew.
    pub async fn open_subjects(&self) -> Result<Option<Vec<String>>, ReadError> {
        let mut all: Vec<String> =
            sqlx::query_scalar("SELECT subject FROM open ORDER BY subject").fetch_all(self.pool()).await?;
        let complete = all.iter().any(|s| s == COMPLETE);
        all.retain(|s| s != COMPLETE);
        Ok(complete.then_some(all))
    }

    /// Every aggregate of the log after `after`, in order of its name, from the index of entries.
    pub async fn subjects(&self, after: Option<&str>, limit: usize) -> Result<Vec<String>, ReadError> {
        self.subjects_going_on(after, &[], limit).await
    }

    /// The same, but for those whose newest entry is of one of these types.
    pub async fn subjects_going_on(
        &self,
        after: Option<&str>,
        ends: &[&str],
        limit: usize,
    ) -> Result<Vec<String>, ReadError> {
        // A step from subject to subject: the index is never walked entry by entry.
        Ok(sqlx::query_scalar(
            "WITH RECURSIVE next (subject) AS (
                 SELECT min(subject) FROM leaves WHERE subject > ?
                 UNION ALL
                 SELECT (SELECT min(subject) FROM leaves WHERE subject > next.subject)
                 FROM next WHERE next.subject IS NOT NULL)
             SELECT subject FROM next WHERE subject IS NOT NULL AND
                 (SELECT type FROM leaves WHERE leaves.subject = next.subject ORDER BY seq DESC LIMIT 1)
                 NOT IN (SELECT value FROM json_each(?))
             LIMIT ?",
        )
        .bind(after.unwrap_or_default().to_owned())
        .bind(serde_json::Value::from(ends).to_string())
        .bind(page(limit))
        .fetch_all(self.pool())
        .await?)
    }
}
