//! Counters of observation windows between two logged looks, so that a restart does not lose what was watched.
//!
//! Owns their table. Never believes them: whoever reads says to which logged look a row must belong.

use grace_domain::digest::Digest;
use grace_domain::time::Timestamp;

use crate::group::AppendError;
use crate::journal::Journal;
use crate::reader::{ReadError, Reader};

/// What was counted since a logged look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credit {
    /// Whose window.
    pub subject: String,
    /// What it goes on from.
    pub look: Digest,
    /// When it was counted.
    pub at: Timestamp,
    /// The counters, JSON.
    pub doc: String,
}

impl Journal {
    /// Keeps the newest counters of a window, durably.
    pub async fn keep_credit(&self, credit: Credit) -> Result<(), AppendError> {
        self.side_transaction(move |conn| {
            Box::pin(async move {
                sqlx::query(
                    "INSERT INTO credit (subject, look, at, doc) VALUES (?, ?, ?, ?)
                     ON CONFLICT (subject) DO UPDATE SET look = excluded.look, at = excluded.at, doc = excluded.doc",
                )
                .bind(credit.subject)
                .bind(credit.look.as_bytes().to_vec())
                .bind(credit.at.millis())
                .bind(credit.doc)
                .execute(&mut *conn)
                .await?;
                Ok(())
            })
        })
        .await
    }

    /// Forgets the counters of windows whose aggregates have ended.
    pub async fn sweep_credit(&self) -> Result<(), AppendError> {
        self.side_transaction(|conn| {
            Box::pin(async move {
                sqlx::query("DELETE FROM credit WHERE subject NOT IN (SELECT subject FROM open)")
                    .execute(&mut *conn)
                    .await?;
                Ok(())
            })
        })
        .await
    }
}

impl Reader {
    /// The newest counters of a window, if any were kept.
    pub async fn credit(&self, subject: &str) -> Result<Option<Credit>, ReadError> {
        let row: Option<(Vec<u8>, i64, String)> =
            sqlx::query_as("SELECT look, at, doc FROM credit WHERE subject = ?")
                .bind(subject.to_owned())
                .fetch_optional(self.pool())
                .await?;
        let Some((look, at, doc)) = row else { return Ok(None) };
        let look = <[u8; 32]>::try_from(look)
            .map_err(|_| ReadError::Damaged { reason: "a row of counters has no digest".to_owned() })?;
        let (look, at) = (Digest::from_bytes(look), Timestamp::from_millis(at));
        Ok(Some(Credit { subject: subject.to_owned(), look, at, doc }))
    }
}
