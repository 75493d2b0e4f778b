//! Stopping in order: first the effects, so that nothing touches the world any more, then the owner, which ends the
//! group that it is committing. Owns the signal only.

use std::sync::Arc;
use tokio::sync::watch;

/// How far stopping has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Nobody has asked.
    Running,
    /// Effects, ticks and simulations end.
    Effects,
    /// The owner ends.
    Owner,
}

/// The side that asks.
#[derive(Debug, Clone)]
pub struct Stopper(Arc<watch::Sender<Phase>>);

/// The side that is asked.
#[derive(Debug, Clone)]
pub struct Stop(watch::Receiver<Phase>);

/// Both sides.
pub fn channel() -> (Stopper, Stop) {
    let (ask, asked) = watch::channel(Phase::Running);
    (Stopper(Arc::new(ask)), Stop(asked))
}

impl Stopper {
    /// The side that is asked.
    pub fn asked(&self) -> Stop {
        Stop(self.0.subscribe())
    }

    /// Asks everything up to this phase to end.
    pub fn ask(&self, phase: Phase) {
        self.0.send_replace(phase);
    }
}

impl Stop {
    /// Waits until this phase is asked for. Forever, when nobody is left who could ask: an engine ends only by
    /// being shut down.
    pub async fn asked(mut self, phase: Phase) {
        if self.0.wait_for(|now| *now >= phase).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
