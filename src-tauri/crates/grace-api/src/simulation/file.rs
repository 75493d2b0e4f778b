//! A file of settings: read whole, written beside and then put in place. Never merges two writers.

use std::io::Write as _;
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;

/// A file of settings that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// It is not what was written.
    #[error("{file} does not read")]
    Malformed {
        /// Its name.
        file: &'static str,
        /// Why.
        source: serde_json::Error,
    },
    /// It cannot be read.
    #[error("{file} cannot be read")]
    Unreadable {
        /// Its name.
        file: &'static str,
        /// Why.
        source: std::io::Error,
    },
    /// It cannot be written.
    #[error("{file} cannot be written")]
    Unwritable {
        /// Its name.
        file: &'static str,
        /// Why.
        source: std::io::Error,
    },
}

/// What stands in `file`; what is not there says nothing.
pub(super) fn read<T: Default + DeserializeOwned>(
    dir: &Path,
    file: &'static str,
) -> Result<T, SettingsError> {
    match std::fs::read(dir.join(file)) {
        Ok(bytes) => {
            serde_json::from_slice(&bytes).map_err(|source| SettingsError::Malformed { file, source })
        }
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(T::default()),
        Err(source) => Err(SettingsError::Unreadable { file, source }),
    }
}

/// Writes `file` whole.
pub(super) fn write<T: Serialize>(dir: &Path, file: &'static str, settings: &T) -> Result<(), SettingsError> {
    let write = || {
        let mut beside = tempfile::NamedTempFile::new_in(dir)?;
        beside.write_all(&serde_json::to_vec_pretty(settings)?)?;
        beside.persist(dir.join(file)).map_err(|e| e.error)
    };
    write().map(drop).map_err(|source| SettingsError::Unwritable { file, source })
}
