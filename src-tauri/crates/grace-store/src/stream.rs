//! Reading the log from end to end: runs of entries with the next one fetched ahead.
//!
//! Never holds more than two runs, whatever the length of the log.

use tokio::task::JoinHandle;

use crate::db::sql_int;
use crate::packed::{self, PackedEntries};
use crate::reader::{ReadError, Reader};

/// Entries per run at first.
const RUN_START: u64 = 256;
/// Bytes that a run aims at; a run of the largest entries is larger by one adjustment only.
const RUN_BYTES: u64 = 128 * 1024;
/// Entries per run at most.
const RUN_ENTRIES_MAX: u64 = 2048;

/// Some consecutive entries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryRun(PackedEntries);

impl EntryRun {
    /// Sequence number and bytes of each entry, in order.
    pub fn iter(&self) -> impl Iterator<Item = (u64, &[u8])> {
        self.0.iter()
    }

    /// Entries in this run; never none.
    #[allow(clippy::len_without_is_empty, reason = "a run is never empty")]
    pub fn len(&self) -> usize {
        self.0.ends.len()
    }
}

/// The length of the next run, from the bytes that the last one had.
pub(crate) fn next_run(entries: u64, bytes: u64) -> u64 {
    if entries == 0 {
        return RUN_START;
    }
    let entry_bytes = (bytes / entries).max(1);
    (RUN_BYTES / entry_bytes).clamp(16, RUN_ENTRIES_MAX)
}

/// Reads `from..to` in runs; made by [`Reader::stream_entries`].
pub struct EntryStream {
    reader: Reader,
    next: u64,
    to: u64,
    ahead: Option<JoinHandle<Result<PackedEntries, sqlx::Error>>>,
}

impl Reader {
    /// Streams entries `from..to`; `to` is cut to the end of the log by the caller, a missing entry is an error.
    pub fn stream_entries(&self, from: u64, to: u64) -> EntryStream {
        let mut stream = EntryStream { reader: self.clone(), next: from, to, ahead: None };
        stream.fetch(RUN_START);
        stream
    }
}

impl EntryStream {
    /// The next run; `None` after the last.
    pub async fn next(&mut self) -> Result<Option<EntryRun>, ReadError> {
        let Some(ahead) = self.ahead.take() else { return Ok(None) };
        let lost = |_| ReadError::Damaged { reason: "the reading task ended early".to_owned() };
        let run = ahead.await.map_err(lost)??;
        for (seq, _) in &run.ends {
            if *seq != self.next {
                return Err(ReadError::Damaged { reason: format!("entry {} is missing", self.next) });
            }
            self.next += 1;
        }
        if run.ends.is_empty() {
            return Err(ReadError::Damaged { reason: format!("entry {} is missing", self.next) });
        }
        self.fetch(next_run(run.ends.len() as u64, run.bytes.len() as u64));
        Ok(Some(EntryRun(run)))
    }

    fn fetch(&mut self, entries: u64) {
        if self.next >= self.to {
            return;
        }
        let (reader, from) = (self.reader.clone(), self.next);
        let to = self.to.min(from.saturating_add(entries)).min(i64::MAX as u64);
        debug_assert!(sql_int(to) > 0);
        self.ahead = Some(tokio::spawn(async move { packed::entries(reader.pool(), from, to).await }));
    }
}

impl Drop for EntryStream {
    fn drop(&mut self) {
        if let Some(ahead) = self.ahead.take() {
            ahead.abort();
        }
    }
}
