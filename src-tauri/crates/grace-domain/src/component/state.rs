//! The state of a component: its key, its target and its installed content.
//!
//! Owns these shapes and readings. Never changes them: stored events do, in `evolve`.

mod evolve;

use crate::component::event::ComponentFacts;
use crate::core::codes::Code;
use crate::core::digest::Digest;
use crate::core::ids::{ComponentId, DocumentId, HandshakeId, MetricId, Nonce, PersonId, UpdateId};
use crate::core::refusal::Refusal;
use crate::core::sealed_text::SealedText;
use crate::core::states::State;
use crate::core::time::Timestamp;
use crate::core::version::Version;
use crate::judge::window::Series;
use crate::kinds::content::absent;
use crate::kinds::target_kind::TargetKind;
use std::collections::{BTreeMap, BTreeSet};

/// Where a component stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ComponentPhase {
    /// Registered; its first content is being recorded or its validation window is open.
    Validating,
    /// Takes updates.
    Active,
    /// Managed files were changed outside Grace; waits for adopt or restore.
    DriftDetected {
        /// Digest found.
        found: Digest,
    },
    /// An update could not be rolled back; waits for adopt or restore.
    RollbackFailed {
        /// Which update.
        update: UpdateId,
    },
    /// The last known content is being put back.
    Restoring,
    /// Suspended. By its handshake: only a new handshake leads back. By a restore that failed: adopt or restore.
    Suspended {
        /// Why.
        reason: SealedText,
    },
}

impl ComponentPhase {
    /// The state.
    pub fn state(&self) -> State {
        match self {
            Self::Validating => State::Validating,
            Self::Active => State::Active,
            Self::DriftDetected { .. } => State::DriftDetected,
            Self::RollbackFailed { .. } => State::RollbackFailed,
            Self::Restoring => State::Restoring,
            Self::Suspended { .. } => State::Suspended,
        }
    }
}

/// What an update left behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installed {
    /// Which update.
    pub update: UpdateId,
    /// Its version.
    pub version: Version,
    /// Who signed it.
    pub by: PersonId,
    /// When.
    pub at: Timestamp,
    /// Document of a registry.
    pub document: Option<DocumentId>,
}

/// A content that must be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NeededContent {
    /// All that a target has, by its description.
    Tree(Digest),
    /// One document of a registry.
    Document(Digest),
}

/// State of a component.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Component {
    id: ComponentId,
    facts: ComponentFacts,
    handshake: Option<HandshakeId>,
    phase: ComponentPhase,
    digest: Option<Digest>,
    tree: Option<Digest>,
    documents: BTreeMap<DocumentId, Digest>,
    removed: BTreeMap<DocumentId, Digest>,
    installed: Vec<(Installed, Digest, Digest)>,
    since: Timestamp,
    nonces: BTreeSet<Nonce>,
    first_seq: u64,
    last_seq: u64,
    registered_seq: u64,
    needs_handshake: bool,
    since_snapshot: u64,
}

impl Component {
    /// Its name.
    pub fn id(&self) -> &ComponentId {
        &self.id
    }

    /// What it is.
    pub fn facts(&self) -> &ComponentFacts {
        &self.facts
    }

    /// How it joined.
    pub fn handshake(&self) -> Option<&HandshakeId> {
        self.handshake.as_ref()
    }

    /// Where it stands.
    pub fn phase(&self) -> &ComponentPhase {
        &self.phase
    }

    /// Managed digest that must be there; none until the first content is recorded.
    pub fn digest(&self) -> Option<Digest> {
        self.digest
    }

    /// Tree blob that describes that content.
    pub fn tree(&self) -> Option<Digest> {
        self.tree
    }

    /// Newest update that is in place, innermost last.
    pub fn installed(&self) -> &[(Installed, Digest, Digest)] {
        &self.installed
    }

    /// When it joined.
    pub fn since(&self) -> Timestamp {
        self.since
    }

    /// Nonces of signed acts on it.
    pub fn nonces(&self) -> &BTreeSet<Nonce> {
        &self.nonces
    }

    /// The series of the metrics that it declares.
    pub fn series(&self) -> impl Iterator<Item = Series> {
        let of = |metric: &MetricId| Series { component: self.id.clone(), metric: metric.clone() };
        self.facts.metrics.iter().map(of)
    }

    /// Log sequence of its first entry.
    pub fn first_seq(&self) -> u64 {
        self.first_seq
    }

    /// Log sequence of its newest entry.
    pub fn last_seq(&self) -> u64 {
        self.last_seq
    }

    /// Log sequence of the registration that counts: what it is and where its content lies come from there.
    pub fn registered_seq(&self) -> u64 {
        self.registered_seq
    }

    /// Suspended by its handshake: one signature must not undo what the acknowledgers refused.
    pub fn needs_handshake(&self) -> bool {
        self.needs_handshake
    }

    /// Its entries since the newest snapshot.
    pub fn since_snapshot(&self) -> u64 {
        self.since_snapshot
    }

    /// The newest update in place.
    pub fn newest(&self) -> Option<&Installed> {
        self.installed.last().map(|(i, _, _)| i)
    }

    /// The newest update in place of one document, or of all that it manages.
    pub fn newest_of(&self, document: Option<&DocumentId>) -> Option<&Installed> {
        self.installed.iter().rev().map(|(i, _, _)| i).find(|i| i.document.as_ref() == document)
    }

    /// Documents in force, where it is a registry.
    pub fn documents(&self) -> &BTreeMap<DocumentId, Digest> {
        &self.documents
    }

    /// Documents that were in force and are not any more, each as it was last: what comes back under such an id is compared
    /// with it.
    pub fn removed(&self) -> &BTreeMap<DocumentId, Digest> {
        &self.removed
    }

    /// The digest that must be there: of one document, or of all that it manages; none until that is recorded.
    pub fn expected(&self, document: Option<&DocumentId>) -> Option<Digest> {
        match document {
            None => self.digest,
            Some(id) => Some(self.documents.get(id).copied().unwrap_or_else(absent)),
        }
    }

    /// Contents that a rollback or a restore needs kept, each with what it is.
    pub fn needed_contents(&self) -> Vec<(String, NeededContent)> {
        let mut needed: Vec<(String, NeededContent)> = Vec::new();
        for (installed, before, tree) in &self.installed {
            let name = format!("{} before {}", self.id, installed.version);
            if installed.document.is_none() {
                needed.push((name, NeededContent::Tree(*tree)));
            } else if *before != absent() {
                needed.push((name, NeededContent::Document(*before)));
            }
        }
        let recorded = || format!("{} as it is recorded", self.id);
        needed.extend(self.tree.map(|tree| (recorded(), NeededContent::Tree(tree))));
        needed
    }

    /// May it be adopted or restored now?
    pub fn may_adopt_or_restore(&self) -> Result<(), Refusal> {
        if self.facts.target_kind().is_some_and(TargetKind::is_in_log) {
            return Err(Refusal::conflict(
                Code::WrongState,
                format!(
                    "component {} keeps its documents in the log, where nobody changes them outside Grace",
                    self.id
                ),
                "change a document by an update, or roll one back",
            ));
        }
        if self.facts.target.is_empty() {
            return Err(Refusal::conflict(
                Code::NoTarget,
                format!("component {} has no target", self.id),
                "choose a component with a target",
            ));
        }
        if self.tree.is_none() {
            return Err(Refusal::conflict(
                Code::NoBaseline,
                format!("the first content of {} is not recorded yet", self.id),
                "wait until its handshake has recorded a baseline",
            ));
        }
        // Whatever has happened to it since: a rollback that failed does not undo that it was suspended.
        if self.needs_handshake {
            return Err(Refusal::conflict(
                Code::WrongState,
                format!("component {} was suspended by its handshake", self.id),
                "make a new handshake for it",
            ));
        }
        match &self.phase {
            ComponentPhase::Restoring => Err(Refusal::conflict(
                Code::WrongState,
                format!("component {} is being restored", self.id),
                "wait for it",
            )),
            ComponentPhase::Validating => Err(Refusal::conflict(
                Code::WrongState,
                format!("component {} is in its validation window", self.id),
                "wait until the window has ended",
            )),
            ComponentPhase::Active
            | ComponentPhase::DriftDetected { .. }
            | ComponentPhase::RollbackFailed { .. }
            | ComponentPhase::Suspended { .. } => Ok(()),
        }
    }
}
