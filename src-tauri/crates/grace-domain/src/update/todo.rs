//! What an update wants done, from its state alone. Live running and recovery both start from here.
//!
//! Owns the effects and their ids, which are stable over restarts. Never starts one.

use crate::core::ids::{ComponentId, UpdateId};
use crate::update::evidence::CardVerdict;
use crate::update::state::{Rollback, Update, UpdatePhase};

/// Work that this update wants done; the id is stable over restarts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// Run one of stages 2 to 5.
    Prepare {
        /// Whose.
        update: UpdateId,
        /// Which preparation.
        attempt: u32,
        /// 2 to 5.
        stage: u8,
    },
    /// Bring the new content to a component.
    Apply {
        /// Whose.
        update: UpdateId,
        /// Where.
        component: ComponentId,
    },
    /// Measure the baselines.
    OpenWindow {
        /// Whose.
        update: UpdateId,
    },
    /// Evaluate until the window ends.
    Watch {
        /// Whose.
        update: UpdateId,
    },
    /// Bring the old content back.
    Revert {
        /// Whose.
        update: UpdateId,
        /// Where.
        component: ComponentId,
    },
}

impl Update {
    /// What has to be done now. Live running and recovery both start from this.
    pub fn todo(&self) -> Vec<Effect> {
        let update = self.id().clone();
        match self.phase() {
            UpdatePhase::Preparing => self
                .due_stage()
                .map(|stage| Effect::Prepare { update, attempt: self.attempt(), stage })
                .into_iter()
                .collect(),
            UpdatePhase::Distributing { current: Some(component) } => {
                vec![Effect::Apply { update, component: component.clone() }]
            }
            UpdatePhase::Observing { window: None } => vec![Effect::OpenWindow { update }],
            UpdatePhase::Observing { window: Some(_) } => vec![Effect::Watch { update }],
            UpdatePhase::RollingBack => self
                .rollback()
                .and_then(|r| r.components.iter().find(|c| r.is_due(c)))
                .map(|component| Effect::Revert { update, component: component.clone() })
                .into_iter()
                .collect(),
            UpdatePhase::Distributing { current: None }
            | UpdatePhase::AwaitingApproval
            | UpdatePhase::Approved { .. }
            | UpdatePhase::Held { .. }
            | UpdatePhase::Blocked { .. }
            | UpdatePhase::Stable
            | UpdatePhase::RolledBack
            | UpdatePhase::RollbackFailed
            | UpdatePhase::Failed { .. }
            | UpdatePhase::Refused { .. }
            | UpdatePhase::Withdrawn => Vec::new(),
        }
    }

    /// The stage of 2 to 5 that has to run next, while it is being prepared.
    pub(super) fn due_stage(&self) -> Option<u8> {
        (2..=5u8).find(|n| *self.phase() == UpdatePhase::Preparing && self.card(*n).is_none())
    }

    /// True when stages 2 to 5 of this preparation passed.
    pub fn prepared(&self) -> bool {
        self.package().is_some()
            && (2..=5).all(|n| self.card(n).is_some_and(|c| c.facts.verdict == CardVerdict::Passed))
    }
}

impl Rollback {
    /// True when this component has to come back and has neither a receipt nor a reason why there is none.
    pub(super) fn is_due(&self, component: &ComponentId) -> bool {
        self.components.contains(component)
            && !self.unproved.contains_key(component)
            && !self.receipts.iter().any(|(r, _, _)| r.component == *component)
    }
}
