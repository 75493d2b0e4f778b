//! What can happen to a component, from its registration on.
//!
//! Owns the stored form of its entries. Never says what they mean: that is [`crate::component`].

use crate::core::digest::Digest;
use crate::core::ids::{ComponentId, DocumentId, HandshakeId, MetricId, Nonce, PersonId, UpdateId};
use crate::core::sealed_text::SealedText;
use crate::core::states::State;
use crate::core::time::Timestamp;
use crate::core::version::Version;
use crate::crypto::keys::PublicKey;
use crate::kinds::target_kind::TargetKind;
use crate::log::actor::Signed;
use crate::log::event_info::{Evidence, StoredEvent, event_infos};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Facts of a joining or registered component.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ComponentFacts {
    /// One line for people.
    pub title: SealedText,
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
    /// Components without which it does not work.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub depends_on: BTreeSet<ComponentId>,
    /// Where it runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
    /// Of which updates it takes part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub track: Option<String>,
    /// Names of the secrets that it needs.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub secrets: BTreeSet<String>,
    /// Plays a part in Grace itself.
    pub subsystem: bool,
    /// Run by this engine as a local simulation.
    pub simulated: bool,
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
    /// The documents with which a registry begins.
    #[serde(rename = "component.documents")]
    Documents {
        /// Digest of each, a blob.
        documents: BTreeMap<DocumentId, Digest>,
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
        /// Who signed it.
        by: PersonId,
        /// Managed digest; of the document where one is named.
        digest: Digest,
        /// Digest of the tree blob, or of the document.
        tree: Digest,
        /// Document of a registry.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        document: Option<DocumentId>,
    },
    /// Content of an update was reverted.
    #[serde(rename = "component.reverted")]
    Reverted {
        /// Which update.
        update: UpdateId,
        /// Managed digest, equal to the one before the update.
        digest: Digest,
        /// Document of a registry.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        document: Option<DocumentId>,
    },
    /// Managed files were changed outside Grace.
    #[serde(rename = "component.drift_detected")]
    DriftDetected {
        /// Digest that should be there.
        expected: Digest,
        /// Digest found.
        found: Digest,
    },
    /// An update could not be rolled back.
    #[serde(rename = "component.rollback_failed")]
    RollbackFailed {
        /// Which update.
        update: UpdateId,
        /// What is there; none when it could not be inspected.
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
        reason: SealedText,
        /// Digest of the receipt's envelope; none when nothing was signed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        receipt: Option<Digest>,
    },
    /// Suspended.
    #[serde(rename = "component.suspended")]
    Suspended {
        /// Why.
        reason: SealedText,
    },
    /// What all its entries so far come to.
    #[serde(rename = "component.snapshot")]
    Snapshot(Box<ComponentSnapshot>),
}

/// The state of an active component in one entry, so that a start reads its registration, its newest snapshot and what
/// came after, however many updates it has had. Says nothing that its earlier entries do not say: `log verify` compares.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ComponentSnapshot {
    /// Log sequence of its first entry.
    pub first_seq: u64,
    /// When it joined.
    pub since: Timestamp,
    /// Log sequence of the registration that counts.
    pub registered_seq: u64,
    /// Managed digest that must be there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
    /// Tree blob that describes that content.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tree: Option<Digest>,
    /// Documents in force in a registry.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub documents: BTreeMap<DocumentId, Digest>,
    /// Documents that are not in force any more, each as it was last.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub removed: BTreeMap<DocumentId, Digest>,
    /// Updates in place, innermost last.
    pub installed: Vec<InstalledSnapshot>,
    /// Nonces of signed acts on it.
    pub nonces: BTreeSet<Nonce>,
}

/// An update in place, and what was there before it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InstalledSnapshot {
    /// Which update.
    pub update: UpdateId,
    /// Its version.
    pub version: Version,
    /// Who signed it.
    pub by: PersonId,
    /// When.
    pub installed_at: Timestamp,
    /// Document of a registry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<DocumentId>,
    /// Managed digest before it.
    pub before: Digest,
    /// Tree blob before it.
    pub before_tree: Digest,
}

impl ComponentFacts {
    /// The kind of its target; none when it manages nothing, or when the document names none that this release knows.
    pub fn target_kind(&self) -> Option<TargetKind> {
        #[derive(Deserialize)]
        struct Kind {
            kind: TargetKind,
        }
        serde_json::from_str::<Kind>(&self.target).ok().map(|target| target.kind)
    }
}

event_infos! {
    ComponentEvent => ComponentEntryType;
    Self::Registered { .. } => Registered = "component.registered", ends: false;
    Self::Baseline { .. } => Baseline = "component.baseline", ends: false;
    Self::Documents { .. } => Documents = "component.documents", ends: false;
    Self::Activated {} => Activated = "component.activated", ends: false;
    Self::Installed { .. } => Installed = "component.installed", ends: false;
    Self::Reverted { .. } => Reverted = "component.reverted", ends: false;
    Self::DriftDetected { .. } => DriftDetected = "component.drift_detected", ends: false,
        outcome: State::DriftDetected;
    Self::RollbackFailed { .. } => RollbackFailed = "component.rollback_failed", ends: false,
        outcome: State::RollbackFailed;
    Self::Adopted { by, .. } => Adopted = "component.adopted", ends: false, outcome: State::Active,
        evidence: Evidence::signed(by.envelope);
    Self::RestoreStarted { by } => RestoreStarted = "component.restore_started", ends: false,
        evidence: Evidence::signed(by.envelope);
    Self::Restored { receipt, .. } => Restored = "component.restored", ends: false, outcome: State::Active,
        evidence: Evidence::signed(*receipt);
    Self::RestoreFailed { receipt, .. } => RestoreFailed = "component.restore_failed", ends: false,
        outcome: State::Suspended, evidence: receipt.map(Evidence::signed).unwrap_or_default();
    Self::Suspended { .. } => Suspended = "component.suspended", ends: false, outcome: State::Suspended;
    Self::Snapshot(_) => Snapshot = "component.snapshot", ends: false;
}

impl StoredEvent for ComponentEvent {
    fn each_sealed_text(&mut self, see: &mut dyn FnMut(&mut SealedText)) {
        match self {
            Self::Registered { facts, .. } => see(&mut facts.title),
            Self::Adopted { by, .. } | Self::RestoreStarted { by } => see(&mut by.reason),
            Self::RestoreFailed { reason, .. } | Self::Suspended { reason } => {
                see(reason);
            }
            Self::Baseline { .. }
            | Self::Documents { .. }
            | Self::Activated {}
            | Self::Installed { .. }
            | Self::Reverted { .. }
            | Self::DriftDetected { .. }
            | Self::RollbackFailed { .. }
            | Self::Restored { .. }
            | Self::Snapshot(_) => {}
        }
    }
}
