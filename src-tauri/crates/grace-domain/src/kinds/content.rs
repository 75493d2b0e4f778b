//! What an update wants of one target, whatever its type: the language that targets understand.
//!
//! Owns the shapes. Never holds bytes: they are blobs, named here by digest.

use crate::core::codes::Code;
use crate::core::digest::Digest;
use crate::core::ids::DocumentId;
use crate::core::refusal::Refusal;
use crate::files::path::ManagedPath;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// What shall be at a target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// Files to write and remove, ordered by path within each kind of edit.
    Files(Vec<FileEdit>),
    /// One governed document.
    Document(DocumentEdit),
}

/// Sizes of blobs, bytes; whoever reads a document looks them up before.
pub type Sizes = BTreeMap<Digest, u64>;

/// The blobs that a content document names. What is no digest is for its type to refuse.
pub fn named(document: &Value) -> BTreeSet<Digest> {
    let mut found = BTreeSet::new();
    let mut rest = vec![document];
    while let Some(value) = rest.pop() {
        match value {
            Value::Object(members) => {
                found.extend(
                    members.get("sha256").and_then(Value::as_str).and_then(|d| d.parse::<Digest>().ok()),
                );
                rest.extend(members.values());
            }
            Value::Array(items) => rest.extend(items),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    found
}

/// The size of a blob that was handed in, or the refusal of one that was not.
pub fn size_of(what: &str, digest: &Digest, sizes: &Sizes) -> Result<u64, Refusal> {
    sizes.get(digest).copied().ok_or_else(|| {
        Refusal::invalid(
            Code::BlobMissing,
            format!("the content of {what} was not uploaded"),
            "PUT /api/blobs/{sha256} first",
        )
    })
}

impl Content {
    /// What it names at the target, each with the digest that it shall have; none where it shall not be there.
    pub fn items(&self) -> Vec<(String, Option<Digest>)> {
        match self {
            Self::Files(edits) => edits
                .iter()
                .map(|edit| match edit {
                    FileEdit::Write { path, sha256, .. } => (path.to_string(), Some(*sha256)),
                    FileEdit::Remove { path } => (path.to_string(), None),
                })
                .collect(),
            Self::Document(edit) => vec![(edit.id.to_string(), edit.new)],
        }
    }

    /// What it wants of a document, where its target is a registry.
    pub fn edit(&self) -> Option<&DocumentEdit> {
        match self {
            Self::Files(_) => None,
            Self::Document(edit) => Some(edit),
        }
    }

    /// The document that it changes, where its target is a registry.
    pub fn document(&self) -> Option<&DocumentId> {
        self.edit().map(|edit| &edit.id)
    }
}

/// What shall become of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileEdit {
    /// The file shall have these bytes and this mode (`None`: the mode that it has, or 0644).
    Write {
        /// Where.
        path: ManagedPath,
        /// SHA-256 of the bytes.
        sha256: Digest,
        /// Length in bytes.
        size: u64,
        /// Permission bits.
        mode: Option<u32>,
    },
    /// The file shall not be there.
    Remove {
        /// Where.
        path: ManagedPath,
    },
}

impl FileEdit {
    /// Where.
    pub fn path(&self) -> &ManagedPath {
        match self {
            Self::Write { path, .. } | Self::Remove { path } => path,
        }
    }
}

/// Digest that stands for "no such document": of no bytes, which are no document.
pub fn absent() -> Digest {
    Digest::of(b"")
}

/// Recorded content as people read it: its digest, or that there is no such document.
pub fn recorded(digest: &Digest) -> String {
    if *digest == absent() { "absent".to_owned() } else { digest.to_hex() }
}

/// What shall become of one document of a registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentEdit {
    /// Which.
    pub id: DocumentId,
    /// SHA-256 of its canonical JSON; none to take it out of force.
    pub new: Option<Digest>,
}
