//! Copies of a target, on which a change is checked and rehearsed before it is made.
//!
//! Owns the copies and their end. Never writes to the target itself.

use std::ffi::OsString;
use std::fs::{File, Permissions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use cap_std::fs::Dir;
use grace_domain::core::digest::Digest;
use grace_domain::core::limits;
use grace_domain::files::path::ManagedPath;
use grace_domain::files::state::{Attributes, FileState};
use grace_domain::files::tree_digest::ManagedTree;
use tempfile::TempDir;

use super::apply::apply;
use super::attributes;
use super::managed::{Managed, is_temp_name};
use super::names::{joined, shown};
use super::plan::Plan;
use super::root::{OpenFile, Root, StandIns, hash, open_child_dir, open_file};
use super::scan::{NAMES_PER_SCAN, scan};
use crate::blobs::BlobSource;
use crate::error::TargetError;
use crate::hook::{ApplyId, no_hook};
use crate::rehearsal::Rehearsal;
use crate::threads::blocking;

/// Names of copies begin so, in the scratch directory.
const COPY_PREFIX: &str = "stage-";
/// Directories within directories that a copy follows.
const COPY_DEPTH: usize = 64;

/// A private copy of a whole target beneath a scratch directory. Gone when dropped.
///
/// Managed files keep their attributes; one that cannot stands for its original as long as nobody changes it. Unmanaged
/// ones are there so that a tool finds what it includes, and stay writable for their owner only, because tools open their
/// own logs and pid files also when they only check. Links are copied as links, those into the target pointing into the
/// copy instead; sockets, pipes, devices and unmanaged files that cannot be read are skipped.
#[derive(Debug, Clone)]
pub struct Staged {
    // Shared, so that a clone can be used while a check runs; the last one removes it.
    held: Arc<TempDir>,
    root: Root,
    managed: Managed,
    skipped: u64,
}

impl Staged {
    /// The copy's root, for `{staged}`.
    pub fn root(&self) -> &Root {
        &self.root
    }

    /// A directory for temporary files of the check, beside the copy.
    pub fn tmp(&self) -> PathBuf {
        self.held.path().join("tmp")
    }

    /// How many things could not be copied.
    pub fn skipped(&self) -> u64 {
        self.skipped
    }

    /// Inspects the copy's managed content.
    pub async fn inspect(&self) -> Result<ManagedTree, TargetError> {
        scan(&self.root, &self.managed).await
    }

    /// Puts `plan` in place on the copy.
    pub async fn apply(&self, plan: &Plan, blobs: &dyn BlobSource) -> Result<Digest, TargetError> {
        let id = ApplyId::new("stage").expect("invariant: plain letters are an id");
        Ok(apply(&self.root, &self.managed, plan, &id, blobs, &no_hook).await?.digest)
    }
}

/// Copies the target `root` as it is into a fresh directory beneath `scratch`, which must exist.
pub async fn copy(root: &Root, managed: &Managed, scratch: &Path) -> Result<Staged, TargetError> {
    let (from, own_managed, scratch) = (root.clone(), managed.clone(), scratch.to_owned());
    blocking(move || {
        refuse_inside(&scratch, from.path())?;
        let held = tempfile::Builder::new()
            .prefix(COPY_PREFIX)
            .tempdir_in(&scratch)
            .map_err(TargetError::io("making a copy in", "the scratch directory"))?;
        let to = held.path().join("root");
        for dir in [&to, &held.path().join("tmp")] {
            std::fs::create_dir(dir).map_err(TargetError::io("making", "the copy"))?;
        }
        let mut copying = Copying {
            managed: &own_managed,
            from: &from,
            to: &to,
            names: 0,
            bytes: 0,
            skipped: 0,
            stand_ins: StandIns::new(),
        };
        copying.directory(from.dir(), &to, "", 0)?;
        let Copying { skipped, stand_ins, .. } = copying;
        let root = Root::open(&to)?.with_stand_ins(stand_ins);
        Ok(Staged { held: Arc::new(held), root, managed: own_managed, skipped })
    })
    .await
}

/// Copies the target and puts `plan` in place on the copy: what `check` looks at.
pub async fn stage(
    root: &Root,
    managed: &Managed,
    plan: &Plan,
    blobs: &dyn BlobSource,
    scratch: &Path,
) -> Result<Staged, TargetError> {
    let staged = copy(root, managed, scratch).await?;
    staged.apply(plan, blobs).await?;
    Ok(staged)
}

/// Applies `plan` to a fresh copy and reverts it, on `clock_ms` (monotonic milliseconds).
///
/// `blobs` must hold the new bytes and those that the plan replaces.
pub async fn rehearse(
    root: &Root,
    managed: &Managed,
    plan: &Plan,
    blobs: &dyn BlobSource,
    scratch: &Path,
    clock_ms: &(dyn Fn() -> u64 + Send + Sync),
) -> Result<Rehearsal, TargetError> {
    let copy = copy(root, managed, scratch).await?;
    let before = copy.inspect().await?.digest();
    let names = names_of(&copy).await?;
    let start = clock_ms();
    let applied = copy.apply(plan, blobs).await?;
    let middle = clock_ms();
    let reverted = copy.apply(&plan.inverse(), blobs).await?;
    let end = clock_ms();
    Ok(Rehearsal {
        before,
        applied,
        reverted,
        nothing_left: names == names_of(&copy).await?,
        apply_ms: middle.saturating_sub(start),
        revert_ms: end.saturating_sub(middle),
        measured: serde_json::Value::Null,
    })
}

/// Removes the copies that a killed engine left beneath `scratch`. Call only while no copy is in use.
pub async fn clean_scratch(scratch: &Path) -> io::Result<()> {
    let scratch = scratch.to_owned();
    blocking(move || {
        for entry in std::fs::read_dir(&scratch)? {
            let entry = entry?;
            let ours = entry.file_name().to_str().is_some_and(|name| name.starts_with(COPY_PREFIX));
            if ours && entry.file_type()?.is_dir() {
                std::fs::remove_dir_all(entry.path())?;
            }
        }
        Ok(())
    })
    .await
}

/// A copy within what it copies would copy itself, and would be visible to what the target serves.
fn refuse_inside(scratch: &Path, root: &Path) -> Result<(), TargetError> {
    let real = |path: &Path| {
        std::fs::canonicalize(path).map_err(TargetError::io("inspecting", "the scratch directory"))
    };
    if real(scratch)?.starts_with(real(root)?) {
        return Err(TargetError::Root { reason: "it holds the scratch directory" });
    }
    Ok(())
}

async fn names_of(staged: &Staged) -> Result<Vec<PathBuf>, TargetError> {
    let top = staged.root.path().to_owned();
    blocking(move || {
        let mut names = Vec::new();
        let mut open = vec![top];
        while let Some(dir) = open.pop() {
            let listing = TargetError::io("listing", "the copy");
            let entries: Vec<_> = std::fs::read_dir(&dir).and_then(Iterator::collect).map_err(listing)?;
            for entry in entries {
                if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                    open.push(entry.path());
                }
                names.push(entry.path());
            }
        }
        names.sort();
        Ok(names)
    })
    .await
}

struct Copying<'c> {
    managed: &'c Managed,
    from: &'c Root,
    to: &'c Path,
    names: u64,
    bytes: u64,
    skipped: u64,
    stand_ins: StandIns,
}

impl Copying<'_> {
    fn directory(&mut self, dir: &Dir, to: &Path, prefix: &str, depth: usize) -> Result<(), TargetError> {
        if depth > COPY_DEPTH {
            return Err(TargetError::TooLarge {
                what: "directories within directories",
                max: COPY_DEPTH as u64,
            });
        }
        for entry in dir.entries().map_err(TargetError::io("listing", shown(prefix)))? {
            let name = entry.map_err(TargetError::io("listing", shown(prefix)))?.file_name();
            self.names += 1;
            if self.names > NAMES_PER_SCAN {
                return Err(TargetError::TooLarge { what: "names", max: NAMES_PER_SCAN });
            }
            self.name(dir, &name, to, prefix, depth)?;
        }
        Ok(())
    }

    fn name(
        &mut self,
        dir: &Dir,
        name: &OsString,
        to: &Path,
        prefix: &str,
        depth: usize,
    ) -> Result<(), TargetError> {
        let lossy = name.to_string_lossy();
        if is_temp_name(&lossy) {
            return Ok(());
        }
        let path = joined(prefix, &lossy);
        let managed = name.to_str().and_then(|_| ManagedPath::parse(&path).ok());
        let managed = managed.filter(|path| self.managed.matches(path));
        let meta = dir.symlink_metadata(name).map_err(TargetError::io("inspecting", &path))?;
        let to = to.join(name);
        if meta.is_symlink() {
            return self.link(dir, name, &to, &path);
        }
        if meta.is_dir() {
            std::fs::create_dir(&to).map_err(TargetError::io("making", &path))?;
            return match open_child_dir(dir, name) {
                Ok(child) => self.directory(&child, &to, &path, depth + 1),
                Err(_) if !self.managed.may_hold(Path::new(&path)) => {
                    self.skipped += 1;
                    Ok(())
                }
                Err(error) => Err(TargetError::io("opening", path)(error.into())),
            };
        }
        if !meta.is_file() {
            self.skipped += 1;
            return Ok(());
        }
        match self.file(dir, name, &to, &path, managed.as_ref()) {
            Err(TargetError::Io { .. }) if managed.is_none() && !to.exists() => {
                self.skipped += 1;
                Ok(())
            }
            other => other,
        }
    }

    fn link(&mut self, dir: &Dir, name: &OsString, to: &Path, path: &str) -> Result<(), TargetError> {
        let target = dir.read_link_contents(name).map_err(TargetError::io("reading the link", path))?;
        // A link into the target must not lead out of the copy: what stands there is not what is checked.
        let target = match target.strip_prefix(self.from.path()) {
            Ok(inside) => self.to.join(inside),
            Err(_) => target,
        };
        std::os::unix::fs::symlink(target, to).map_err(TargetError::io("copying the link", path))
    }

    fn file(
        &mut self,
        dir: &Dir,
        name: &OsString,
        to: &Path,
        path: &str,
        managed: Option<&ManagedPath>,
    ) -> Result<(), TargetError> {
        let Some(open) = open_file(dir, name, path)? else { return Ok(()) };
        let mode = open.mode & 0o755;
        let managed = match managed {
            Some(path) => Some((path, open.attributes(path.as_str())?)),
            None => None,
        };
        let failed = |doing: &'static str| TargetError::io(doing, path);
        let left = limits::PACKAGE_BYTES - self.bytes;
        let too_large = TargetError::TooLarge { what: "bytes of the whole root", max: limits::PACKAGE_BYTES };
        if open.size > left {
            return Err(too_large);
        }
        let mut copy = std::fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(to)
            .map_err(failed("copying"))?;
        let mut source = open.file.take(left + 1);
        let mut buffer = vec![0; 64 * 1024];
        loop {
            let read = source.read(&mut buffer).map_err(failed("reading"))?;
            if read == 0 {
                break;
            }
            self.bytes += read as u64;
            if self.bytes > limits::PACKAGE_BYTES {
                return Err(too_large);
            }
            copy.write_all(&buffer[..read]).map_err(failed("copying"))?;
        }
        let failed = TargetError::io("copying", path);
        match managed {
            Some((path, original)) => self.attributes(path, original, &copy, to),
            None => copy.set_permissions(Permissions::from_mode(mode)).map_err(failed),
        }
    }

    /// Gives the copy of a managed file the attributes of its original, or notes that it stands for it.
    fn attributes(
        &mut self,
        path: &ManagedPath,
        original: Attributes,
        copy: &File,
        to: &Path,
    ) -> Result<(), TargetError> {
        match attributes::set(copy, path.as_str(), &original) {
            Err(TargetError::Owner { .. } | TargetError::Attribute { .. }) => {}
            other => return other,
        }
        let failed = || TargetError::io("copying", path.as_str());
        copy.set_permissions(Permissions::from_mode(original.mode)).map_err(failed())?;
        let here = OpenFile::of(File::open(to).map_err(failed())?, path.as_str())?;
        let here = hash(here, path.as_str())?;
        let original = FileState { attributes: original, ..here.clone() };
        self.stand_ins.insert(path.clone(), (here, original));
        Ok(())
    }
}
