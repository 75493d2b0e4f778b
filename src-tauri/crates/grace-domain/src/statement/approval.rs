//! The statement that approves or denies, and the digest that binds it to exactly what was shown.
//!
//! Owns its signed shape and the binding. Never counts: that is [`crate::governance::tally`].

use super::signed::{PersonStatement, Statement, statement};
use crate::core::digest::Digest;
use crate::core::ids::{Nonce, PersonId};
use crate::core::sealed_text::SealedText;
use crate::core::time::Timestamp;
use crate::governance::tally::Decision;
use serde::{Deserialize, Serialize};

/// Approval or denial of an update or a handshake.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApprovalStatement {
    /// Origin of the log.
    pub world: String,
    /// The update or handshake.
    pub subject: String,
    /// For or against.
    pub decision: Decision,
    /// The gate; `governance`.
    pub stage: String,
    /// `set` of the update, or the digest of the handshake request.
    pub set: Digest,
    /// Digest of the package; the handshake request's digest again for a handshake.
    pub package: Digest,
    /// Digest of the rollback plan; the target document's digest for a handshake.
    pub rollback_plan: Digest,
    /// Digest of the policy.
    pub policy: Digest,
    /// Who.
    pub person: PersonId,
    /// Used once.
    pub nonce: Nonce,
    /// When.
    pub at: Timestamp,
    /// Counts until.
    pub expires: Timestamp,
    /// In the person's words; needed to deny.
    #[serde(default, skip_serializing_if = "SealedText::is_empty")]
    pub reason: SealedText,
}
statement!(ApprovalStatement, "approval", person, services: false, [reason]);

/// The digest that binds an approval to exactly what was shown.
pub fn bound_digest(
    subject: &str,
    set: &Digest,
    package: &Digest,
    rollback_plan: &Digest,
    policy: &Digest,
) -> Digest {
    let mut text = String::from("grace-approval-v1\n");
    for part in [subject, &set.to_hex(), &package.to_hex(), &rollback_plan.to_hex(), &policy.to_hex()] {
        text.push_str(part);
        text.push('\n');
    }
    Digest::of(text.as_bytes())
}

impl ApprovalStatement {
    /// See [`bound_digest`].
    pub fn bound(&self) -> Digest {
        bound_digest(&self.subject, &self.set, &self.package, &self.rollback_plan, &self.policy)
    }
}
