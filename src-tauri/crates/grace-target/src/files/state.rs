//! Content and mode of one file, as digests say it.
//!
//! Owns the value. Never reads a file.

use grace_domain::core::digest::Digest;
use grace_domain::files::tree_digest::FileEntry;
use serde::{Deserialize, Serialize};

/// Permission bits of a mode; the rest says the type.
pub(crate) const MODE_BITS: u32 = 0o7777;

/// Content and mode of one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileState {
    /// SHA-256 of the bytes.
    pub sha256: Digest,
    /// Permission bits.
    pub mode: u32,
    /// Length in bytes.
    pub size: u64,
}

/// Of a file that a scan has found.
pub(crate) fn state_of(file: &FileEntry) -> FileState {
    FileState { sha256: file.sha256, mode: file.mode, size: file.size }
}

/// Equal as content: the length follows from the digest.
pub(crate) fn same(a: Option<FileState>, b: Option<FileState>) -> bool {
    a.map(|state| (state.sha256, state.mode)) == b.map(|state| (state.sha256, state.mode))
}
