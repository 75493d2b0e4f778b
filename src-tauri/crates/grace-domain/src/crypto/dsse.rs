//! DSSE envelopes (Dead Simple Signing Envelope, protocol and envelope v1.0): signatures over exact bytes
//! together with what kind of bytes they are.
//!
//! Owns the envelope's JSON form, its pre-authentication encoding and the count of keys that signed.
//! Never interprets a payload and never trusts a key id: it is a hint that narrows the search, the bytes of the
//! key decide.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use crate::core::canon::{self, CanonError};
use crate::core::digest::Digest;
use crate::core::limits;
use crate::crypto::keys::{PublicKey, SignerKey};

/// Object, array of signatures, signature.
const ENVELOPE_DEPTH: usize = 3;

/// Signed bytes with their type. Fields are what was received; only [`Envelope::verify_with`] says who signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// What the payload is, like `application/vnd.grace.approval+json`. Part of what is signed.
    pub payload_type: String,
    /// The exact bytes that were signed.
    pub payload: Vec<u8>,
    /// One or more signatures, in the order received.
    pub signatures: Vec<Signature>,
}

/// One signature of an envelope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// Hint which key may verify; empty when the signer gave none. Not authenticated.
    pub keyid: String,
    /// Ed25519 signature over [`pae`].
    pub sig: [u8; 64],
}

/// Why an envelope is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DsseError {
    /// Too long to be read.
    #[error("an envelope of {found} bytes; at most {max} are read")]
    TooLarge {
        /// Bytes received.
        found: usize,
        /// Bytes allowed.
        max: usize,
    },
    /// Not strict JSON.
    #[error("the envelope is not strict JSON")]
    Json(#[source] CanonError),
    /// JSON, but not the members of an envelope and no others.
    #[error("not a DSSE envelope: it has exactly payloadType, payload and signatures of keyid and sig")]
    Shape,
    /// A payload or signature that is not strict standard base64.
    #[error("{field} is not padded standard base64 (RFC 4648, section 4)")]
    Base64 {
        /// `payload` or `sig`.
        field: &'static str,
    },
    /// A signature of another length than 64 bytes.
    #[error("a signature of {found} bytes; Ed25519 has 64")]
    SignatureLength {
        /// Bytes found.
        found: usize,
    },
    /// No signature, or more than are looked at.
    #[error("{found} signatures; an envelope has 1 to {max}")]
    SignatureCount {
        /// Signatures found.
        found: usize,
        /// Signatures allowed.
        max: usize,
    },
    /// A type or key id that is empty, too long or not printable ASCII.
    #[error("{field} is not printable ASCII of an allowed length")]
    Text {
        /// `payloadType` or `keyid`.
        field: &'static str,
    },
    /// An envelope of another kind.
    #[error("payload type {found:?}; expected {expected:?}")]
    WrongType {
        /// The type that the verifier handles.
        expected: String,
        /// The type of the envelope.
        found: String,
    },
    /// None of the offered keys made any of the signatures.
    #[error("no signature verifies under an expected key")]
    NoValidSignature,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct EnvelopeJson {
    payload: String,
    #[serde(rename = "payloadType")]
    payload_type: String,
    signatures: Vec<SignatureJson>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SignatureJson {
    #[serde(default)]
    keyid: String,
    sig: String,
}

/// Pre-authentication encoding, the bytes that are signed:
/// `"DSSEv1" SP LEN(type) SP type SP LEN(payload) SP payload`, lengths in decimal bytes.
pub fn pae(payload_type: &str, payload: &[u8]) -> Vec<u8> {
    let head = format!("DSSEv1 {} {payload_type} {} ", payload_type.len(), payload.len());
    let mut encoded = Vec::with_capacity(head.len() + payload.len());
    encoded.extend_from_slice(head.as_bytes());
    encoded.extend_from_slice(payload);
    encoded
}

impl Envelope {
    /// Signs `payload` as `payload_type` with each of `keys`; `keyid` is the key's `crypto_id`.
    pub fn sign(payload_type: &str, payload: Vec<u8>, keys: &[&SignerKey]) -> Self {
        let message = pae(payload_type, &payload);
        let signatures = keys
            .iter()
            .map(|key| Signature {
                keyid: key.public().crypto_id().as_str().to_owned(),
                sig: key.sign(&message),
            })
            .collect();
        Self { payload_type: payload_type.to_owned(), payload, signatures }
    }

    /// Reads the JSON form. Unknown members, duplicate keys and loose base64 are refused. Verifies nothing.
    pub fn from_json(bytes: &[u8]) -> Result<Self, DsseError> {
        if bytes.len() > limits::ENVELOPE_BYTES {
            return Err(DsseError::TooLarge { found: bytes.len(), max: limits::ENVELOPE_BYTES });
        }
        let value = canon::parse_strict(bytes, ENVELOPE_DEPTH).map_err(DsseError::Json)?;
        let json: EnvelopeJson = canon::from_named(&value).map_err(|_| DsseError::Shape)?;
        check_text("payloadType", &json.payload_type, 1, limits::PAYLOAD_TYPE_BYTES)?;
        let found = json.signatures.len();
        if found == 0 || found > limits::SIGNATURES_PER_ENVELOPE {
            return Err(DsseError::SignatureCount { found, max: limits::SIGNATURES_PER_ENVELOPE });
        }
        let payload = STANDARD.decode(&json.payload).map_err(|_| DsseError::Base64 { field: "payload" })?;
        let signatures = json.signatures.into_iter().map(read_signature).collect::<Result<_, _>>()?;
        Ok(Self { payload_type: json.payload_type, payload, signatures })
    }

    /// The JSON form, canonical (RFC 8785).
    pub fn to_json(&self) -> Vec<u8> {
        let signatures = self
            .signatures
            .iter()
            .map(|s| SignatureJson { keyid: s.keyid.clone(), sig: STANDARD.encode(s.sig) })
            .collect();
        // The members are declared in canonical order and hold strings only, whose escapes are the canonical ones.
        let json = EnvelopeJson {
            payload: STANDARD.encode(&self.payload),
            payload_type: self.payload_type.clone(),
            signatures,
        };
        serde_json::to_vec(&json).expect("invariant: a struct of strings has a JSON form")
    }

    /// The distinct keys among `keys` that signed exactly this payload as `expected_type`, ordered by their bytes.
    ///
    /// One key counts once however often it signed and under however many ids it is named. Signatures of other
    /// keys are passed over, as the protocol says; when none is left the envelope is refused, so `Ok` always
    /// names at least one key. A key id that is given narrows the search to the keys with that `crypto_id`.
    pub fn verify_with(&self, expected_type: &str, keys: &[PublicKey]) -> Result<Vec<PublicKey>, DsseError> {
        if self.payload_type != expected_type {
            return Err(DsseError::WrongType {
                expected: expected_type.to_owned(),
                found: self.payload_type.clone(),
            });
        }
        let found = self.signatures.len();
        if found == 0 || found > limits::SIGNATURES_PER_ENVELOPE {
            return Err(DsseError::SignatureCount { found, max: limits::SIGNATURES_PER_ENVELOPE });
        }
        let message = pae(&self.payload_type, &self.payload);
        let distinct: BTreeSet<PublicKey> = keys.iter().copied().collect();
        let candidates: Vec<(String, PublicKey)> =
            distinct.into_iter().map(|key| (key.crypto_id().to_string(), key)).collect();
        let mut verified = BTreeSet::new();
        for signature in &self.signatures {
            let signer = candidates
                .iter()
                .filter(|(id, _)| signature.keyid.is_empty() || signature.keyid == *id)
                .find(|(_, key)| key.verify(&message, &signature.sig).is_ok());
            if let Some((_, key)) = signer {
                verified.insert(*key);
            }
        }
        if verified.is_empty() {
            return Err(DsseError::NoValidSignature);
        }
        Ok(verified.into_iter().collect())
    }

    /// SHA-256 of the pre-authentication encoding: names type and payload, whoever signed.
    pub fn digest(&self) -> Digest {
        Digest::of(&pae(&self.payload_type, &self.payload))
    }
}

fn read_signature(json: SignatureJson) -> Result<Signature, DsseError> {
    check_text("keyid", &json.keyid, 0, limits::KEYID_BYTES)?;
    let bytes = STANDARD.decode(&json.sig).map_err(|_| DsseError::Base64 { field: "sig" })?;
    let sig = <[u8; 64]>::try_from(bytes.as_slice())
        .map_err(|_| DsseError::SignatureLength { found: bytes.len() })?;
    Ok(Signature { keyid: json.keyid, sig })
}

fn check_text(field: &'static str, text: &str, min: usize, max: usize) -> Result<(), DsseError> {
    let printable = text.bytes().all(|b| b.is_ascii_graphic());
    if printable && (min..=max).contains(&text.len()) { Ok(()) } else { Err(DsseError::Text { field }) }
}
