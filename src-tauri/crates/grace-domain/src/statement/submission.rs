//! The statement that submits an update: what is to change, by digest, bound to one world and one use.
//!
//! Owns its signed shape. Never judges a content: that is the
//! preparation of the update.

use super::signed::{PersonStatement, Statement, statement};
use crate::core::canon;
use crate::core::codes::Code;
use crate::core::digest::Digest;
use crate::core::ids::{ComponentId, PersonId, ReleaseId, UpdateId};
use crate::core::refusal::Refusal;
use crate::core::sealed_text::SealedText;
use crate::core::time::Timestamp;
use crate::governance::policy::Risk;
use crate::kinds::UpdateType;
use serde::{Deserialize, Serialize};

/// A submission: the contract's members, each text and content by the digest of its salted blob, and what binds it to
/// one world and one use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Submission {
    /// Origin of the log.
    pub world: String,
    /// Id of the update to be; a second use is a replay.
    pub id: UpdateId,
    /// What changes where; exactly one for now.
    pub parts: Vec<Part>,
    /// [`set_digest`] of the parts: what later statements are bound to.
    pub set: Digest,
    /// The signer's person.
    pub created_by: PersonId,
    /// Declared risk.
    pub risk_level: Risk,
    /// One line.
    #[serde(default, skip_serializing_if = "SealedText::is_empty")]
    pub title: SealedText,
    /// Why, in the submitter's words.
    #[serde(default, skip_serializing_if = "SealedText::is_empty")]
    pub description: SealedText,
    /// Tickets.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refs: Vec<SealedText>,
    /// What it means for security.
    #[serde(default, skip_serializing_if = "SealedText::is_empty")]
    pub security_impact: SealedText,
    /// It cannot wait.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub emergency: bool,
    /// The update in whose place it comes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub supersedes: Option<UpdateId>,
    /// For whom a service submits it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_behalf_of: Option<PersonId>,
    /// Not distributed before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<Timestamp>,
    /// Not distributed after.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_after: Option<Timestamp>,
    /// The release that it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release: Option<ReleaseId>,
    /// The update of another environment that it brings on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub promoted_from: Option<UpdateId>,
    /// It cannot be rolled back, and the submitter says so.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub irreversible: bool,
    /// When it was written.
    pub at: Timestamp,
    /// May be handed in until.
    pub expires: Timestamp,
}
statement!(Submission, "update", created_by, services: true, [title, description, refs, security_impact]);

/// One kind of change on some components.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// Kind.
    pub update_type: UpdateType,
    /// Components, in the order of distribution.
    pub component_targets: Vec<ComponentId>,
    /// Digest of the salted blob of the kind's content document.
    pub content: Digest,
}

/// One digest for all parts: SHA-256 of their canonical JSON.
pub fn set_digest(parts: &[Part]) -> Digest {
    Digest::of(&canon::to_canonical(&parts).expect("invariant: words, ids and digests have a canonical form"))
}

impl Submission {
    /// With what every submission says, and nothing more: who submits what, under which title, and how long that may be
    /// handed in.
    pub fn new(
        world: String,
        id: UpdateId,
        parts: Vec<Part>,
        (created_by, title): (PersonId, SealedText),
        risk_level: Risk,
        (at, expires): (Timestamp, Timestamp),
    ) -> Self {
        Self {
            world,
            id,
            set: set_digest(&parts),
            parts,
            created_by,
            risk_level,
            title,
            description: SealedText::default(),
            refs: Vec::new(),
            security_impact: SealedText::default(),
            emergency: false,
            supersedes: None,
            on_behalf_of: None,
            not_before: None,
            not_after: None,
            release: None,
            promoted_from: None,
            irreversible: false,
            at,
            expires,
        }
    }

    /// The first member that is part of the format and that this release does nothing for yet: it must not be accepted
    /// and passed over.
    pub fn not_supported_yet(&self) -> Option<&'static str> {
        [
            ("emergency", self.emergency),
            ("supersedes", self.supersedes.is_some()),
            ("on_behalf_of", self.on_behalf_of.is_some()),
            ("not_before", self.not_before.is_some()),
            ("not_after", self.not_after.is_some()),
            ("release", self.release.is_some()),
            ("promoted_from", self.promoted_from.is_some()),
            ("irreversible", self.irreversible),
        ]
        .into_iter()
        .find_map(|(name, given)| given.then_some(name))
    }

    /// Its one part; more are not applied by this release.
    pub fn part(&self) -> Result<&Part, Refusal> {
        match self.parts.as_slice() {
            [part] => Ok(part),
            parts => Err(Refusal::invalid(
                Code::PartsUnsupported,
                format!("a submission has one part, this one {}", parts.len()),
                "submit each part as an update of its own",
            )),
        }
    }
}
