//! Ed25519 keys (RFC 8032): public keys that were checked, their ids, and keys that sign.
//!
//! Owns the only door to signature verification: [`PublicKey::verify`] is strict, and nothing else in the
//! product verifies. Never generates, reads or stores a key: seeds come from the caller, who has the randomness.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use ed25519_dalek::{Signature as RawSignature, Signer as _, SigningKey, VerifyingKey};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::core::digest::Digest;

/// What every spelled key and key id starts with.
const SCHEME: &str = "ed25519:";
/// Hex digits of the SHA-256 that a key id shows.
const CRYPTO_ID_HEX: usize = 16;

/// A text or 32 bytes that are not an acceptable Ed25519 public key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The text form is wrong.
    #[error(
        "a public key is `ed25519:` and 64 lower-case hex digits; found {found_bytes} bytes of something else"
    )]
    Text {
        /// Length of the refused text in bytes.
        found_bytes: usize,
    },
    /// The bytes decode to no point of the curve.
    #[error("the bytes are not a point of the curve")]
    NotAPoint,
    /// The point has a second spelling: its bytes are not the canonical encoding.
    #[error("the bytes are not the canonical encoding of their point")]
    NotCanonical,
    /// The point lies in (or has a part in) the small subgroup; with such a key, one signature can fit many messages.
    #[error("the point is not in the prime-order group")]
    SmallOrder,
}

/// A signature that does not verify. There is nothing more to say about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the signature does not verify under this key")]
pub struct SignatureError;

/// A text that is not `ed25519:` and 16 lower-case hex digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a key id is `ed25519:` and {CRYPTO_ID_HEX} lower-case hex digits; found {found_bytes} bytes of something else"
)]
pub struct KeyIdError {
    /// Length of the refused text in bytes.
    pub found_bytes: usize,
}

/// An Ed25519 public key: 32 bytes that are the canonical encoding of a point of the prime-order group.
///
/// Text and JSON form: `ed25519:` and 64 lower-case hex digits. Equal when the bytes are equal, ordered by them.
#[derive(Clone, Copy)]
pub struct PublicKey(VerifyingKey);

impl PublicKey {
    /// Checks 32 bytes and takes them as a key.
    ///
    /// Stricter than RFC 8032 decoding: non-canonical encodings and points with a small-order part are refused,
    /// so that distinct bytes are distinct keys and no key accepts signatures that nobody made.
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self, KeyError> {
        let key = VerifyingKey::from_bytes(bytes).map_err(|_| KeyError::NotAPoint)?;
        let point = key.to_edwards();
        if point.compress().as_bytes() != bytes {
            return Err(KeyError::NotCanonical);
        }
        if point.is_small_order() || !point.is_torsion_free() {
            return Err(KeyError::SmallOrder);
        }
        Ok(Self(key))
    }

    /// The 32 bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }

    /// The key's id: `ed25519:` and the first 16 hex digits of SHA-256 over the 32 bytes.
    pub fn crypto_id(&self) -> CryptoId {
        let hex = Digest::of(self.as_bytes()).to_hex();
        CryptoId(format!("{SCHEME}{}", &hex[..CRYPTO_ID_HEX]))
    }

    /// Verifies `signature` over exactly `message`, strictly: non-canonical `S` and small-order `R` are refused.
    #[expect(clippy::disallowed_methods, reason = "this is the one door that the ban leads to")]
    pub fn verify(&self, message: &[u8], signature: &[u8; 64]) -> Result<(), SignatureError> {
        self.0.verify_strict(message, &RawSignature::from_bytes(signature)).map_err(|_| SignatureError)
    }
}

impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl Eq for PublicKey {}

impl PartialOrd for PublicKey {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for PublicKey {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.as_bytes().cmp(other.as_bytes())
    }
}

impl Hash for PublicKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_bytes().hash(state);
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{SCHEME}{}", hex::encode(self.as_bytes()))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({self})")
    }
}

impl FromStr for PublicKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refused = KeyError::Text { found_bytes: text.len() };
        let bytes: Digest = text.strip_prefix(SCHEME).ok_or(refused)?.parse().map_err(|_| refused)?;
        Self::from_bytes(bytes.as_bytes())
    }
}

impl Serialize for PublicKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for PublicKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// The short name of a public key, for screens and as a hint in envelopes. A name is not a proof: two keys
/// are the same only when their bytes are.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CryptoId(String);

impl CryptoId {
    /// `ed25519:` and 16 lower-case hex digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CryptoId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for CryptoId {
    type Err = KeyIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refused = KeyIdError { found_bytes: text.len() };
        let hex = text.strip_prefix(SCHEME).ok_or(refused)?;
        if hex.len() == CRYPTO_ID_HEX && hex.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
        {
            Ok(Self(text.to_owned()))
        } else {
            Err(refused)
        }
    }
}

impl Serialize for CryptoId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for CryptoId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// A key that signs. Wiped from memory when dropped; `Debug` shows the public id only.
#[derive(Clone)]
pub struct SignerKey(SigningKey);

impl SignerKey {
    /// The key of a 32-byte seed (RFC 8032 private key).
    pub fn from_seed(seed: [u8; 32]) -> Self {
        Self(SigningKey::from_bytes(&seed))
    }

    /// Signs exactly `message`.
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.0.sign(message).to_bytes()
    }

    /// The public half.
    pub fn public(&self) -> PublicKey {
        // The public half of a seed is a clamped multiple of the base point: canonical and of prime order.
        PublicKey(self.0.verifying_key())
    }
}

impl fmt::Debug for SignerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SignerKey({})", self.public().crypto_id())
    }
}
