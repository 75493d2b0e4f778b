//! Signed tree heads: C2SP `tlog-checkpoint` bodies in C2SP signed notes with Ed25519.
//!
//! Owns the text form of a checkpoint and of the log's verifier key. Never decides which checkpoint is the newest,
//! and never signs anything but a checkpoint.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::core::digest::Digest;
use crate::core::limits;
use crate::crypto::keys::{PublicKey, SignerKey};

/// Signature type of Ed25519 in signed notes.
const ED25519: u8 = 0x01;
/// What a signature line of a note starts with: em dash, space.
const SIGNATURE_PREFIX: &str = "\u{2014} ";

/// What a tree head says: the log `origin` has `size` entries whose Merkle root is `root`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Unique name of the log; also the name of its key. See [`check_origin`].
    pub origin: String,
    /// Entries in the log.
    pub size: u64,
    /// RFC 6962 root over them.
    pub root: Digest,
}

/// A checkpoint with the note that carries it, byte for byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedCheckpoint {
    /// What the note says.
    pub checkpoint: Checkpoint,
    /// The signed note.
    pub text: String,
}

/// A verifier key: the name of a log and the key it signs with.
///
/// Text form (vkey of the signed-note specification): `name+hash+base64(0x01 ‖ key)`, the hash as 8 hex digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vkey {
    name: String,
    public: PublicKey,
}

/// Why a text is no acceptable checkpoint or verifier key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// A name that signed notes cannot carry.
    #[error("an origin has 1 to {max} bytes without white space, control characters and plus signs")]
    Origin {
        /// Bytes allowed.
        max: usize,
    },
    /// A verifier key that does not read.
    #[error("not an Ed25519 verifier key: {reason}")]
    Vkey {
        /// Which part is wrong.
        reason: &'static str,
    },
    /// A note that does not read.
    #[error("not a signed checkpoint: {reason}")]
    Note {
        /// Which part is wrong.
        reason: &'static str,
    },
    /// Too long to be read.
    #[error("a checkpoint of {found} bytes; at most {max} are read")]
    TooLarge {
        /// Bytes received.
        found: usize,
        /// Bytes allowed.
        max: usize,
    },
    /// The checkpoint of another log.
    #[error("a checkpoint of {found:?}; expected {expected:?}")]
    WrongOrigin {
        /// Name in the verifier key.
        expected: String,
        /// Origin in the checkpoint.
        found: String,
    },
    /// No signature line of the verifier key.
    #[error("not signed by {name:?}")]
    NotSigned {
        /// Name in the verifier key.
        name: String,
    },
    /// A signature line of the verifier key that does not verify.
    #[error("the signature of {name:?} does not verify")]
    BadSignature {
        /// Name in the verifier key.
        name: String,
    },
}

/// Checks a log's origin, which is its key name too: 1 to 255 bytes, no white space or control characters, no `+`.
pub fn check_origin(origin: &str) -> Result<(), CheckpointError> {
    let refused = origin.is_empty()
        || origin.len() > limits::ORIGIN_BYTES
        || origin.chars().any(|c| c.is_whitespace() || c.is_control() || c == '+');
    if refused { Err(CheckpointError::Origin { max: limits::ORIGIN_BYTES }) } else { Ok(()) }
}

impl Checkpoint {
    /// The text that is signed: origin, size in decimal and root in base64, one line each.
    pub fn to_body(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, STANDARD.encode(self.root.as_bytes()))
    }

    /// Reads exactly what [`Self::to_body`] writes. Extension lines are refused: this log never writes one.
    fn from_body(body: &str) -> Result<Self, CheckpointError> {
        let refused = |reason| CheckpointError::Note { reason };
        let mut lines =
            body.strip_suffix('\n').ok_or(refused("the body lacks its last line end"))?.split('\n');
        let (Some(origin), Some(size), Some(root), None) =
            (lines.next(), lines.next(), lines.next(), lines.next())
        else {
            return Err(refused("the body is not exactly origin, size and root"));
        };
        check_origin(origin)?;
        let parsed: u64 = size.parse().map_err(|_| refused("the size is not a decimal number"))?;
        let root = STANDARD
            .decode(root)
            .ok()
            .and_then(|bytes| <[u8; 32]>::try_from(bytes).ok())
            .ok_or(refused("the root is not 32 bytes in base64"))?;
        let checkpoint = Self { origin: origin.to_owned(), size: parsed, root: Digest::from_bytes(root) };
        // Leading zeros or a sign would give one head two signed spellings.
        if checkpoint.to_body() == body { Ok(checkpoint) } else { Err(refused("the size is not canonical")) }
    }
}

impl Vkey {
    /// The verifier key of the log `name`.
    pub fn new(name: &str, public: PublicKey) -> Result<Self, CheckpointError> {
        check_origin(name)?;
        Ok(Self { name: name.to_owned(), public })
    }

    /// Name of the key, which is the origin of its log.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The key.
    pub fn public(&self) -> &PublicKey {
        &self.public
    }
}

/// First 4 bytes of SHA-256(name ‖ "\n" ‖ 0x01 ‖ key): tells a verifier which line is its own.
fn key_hash(name: &str, public: &PublicKey) -> [u8; 4] {
    let digest = Digest::of_parts(&[name.as_bytes(), b"\n", &[ED25519], public.as_bytes()]);
    let [a, b, c, d, ..] = *digest.as_bytes();
    [a, b, c, d]
}

impl fmt::Display for Vkey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut key = vec![ED25519];
        key.extend_from_slice(self.public.as_bytes());
        let hash = hex::encode(key_hash(&self.name, &self.public));
        write!(f, "{}+{hash}+{}", self.name, STANDARD.encode(key))
    }
}

impl FromStr for Vkey {
    type Err = CheckpointError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refused = |reason| CheckpointError::Vkey { reason };
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(hash), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(refused("it has three parts, joined by plus signs"));
        };
        let key = STANDARD.decode(key).map_err(|_| refused("the key is not base64"))?;
        let Some((&ED25519, key)) = key.split_first() else {
            return Err(refused("the key type is not Ed25519"));
        };
        let key = <[u8; 32]>::try_from(key).map_err(|_| refused("the key is not 32 bytes"))?;
        let public = PublicKey::from_bytes(&key).map_err(|_| refused("the key is not acceptable"))?;
        let vkey = Self::new(name, public)?;
        if hex::encode(key_hash(name, &public)) != hash {
            return Err(refused("the hash does not fit name and key"));
        }
        Ok(vkey)
    }
}

/// Signs `checkpoint` as a note; the key's name is the origin.
///
/// The origin was checked when the log was made ([`check_origin`]); a note over one that was not is refused by
/// every verifier, this module's included.
pub fn sign(checkpoint: &Checkpoint, key: &SignerKey) -> SignedCheckpoint {
    let body = checkpoint.to_body();
    let mut line = key_hash(&checkpoint.origin, &key.public()).to_vec();
    line.extend_from_slice(&key.sign(body.as_bytes()));
    let text = format!("{body}\n{SIGNATURE_PREFIX}{} {}\n", checkpoint.origin, STANDARD.encode(line));
    SignedCheckpoint { checkpoint: checkpoint.clone(), text }
}

/// Body and signature lines of a note.
fn parts(text: &str) -> Result<(&str, &str), CheckpointError> {
    let refused = |reason| CheckpointError::Note { reason };
    if text.len() > limits::CHECKPOINT_BYTES {
        return Err(CheckpointError::TooLarge { found: text.len(), max: limits::CHECKPOINT_BYTES });
    }
    if text.chars().any(|c| c.is_control() && c != '\n') {
        return Err(refused("it holds control characters"));
    }
    // The last empty line parts body and signatures; a body with an empty line of its own is none.
    let split = text.rfind("\n\n").ok_or(refused("no empty line before the signatures"))?;
    Ok((&text[..=split], &text[split + 2..]))
}

/// Reads what a signed note says, whoever signed it. For who was told that it was verified; everybody else asks
/// [`verify`].
pub fn read(text: &str) -> Result<Checkpoint, CheckpointError> {
    Checkpoint::from_body(parts(text)?.0)
}

/// The keys other than `vkey` that a note bears lines of, each once, as `name+hash`: whoever reads it cannot tell from
/// the note whether they signed it.
pub fn others(text: &str, vkey: &Vkey) -> Vec<String> {
    let ours = hex::encode(key_hash(&vkey.name, &vkey.public));
    let key = |line: &str| {
        let (name, signature) = line.strip_prefix(SIGNATURE_PREFIX)?.split_once(' ')?;
        let hash = hex::encode(STANDARD.decode(signature).ok()?.first_chunk::<4>()?);
        (name != vkey.name || hash != ours).then(|| format!("{name}+{hash}"))
    };
    let lines = parts(text).map_or("", |(_, lines)| lines);
    let mut found: Vec<String> = lines.lines().filter_map(key).collect();
    found.sort();
    found.dedup();
    found
}

/// Reads a signed note and returns its checkpoint if the log of `vkey` signed it.
///
/// Lines of other keys (witnesses) are passed over; every line that claims to be of `vkey` must verify.
pub fn verify(text: &str, vkey: &Vkey) -> Result<Checkpoint, CheckpointError> {
    let refused = |reason| CheckpointError::Note { reason };
    let (body, lines) = parts(text)?;
    let lines = lines.strip_suffix('\n').ok_or(refused("the last signature line does not end"))?;
    let mut signed = false;
    for (count, line) in lines.split('\n').enumerate() {
        if count == limits::CHECKPOINT_SIGNATURES {
            return Err(refused("too many signature lines"));
        }
        let (name, signature) = line
            .strip_prefix(SIGNATURE_PREFIX)
            .and_then(|line| line.split_once(' '))
            .ok_or(refused("a signature line is not a dash, a name and a signature"))?;
        check_origin(name)?;
        let bytes = STANDARD.decode(signature).map_err(|_| refused("a signature is not base64"))?;
        let (hash, signature) = bytes.split_first_chunk::<4>().ok_or(refused("a signature is too short"))?;
        if name != vkey.name || *hash != key_hash(&vkey.name, &vkey.public) {
            continue;
        }
        <&[u8; 64]>::try_from(signature)
            .ok()
            .and_then(|signature| vkey.public.verify(body.as_bytes(), signature).ok())
            .ok_or_else(|| CheckpointError::BadSignature { name: vkey.name.clone() })?;
        signed = true;
    }
    if !signed {
        return Err(CheckpointError::NotSigned { name: vkey.name.clone() });
    }
    let checkpoint = Checkpoint::from_body(body)?;
    if checkpoint.origin != vkey.name {
        return Err(CheckpointError::WrongOrigin { expected: vkey.name.clone(), found: checkpoint.origin });
    }
    Ok(checkpoint)
}
