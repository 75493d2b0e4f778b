//! The managed content of a target as a value, its digest, and the difference of two of them.
//!
//! Owns what "the same content" means, managed digest version 2: path, type, permission bits, owner, group, extended
//! attributes and bytes of managed files, nothing else. Never reads a target: whoever inspected hands in what was found.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::core::digest::Digest;
use crate::files::path::{ManagedPath, PathError, check_collisions};
use crate::files::state::{FileState, MODE_BITS};

/// One managed file in its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileEntry {
    /// Where it stands beneath the target's root.
    pub path: ManagedPath,
    /// What it is.
    pub state: FileState,
}

/// Managed files by path. Holds no two paths that some file system takes for one.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "Vec<FileEntry>", into = "Vec<FileEntry>")]
pub struct ManagedTree(BTreeMap<ManagedPath, FileState>);

/// How one path differs between two trees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Only in the later tree.
    Added(FileEntry),
    /// Only in the earlier tree.
    Removed(FileEntry),
    /// In both, with other bytes or attributes.
    Modified {
        /// Where.
        path: ManagedPath,
        /// In the earlier tree.
        before: FileState,
        /// In the later tree.
        after: FileState,
    },
}

impl Change {
    /// The path that differs.
    pub fn path(&self) -> &ManagedPath {
        match self {
            Self::Added(FileEntry { path, .. })
            | Self::Removed(FileEntry { path, .. })
            | Self::Modified { path, .. } => path,
        }
    }
}

impl ManagedTree {
    /// The tree of `files`; their modes are cut to the permission bits.
    pub fn from_files(files: impl IntoIterator<Item = FileEntry>) -> Result<Self, PathError> {
        let mut tree = BTreeMap::new();
        for FileEntry { path, mut state } in files {
            state.attributes.mode &= MODE_BITS;
            if tree.contains_key(&path) {
                return Err(PathError::Duplicate { path: path.to_string() });
            }
            tree.insert(path, state);
        }
        check_collisions(tree.keys())?;
        Ok(Self(tree))
    }

    /// The files, ordered by the bytes of their paths.
    pub fn files(&self) -> impl ExactSizeIterator<Item = (&ManagedPath, &FileState)> {
        self.0.iter()
    }

    /// The file at `path`.
    pub fn get(&self, path: &ManagedPath) -> Option<&FileState> {
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

    /// SHA-256 over the line `grace-managed-2 LF` and one line per file in path order: `path NUL "file" NUL sha256 NUL
    /// attributes LF`, the digest in hex, the attributes as [`Attributes::line`](crate::files::state::Attributes::line)
    /// says. A path stands as [`spelled`](crate::files::path::spelled) from its bytes, here and in documents: that holds
    /// neither NUL nor line ends, so no two trees share their lines, and there is a spelling for names that are not
    /// managed yet. The word `file` is the type: a link would be `link` with the digest of the bytes that it points to,
    /// and no attributes but its owner and group.
    pub fn digest(&self) -> Digest {
        let mut hasher = Sha256::new();
        hasher.update(b"grace-managed-2\n");
        for (path, state) in &self.0 {
            let (sha256, attributes) = (&state.sha256, state.attributes.line());
            hasher.update(format!("{path}\0file\0{sha256}\0{attributes}\n"));
        }
        Digest::from_bytes(hasher.finalize().into())
    }

    /// What changes from this tree to `later`, in path order. Empty exactly when the digests are equal.
    pub fn diff(&self, later: &Self) -> Vec<Change> {
        let entry =
            |path: &ManagedPath, state: &FileState| FileEntry { path: path.clone(), state: state.clone() };
        let mut changes = Vec::new();
        for (path, before) in &self.0 {
            match later.0.get(path) {
                None => changes.push(Change::Removed(entry(path, before))),
                Some(after) if !FileState::same(Some(before), Some(after)) => {
                    let (before, after) = (before.clone(), after.clone());
                    changes.push(Change::Modified { path: path.clone(), before, after });
                }
                Some(_) => {}
            }
        }
        let added = later.0.iter().filter(|(path, _)| !self.0.contains_key(*path));
        changes.extend(added.map(|(path, state)| Change::Added(entry(path, state))));
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
        tree.0.into_iter().map(|(path, state)| FileEntry { path, state }).collect()
    }
}
