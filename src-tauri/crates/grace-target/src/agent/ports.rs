//! What an agent gets from its surroundings: blobs, time, its own key, a directory to remember in.
//!
//! Owns the ports and the reading of documents through them. Never reaches a log, the state, a registry of keys or a
//! person's key: what an agent must know of the world is handed in with each offer.

use grace_domain::core::codes::Code;
use std::future::Future;
use std::path::PathBuf;

use grace_domain::core::digest::Digest;
use grace_domain::core::time::Timestamp;
use grace_domain::core::{canon, limits};
use grace_domain::crypto::keys::SignerKey;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::blobs::{BlobError, BlobSink, BlobSource};
use crate::fault::TargetFault;

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

/// The agent's own signing key.
pub trait OwnKey: Sync {
    /// The key, read anew: it may be taken away or brought back at any time.
    fn read(&self) -> Result<SignerKey, TargetFault>;
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
}

/// A blob that must be there.
pub(super) async fn blob(blobs: &impl BlobSource, digest: &Digest) -> Result<Vec<u8>, TargetFault> {
    match blobs.get(digest).await? {
        Some(bytes) => Ok(bytes),
        None => Err(TargetFault::new(Code::BlobMissing, format!("the blob {digest} is missing"))),
    }
}

/// Reads a document kept before.
pub(super) async fn json<T: DeserializeOwned>(
    blobs: &impl BlobSource,
    digest: &Digest,
) -> Result<T, TargetFault> {
    let bytes = blob(blobs, digest).await?;
    let malformed =
        |e: String| TargetFault::new(Code::BlobMalformed, format!("the blob {digest} does not read: {e}"));
    let value = canon::parse_strict(&bytes, limits::JSON_DEPTH).map_err(|e| malformed(e.to_string()))?;
    serde_json::from_value(value).map_err(|e| malformed(e.to_string()))
}

/// Keeps a document as canonical JSON.
pub(super) async fn keep_json<T: Serialize>(blobs: &impl BlobSink, value: &T) -> Result<Digest, TargetFault> {
    let bytes = canon::to_canonical(value)
        .map_err(|e| TargetFault::new(Code::Unencodable, format!("a document cannot be written: {e}")))?;
    Ok(blobs.put(&bytes).await?)
}
