//! How stored events change a component. Total: an event that does not fit the phase changes what it can and nothing
//! else. Never decides and never refuses.

use crate::component::event::{ComponentEvent, ComponentFacts, ComponentSnapshot};
use crate::component::state::{Component, ComponentPhase, Installed};
use crate::core::digest::Digest;
use crate::core::ids::{ComponentId, DocumentId, HandshakeId, UpdateId};
use crate::core::time::Timestamp;
use crate::kinds::content::absent;
use crate::kinds::target_kind::TargetKind;
use std::collections::{BTreeMap, BTreeSet};

/// How many earlier contents a component remembers, of each document, for rolling back in order.
const INSTALLED_KEPT: usize = 8;

impl Component {
    /// The component made by its registration.
    pub fn registered(
        id: ComponentId,
        facts: ComponentFacts,
        handshake: Option<HandshakeId>,
        at: Timestamp,
        seq: u64,
    ) -> Self {
        let phase = if handshake.is_some() { ComponentPhase::Validating } else { ComponentPhase::Active };
        Self {
            id,
            facts,
            handshake,
            phase,
            digest: None,
            tree: None,
            documents: BTreeMap::new(),
            removed: BTreeMap::new(),
            installed: Vec::new(),
            since: at,
            nonces: BTreeSet::new(),
            first_seq: seq,
            last_seq: seq,
            registered_seq: seq,
            needs_handshake: false,
            since_snapshot: 1,
        }
    }

    /// Another handshake brought a component back that was suspended: what it is comes from that handshake, and
    /// nothing of its earlier content counts any more.
    fn registered_again(&mut self, facts: &ComponentFacts, handshake: Option<&HandshakeId>) {
        self.facts = facts.clone();
        self.handshake = handshake.cloned();
        self.phase = ComponentPhase::Validating;
        self.digest = None;
        self.tree = None;
        self.documents.clear();
        self.removed.clear();
        self.installed.clear();
        self.needs_handshake = false;
    }

    /// An update is not there any more: what must be there is what was before it, and so is what a restore brings.
    fn forget(&mut self, update: &UpdateId) {
        if let Some(i) = self.installed.iter().rposition(|(i, _, _)| i.update == *update) {
            let (installed, digest, tree) = self.installed.remove(i);
            self.put(installed.document, digest, tree);
        }
    }

    /// What must be there from now on: of one document, or of all that it manages.
    fn put(&mut self, document: Option<DocumentId>, digest: Digest, tree: Digest) {
        if let Some(document) = document {
            self.put_in_force(document, digest);
        } else {
            self.digest = Some(digest);
            self.tree = Some(tree);
        }
    }

    fn put_in_force(&mut self, document: DocumentId, digest: Digest) {
        if digest == absent() {
            let last = self.documents.remove(&document);
            self.removed.extend(last.map(|last| (document, last)));
        } else {
            self.removed.remove(&document);
            self.documents.insert(document, digest);
        }
    }

    fn install(&mut self, installed: Installed, digest: Digest, tree: Digest) {
        let document = installed.document.clone();
        let before = self.expected(document.as_ref()).unwrap_or(digest);
        let before_tree = if document.is_some() { before } else { self.tree.unwrap_or(tree) };
        self.installed.push((installed, before, before_tree));
        let same = |i: &Installed| i.document == document;
        if self.installed.iter().filter(|(i, _, _)| same(i)).count() > INSTALLED_KEPT
            && let Some(oldest) = self.installed.iter().position(|(i, _, _)| same(i))
        {
            self.installed.remove(oldest);
        }
        self.put(document, digest, tree);
    }

    /// The state that a snapshot says; what the component is comes from its registration.
    fn taken_from(&mut self, snapshot: &ComponentSnapshot) {
        self.first_seq = snapshot.first_seq;
        self.since = snapshot.since;
        self.registered_seq = snapshot.registered_seq;
        self.digest = snapshot.digest;
        self.tree = snapshot.tree;
        self.documents.clone_from(&snapshot.documents);
        self.removed.clone_from(&snapshot.removed);
        self.installed = snapshot
            .installed
            .iter()
            .map(|i| {
                let (update, by, document) = (i.update.clone(), i.by.clone(), i.document.clone());
                let entry = Installed { update, version: i.version, by, at: i.installed_at, document };
                (entry, i.before, i.before_tree)
            })
            .collect();
        self.nonces.clone_from(&snapshot.nonces);
        self.phase = ComponentPhase::Active;
        self.needs_handshake = false;
        self.since_snapshot = 0;
    }

    /// Takes a stored event in; total, a repeated registration by the same handshake changes nothing.
    pub fn evolve(&mut self, event: &ComponentEvent, at: Timestamp, seq: u64) {
        self.last_seq = seq;
        if matches!(event, ComponentEvent::Registered { handshake, .. } if *handshake == self.handshake) {
            return;
        }
        self.since_snapshot += 1;
        match event {
            ComponentEvent::Snapshot(snapshot) => self.taken_from(snapshot),
            ComponentEvent::Registered { facts, handshake } => {
                self.registered_again(facts, handshake.as_ref());
                self.registered_seq = seq;
            }
            ComponentEvent::Baseline { digest, tree } => {
                self.digest = Some(*digest);
                self.tree = Some(*tree);
            }
            ComponentEvent::Activated {} => self.phase = ComponentPhase::Active,
            ComponentEvent::Documents { documents } => self.documents.clone_from(documents),
            ComponentEvent::Installed { update, version, by, digest, tree, document } => {
                let (update, by, document) = (update.clone(), by.clone(), document.clone());
                self.install(Installed { update, version: *version, by, at, document }, *digest, *tree);
            }
            ComponentEvent::Reverted { update, digest, document } => {
                self.forget(update);
                match document {
                    Some(document) => self.put_in_force(document.clone(), *digest),
                    None => self.digest = Some(*digest),
                }
                if !matches!(self.phase, ComponentPhase::Validating | ComponentPhase::Suspended { .. }) {
                    self.phase = ComponentPhase::Active;
                }
            }
            ComponentEvent::DriftDetected { found, .. } => {
                self.phase = ComponentPhase::DriftDetected { found: *found };
            }
            // What is in force there stands in the log, whatever became of an update.
            ComponentEvent::RollbackFailed { .. }
                if self.facts.target_kind().is_some_and(TargetKind::is_in_log) => {}
            ComponentEvent::RollbackFailed { update, .. } => {
                self.forget(update);
                self.phase = ComponentPhase::RollbackFailed { update: update.clone() };
            }
            ComponentEvent::Adopted { by, digest, tree } => {
                self.nonces.insert(by.nonce.clone());
                self.digest = Some(*digest);
                self.tree = Some(*tree);
                self.installed.clear();
                self.phase = ComponentPhase::Active;
            }
            ComponentEvent::RestoreStarted { by } => {
                self.nonces.insert(by.nonce.clone());
                self.phase = ComponentPhase::Restoring;
            }
            ComponentEvent::Restored { digest, .. } => {
                self.digest = Some(*digest);
                self.phase = ComponentPhase::Active;
            }
            ComponentEvent::RestoreFailed { reason, .. } => {
                self.phase = ComponentPhase::Suspended { reason: reason.clone() };
            }
            ComponentEvent::Suspended { reason } => {
                self.needs_handshake = true;
                self.phase = ComponentPhase::Suspended { reason: reason.clone() };
            }
        }
    }
}
