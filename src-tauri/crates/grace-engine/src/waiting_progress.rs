//! Counters of windows that wait to be kept: one transaction for all of them, at most each second, however many windows
//! are open.
//!
//! Owns the pace. What waits is the newest of each window, so it is bounded by the windows that are open.

use crate::ports::Ports;
use grace_store::{Journal, WindowProgress};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Notify;

/// Time between two transactions.
const KEEP_EVERY_MS: u64 = 1_000;

/// What waits. Clones are the same.
#[derive(Clone, Default)]
pub struct WaitingProgress(Arc<Shared>);

#[derive(Default)]
struct Shared {
    newest: Mutex<BTreeMap<String, WindowProgress>>,
    came: Notify,
}

impl WaitingProgress {
    /// Has the counters of a window kept with the next transaction.
    pub(crate) fn put(&self, progress: WindowProgress) {
        let mut newest = self.0.newest.lock().unwrap_or_else(PoisonError::into_inner);
        newest.insert(progress.subject.clone(), progress);
        self.0.came.notify_one();
    }

    fn take(&self) -> Vec<WindowProgress> {
        let mut newest = self.0.newest.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *newest).into_values().collect()
    }

    /// Keeps what waits now. When that fails a restart loses some progress.
    pub async fn keep(&self, journal: &Journal) {
        if let Err(error) = journal.keep_window_progress(&self.take()).await {
            tracing::warn!(%error, "counters between evaluations could not be kept");
        }
    }
}

/// Keeps what waits, until aborted.
pub async fn keep_together(waiting: WaitingProgress, journal: Arc<Journal>, ports: Ports) {
    loop {
        waiting.0.came.notified().await;
        waiting.keep(&journal).await;
        ports.clock.sleep_ms(KEEP_EVERY_MS).await;
    }
}
