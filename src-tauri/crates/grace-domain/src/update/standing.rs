//! What an update says of itself: its word, its reason, whether it has ended, what it occupies and how it was watched.
//!
//! Owns these readings of the phase. Never changes it.

use crate::core::states::State;
use crate::judge::window::Window;
use crate::update::state::{Phase, Update};

impl Update {
    /// The state.
    pub fn state(&self) -> State {
        match self.phase() {
            Phase::Preparing if self.card(4).is_none() && self.card(3).is_none() => State::Proposed,
            Phase::Preparing => State::Validating,
            Phase::AwaitingApproval => State::AwaitingApproval,
            Phase::Approved { .. } => State::Approved,
            Phase::Distributing { .. } => State::Distributing,
            Phase::Observing { .. } => State::Observing,
            Phase::Held { .. } => State::Held,
            Phase::Blocked { .. } => State::Blocked,
            Phase::RollingBack => State::RollingBack,
            Phase::Stable => State::Stable,
            Phase::RolledBack => State::RolledBack,
            Phase::RollbackFailed => State::RollbackFailed,
            Phase::Failed { .. } => State::Failed,
            Phase::Refused { .. } => State::Refused,
            Phase::Withdrawn => State::Withdrawn,
        }
    }

    /// Whether its computed risk may still rise: its rehearsal has not measured what it depends on.
    pub fn is_lower_bound(&self) -> bool {
        self.package().is_none() && self.update_type().is_measured()
    }

    /// Why it is where it is, when there is a reason.
    pub fn reason(&self) -> Option<String> {
        match self.phase() {
            Phase::Approved { waiting } => waiting.as_ref().map(ToString::to_string),
            Phase::Held { reason }
            | Phase::Blocked { reason, .. }
            | Phase::Failed { reason, .. }
            | Phase::Refused { reason, .. } => Some(reason.to_string()),
            Phase::RollingBack | Phase::RolledBack => self.rollback().map(|r| r.reason.to_string()),
            Phase::RollbackFailed => {
                self.rollback().map(|r| r.failed.as_ref().unwrap_or(&r.reason).to_string())
            }
            Phase::Preparing
            | Phase::AwaitingApproval
            | Phase::Distributing { .. }
            | Phase::Observing { .. }
            | Phase::Stable
            | Phase::Withdrawn => None,
        }
    }

    /// True when nothing more will happen by itself. A stable update can still be rolled back.
    pub fn ended(&self) -> bool {
        match self.phase() {
            Phase::Stable
            | Phase::RolledBack
            | Phase::RollbackFailed
            | Phase::Failed { .. }
            | Phase::Refused { .. }
            | Phase::Withdrawn => true,
            Phase::Preparing
            | Phase::AwaitingApproval
            | Phase::Approved { .. }
            | Phase::Distributing { .. }
            | Phase::Observing { .. }
            | Phase::Held { .. }
            | Phase::Blocked { .. }
            | Phase::RollingBack => false,
        }
    }

    /// True while it occupies its components: from distribution to the end of its window or rollback.
    pub fn occupies(&self) -> bool {
        match self.phase() {
            Phase::Distributing { .. }
            | Phase::Observing { .. }
            | Phase::Held { .. }
            | Phase::RollingBack => true,
            Phase::Blocked { .. }
            | Phase::Preparing
            | Phase::AwaitingApproval
            | Phase::Approved { .. }
            | Phase::Stable
            | Phase::RolledBack
            | Phase::RollbackFailed
            | Phase::Failed { .. }
            | Phase::Refused { .. }
            | Phase::Withdrawn => false,
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
            Phase::Observing { window: Some(window) } => Some(window),
            _ => self.closed_window(),
        }
    }
}
