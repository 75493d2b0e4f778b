//! One entry of a pack with what stands behind it, as it was read.
//!
//! Owns the value. Judges nothing.

use std::collections::BTreeMap;

use grace_domain::core::digest::Digest;
use grace_domain::crypto::dsse::Envelope;
use grace_domain::log::{Entry, Recorded};
use serde_json::Value;

/// An entry with its evidence; each blob is the one that the entry names.
#[derive(Debug)]
pub(crate) struct ReadEntry {
    /// With those of its texts that are not redacted.
    pub(crate) recorded: Recorded,
    /// What it stands on, in the order of [`crate::evidence_of`].
    pub(crate) envelopes: Vec<Envelope>,
    /// Those of its salted documents that are not redacted.
    pub(crate) documents: BTreeMap<Digest, Value>,
}

impl ReadEntry {
    /// Without its place.
    pub(crate) fn entry(&self) -> &Entry {
        &self.recorded.entry
    }
}
