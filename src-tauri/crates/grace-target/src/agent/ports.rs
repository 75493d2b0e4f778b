//! What an agent gets from its surroundings: blobs, time, its own key, a directory to remember in.
//!
//! Owns the ports and the reading of documents through them. Never reaches a log, the state, a registry of keys or a
//! person's key: what an agent must know of the world is handed in with each offer.

use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;

use grace_domain::core::codes::Code;
use grace_domain::core::digest::Digest;
use grace_domain::core::sealed_text::Salt;
use grace_domain::core::time::Timestamp;
use grace_domain::crypto::keys::SignerKey;

use crate::blobs::{BlobError, BlobSink, BlobSource};
use crate::fault::TargetFault;
use crate::hook::{EndedAt, Interrupted, Moment, Step, no_hook, tell};

/// Blobs that an agent reads and keeps.
pub trait AgentBlobs: BlobSource + BlobSink {
    /// Finds out whether anything can be kept now.
    fn ready(&self) -> impl Future<Output = Result<(), BlobError>> + Send;
}

/// Time as an agent needs it.
pub trait AgentClock: Sync {
    /// Wall time, UTC.
    fn now(&self) -> Timestamp;
    /// Monotonic milliseconds since an arbitrary start.
    fn monotonic_ms(&self) -> u64;
    /// Waits.
    fn sleep_ms(&self, ms: u64) -> impl Future<Output = ()> + Send;
}

/// What an agent signs with: its own key, and salt for the texts of what it signs.
pub trait OwnKey: Sync {
    /// The key, read anew: it may be taken away or brought back at any time.
    fn read(&self) -> Result<SignerKey, TargetFault>;
    /// A fresh salt.
    fn salt(&self) -> Salt;
}

/// All of them.
#[derive(Debug, Clone)]
pub struct AgentPorts<B, C, K> {
    /// Blobs.
    pub blobs: B,
    /// Time.
    pub clock: C,
    /// Its key.
    pub key: K,
    /// Directory of its apply journal; made when it is needed.
    pub memory: PathBuf,
    /// Who is told of each durable step.
    pub hook: StepHook,
}

type StepFn = dyn Fn(Moment, &Step) -> Result<(), Interrupted> + Send + Sync;

/// Who is told of each durable step of an agent, and may want it to end there. Nobody by default.
#[derive(Clone)]
pub struct StepHook(Arc<StepFn>);

impl Default for StepHook {
    fn default() -> Self {
        Self(Arc::new(no_hook))
    }
}

impl std::fmt::Debug for StepHook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("StepHook")
    }
}

impl StepHook {
    /// One that is told.
    pub fn new(hook: impl Fn(Moment, &Step) -> Result<(), Interrupted> + Send + Sync + 'static) -> Self {
        Self(Arc::new(hook))
    }

    pub(super) fn call(&self, moment: Moment, step: &Step) -> Result<(), Interrupted> {
        (self.0)(moment, step)
    }

    pub(super) fn tell(&self, moment: Moment, step: &Step) -> Result<(), EndedAt> {
        tell(&*self.0, moment, step)
    }

    /// For a target.
    pub(super) fn as_hook(&self) -> impl Fn(Moment, &Step) -> Result<(), Interrupted> + Send + Sync {
        move |moment, step| self.call(moment, step)
    }
}

/// A blob that must be there.
pub(super) async fn blob(blobs: &dyn BlobSource, digest: &Digest) -> Result<Vec<u8>, TargetFault> {
    match blobs.get(digest).await? {
        Some(bytes) => Ok(bytes),
        None => Err(TargetFault::new(Code::BlobMissing, format!("the blob {digest} is missing"))),
    }
}
