//! Keys that live in a world (log, engine, simulated components): the raw seed as hex in a file of mode 0600.
//!
//! Never holds a person's key: those are encrypted files that stay with the person.

use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use grace_domain::crypto::keys::SignerKey;

use crate::layout::{LayoutError, make_private_dir, sync_dir};

/// Why a key file was not taken.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
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
    /// Others can read the file: the key must count as stolen.
    #[error("the file {} has mode {mode:o}; a key file has 600", path.display())]
    TooOpen {
        /// Which file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// Not 64 hex digits.
    #[error("the file {} does not hold a seed of 64 hex digits", path.display())]
    NotASeed {
        /// Which file.
        path: PathBuf,
    },
}

/// Writes `seed` to a new file, durably. An existing file is never replaced: that would lose a key.
pub fn create(path: &Path, seed: &[u8; 32]) -> Result<(), KeyFileError> {
    let io = |action, source| KeyFileError::Io { action, path: path.to_owned(), source };
    let dir = path.parent().unwrap_or(Path::new("."));
    make_private_dir(dir).map_err(|e| match e {
        LayoutError::Io { source, .. } => io("create the directory of", source),
        other => io("create the directory of", io::Error::other(other)),
    })?;
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .map_err(|e| io("create", e))?;
    let written =
        file.write_all(format!("{}\n", hex::encode(seed)).as_bytes()).and_then(|()| file.sync_all());
    written.and_then(|()| sync_dir(dir)).map_err(|e| io("write", e))
}

/// Reads a key. A file that others can read is refused.
pub fn load(path: &Path) -> Result<SignerKey, KeyFileError> {
    let io = |action, source| KeyFileError::Io { action, path: path.to_owned(), source };
    let file = std::fs::File::open(path).map_err(|e| io("read", e))?;
    // Mode and bytes of the same open file: nobody swaps it between the two.
    let mode = file.metadata().map_err(|e| io("read", e))?.mode() & 0o7777;
    if mode & 0o077 != 0 {
        return Err(KeyFileError::TooOpen { path: path.to_owned(), mode });
    }
    let mut text = String::new();
    file.take(256).read_to_string(&mut text).map_err(|e| io("read", e))?;
    let mut seed = [0u8; 32];
    hex::decode_to_slice(text.trim_end(), &mut seed)
        .map_err(|_| KeyFileError::NotASeed { path: path.to_owned() })?;
    Ok(SignerKey::from_seed(seed))
}
