//! What an update says of itself: its word, its reason, whether it has ended, what it occupies and how it was watched.
//!
//! Owns these readings of the phase. Never changes it.

use crate::core::states::State;
use crate::judge::window::Window;
use crate::update::state::{Update, UpdatePhase};

impl Update {
    /// The state.
    pub fn state(&self) -> State {
        match self.phase() {
            UpdatePhase::Preparing if self.card(4).is_none() && self.card(3).is_none() => State::Proposed,
            UpdatePhase::Preparing => State::Validating,
            UpdatePhase::AwaitingApproval => State::AwaitingApproval,
            UpdatePhase::Approved { .. } => State::Approved,
            UpdatePhase::Distributing { .. } => State::Distributing,
            UpdatePhase::Observing { .. } => State::Observing,
            UpdatePhase::Held { .. } => State::Held,
            UpdatePhase::Blocked { .. } => State::Blocked,
            UpdatePhase::RollingBack => State::RollingBack,
            UpdatePhase::Stable => State::Stable,
            UpdatePhase::RolledBack => State::RolledBack,
            UpdatePhase::RollbackFailed => State::RollbackFailed,
            UpdatePhase::Failed { .. } => State::Failed,
            UpdatePhase::Refused { .. } => State::Refused,
            UpdatePhase::Withdrawn => State::Withdrawn,
        }
    }

    /// Whether its computed risk may still rise: its rehearsal has not measured what it depends on.
    pub fn is_lower_bound(&self) -> bool {
        self.package().is_none() && self.update_type().is_measured()
    }

    /// Why it is where it is, when there is a reason.
    pub fn reason(&self) -> Option<String> {
        match self.phase() {
            UpdatePhase::Approved { waiting } => waiting.as_ref().map(ToString::to_string),
            UpdatePhase::Held { reason }
            | UpdatePhase::Blocked { reason, .. }
            | UpdatePhase::Failed { reason, .. }
            | UpdatePhase::Refused { reason, .. } => Some(reason.to_string()),
            UpdatePhase::RollingBack | UpdatePhase::RolledBack => {
                self.rollback().map(|r| r.reason.to_string())
            }
            UpdatePhase::RollbackFailed => {
                self.rollback().map(|r| r.failed.as_ref().unwrap_or(&r.reason).to_string())
            }
            UpdatePhase::Preparing
            | UpdatePhase::AwaitingApproval
            | UpdatePhase::Distributing { .. }
            | UpdatePhase::Observing { .. }
            | UpdatePhase::Stable
            | UpdatePhase::Withdrawn => None,
        }
    }

    /// Whether that reason is what a person wrote: it is shown as it was written.
    pub fn reason_is_written(&self) -> bool {
        let Some(rollback) = self.rollback() else { return false };
        let told = match self.phase() {
            UpdatePhase::RollingBack | UpdatePhase::RolledBack => true,
            UpdatePhase::RollbackFailed => rollback.failed.is_none(),
            _ => false,
        };
        told && rollback.by.is_some()
    }

    /// True when nothing more will happen by itself. A stable update can still be rolled back.
    pub fn ended(&self) -> bool {
        match self.phase() {
            UpdatePhase::Stable
            | UpdatePhase::RolledBack
            | UpdatePhase::RollbackFailed
            | UpdatePhase::Failed { .. }
            | UpdatePhase::Refused { .. }
            | UpdatePhase::Withdrawn => true,
            UpdatePhase::Preparing
            | UpdatePhase::AwaitingApproval
            | UpdatePhase::Approved { .. }
            | UpdatePhase::Distributing { .. }
            | UpdatePhase::Observing { .. }
            | UpdatePhase::Held { .. }
            | UpdatePhase::Blocked { .. }
            | UpdatePhase::RollingBack => false,
        }
    }

    /// True while it occupies its components: from distribution to the end of its window or rollback.
    pub fn occupies(&self) -> bool {
        match self.phase() {
            UpdatePhase::Distributing { .. }
            | UpdatePhase::Observing { .. }
            | UpdatePhase::Held { .. }
            | UpdatePhase::RollingBack => true,
            UpdatePhase::Blocked { .. }
            | UpdatePhase::Preparing
            | UpdatePhase::AwaitingApproval
            | UpdatePhase::Approved { .. }
            | UpdatePhase::Stable
            | UpdatePhase::RolledBack
            | UpdatePhase::RollbackFailed
            | UpdatePhase::Failed { .. }
            | UpdatePhase::Refused { .. }
            | UpdatePhase::Withdrawn => false,
        }
    }

    /// Whether both may change the same thing where they name the same component: documents of one registry do not wait
    /// for each other.
    pub fn meets(&self, other: &Self) -> bool {
        self.document() == other.document()
    }

    /// The window, open or closed.
    pub fn window(&self) -> Option<&Window> {
        match self.phase() {
            UpdatePhase::Observing { window: Some(window) } => Some(window),
            _ => self.closed_window(),
        }
    }
}
