//! The handshake aggregate: seven steps by which a component joins. State, `evolve` and `todo`; decisions are in
//! [`decide`]. Pure; one vote per subsystem and key.

pub mod decide;

use crate::core::digest::Digest;
use crate::core::ids::{ComponentId, HandshakeId, Nonce};
use crate::core::sealed_text::SealedText;
use crate::core::time::Timestamp;
use crate::governance::RecordedApproval;
use crate::governance::policy::{People, Policy};
use crate::governance::tally::{Approval, Asker, Requirement, Tally, tally};
use crate::judge::window::Window;
use crate::log::{AckFacts, ComponentFacts, Event, HandshakeEvent, Recorded, Signed};
use crate::statement::{Vote, bound_digest};
use std::collections::BTreeSet;

/// The names of the seven steps.
pub const STEPS: [&str; 7] = [
    "request",
    "governance",
    "announcement",
    "acknowledgements",
    "quorum",
    "integration",
    "validation window",
];

/// Where a handshake stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Phase {
    /// Waits for persons.
    AwaitingApproval,
    /// The subsystems are asked.
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
    /// A required subsystem said no.
    RefusedBy {
        /// Who.
        by: ComponentId,
        /// Why.
        reason: SealedText,
    },
    /// A person said no, or time ran out.
    Refused {
        /// Closed code.
        code: String,
        /// Why.
        reason: SealedText,
    },
    /// Joined, then put aside.
    Suspended {
        /// Closed code.
        code: String,
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
    pub code: Option<String>,
    /// When.
    pub at: Timestamp,
    /// Where in the log.
    pub seq: u64,
}

/// State of a handshake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handshake {
    /// Its id.
    pub id: HandshakeId,
    /// Who joins.
    pub component: ComponentId,
    /// What it is.
    pub facts: ComponentFacts,
    /// Person who asks, signed; the nonce is the request's.
    pub by: Signed,
    /// Digest of the request.
    pub request: Digest,
    /// Digest of the policy.
    pub policy: Digest,
    /// When it was requested.
    pub created: Timestamp,
    /// Refused when not approved until then.
    pub expires: Timestamp,
    /// First entry.
    pub first_seq: u64,
    /// Newest entry.
    pub last_seq: u64,
    /// When that was.
    pub changed: Timestamp,
    /// Where it stands.
    pub phase: Phase,
    /// Accepted approvals.
    pub approvals: Vec<RecordedApproval>,
    /// When and where it was announced.
    pub announced: Option<(Timestamp, u64, Timestamp)>,
    /// All answers.
    pub acks: Vec<RecordedAck>,
    /// When and where it was integrated.
    pub integrated: Option<(Timestamp, u64)>,
    /// When and where governance passed.
    pub approved: Option<(Timestamp, u64)>,
    /// The window as it was when it closed.
    pub closed_window: Option<Window>,
    /// When the window opened.
    pub window_opened: Option<Timestamp>,
}

/// Work that a handshake wants done.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// Ask the subsystems on the mesh.
    Announce {
        /// Whose.
        handshake: HandshakeId,
    },
    /// Record the first content.
    RecordBaseline {
        /// Whose.
        handshake: HandshakeId,
    },
    /// Find the series to watch.
    OpenWindow {
        /// Whose.
        handshake: HandshakeId,
    },
    /// Look until the window ends.
    Watch {
        /// Whose.
        handshake: HandshakeId,
    },
}

impl Handshake {
    /// The handshake made by its `requested` entry; any other first event makes none.
    pub fn requested(id: &HandshakeId, recorded: &Recorded) -> Option<Self> {
        let Event::Handshake(_, HandshakeEvent::Requested { component, facts, by, request, policy, expires }) =
            &recorded.entry.event
        else {
            return None;
        };
        Some(Self {
            id: id.clone(),
            component: component.clone(),
            facts: (**facts).clone(),
            by: by.clone(),
            request: *request,
            policy: *policy,
            created: recorded.entry.at,
            expires: *expires,
            first_seq: recorded.seq,
            last_seq: recorded.seq,
            changed: recorded.entry.at,
            phase: Phase::AwaitingApproval,
            approvals: Vec::new(),
            announced: None,
            acks: Vec::new(),
            integrated: None,
            approved: None,
            closed_window: None,
            window_opened: None,
        })
    }

    /// Takes a stored event in. Total.
    pub fn evolve(&mut self, event: &HandshakeEvent, at: Timestamp, seq: u64) {
        self.last_seq = seq;
        self.changed = at;
        match event {
            HandshakeEvent::Requested { .. } => {}
            HandshakeEvent::Approval { by, decision, bound, expires } => {
                let place = (at, seq);
                self.approvals.push(RecordedApproval::new(by, *decision, *bound, *expires, place, 1));
            }
            HandshakeEvent::Announced { deadline } => {
                self.announced = Some((at, seq, *deadline));
                self.approved = self.approved.or(Some((at, seq)));
                self.phase = Phase::Announced { deadline: *deadline };
            }
            HandshakeEvent::Ack(facts) => {
                self.acks.push(RecordedAck { facts: facts.clone(), code: None, at, seq });
            }
            HandshakeEvent::AckNotCounted { ack, code } => {
                self.acks.push(RecordedAck { facts: ack.clone(), code: Some(code.clone()), at, seq });
            }
            HandshakeEvent::Integrated { .. } => {
                self.integrated = Some((at, seq));
                self.phase = Phase::Integrated;
            }
            HandshakeEvent::Baseline { .. } => self.phase = Phase::Validating { window: None },
            HandshakeEvent::WindowOpened { length_ms, baselines } => {
                let baselines = baselines.iter().map(|b| (b.series.clone(), b.value)).collect();
                self.window_opened = Some(at);
                self.phase = Phase::Validating { window: Some(Window::open(*length_ms, baselines)) };
            }
            HandshakeEvent::Evaluation(look) => {
                if let Phase::Validating { window: Some(window) } = &mut self.phase {
                    window.apply(look, at);
                }
            }
            HandshakeEvent::Validated {} => {
                self.close_window();
                self.phase = Phase::Active;
            }
            HandshakeEvent::QuorumFailed { missing } => {
                self.phase = Phase::QuorumFailed { missing: missing.clone() };
            }
            HandshakeEvent::RefusedBy { by, reason } => {
                self.phase = Phase::RefusedBy { by: by.clone(), reason: reason.clone() };
            }
            HandshakeEvent::Refused { code, reason } => {
                self.phase = Phase::Refused { code: code.clone(), reason: reason.clone() };
            }
            HandshakeEvent::Suspended { code, reason, .. } => {
                self.close_window();
                self.phase = Phase::Suspended { code: code.clone(), reason: reason.clone() };
            }
        }
    }

    fn close_window(&mut self) {
        if let Phase::Validating { window } = &mut self.phase {
            self.closed_window = window.take();
        }
    }

    /// The state's word.
    pub fn state(&self) -> &'static str {
        match &self.phase {
            Phase::AwaitingApproval => "awaiting_approval",
            Phase::Announced { .. } => "announced",
            Phase::Integrated => "integrated",
            Phase::Validating { .. } => "validating",
            Phase::Active => "active",
            Phase::QuorumFailed { .. } => "quorum_failed",
            Phase::RefusedBy { .. } => "refused_by",
            Phase::Refused { .. } => "refused",
            Phase::Suspended { .. } => "suspended",
        }
    }

    /// Why it is where it is, when there is a reason.
    pub fn reason(&self) -> Option<String> {
        match &self.phase {
            Phase::QuorumFailed { missing } => {
                let names: Vec<&str> = missing.iter().map(ComponentId::as_str).collect();
                Some(format!("without quorum: {} did not acknowledge", names.join(", ")))
            }
            Phase::RefusedBy { by, reason } => Some(format!("{by}: {reason}")),
            Phase::Refused { reason, .. } | Phase::Suspended { reason, .. } => Some(reason.to_string()),
            Phase::AwaitingApproval
            | Phase::Announced { .. }
            | Phase::Integrated
            | Phase::Validating { .. }
            | Phase::Active => None,
        }
    }

    /// True when nothing more will happen by itself.
    pub fn ended(&self) -> bool {
        match &self.phase {
            Phase::Active
            | Phase::QuorumFailed { .. }
            | Phase::RefusedBy { .. }
            | Phase::Refused { .. }
            | Phase::Suspended { .. } => true,
            Phase::AwaitingApproval
            | Phase::Announced { .. }
            | Phase::Integrated
            | Phase::Validating { .. } => false,
        }
    }

    /// The window, open or closed.
    pub fn window(&self) -> Option<&Window> {
        match &self.phase {
            Phase::Validating { window: Some(window) } => Some(window),
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
        let asker = Asker { person: &self.by.person, key: &self.by.key };
        tally(&Requirement::of_handshake(policy), &approvals, people, asker, self.bound(), now)
    }

    /// Subsystems whose acknowledgement counts.
    pub fn counted(&self) -> BTreeSet<&ComponentId> {
        self.acks
            .iter()
            .filter(|a| a.code.is_none() && a.facts.vote == Vote::Ack)
            .map(|a| &a.facts.by)
            .collect()
    }

    /// Required subsystems that have not acknowledged.
    pub fn missing(&self, policy: &Policy) -> BTreeSet<ComponentId> {
        let counted = self.counted();
        policy.handshake.required.iter().filter(|id| !counted.contains(id)).cloned().collect()
    }

    /// The request's nonce, which every answer repeats.
    pub fn nonce(&self) -> &Nonce {
        &self.by.nonce
    }

    /// What has to be done now.
    pub fn todo(&self) -> Vec<Effect> {
        let handshake = self.id.clone();
        match &self.phase {
            Phase::Announced { .. } => vec![Effect::Announce { handshake }],
            Phase::Integrated => vec![Effect::RecordBaseline { handshake }],
            Phase::Validating { window: None } => vec![Effect::OpenWindow { handshake }],
            Phase::Validating { window: Some(_) } => vec![Effect::Watch { handshake }],
            Phase::AwaitingApproval
            | Phase::Active
            | Phase::QuorumFailed { .. }
            | Phase::RefusedBy { .. }
            | Phase::Refused { .. }
            | Phase::Suspended { .. } => Vec::new(),
        }
    }
}
