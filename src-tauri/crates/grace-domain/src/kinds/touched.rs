//! Both sides of one thing that an update changes at a target: a file, a document.
//!
//! Owns the shape. Never reads anything: the bytes come in.

use crate::core::ids::ComponentId;

/// One thing, before and after; `None` is "not there".
#[derive(Debug, Clone, Copy)]
pub struct Touched<'a> {
    /// Whose.
    pub component: &'a ComponentId,
    /// Its name at the target: a path, the id of a document.
    pub name: &'a str,
    /// Before.
    pub old: Option<Side<'a>>,
    /// After.
    pub new: Option<Side<'a>>,
}

/// Bytes, and permission bits where the target has such.
#[derive(Debug, Clone, Copy)]
pub struct Side<'a> {
    /// All bytes.
    pub bytes: &'a [u8],
    /// Permission bits.
    pub mode: Option<u32>,
}
