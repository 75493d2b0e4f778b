//! Stopping in order: effects, then the owner, then the log.

use crate::stop::{Phase, Stopper};
use crate::waiting_progress::WaitingProgress;
use grace_store::Journal;
use std::sync::Arc;
use tokio::sync::Mutex;
use tokio::task::JoinHandle;

/// What runs. Clones are the same.
#[derive(Clone)]
pub(super) struct Running {
    tasks: Arc<Mutex<Option<Tasks>>>,
    stopper: Stopper,
    journal: Arc<Journal>,
    progress: WaitingProgress,
}

/// What still runs, in the order in which it ends.
struct Tasks {
    /// Effects and ticks.
    others: Vec<JoinHandle<()>>,
    owner: Option<JoinHandle<()>>,
}

impl Running {
    /// Of tasks that watch over their parts.
    pub fn new(
        (others, owner): (Vec<JoinHandle<()>>, JoinHandle<()>),
        stopper: Stopper,
        journal: Arc<Journal>,
        progress: WaitingProgress,
    ) -> Self {
        let tasks = Arc::new(Mutex::new(Some(Tasks { others, owner: Some(owner) })));
        Self { tasks, stopper, journal, progress }
    }

    /// Stops effects, then the owner, then closes the log. Whoever waits for an answer gets it: what was being
    /// committed is committed, the rest is refused. What was in flight is found again at the next start. Whoever asks
    /// besides waits for the same end, and goes on with it when the other has given up.
    pub async fn shutdown(&self) {
        let mut tasks = self.tasks.lock().await;
        let Some(Tasks { others, owner }) = tasks.as_mut() else { return };
        self.stopper.request(Phase::Effects);
        while let Some(task) = others.last_mut() {
            ended(task).await;
            others.pop();
        }
        // Of the evaluations that were going on until now.
        self.progress.keep(&self.journal).await;
        self.stopper.request(Phase::Owner);
        if let Some(task) = owner {
            ended(task).await;
        }
        *owner = None;
        if let Err(error) = self.journal.stop().await {
            tracing::warn!(%error, "the log was not closed in order; the next start recovers it");
        }
        *tasks = None;
    }
}

/// Waits for a task that watches over a part; what became of the part is known by then.
async fn ended(task: &mut JoinHandle<()>) {
    if let Err(error) = task.await {
        tracing::error!(%error, "nobody watched over a part of the engine");
    }
}
