//! Counting approvals: M of N distinct persons *and* distinct key bytes, groups, never the submitter or a service, expiry,
//! and a denial that is final. One pure function; acceptance and distribution both ask it.

use crate::core::codes::Code;
use crate::core::digest::Digest;
use crate::core::ids::{GroupId, Nonce, PersonId};
use crate::core::time::Timestamp;
use crate::crypto::keys::PublicKey;
use crate::governance::policy::{People, Person, Policy, Risk};
use crate::kinds::UpdateType;
use std::collections::BTreeSet;

/// What a policy demands of one update.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requirement {
    /// Distinct persons.
    pub count: u32,
    /// Each must be represented by at least one of them.
    pub groups: BTreeSet<GroupId>,
    /// How the number came about, one sentence each.
    pub because: Vec<String>,
}

impl Requirement {
    /// The demand for an update of this type and risk.
    pub fn of_update(policy: &Policy, kind: UpdateType, risk: Risk, invertible: bool) -> Self {
        let base = *policy.approvals.at(risk);
        let mut because = vec![format!("risk {} requires {base}", risk.as_str())];
        let mut count = base;
        if !invertible {
            count += policy.not_invertible_extra;
            because.push(format!("it cannot be rolled back: {} more", policy.not_invertible_extra));
        }
        let mut groups = policy.groups.at(risk).clone();
        if let Some(more) = policy.groups_by_type.get(&kind) {
            groups.extend(more.iter().cloned());
        }
        for group in &groups {
            because.push(format!("one must be of group {group}"));
        }
        Self { count, groups, because }
    }

    /// The demand for a handshake.
    pub fn of_handshake(policy: &Policy) -> Self {
        let count = policy.handshake.approvals;
        Self { count, groups: BTreeSet::new(), because: vec![format!("a handshake requires {count}")] }
    }
}

/// Approve or deny.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// For it.
    Approve,
    /// Against it; final.
    Deny,
}

impl Decision {
    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Deny => "deny",
        }
    }
}

/// An approval whose signature was verified against a registered key; the state keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    /// Who.
    pub person: PersonId,
    /// With which key.
    pub key: PublicKey,
    /// For or against.
    pub decision: Decision,
    /// What it is bound to.
    pub bound: Digest,
    /// Used once per update.
    pub nonce: Nonce,
    /// When it was recorded.
    pub at: Timestamp,
    /// First instant at which it no longer counts.
    pub expires: Timestamp,
    /// Digest of the envelope blob.
    pub envelope: Digest,
}

/// Why an approval does not count. Closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum NotCounted {
    /// A service signed it: what counts is a person.
    Service,
    /// The approver submitted or requested it, or the key is that person's.
    SelfApproval,
    /// The approver answers for the service that submitted or requested it.
    OwnService,
    /// This person has signed already.
    SamePerson,
    /// This key has signed already, under another name.
    SameKey,
    /// It is bound to other digests.
    WrongDigest,
    /// Its time is over.
    Expired,
    /// A denial stands.
    AfterDenial,
    /// The nonce was used before.
    NonceUsed,
    /// The person is not registered, or not with this key.
    UnknownKey,
}

impl NotCounted {
    /// Of whoever would approve what is one's own.
    fn of_own(own: Own) -> Self {
        match own {
            Own::Requester => Self::SelfApproval,
            Own::Owner => Self::OwnService,
        }
    }

    /// The closed code.
    pub fn code(self) -> Code {
        match self {
            Self::Service => Code::ServiceCannotSign,
            Self::SelfApproval | Self::OwnService => Code::SelfApproval,
            Self::SamePerson => Code::SamePerson,
            Self::SameKey => Code::SameKey,
            Self::WrongDigest => Code::WrongDigest,
            Self::Expired => Code::ApprovalExpired,
            Self::AfterDenial => Code::AfterDenial,
            Self::NonceUsed => Code::NonceUsed,
            Self::UnknownKey => Code::UnknownKey,
        }
    }

    /// Why, as the end of a sentence.
    pub fn reason(self) -> &'static str {
        match self {
            Self::Service => "it is a service, and only persons approve",
            Self::SelfApproval => "whoever submitted or requested it cannot approve it",
            Self::OwnService => {
                "whoever answers for the service that submitted or requested it cannot approve it"
            }
            Self::SamePerson => "this person has signed already",
            Self::SameKey => "this key has signed already, under another name",
            Self::WrongDigest => "it is bound to something else than what is there now",
            Self::Expired => "its time is over",
            Self::AfterDenial => "it has been denied",
            Self::NonceUsed => "it was handed in before",
            Self::UnknownKey => "the key is not registered for this person",
        }
    }
}

/// Result of a count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tally {
    /// One per approval, in order: `None` when it counts.
    pub verdicts: Vec<Option<NotCounted>>,
    /// Distinct persons that count.
    pub have: u32,
    /// Groups still missing.
    pub missing_groups: BTreeSet<GroupId>,
    /// The person who denied, if anyone did.
    pub denied_by: Option<PersonId>,
    /// True when count and groups are met and nobody denied.
    pub passed: bool,
}

/// Whoever submitted or requested what is decided on: excluded from approving, by person and by key bytes, and of a service whoever answers for it.
#[derive(Debug, Clone, Copy)]
pub struct Requester<'a> {
    /// The person.
    pub person: &'a PersonId,
    /// The key that signed the request.
    pub key: &'a PublicKey,
}

/// Whose own a signature is. Closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Own {
    /// The requester's.
    Requester,
    /// That of the person who answers for the service that is the requester.
    Owner,
}

impl Requester<'_> {
    /// Whether a signature of `person` with `key` is the requester's own: the same person or key, another key that is
    /// registered for that person, or of a service the person who answers for it.
    pub fn own(self, person: &PersonId, key: &PublicKey, people: &People) -> Option<Own> {
        let is_of = |own: &PersonId| {
            let registered = people.get(own);
            own == person || registered.is_some_and(|p| p.keys.iter().any(|k| k.as_bytes() == key.as_bytes()))
        };
        if key.as_bytes() == self.key.as_bytes() || is_of(self.person) {
            return Some(Own::Requester);
        }
        let owner = people.get(self.person).and_then(|requester| requester.owner.as_ref());
        owner.is_some_and(is_of).then_some(Own::Owner)
    }

    /// Why no approval of this person could count, whichever of the person's keys made it.
    pub fn excludes(self, id: &PersonId, person: &Person, people: &People) -> Option<NotCounted> {
        if person.is_service() {
            return Some(NotCounted::Service);
        }
        person.keys.iter().find_map(|key| self.own(id, key, people)).map(NotCounted::of_own)
    }
}

/// Counts `approvals` in order against `need`. `bound` is what an approval must be bound to now.
pub fn tally(
    need: &Requirement,
    approvals: &[Approval],
    people: &People,
    requester: Requester<'_>,
    bound: Digest,
    now: Timestamp,
) -> Tally {
    let mut count = Count::default();
    let mut missing_groups = need.groups.clone();
    let mut verdicts = Vec::with_capacity(approvals.len());
    for a in approvals {
        let verdict = count.why_not(a, people, requester, bound, now);
        // An approval that no longer counts still uses up its nonce: else the same envelope, handed in again after
        // the policy's time for it ran out, would count a second time.
        count.nonces.insert(&a.nonce);
        if verdict.is_none() {
            match a.decision {
                Decision::Deny => count.denied_by = Some(&a.person),
                Decision::Approve => {
                    count.persons.insert(&a.person);
                    count.keys.insert(a.key.as_bytes());
                    if let Some(person) = people.get(&a.person) {
                        missing_groups.retain(|g| !person.groups.contains(g));
                    }
                }
            }
        }
        verdicts.push(verdict);
    }
    let have = u32::try_from(count.persons.len()).unwrap_or(u32::MAX);
    let denied_by = count.denied_by.cloned();
    let passed = denied_by.is_none() && have >= need.count && missing_groups.is_empty();
    Tally { verdicts, have, missing_groups, denied_by, passed }
}

/// What was counted so far.
#[derive(Default)]
struct Count<'a> {
    persons: BTreeSet<&'a PersonId>,
    keys: BTreeSet<&'a [u8; 32]>,
    nonces: BTreeSet<&'a Nonce>,
    denied_by: Option<&'a PersonId>,
}

impl Count<'_> {
    /// The table of reasons: the first that applies to the next approval, `None` when it counts.
    fn why_not(
        &self,
        a: &Approval,
        people: &People,
        requester: Requester<'_>,
        bound: Digest,
        now: Timestamp,
    ) -> Option<NotCounted> {
        let Some(person) = people.get(&a.person).filter(|p| p.keys.contains(&a.key)) else {
            return Some(NotCounted::UnknownKey);
        };
        let approves = a.decision == Decision::Approve;
        let own = if approves { requester.own(&a.person, &a.key, people) } else { None };
        if person.is_service() {
            Some(NotCounted::Service)
        } else if self.denied_by.is_some() {
            Some(NotCounted::AfterDenial)
        } else if let Some(own) = own {
            Some(NotCounted::of_own(own))
        } else if a.bound != bound {
            Some(NotCounted::WrongDigest)
        } else if approves && now >= a.expires {
            Some(NotCounted::Expired)
        } else if self.nonces.contains(&a.nonce) {
            Some(NotCounted::NonceUsed)
        } else if approves && self.persons.contains(&a.person) {
            Some(NotCounted::SamePerson)
        } else if approves && self.keys.contains(a.key.as_bytes()) {
            Some(NotCounted::SameKey)
        } else {
            None
        }
    }
}
