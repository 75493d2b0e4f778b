//! The port through which tests make COMMIT fail. The default injects nothing.
//!
//! Owns no behaviour of its own: the commit path asks at each COMMIT and does what a failing disk or a dying process
//! would have done.

use std::sync::{Arc, Mutex, PoisonError};

/// How one COMMIT goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommitFault {
    /// An error comes back and nothing was persisted.
    Fails,
    /// An error comes back although everything was persisted.
    FailsButPersisted,
    /// Everything was persisted, and the reply never arrives.
    ReplyLost,
}

struct Plan {
    /// COMMITs so far.
    commits: u64,
    answer: Box<dyn FnMut(u64) -> Option<CommitFault> + Send>,
}

/// Which COMMITs go wrong. Clones share the plan and the count.
#[derive(Clone, Default)]
pub struct CommitFaults {
    plan: Option<Arc<Mutex<Plan>>>,
}

impl CommitFaults {
    /// No COMMIT goes wrong.
    pub fn none() -> Self {
        Self::default()
    }

    /// `plan` is asked once per COMMIT with its ordinal, from 0.
    pub fn new(plan: impl FnMut(u64) -> Option<CommitFault> + Send + 'static) -> Self {
        Self { plan: Some(Arc::new(Mutex::new(Plan { commits: 0, answer: Box::new(plan) }))) }
    }

    /// Only the COMMIT with this ordinal (from 0) goes wrong.
    pub fn once(ordinal: u64, fault: CommitFault) -> Self {
        Self::new(move |n| (n == ordinal).then_some(fault))
    }

    pub(crate) fn next(&self) -> Option<CommitFault> {
        let mut plan = self.plan.as_ref()?.lock().unwrap_or_else(PoisonError::into_inner);
        let ordinal = plan.commits;
        plan.commits += 1;
        (plan.answer)(ordinal)
    }
}

impl std::fmt::Debug for CommitFaults {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.plan.is_some() { "CommitFaults(planned)" } else { "CommitFaults(none)" })
    }
}
