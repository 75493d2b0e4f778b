//! The bus. Events are made from committed entries, so nothing is published that is not durable. Lifecycle events are
//! never dropped: who falls behind, or comes later, goes on from a sequence through the log. Holds no state but the
//! place that was published last.

use super::cloudevents::{CloudEvent, event};
use crate::recovery_error::RecoveryError;
use grace_domain::core::limits;
use grace_store::{ReadError, Reader};
use std::collections::VecDeque;
use std::sync::Arc;
use tokio::sync::{broadcast, watch};

/// Events that wait for a slow reader. Few: the log holds them all.
const WAITING: usize = 8;

/// The bus. Clones are the same bus.
#[derive(Clone)]
pub struct Bus {
    reader: Reader,
    origin: Arc<str>,
    events: broadcast::Sender<Arc<CloudEvent>>,
}

impl Bus {
    /// A bus over this log.
    pub fn new(reader: Reader, origin: &str) -> Self {
        Self { reader, origin: origin.into(), events: broadcast::channel(WAITING).0 }
    }

    /// Publishes every entry from `next` on as it is committed, until nothing is committed any more. `committed` moves
    /// after COMMIT.
    pub async fn run<T>(self, mut next: u64, mut committed: watch::Receiver<T>) {
        loop {
            match page(&self.reader, &self.origin, &mut next).await {
                Ok(Some(events)) => {
                    for event in events {
                        // Nobody listens now: whoever comes later reads the log.
                        let _ = self.events.send(Arc::new(event));
                    }
                }
                Ok(None) => {
                    if committed.changed().await.is_err() {
                        return;
                    }
                }
                Err(error) => {
                    tracing::warn!(%error, "the mesh cannot read the log; it goes on with the next commit");
                    if committed.changed().await.is_err() {
                        return;
                    }
                }
            }
        }
    }

    /// Every event from entry `seq` on, those that were as those that will be.
    pub fn from(&self, seq: u64) -> Subscription {
        let live = self.events.subscribe();
        let (reader, origin) = (self.reader.clone(), Arc::clone(&self.origin));
        Subscription { reader, origin, next: seq, behind: true, ready: VecDeque::new(), live }
    }
}

/// One listener's place on the bus.
pub struct Subscription {
    reader: Reader,
    origin: Arc<str>,
    next: u64,
    /// Reads the log until it has caught up.
    behind: bool,
    ready: VecDeque<CloudEvent>,
    live: broadcast::Receiver<Arc<CloudEvent>>,
}

impl Subscription {
    /// The next event; `None` when the bus has ended. Each is given once, in the order of the log.
    pub async fn next(&mut self) -> Result<Option<CloudEvent>, RecoveryError> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Ok(Some(event));
            }
            if self.behind {
                match page(&self.reader, &self.origin, &mut self.next).await? {
                    Some(events) => self.ready.extend(events),
                    None => self.behind = false,
                }
                continue;
            }
            match self.live.recv().await {
                Ok(event) if event.seq() < self.next => {}
                Ok(event) => {
                    self.next = event.seq() + 1;
                    return Ok(Some(CloudEvent::clone(&event)));
                }
                Err(broadcast::error::RecvError::Lagged(_)) => self.behind = true,
                Err(broadcast::error::RecvError::Closed) => return Ok(None),
            }
        }
    }
}

/// Events of the next entries; `None` at the end of the log.
async fn page(reader: &Reader, origin: &str, next: &mut u64) -> Result<Option<Vec<CloudEvent>>, ReadError> {
    let entries = reader.entries(*next, limits::PAGE_ROWS).await?;
    let Some(last) = entries.last() else { return Ok(None) };
    *next = last.seq + 1;
    Ok(Some(entries.iter().filter_map(|entry| event(origin, entry)).collect()))
}
