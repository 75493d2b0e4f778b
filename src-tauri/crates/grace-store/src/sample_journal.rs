//! What the journal does with samples and kept answers: takes in, forgets, tries out.
//!
//! Owns these ways in; how samples lie is said by [`crate::samples`]. Never reads a clock: whoever prunes says up to when.

use crate::group::AppendError;
use crate::journal::Journal;
use crate::sample::Sample;

impl Journal {
    /// Keeps samples, durably, by one COMMIT. Those of the same component, metric and moment become one, weighted by
    /// count.
    pub async fn append_samples(&self, samples: Vec<Sample>) -> Result<(), AppendError> {
        self.writable()?.samples.append(samples).await
    }

    /// Forgets samples before `samples_before_ms` and kept answers before `answers_before_ms`.
    pub async fn prune(&self, samples_before_ms: i64, answers_before_ms: i64) -> Result<(), AppendError> {
        let samples = self.writable()?.samples.forget(samples_before_ms).await;
        let answers = self.side_transaction(move |conn| {
            Box::pin(async move {
                sqlx::query("DELETE FROM idempotency WHERE at < ?")
                    .bind(answers_before_ms)
                    .execute(&mut *conn)
                    .await?;
                Ok(())
            })
        });
        answers.await.and(samples)
    }

    /// Finds out whether samples can be kept now, by writing.
    pub async fn try_out_samples(&self) -> Result<(), AppendError> {
        self.writable()?.samples.try_out().await
    }
}
