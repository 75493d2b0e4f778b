//! What a component wants done, from its state alone. Live running and recovery both start from here.
//!
//! Owns the effects and their ids, which are stable over restarts. Never starts one.

use crate::component::state::{Component, ComponentPhase};
use crate::core::ids::ComponentId;

/// Work that a component wants done.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// Put the last known content back.
    Restore {
        /// Whose.
        component: ComponentId,
    },
}

impl Component {
    /// What has to be done now.
    pub fn todo(&self) -> Vec<Effect> {
        match self.phase() {
            ComponentPhase::Restoring => vec![Effect::Restore { component: self.id().clone() }],
            ComponentPhase::Validating
            | ComponentPhase::Active
            | ComponentPhase::DriftDetected { .. }
            | ComponentPhase::RollbackFailed { .. }
            | ComponentPhase::Suspended { .. } => Vec::new(),
        }
    }
}
