//! What simulated metrics sources send: the settings of `simulated_sources.json`. Never sends anything.

use std::collections::BTreeMap;
use std::path::Path;

use grace_domain::core::ids::ComponentId;
use serde::{Deserialize, Serialize};

use super::file::{self, SettingsError};

const FILE: &str = "simulated_sources.json";

/// A simulated metrics source: what it sends, in millionths of the metric's unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Source {
    /// Fraction of failed requests, millionths.
    pub error_rate_micro: u64,
    /// p95 latency in ms, millionths.
    pub latency_p95_ms_micro: u64,
    /// Sends nothing.
    pub silent: bool,
}

impl Default for Source {
    fn default() -> Self {
        Self { error_rate_micro: 4_000, latency_p95_ms_micro: 120_000_000, silent: false }
    }
}

/// What is set in the world in `dir`, by component; one that is not named has the default.
pub fn read(dir: &Path) -> Result<BTreeMap<ComponentId, Source>, SettingsError> {
    file::read(dir, FILE)
}

/// Changes one; durable when this returns. Blocks on the disk.
pub fn change(dir: &Path, id: ComponentId, change: impl FnOnce(&mut Source)) -> Result<(), SettingsError> {
    file::change(dir, FILE, id, change)
}
