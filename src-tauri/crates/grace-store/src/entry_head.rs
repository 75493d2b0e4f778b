//! The three fields of an entry that are indexed, read from its bytes.
//!
//! Owns nothing else of an entry: its meaning belongs to the domain.

use std::borrow::Cow;

use grace_domain::time::Timestamp;
use serde::Deserialize;

#[derive(Deserialize)]
struct Fields<'a> {
    #[serde(borrow)]
    at: Cow<'a, str>,
    #[serde(borrow)]
    subject: Cow<'a, str>,
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
}

/// What the index says of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EntryHead<'a> {
    pub(crate) subject: Cow<'a, str>,
    pub(crate) kind: Cow<'a, str>,
    pub(crate) at: Timestamp,
}

impl<'a> EntryHead<'a> {
    /// Reads the head of an entry's bytes, or says in a few words why there is none.
    pub(crate) fn read(bytes: &'a [u8]) -> Result<Self, &'static str> {
        let fields: Fields<'a> = serde_json::from_slice(bytes)
            .map_err(|_| "not a JSON object with the texts at, subject and type")?;
        let at: Timestamp =
            fields.at.parse().map_err(|_| "at is not an RFC 3339 time in UTC with milliseconds")?;
        // Control characters separate the fields where many index rows are compared at once (`packed`).
        let plain = |text: &str| !text.is_empty() && !text.bytes().any(|b| b < 0x20);
        if !plain(&fields.subject) || !plain(&fields.kind) {
            return Err("subject or type is empty or holds control characters");
        }
        Ok(Self { subject: fields.subject, kind: fields.kind, at })
    }
}
