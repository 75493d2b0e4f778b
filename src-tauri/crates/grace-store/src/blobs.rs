//! Blobs: files named by their SHA-256, written once, checked at every read.
//!
//! Owns the directory `blobs/`. Never returns bytes that do not have the digest they were requested by, and never leaves
//! half a blob under a digest's name.

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use grace_domain::core::codes::Code;
use grace_domain::core::digest::Digest;
use grace_domain::core::limits;
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use sha2::{Digest as _, Sha256};
use tempfile::NamedTempFile;
use tokio::io::{AsyncRead, AsyncReadExt as _};

use crate::layout::{World, sync_dir};

const TEMPORARY_PREFIX: &str = ".tmp-";
/// What a receipt and a tree of a few files need.
const TRIED_BYTES: usize = 64 * 1024;
/// How much of a stream is held at a time.
const STREAM_BUFFER_BYTES: usize = 256 * 1024;

/// Why a blob was not written or read.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
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
    /// The stored bytes are not the ones that were stored under this name.
    #[error("the blob {expected} is damaged: its bytes have the digest {found}")]
    Corrupt {
        /// Its name.
        expected: Digest,
        /// What its bytes give.
        found: Digest,
    },
    /// What stands in its place is a link, a pipe or another thing that is no plain file.
    #[error("the blob {expected} is damaged: it is no plain file")]
    NotAFile {
        /// Its name.
        expected: Digest,
    },
    /// A stream did not have the digest that was announced.
    #[error("the bytes have the digest {found}, announced was {expected}")]
    WrongDigest {
        /// Announced.
        expected: Digest,
        /// Computed.
        found: Digest,
    },
    /// Larger than a blob may be.
    #[error("a blob has at most {max} bytes")]
    TooLarge {
        /// The limit.
        max: u64,
    },
    /// Reading the incoming stream failed.
    #[error("the incoming bytes ended early")]
    Incoming(#[source] io::Error),
}

impl BlobError {
    /// The closed code of this error: one for what is damaged, one for a store that does not answer.
    pub fn code(&self) -> Code {
        match self {
            Self::Corrupt { .. } | Self::NotAFile { .. } => Code::BlobDiffers,
            Self::Io { .. } | Self::WrongDigest { .. } | Self::TooLarge { .. } | Self::Incoming(_) => {
                Code::BlobStore
            }
        }
    }
}

fn io_error(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> BlobError + use<> {
    let path = path.to_owned();
    move |source| BlobError::Io { action, path, source }
}

/// The blobs of one world. The synchronous calls do a few system calls each; call them where that may block.
#[derive(Debug, Clone)]
pub struct Blobs {
    dir: PathBuf,
}

impl Blobs {
    /// The blobs of `world`; nothing is touched yet.
    pub fn at(world: &World) -> Self {
        Self { dir: world.blobs() }
    }

    /// Where a blob lies, if it is there.
    pub fn path(&self, digest: &Digest) -> PathBuf {
        let name = digest.to_hex();
        self.dir.join(&name[..2]).join(name)
    }

    /// Whether a file of this name is there; its bytes are checked when they are read.
    pub fn has(&self, digest: &Digest) -> bool {
        self.path(digest).is_file()
    }

    /// Stores `bytes`, durably. Storing the same bytes again is cheap and heals a damaged file.
    pub fn put(&self, bytes: &[u8]) -> Result<Digest, BlobError> {
        if bytes.len() as u64 > limits::PACKAGE_BYTES {
            return Err(BlobError::TooLarge { max: limits::PACKAGE_BYTES });
        }
        let digest = Digest::of(bytes);
        if matches!(self.get(&digest), Ok(Some(_))) {
            return Ok(digest);
        }
        let mut file = self.temporary()?;
        file.write_all(bytes).map_err(io_error("write", file.path()))?;
        self.persist(file, &digest)?;
        Ok(digest)
    }

    /// Stores a stream of at most `max_bytes`, durably. With `expected`, other bytes are refused and nothing is kept.
    pub async fn put_stream(
        &self,
        mut bytes: impl AsyncRead + Unpin,
        expected: Option<Digest>,
        max_bytes: u64,
    ) -> Result<Digest, BlobError> {
        let blobs = self.clone();
        let mut file = self.off_thread(move || blobs.temporary()).await?;
        let mut hasher = Sha256::new();
        let mut left = max_bytes.min(limits::PACKAGE_BYTES);
        let mut buffer = vec![0; STREAM_BUFFER_BYTES];
        loop {
            let read = bytes.read(&mut buffer).await.map_err(BlobError::Incoming)?;
            if read == 0 {
                break;
            }
            let too_large = BlobError::TooLarge { max: max_bytes.min(limits::PACKAGE_BYTES) };
            left = left.checked_sub(read as u64).ok_or(too_large)?;
            (file, hasher, buffer) = self
                .off_thread(move || {
                    hasher.update(&buffer[..read]);
                    file.write_all(&buffer[..read]).map_err(io_error("write", file.path()))?;
                    Ok((file, hasher, buffer))
                })
                .await?;
        }
        let found = Digest::from_bytes(hasher.finalize().into());
        if let Some(expected) = expected
            && expected != found
        {
            return Err(BlobError::WrongDigest { expected, found });
        }
        let blobs = self.clone();
        self.off_thread(move || blobs.persist(file, &found)).await?;
        Ok(found)
    }

    /// Does what may block on a thread of its own.
    async fn off_thread<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, BlobError> + Send + 'static,
    ) -> Result<T, BlobError> {
        let done = tokio::task::spawn_blocking(work).await;
        done.unwrap_or_else(|lost| Err(io_error("write", &self.dir)(io::Error::other(lost))))
    }

    /// The bytes of a blob, checked; `None` when it is not there.
    pub fn get(&self, digest: &Digest) -> Result<Option<Vec<u8>>, BlobError> {
        let path = self.path(digest);
        let Some(file) = open(&path, digest)? else { return Ok(None) };
        let mut bytes = Vec::new();
        file.take(limits::PACKAGE_BYTES + 1).read_to_end(&mut bytes).map_err(io_error("read", &path))?;
        if bytes.len() as u64 > limits::PACKAGE_BYTES {
            return Err(BlobError::TooLarge { max: limits::PACKAGE_BYTES });
        }
        let found = Digest::of(&bytes);
        if found == *digest { Ok(Some(bytes)) } else { Err(BlobError::Corrupt { expected: *digest, found }) }
    }

    /// Reads a blob to its end and checks it, holding a part of it at a time; false when it is not there.
    pub fn check(&self, digest: &Digest) -> Result<bool, BlobError> {
        let path = self.path(digest);
        let Some(file) = open(&path, digest)? else { return Ok(false) };
        let mut file = file.take(limits::PACKAGE_BYTES + 1);
        let mut hasher = Sha256::new();
        let mut buffer = vec![0; STREAM_BUFFER_BYTES];
        loop {
            match file.read(&mut buffer).map_err(io_error("read", &path))? {
                0 => break,
                read => hasher.update(&buffer[..read]),
            }
        }
        if file.limit() == 0 {
            return Err(BlobError::TooLarge { max: limits::PACKAGE_BYTES });
        }
        let found = Digest::from_bytes(hasher.finalize().into());
        if found == *digest { Ok(true) } else { Err(BlobError::Corrupt { expected: *digest, found }) }
    }

    /// Checks every blob and names those that are damaged.
    pub fn audit(&self) -> Result<Vec<Digest>, BlobError> {
        let mut damaged = Vec::new();
        for shard in read_dir(&self.dir)? {
            if !shard.is_dir() {
                continue;
            }
            for path in read_dir(&shard)? {
                let Some(digest) = path.file_name().and_then(|name| name.to_str()?.parse().ok()) else {
                    continue;
                };
                match self.check(&digest) {
                    Ok(_) => {}
                    Err(error) if error.code() == Code::BlobDiffers => damaged.push(digest),
                    Err(other) => return Err(other),
                }
            }
        }
        damaged.sort_unstable();
        Ok(damaged)
    }

    /// Removes what an interrupted write left behind. Only the holder of the world lock may.
    pub(crate) fn sweep(&self) -> Result<(), BlobError> {
        for path in read_dir(&self.dir)? {
            let left_over = path
                .file_name()
                .and_then(|name| name.to_str())
                .is_some_and(|name| name.starts_with(TEMPORARY_PREFIX));
            if left_over && path.is_file() {
                fs::remove_file(&path).map_err(io_error("remove", &path))?;
            }
        }
        Ok(())
    }

    /// Finds out whether blobs can be stored now: writes, syncs and forgets a few bytes.
    pub fn try_out(&self) -> Result<(), BlobError> {
        let mut file = self.temporary()?;
        file.write_all(&vec![0; TRIED_BYTES]).map_err(io_error("write", file.path()))?;
        file.as_file().sync_all().map_err(io_error("sync", file.path()))
    }

    fn temporary(&self) -> Result<NamedTempFile, BlobError> {
        tempfile::Builder::new()
            .prefix(TEMPORARY_PREFIX)
            .tempfile_in(&self.dir)
            .map_err(io_error("create a file in", &self.dir))
    }

    /// Synced before it gets its name, and the name synced before anyone is told: a power cut leaves the whole blob or none.
    fn persist(&self, file: NamedTempFile, digest: &Digest) -> Result<(), BlobError> {
        let path = self.path(digest);
        let shard = path.parent().unwrap_or(&self.dir).to_owned();
        if !shard.is_dir() {
            fs::create_dir_all(&shard).map_err(io_error("create", &shard))?;
            sync_dir(&self.dir).map_err(io_error("sync", &self.dir))?;
        }
        file.as_file().sync_all().map_err(io_error("sync", file.path()))?;
        file.persist(&path).map_err(|e| io_error("write", &path)(e.error))?;
        sync_dir(&shard).map_err(io_error("sync", &shard))
    }
}

/// Opens the file of a blob, if it is there. Non-blocking, so that a pipe put there does not hold whoever reads.
fn open(path: &Path, digest: &Digest) -> Result<Option<File>, BlobError> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let not_a_file = || BlobError::NotAFile { expected: *digest };
    let file = match rustix::fs::open(path, flags, Mode::empty()) {
        Ok(fd) => File::from(fd),
        Err(Errno::NOENT) => return Ok(None),
        Err(Errno::LOOP | Errno::MLINK | Errno::NXIO) => return Err(not_a_file()),
        Err(error) => return Err(io_error("read", path)(error.into())),
    };
    let is_file = file.metadata().map_err(io_error("read", path))?.is_file();
    is_file.then_some(Some(file)).ok_or_else(not_a_file)
}

fn read_dir(dir: &Path) -> Result<Vec<PathBuf>, BlobError> {
    let entries = match fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(io_error("read", dir)(e)),
    };
    entries.map(|entry| entry.map(|e| e.path())).collect::<Result<_, _>>().map_err(io_error("read", dir))
}
