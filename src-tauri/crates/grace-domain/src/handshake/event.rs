//! What can happen to a handshake, from its request to its end.
//!
//! Owns the stored form of its entries. Never says what they mean: that is [`crate::handshake`].

use crate::component::event::ComponentFacts;
use crate::core::codes::Code;
use crate::core::digest::Digest;
use crate::core::ids::ComponentId;
use crate::core::sealed_text::SealedText;
use crate::core::states::State;
use crate::core::time::Timestamp;
use crate::crypto::keys::PublicKey;
use crate::governance::tally::Decision;
use crate::judge::window::EvaluationReport;
use crate::log::actor::Signed;
use crate::log::baseline::Baseline;
use crate::log::event_info::{Evidence, MeshType, StoredEvent, event_infos};
use crate::statement::{Adjustment, Vote};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Events of a handshake.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", deny_unknown_fields)]
pub enum HandshakeEvent {
    /// Requested and durable.
    #[serde(rename = "handshake.requested")]
    Requested {
        /// Who joins.
        component: ComponentId,
        /// What it is.
        facts: Box<ComponentFacts>,
        /// Person who requests it, signed.
        by: Signed,
        /// Digest of the request, bound by approvals and acknowledgements.
        request: Digest,
        /// Digest of the policy.
        policy: Digest,
        /// Refused when not approved until then.
        expires: Timestamp,
    },
    /// An approval or denial was accepted.
    #[serde(rename = "handshake.approval")]
    Approval {
        /// Who, signed.
        by: Signed,
        /// For or against.
        decision: Decision,
        /// What it is bound to.
        bound: Digest,
        /// Counts until.
        expires: Timestamp,
    },
    /// Governance passed; the subsystems shall acknowledge.
    #[serde(rename = "handshake.announced")]
    Announced {
        /// Last instant for acknowledgements.
        deadline: Timestamp,
    },
    /// A counted answer.
    #[serde(rename = "handshake.ack")]
    Ack(AckFacts),
    /// An answer that is logged and never counted.
    #[serde(rename = "handshake.ack_not_counted")]
    AckNotCounted {
        /// The answer.
        ack: AckFacts,
        /// Closed code.
        code: Code,
    },
    /// The quorum is there.
    #[serde(rename = "handshake.integrated")]
    Integrated {
        /// Acknowledgements counted.
        acks: u32,
    },
    /// The first content is recorded.
    #[serde(rename = "handshake.baseline")]
    Baseline {
        /// Managed digest.
        digest: Digest,
    },
    /// The validation window is open.
    #[serde(rename = "handshake.observation_started")]
    WindowOpened {
        /// Observed time needed.
        length_ms: u64,
        /// Required series.
        baselines: Vec<Baseline>,
    },
    /// A logged evaluation.
    #[serde(rename = "handshake.evaluation")]
    Evaluation(EvaluationReport),
    /// It belongs.
    #[serde(rename = "handshake.validated")]
    Validated {},
    /// The deadline passed below quorum.
    #[serde(rename = "handshake.quorum_failed")]
    QuorumFailed {
        /// Who did not acknowledge.
        missing: BTreeSet<ComponentId>,
    },
    /// A required subsystem refused.
    #[serde(rename = "handshake.refused_by")]
    RefusedBy {
        /// Who.
        by: ComponentId,
        /// Why.
        reason: SealedText,
    },
    /// A person denied it, or time ran out before approval.
    #[serde(rename = "handshake.refused")]
    Refused {
        /// Closed code.
        code: Code,
        /// Why.
        reason: SealedText,
    },
    /// Joined, then suspended.
    #[serde(rename = "handshake.suspended")]
    Suspended {
        /// Closed code.
        code: Code,
        /// Why.
        reason: SealedText,
        /// Adjustments undone: subsystem and key.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        undone: Vec<String>,
    },
}

/// A subsystem's signed answer, as recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AckFacts {
    /// Who.
    pub by: ComponentId,
    /// With which key.
    pub key: PublicKey,
    /// For or against.
    pub vote: Vote,
    /// Why against.
    #[serde(default, skip_serializing_if = "SealedText::is_empty")]
    pub reason: SealedText,
    /// What it sets.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub adjustments: Vec<Adjustment>,
    /// Log size it had seen.
    pub seen_size: u64,
    /// Digest of the envelope blob.
    pub envelope: Digest,
}

event_infos! {
    HandshakeEvent => HandshakeEntryType;
    Self::Requested { by, .. } => Requested = "handshake.requested" calls HandshakeApprove, begins: true, ends: false,
        outcome: State::AwaitingApproval, evidence: Evidence::signed(by.envelope);
    Self::Approval { by, .. } => Approval = "handshake.approval", ends: false,
        evidence: Evidence::signed(by.envelope);
    Self::Announced { .. } => Announced = "handshake.announced", ends: false,
        mesh: MeshType::HandshakeAnnounce, outcome: State::Announced;
    Self::Ack(ack) => Ack = "handshake.ack", ends: false, evidence: Evidence::signed(ack.envelope);
    Self::AckNotCounted { ack, .. } => AckNotCounted = "handshake.ack_not_counted", ends: false,
        evidence: Evidence::signed(ack.envelope);
    Self::Integrated { .. } => Integrated = "handshake.integrated", ends: false, outcome: State::Integrated;
    Self::Baseline { .. } => Baseline = "handshake.baseline", ends: false;
    Self::WindowOpened { .. } => WindowOpened = "handshake.observation_started", ends: false;
    Self::Evaluation(report) => Evaluation = "handshake.evaluation", ends: false, verdict: report.verdict;
    // Not its end: a later answer against it is decided on as long as the component belongs by it.
    Self::Validated {} => Validated = "handshake.validated", ends: false, outcome: State::Active;
    Self::QuorumFailed { .. } => QuorumFailed = "handshake.quorum_failed", ends: true,
        outcome: State::QuorumFailed;
    Self::RefusedBy { .. } => RefusedBy = "handshake.refused_by", ends: true, outcome: State::RefusedBy;
    Self::Refused { .. } => Refused = "handshake.refused", ends: true, outcome: State::Refused;
    Self::Suspended { .. } => Suspended = "handshake.suspended", ends: true, outcome: State::Suspended;
}

impl StoredEvent for HandshakeEvent {
    fn each_sealed_text(&mut self, see: &mut dyn FnMut(&mut SealedText)) {
        match self {
            Self::Requested { facts, .. } => see(&mut facts.title),
            Self::Ack(ack) | Self::AckNotCounted { ack, .. } => see(&mut ack.reason),
            Self::Evaluation(evaluation) => see(&mut evaluation.reason),
            Self::RefusedBy { reason, .. }
            | Self::Refused { reason, .. }
            | Self::Suspended { reason, .. } => see(reason),
            Self::Approval { by, .. } => see(&mut by.reason),
            Self::Announced { .. }
            | Self::Integrated { .. }
            | Self::Baseline { .. }
            | Self::WindowOpened { .. }
            | Self::Validated {}
            | Self::QuorumFailed { .. } => {}
        }
    }
}
