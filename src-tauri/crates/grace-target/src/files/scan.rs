//! The inspection of what is managed beneath a root, and keeping the bytes that one has found.
//!
//! Owns the walk and its bounds. Never changes anything, and follows no link.

use cap_std::fs::Dir;
use grace_domain::core::digest::Digest;
use grace_domain::core::limits;
use grace_domain::files::path::ManagedPath;
use grace_domain::files::tree_digest::{FileEntry, ManagedTree};
use rustix::io::Errno;

use super::managed::Managed;
use super::names::{joined, shown};
use super::root::{Found, Root, hash, look, open_child_dir, open_file};
use crate::blobs::BlobSink;
use crate::error::TargetError;
use crate::threads::blocking;

/// Names that one scan may meet, managed or not.
pub const NAMES_PER_SCAN: u64 = 1_000_000;

/// Looks at everything managed beneath `root`: names, attributes, lengths, digests. Follows no link.
pub async fn scan(root: &Root, managed: &Managed) -> Result<ManagedTree, TargetError> {
    let (root, managed) = (root.clone(), managed.clone());
    blocking(move || scan_now(&root, &managed)).await
}

/// [`scan`] on this thread.
pub fn scan_now(root: &Root, managed: &Managed) -> Result<ManagedTree, TargetError> {
    let mut walk = Walk { root, managed, files: Vec::new(), names: 0, bytes: 0 };
    let dir = root.open_dir(None)?.ok_or(TargetError::Root { reason: "it does not exist" })?;
    walk.directory(&dir, "", 0)?;
    ManagedTree::from_files(walk.files)
        .map_err(|collision| TargetError::Collision { reason: collision.to_string() })
}

/// Keeps the bytes of the files `wanted` in `sink`, each checked against what was seen of it before.
pub async fn snapshot(
    root: &Root,
    wanted: impl IntoIterator<Item = (ManagedPath, Digest)>,
    sink: &dyn BlobSink,
) -> Result<(), TargetError> {
    for (path, sha256) in wanted {
        let (handle, at) = (root.clone(), path.clone());
        let bytes = blocking(move || handle.read(&at)).await?;
        let drift = || TargetError::DriftDetected { path: Some(path.to_string()), found: None };
        let bytes = bytes.ok_or_else(drift)?;
        if Digest::of(&bytes) != sha256 {
            return Err(drift());
        }
        if sink.put(&bytes).await? != sha256 {
            return Err(TargetError::BlobDiffers { path: path.to_string(), sha256 });
        }
    }
    Ok(())
}

struct Walk<'m> {
    root: &'m Root,
    managed: &'m Managed,
    files: Vec<FileEntry>,
    names: u64,
    bytes: u64,
}

impl Walk<'_> {
    fn directory(&mut self, dir: &Dir, prefix: &str, depth: usize) -> Result<(), TargetError> {
        for entry in dir.entries().map_err(TargetError::io("listing", shown(prefix)))? {
            let entry = entry.map_err(TargetError::io("listing", shown(prefix)))?;
            self.names += 1;
            if self.names > NAMES_PER_SCAN {
                return Err(TargetError::TooLarge { what: "names", max: NAMES_PER_SCAN });
            }
            let name = entry.file_name();
            // A name that no package may carry is never managed: nothing of ours can be there.
            let Some(path) = name.to_str().and_then(|name| ManagedPath::parse(&joined(prefix, name)).ok())
            else {
                continue;
            };
            self.name(dir, &path, depth)?;
        }
        Ok(())
    }

    fn name(&mut self, dir: &Dir, path: &ManagedPath, depth: usize) -> Result<(), TargetError> {
        let is_managed = self.managed.matches(path);
        let may_hold = depth + 1 < limits::PATH_DEPTH && self.managed.may_hold(path);
        if !is_managed && !may_hold {
            return Ok(());
        }
        match look(dir, path.file_name(), path.as_str())? {
            Found::File if is_managed => self.file(dir, path),
            Found::Directory if may_hold => match open_child_dir(dir, path.file_name()) {
                Ok(child) => self.directory(&child, path.as_str(), depth + 1),
                Err(Errno::NOENT) => Ok(()),
                Err(error) => Err(TargetError::io("opening", path.as_str())(error.into())),
            },
            Found::Link => Err(TargetError::Link { path: path.to_string() }),
            Found::Special if is_managed => Err(TargetError::Special { path: path.to_string() }),
            // A directory whose own name matches, a plain file where only a directory could, or already gone.
            Found::File | Found::Directory | Found::Special | Found::Nothing => Ok(()),
        }
    }

    fn file(&mut self, dir: &Dir, path: &ManagedPath) -> Result<(), TargetError> {
        let Some(open) = open_file(dir, path.file_name(), path.as_str())? else { return Ok(()) };
        let state = self.root.seen(path, hash(open, path.as_str())?);
        self.bytes = self.bytes.saturating_add(state.size);
        if self.bytes > limits::PACKAGE_BYTES {
            return Err(TargetError::TooLarge { what: "managed bytes", max: limits::PACKAGE_BYTES });
        }
        if self.files.len() >= limits::FILES_PER_TARGET {
            return Err(TargetError::TooLarge {
                what: "managed files",
                max: limits::FILES_PER_TARGET as u64,
            });
        }
        self.files.push(FileEntry { path: path.clone(), state });
        Ok(())
    }
}
