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

/// A durable step of an act at a target. Paths are relative to the target's root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// The apply journal says that the change begins.
    Begun,
    /// The content is as before, as after, or a mixture of the two. Nothing is made durable by inspecting.
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
    /// A fresh inspection has found the digest that the plan promised. Nothing is made durable by inspecting.
    Confirmed,
    /// The running system was told to use it.
    Activated,
    /// The apply journal says that the change failed.
    FailureNoted,
    /// The signed receipt is kept.
    ReceiptKept,
}

impl Step {
    /// Whether managed content is changed by it.
    pub fn changes_content(&self) -> bool {
        match self {
            Self::Replaced(_) | Self::Removed(_) => true,
            Self::Begun
            | Self::Checked
            | Self::Written(_)
            | Self::Synced
            | Self::Dropped(_)
            | Self::Confirmed
            | Self::Activated
            | Self::FailureNoted
            | Self::ReceiptKept => false,
        }
    }
}

/// Where an act stands at a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// It is about to take it.
    Before,
    /// It has taken it.
    After,
}

/// The hook wants the act to end here, as a kill would end it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interrupted;

/// Called before and after each step; after only where nothing is made durable.
pub type Hook<'h> = &'h (dyn Fn(Moment, &Step) -> Result<(), Interrupted> + Send + Sync);

/// A hook that lets everything happen.
pub fn no_hook(_: Moment, _: &Step) -> Result<(), Interrupted> {
    Ok(())
}

/// Where an act was made to end.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("ended {moment:?} {step:?}")]
pub struct EndedAt {
    /// Before or after it.
    pub moment: Moment,
    /// Which step.
    pub step: Step,
}

/// Tells the hook, and says where it wanted the act to end.
pub(crate) fn tell(hook: Hook<'_>, moment: Moment, step: &Step) -> Result<(), EndedAt> {
    hook(moment, step).map_err(|Interrupted| EndedAt { moment, step: step.clone() })
}
