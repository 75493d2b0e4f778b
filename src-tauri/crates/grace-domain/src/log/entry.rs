//! Entry v1: an event in its frame of version, time, actor, subject and the subject's previous entry, as the canonical
//! JSON that is hashed.
//!
//! Owns encoding, decoding and the sealing of texts. Never passes over what it does not know: an unknown version, type
//! or field is an error, and so is every spelling but the canonical one.

use crate::core::canon::{self, CanonError};
use crate::core::digest::Digest;
use crate::core::limits;
use crate::core::sealed_text::{SALT_BYTES, Salt};
use crate::core::time::Timestamp;
use crate::log::actor::Actor;
use crate::log::event::Event;
use crate::log::subject::Subject;
use std::collections::BTreeSet;

/// An event with who and when, before it has a place in the log.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// When it was decided.
    pub at: Timestamp,
    /// Who caused it: an [`Actor`] as text.
    pub actor: String,
    /// Sequence of its subject's previous entry; none for the first.
    pub prev: Option<u64>,
    /// The time is of a clock that a simulated world runs on, not the wall clock's.
    pub simulated_time: bool,
    /// What happened.
    pub event: Event,
}

/// An entry with its place in the log.
#[derive(Debug, Clone, PartialEq)]
pub struct Recorded {
    /// Index of the leaf.
    pub seq: u64,
    /// The entry.
    pub entry: Entry,
}

/// Bytes that are not an entry this release knows.
#[derive(Debug, thiserror::Error)]
pub enum EntryError {
    /// Not strict JSON, or with numbers that have no canonical form.
    #[error("entry is not canonical JSON: {0}")]
    Canon(#[from] CanonError),
    /// JSON, but not the one spelling that is hashed.
    #[error("entry is not spelled canonically")]
    NotCanonical,
    /// Another version or an unknown type: read-only from here on.
    #[error("entry has version {version} and type `{kind}`, which this release does not know: {why}")]
    Unknown {
        /// Its `v`.
        version: u64,
        /// Its `type`.
        kind: String,
        /// What did not fit.
        why: String,
    },
    /// A text without a salted blob: an entry holds facts and digests only.
    #[error("entry has a text that is not sealed")]
    Unsealed,
    /// A field of the frame is missing or malformed.
    #[error("entry has no valid `{0}`")]
    Frame(&'static str),
    /// Larger than the limit.
    #[error("entry of {found} bytes is larger than {limit}")]
    TooLarge {
        /// Its size.
        found: usize,
        /// The limit.
        limit: usize,
    },
}

impl Entry {
    /// The first entry of its subject, on the wall clock.
    pub fn new(at: Timestamp, actor: impl Into<String>, event: Event) -> Self {
        Self { at, actor: actor.into(), prev: None, simulated_time: false, event }
    }

    /// Binds its texts to fresh salts, those that a signer salted to theirs, and gives their blobs, one per line in the
    /// order of the entry, each once; empty when it has no text. Nothing can be encoded before.
    pub fn seal(&mut self, mut salt: impl FnMut() -> Salt) -> Vec<u8> {
        let mut lines = Vec::new();
        let mut written = BTreeSet::new();
        self.event.each_sealed_text(&mut |text| {
            if let Some(blob) = text.seal(salt())
                && text.digest().is_none_or(|digest| written.insert(*digest))
            {
                if !lines.is_empty() {
                    lines.push(b'\n');
                }
                lines.extend(blob);
            }
        });
        lines
    }

    /// Digests of the blobs that its texts stand in, in order, each once.
    pub fn sealed_texts(&self) -> Vec<Digest> {
        let mut digests = Vec::new();
        self.event.clone().each_sealed_text(&mut |text| {
            digests.extend(text.digest().filter(|digest| !digests.contains(*digest)).copied());
        });
        digests
    }

    /// Digests of the salted documents that it names beside its texts: kept outputs and the summary of a package.
    pub fn documents(&self) -> Vec<Digest> {
        self.event.info().evidence.documents
    }

    /// Takes the texts of `lines` (as [`Self::seal`] gave them) in; one whose blob is not among them stays redacted.
    pub fn resolve(&mut self, lines: &[u8]) {
        if !lines.is_empty() {
            let found = crate::core::sealed_text::texts(lines);
            self.event.each_sealed_text(&mut |text| text.resolve(&found));
        }
    }

    /// Canonical bytes and the `type` word.
    pub fn encode(&self) -> Result<(Vec<u8>, String), EntryError> {
        // Every field of an event has a JSON form but a text that nobody sealed.
        let mut value = self.event.to_value().map_err(|_| EntryError::Unsealed)?;
        let map = value.as_object_mut().ok_or(EntryError::Frame("type"))?;
        let kind = map.get("type").and_then(|v| v.as_str()).ok_or(EntryError::Frame("type"))?.to_owned();
        map.insert("v".into(), 1.into());
        map.insert("at".into(), self.at.to_string().into());
        self.actor.parse::<Actor>().map_err(|_| EntryError::Frame("actor"))?;
        map.insert("actor".into(), self.actor.clone().into());
        map.insert("subject".into(), self.event.subject().to_string().into());
        map.insert("prev".into(), self.prev.into());
        if self.simulated_time {
            map.insert("simulated_time".into(), true.into());
        }
        let bytes = canon::to_canonical(&value)?;
        if bytes.len() > limits::ENTRY_BYTES {
            return Err(EntryError::TooLarge { found: bytes.len(), limit: limits::ENTRY_BYTES });
        }
        Ok((bytes, kind))
    }

    /// Reads stored bytes. Unknown versions, types and fields are refused, never passed over; so is every spelling
    /// but the canonical one.
    pub fn decode(bytes: &[u8]) -> Result<Self, EntryError> {
        if bytes.len() > limits::ENTRY_BYTES {
            return Err(EntryError::TooLarge { found: bytes.len(), limit: limits::ENTRY_BYTES });
        }
        let mut value = canon::parse_strict(bytes, limits::JSON_DEPTH)?;
        if canon::to_canonical(&value)? != bytes {
            return Err(EntryError::NotCanonical);
        }
        let map = value.as_object_mut().ok_or(EntryError::Frame("object"))?;
        let version = map.remove("v").and_then(|v| v.as_u64()).ok_or(EntryError::Frame("v"))?;
        let kind = map.get("type").and_then(|v| v.as_str()).ok_or(EntryError::Frame("type"))?.to_owned();
        let text = |v: Option<serde_json::Value>, name| match v {
            Some(serde_json::Value::String(s)) => Ok(s),
            _ => Err(EntryError::Frame(name)),
        };
        let at: Timestamp = text(map.remove("at"), "at")?.parse().map_err(|_| EntryError::Frame("at"))?;
        let actor = text(map.remove("actor"), "actor")?;
        actor.parse::<Actor>().map_err(|_| EntryError::Frame("actor"))?;
        let subject: Subject =
            text(map.remove("subject"), "subject")?.parse().map_err(|_| EntryError::Frame("subject"))?;
        let prev = match map.remove("prev") {
            Some(serde_json::Value::Null) => None,
            Some(value) => Some(value.as_u64().ok_or(EntryError::Frame("prev"))?),
            None => return Err(EntryError::Frame("prev")),
        };
        let simulated_time = match map.remove("simulated_time") {
            None => false,
            Some(serde_json::Value::Bool(true)) => true,
            Some(_) => return Err(EntryError::Frame("simulated_time")),
        };
        let unknown = |why: String| EntryError::Unknown { version, kind: kind.clone(), why };
        if version != 1 {
            return Err(unknown("version".into()));
        }
        let bad = |e: serde_json::Error| unknown(e.to_string());
        let event = Event::from_value(subject, value).map_err(bad)?;
        Ok(Self { at, actor, prev, simulated_time, event })
    }
}

impl Event {
    /// Whether its entry stays within [`limits::ENTRY_BYTES`], whoever is the actor.
    pub fn fits(&self) -> bool {
        let actor = format!("component:{}", "x".repeat(limits::ID_BYTES));
        let mut entry = Entry {
            prev: Some(canon::INTEGER_MAX),
            simulated_time: true,
            ..Entry::new(Timestamp::EPOCH, actor, self.clone())
        };
        entry.seal(|| [0; SALT_BYTES]);
        entry.encode().is_ok()
    }
}
