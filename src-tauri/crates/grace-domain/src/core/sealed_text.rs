//! Texts behind an entry or a statement: what a person wrote, or a sentence that may quote what nobody meant to publish.
//! Entry and statement hold the digest of a salted blob; the blob can be redacted and every proof stays valid.
//!
//! Owns the blob's form and how text, salt, blob and digest belong together. Never makes a salt: randomness is handed in
//! at the edge. Where the salt of a text is known, its blob stays the same wherever the text is written down.

use crate::core::canon;
use crate::core::digest::Digest;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

/// Bytes of a salt: as many as of the digest, so that guessing the text is as hard as guessing the digest.
pub const SALT_BYTES: usize = 32;
/// What stands where the blob was redacted.
pub const REDACTED: &str = "(redacted)";
/// Nesting of a salted document: a summary is the deepest.
const DEPTH: usize = 32;

/// A salt.
pub type Salt = [u8; SALT_BYTES];

/// A text with its digest. Read as text (`Deref`); written into an entry or a statement as the digest only.
#[derive(Clone, Default)]
pub struct SealedText {
    text: Option<Arc<str>>,
    digest: Option<Digest>,
    /// With text and salt the blob is known.
    salt: Option<Salt>,
}

/// What a salted blob was found to hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenedText {
    salt: Salt,
    text: Arc<str>,
}

impl OpenedText {
    /// Reads a salted blob; none when it holds no text.
    pub fn read(blob: &[u8]) -> Option<Self> {
        match open(blob)? {
            (salt, Value::String(text)) => Some(Self { salt, text: text.into() }),
            _ => None,
        }
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }
}

impl SealedText {
    /// The text, when it is known; nothing said is the empty text.
    pub fn text(&self) -> Option<&str> {
        match (&self.text, &self.digest) {
            (Some(text), _) => Some(text),
            (None, None) => Some(""),
            (None, Some(_)) => None,
        }
    }

    /// Digest of the salted blob; none when nothing was said, or when it is not sealed yet.
    pub fn digest(&self) -> Option<&Digest> {
        self.digest.as_ref()
    }

    /// True when the blob behind them is not there.
    pub fn is_redacted(&self) -> bool {
        self.text().is_none()
    }

    /// True when nothing was said.
    pub fn is_empty(&self) -> bool {
        self.text() == Some("")
    }

    /// Binds the text to `fresh`, unless its salt is known, and gives the blob; none when there is nothing to hide, or no
    /// text to bind.
    pub fn seal(&mut self, fresh: Salt) -> Option<Vec<u8>> {
        let text = self.text.as_deref().filter(|t| !t.is_empty())?;
        let salt = *self.salt.get_or_insert(fresh);
        let bytes = salted(salt, &Value::from(text)).expect("invariant: a text has a canonical form");
        self.digest = Some(Digest::of(&bytes));
        Some(bytes)
    }

    /// Takes the text in, if its blob is among those that were found.
    pub fn resolve(&mut self, found: &BTreeMap<Digest, OpenedText>) {
        if let Some(opened) = self.digest.as_ref().and_then(|d| found.get(d)) {
            self.text = Some(opened.text.clone());
            self.salt = Some(opened.salt);
        }
    }
}

impl Deref for SealedText {
    type Target = str;
    fn deref(&self) -> &str {
        self.text().unwrap_or(REDACTED)
    }
}

impl fmt::Display for SealedText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self)
    }
}

impl fmt::Debug for SealedText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

impl From<String> for SealedText {
    fn from(text: String) -> Self {
        Self { text: Some(text.into()), digest: None, salt: None }
    }
}

impl From<&str> for SealedText {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl From<&String> for SealedText {
    fn from(text: &String) -> Self {
        text.clone().into()
    }
}

/// Equal when the digests are, or, where one side is not sealed yet, when the texts are.
impl PartialEq for SealedText {
    fn eq(&self, other: &Self) -> bool {
        match (&self.digest, &other.digest) {
            (Some(a), Some(b)) => a == b,
            _ => self.text().is_some() && self.text() == other.text(),
        }
    }
}

impl Eq for SealedText {}

impl PartialEq<str> for SealedText {
    fn eq(&self, other: &str) -> bool {
        self.text() == Some(other)
    }
}

impl PartialEq<&str> for SealedText {
    fn eq(&self, other: &&str) -> bool {
        self.text() == Some(*other)
    }
}

/// The digest; the empty text when nothing was said. A text that is not sealed has no written form.
impl Serialize for SealedText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.digest {
            Some(digest) => digest.serialize(serializer),
            None if self.is_empty() => serializer.serialize_str(""),
            None => Err(serde::ser::Error::custom("a text that is not sealed")),
        }
    }
}

impl<'de> Deserialize<'de> for SealedText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text.is_empty() {
            return Ok(Self::default());
        }
        let digest = text.parse().map_err(serde::de::Error::custom)?;
        Ok(Self { text: None, digest: Some(digest), salt: None })
    }
}

/// A member that holds texts.
pub trait Texts {
    /// Shows every one.
    fn each(&mut self, see: &mut dyn FnMut(&mut SealedText));
}

impl Texts for SealedText {
    fn each(&mut self, see: &mut dyn FnMut(&mut SealedText)) {
        see(self);
    }
}

impl Texts for Vec<SealedText> {
    fn each(&mut self, see: &mut dyn FnMut(&mut SealedText)) {
        self.iter_mut().for_each(see);
    }
}

/// A salted document: `{"salt":"<32 bytes, base64>","value":…}` as canonical JSON, one line.
pub fn salted(salt: Salt, value: &Value) -> Result<Vec<u8>, canon::CanonError> {
    canon::to_canonical(&json!({ "salt": STANDARD.encode(salt), "value": value }))
}

/// The value of a salted document; none when the bytes are not exactly one.
pub fn unsalted(bytes: &[u8]) -> Option<Value> {
    open(bytes).map(|(_, value)| value)
}

fn open(bytes: &[u8]) -> Option<(Salt, Value)> {
    let Value::Object(mut map) = canon::parse_strict(bytes, DEPTH).ok()? else { return None };
    let value = map.remove("value")?;
    let Some(Value::String(salt)) = map.remove("salt") else { return None };
    let salt: Salt = STANDARD.decode(salt).ok()?.try_into().ok()?;
    (map.is_empty() && salted(salt, &value).ok()? == bytes).then_some((salt, value))
}

/// The texts of sealed blobs, one per line, by digest. A line that is no salted text names nothing.
pub fn texts(lines: &[u8]) -> BTreeMap<Digest, OpenedText> {
    lines
        .split(|b| *b == b'\n')
        .filter_map(|line| Some((Digest::of(line), OpenedText::read(line)?)))
        .collect()
}
