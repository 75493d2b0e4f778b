//! The state of a handshake: its phase, what its entries so far have brought, and what it says of itself.
//!
//! Owns these shapes and readings. Never changes them: stored events do, in `evolve`.

mod evolve;

use crate::component::event::ComponentFacts;
use crate::core::codes::Code;
use crate::core::digest::Digest;
use crate::core::ids::{ComponentId, HandshakeId, Nonce};
use crate::core::sealed_text::SealedText;
use crate::core::states::State;
use crate::core::time::Timestamp;
use crate::governance::checks::RecordedApproval;
use crate::governance::policy::{People, Policy};
use crate::governance::tally::{Approval, Requester, Requirement, Tally, tally};
use crate::handshake::event::AckFacts;
use crate::judge::window::Window;
use crate::log::actor::Signed;
use crate::statement::{Vote, bound_digest};
use std::collections::BTreeSet;

crate::closed! {
    /// The seven steps of a handshake, in order.
    pub enum StepName {
        Request = "request",
        Governance = "governance",
        Announcement = "announcement",
        Acknowledgements = "acknowledgements",
        Quorum = "quorum",
        Integration = "integration",
        ValidationWindow = "validation_window",
    }
}

/// Where a handshake stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HandshakePhase {
    /// Waits for persons.
    AwaitingApproval,
    /// The subsystems shall acknowledge.
    Announced {
        /// Last instant for answers.
        deadline: Timestamp,
    },
    /// The quorum is there; the first content is being recorded.
    Integrated,
    /// The first content is recorded; the window is open or about to be.
    Validating {
        /// None until the series are known.
        window: Option<Window>,
    },
    /// It belongs.
    Active,
    /// Below quorum at the deadline.
    QuorumFailed {
        /// Who did not acknowledge.
        missing: BTreeSet<ComponentId>,
    },
    /// A required subsystem refused.
    RefusedBy {
        /// Who.
        by: ComponentId,
        /// Why.
        reason: SealedText,
    },
    /// A person denied it, or time ran out.
    Refused {
        /// Closed code.
        code: Code,
        /// Why.
        reason: SealedText,
    },
    /// Joined, then suspended.
    Suspended {
        /// Closed code.
        code: Code,
        /// Why.
        reason: SealedText,
    },
}

/// An answer with its place in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedAck {
    /// The answer.
    pub facts: AckFacts,
    /// `None` when counted.
    pub code: Option<Code>,
    /// When.
    pub at: Timestamp,
    /// Where in the log.
    pub seq: u64,
}

/// State of a handshake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handshake {
    id: HandshakeId,
    component: ComponentId,
    facts: ComponentFacts,
    by: Signed,
    request: Digest,
    policy: Digest,
    created: Timestamp,
    expires: Timestamp,
    first_seq: u64,
    last_seq: u64,
    changed: Timestamp,
    phase: HandshakePhase,
    approvals: Vec<RecordedApproval>,
    announced: Option<(Timestamp, u64, Timestamp)>,
    acks: Vec<RecordedAck>,
    integrated: Option<(Timestamp, u64)>,
    approved: Option<(Timestamp, u64)>,
    closed_window: Option<Window>,
    window_opened: Option<Timestamp>,
}

impl Handshake {
    /// Its id.
    pub fn id(&self) -> &HandshakeId {
        &self.id
    }

    /// Who joins.
    pub fn component(&self) -> &ComponentId {
        &self.component
    }

    /// What it is.
    pub fn facts(&self) -> &ComponentFacts {
        &self.facts
    }

    /// Person who requests it, signed; the nonce is the request's.
    pub fn by(&self) -> &Signed {
        &self.by
    }

    /// Digest of the request.
    pub fn request(&self) -> Digest {
        self.request
    }

    /// Digest of the policy.
    pub fn policy(&self) -> Digest {
        self.policy
    }

    /// When it was requested.
    pub fn created(&self) -> Timestamp {
        self.created
    }

    /// Refused when not approved until then.
    pub fn expires(&self) -> Timestamp {
        self.expires
    }

    /// First entry.
    pub fn first_seq(&self) -> u64 {
        self.first_seq
    }

    /// Newest entry.
    pub fn last_seq(&self) -> u64 {
        self.last_seq
    }

    /// When that was.
    pub fn changed(&self) -> Timestamp {
        self.changed
    }

    /// Where it stands.
    pub fn phase(&self) -> &HandshakePhase {
        &self.phase
    }

    /// Accepted approvals.
    pub fn approvals(&self) -> &[RecordedApproval] {
        &self.approvals
    }

    /// When and where it was announced.
    pub fn announced(&self) -> Option<(Timestamp, u64, Timestamp)> {
        self.announced
    }

    /// All answers.
    pub fn acks(&self) -> &[RecordedAck] {
        &self.acks
    }

    /// When and where it was integrated.
    pub fn integrated(&self) -> Option<(Timestamp, u64)> {
        self.integrated
    }

    /// When and where governance passed.
    pub fn approved(&self) -> Option<(Timestamp, u64)> {
        self.approved
    }

    /// When the window opened.
    pub fn window_opened(&self) -> Option<Timestamp> {
        self.window_opened
    }

    /// The state.
    pub fn state(&self) -> State {
        match &self.phase {
            HandshakePhase::AwaitingApproval => State::AwaitingApproval,
            HandshakePhase::Announced { .. } => State::Announced,
            HandshakePhase::Integrated => State::Integrated,
            HandshakePhase::Validating { .. } => State::Validating,
            HandshakePhase::Active => State::Active,
            HandshakePhase::QuorumFailed { .. } => State::QuorumFailed,
            HandshakePhase::RefusedBy { .. } => State::RefusedBy,
            HandshakePhase::Refused { .. } => State::Refused,
            HandshakePhase::Suspended { .. } => State::Suspended,
        }
    }

    /// Why it is where it is, when there is a reason.
    pub fn reason(&self) -> Option<String> {
        match &self.phase {
            HandshakePhase::QuorumFailed { missing } => {
                let names: Vec<&str> = missing.iter().map(ComponentId::as_str).collect();
                Some(format!("no acknowledgement of {}", names.join(", ")))
            }
            HandshakePhase::RefusedBy { by, reason } => Some(format!("refused by {by}: {reason}")),
            HandshakePhase::Refused { reason, .. } | HandshakePhase::Suspended { reason, .. } => {
                Some(reason.to_string())
            }
            HandshakePhase::AwaitingApproval
            | HandshakePhase::Announced { .. }
            | HandshakePhase::Integrated
            | HandshakePhase::Validating { .. }
            | HandshakePhase::Active => None,
        }
    }

    /// True when nothing more will happen by itself.
    pub fn ended(&self) -> bool {
        match &self.phase {
            HandshakePhase::Active
            | HandshakePhase::QuorumFailed { .. }
            | HandshakePhase::RefusedBy { .. }
            | HandshakePhase::Refused { .. }
            | HandshakePhase::Suspended { .. } => true,
            HandshakePhase::AwaitingApproval
            | HandshakePhase::Announced { .. }
            | HandshakePhase::Integrated
            | HandshakePhase::Validating { .. } => false,
        }
    }

    /// The window, open or closed.
    pub fn window(&self) -> Option<&Window> {
        match &self.phase {
            HandshakePhase::Validating { window: Some(window) } => Some(window),
            _ => self.closed_window.as_ref(),
        }
    }

    /// Digest of the target document.
    pub fn target_digest(&self) -> Digest {
        Digest::of(self.facts.target.as_bytes())
    }

    /// What an approval must be bound to.
    pub fn bound(&self) -> Digest {
        bound_digest(self.id.as_str(), &self.request, &self.request, &self.target_digest(), &self.policy)
    }

    /// Counts its approvals.
    pub fn tally(&self, policy: &Policy, people: &People, now: Timestamp) -> Tally {
        let approvals: Vec<Approval> = self.approvals.iter().map(|a| a.approval.clone()).collect();
        tally(&Requirement::of_handshake(policy), &approvals, people, self.requester(), self.bound(), now)
    }

    /// Who requested it, and with which key.
    pub fn requester(&self) -> Requester<'_> {
        Requester { person: &self.by.person, key: &self.by.key }
    }

    /// Subsystems whose acknowledgement counts.
    pub fn acknowledged(&self) -> BTreeSet<&ComponentId> {
        self.acks
            .iter()
            .filter(|a| a.code.is_none() && a.facts.vote == Vote::Ack)
            .map(|a| &a.facts.by)
            .collect()
    }

    /// Required subsystems that have not acknowledged.
    pub fn missing(&self, policy: &Policy) -> BTreeSet<ComponentId> {
        let acknowledged = self.acknowledged();
        policy.handshake.required.iter().filter(|id| !acknowledged.contains(id)).cloned().collect()
    }

    /// The request's nonce, which every answer repeats.
    pub fn nonce(&self) -> &Nonce {
        &self.by.nonce
    }
}
