//! What of one managed file is content: its bytes, permission bits, owner, group and the extended attributes that are
//! somebody's choice, access lists among them.
//!
//! Owns the value, its line in a digest, and what a new mode means for an access list. Never reads a file.

use crate::core::digest::Digest;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Permission bits, set-id and sticky bits included: what of a mode is content.
pub const MODE_BITS: u32 = 0o7777;

/// Name of the extended attribute that holds a POSIX access list.
pub const ACCESS_LIST: &str = "system.posix_acl_access";

/// Extended attributes that the system gives each file anew when it is written: labels by the host's policy for the
/// directory and the program, hashes by its bytes and attributes. They can be neither predicted nor put back.
pub const REBUILT: [&str; 4] = ["security.SMACK64", "security.evm", "security.ima", "security.selinux"];

/// Extended attributes of one file by name. Only those that [`Xattrs::counts`] names are content.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Xattrs(BTreeMap<String, Vec<u8>>);

/// One managed file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileState {
    /// SHA-256 of the bytes.
    pub sha256: Digest,
    /// Length in bytes. Not part of any digest: `sha256` says more.
    pub size: u64,
    /// What counts beside the bytes.
    pub attributes: Attributes,
}

/// What of a file counts beside its bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attributes {
    /// Permission bits (`0o7777`).
    pub mode: u32,
    /// Number of the user who owns it.
    pub owner: u32,
    /// Number of its group.
    pub group: u32,
    /// Extended attributes that are content.
    #[serde(default, skip_serializing_if = "Xattrs::is_empty")]
    pub xattrs: Xattrs,
}

impl FileState {
    /// Equal as content: the length follows from the digest.
    pub fn same(a: Option<&Self>, b: Option<&Self>) -> bool {
        match (a, b) {
            (Some(a), Some(b)) => (a.sha256, &a.attributes) == (b.sha256, &b.attributes),
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        }
    }
}

impl Attributes {
    /// The same with other permission bits: an access list follows them, as the system makes it do.
    #[must_use]
    pub fn with_mode(mut self, mode: u32) -> Self {
        self.mode = mode;
        if let Some(list) = self.xattrs.0.get_mut(ACCESS_LIST) {
            follow_mode(list, mode);
        }
        self
    }

    /// As the digests of files and trees take them: `mode NUL owner NUL group`, the mode as four
    /// octal digits, the numbers decimal; then for each extended attribute in the order of names `NUL name=value`, the
    /// value in hex. Names are visible ASCII, so no two files share a line.
    pub fn line(&self) -> String {
        let Self { mode, owner, group, xattrs } = self;
        let mut line = format!("{mode:04o}\0{owner}\0{group}");
        for (name, value) in &xattrs.0 {
            write!(line, "\0{name}=").expect("invariant: a String takes any text");
            for byte in value {
                write!(line, "{byte:02x}").expect("invariant: a String takes any text");
            }
        }
        line
    }
}

impl Xattrs {
    /// Whether the attribute `name` is content: all are but those of [`REBUILT`].
    pub fn counts(name: &str) -> bool {
        !REBUILT.contains(&name)
    }

    /// Adds one.
    pub fn insert(&mut self, name: String, value: Vec<u8>) {
        self.0.insert(name, value);
    }

    /// Each with its value, ordered by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_slice()))
    }

    /// Whether one has this name.
    pub fn holds(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// As an object: name to value in base64.
impl Serialize for Xattrs {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_map(self.0.iter().map(|(name, value)| (name, STANDARD.encode(value))))
    }
}

impl<'de> Deserialize<'de> for Xattrs {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let texts = BTreeMap::<String, String>::deserialize(from)?;
        let mut found = Self::default();
        for (name, text) in texts {
            if !Self::counts(&name) || !name.bytes().all(|b| b.is_ascii_graphic()) {
                return Err(D::Error::custom("an extended attribute that is not content"));
            }
            let value = STANDARD.decode(text).map_err(D::Error::custom)?;
            found.insert(name, value);
        }
        Ok(found)
    }
}

/// Sets in an access list what `chmod` sets: the entries of the owner, of the others, and the mask, or without one the
/// group. Form: version 2 as 32 bits, then entries of tag, permissions (16 bits each) and id (32), little-endian.
fn follow_mode(list: &mut [u8], mode: u32) {
    const OWNER: u8 = 0x01;
    const GROUP: u8 = 0x04;
    const MASK: u8 = 0x10;
    const OTHERS: u8 = 0x20;
    let Some((_, entries)) = list.split_at_mut_checked(4) else { return };
    let masked = entries.chunks_exact(8).any(|entry| entry[0] == MASK);
    for entry in entries.chunks_exact_mut(8) {
        let shift = match entry[0] {
            OWNER => 6,
            MASK => 3,
            GROUP if !masked => 3,
            OTHERS => 0,
            _ => continue,
        };
        entry[2] = u8::try_from(mode >> shift & 7).expect("invariant: three bits");
    }
}
