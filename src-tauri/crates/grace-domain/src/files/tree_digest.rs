//! The managed content of a target as a value, its digest, and the difference of two of them.
//!
//! Owns what "the same content" means: path, type, permission bits and bytes of managed files, nothing else. Never
//! reads a target: whoever looked hands in what was found.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use crate::core::digest::Digest;
use crate::files::path::{ManagedPath, PathError, check_collisions};

/// Permission bits, set-id and sticky bits included: what of a mode is content.
const MODE_BITS: u32 = 0o7777;

/// One managed file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileEntry {
    /// Where it stands beneath the target's root.
    pub path: ManagedPath,
    /// Permission bits (`0o7777`); other bits of a Unix mode do not count.
    pub mode: u32,
    /// Length in bytes. Not part of the tree digest: `sha256` says more.
    pub size: u64,
    /// SHA-256 of the bytes.
    pub sha256: Digest,
}

/// Managed files by path. Holds no two paths that some file system takes for one.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "Vec<FileEntry>", into = "Vec<FileEntry>")]
pub struct ManagedTree(BTreeMap<ManagedPath, FileEntry>);

/// How one path differs between two trees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Only in the later tree.
    Added(FileEntry),
    /// Only in the earlier tree.
    Removed(FileEntry),
    /// In both, with other bytes or another mode.
    Modified {
        /// In the earlier tree.
        before: FileEntry,
        /// In the later tree.
        after: FileEntry,
    },
}

impl Change {
    /// The path that differs.
    pub fn path(&self) -> &ManagedPath {
        match self {
            Self::Added(file) | Self::Removed(file) | Self::Modified { after: file, .. } => &file.path,
        }
    }
}

impl ManagedTree {
    /// The tree of `files`; their modes are cut to the permission bits.
    pub fn from_files(files: impl IntoIterator<Item = FileEntry>) -> Result<Self, PathError> {
        let mut tree = BTreeMap::new();
        for mut file in files {
            file.mode &= MODE_BITS;
            if let Some(twice) = tree.insert(file.path.clone(), file) {
                return Err(PathError::Duplicate { path: twice.path.to_string() });
            }
        }
        check_collisions(tree.keys())?;
        Ok(Self(tree))
    }

    /// The files, ordered by the bytes of their paths.
    pub fn files(&self) -> impl ExactSizeIterator<Item = &FileEntry> {
        self.0.values()
    }

    /// The file at `path`.
    pub fn get(&self, path: &ManagedPath) -> Option<&FileEntry> {
        self.0.get(path)
    }

    /// Number of files.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no file.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Bytes of all files together.
    pub fn total_bytes(&self) -> u64 {
        self.0.values().fold(0, |sum, file| sum.saturating_add(file.size))
    }

    /// SHA-256 over one line per file in path order: `path NUL "file" NUL mode NUL sha256 LF`, the mode as four octal
    /// digits, the digest in hex. Paths hold neither NUL nor line ends, so no two trees share their lines.
    pub fn digest(&self) -> Digest {
        let mut lines = String::new();
        for file in self.0.values() {
            let FileEntry { path, mode, size: _, sha256 } = file;
            writeln!(lines, "{path}\0file\0{mode:04o}\0{sha256}")
                .expect("invariant: a String takes any text");
        }
        Digest::of(lines.as_bytes())
    }

    /// What changes from this tree to `later`, in path order. Empty exactly when the digests are equal.
    pub fn diff(&self, later: &Self) -> Vec<Change> {
        let mut changes = Vec::new();
        for (path, before) in &self.0 {
            match later.0.get(path) {
                None => changes.push(Change::Removed(before.clone())),
                Some(after) if (before.mode, before.sha256) != (after.mode, after.sha256) => {
                    changes.push(Change::Modified { before: before.clone(), after: after.clone() });
                }
                Some(_) => {}
            }
        }
        let added = later.0.iter().filter(|(path, _)| !self.0.contains_key(*path));
        changes.extend(added.map(|(_, file)| Change::Added(file.clone())));
        changes.sort_by(|a, b| a.path().cmp(b.path()));
        changes
    }
}

impl TryFrom<Vec<FileEntry>> for ManagedTree {
    type Error = PathError;

    fn try_from(files: Vec<FileEntry>) -> Result<Self, Self::Error> {
        Self::from_files(files)
    }
}

impl From<ManagedTree> for Vec<FileEntry> {
    fn from(tree: ManagedTree) -> Self {
        tree.0.into_values().collect()
    }
}
