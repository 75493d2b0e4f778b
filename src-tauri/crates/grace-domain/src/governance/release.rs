//! Whether a release is approved: asked before it is let go, and again by each component that it reaches.
//!
//! Owns the answer and its reason. Never counts by itself: that is [`crate::governance::tally`], with its rules on
//! expiry, nonces, distinct persons and keys, the submitter, groups and denials.

use crate::core::codes::Code;
use crate::core::count::counted;
use crate::core::digest::Digest;
use crate::core::ids::{GroupId, PersonId};
use crate::core::time::Timestamp;
use crate::governance::policy::People;
use crate::governance::tally::{Approval, Requester, Requirement, tally};

/// What a release rests on. The signatures of the approvals were verified by whoever asks.
#[derive(Debug, Clone, Copy)]
pub struct Release<'r> {
    /// What the policy demands.
    pub need: &'r Requirement,
    /// All approvals, void ones too: their nonces are used up.
    pub approvals: &'r [Approval],
    /// Who is registered.
    pub people: &'r People,
    /// Who submitted it.
    pub requester: Requester<'r>,
    /// What an approval must be bound to.
    pub bound: Digest,
}

/// Enough persons have approved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Approved {
    /// Distinct persons that count.
    pub have: u32,
}

/// Why it is not approved.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{lack}")]
pub struct NotApproved {
    /// Distinct persons that count all the same.
    pub have: u32,
    /// What is wrong.
    pub lack: Lack,
}

/// What stands in the way of a release. Closed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Lack {
    /// Somebody denied it.
    #[error("it was denied by {by}")]
    Denied {
        /// Who.
        by: PersonId,
    },
    /// Fewer persons than the policy demands.
    #[error("{have} of {} verify", counted(*need, "approval"))]
    TooFew {
        /// Persons that count.
        have: u32,
        /// Persons demanded.
        need: u32,
    },
    /// Nobody of a group that must be among them.
    #[error("nobody of group {group} approved")]
    Group {
        /// The first that is missing.
        group: GroupId,
    },
}

impl NotApproved {
    /// The closed code.
    pub fn code(&self) -> Code {
        match self.lack {
            Lack::Denied { .. } => Code::AfterDenial,
            Lack::TooFew { .. } | Lack::Group { .. } => Code::NotApproved,
        }
    }
}

/// Whether the release is approved at `at`.
pub fn release_is_approved(release: Release<'_>, at: Timestamp) -> Result<Approved, NotApproved> {
    let Release { need, approvals, people, requester, bound } = release;
    let tally = tally(need, approvals, people, requester, bound, at);
    let have = tally.have;
    let lack = if let Some(by) = tally.denied_by {
        Lack::Denied { by }
    } else if have < need.count {
        Lack::TooFew { have, need: need.count }
    } else if let Some(group) = tally.missing_groups.into_iter().next() {
        Lack::Group { group }
    } else {
        return Ok(Approved { have });
    };
    Err(NotApproved { have, lack })
}
