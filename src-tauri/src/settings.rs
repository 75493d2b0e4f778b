//! What this installation remembers: the theme and the world that was open last. One small file; losing it loses
//! nothing that matters.

use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use ts_rs::TS;

/// Light, dark, or what the system says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    /// The system's.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

/// The file's content.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Theme.
    pub theme: Theme,
    /// World that was open last.
    pub data_dir: Option<PathBuf>,
}

fn base(variable: &str, below_home: &str) -> PathBuf {
    let named = std::env::var_os(variable).filter(|v| !v.is_empty()).map(PathBuf::from);
    let home = || std::env::var_os("HOME").map_or_else(std::env::temp_dir, PathBuf::from);
    named.unwrap_or_else(|| home().join(below_home))
}

/// Where worlds are kept when nobody says otherwise.
pub fn data_home() -> PathBuf {
    base("XDG_DATA_HOME", ".local/share").join("grace")
}

fn file() -> PathBuf {
    base("XDG_CONFIG_HOME", ".config").join("grace/shell.json")
}

impl Settings {
    /// Reads them; unreadable ones are the defaults.
    pub fn read() -> Self {
        std::fs::read(file()).ok().and_then(|b| serde_json::from_slice(&b).ok()).unwrap_or_default()
    }

    /// Keeps them; a failure is logged and harms nothing.
    pub fn keep(&self) {
        let path = file();
        let beside = path.with_extension("json.new");
        let written = path
            .parent()
            .map_or(Ok(()), std::fs::create_dir_all)
            .and_then(|()| std::fs::write(&beside, serde_json::to_vec_pretty(self).unwrap_or_default()))
            .and_then(|()| std::fs::rename(&beside, &path));
        if let Err(error) = written {
            tracing::warn!(%error, "settings were not kept");
        }
    }
}
