//! The durable steps of an application, and whoever wants to be told of them: tests that end it there, as a kill would.
//!
//! Owns the names. Never changes anything.

use crate::files::managed::{TEMP_PREFIX, TEMP_SUFFIX};

/// Name of one application of a plan, part of the names of its temporary files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApplyId(String);

impl ApplyId {
    /// Takes 1 to 64 characters `a-z 0-9 _ -`, or `None`.
    pub fn new(text: &str) -> Option<Self> {
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'-';
        ((1..=64).contains(&text.len()) && text.bytes().all(plain)).then(|| Self(text.to_owned()))
    }

    /// Name of the temporary file for the change at `position`.
    pub(crate) fn temp_name(&self, position: usize) -> String {
        format!("{TEMP_PREFIX}{}-{position}{TEMP_SUFFIX}", self.0)
    }
}

/// What an application has just done. Told to the hook in this order; paths are relative to the root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ApplyStep {
    /// The content is as before, as after, or a mixture of the two.
    Checked,
    /// The new bytes of a path stand beside it, synced.
    Written(String),
    /// A path has its new content.
    Replaced(String),
    /// A path is gone.
    Removed(String),
    /// Names are on the disk.
    Synced,
    /// A directory is gone.
    Dropped(String),
    /// A fresh look has found the digest that the plan promised.
    Confirmed,
}

/// The hook wants the application to end here, as a kill would end it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interrupted;

/// Called after each step.
pub type Hook<'h> = &'h (dyn Fn(&ApplyStep) -> Result<(), Interrupted> + Send + Sync);

/// A hook that lets everything happen.
pub fn no_hook(_: &ApplyStep) -> Result<(), Interrupted> {
    Ok(())
}
