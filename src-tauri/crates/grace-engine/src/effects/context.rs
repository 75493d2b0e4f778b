//! What every effect works with: blobs, reader, keys, ports, and the channel to the
//! owner. Holds no state of its own.

use super::limits::REFUSED_WAIT_MS;
use crate::blob_store::{BlobStore, EffectError};
use crate::health::Health;
use crate::input::{Message, Task};
use crate::kept_content::LastReading;
use crate::keyring::Keyring;
use crate::mesh::Bus;
use crate::metrics::definitions::DefinitionReader;
use crate::occupancy::Occupancy;
use crate::ports::Ports;
use crate::waiting_progress::WaitingProgress;
use grace_domain::core::codes::Code;
use grace_domain::core::digest::Digest;
use grace_domain::core::refusal::RefusalKind;
use grace_domain::core::sealed_text;
use grace_domain::input::Input;
use grace_domain::update::Update;
use grace_domain::world::World;
use grace_store::{Journal, Reader};
use grace_target::{BlobSource, SandboxLauncher};
use serde::Serialize;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot, watch};

/// Shared by all effects.
#[derive(Clone)]
pub struct EffectContext {
    /// The world's directory.
    pub dir: PathBuf,
    /// Blobs.
    pub blobs: BlobStore,
    /// The log.
    pub reader: Reader,
    /// Where samples and window progress are kept. Entries go through the owner only.
    pub journal: Arc<Journal>,
    /// Release facts for whoever listens.
    pub bus: Bus,
    /// Keys of engine and components.
    pub keyring: Keyring,
    /// Time and randomness.
    pub ports: Ports,
    /// Starts sandboxed checks.
    pub launcher: SandboxLauncher,
    /// Where staged copies stand.
    pub scratch: PathBuf,
    /// Size of the log when this engine started: what is older was begun by an earlier run.
    pub started_at_size: u64,
    /// The way to the owner.
    pub inbox: mpsc::Sender<Message>,
    /// The metric definitions in force.
    pub definitions: DefinitionReader,
    /// What the last reading of kept contents found damaged.
    pub last_reading: LastReading,
    /// What targets take for themselves, as it was seen.
    pub occupancy: Occupancy,
    /// Counters of windows that wait to be kept.
    pub progress: WaitingProgress,
    /// The newest working set.
    pub latest: watch::Receiver<Arc<World>>,
    /// Whether every part of the engine still runs.
    pub health: Health,
}

impl EffectContext {
    /// The newest working set.
    pub fn world(&self) -> Arc<World> {
        self.latest.borrow().clone()
    }

    /// Hands a result to the owner and waits until it is decided and durable, so that an effect is in flight until
    /// its result is in the log; true when it is. While the log cannot take it, it is handed in again and again: what was
    /// done in the world is not done a second time for that. When the engine is stopping the next start finds the
    /// work in `todo` again.
    pub async fn publish(&self, input: Input) -> bool {
        self.hand_in(Task::Decide(input)).await
    }

    /// Lets the owner see what follows from time going by.
    pub async fn tick(&self) {
        self.hand_in(Task::Tick).await;
    }

    async fn hand_in(&self, task: Task) -> bool {
        loop {
            let (reply, answer) = oneshot::channel();
            let message = Message { task: task.clone(), once: None, reply: Some(reply), ended: None };
            if self.inbox.send(message).await.is_err() {
                return false;
            }
            match answer.await {
                Ok(Ok(_)) => return true,
                Ok(Err(refusal)) => {
                    tracing::warn!(code = %refusal.code, message = %refusal.message, "an effect's result was not taken");
                    self.ports.clock.sleep_ms(REFUSED_WAIT_MS).await;
                    if refusal.kind != RefusalKind::Unavailable {
                        return false;
                    }
                }
                Err(_) => return false,
            }
        }
    }

    /// Whether an earlier engine may have begun to apply an update.
    pub fn may_have_begun(&self, update: &Update) -> bool {
        update.last_seq() < self.started_at_size
    }

    /// Monotonic milliseconds as a function, as targets take it.
    pub fn stopwatch(&self) -> impl Fn() -> u64 + Send + Sync + use<> {
        let clock = self.ports.clock.clone();
        move || clock.monotonic_ms()
    }

    /// A blob that must be there.
    pub async fn blob(&self, digest: &Digest) -> Result<Vec<u8>, EffectError> {
        let missing = || EffectError::new(Code::BlobMissing, format!("the blob {digest} is missing"));
        self.blobs.get(digest).await?.ok_or_else(missing)
    }

    /// Keeps bytes durably.
    pub async fn keep(&self, bytes: &[u8]) -> Result<Digest, EffectError> {
        self.blobs.keep(bytes).await
    }

    /// Keeps a document that may hold secrets: salted, so that it can be redacted in an export.
    pub async fn keep_salted<T: Serialize>(&self, value: &T) -> Result<Digest, EffectError> {
        let unencodable =
            |e: String| EffectError::new(Code::Unencodable, format!("a document cannot be written: {e}"));
        let value = serde_json::to_value(value).map_err(|e| unencodable(e.to_string()))?;
        let bytes = sealed_text::salted(self.ports.seed(), &value).map_err(|e| unencodable(e.to_string()))?;
        self.keep(&bytes).await
    }

    /// Keeps tool output, when there is any.
    pub async fn keep_output(&self, text: &str) -> Option<Digest> {
        if text.trim().is_empty() {
            return None;
        }
        match self.keep_salted(&text).await {
            Ok(digest) => Some(digest),
            Err(error) => {
                tracing::warn!(%error, "tool output could not be kept");
                None
            }
        }
    }
}
