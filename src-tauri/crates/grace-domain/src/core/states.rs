//! The words for where something stands.
//!
//! Owns the closed sets that lists, filters and screens go by. What leads from one to the next is the aggregates'
//! matter.

crate::closed! {
    /// Where an update, a rollback, a handshake or a component stands. One set for all: the same word means the same
    /// wherever it stands.
    pub enum State {
        /// An update that waits for its checks.
        Proposed = "proposed",
        /// An update in its checks, a handshake or component in its validation window.
        Validating = "validating",
        AwaitingApproval = "awaiting_approval",
        Approved = "approved",
        Distributing = "distributing",
        Observing = "observing",
        Stable = "stable",
        Held = "held",
        Blocked = "blocked",
        Failed = "failed",
        Refused = "refused",
        Withdrawn = "withdrawn",
        RollingBack = "rolling_back",
        RolledBack = "rolled_back",
        RollbackFailed = "rollback_failed",
        Announced = "announced",
        Integrated = "integrated",
        Active = "active",
        QuorumFailed = "quorum_failed",
        /// A required subsystem answered no.
        RefusedBy = "refused_by",
        Suspended = "suspended",
        DriftDetected = "drift_detected",
        Restoring = "restoring",
        /// Ended and no longer in the working set: the log alone has it.
        Ended = "ended",
    }

    /// How a stage or step stands. None is ever skipped.
    pub enum StageState {
        Todo = "todo",
        Running = "running",
        /// For a person.
        Waiting = "waiting",
        Passed = "passed",
        Failed = "failed",
        Blocked = "blocked",
        /// Running, but required metrics are missing.
        NoData = "no_data",
    }
}

impl State {
    /// Those of an update, in the order of its life.
    pub const OF_UPDATE: [Self; 15] = [
        Self::Proposed,
        Self::Validating,
        Self::AwaitingApproval,
        Self::Approved,
        Self::Distributing,
        Self::Observing,
        Self::Stable,
        Self::Held,
        Self::Blocked,
        Self::Failed,
        Self::Refused,
        Self::Withdrawn,
        Self::RollingBack,
        Self::RolledBack,
        Self::RollbackFailed,
    ];
}
