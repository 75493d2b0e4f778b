//! The handle on a target's root.
//!
//! Owns every opening of a file beneath a root: segment by segment from a directory handle, each with `O_NOFOLLOW`,
//! so that a link that somebody puts into the path is met as a link and refused, wherever and whenever it appears.
//! Never changes managed content: [`apply`](mod@super::apply) does, with the primitives of this module.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read as _;
use std::os::fd::AsFd;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use cap_std::fs::Dir;
use grace_domain::core::digest::Digest;
use grace_domain::core::limits;
use grace_domain::files::path::ManagedPath;
use grace_domain::files::state::{Attributes, FileState, MODE_BITS, Xattrs};
use rustix::fs::{AtFlags, FileType, Mode, OFlags};
use rustix::io::Errno;
use rustix::path::Arg;
use sha2::{Digest as _, Sha256};

use super::attributes::xattrs;
use super::names::push_segment;
use crate::error::TargetError;

/// A handle on a target's root. Cheap to clone; all work goes beneath it.
#[derive(Debug, Clone)]
pub struct Root {
    dir: Arc<Dir>,
    path: PathBuf,
    stand_ins: Arc<StandIns>,
}

/// Files of a copy that could not be given the attributes of their originals, as they are on the copy, and the originals:
/// an untouched one stands for its original.
pub(crate) type StandIns = BTreeMap<ManagedPath, (FileState, FileState)>;

/// Something beneath a root, as `lstat` sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Found {
    Nothing,
    File,
    Directory,
    Link,
    Special,
}

/// An open managed file with what the system says of it.
pub(crate) struct OpenFile {
    pub file: File,
    pub size: u64,
    pub mode: u32,
    owner: u32,
    group: u32,
    names: u64,
}

impl OpenFile {
    /// Of a file that was opened for reading, `shown` in messages; anything but a plain file is an error.
    pub(crate) fn of(file: File, shown: &str) -> Result<Self, TargetError> {
        let meta = file.metadata().map_err(TargetError::io("inspecting", shown))?;
        if meta.is_dir() {
            return Err(TargetError::InTheWay { path: shown.to_owned(), found: "directory" });
        }
        if !meta.is_file() {
            return Err(TargetError::Special { path: shown.to_owned() });
        }
        let (mode, owner, group) = (meta.mode() & MODE_BITS, meta.uid(), meta.gid());
        Ok(Self { file, size: meta.len(), mode, owner, group, names: meta.nlink() })
    }

    /// Its attributes. Asked only of managed files: no other need be one that can be replaced and put back as it was. One
    /// with several names cannot: a replacement stands beneath one of them only.
    pub(crate) fn attributes(&self, shown: &str) -> Result<Attributes, TargetError> {
        let Self { file, size: _, mode, owner, group, names } = self;
        if *names > 1 {
            return Err(TargetError::HardLink { path: shown.to_owned(), names: *names });
        }
        Ok(Attributes { mode: *mode, owner: *owner, group: *group, xattrs: xattrs(file, shown)? })
    }
}

impl Root {
    /// Opens `path`, which must be absolute and a directory other than `/`.
    pub fn open(path: &Path) -> Result<Self, TargetError> {
        if !path.is_absolute() {
            return Err(TargetError::Root { reason: "the path is not absolute" });
        }
        // Not `Dir::open_ambient_dir`: its handle is one for paths only, and cannot be synced.
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let dir =
            rustix::fs::open(path, flags, Mode::empty()).map(File::from).map_err(|error| match error {
                Errno::NOENT => TargetError::Root { reason: "it does not exist" },
                Errno::NOTDIR => TargetError::Root { reason: "it is not a directory" },
                _ => TargetError::io("opening", "the root")(error.into()),
            })?;
        let meta = dir.metadata().map_err(TargetError::io("inspecting", "the root"))?;
        let top = std::fs::metadata("/").map_err(TargetError::io("inspecting", "/"))?;
        if (meta.dev(), meta.ino()) == (top.dev(), top.ino()) {
            return Err(TargetError::Root { reason: "it is the root of the file system" });
        }
        let dir = Dir::from_std_file(dir);
        Ok(Self { dir: Arc::new(dir), path: path.to_owned(), stand_ins: Arc::default() })
    }

    /// The same root, a copy's, whose files in `stand_ins` count as their originals.
    #[must_use]
    pub(crate) fn with_stand_ins(mut self, stand_ins: StandIns) -> Self {
        self.stand_ins = Arc::new(stand_ins);
        self
    }

    /// What a file that was found as `state` counts as.
    pub(crate) fn seen(&self, path: &ManagedPath, state: FileState) -> FileState {
        match self.stand_ins.get(path) {
            Some((here, original)) if *here == state => original.clone(),
            Some(_) | None => state,
        }
    }

    /// Attributes of a file that this process makes at `path`, where nothing stands: mode 0644, its own user and group, but
    /// the group of a directory whose set-group-id bit hands it on, and no access list.
    pub(crate) fn new_attributes(&self, path: &ManagedPath) -> Result<Attributes, TargetError> {
        let mut above = path.parent();
        let dir = loop {
            match self.open_dir(above.as_ref()) {
                Ok(Some(dir)) => break dir,
                // What stands in the way is refused with the whole content, which says by what.
                Ok(None) | Err(TargetError::InTheWay { .. }) => above = above.and_then(|dir| dir.parent()),
                Err(error) => return Err(error),
            }
        };
        let stat = rustix::fs::fstat(&dir)
            .map_err(|error| TargetError::io("inspecting the directory of", path.as_str())(error.into()))?;
        let handed_on = Mode::from_raw_mode(stat.st_mode).contains(Mode::SGID);
        let group = if handed_on { stat.st_gid } else { rustix::process::getegid().as_raw() };
        let owner = rustix::process::geteuid().as_raw();
        Ok(Attributes { mode: 0o644, owner, group, xattrs: Xattrs::default() })
    }

    /// The path it was opened by.
    pub fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn dir(&self) -> &Dir {
        &self.dir
    }

    /// Opens the directory `path`, following no link. `None` if it or one above it is not there.
    pub(crate) fn open_dir(&self, path: Option<&ManagedPath>) -> Result<Option<Dir>, TargetError> {
        let mut dir = self.dir.try_clone().map_err(TargetError::io("opening", "the root"))?;
        let Some(path) = path else { return Ok(Some(dir)) };
        let mut so_far = String::new();
        for segment in path.segments() {
            push_segment(&mut so_far, segment);
            match open_child_dir(&dir, segment) {
                Ok(child) => dir = child,
                Err(Errno::NOENT) => return Ok(None),
                Err(Errno::LOOP | Errno::NOTDIR | Errno::MLINK) => {
                    return Err(match kind_at(&dir, segment, &so_far)? {
                        Found::Link => TargetError::Link { path: so_far },
                        Found::Special => TargetError::Special { path: so_far },
                        _ => TargetError::InTheWay { path: so_far, found: "file" },
                    });
                }
                Err(error) => return Err(TargetError::io("opening", so_far)(error.into())),
            }
        }
        Ok(Some(dir))
    }

    /// What stands at `path` now.
    pub(crate) fn kind_at(&self, path: &ManagedPath) -> Result<Found, TargetError> {
        match self.open_dir(path.parent().as_ref())? {
            None => Ok(Found::Nothing),
            Some(parent) => kind_at(&parent, path.file_name(), path.as_str()),
        }
    }

    /// The link at `path` or above it, if one stands there.
    pub fn link_on_the_way(&self, path: &ManagedPath) -> Option<TargetError> {
        match self.kind_at(path) {
            Ok(Found::Link) => Some(TargetError::Link { path: path.as_str().to_owned() }),
            Err(error @ TargetError::Link { .. }) => Some(error),
            Ok(_) | Err(_) => None,
        }
    }

    /// Opens the managed file `path` for reading; `None` if nothing is there.
    pub(crate) fn open_file(&self, path: &ManagedPath) -> Result<Option<OpenFile>, TargetError> {
        match self.open_dir(path.parent().as_ref())? {
            None => Ok(None),
            Some(parent) => open_file(&parent, path.file_name(), path.as_str()),
        }
    }

    /// The managed file `path` now; `None` if nothing is there.
    pub(crate) fn state(&self, path: &ManagedPath) -> Result<Option<FileState>, TargetError> {
        match self.open_file(path)? {
            None => Ok(None),
            Some(open) => Ok(Some(self.seen(path, hash(open, path.as_str())?))),
        }
    }

    /// Bytes of the managed file `path`; `None` if nothing is there. Bounded by [`limits::FILE_BYTES`].
    pub fn read(&self, path: &ManagedPath) -> Result<Option<Vec<u8>>, TargetError> {
        let Some(open) = self.open_file(path)? else { return Ok(None) };
        let mut bytes = Vec::new();
        let read = open
            .file
            .take(limits::FILE_BYTES + 1)
            .read_to_end(&mut bytes)
            .map_err(TargetError::io("reading", path.as_str()))?;
        if read as u64 > limits::FILE_BYTES {
            return Err(file_too_large());
        }
        Ok(Some(bytes))
    }
}

/// What `name` in `dir` is, following no link.
pub(crate) fn kind_at(dir: &impl AsFd, name: impl Arg, shown: &str) -> Result<Found, TargetError> {
    match rustix::fs::statat(dir, name, AtFlags::SYMLINK_NOFOLLOW) {
        Ok(stat) => Ok(match FileType::from_raw_mode(stat.st_mode) {
            FileType::RegularFile => Found::File,
            FileType::Directory => Found::Directory,
            FileType::Symlink => Found::Link,
            _ => Found::Special,
        }),
        Err(Errno::NOENT) => Ok(Found::Nothing),
        Err(error) => Err(TargetError::io("inspecting", shown)(error.into())),
    }
}

/// Opens the directory `name` in `dir`; a link is an error.
pub(crate) fn open_child_dir(dir: &Dir, name: impl Arg) -> Result<Dir, Errno> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    rustix::fs::openat(dir, name, flags, Mode::empty()).map(|fd| Dir::from_std_file(File::from(fd)))
}

/// Opens the file `name` in `dir` for reading; a link and anything special is an error.
pub(crate) fn open_file(dir: &Dir, name: impl Arg, shown: &str) -> Result<Option<OpenFile>, TargetError> {
    // Non-blocking, so that a pipe put there does not hold the engine.
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let file = match rustix::fs::openat(dir, name, flags, Mode::empty()) {
        Ok(fd) => File::from(fd),
        Err(Errno::NOENT) => return Ok(None),
        Err(Errno::LOOP | Errno::MLINK) => return Err(TargetError::Link { path: shown.to_owned() }),
        Err(Errno::NXIO) => return Err(TargetError::Special { path: shown.to_owned() }),
        Err(error) => return Err(TargetError::io("opening", shown)(error.into())),
    };
    OpenFile::of(file, shown).map(Some)
}

/// Digest, length and attributes of an open file, read in one pass and bounded.
pub(crate) fn hash(mut open: OpenFile, shown: &str) -> Result<FileState, TargetError> {
    if open.size > limits::FILE_BYTES {
        return Err(file_too_large());
    }
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 64 * 1024];
    let mut size: u64 = 0;
    loop {
        let read = open.file.read(&mut buffer).map_err(TargetError::io("reading", shown))?;
        if read == 0 {
            break;
        }
        size += read as u64;
        if size > limits::FILE_BYTES {
            return Err(file_too_large());
        }
        hasher.update(&buffer[..read]);
    }
    let attributes = open.attributes(shown)?;
    Ok(FileState { sha256: Digest::from_bytes(hasher.finalize().into()), size, attributes })
}

pub(crate) fn file_too_large() -> TargetError {
    TargetError::TooLarge { what: "bytes of one file", max: limits::FILE_BYTES }
}
