//! The ports to a store of blobs: where the bytes of a change come from, and where replaced bytes are kept.
//!
//! Owns the two ports. Never says where a store is.

use grace_domain::core::codes::Code;
use grace_domain::core::digest::Digest;

use crate::boxed::BoxFuture;

/// A blob that could not be read or kept. "Not there" is no error: it is `None`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct BlobError {
    /// Closed code, as the store gives it: whoever passes the error on keeps it.
    pub code: Code,
    /// Why: a clause that begins with a word of ours.
    pub reason: String,
}

impl BlobError {
    /// Whether it may pass by itself: a store that does not answer may answer again, what is damaged stays so.
    pub fn transient(&self) -> bool {
        self.code == Code::BlobStore
    }
}

/// Where the bytes of a change come from.
pub trait BlobSource: Send + Sync {
    /// The bytes whose SHA-256 is `digest`, or `None` if they are not there.
    fn get<'a>(&'a self, digest: &'a Digest) -> BoxFuture<'a, Result<Option<Vec<u8>>, BlobError>>;
}

/// Where the bytes that stood in a target are kept before they are replaced.
pub trait BlobSink: Send + Sync {
    /// Keeps `bytes` durably and says their SHA-256.
    fn put<'a>(&'a self, bytes: &'a [u8]) -> BoxFuture<'a, Result<Digest, BlobError>>;
}

/// Both ways of one store.
pub trait BlobPort: BlobSource + BlobSink {}

impl<S: BlobSource + BlobSink> BlobPort for S {}
