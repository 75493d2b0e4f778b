//! Content that is files: paths beneath a target, the digest of what is managed there.
//!
//! Owns these checks and formats. Never reads a file.

pub mod path;
pub mod state;
pub mod tree_digest;
