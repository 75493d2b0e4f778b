//! The names of things: validated, ordered, cheap to clone. Never makes a random id; ids come in from the edge.

use crate::core::limits;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// An id that does not follow its grammar.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{found}` is not a valid {what}")]
pub struct IdError {
    /// Which kind of id was expected.
    pub what: &'static str,
    /// What was found, cut to a bounded length.
    pub found: String,
}

fn slug(s: &str) -> bool {
    !s.is_empty()
        && s.len() <= limits::ID_BYTES
        && s.as_bytes()[0].is_ascii_alphanumeric()
        && s.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_' | b'.'))
}

fn prefixed(s: &str, prefix: &str) -> bool {
    s.strip_prefix(prefix)
        .is_some_and(|rest| uuid::Uuid::try_parse(rest).is_ok_and(|u| u.hyphenated().to_string() == rest))
}

macro_rules! id {
    ($(#[$m:meta])* $name:ident, $what:literal, $check:expr) => {
        $(#[$m])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(Arc<str>);
        impl $name {
            /// The id as text.
            pub fn as_str(&self) -> &str { &self.0 }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str(&self.0) }
        }
        impl FromStr for $name {
            type Err = IdError;
            fn from_str(s: &str) -> Result<Self, IdError> {
                let check: fn(&str) -> bool = $check;
                if check(s) { Ok(Self(s.into())) } else {
                    Err(IdError { what: $what, found: s.chars().take(80).collect() })
                }
            }
        }
        impl TryFrom<String> for $name {
            type Error = IdError;
            fn try_from(s: String) -> Result<Self, IdError> { s.parse() }
        }
        impl From<$name> for String {
            fn from(id: $name) -> String { id.0.to_string() }
        }
    };
}

id!(/// `upd_` + `UUIDv7`.
    UpdateId, "update id", |s| prefixed(s, "upd_"));
id!(/// `hs_` + `UUIDv7`.
    HandshakeId, "handshake id", |s| prefixed(s, "hs_"));
id!(/// `rb_` + `UUIDv7`.
    RollbackId, "rollback id", |s| prefixed(s, "rb_"));
id!(/// Lower-case letters, digits, `-`, `_`, `.`; at most 64 bytes.
    ComponentId, "component id", slug);
id!(/// Same grammar as a component id.
    PersonId, "person id", slug);
id!(/// A group of persons that a policy may demand.
    GroupId, "group id", slug);
id!(/// A metric's name, e.g. `error_rate`.
    MetricId, "metric id", slug);
id!(/// A governed document within its registry, e.g. the id of a metric.
    DocumentId, "document id", slug);
id!(/// The release that an update belongs to.
    ReleaseId, "release id", slug);
id!(/// Unique text chosen by whoever signs; 16 to 128 URL-safe characters.
    Nonce, "nonce", |s| (16..=limits::NONCE_BYTES).contains(&s.len())
        && s.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_')));
