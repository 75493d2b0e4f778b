//! The state of an update: its phase, and what its entries so far have brought.
//!
//! Owns these shapes. Never changes them: stored events do, in `evolve`.

use crate::core::codes::Code;
use crate::core::digest::Digest;
use crate::core::ids::{ComponentId, DocumentId, Nonce, RollbackId, UpdateId};
use crate::core::sealed_text::SealedText;
use crate::core::time::Timestamp;
use crate::core::version::Version;
use crate::governance::RecordedApproval;
use crate::governance::policy::Risk;
use crate::judge::window::Window;
use crate::kinds::UpdateType;
use crate::log::actor::Signed;
use crate::statement::Part;
use crate::update::event::Trigger;
use crate::update::evidence::{CardFacts, PackageFacts, ReceiptFacts};
use std::collections::{BTreeMap, BTreeSet};

/// The names of the eight stages, in order.
pub const STAGES: [&str; 8] = [
    "governance",
    "identity",
    "log: proposed",
    "validation",
    "package",
    "distribution",
    "log: distributed",
    "watchdog",
];

/// Where an update stands; each variant holds only its own data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Phase {
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
    /// Being taken back.
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

/// What another person owes a rollback that one alone has signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Review {
    /// A look.
    Owed,
    /// Nothing more.
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
    /// Components to take back, in order.
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
    /// None where nobody owes one: what started it was no person.
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
pub struct Update {
    /// Its id.
    pub id: UpdateId,
    /// Its version.
    pub version: Version,
    /// What changes where.
    pub(super) parts: Vec<Part>,
    /// Kind of its one part.
    pub update_type: UpdateType,
    /// One line.
    pub title: SealedText,
    /// Why, in the submitter's words.
    pub(super) description: SealedText,
    /// Tickets.
    pub(super) refs: Vec<SealedText>,
    /// What it means for security.
    pub(super) security_impact: SealedText,
    /// In order of distribution.
    pub components: Vec<ComponentId>,
    /// Who asked, signed.
    pub by: Signed,
    /// Declared risk.
    pub declared: Risk,
    /// One digest for all parts.
    pub(super) set: Digest,
    /// The document that it changes, where its component is a registry.
    pub(super) document: Option<DocumentId>,
    /// Digest of the policy it is judged under.
    pub policy: Digest,
    /// When it was proposed.
    pub created: Timestamp,
    /// Refused when not approved until then.
    pub expires: Timestamp,
    /// Log sequence of its first entry.
    pub first_seq: u64,
    /// Newest entry.
    pub last_seq: u64,
    /// When that was.
    pub changed: Timestamp,
    /// Where it stands.
    pub phase: Phase,
    /// Preparation, from 1.
    pub attempt: u32,
    /// Newest card of each stage.
    pub cards: [Option<Card>; 8],
    /// All accepted approvals, void ones too.
    pub approvals: Vec<RecordedApproval>,
    /// The package of this preparation.
    pub package: Option<PackageFacts>,
    /// Receipts of distribution, newest per component.
    pub receipts: BTreeMap<ComponentId, (ReceiptFacts, Timestamp, u64)>,
    /// The component whose change was begun and that could sign for nothing.
    pub unproved: Option<ComponentId>,
    /// The window as it was when it closed; the open one is in the phase.
    pub closed_window: Option<Window>,
    /// When the window opened.
    pub window_opened: Option<Timestamp>,
    /// When distribution began.
    pub distributing_since: Option<Timestamp>,
    /// Its rollback, if any.
    pub rollback: Option<Rollback>,
    /// Nonces of signed acts.
    pub nonces: BTreeSet<Nonce>,
}
