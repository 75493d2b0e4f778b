//! Both sides of one thing that an update changes at a target: a file, a document.
//!
//! Owns the shape. Never reads anything: the bytes come in.

use crate::core::ids::ComponentId;

/// Mode of a new file when nothing else is said.
const USUAL_MODE: u32 = 0o644;

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
    /// Where nothing is there before: what was there last, of a target that remembers it.
    pub last: Option<Side<'a>>,
}

/// Bytes, and permission bits where the target has such.
#[derive(Debug, Clone, Copy)]
pub struct Side<'a> {
    /// All bytes.
    pub bytes: &'a [u8],
    /// Permission bits.
    pub mode: Option<u32>,
}

/// Permission bits as people must read them, in octal: both where they change, and those of a new file unless they are
/// the usual ones.
pub fn told_modes(old: Option<u32>, new: Option<u32>) -> Option<(Option<String>, String)> {
    let new = new.filter(|mode| old != Some(*mode) && (old.is_some() || *mode != USUAL_MODE))?;
    let octal = |mode: u32| format!("{mode:04o}");
    Some((old.map(octal), octal(new)))
}
