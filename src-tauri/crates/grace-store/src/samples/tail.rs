//! What readers remember of the rows of `pending`, so that each is read once, and the reason for which nothing is read.
//!
//! Owns that memory, which holds no more than `pending` may. Never holds what was not read from the database.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use grace_domain::metrics::sample::Sample;

use super::codec::{Garbled, read_flush};

/// Shared by the readers and the writer of a world.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tail {
    kept: Arc<Mutex<Kept>>,
    /// Why the file cannot be used, if it cannot. Set by who writes.
    unusable: Arc<Mutex<Option<String>>>,
}

#[derive(Debug, Default)]
struct Kept {
    /// The newest row that was moved into chunks.
    compacted: i64,
    /// The newest row that is remembered or was moved.
    last: i64,
    of_series: HashMap<i64, Vec<Sample>>,
}

/// A snapshot of `pending`, seen by a read.
pub(super) struct Snapshot {
    /// The newest row that its chunks hold.
    pub(super) compacted: i64,
    /// Rows after [`Tail::last`], oldest first.
    pub(super) rows: Vec<(i64, Vec<u8>)>,
}

impl Tail {
    /// The row after which a snapshot must begin.
    pub(super) fn last(&self) -> i64 {
        self.lock().last
    }

    /// Takes a snapshot in and gives what is pending of a series within a span. `None` when rows of it were moved
    /// meanwhile: the chunks that were read with it lack them, and whoever reads begins again.
    pub(super) fn pending(
        &self,
        snapshot: &Snapshot,
        series: Option<i64>,
        span: &Range<i64>,
    ) -> Result<Option<Vec<Sample>>, Garbled> {
        let mut kept = self.lock();
        if snapshot.compacted < kept.compacted {
            return Ok(None);
        }
        if snapshot.compacted > kept.compacted {
            // All that is remembered was moved: a compaction leaves nothing behind.
            let compacted = snapshot.compacted;
            *kept = Kept { compacted, last: compacted, of_series: HashMap::new() };
        }
        for (seq, bytes) in &snapshot.rows {
            if *seq > kept.last {
                for (series, samples) in read_flush(bytes)? {
                    kept.of_series.entry(series).or_default().extend(samples);
                }
                kept.last = *seq;
            }
        }
        let of_series = series.and_then(|series| kept.of_series.get(&series));
        Ok(Some(of_series.into_iter().flatten().filter(|s| span.contains(&s.at.millis())).copied().collect()))
    }

    /// Why the file cannot be used.
    pub(super) fn unusable(&self) -> Option<String> {
        self.unusable.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn set_unusable(&self, reason: Option<String>) {
        *self.unusable.lock().unwrap_or_else(PoisonError::into_inner) = reason;
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
