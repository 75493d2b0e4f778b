//! What simulated metrics sources send: the settings of `simulated_sources.json`. Never sends anything.

use std::collections::BTreeMap;
use std::path::Path;

use grace_domain::core::ids::{ComponentId, MetricId};
use serde::{Deserialize, Serialize};

use super::file::{self, SettingsError};

const FILE: &str = "simulated_sources.json";

/// A simulated metrics source: what is set for it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Source {
    /// Values by metric, in millionths of its unit; one that is not named is healthy.
    pub metrics_micro: BTreeMap<MetricId, u64>,
    /// Sends nothing.
    pub silent: bool,
}

/// What is set in the world in `dir`, by component; one that is not named has the default.
pub fn read(dir: &Path) -> Result<BTreeMap<ComponentId, Source>, SettingsError> {
    file::read(dir, FILE)
}

/// Changes one; durable when this returns. Blocks on the disk.
pub fn change(dir: &Path, id: ComponentId, change: impl FnOnce(&mut Source)) -> Result<(), SettingsError> {
    file::change(dir, FILE, id, change)
}
