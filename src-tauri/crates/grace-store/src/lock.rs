//! The world lock: one engine per world.
//!
//! Owns the file `lock`. The kernel holds the lock, not the file's content, so a killed engine leaves no stale one.
//! The lock is the first line; the epoch in the `head` row is the second, for file systems that do not lock.

use std::fs::{File, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::layout::{LayoutError, World};

const HOLDER_BYTES_MAX: u64 = 4096;

/// Who holds a world, as far as it said so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// Process id on its host.
    pub pid: u32,
    /// Name of the host.
    pub host: String,
}

impl std::fmt::Display for Holder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "process {} on {}", self.pid, self.host)
    }
}

/// A held lock; dropping it lets the world go.
#[derive(Debug)]
pub struct WorldLock {
    file: File,
}

impl Drop for WorldLock {
    fn drop(&mut self) {
        // Closing alone is not enough: a process that is being started in this moment holds a copy of the file, and
        // with it the lock, until it runs its own program. An error here leaves it to that.
        let _ = self.file.unlock();
    }
}

/// Why a world could not be locked.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another engine runs this world.
    #[error("the world is held by {}", holder.as_ref().map_or("another process".to_owned(), ToString::to_string))]
    Held {
        /// Who, when it could be read.
        holder: Option<Holder>,
    },
    /// The file system refused.
    #[error("cannot lock {}", path.display())]
    Io {
        /// The lock file.
        path: PathBuf,
        /// The system's words.
        source: std::io::Error,
    },
}

impl WorldLock {
    /// Takes the lock or says who has it. Never waits.
    pub fn acquire(world: &World) -> Result<Self, LockError> {
        let path = world.lock();
        let io = |source| LockError::Io { path: path.clone(), source };
        let mut file =
            File::options().read(true).write(true).create(true).truncate(false).open(&path).map_err(io)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(LockError::Held { holder: read_holder(&mut file) }),
            Err(TryLockError::Error(source)) => return Err(io(source)),
        }
        let holder = Holder { pid: std::process::id(), host: host_name() };
        let text = serde_json::to_vec(&holder).expect("invariant: a number and a text have a JSON form");
        file.set_len(0).and_then(|()| file.rewind()).and_then(|()| file.write_all(&text)).map_err(io)?;
        Ok(Self { file })
    }

    /// Who holds the world now; `None` when nobody does (or nobody ever did).
    pub fn holder(world: &World) -> Result<Option<Holder>, LayoutError> {
        let path = world.lock();
        let mut file = match File::open(&path) {
            Ok(file) => file,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(LayoutError::io("read", &path)(e)),
        };
        match file.try_lock_shared() {
            Ok(()) => Ok(None),
            Err(TryLockError::WouldBlock) => {
                let unnamed = Holder { pid: 0, host: "unknown".to_owned() };
                Ok(Some(read_holder(&mut file).unwrap_or(unnamed)))
            }
            Err(TryLockError::Error(e)) => Err(LayoutError::io("lock", &path)(e)),
        }
    }
}

fn read_holder(file: &mut File) -> Option<Holder> {
    let mut text = Vec::new();
    file.take(HOLDER_BYTES_MAX).read_to_end(&mut text).ok()?;
    serde_json::from_slice(&text).ok()
}

fn host_name() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}
