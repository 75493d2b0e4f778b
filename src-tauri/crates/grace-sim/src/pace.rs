//! Waiting on the stage: by the clock that the engine goes by, and never past the end of the play.

use std::sync::Arc;

use grace_api::Ports;
use tokio::sync::watch;

/// Time and randomness, until the stage closes.
#[derive(Clone)]
pub(crate) struct Pace {
    pub(crate) ports: Ports,
    closed: watch::Receiver<bool>,
}

/// Closes every [`Pace`] that was made with it.
pub(crate) type Closer = Arc<watch::Sender<bool>>;

/// The stage closes: whoever waits stops waiting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Closed;

impl Pace {
    pub(crate) fn new(ports: Ports) -> (Closer, Self) {
        let (ending, closed) = watch::channel(false);
        (Arc::new(ending), Self { ports, closed })
    }

    /// Waits for `ms`, or until the stage closes.
    pub(crate) async fn sleep_ms(&self, ms: u64) -> Result<(), Closed> {
        self.until_closed(self.ports.clock.sleep_ms(ms)).await
    }

    /// Waits for `work`, which loses nothing when it is dropped, or until the stage closes.
    pub(crate) async fn until_closed<T>(&self, work: impl Future<Output = T>) -> Result<T, Closed> {
        let mut closed = self.closed.clone();
        tokio::select! {
            biased;
            _ = closed.wait_for(|closed| *closed) => Err(Closed),
            done = work => Ok(done),
        }
    }
}
