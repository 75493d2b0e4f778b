//! The pin: the last checkpoint, kept outside the database.
//!
//! Owns the file `pin` and the task that writes it. Never stands in the way of an acknowledgement: the pin follows the
//! log by at most [`PAUSE`] and one write.
//!
//! What its loss means: the pin is no source of truth but a witness. After a kill or a power cut it may be older than
//! the log by the groups of the last moments; every log is an extension of its own older heads, so such a log opens as
//! usual, and only a cut back within those moments would go unseen by this witness (each acknowledger and each export
//! is another). A torn pin cannot appear: it is written beside, synced and renamed.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use grace_domain::core::limits;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use crate::layout::{LayoutError, World, read_bounded, replace_file};

/// Shortest time between two writes: each costs a sync that competes with the log's.
const PAUSE: Duration = Duration::from_millis(100);

struct Slot {
    path: PathBuf,
    /// The newest text that is not in the file yet.
    waiting: Mutex<Option<String>>,
    /// Held while the file is written, so that an older text never replaces a newer one.
    writing: Mutex<()>,
    wake: Notify,
}

impl Slot {
    /// Writes what waits, if anything does.
    fn flush(&self) -> Result<(), LayoutError> {
        let _one_writer = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(text) = waiting else { return Ok(()) };
        replace_file(&self.path, text.as_bytes(), 0o644).inspect_err(|_| {
            // Kept for the next attempt, unless a newer one came meanwhile.
            self.waiting.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(text);
        })
    }
}

/// Keeps the pin near the head.
pub(crate) struct PinKeeper {
    slot: Arc<Slot>,
    task: JoinHandle<()>,
}

impl PinKeeper {
    pub(crate) fn start(world: &World) -> Self {
        let slot = Arc::new(Slot {
            path: world.pin(),
            waiting: Mutex::new(None),
            writing: Mutex::new(()),
            wake: Notify::new(),
        });
        let task = tokio::spawn(keep(Arc::clone(&slot)));
        Self { slot, task }
    }

    /// Says that `note` is the newest durable head.
    pub(crate) fn moved(&self, note: &str) {
        *self.slot.waiting.lock().unwrap_or_else(PoisonError::into_inner) = Some(note.to_owned());
        self.slot.wake.notify_one();
    }

    /// Writes what waits now. What cannot be written is forgotten: from now on the file may be another engine's.
    pub(crate) fn stop(&self) -> Result<(), LayoutError> {
        self.task.abort();
        self.slot.flush().inspect_err(|_| {
            self.slot.waiting.lock().unwrap_or_else(PoisonError::into_inner).take();
        })
    }
}

impl Drop for PinKeeper {
    fn drop(&mut self) {
        self.task.abort();
        if let Err(error) = self.slot.flush() {
            tracing::warn!(%error, "the pin could not be written; it stays older than the log");
        }
    }
}

async fn keep(slot: Arc<Slot>) {
    loop {
        slot.wake.notified().await;
        let writer = Arc::clone(&slot);
        match tokio::task::spawn_blocking(move || writer.flush()).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => {
                tracing::warn!(%error, "the pin could not be written; it stays older than the log");
            }
            // The runtime shuts down; dropping the keeper flushes.
            Err(_) => return,
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// The pinned note; `None` when there is no pin.
pub(crate) fn read(world: &World) -> Result<Option<String>, LayoutError> {
    let path = world.pin();
    let bytes = read_bounded(&path, limits::CHECKPOINT_BYTES as u64)?;
    // A pin that is no text is not a checkpoint either; saying so is the examination's business.
    Ok(bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
}

/// Writes the first pin of a new world.
pub(crate) fn write_first(world: &World, note: &str) -> Result<(), LayoutError> {
    replace_file(&world.pin(), note.as_bytes(), 0o644)
}
