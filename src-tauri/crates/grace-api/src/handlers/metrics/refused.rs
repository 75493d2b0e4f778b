//! Pushes of samples that were refused, since this engine started.
//!
//! Owns the counts, one for each component. Never refuses one.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use grace_domain::core::ids::ComponentId;

use crate::problem::Problem;

/// The refused pushes of one component.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Refused {
    /// How many there were.
    pub(crate) count: u64,
    /// Why the newest push was refused; none once one was taken again.
    pub(crate) reason: Option<String>,
}

/// The refused pushes of each component that had any.
#[derive(Default)]
pub(crate) struct RefusedPushes(Mutex<BTreeMap<ComponentId, Refused>>);

impl RefusedPushes {
    /// Takes down how a push of a component of this world ended.
    pub(crate) fn note<T>(&self, id: &ComponentId, ended: &Result<T, Problem>) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match ended {
            Ok(_) => {
                if let Some(refused) = all.get_mut(id) {
                    refused.reason = None;
                }
            }
            Err(problem) => {
                let refused = all.entry(id.clone()).or_default();
                refused.count += 1;
                refused.reason = Some(problem.detail.clone());
            }
        }
    }

    /// What a component's pushes have come to.
    pub(crate) fn of(&self, id: &ComponentId) -> Refused {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(id).cloned().unwrap_or_default()
    }
}
