//! The inspection of what is managed beneath a root, and keeping the bytes that one has found.
//!
//! Owns the walk and its bounds. Never changes anything, and follows no link. The patterns are asked for each name by its
//! bytes: what they match and cannot be managed is refused, never passed over.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use cap_std::fs::Dir;
use grace_domain::core::digest::Digest;
use grace_domain::core::limits;
use grace_domain::files::path::{ManagedPath, PathError, spelled};
use grace_domain::files::tree_digest::{FileEntry, ManagedTree};
use rustix::io::Errno;

use super::managed::Managed;
use super::root::{Found, Root, hash, kind_at, open_child_dir, open_file};
use crate::blobs::BlobSink;
use crate::error::TargetError;
use crate::threads::blocking;

/// Names that one scan may meet, managed or not.
pub const NAMES_PER_SCAN: u64 = 1_000_000;
/// Names of a path down to which a scan goes, managed or not.
pub const NAMES_PER_PATH: usize = 64;

/// Inspects everything managed beneath `root`: names, attributes, lengths, digests. Follows no link.
pub async fn scan(root: &Root, managed: &Managed) -> Result<ManagedTree, TargetError> {
    let (root, managed) = (root.clone(), managed.clone());
    blocking(move || scan_now(&root, &managed)).await
}

/// [`scan`] on this thread.
pub fn scan_now(root: &Root, managed: &Managed) -> Result<ManagedTree, TargetError> {
    let mut walk = Walk { root, managed, files: Vec::new(), names: 0, bytes: 0 };
    let dir = root.open_dir(None)?.ok_or(TargetError::Root { reason: "it does not exist" })?;
    walk.directory(&dir, Path::new(""), 0)?;
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
    fn directory(&mut self, dir: &Dir, path: &Path, depth: usize) -> Result<(), TargetError> {
        if depth >= NAMES_PER_PATH {
            return Err(TargetError::Depth { path: shown(path), max: limits::PATH_DEPTH });
        }
        for entry in dir.entries().map_err(TargetError::io("listing", shown(path)))? {
            let entry = entry.map_err(TargetError::io("listing", shown(path)))?;
            self.names += 1;
            if self.names > NAMES_PER_SCAN {
                return Err(TargetError::TooLarge { what: "names", max: NAMES_PER_SCAN });
            }
            let name = entry.file_name();
            self.name(dir, &name, &path.join(&name), depth)?;
        }
        Ok(())
    }

    fn name(&mut self, dir: &Dir, name: &OsStr, path: &Path, depth: usize) -> Result<(), TargetError> {
        let (is_managed, may_hold) = (self.managed.claims(path), self.managed.may_hold(path));
        if !is_managed && !may_hold {
            return Ok(());
        }
        match kind_at(dir, name, &shown(path))? {
            Found::File if is_managed => self.file(dir, name, &managed_path(path)?),
            Found::Directory if may_hold => match open_child_dir(dir, name) {
                Ok(child) => self.directory(&child, path, depth + 1),
                Err(Errno::NOENT) => Ok(()),
                Err(error) => Err(TargetError::io("opening", shown(path))(error.into())),
            },
            Found::Link => Err(TargetError::Link { path: shown(path) }),
            Found::Special if is_managed => Err(TargetError::Special { path: shown(path) }),
            // A directory whose own name matches, a plain file where only a directory could, or already gone.
            Found::File | Found::Directory | Found::Special | Found::Nothing => Ok(()),
        }
    }

    fn file(&mut self, dir: &Dir, name: &OsStr, path: &ManagedPath) -> Result<(), TargetError> {
        let Some(open) = open_file(dir, name, path.as_str())? else { return Ok(()) };
        let state = self.root.seen(path, hash(open, path.as_str())?);
        self.bytes = self.bytes.saturating_add(state.size);
        if self.bytes > limits::PACKAGE_BYTES {
            return Err(TargetError::TooLarge { what: "managed bytes", max: limits::PACKAGE_BYTES });
        }
        check_files(self.managed, self.files.len() + 1)?;
        self.files.push(FileEntry { path: path.clone(), state });
        Ok(())
    }
}

/// Refuses more managed files than may be, whether found at the target or planned for it.
pub(crate) fn check_files(managed: &Managed, files: usize) -> Result<(), TargetError> {
    let max = managed.max_files();
    if files <= max {
        return Ok(());
    }
    Err(TargetError::TooLarge { what: "managed files", max: max as u64 })
}

/// The path of a file that the patterns match, if it is one that can be managed.
fn managed_path(path: &Path) -> Result<ManagedPath, TargetError> {
    let refused = |reason: String| TargetError::Name { path: shown(path), reason };
    let Some(text) = path.to_str() else { return Err(refused("its name is not UTF-8".into())) };
    ManagedPath::parse(text).map_err(|error| match error {
        PathError::TooDeep { found: _, max } => TargetError::Depth { path: shown(path), max },
        other => refused(other.to_string()),
    })
}

fn shown(path: &Path) -> String {
    match path.as_os_str().as_bytes() {
        b"" => "the root".into(),
        bytes => spelled(bytes),
    }
}
