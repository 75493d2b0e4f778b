//! The statements of a handshake: the request to join, and what the subsystems answer.
//!
//! Owns their signed shapes and the message by which a newcomer proves that it holds its key. Never counts an answer:
//! that is [`crate::handshake::decide`].

use super::signed::{PersonStatement, Statement, statement};
use crate::core::digest::Digest;
use crate::core::ids::{ComponentId, HandshakeId, MetricId, Nonce, PersonId};
use crate::core::sealed_text::SealedText;
use crate::core::time::Timestamp;
use crate::crypto::keys::PublicKey;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A component requests to join.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HandshakeRequest {
    /// Origin of the log.
    pub world: String,
    /// Id of the handshake to be.
    pub id: HandshakeId,
    /// Who joins.
    pub component: ComponentId,
    /// One line for people.
    #[serde(default, skip_serializing_if = "SealedText::is_empty")]
    pub title: SealedText,
    /// What kind of thing it is.
    pub component_type: String,
    /// Its own version.
    pub version: String,
    /// What it can do.
    pub capabilities: BTreeSet<String>,
    /// Metrics it will send.
    pub metrics: BTreeSet<MetricId>,
    /// Its key.
    pub public_key: PublicKey,
    /// Proof that the component holds the key: hex Ed25519 signature over [`possession_message`].
    pub possession: String,
    /// The target document, with its commands; checked where targets are known.
    pub target: serde_json::Value,
    /// Components without which it does not work.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub depends_on: BTreeSet<ComponentId>,
    /// Where it runs, like `production`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
    /// Of which updates it takes part, like `stable`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub track: Option<String>,
    /// Names of the secrets that it needs; never their values.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub secrets: BTreeSet<String>,
    /// Person who requests it.
    pub requested_by: PersonId,
    /// Used once; every acknowledgement repeats it.
    pub nonce: Nonce,
    /// When.
    pub at: Timestamp,
    /// May be handed in until.
    pub expires: Timestamp,
}
statement!(HandshakeRequest, "handshake", requested_by, services: true, [title]);

/// What a joining component signs to prove that it holds its key.
pub fn possession_message(world: &str, id: &HandshakeId, component: &ComponentId, nonce: &Nonce) -> Vec<u8> {
    format!("grace-possession-v1\n{world}\n{id}\n{component}\n{nonce}\n").into_bytes()
}

/// A subsystem's answer to an announcement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ack {
    /// Origin of the log.
    pub world: String,
    /// Which handshake.
    pub handshake: HandshakeId,
    /// Nonce of the request.
    pub nonce: Nonce,
    /// Digest of the request envelope.
    pub request: Digest,
    /// Who answers.
    pub by: ComponentId,
    /// For or against.
    pub vote: Vote,
    /// Why against.
    #[serde(default, skip_serializing_if = "SealedText::is_empty")]
    pub reason: SealedText,
    /// What the subsystem will set for the newcomer.
    #[serde(default)]
    pub adjustments: Vec<Adjustment>,
    /// Last checkpoint the sender has seen, as a signed note; empty when it has seen none.
    #[serde(default)]
    pub seen: String,
    /// When.
    pub at: Timestamp,
}
statement!(Ack, "ack", [reason]);

/// For or against.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Vote {
    /// Welcome.
    Ack,
    /// No.
    Nack,
}

/// One setting a subsystem makes for a newcomer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Adjustment {
    /// Its name.
    pub key: String,
    /// Value before, if there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub old: Option<String>,
    /// Value for the newcomer.
    pub new: String,
}
