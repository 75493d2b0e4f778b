//! What governance requires of an update: the risk that counts, what an approval is bound to, how many it takes and how
//! many there are.
//!
//! Owns these readings of the package and the approvals. Never accepts an approval: that is
//! [`super::decide::approve`].

use crate::core::digest::Digest;
use crate::core::time::Timestamp;
use crate::governance::policy::{People, Policy, Risk};
use crate::governance::release::{Approved, NotApproved, Release, release_is_approved};
use crate::governance::tally::{Approval, Requester, Requirement, Tally, tally};
use crate::statement::bound_digest;
use crate::update::state::Update;

impl Update {
    /// The risk that counts: the higher of declared and computed.
    pub fn risk(&self) -> Risk {
        self.package().map_or(self.declared(), |p| p.computed.max(self.declared()))
    }

    /// What an approval must be bound to now; none before the package exists.
    pub fn bound(&self) -> Option<Digest> {
        self.package().map(|p| {
            bound_digest(self.id().as_str(), &self.set(), &p.package, &p.rollback_plan, &self.policy())
        })
    }

    /// What the policy demands of it.
    pub fn requirement(&self, policy: &Policy) -> Requirement {
        let invertible = self.package().is_none_or(|p| p.invertible);
        Requirement::of_update(policy, self.update_type(), self.risk(), invertible)
    }

    /// Counts its approvals at `now`; those of an earlier preparation are void whatever they are bound to.
    pub fn tally(&self, policy: &Policy, people: &People, now: Timestamp) -> Tally {
        let bound = self.bound().unwrap_or(self.set());
        tally(&self.requirement(policy), &self.approvals_now(), people, self.requester(), bound, now)
    }

    /// Whether it may be let go at `now`.
    pub fn release(&self, policy: &Policy, people: &People, now: Timestamp) -> Result<Approved, NotApproved> {
        let release = Release {
            need: &self.requirement(policy),
            approvals: &self.approvals_now(),
            people,
            requester: self.requester(),
            bound: self.bound().unwrap_or(self.set()),
        };
        release_is_approved(release, now)
    }

    /// Its approvals; those of an earlier preparation are bound to nothing.
    pub fn approvals_now(&self) -> Vec<Approval> {
        let void = Digest::of(b"an earlier preparation");
        self.approvals()
            .iter()
            .map(|a| Approval {
                bound: if a.attempt == self.attempt() { a.approval.bound } else { void },
                ..a.approval.clone()
            })
            .collect()
    }

    /// Who submitted it, and with which key.
    pub fn requester(&self) -> Requester<'_> {
        Requester { person: &self.by().person, key: &self.by().key }
    }
}
