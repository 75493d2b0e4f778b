//! Stopping in order: first the effects, so that nothing touches the world any more, then the owner, which ends the
//! group that it is committing. Owns the signal only.

use std::sync::Arc;
use tokio::sync::watch;

/// How far stopping has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Nobody has requested an end.
    Running,
    /// Effects, ticks and simulations end.
    Effects,
    /// The owner ends.
    Owner,
}

/// The side that requests it.
#[derive(Debug, Clone)]
pub struct Stopper(Arc<watch::Sender<Phase>>);

/// The side that stops.
#[derive(Debug, Clone)]
pub struct Stop(watch::Receiver<Phase>);

/// Both sides.
pub fn channel() -> (Stopper, Stop) {
    let (stopper, stop) = watch::channel(Phase::Running);
    (Stopper(Arc::new(stopper)), Stop(stop))
}

impl Stopper {
    /// The side that stops.
    pub fn stop(&self) -> Stop {
        Stop(self.0.subscribe())
    }

    /// Requests that everything up to this phase ends.
    pub fn request(&self, phase: Phase) {
        self.0.send_replace(phase);
    }
}

impl Stop {
    /// Waits until this phase is requested. Forever, when nobody is left who could request it: an engine ends only by
    /// being shut down.
    pub async fn requested(mut self, phase: Phase) {
        if self.0.wait_for(|now| *now >= phase).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
