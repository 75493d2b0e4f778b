//! The state of an update: its phase, and what its entries so far have brought.
//!
//! Owns these shapes. Never changes them: stored events do, in `evolve`.

mod evolve;

use crate::core::codes::Code;
use crate::core::digest::Digest;
use crate::core::ids::{ComponentId, DocumentId, Nonce, RollbackId, UpdateId};
use crate::core::sealed_text::SealedText;
use crate::core::time::Timestamp;
use crate::core::version::Version;
use crate::governance::checks::RecordedApproval;
use crate::governance::policy::Risk;
use crate::judge::window::Window;
use crate::kinds::UpdateType;
use crate::log::actor::Signed;
use crate::statement::Part;
use crate::update::event::Trigger;
use crate::update::evidence::{CardFacts, PackageFacts, ReceiptFacts};
use std::collections::{BTreeMap, BTreeSet};

crate::closed! {
    /// The eight stages of an update, in order.
    pub enum StageName {
        Governance = "governance",
        Identity = "identity",
        LogProposed = "log_proposed",
        Validation = "validation",
        Package = "package",
        Distribution = "distribution",
        LogDistributed = "log_distributed",
        Watchdog = "watchdog",
    }
}

impl StageName {
    /// The stage of a number, from 1.
    pub fn of(n: u8) -> Option<Self> {
        Self::ALL.get(usize::from(n).checked_sub(1)?).copied()
    }

    /// As people read it.
    pub fn label(self) -> &'static str {
        match self {
            Self::LogProposed => "log: proposed",
            Self::LogDistributed => "log: distributed",
            Self::Governance
            | Self::Identity
            | Self::Validation
            | Self::Package
            | Self::Distribution
            | Self::Watchdog => self.as_str(),
        }
    }
}

/// Where an update stands; each variant holds only its own data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UpdatePhase {
    /// Stages 2 to 5 run.
    Preparing,
    /// Prepared; waits for persons.
    AwaitingApproval,
    /// Approved; waits for its turn.
    Approved {
        /// What is in the way, if anything.
        waiting: Option<SealedText>,
    },
    /// Components are being changed.
    Distributing {
        /// The one that is being changed.
        current: Option<ComponentId>,
    },
    /// Stage 8.
    Observing {
        /// None until the baselines are known.
        window: Option<Window>,
    },
    /// Nobody can tell; a person must.
    Held {
        /// Why.
        reason: SealedText,
    },
    /// A stage could not run.
    Blocked {
        /// Which.
        stage: u8,
        /// Closed code.
        code: Code,
        /// Why.
        reason: SealedText,
    },
    /// Being rolled back.
    RollingBack,
    /// Ended well.
    Stable,
    /// Restored.
    RolledBack,
    /// Not restored.
    RollbackFailed,
    /// A stage failed; nothing of it is in place.
    Failed {
        /// Which.
        stage: u8,
        /// Closed code.
        code: Code,
        /// Why.
        reason: SealedText,
    },
    /// Denied or out of time.
    Refused {
        /// Closed code.
        code: Code,
        /// Why.
        reason: SealedText,
    },
    /// Withdrawn.
    Withdrawn,
}

/// The second person's review that a rollback of one signature needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Review {
    /// Nobody has reviewed it yet.
    Pending,
    /// Reviewed.
    Done {
        /// Who, signed.
        by: Box<Signed>,
        /// When.
        at: Timestamp,
        /// Where in the log.
        seq: u64,
    },
}

/// A rollback of this update.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rollback {
    /// Its own id.
    pub id: RollbackId,
    /// What started it.
    pub trigger: Trigger,
    /// Why.
    pub reason: SealedText,
    /// Who, when a person did.
    pub by: Option<Signed>,
    /// Components to revert, in order.
    pub components: Vec<ComponentId>,
    /// Receipts so far.
    pub receipts: Vec<(ReceiptFacts, Timestamp, u64)>,
    /// When it started.
    pub started: Timestamp,
    /// When it ended.
    pub ended: Option<Timestamp>,
    /// Log sequence of its start.
    pub seq: u64,
    /// The receipt of the failure that caused it, for `distribution_failed`.
    pub failure: Option<ReceiptFacts>,
    /// Components that could sign for nothing: they are not proved to be as before.
    pub unproved: BTreeMap<ComponentId, SealedText>,
    /// Why it failed, when it did.
    pub failed: Option<SealedText>,
    /// None where none is needed: what started it was no person.
    pub review: Option<Review>,
}

/// A card with its place in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Card {
    /// What it says.
    pub facts: CardFacts,
    /// When.
    pub at: Timestamp,
    /// Where in the log.
    pub seq: u64,
}

/// State of an update.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::struct_field_names, reason = "`type` alone is a word of the language")]
pub struct Update {
    id: UpdateId,
    version: Version,
    parts: Vec<Part>,
    update_type: UpdateType,
    title: SealedText,
    description: SealedText,
    refs: Vec<SealedText>,
    security_impact: SealedText,
    components: Vec<ComponentId>,
    by: Signed,
    declared: Risk,
    set: Digest,
    document: Option<DocumentId>,
    policy: Digest,
    created: Timestamp,
    expires: Timestamp,
    first_seq: u64,
    last_seq: u64,
    changed: Timestamp,
    phase: UpdatePhase,
    attempt: u32,
    cards: [Option<Card>; 8],
    approvals: Vec<RecordedApproval>,
    package: Option<PackageFacts>,
    receipts: BTreeMap<ComponentId, (ReceiptFacts, Timestamp, u64)>,
    unproved: Option<ComponentId>,
    closed_window: Option<Window>,
    window_opened: Option<Timestamp>,
    distributing_since: Option<Timestamp>,
    rollback: Option<Rollback>,
    nonces: BTreeSet<Nonce>,
}

impl Update {
    /// What changes where.
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// One digest for all parts: what approvals and acts are bound to.
    pub fn set(&self) -> Digest {
        self.set
    }

    /// Why, in the submitter's words; empty when they gave none.
    pub fn description(&self) -> &SealedText {
        &self.description
    }

    /// Tickets that the submitter named.
    pub fn refs(&self) -> &[SealedText] {
        &self.refs
    }

    /// What it means for security, in the submitter's words; empty when they gave none.
    pub fn security_impact(&self) -> &SealedText {
        &self.security_impact
    }

    /// Its id.
    pub fn id(&self) -> &UpdateId {
        &self.id
    }

    /// Its version.
    pub fn version(&self) -> Version {
        self.version
    }

    /// Kind of its one part.
    pub fn update_type(&self) -> UpdateType {
        self.update_type
    }

    /// One line.
    pub fn title(&self) -> &SealedText {
        &self.title
    }

    /// In order of distribution.
    pub fn components(&self) -> &[ComponentId] {
        &self.components
    }

    /// Who submitted it, signed.
    pub fn by(&self) -> &Signed {
        &self.by
    }

    /// Declared risk.
    pub fn declared(&self) -> Risk {
        self.declared
    }

    /// The document that it changes, where its component is a registry.
    pub fn document(&self) -> Option<&DocumentId> {
        self.document.as_ref()
    }

    /// Digest of the policy it is judged under.
    pub fn policy(&self) -> Digest {
        self.policy
    }

    /// When it was submitted.
    pub fn created(&self) -> Timestamp {
        self.created
    }

    /// Refused when not approved until then.
    pub fn expires(&self) -> Timestamp {
        self.expires
    }

    /// Log sequence of its first entry.
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
    pub fn phase(&self) -> &UpdatePhase {
        &self.phase
    }

    /// Preparation, from 1.
    pub fn attempt(&self) -> u32 {
        self.attempt
    }

    /// Newest card of each stage.
    pub fn cards(&self) -> &[Option<Card>; 8] {
        &self.cards
    }

    /// Newest card of a stage, from its number.
    pub fn card(&self, n: u8) -> Option<&Card> {
        self.cards.get(usize::from(n).wrapping_sub(1))?.as_ref()
    }

    /// All accepted approvals, void ones too.
    pub fn approvals(&self) -> &[RecordedApproval] {
        &self.approvals
    }

    /// The package of this preparation.
    pub fn package(&self) -> Option<&PackageFacts> {
        self.package.as_ref()
    }

    /// Receipts of distribution, newest per component.
    pub fn receipts(&self) -> &BTreeMap<ComponentId, (ReceiptFacts, Timestamp, u64)> {
        &self.receipts
    }

    /// The component whose change was begun and that could sign for nothing.
    pub fn unproved(&self) -> Option<&ComponentId> {
        self.unproved.as_ref()
    }

    /// The window as it was when it closed; the open one is in the phase.
    pub(super) fn closed_window(&self) -> Option<&Window> {
        self.closed_window.as_ref()
    }

    /// When the window opened.
    pub fn window_opened(&self) -> Option<Timestamp> {
        self.window_opened
    }

    /// When distribution began.
    pub fn distributing_since(&self) -> Option<Timestamp> {
        self.distributing_since
    }

    /// Its rollback, if any.
    pub fn rollback(&self) -> Option<&Rollback> {
        self.rollback.as_ref()
    }

    /// Nonces of signed acts.
    pub fn nonces(&self) -> &BTreeSet<Nonce> {
        &self.nonces
    }
}
