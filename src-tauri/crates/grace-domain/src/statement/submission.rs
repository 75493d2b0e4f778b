//! The statement that proposes an update: the seed's JSON, bound to one world and one use.
//!
//! Owns its signed shape. Never judges the content: that is the preparation of the update.

use super::{PersonStatement, Statement};
use crate::core::digest::Digest;
use crate::core::ids::{ComponentId, PersonId, UpdateId};
use crate::core::sealed_text::SealedText;
use crate::core::time::Timestamp;
use crate::governance::policy::Risk;
use crate::kinds::UpdateType;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A submission: the seed's JSON plus what binds it to one world and one use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Submission {
    /// Origin of the log.
    pub world: String,
    /// Id of the update to be; a second use is a replay.
    pub id: UpdateId,
    /// Kind.
    pub update_type: UpdateType,
    /// Components, in the order of distribution.
    pub component_targets: Vec<ComponentId>,
    /// What to write and remove.
    pub content: Content,
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
    /// When it was written.
    pub at: Timestamp,
    /// May be handed in until.
    pub expires: Timestamp,
}
statement!(Submission, "update", created_by, [title, description]);

/// Files of a submission.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Content {
    /// Path → new content.
    #[serde(default)]
    pub files: BTreeMap<String, ContentFile>,
    /// Paths to remove.
    #[serde(default)]
    pub remove: BTreeSet<String>,
}

/// Content of one file: its text, or the digest of an uploaded blob.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContentFile {
    /// UTF-8 text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Digest of a blob uploaded before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<Digest>,
    /// Permission bits in octal; kept, or `0644` for a new file, when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<String>,
}
