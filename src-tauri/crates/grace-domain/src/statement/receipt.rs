//! The statement by which a component says what it did with a package.
//!
//! Owns its signed shape. Never believes it: what a receipt proves is decided by its digests, in [`crate::update`].

use super::signed::{Statement, statement};
use crate::core::codes::Code;
use crate::core::digest::Digest;
use crate::core::ids::{ComponentId, UpdateId};
use crate::core::sealed_text::SealedText;
use crate::core::time::Timestamp;
use serde::{Deserialize, Serialize};

/// A component's statement of what it did with a package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Receipt {
    /// Origin of the log.
    pub world: String,
    /// Which update.
    pub update: UpdateId,
    /// Who did it.
    pub component: ComponentId,
    /// Digest of the package envelope it verified.
    pub package: Digest,
    /// What was done.
    pub act: ReceiptAct,
    /// How it ended.
    pub result: ReceiptResult,
    /// Managed digest found.
    pub before: Digest,
    /// Managed digest left behind.
    pub after: Digest,
    /// Why not, when it did not work.
    #[serde(default, skip_serializing_if = "SealedText::is_empty")]
    pub reason: SealedText,
    /// Closed code, when it did not work.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<Code>,
    /// How long it took.
    pub ms: u64,
    /// When.
    pub at: Timestamp,
}
statement!(Receipt, "receipt", [reason]);

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReceiptAct {
    /// Brought the new content.
    Apply,
    /// Brought the old content back.
    Revert,
    /// Brought the last known content back on request.
    Restore,
}

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReceiptResult {
    /// Content as wanted, activated and verified.
    Applied,
    /// Nothing touched: a check at the component failed.
    Refused,
    /// It did not work and was undone: the content from before is back, equal by digest.
    Undone,
    /// It did not work and the content from before is not back.
    Dirty,
}

impl ReceiptResult {
    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Refused => "refused",
            Self::Undone => "undone",
            Self::Dirty => "dirty",
        }
    }
}
