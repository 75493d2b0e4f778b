//! What can happen to an update, from its submission to its end.
//!
//! Owns the stored form of its entries. Never says what they mean: that is [`crate::update`].

use crate::core::codes::Code;
use crate::core::digest::Digest;
use crate::core::ids::{ComponentId, DocumentId, RollbackId};
use crate::core::sealed_text::SealedText;
use crate::core::states::State;
use crate::core::time::Timestamp;
use crate::core::version::Version;
use crate::governance::policy::Risk;
use crate::governance::tally::Decision;
use crate::judge::window::EvaluationReport;
use crate::log::actor::Signed;
use crate::log::baseline::Baseline;
use crate::log::event_info::{Evidence, MeshType, StoredEvent, event_infos};
use crate::statement::Part;
use crate::update::evidence::{CardFacts, NoReceiptFacts, PackageFacts, ReceiptFacts};
use serde::{Deserialize, Serialize};

crate::closed! {
    /// What started a rollback.
    pub enum Trigger {
        /// A signed act.
        Person = "person",
        /// A regressed evaluation.
        Regressed = "regressed",
        /// Metrics that existed before vanished.
        MetricsVanished = "metrics_vanished",
        /// A later component of the same update failed.
        DistributionFailed = "distribution_failed",
    }
}

/// Events of an update.
#[allow(clippy::large_enum_variant, reason = "few are in memory at a time; a box would only hide the fields")]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", deny_unknown_fields)]
pub enum UpdateEvent {
    /// Submitted and durable.
    #[serde(rename = "update.proposed")]
    Proposed {
        /// Its version.
        version: Version,
        /// What changes where; exactly one for now.
        parts: Vec<Part>,
        /// One digest for all parts; what approvals and acts are bound to.
        set: Digest,
        /// One line.
        title: SealedText,
        /// Why, in the submitter's words.
        #[serde(default, skip_serializing_if = "SealedText::is_empty")]
        description: SealedText,
        /// Tickets.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        refs: Vec<SealedText>,
        /// What it means for security.
        #[serde(default, skip_serializing_if = "SealedText::is_empty")]
        security_impact: SealedText,
        /// Who, signed.
        by: Signed,
        /// Declared risk.
        declared: Risk,
        /// The document that it changes, where its component is a registry.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        document: Option<DocumentId>,
        /// Digest of the policy it is judged under.
        policy: Digest,
        /// Refused when not approved until then.
        expires: Timestamp,
    },
    /// A card.
    #[serde(rename = "update.stage")]
    Stage(CardFacts),
    /// The package is made and its rollback rehearsed.
    #[serde(rename = "update.packaged")]
    Packaged(PackageFacts),
    /// The base changed: stages 2 to 5 run again, approvals so far are void.
    #[serde(rename = "update.rebased")]
    Rebased {
        /// The new preparation.
        attempt: u32,
        /// Why.
        reason: SealedText,
    },
    /// An approval or denial was accepted.
    #[serde(rename = "update.approval")]
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
    /// Governance passed.
    #[serde(rename = "update.approved")]
    Approved {
        /// Persons counted.
        have: u32,
        /// Persons needed.
        need: u32,
    },
    /// An approval ran out before distribution; more are needed again.
    #[serde(rename = "update.approval_lapsed")]
    ApprovalLapsed {
        /// Why.
        reason: SealedText,
    },
    /// Approved, but something is in the way.
    #[serde(rename = "update.waiting")]
    Waiting {
        /// What.
        reason: SealedText,
    },
    /// Distribution begins.
    #[serde(rename = "update.distributing")]
    Distributing {
        /// Persons counted at this moment.
        have: u32,
    },
    /// Intent: this component is about to be changed.
    #[serde(rename = "update.apply_started")]
    ApplyStarted {
        /// Which.
        component: ComponentId,
    },
    /// A signed receipt.
    #[serde(rename = "update.receipt")]
    Receipt(ReceiptFacts),
    /// A component could sign for nothing: what it did, or would have done, is not proved.
    #[serde(rename = "update.no_receipt")]
    NoReceipt(NoReceiptFacts),
    /// Every required receipt is there.
    #[serde(rename = "update.distributed")]
    Distributed {
        /// Receipts.
        receipts: u32,
    },
    /// The watchdog watches.
    #[serde(rename = "update.observation_started")]
    WindowOpened {
        /// Observed time needed.
        length_ms: u64,
        /// Required series with their baselines.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        baselines: Vec<Baseline>,
        /// Digest of the document that must stay in force, instead of series (rule `document.1`).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        document: Option<Digest>,
    },
    /// A logged evaluation.
    #[serde(rename = "update.evaluation")]
    Evaluation(EvaluationReport),
    /// The window ended well.
    #[serde(rename = "update.stable")]
    Stable {},
    /// Nobody can tell; a person must.
    #[serde(rename = "update.held")]
    Held {
        /// Why.
        reason: SealedText,
    },
    /// A person keeps it.
    #[serde(rename = "update.kept")]
    Kept {
        /// Who, signed.
        by: Signed,
    },
    /// A stage could not run.
    #[serde(rename = "update.blocked")]
    Blocked {
        /// Which.
        stage: u8,
        /// Closed code.
        code: Code,
        /// Why.
        reason: SealedText,
    },
    /// A stage failed.
    #[serde(rename = "update.failed")]
    Failed {
        /// Which.
        stage: u8,
        /// Closed code.
        code: Code,
        /// Why.
        reason: SealedText,
    },
    /// Denied, or its time ran out.
    #[serde(rename = "update.refused")]
    Refused {
        /// Closed code.
        code: Code,
        /// Why.
        reason: SealedText,
    },
    /// Withdrawn.
    #[serde(rename = "update.withdrawn")]
    Withdrawn {
        /// Who, signed.
        by: Signed,
    },
    /// Tried again.
    #[serde(rename = "update.retried")]
    Retried {
        /// Who, signed.
        by: Signed,
        /// The new preparation.
        attempt: u32,
    },
    /// It is being rolled back.
    #[serde(rename = "update.rollback_started")]
    RollbackStarted {
        /// Its own id.
        rollback: RollbackId,
        /// What started it.
        trigger: Trigger,
        /// Why.
        reason: SealedText,
        /// Who, when a person did.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<Signed>,
        /// Which components, in order.
        components: Vec<ComponentId>,
        /// One signature was enough; it needs a second person's review afterwards.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        review_needed: bool,
    },
    /// Restored: every digest equals the one from before.
    #[serde(rename = "update.rolled_back")]
    RolledBack {
        /// Its id.
        rollback: RollbackId,
    },
    /// Another person has reviewed a rollback that one alone had signed.
    #[serde(rename = "update.rollback_reviewed")]
    RollbackReviewed {
        /// Its id.
        rollback: RollbackId,
        /// Who, signed.
        by: Signed,
    },
    /// Not restored.
    #[serde(rename = "update.rollback_failed")]
    RollbackFailed {
        /// Its id.
        rollback: RollbackId,
        /// What is wrong.
        reason: SealedText,
    },
}

event_infos! {
    UpdateEvent => UpdateEntryType;
    Self::Proposed { by, parts, .. } => Proposed = "update.proposed", begins: true, ends: false, mesh: MeshType::Update,
        outcome: State::Proposed,
        evidence: Evidence::new([by.envelope], parts.iter().map(|part| part.content));
    Self::Stage(card) => Stage = "update.stage", ends: false, evidence: Evidence::new([], card.output);
    Self::Packaged(package) => Packaged = "update.packaged" calls Approve, ends: false,
        evidence: Evidence::new([package.package], [package.summary]);
    Self::Rebased { .. } => Rebased = "update.rebased", ends: false;
    Self::Approval { by, .. } => Approval = "update.approval", ends: false,
        evidence: Evidence::signed(by.envelope);
    Self::Approved { .. } => Approved = "update.approved", ends: false, mesh: MeshType::Update,
        outcome: State::Approved;
    Self::ApprovalLapsed { .. } => ApprovalLapsed = "update.approval_lapsed", ends: false;
    Self::Waiting { .. } => Waiting = "update.waiting", ends: false;
    Self::Distributing { .. } => Distributing = "update.distributing", ends: false, mesh: MeshType::Update;
    Self::ApplyStarted { .. } => ApplyStarted = "update.apply_started", ends: false;
    Self::Receipt(receipt) => Receipt = "update.receipt", ends: false,
        evidence: Evidence::new([receipt.envelope], receipt.output);
    Self::NoReceipt(_) => NoReceipt = "update.no_receipt", ends: false;
    Self::Distributed { .. } => Distributed = "update.distributed", ends: false, mesh: MeshType::Update,
        outcome: State::Observing;
    Self::WindowOpened { .. } => WindowOpened = "update.observation_started", ends: false,
        mesh: MeshType::ObservationStarted;
    Self::Evaluation(report) => Evaluation = "update.evaluation", ends: false, verdict: report.verdict;
    Self::Stable {} => Stable = "update.stable", ends: true, mesh: MeshType::ObservationCompleted,
        outcome: State::Stable;
    Self::Held { .. } => Held = "update.held" calls Held, ends: false, mesh: MeshType::Update,
        outcome: State::Held;
    Self::Kept { by } => Kept = "update.kept", ends: true, mesh: MeshType::ObservationCompleted,
        outcome: State::Stable, evidence: Evidence::signed(by.envelope);
    Self::Blocked { .. } => Blocked = "update.blocked", ends: false, mesh: MeshType::Update,
        outcome: State::Blocked;
    Self::Failed { .. } => Failed = "update.failed", ends: true, mesh: MeshType::Update, outcome: State::Failed;
    Self::Refused { .. } => Refused = "update.refused", ends: true, mesh: MeshType::Update,
        outcome: State::Refused;
    Self::Withdrawn { by } => Withdrawn = "update.withdrawn", ends: true, mesh: MeshType::Update,
        outcome: State::Withdrawn, evidence: Evidence::signed(by.envelope);
    Self::Retried { by, .. } => Retried = "update.retried", ends: false,
        evidence: Evidence::signed(by.envelope);
    Self::RollbackStarted { by, .. } => RollbackStarted = "update.rollback_started" calls Rollback, ends: false,
        mesh: if by.is_some() { MeshType::Rollback } else { MeshType::AutomaticRollback },
        outcome: State::RollingBack,
        evidence: by.as_ref().map(|by| Evidence::signed(by.envelope)).unwrap_or_default();
    Self::RolledBack { .. } => RolledBack = "update.rolled_back", ends: true, mesh: MeshType::Rollback,
        outcome: State::RolledBack;
    Self::RollbackReviewed { by, .. } => RollbackReviewed = "update.rollback_reviewed", ends: false,
        evidence: Evidence::signed(by.envelope);
    Self::RollbackFailed { .. } => RollbackFailed = "update.rollback_failed" calls RollbackFailed, ends: true,
        mesh: MeshType::Rollback, outcome: State::RollbackFailed;
}

impl StoredEvent for UpdateEvent {
    fn each_sealed_text(&mut self, see: &mut dyn FnMut(&mut SealedText)) {
        match self {
            Self::Proposed { title, description, refs, security_impact, .. } => {
                see(title);
                see(description);
                refs.iter_mut().for_each(&mut *see);
                see(security_impact);
            }
            Self::RollbackStarted { reason, by, .. } => {
                see(reason);
                if let Some(by) = by {
                    see(&mut by.reason);
                }
            }
            Self::Approval { by, .. }
            | Self::Kept { by }
            | Self::Withdrawn { by }
            | Self::Retried { by, .. }
            | Self::RollbackReviewed { by, .. } => see(&mut by.reason),
            Self::Stage(card) => see(&mut card.sentence),
            Self::Packaged(package) => package.reasons.iter_mut().for_each(see),
            Self::Receipt(receipt) => see(&mut receipt.reason),
            Self::NoReceipt(facts) => see(&mut facts.reason),
            Self::Evaluation(evaluation) => see(&mut evaluation.reason),
            Self::Rebased { reason, .. }
            | Self::ApprovalLapsed { reason }
            | Self::Waiting { reason }
            | Self::Held { reason }
            | Self::Blocked { reason, .. }
            | Self::Failed { reason, .. }
            | Self::Refused { reason, .. }
            | Self::RollbackFailed { reason, .. } => see(reason),
            Self::Approved { .. }
            | Self::Distributing { .. }
            | Self::ApplyStarted { .. }
            | Self::Distributed { .. }
            | Self::WindowOpened { .. }
            | Self::Stable {}
            | Self::RolledBack { .. } => {}
        }
    }
}
