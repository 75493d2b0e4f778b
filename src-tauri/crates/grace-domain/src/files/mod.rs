//! Content that is files: paths beneath a target, the digest of what is managed there, and what a change of it means.
//!
//! Owns these checks and formats. Never reads a file.

pub mod path;
pub mod summary;
pub mod tree_digest;
