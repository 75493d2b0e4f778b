//! What a signer hands in: the envelope of a statement, and the blobs that the statement names.
//!
//! Owns its written form, in a request's body and in a file alike. Verifies nothing, and looks into no blob.

use crate::core::canon::{self, CanonError};
use crate::core::digest::Digest;
use crate::core::limits;
use crate::crypto::dsse::{DsseError, Envelope};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// A signed statement on its way to the engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandIn {
    /// The signed statement.
    pub envelope: Envelope,
    /// Small blobs that it names, in any order; larger ones are uploaded before.
    pub blobs: Vec<Vec<u8>>,
}

/// Why bytes are no hand-in. Closed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HandInError {
    /// Too long to be read.
    #[error("{found} bytes; at most {max} are read")]
    TooLarge {
        /// Bytes received.
        found: usize,
        /// Bytes allowed.
        max: usize,
    },
    /// Not strict JSON.
    #[error("it is not strict JSON: {0}")]
    Json(CanonError),
    /// JSON, but not the two members and no others.
    #[error("it has exactly `envelope`, a DSSE envelope, and `blobs`, a list of base64 texts")]
    Shape,
    /// The envelope is none.
    #[error("its envelope: {0}")]
    Envelope(DsseError),
    /// A blob that is not strict standard base64.
    #[error("blob {index} is not padded standard base64 (RFC 4648, section 4)")]
    Base64 {
        /// Which, from 0.
        index: usize,
    },
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    blobs: Vec<String>,
    envelope: Value,
}

impl HandIn {
    /// An envelope whose statement names no blob, or whose blobs were all uploaded before.
    pub fn bare(envelope: Envelope) -> Self {
        Self { envelope, blobs: Vec::new() }
    }

    /// Reads the written form. Unknown members, duplicate keys and loose base64 are refused.
    pub fn from_json(bytes: &[u8]) -> Result<Self, HandInError> {
        if bytes.len() > limits::LARGE_BODY_BYTES {
            return Err(HandInError::TooLarge { found: bytes.len(), max: limits::LARGE_BODY_BYTES });
        }
        let value = canon::parse_strict(bytes, limits::JSON_DEPTH).map_err(HandInError::Json)?;
        let written: Written = canon::from_named(&value).map_err(|_| HandInError::Shape)?;
        let envelope = canon::to_canonical(&written.envelope).map_err(HandInError::Json)?;
        let envelope = Envelope::from_json(&envelope).map_err(HandInError::Envelope)?;
        let blobs = written
            .blobs
            .iter()
            .enumerate()
            .map(|(index, blob)| STANDARD.decode(blob).map_err(|_| HandInError::Base64 { index }));
        Ok(Self { envelope, blobs: blobs.collect::<Result<_, _>>()? })
    }

    /// The written form.
    pub fn to_json(&self) -> Vec<u8> {
        let envelope = serde_json::from_slice(&self.envelope.to_json());
        let written = Written {
            blobs: self.blobs.iter().map(|blob| STANDARD.encode(blob)).collect(),
            envelope: envelope.expect("invariant: the written form of an envelope is JSON"),
        };
        canon::to_canonical(&written).expect("invariant: texts have a canonical form")
    }

    /// The blobs by their digests.
    pub fn by_digest(&self) -> BTreeMap<Digest, &[u8]> {
        self.blobs.iter().map(|blob| (Digest::of(blob), blob.as_slice())).collect()
    }
}
