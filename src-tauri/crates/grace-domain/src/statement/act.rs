//! The other signed acts of a person on an update or a component, each with its reason.
//!
//! Owns their signed shape. Never says when one is allowed: that is [`crate::update::decide`] and
//! [`crate::component`].

use super::signed::{PersonStatement, Statement, statement};
use crate::acts::Act;
use crate::core::digest::Digest;
use crate::core::ids::{Nonce, PersonId};
use crate::core::sealed_text::SealedText;
use crate::core::time::Timestamp;
use serde::{Deserialize, Serialize};

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
    /// Digest that was shown: `set` of the update; for adopt and restore what is on the target now.
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
    #[serde(default, skip_serializing_if = "SealedText::is_empty")]
    pub reason: SealedText,
}
statement!(ActStatement, "act", person, services: false, [reason]);
