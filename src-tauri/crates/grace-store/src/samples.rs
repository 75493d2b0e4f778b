//! Metric samples: what windows are judged by and charts show. Not log content: an evaluation
//! logs the digest of what it saw.
//!
//! Owns their table. Never reads a clock: whoever prunes says up to when.

use crate::group::AppendError;
use crate::journal::Journal;
use crate::lists;
use crate::reader::{ReadError, Reader};
use crate::sample::Sample;

/// Samples that one read returns at most.
const READ_MAX: usize = 100_000;

impl Journal {
    /// Keeps samples, durably. Those of the same component, metric and moment become one,
    /// weighted by count.
    pub async fn append_samples(&self, samples: Vec<Sample>) -> Result<(), AppendError> {
        let Some(list) = lists::samples(&samples) else { return Ok(()) };
        self.side_transaction(move |conn| Box::pin(async move { Ok(list.write(conn).await?) })).await
    }

    /// Forgets samples before `samples_before_ms` and kept answers before `answers_before_ms`.
    pub async fn prune(&self, samples_before_ms: i64, answers_before_ms: i64) -> Result<(), AppendError> {
        self.side_transaction(move |conn| {
            Box::pin(async move {
                sqlx::query("DELETE FROM samples WHERE at < ?")
                    .bind(samples_before_ms)
                    .execute(&mut *conn)
                    .await?;
                sqlx::query("DELETE FROM idempotency WHERE at < ?")
                    .bind(answers_before_ms)
                    .execute(&mut *conn)
                    .await?;
                Ok(())
            })
        })
        .await
    }
}

impl Reader {
    /// Samples of one series in `from_ms..to_ms`, oldest first; of more than `limit` the newest.
    pub async fn samples(
        &self,
        component: &str,
        metric: &str,
        from_ms: i64,
        to_ms: i64,
        limit: usize,
    ) -> Result<Vec<Sample>, ReadError> {
        let rows: Vec<(i64, i64, i64)> = sqlx::query_as(
            "SELECT at, value_micro, count FROM samples
             WHERE component = ? AND metric = ? AND at >= ? AND at < ? ORDER BY at DESC LIMIT ?",
        )
        .bind(component.to_owned())
        .bind(metric.to_owned())
        .bind(from_ms)
        .bind(to_ms)
        .bind(i64::try_from(limit.min(READ_MAX)).unwrap_or(i64::MAX))
        .fetch_all(self.pool())
        .await?;
        let sample = |(at_ms, value_micro, count): (i64, i64, i64)| Sample {
            component: component.to_owned(),
            metric: metric.to_owned(),
            at_ms,
            value_micro,
            count: u32::try_from(count).unwrap_or(u32::MAX),
        };
        Ok(rows.into_iter().rev().map(sample).collect())
    }

    /// The metrics of a component that have samples.
    pub async fn sampled_metrics(&self, component: &str) -> Result<Vec<String>, ReadError> {
        Ok(sqlx::query_scalar("SELECT DISTINCT metric FROM samples WHERE component = ? ORDER BY metric")
            .bind(component.to_owned())
            .fetch_all(self.pool())
            .await?)
    }
}
