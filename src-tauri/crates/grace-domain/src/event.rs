//! Everything that can stand in the log: entry v1 with one event, as canonical JSON. The serde shape of these types
//! *is* the entry format: a field is never renamed, only added with a default.

use crate::canon::{self, CanonError};
use crate::component::ComponentSnapshot;
use crate::digest::Digest;
use crate::ids::{
    ComponentId, HandshakeId, IdError, MetricId, Nonce, PersonId, RollbackId, Subject, UpdateId,
};
use crate::keys::PublicKey;
use crate::limits;
use crate::policy::{People, Risk, UpdateType};
use crate::statement::{Adjustment, ReceiptAct, ReceiptResult, Vote};
use crate::tally::Decision;
use crate::time::Timestamp;
use crate::version::Version;
use crate::window::{LookReport, Series};
use crate::words::{SALT_BYTES, Words};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

/// Who caused an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// The engine by itself.
    Engine,
    /// A person by signature.
    Person(PersonId),
    /// A component by signature.
    Component(ComponentId),
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Engine => f.write_str("engine"),
            Self::Person(id) => write!(f, "person:{id}"),
            Self::Component(id) => write!(f, "component:{id}"),
        }
    }
}

impl FromStr for Actor {
    type Err = IdError;
    fn from_str(s: &str) -> Result<Self, IdError> {
        if s == "engine" {
            Ok(Self::Engine)
        } else if let Some(id) = s.strip_prefix("person:") {
            Ok(Self::Person(id.parse()?))
        } else if let Some(id) = s.strip_prefix("component:") {
            Ok(Self::Component(id.parse()?))
        } else {
            Err(IdError { what: "actor", found: s.chars().take(80).collect() })
        }
    }
}

/// A person's signature behind an event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signed {
    /// Who.
    pub person: PersonId,
    /// With which key.
    pub key: PublicKey,
    /// Digest of the envelope blob.
    pub envelope: Digest,
    /// Used once per subject.
    pub nonce: Nonce,
}

/// The verdict on a card. There is no third way out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CardVerdict {
    /// Ran and holds.
    Passed,
    /// Ran and does not hold.
    Failed,
    /// Could not run.
    Blocked,
}

/// What started a rollback.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trigger {
    /// A signed act.
    Person,
    /// A regressed look.
    Regressed,
    /// Metrics that existed before vanished.
    MetricsVanished,
    /// A later component of the same update failed.
    DistributionFailed,
}

impl Trigger {
    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Regressed => "regressed",
            Self::MetricsVanished => "metrics_vanished",
            Self::DistributionFailed => "distribution_failed",
        }
    }
}

/// A stage's card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CardFacts {
    /// Which preparation it belongs to, from 1.
    pub attempt: u32,
    /// 1 to 8.
    pub n: u8,
    /// How it ended.
    pub verdict: CardVerdict,
    /// Closed code when not passed.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub code: String,
    /// One sentence of evidence, or why not.
    pub sentence: Words,
    /// How long it took.
    pub ms: u64,
    /// Labelled facts.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub facts: BTreeMap<String, String>,
    /// Digest of the kept tool output, a salted document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<Digest>,
}

/// Managed digests of one component, before and after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BeforeAfter {
    /// What must be there.
    pub before: Digest,
    /// What will be there.
    pub after: Digest,
}

/// A package and what was found out while making it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PackageFacts {
    /// Which preparation.
    pub attempt: u32,
    /// Digest of the signed manifest's envelope blob.
    pub package: Digest,
    /// Digest of the rollback plan.
    pub rollback_plan: Digest,
    /// Per component.
    pub components: BTreeMap<ComponentId, BeforeAfter>,
    /// Risk computed from the diff.
    pub computed: Risk,
    /// Why, one sentence each.
    pub reasons: Vec<Words>,
    /// Whether the rehearsal came back to the same digest.
    pub invertible: bool,
    /// Rehearsed time to apply, summed.
    pub apply_ms: u64,
    /// Rehearsed time to take back, summed.
    pub revert_ms: u64,
    /// Files touched, summed.
    pub files: u32,
    /// Digest of the summary, a salted document: it quotes what was there and what will be.
    pub summary: Digest,
}

/// A component's signed receipt, as recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReceiptFacts {
    /// Whose.
    pub component: ComponentId,
    /// Its key.
    pub key: PublicKey,
    /// Apply, revert or restore.
    pub act: ReceiptAct,
    /// How it ended.
    pub result: ReceiptResult,
    /// Closed code when not applied.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub code: String,
    /// One sentence when not applied.
    #[serde(default, skip_serializing_if = "Words::is_empty")]
    pub reason: Words,
    /// Digest found.
    pub before: Digest,
    /// Digest left.
    pub after: Digest,
    /// How long.
    pub ms: u64,
    /// Digest of the envelope blob.
    pub envelope: Digest,
    /// Digest of the kept output of its commands, a salted document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<Digest>,
    /// Digest of the tree blob that describes what is there now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tree: Option<Digest>,
}

/// A series with its baseline, in list form because JSON keys are text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    /// Which.
    pub series: Series,
    /// ppm or µs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<u64>,
}

/// Facts of a joining or registered component.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ComponentFacts {
    /// One line for people.
    pub title: Words,
    /// What kind of thing.
    pub component_type: String,
    /// Its own version when it joined.
    pub version: String,
    /// What it can do.
    pub capabilities: BTreeSet<String>,
    /// Metrics it sends.
    pub metrics: BTreeSet<MetricId>,
    /// Its key.
    pub key: PublicKey,
    /// Person who brought it.
    pub owner: PersonId,
    /// Target document as canonical JSON text; empty for a subsystem that manages no files.
    pub target: String,
    /// Plays a part in Grace itself.
    pub subsystem: bool,
    /// Run by this engine as a local simulation.
    pub simulated: bool,
}

/// Events of the world.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", deny_unknown_fields)]
#[allow(clippy::large_enum_variant)] // one genesis in memory at a time; a box would only hide it
pub enum WorldEvent {
    /// The genesis entry.
    #[serde(rename = "world.created")]
    Created {
        /// Its name.
        name: String,
        /// Origin of its log.
        origin: String,
        /// True in a demo world; marked on every screen and export.
        simulation: bool,
        /// Everybody who may sign.
        people: People,
        /// Digest of the policy blob.
        policy: Digest,
        /// The policy as canonical JSON text.
        policy_text: String,
        /// Key that signs packages.
        engine_key: PublicKey,
    },
    /// An engine took the world up.
    #[serde(rename = "world.engine_started")]
    EngineStarted {
        /// Its version.
        version: String,
        /// Counts openings.
        epoch: u64,
    },
}

/// Why there is no receipt, and what is known instead.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoReceiptFacts {
    /// Which component.
    pub component: ComponentId,
    /// Of what.
    pub act: ReceiptAct,
    /// Closed code.
    pub code: String,
    /// What a person must mend.
    pub reason: Words,
    /// Its content may have been changed. Said whenever the change was begun, in this run of the engine or before.
    pub begun: bool,
    /// Managed digest that a look has found there; none when nobody could look.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub found: Option<Digest>,
}

/// Events of an update.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", deny_unknown_fields)]
pub enum UpdateEvent {
    /// Submitted and durable.
    #[serde(rename = "update.proposed")]
    Proposed {
        /// Its version.
        version: Version,
        /// Kind.
        update_type: UpdateType,
        /// One line.
        title: Words,
        /// In order of distribution.
        components: Vec<ComponentId>,
        /// Who, signed.
        by: Signed,
        /// Declared risk.
        declared: Risk,
        /// Digest of the content.
        content: Digest,
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
        reason: Words,
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
        reason: Words,
    },
    /// Approved, but something is in the way.
    #[serde(rename = "update.waiting")]
    Waiting {
        /// What.
        reason: Words,
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
        baselines: Vec<Baseline>,
    },
    /// A logged look.
    #[serde(rename = "update.look")]
    Look(LookReport),
    /// The window ended well.
    #[serde(rename = "update.stable")]
    Stable {},
    /// Nobody can tell; a person must.
    #[serde(rename = "update.held")]
    Held {
        /// Why.
        reason: Words,
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
        code: String,
        /// Why.
        reason: Words,
    },
    /// A stage failed.
    #[serde(rename = "update.failed")]
    Failed {
        /// Which.
        stage: u8,
        /// Closed code.
        code: String,
        /// Why.
        reason: Words,
    },
    /// Denied, or its time ran out.
    #[serde(rename = "update.refused")]
    Refused {
        /// Closed code.
        code: String,
        /// Why.
        reason: Words,
    },
    /// Withdrawn.
    #[serde(rename = "update.cancelled")]
    Cancelled {
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
    /// It is being taken back.
    #[serde(rename = "update.rollback_started")]
    RollbackStarted {
        /// Its own id.
        rollback: RollbackId,
        /// What started it.
        trigger: Trigger,
        /// Why.
        reason: Words,
        /// Who, when a person did.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<Signed>,
        /// Which components, in order.
        components: Vec<ComponentId>,
    },
    /// Restored: every digest equals the one from before.
    #[serde(rename = "update.rolled_back")]
    RolledBack {
        /// Its id.
        rollback: RollbackId,
    },
    /// Not restored.
    #[serde(rename = "update.rollback_failed")]
    RollbackFailed {
        /// Its id.
        rollback: RollbackId,
        /// What is wrong.
        reason: Words,
    },
}

/// Events of a handshake.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", deny_unknown_fields)]
pub enum HandshakeEvent {
    /// Asked and durable.
    #[serde(rename = "handshake.requested")]
    Requested {
        /// Who joins.
        component: ComponentId,
        /// What it is.
        facts: Box<ComponentFacts>,
        /// Person who asks, signed.
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
    /// Governance passed; the subsystems are asked.
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
        code: String,
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
    /// A logged look.
    #[serde(rename = "handshake.look")]
    Look(LookReport),
    /// It belongs.
    #[serde(rename = "handshake.validated")]
    Validated {},
    /// The deadline passed below quorum.
    #[serde(rename = "handshake.quorum_failed")]
    QuorumFailed {
        /// Who did not acknowledge.
        missing: BTreeSet<ComponentId>,
    },
    /// A required subsystem said no.
    #[serde(rename = "handshake.refused_by")]
    RefusedBy {
        /// Who.
        by: ComponentId,
        /// Why.
        reason: Words,
    },
    /// A person said no, or time ran out before approval.
    #[serde(rename = "handshake.refused")]
    Refused {
        /// Closed code.
        code: String,
        /// Why.
        reason: Words,
    },
    /// Joined, then put aside.
    #[serde(rename = "handshake.suspended")]
    Suspended {
        /// Closed code.
        code: String,
        /// Why.
        reason: Words,
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
    #[serde(default, skip_serializing_if = "Words::is_empty")]
    pub reason: Words,
    /// What it sets.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub adjustments: Vec<Adjustment>,
    /// Log size it had seen.
    pub seen_size: u64,
    /// Digest of the envelope blob.
    pub envelope: Digest,
}

/// Events of a component.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", deny_unknown_fields)]
pub enum ComponentEvent {
    /// Exists from now on.
    #[serde(rename = "component.registered")]
    Registered {
        /// What it is.
        facts: Box<ComponentFacts>,
        /// By which handshake; none for the genesis of a demo world.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        handshake: Option<HandshakeId>,
    },
    /// Its first content.
    #[serde(rename = "component.baseline")]
    Baseline {
        /// Managed digest.
        digest: Digest,
        /// Digest of the tree blob.
        tree: Digest,
    },
    /// Its validation window ended well.
    #[serde(rename = "component.activated")]
    Activated {},
    /// Content of an update is there now.
    #[serde(rename = "component.installed")]
    Installed {
        /// Which update.
        update: UpdateId,
        /// Its version.
        version: Version,
        /// Who asked for it.
        by: PersonId,
        /// Managed digest.
        digest: Digest,
        /// Digest of the tree blob.
        tree: Digest,
    },
    /// Content of an update was taken back.
    #[serde(rename = "component.reverted")]
    Reverted {
        /// Which update.
        update: UpdateId,
        /// Managed digest, equal to the one before the update.
        digest: Digest,
    },
    /// A stranger changed managed files.
    #[serde(rename = "component.foreign_change")]
    ForeignChange {
        /// Digest that should be there.
        expected: Digest,
        /// Digest found.
        found: Digest,
    },
    /// An update could not be taken back.
    #[serde(rename = "component.rollback_failed")]
    RollbackFailed {
        /// Which update.
        update: UpdateId,
        /// What is there; none when nobody could look.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        found: Option<Digest>,
    },
    /// A person declares what is there to be the base.
    #[serde(rename = "component.adopted")]
    Adopted {
        /// Who, signed.
        by: Signed,
        /// Managed digest.
        digest: Digest,
        /// Digest of the tree blob.
        tree: Digest,
    },
    /// A person wants the last known content back.
    #[serde(rename = "component.restore_started")]
    RestoreStarted {
        /// Who, signed.
        by: Signed,
    },
    /// The last known content is back.
    #[serde(rename = "component.restored")]
    Restored {
        /// Managed digest.
        digest: Digest,
        /// Digest of the receipt's envelope.
        receipt: Digest,
    },
    /// It is not back.
    #[serde(rename = "component.restore_failed")]
    RestoreFailed {
        /// Why.
        reason: Words,
    },
    /// Put aside.
    #[serde(rename = "component.suspended")]
    Suspended {
        /// Why.
        reason: Words,
    },
    /// What all its entries so far come to.
    #[serde(rename = "component.snapshot")]
    Snapshot(Box<ComponentSnapshot>),
}

/// One event of any aggregate.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// Of the world.
    World(WorldEvent),
    /// Of an update.
    Update(UpdateId, UpdateEvent),
    /// Of a handshake.
    Handshake(HandshakeId, HandshakeEvent),
    /// Of a component.
    Component(ComponentId, ComponentEvent),
}

impl Event {
    /// What it is about.
    pub fn subject(&self) -> Subject {
        match self {
            Self::World(_) => Subject::World,
            Self::Update(id, _) => Subject::Update(id.clone()),
            Self::Handshake(id, _) => Subject::Handshake(id.clone()),
            Self::Component(id, _) => Subject::Component(id.clone()),
        }
    }

    /// Whether its entry stays within [`limits::ENTRY_BYTES`], whoever is the actor.
    pub fn fits(&self) -> bool {
        let actor = format!("component:{}", "x".repeat(limits::ID_BYTES));
        let mut entry = Entry { at: Timestamp::EPOCH, actor, event: self.clone() };
        entry.seal(|| [0; SALT_BYTES]);
        entry.encode().is_ok()
    }

    /// Shows every place where words stand.
    fn each_words(&mut self, mut see: impl FnMut(&mut Words)) {
        match self {
            Self::World(WorldEvent::Created { .. } | WorldEvent::EngineStarted { .. }) => {}
            Self::Update(_, e) => match e {
                UpdateEvent::Proposed { title, .. } => see(title),
                UpdateEvent::Stage(card) => see(&mut card.sentence),
                UpdateEvent::Packaged(package) => package.reasons.iter_mut().for_each(see),
                UpdateEvent::Receipt(receipt) => see(&mut receipt.reason),
                UpdateEvent::NoReceipt(facts) => see(&mut facts.reason),
                UpdateEvent::Look(look) => see(&mut look.reason),
                UpdateEvent::Rebased { reason, .. }
                | UpdateEvent::ApprovalLapsed { reason }
                | UpdateEvent::Waiting { reason }
                | UpdateEvent::Held { reason }
                | UpdateEvent::Blocked { reason, .. }
                | UpdateEvent::Failed { reason, .. }
                | UpdateEvent::Refused { reason, .. }
                | UpdateEvent::RollbackStarted { reason, .. }
                | UpdateEvent::RollbackFailed { reason, .. } => see(reason),
                UpdateEvent::Approval { .. }
                | UpdateEvent::Approved { .. }
                | UpdateEvent::Distributing { .. }
                | UpdateEvent::ApplyStarted { .. }
                | UpdateEvent::Distributed { .. }
                | UpdateEvent::WindowOpened { .. }
                | UpdateEvent::Stable {}
                | UpdateEvent::Kept { .. }
                | UpdateEvent::Cancelled { .. }
                | UpdateEvent::Retried { .. }
                | UpdateEvent::RolledBack { .. } => {}
            },
            Self::Handshake(_, e) => match e {
                HandshakeEvent::Requested { facts, .. } => see(&mut facts.title),
                HandshakeEvent::Ack(ack) | HandshakeEvent::AckNotCounted { ack, .. } => see(&mut ack.reason),
                HandshakeEvent::Look(look) => see(&mut look.reason),
                HandshakeEvent::RefusedBy { reason, .. }
                | HandshakeEvent::Refused { reason, .. }
                | HandshakeEvent::Suspended { reason, .. } => see(reason),
                HandshakeEvent::Approval { .. }
                | HandshakeEvent::Announced { .. }
                | HandshakeEvent::Integrated { .. }
                | HandshakeEvent::Baseline { .. }
                | HandshakeEvent::WindowOpened { .. }
                | HandshakeEvent::Validated {}
                | HandshakeEvent::QuorumFailed { .. } => {}
            },
            Self::Component(_, e) => match e {
                ComponentEvent::Registered { facts, .. } => see(&mut facts.title),
                ComponentEvent::RestoreFailed { reason } | ComponentEvent::Suspended { reason } => {
                    see(reason);
                }
                ComponentEvent::Baseline { .. }
                | ComponentEvent::Activated {}
                | ComponentEvent::Installed { .. }
                | ComponentEvent::Reverted { .. }
                | ComponentEvent::ForeignChange { .. }
                | ComponentEvent::RollbackFailed { .. }
                | ComponentEvent::Adopted { .. }
                | ComponentEvent::RestoreStarted { .. }
                | ComponentEvent::Restored { .. }
                | ComponentEvent::Snapshot(_) => {}
            },
        }
    }
}

/// An event with who and when, before it has a place in the log.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// When it was decided.
    pub at: Timestamp,
    /// Who caused it: an [`Actor`] as text.
    pub actor: String,
    /// What happened.
    pub event: Event,
}

/// An entry with its place in the log.
#[derive(Debug, Clone, PartialEq)]
pub struct Recorded {
    /// Index of the leaf.
    pub seq: u64,
    /// The entry.
    pub entry: Entry,
}

/// Bytes that are not an entry this release knows.
#[derive(Debug, thiserror::Error)]
pub enum EntryError {
    /// Not strict JSON, or with numbers that have no canonical form.
    #[error("entry is not canonical JSON: {0}")]
    Canon(#[from] CanonError),
    /// JSON, but not the one spelling that is hashed.
    #[error("entry is not spelled canonically")]
    NotCanonical,
    /// Another version or an unknown type: read-only from here on.
    #[error("entry has version {version} and type `{kind}`, which this release does not know: {why}")]
    Unknown {
        /// Its `v`.
        version: u64,
        /// Its `type`.
        kind: String,
        /// What did not fit.
        why: String,
    },
    /// Words without a salted blob: an entry holds facts and digests only.
    #[error("entry has words that are not sealed")]
    Unsealed,
    /// A field of the frame is missing or malformed.
    #[error("entry has no valid `{0}`")]
    Frame(&'static str),
    /// Larger than the limit.
    #[error("entry of {found} bytes is larger than {limit}")]
    TooLarge {
        /// Its size.
        found: usize,
        /// The limit.
        limit: usize,
    },
}

impl Entry {
    /// Binds all its words to fresh salts and gives their blobs, one per line in the order of the entry; empty when it
    /// has no words. Nothing can be encoded before.
    pub fn seal(&mut self, mut salt: impl FnMut() -> [u8; SALT_BYTES]) -> Vec<u8> {
        let mut lines = Vec::new();
        self.event.each_words(|words| {
            if let Some(blob) = words.seal(salt()) {
                if !lines.is_empty() {
                    lines.push(b'\n');
                }
                lines.extend(blob);
            }
        });
        lines
    }

    /// Digests of the blobs that its words stand in, in order.
    pub fn words(&self) -> Vec<Digest> {
        let mut digests = Vec::new();
        self.event.clone().each_words(|words| digests.extend(words.digest()));
        digests
    }

    /// Digests of the salted documents that it names beside its words: kept outputs and the summary of a package.
    pub fn documents(&self) -> Vec<Digest> {
        match &self.event {
            Event::Update(_, UpdateEvent::Stage(card)) => card.output.into_iter().collect(),
            Event::Update(_, UpdateEvent::Receipt(receipt)) => receipt.output.into_iter().collect(),
            Event::Update(_, UpdateEvent::Packaged(package)) => vec![package.summary],
            Event::World(_) | Event::Update(..) | Event::Handshake(..) | Event::Component(..) => Vec::new(),
        }
    }

    /// Takes the texts of `lines` (as [`Self::seal`] gave them) in; words whose blob is not among them stay left out.
    pub fn resolve(&mut self, lines: &[u8]) {
        if !lines.is_empty() {
            let found = crate::words::texts(lines);
            self.event.each_words(|words| words.resolve(&found));
        }
    }

    /// Canonical bytes and the `type` word.
    pub fn encode(&self) -> Result<(Vec<u8>, String), EntryError> {
        let value = match &self.event {
            Event::World(e) => serde_json::to_value(e),
            Event::Update(_, e) => serde_json::to_value(e),
            Event::Handshake(_, e) => serde_json::to_value(e),
            Event::Component(_, e) => serde_json::to_value(e),
        };
        // Every field of an event has a JSON form but words that nobody sealed.
        let mut value = value.map_err(|_| EntryError::Unsealed)?;
        let map = value.as_object_mut().ok_or(EntryError::Frame("type"))?;
        let kind = map.get("type").and_then(|v| v.as_str()).ok_or(EntryError::Frame("type"))?.to_owned();
        map.insert("v".into(), 1.into());
        map.insert("at".into(), self.at.to_string().into());
        self.actor.parse::<Actor>().map_err(|_| EntryError::Frame("actor"))?;
        map.insert("actor".into(), self.actor.clone().into());
        map.insert("subject".into(), self.event.subject().to_string().into());
        let bytes = canon::to_canonical(&value)?;
        if bytes.len() > limits::ENTRY_BYTES {
            return Err(EntryError::TooLarge { found: bytes.len(), limit: limits::ENTRY_BYTES });
        }
        Ok((bytes, kind))
    }

    /// Reads stored bytes. Unknown versions, types and fields are refused, never passed over; so is every spelling
    /// but the canonical one.
    pub fn decode(bytes: &[u8]) -> Result<Self, EntryError> {
        if bytes.len() > limits::ENTRY_BYTES {
            return Err(EntryError::TooLarge { found: bytes.len(), limit: limits::ENTRY_BYTES });
        }
        let mut value = canon::parse_strict(bytes, limits::JSON_DEPTH)?;
        if canon::to_canonical(&value)? != bytes {
            return Err(EntryError::NotCanonical);
        }
        let map = value.as_object_mut().ok_or(EntryError::Frame("object"))?;
        let version = map.remove("v").and_then(|v| v.as_u64()).ok_or(EntryError::Frame("v"))?;
        let kind = map.get("type").and_then(|v| v.as_str()).ok_or(EntryError::Frame("type"))?.to_owned();
        let text = |v: Option<serde_json::Value>, name| match v {
            Some(serde_json::Value::String(s)) => Ok(s),
            _ => Err(EntryError::Frame(name)),
        };
        let at: Timestamp = text(map.remove("at"), "at")?.parse().map_err(|_| EntryError::Frame("at"))?;
        let actor = text(map.remove("actor"), "actor")?;
        actor.parse::<Actor>().map_err(|_| EntryError::Frame("actor"))?;
        let subject: Subject =
            text(map.remove("subject"), "subject")?.parse().map_err(|_| EntryError::Frame("subject"))?;
        let unknown = |why: String| EntryError::Unknown { version, kind: kind.clone(), why };
        if version != 1 {
            return Err(unknown("version".into()));
        }
        let bad = |e: serde_json::Error| unknown(e.to_string());
        let event = match subject {
            Subject::World => Event::World(serde_json::from_value(value).map_err(bad)?),
            Subject::Update(id) => Event::Update(id, serde_json::from_value(value).map_err(bad)?),
            Subject::Handshake(id) => Event::Handshake(id, serde_json::from_value(value).map_err(bad)?),
            Subject::Component(id) => Event::Component(id, serde_json::from_value(value).map_err(bad)?),
        };
        Ok(Self { at, actor, event })
    }
}
