//! Counters of observation windows between two logged evaluations, so that a restart does not lose what was watched.
//!
//! Owns their table. Each row is signed with the log's key: a window must not pass because of what somebody wrote there.
//! Whoever reads says besides to which logged evaluation a row must belong.

use grace_domain::core::digest::Digest;
use grace_domain::core::time::Timestamp;
use serde_json::json;

use crate::group::AppendError;
use crate::journal::Journal;
use crate::lists;
use crate::reader::{ReadError, Reader};

/// What was counted since a logged evaluation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WindowProgress {
    /// Whose window.
    pub subject: String,
    /// What it goes on from.
    pub evaluation: Digest,
    /// When it was counted.
    pub at: Timestamp,
    /// The counters, JSON.
    pub doc: String,
}

impl WindowProgress {
    /// What the log's key signs; no checkpoint and no mark begins so.
    fn signed_bytes(&self) -> Vec<u8> {
        let Self { subject, evaluation, at, doc } = self;
        format!("grace window progress v1\n{subject}\n{evaluation}\n{}\n{doc}", at.millis()).into_bytes()
    }
}

impl Journal {
    /// Keeps the newest counters of these windows, durably, by one COMMIT.
    pub async fn keep_window_progress(&self, progress: &[WindowProgress]) -> Result<(), AppendError> {
        let mut rows = Vec::with_capacity(progress.len());
        for p in progress {
            let signature = self.sign_beside(&p.signed_bytes())?;
            let doc = format!("{}\n{}", hex::encode(signature), p.doc);
            rows.push(json!([p.subject, p.evaluation.to_hex(), p.at.millis(), doc]));
        }
        let Some(list) = lists::window_progress(rows) else { return Ok(()) };
        self.side_transaction(move |conn| Box::pin(async move { Ok(list.write(conn).await?) })).await
    }

    /// Forgets the counters of windows whose aggregates have ended.
    pub async fn sweep_window_progress(&self) -> Result<(), AppendError> {
        self.side_transaction(|conn| {
            Box::pin(async move {
                sqlx::query("DELETE FROM window_progress WHERE subject NOT IN (SELECT subject FROM open)")
                    .execute(&mut *conn)
                    .await?;
                Ok(())
            })
        })
        .await
    }
}

impl Reader {
    /// The newest counters of a window, if any were kept and are as they were signed.
    pub async fn window_progress(&self, subject: &str) -> Result<Option<WindowProgress>, ReadError> {
        let row: Option<(Vec<u8>, i64, String)> =
            sqlx::query_as("SELECT evaluation, at, doc FROM window_progress WHERE subject = ?")
                .bind(subject.to_owned())
                .fetch_optional(self.pool())
                .await?;
        let Some((evaluation, at, doc)) = row else { return Ok(None) };
        let evaluation = <[u8; 32]>::try_from(evaluation)
            .map_err(|_| ReadError::Damaged { reason: "a row of counters has no digest".to_owned() })?;
        let (evaluation, at) = (Digest::from_bytes(evaluation), Timestamp::from_millis(at));
        let Some((signature, doc)) = doc.split_once('\n') else { return Ok(None) };
        let progress = WindowProgress { subject: subject.to_owned(), evaluation, at, doc: doc.to_owned() };
        let mut bytes = [0; 64];
        let signed = hex::decode_to_slice(signature, &mut bytes).is_ok()
            && self.vkey().public().verify(&progress.signed_bytes(), &bytes).is_ok();
        if !signed {
            tracing::warn!(
                subject,
                "counters between evaluations are not as they were signed; they are not believed"
            );
        }
        Ok(signed.then_some(progress))
    }
}
