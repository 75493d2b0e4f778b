//! Who is behind an event: the actor on the entry's frame, and a person's signature inside it.
//!
//! Owns their spelling. Never checks a signature: what comes here was verified before.

use crate::core::digest::Digest;
use crate::core::ids::{ComponentId, IdError, Nonce, PersonId};
use crate::core::sealed_text::SealedText;
use crate::crypto::keys::PublicKey;
use crate::statement::Verified;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Who caused an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// The engine by itself.
    Engine,
    /// A person by signature.
    Person(PersonId),
    /// A component by signature.
    Component(ComponentId),
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Engine => f.write_str("engine"),
            Self::Person(id) => write!(f, "person:{id}"),
            Self::Component(id) => write!(f, "component:{id}"),
        }
    }
}

impl FromStr for Actor {
    type Err = IdError;
    fn from_str(s: &str) -> Result<Self, IdError> {
        if s == "engine" {
            Ok(Self::Engine)
        } else if let Some(id) = s.strip_prefix("person:") {
            Ok(Self::Person(id.parse()?))
        } else if let Some(id) = s.strip_prefix("component:") {
            Ok(Self::Component(id.parse()?))
        } else {
            Err(IdError { what: "actor", found: s.chars().take(80).collect() })
        }
    }
}

/// A person's signature behind an event, and the reason they gave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signed {
    /// Who.
    pub person: PersonId,
    /// With which key.
    pub key: PublicKey,
    /// Digest of the envelope blob.
    pub envelope: Digest,
    /// Used once per subject.
    pub nonce: Nonce,
    /// In the person's words, under the digest that they signed; empty when none was given.
    #[serde(default, skip_serializing_if = "SealedText::is_empty")]
    pub reason: SealedText,
}

impl Signed {
    /// The signature of a verified statement.
    pub(crate) fn of<T>(
        statement: &Verified<T>,
        person: &PersonId,
        nonce: &Nonce,
        reason: &SealedText,
    ) -> Self {
        Self {
            person: person.clone(),
            key: statement.key,
            envelope: statement.envelope,
            nonce: nonce.clone(),
            reason: reason.clone(),
        }
    }
}
