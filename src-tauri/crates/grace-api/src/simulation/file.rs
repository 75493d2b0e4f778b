//! A file of settings by component: read whole, replaced whole. Never loses what somebody else sets at the same time.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use grace_domain::core::ids::ComponentId;
use grace_store::layout::{LayoutError, replace_file};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Of the file.
const MODE: u32 = 0o600;

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
        source: LayoutError,
    },
}

/// What stands in `file`, by component; what is not there says nothing.
pub(super) fn read<S: DeserializeOwned>(
    dir: &Path,
    file: &'static str,
) -> Result<BTreeMap<ComponentId, S>, SettingsError> {
    match std::fs::read(dir.join(file)) {
        Ok(bytes) => {
            serde_json::from_slice(&bytes).map_err(|source| SettingsError::Malformed { file, source })
        }
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(BTreeMap::new()),
        Err(source) => Err(SettingsError::Unreadable { file, source }),
    }
}

/// Changes the settings of one component; durable when this returns. Blocks on the disk, and on others who change any.
pub(super) fn change<S: Default + Serialize + DeserializeOwned>(
    dir: &Path,
    file: &'static str,
    id: ComponentId,
    change: impl FnOnce(&mut S),
) -> Result<(), SettingsError> {
    /// Held from reading to writing: what somebody else set meanwhile would be lost. Only one process runs a world.
    static TURN: Mutex<()> = Mutex::new(());
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let mut all = read(dir, file)?;
    change(all.entry(id).or_default());
    let bytes =
        serde_json::to_vec_pretty(&all).expect("invariant: plain fields by component have a JSON form");
    replace_file(&dir.join(file), &bytes, MODE).map_err(|source| SettingsError::Unwritable { file, source })
}
