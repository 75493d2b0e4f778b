//! The other signed acts of a person on an update or a component, each with its reason.
//!
//! Owns their signed shape. Never says when one is allowed: that is [`crate::update::decide`] and
//! [`crate::component`].

use super::{PersonStatement, Statement};
use crate::core::digest::Digest;
use crate::core::ids::{Nonce, PersonId};
use crate::core::time::Timestamp;
use serde::{Deserialize, Serialize};

/// The other signed acts of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// Withdraw an update before distribution.
    Withdraw,
    /// Try a blocked update again.
    Retry,
    /// Keep a held update.
    Keep,
    /// Take an applied update back.
    Rollback,
    /// Look over a rollback that one person alone has signed.
    Review,
    /// What is on the target is the new base.
    Adopt,
    /// Put the last known content back.
    Restore,
}

impl Act {
    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Withdraw => "withdraw",
            Self::Retry => "retry",
            Self::Keep => "keep",
            Self::Rollback => "rollback",
            Self::Review => "review",
            Self::Adopt => "adopt",
            Self::Restore => "restore",
        }
    }
}

/// A signed act with its reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActStatement {
    /// Origin of the log.
    pub world: String,
    /// What to do.
    pub act: Act,
    /// An update id, or a component id for adopt and restore.
    pub subject: String,
    /// Digest that was shown: content of the update; for adopt and restore what is on the target now.
    pub digest: Digest,
    /// Who.
    pub person: PersonId,
    /// Used once per subject.
    pub nonce: Nonce,
    /// When.
    pub at: Timestamp,
    /// May be handed in until.
    pub expires: Timestamp,
    /// In the person's words; never empty.
    pub reason: String,
}
statement!(ActStatement, "act", person);
