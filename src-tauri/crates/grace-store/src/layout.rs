//! Where everything of a world lies, and the file `world.json` that makes a directory a world.
//!
//! Owns names, modes and the atomic replacement of small files. Never reads a clock and never follows a name that
//! came from outside: ids that become file names are checked here.

use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// The format that this release writes and reads.
pub const FORMAT: u32 = 1;
/// `world.json` is a few lines; more is not ours.
const WORLD_JSON_BYTES_MAX: u64 = 16 * 1024;

/// A world directory, by its path. Says nothing about whether anything is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct World {
    dir: PathBuf,
}

/// What `world.json` says. It is written last at creation: without it the directory is no world.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorldInfo {
    /// See [`FORMAT`].
    pub format: u32,
    /// Name for people.
    pub name: String,
    /// Origin of the log.
    pub origin: String,
}

/// Why a file of the layout could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum LayoutError {
    /// The system refused.
    #[error("cannot {action} {}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// The system's words.
        source: io::Error,
    },
    /// `world.json` is there, but not as this release writes it.
    #[error("the file {} is not a description of a world", path.display())]
    NotAWorldFile {
        /// Which file.
        path: PathBuf,
    },
    /// An id that must not become a file name.
    #[error("a file cannot be named {id:?}")]
    BadName {
        /// The id.
        id: String,
    },
}

impl LayoutError {
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self + use<> {
        let path = path.to_owned();
        move |source| Self::Io { action, path, source }
    }
}

impl World {
    /// The world at `dir`.
    pub fn at(dir: impl Into<PathBuf>) -> Self {
        Self { dir: dir.into() }
    }

    /// The directory itself.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Format, name and origin.
    pub fn world_json(&self) -> PathBuf {
        self.dir.join("world.json")
    }

    /// The SQLite database with log and projections.
    pub fn database(&self) -> PathBuf {
        self.dir.join("grace.db")
    }

    /// The SQLite database with metric samples.
    pub fn samples(&self) -> PathBuf {
        self.dir.join("samples.db")
    }

    /// Content-addressed files.
    pub fn blobs(&self) -> PathBuf {
        self.dir.join("blobs")
    }

    /// Origin and public key of the log, as a verifier key.
    pub fn log_vkey(&self) -> PathBuf {
        self.dir.join("log.vkey")
    }

    /// The last checkpoint, outside the database.
    pub fn pin(&self) -> PathBuf {
        self.dir.join("pin")
    }

    /// The file whose lock says who runs this world.
    pub fn lock(&self) -> PathBuf {
        self.dir.join("lock")
    }

    /// Keys of the engine, 0700.
    pub fn keys(&self) -> PathBuf {
        self.dir.join("keys")
    }

    /// The key that signs checkpoints.
    pub fn log_key(&self) -> PathBuf {
        self.keys().join("log.key")
    }

    /// The key that signs packages.
    pub fn engine_key(&self) -> PathBuf {
        self.keys().join("engine.key")
    }

    /// The key of a component that lives in this world (simulated ones).
    pub fn component_key(&self, id: &str) -> Result<PathBuf, LayoutError> {
        Ok(self.keys().join("components").join(format!("{}.key", file_name(id)?)))
    }

    /// The API token.
    pub fn token(&self) -> PathBuf {
        self.dir.join("token")
    }

    /// Key files of the simulated persons of a demo world.
    pub fn people(&self) -> PathBuf {
        self.dir.join("people")
    }

    /// Where audits are exported to.
    pub fn exports(&self) -> PathBuf {
        self.dir.join("exports")
    }

    /// Reads `world.json`; `None` when the directory is not a world (yet).
    pub fn info(&self) -> Result<Option<WorldInfo>, LayoutError> {
        let path = self.world_json();
        let Some(bytes) = read_bounded(&path, WORLD_JSON_BYTES_MAX)? else { return Ok(None) };
        serde_json::from_slice(&bytes).map(Some).map_err(|_| LayoutError::NotAWorldFile { path })
    }

    /// Makes the directory (0700) and those inside it that every world has.
    pub(crate) fn make_directories(&self) -> Result<(), LayoutError> {
        for dir in
            [self.dir.clone(), self.keys(), self.keys().join("components"), self.blobs(), self.exports()]
        {
            make_private_dir(&dir)?;
        }
        Ok(())
    }

    /// Writes `world.json`, durably.
    pub(crate) fn write_info(&self, info: &WorldInfo) -> Result<(), LayoutError> {
        let mut bytes =
            serde_json::to_vec_pretty(info).expect("invariant: three plain fields have a JSON form");
        bytes.push(b'\n');
        replace_file(&self.world_json(), &bytes, 0o644)
    }
}

/// An id as a file name: ASCII letters, digits, `-`, `_` and inner dots, at most 64 bytes.
fn file_name(id: &str) -> Result<&str, LayoutError> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    if !id.is_empty() && id.len() <= 64 && !id.starts_with('.') && !id.ends_with('.') && id.bytes().all(plain)
    {
        Ok(id)
    } else {
        Err(LayoutError::BadName { id: id.chars().take(64).collect() })
    }
}

/// Makes `dir` with mode 0700 where it is missing; one that exists keeps its mode.
pub(crate) fn make_private_dir(dir: &Path) -> Result<(), LayoutError> {
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(LayoutError::io("create", dir))
}

/// Reads a small file whole; `None` when it is not there, an error when it is larger than `max` bytes.
pub(crate) fn read_bounded(path: &Path, max: u64) -> Result<Option<Vec<u8>>, LayoutError> {
    use std::io::Read as _;
    let file = match std::fs::File::open(path) {
        Ok(file) => file,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(LayoutError::io("read", path)(e)),
    };
    let mut bytes = Vec::new();
    file.take(max + 1).read_to_end(&mut bytes).map_err(LayoutError::io("read", path))?;
    if bytes.len() as u64 > max {
        let too_large = io::Error::new(io::ErrorKind::FileTooLarge, "larger than such a file can be");
        return Err(LayoutError::io("read", path)(too_large));
    }
    Ok(Some(bytes))
}

/// Replaces `path` by `bytes`, whole or not at all, and durable when this returns.
pub fn replace_file(path: &Path, bytes: &[u8], mode: u32) -> Result<(), LayoutError> {
    let dir = path.parent().unwrap_or(Path::new("."));
    let write = || -> io::Result<()> {
        let mut file = tempfile::Builder::new().prefix(".tmp-").tempfile_in(dir)?;
        file.write_all(bytes)?;
        file.as_file().set_permissions(std::fs::Permissions::from_mode(mode))?;
        file.as_file().sync_all()?;
        file.persist(path).map_err(|e| e.error)?;
        sync_dir(dir)
    };
    write().map_err(LayoutError::io("write", path))
}

/// Makes a rename or a new name in `dir` durable.
pub(crate) fn sync_dir(dir: &Path) -> io::Result<()> {
    std::fs::File::open(dir)?.sync_all()
}
