//! Reading samples: the chunks of a span and what is pending, in one snapshot.
//!
//! Owns the SQL of it. What cannot be read is an error, never no data.

use std::ops::Range;

use grace_domain::metrics::sample::Sample;

use super::codec::{Garbled, read_chunk};
use super::merge::merged;
use super::tail::Snapshot;
use crate::reader::{ReadError, Reader};

/// Samples that one read returns at most.
const READ_MAX: usize = 100_000;

/// What one statement gives: what the row is of, a number, a series or none, bytes or none.
type PartRow = (i64, i64, Option<i64>, Option<Vec<u8>>);

const STATE: i64 = 0;
const PENDING: i64 = 1;
const CHUNK: i64 = 2;

impl Reader {
    /// Samples of one series in `from_ms..to_ms`, oldest first, each moment once; of more than `limit` the newest.
    pub async fn samples(
        &self,
        component: &str,
        metric: &str,
        from_ms: i64,
        to_ms: i64,
        limit: usize,
    ) -> Result<Vec<Sample>, ReadError> {
        if let Some(reason) = self.tail().unusable() {
            return Err(ReadError::Samples { reason });
        }
        let (span, limit) = (from_ms..to_ms, limit.min(READ_MAX));
        loop {
            let rows = self.parts(component, metric, &span, limit).await?;
            if let Some(samples) = self.put_together(rows, &span, limit).map_err(|Garbled| garbled())? {
                return Ok(samples);
            }
        }
    }

    /// One statement is one snapshot. Each chunk has a sample, and of two only the outer ones may have none in the span.
    async fn parts(
        &self,
        component: &str,
        metric: &str,
        span: &Range<i64>,
        limit: usize,
    ) -> Result<Vec<PartRow>, ReadError> {
        Ok(sqlx::query_as(
            "SELECT 0, compacted, (SELECT id FROM series WHERE component = ?1 AND metric = ?2), NULL FROM state
             UNION ALL SELECT 1, seq, NULL, bytes FROM pending WHERE seq > ?3
             UNION ALL SELECT * FROM (SELECT 2, first_ms, series, bytes FROM chunks
                 WHERE series = (SELECT id FROM series WHERE component = ?1 AND metric = ?2)
                 AND first_ms < ?5 AND last_ms >= ?4 AND first_ms >= coalesce((SELECT max(first_ms) FROM chunks
                     WHERE series = (SELECT id FROM series WHERE component = ?1 AND metric = ?2) AND first_ms <= ?4), ?4)
                 ORDER BY first_ms DESC LIMIT ?6)",
        )
        .bind(component.to_owned())
        .bind(metric.to_owned())
        .bind(self.tail().last())
        .bind(span.start)
        .bind(span.end)
        .bind(i64::try_from(limit + 2).unwrap_or(i64::MAX))
        .fetch_all(self.samples_pool())
        .await?)
    }

    /// `None` when rows were moved between what was read and what is remembered.
    fn put_together(
        &self,
        rows: Vec<PartRow>,
        span: &Range<i64>,
        limit: usize,
    ) -> Result<Option<Vec<Sample>>, Garbled> {
        let (mut state, mut chunks) = (None, Vec::new());
        let mut pending = Vec::new();
        for row in rows {
            match row {
                (STATE, compacted, series, _) => state = Some((compacted, series)),
                (PENDING, seq, _, Some(bytes)) => pending.push((seq, bytes)),
                (CHUNK, first_ms, _, Some(bytes)) => chunks.push((first_ms, bytes)),
                _ => return Err(Garbled),
            }
        }
        let (compacted, series) = state.ok_or(Garbled)?;
        pending.sort_unstable_by_key(|(seq, _)| *seq);
        let snapshot = Snapshot { compacted, rows: pending };
        let Some(came) = self.tail().pending(&snapshot, series, span)? else { return Ok(None) };
        chunks.sort_unstable_by_key(|(first_ms, _)| std::cmp::Reverse(*first_ms));
        let mut newest_first = Vec::new();
        let mut found = 0;
        for (_, bytes) in chunks {
            let mut samples = read_chunk(&bytes)?;
            samples.retain(|sample| span.contains(&sample.at.millis()));
            found += samples.len();
            newest_first.push(samples);
            if found >= limit {
                break;
            }
        }
        let kept = newest_first.into_iter().rev().flatten();
        let mut samples = merged(kept.chain(came).collect());
        samples.drain(..samples.len().saturating_sub(limit));
        Ok(Some(samples))
    }

    /// The metrics of a component that have samples.
    pub async fn sampled_metrics(&self, component: &str) -> Result<Vec<String>, ReadError> {
        if let Some(reason) = self.tail().unusable() {
            return Err(ReadError::Samples { reason });
        }
        Ok(sqlx::query_scalar("SELECT metric FROM series WHERE component = ? ORDER BY metric")
            .bind(component.to_owned())
            .fetch_all(self.samples_pool())
            .await?)
    }
}

fn garbled() -> ReadError {
    ReadError::Samples { reason: "samples are not as they were written".to_owned() }
}
