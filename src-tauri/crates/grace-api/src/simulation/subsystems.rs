//! How simulated subsystems behave: the settings of `simulated_subsystems.json`. Never answers for one.

use std::collections::BTreeMap;
use std::path::Path;

use grace_domain::core::ids::ComponentId;
use serde::{Deserialize, Serialize};

use super::file::{self, SettingsError};

const FILE: &str = "simulated_subsystems.json";

grace_domain::closed! {
    /// What a simulated subsystem does when it shall acknowledge.
    #[derive(Default)]
    pub enum Behaviour {
        /// Acknowledges.
        #[default]
        Ack = "ack",
        /// Refuses.
        Nack = "nack",
        /// Says nothing.
        Silent = "silent",
        /// Gives the same answer twice.
        Duplicate = "duplicate",
        /// Signs with a key that is not registered.
        WrongKey = "wrong_key",
    }
}

/// Settings of one simulated subsystem.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Subsystem {
    /// What it does.
    pub behaviour: Behaviour,
    /// How long it thinks.
    pub delay_ms: u64,
    /// Why it refuses.
    pub nack_reason: String,
}

impl Default for Subsystem {
    fn default() -> Self {
        Self { behaviour: Behaviour::Ack, delay_ms: 400, nack_reason: "simulated refusal".into() }
    }
}

/// What is set in the world in `dir`; one that is not named has the default.
pub fn read(dir: &Path) -> Result<BTreeMap<ComponentId, Subsystem>, SettingsError> {
    file::read(dir, FILE)
}

/// Changes one; durable when this returns. Blocks on the disk.
pub fn change(dir: &Path, id: ComponentId, change: impl FnOnce(&mut Subsystem)) -> Result<(), SettingsError> {
    file::change(dir, FILE, id, change)
}

#[cfg(test)]
mod tests {
    use super::{Behaviour, Subsystem, change, read};

    #[test]
    fn what_was_set_is_read_again_and_a_damaged_file_is_no_default() {
        let dir = tempfile::tempdir().expect("a directory");
        assert!(read(dir.path()).expect("none yet").is_empty());
        let slow = Subsystem { behaviour: Behaviour::Silent, delay_ms: 7, ..Subsystem::default() };
        let id: grace_domain::core::ids::ComponentId = "memory_fusion".parse().expect("an id");
        change(dir.path(), id.clone(), |setting| *setting = slow.clone()).expect("set");
        assert_eq!(read(dir.path()).expect("read").get(&id), Some(&slow));
        std::fs::write(dir.path().join(super::FILE), b"{").expect("written");
        assert!(read(dir.path()).is_err());
    }
}
