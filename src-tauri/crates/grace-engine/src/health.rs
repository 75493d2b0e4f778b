//! Whether every part of the engine still runs. A part that panics has met something that nobody thought of: from then
//! on nothing is decided and nothing is begun, what was begun is ended and recorded as far as it can be, and everything
//! can still be read. Samples are still kept: what was seen has happened, and is missing afterwards when nobody wrote it
//! down. The next start resumes what was open, as after a crash.
//!
//! Owns that one fact and the watch over tasks. Never starts a part again.

use grace_domain::core::codes::Code;
use grace_domain::core::refusal::{Refusal, RefusalKind};
use std::sync::Arc;
use tokio::sync::watch;
use tokio::task::{JoinError, JoinHandle};

/// Most of a panic's text that are kept, bytes.
const REASON_BYTES: usize = 300;

/// The part that failed first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartFailed {
    /// Which part, by its name for people.
    pub part: String,
    /// What it said.
    pub reason: String,
    /// Where a person looks and what the next start does about it, where that is known. One clause.
    pub advice: Option<String>,
}

impl PartFailed {
    /// One sentence, without its full stop.
    pub fn sentence(&self) -> String {
        let advice = self.advice.as_ref().map(|advice| format!("; {advice}")).unwrap_or_default();
        format!("a part of the engine failed, {}: {}{advice}", self.part, self.reason)
    }

    /// What a caller hears.
    pub fn refusal(&self) -> Refusal {
        self.refused("nothing was changed")
    }

    /// What whoever was waiting for an answer hears: it may or may not have been written.
    pub fn lost(&self) -> Refusal {
        self.refused("whether this was recorded is not known, look at it")
    }

    fn refused(&self, so: &str) -> Refusal {
        let hint = "start the engine again: it resumes what is open; until then everything can be read";
        let message = format!("{}; {so}", self.sentence());
        Refusal::new(RefusalKind::Unavailable, Code::EnginePartFailed, message, hint)
    }
}

/// Whether every part still runs. Clones share the fact.
#[derive(Debug, Clone)]
pub struct Health(Arc<watch::Sender<Option<PartFailed>>>);

impl Default for Health {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(None)))
    }
}

impl Health {
    /// The part that failed, if one did.
    pub fn failed_part(&self) -> Option<PartFailed> {
        self.0.borrow().clone()
    }

    /// Refuses when a part failed.
    pub fn check(&self) -> Result<(), Refusal> {
        self.failed_part().map_or(Ok(()), |failed| Err(failed.refusal()))
    }

    /// Waits until a part fails.
    pub async fn failure(&self) -> PartFailed {
        let mut following = self.0.subscribe();
        loop {
            if let Some(failed) = following.borrow_and_update().clone() {
                return failed;
            }
            if following.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }

    /// A part failed. The first failure stays.
    pub fn record_failure(&self, failed: PartFailed) {
        tracing::error!(part = %failed.part, reason = %failed.reason, "a part of the engine failed; nothing is begun any more");
        self.0.send_if_modified(|now| {
            let first = now.is_none();
            now.get_or_insert(failed);
            first
        });
    }

    /// Starts a part and watches over it. The handle ends when the part has ended and that was taken in.
    pub fn watch_over(
        &self,
        part: &'static str,
        work: impl Future<Output = ()> + Send + 'static,
    ) -> JoinHandle<()> {
        let health = self.clone();
        let work = tokio::spawn(work);
        tokio::spawn(async move {
            if let Some(reason) = work.await.err().and_then(panic_reason) {
                health.record_failure(PartFailed { part: part.to_owned(), reason, advice: None });
            }
        })
    }
}

/// What a task that panicked said, bounded; the payload may be anything. None when it was aborted.
pub fn panic_reason(error: JoinError) -> Option<String> {
    let panic = error.try_into_panic().ok()?;
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    let text = text.map_or("it did not say why", str::trim);
    Some(text[..text.floor_char_boundary(REASON_BYTES)].to_owned())
}
