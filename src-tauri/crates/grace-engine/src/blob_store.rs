//! The store's blobs as effects and targets use them, and what effects say when something they need is not there.
//!
//! Owns these two shapes. Never decides what follows from an error.

use grace_domain::core::codes::Code;
use grace_domain::core::digest::Digest;
use grace_domain::core::hint::Way;
use grace_domain::core::refusal::{Refusal, RefusalKind};
use grace_store::Blobs;
use grace_target::{BlobError, BlobSink, BlobSource, BoxFuture, TargetFault, blocking};
use serde::Serialize;

/// The store's blobs behind the ports that targets use.
#[derive(Debug, Clone)]
pub struct BlobStore(pub Blobs);

impl BlobSource for BlobStore {
    fn get<'a>(&'a self, digest: &'a Digest) -> BoxFuture<'a, Result<Option<Vec<u8>>, BlobError>> {
        let (blobs, digest) = (self.0.clone(), *digest);
        Box::pin(async move { blocking(move || blobs.get(&digest)).await.map_err(|e| failed(&e)) })
    }
}

impl BlobSink for BlobStore {
    fn put<'a>(&'a self, bytes: &'a [u8]) -> BoxFuture<'a, Result<Digest, BlobError>> {
        let (blobs, bytes) = (self.0.clone(), bytes.to_vec());
        Box::pin(async move { blocking(move || blobs.put(&bytes)).await.map_err(|e| failed(&e)) })
    }
}

impl BlobStore {
    /// Keeps bytes durably.
    pub async fn keep(&self, bytes: &[u8]) -> Result<Digest, EffectError> {
        Ok(self.put(bytes).await?)
    }

    /// Finds out whether anything can be kept now.
    pub async fn try_out(&self) -> Result<(), BlobError> {
        let blobs = self.0.clone();
        let tried = blocking(move || blobs.try_out()).await;
        tried.map_err(|e| BlobError { code: e.code(), reason: format!("blobs cannot be stored: {e}") })
    }

    /// The bytes of a governed document, if they are there.
    pub async fn document(&self, digest: &Digest) -> Result<Option<Vec<u8>>, EffectError> {
        Ok(self.get(digest).await?)
    }

    /// Keeps a document as canonical JSON.
    pub async fn keep_json<T: Serialize>(&self, value: &T) -> Result<Digest, EffectError> {
        let bytes = grace_domain::core::canon::to_canonical(value)
            .map_err(|e| EffectError::new(Code::Unencodable, format!("a document cannot be written: {e}")))?;
        self.keep(&bytes).await
    }
}

/// What the store says, with its own code.
fn failed(error: &grace_store::BlobError) -> BlobError {
    let code = error.code();
    let reason =
        if code == Code::BlobStore { format!("the blob store failed: {error}") } else { error.to_string() };
    BlobError { code, reason }
}

/// What to do where something of this code is missing: bytes that are lost come back from a copy of the world only.
pub fn way(code: Code) -> Way {
    match code {
        Code::BlobMissing | Code::BlobDiffers | Code::BlobMalformed | Code::DocumentUnreadable => {
            Way::RestoreCopy
        }
        _ => Way::Doctor,
    }
}

/// Whether what is missing is the bytes, not what they say.
pub fn is_of_blobs(code: Code) -> bool {
    matches!(code, Code::BlobMissing | Code::BlobDiffers | Code::BlobMalformed | Code::BlobStore)
}

/// Something an effect needs was not there or not readable.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{reason}")]
pub struct EffectError {
    /// Closed code.
    pub code: Code,
    /// What was missing: a clause that begins with a word of ours, never with a name.
    pub reason: String,
}

impl EffectError {
    /// Makes one.
    pub fn new(code: Code, reason: impl Into<String>) -> Self {
        Self { code, reason: reason.into() }
    }

    /// As the answer to who asked.
    pub(crate) fn unavailable(self) -> Refusal {
        let message = format!("{}; nothing was changed", self.reason);
        Refusal::new(RefusalKind::Unavailable, self.code, message, way(self.code))
    }
}

impl From<BlobError> for EffectError {
    fn from(error: BlobError) -> Self {
        Self::new(error.code, error.reason)
    }
}

impl From<TargetFault> for EffectError {
    fn from(fault: TargetFault) -> Self {
        Self::new(fault.code, fault.to_string())
    }
}
