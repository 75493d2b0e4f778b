//! The samples that wait to be written, and their one flusher: in a tenth of a second at most one transaction, with all
//! that came, so that what they cost does not grow with their senders.
//!
//! Owns the bound and the pace. Answers a push after its flush: a sample that was not answered may be lost, one that was is
//! durable, and nobody judges by it before.

use crate::ports::Ports;
use crate::stop::{Phase, Stop};
use grace_domain::core::limits;
use grace_store::{Journal, Sample};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};

/// Time between two transactions.
const FLUSH_EVERY_MS: u64 = 100;

/// Why samples were not kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum NotKept {
    /// Too many wait already.
    Full,
    /// The database does not take them: a clause.
    Unwritable(String),
    /// Nobody writes any more.
    Gone,
}

/// A push that waits.
struct Waiting {
    samples: Vec<Sample>,
    reply: oneshot::Sender<Result<(), NotKept>>,
    /// Given back when it is answered.
    _room: OwnedSemaphorePermit,
}

/// The way in. Clones are the same.
#[derive(Clone)]
pub struct SampleQueue {
    way: mpsc::UnboundedSender<Waiting>,
    /// Bounds what waits, in samples.
    room: Arc<Semaphore>,
    refused: Arc<AtomicU64>,
}

/// The other end.
pub struct Flusher(mpsc::UnboundedReceiver<Waiting>);

/// Both ends.
pub fn queue() -> (SampleQueue, Flusher) {
    let (way, waiting) = mpsc::unbounded_channel();
    let room = Arc::new(Semaphore::new(limits::SAMPLES_WAITING));
    (SampleQueue { way, room, refused: Arc::default() }, Flusher(waiting))
}

impl SampleQueue {
    /// Hands samples in and waits until they are durable.
    pub(super) async fn keep(&self, samples: Vec<Sample>) -> Result<(), NotKept> {
        let n = u32::try_from(samples.len()).unwrap_or(u32::MAX);
        let Ok(room) = Arc::clone(&self.room).try_acquire_many_owned(n) else {
            self.refused.fetch_add(1, Ordering::Relaxed);
            return Err(NotKept::Full);
        };
        let (reply, answer) = oneshot::channel();
        self.way.send(Waiting { samples, reply, _room: room }).map_err(|_| NotKept::Gone)?;
        answer.await.unwrap_or(Err(NotKept::Gone))
    }

    /// Pushes that were refused since the start because too many samples waited.
    pub fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }
}

impl Flusher {
    /// Writes until the engine stops; what waits then is still written and answered.
    pub async fn run(mut self, journal: Arc<Journal>, ports: Ports, stop: Stop) {
        loop {
            let first = tokio::select! {
                () = stop.clone().requested(Phase::Effects) => break,
                first = self.0.recv() => first,
            };
            let Some(first) = first else { return };
            self.flush(&journal, Some(first)).await;
            tokio::select! {
                () = stop.clone().requested(Phase::Effects) => break,
                () = ports.clock.sleep_ms(FLUSH_EVERY_MS) => {}
            }
        }
        self.0.close();
        self.flush(&journal, None).await;
    }

    /// One transaction with all that waits.
    async fn flush(&mut self, journal: &Journal, first: Option<Waiting>) {
        let (mut samples, mut waiting) = (Vec::new(), Vec::new());
        let mut next = first.or_else(|| self.0.try_recv().ok());
        while let Some(mut push) = next {
            samples.append(&mut push.samples);
            waiting.push(push);
            next = self.0.try_recv().ok();
        }
        let kept = journal.append_samples(samples).await.map_err(|e| NotKept::Unwritable(e.to_string()));
        for push in waiting {
            // Whoever went away does not need the answer.
            let _ = push.reply.send(kept.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Sample {
        Sample { component: "edge".into(), metric: "error_rate".into(), at_ms: 1, value_micro: 1, count: 1 }
    }

    #[tokio::test]
    async fn what_finds_no_room_is_refused_and_counted_and_what_waits_is_not_answered() {
        let (queue, flusher) = queue();
        let filling = {
            let queue = queue.clone();
            tokio::spawn(async move { queue.keep(vec![sample(); limits::SAMPLES_WAITING]).await })
        };
        while queue.room.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        assert_eq!(queue.keep(vec![sample()]).await, Err(NotKept::Full));
        assert_eq!(queue.refused(), 1);
        assert!(!filling.is_finished());
        drop(flusher);
        assert_eq!(filling.await.expect("no panic"), Err(NotKept::Gone));
        assert_eq!(queue.keep(vec![sample()]).await, Err(NotKept::Gone), "there is room again");
    }
}
