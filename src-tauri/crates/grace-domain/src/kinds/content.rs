//! What an update wants of one target, whatever its type: the language that targets understand.
//!
//! Owns the shapes. Never holds bytes: they are blobs, named here by digest.

use crate::core::digest::Digest;
use crate::core::ids::DocumentId;
use crate::files::path::ManagedPath;

/// What shall be at a target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// Files to write and remove, ordered by path within each kind of edit.
    Files(Vec<FileEdit>),
    /// One governed document.
    Document(DocumentEdit),
}

impl Content {
    /// The document that it changes, where its target is a registry.
    pub fn document(&self) -> Option<&DocumentId> {
        match self {
            Self::Files(_) => None,
            Self::Document(edit) => Some(&edit.id),
        }
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

/// What shall become of one document of a registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentEdit {
    /// Which.
    pub id: DocumentId,
    /// SHA-256 of its canonical JSON; none to take it out of force.
    pub new: Option<Digest>,
}
