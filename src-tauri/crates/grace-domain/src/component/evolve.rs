//! How stored events change a component. Total: an event that does not fit the phase changes what it can and nothing
//! else. Never decides and never refuses.

use crate::component::event::{ComponentEvent, ComponentFacts};
use crate::component::state::{Component, ComponentPhase, Installed};
use crate::core::ids::{ComponentId, HandshakeId, UpdateId};
use crate::core::time::Timestamp;
use std::collections::BTreeSet;

/// How many earlier contents a component remembers for rolling back in order.
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
            installed: Vec::new(),
            since: at,
            nonces: BTreeSet::new(),
            first_seq: seq,
            registered_seq: seq,
            needs_handshake: false,
            since_snapshot: 1,
        }
    }

    /// Another handshake brought a component back that was put aside: what it is comes from that handshake, and
    /// nothing of its earlier content counts any more.
    fn registered_again(&mut self, facts: &ComponentFacts, handshake: Option<&HandshakeId>) {
        self.facts = facts.clone();
        self.handshake = handshake.cloned();
        self.phase = ComponentPhase::Validating;
        self.digest = None;
        self.tree = None;
        self.installed.clear();
        self.needs_handshake = false;
    }

    /// An update is not there any more: what must be there is what was before it, and so is what a restore brings.
    fn forget(&mut self, update: &UpdateId) {
        if let Some(i) = self.installed.iter().rposition(|(i, _, _)| i.update == *update) {
            let (_, digest, tree) = self.installed.remove(i);
            self.digest = Some(digest);
            self.tree = Some(tree);
        }
    }

    /// Takes a stored event in; total, a repeated registration by the same handshake changes nothing.
    pub fn evolve(&mut self, event: &ComponentEvent, at: Timestamp, seq: u64) {
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
            ComponentEvent::Installed { update, version, by, digest, tree } => {
                let before = self.digest.unwrap_or(*digest);
                let before_tree = self.tree.unwrap_or(*tree);
                let entry = Installed { update: update.clone(), version: *version, by: by.clone(), at };
                self.installed.push((entry, before, before_tree));
                if self.installed.len() > INSTALLED_KEPT {
                    self.installed.remove(0);
                }
                self.digest = Some(*digest);
                self.tree = Some(*tree);
            }
            ComponentEvent::Reverted { update, digest } => {
                self.forget(update);
                self.digest = Some(*digest);
                if !matches!(self.phase, ComponentPhase::Validating | ComponentPhase::Suspended { .. }) {
                    self.phase = ComponentPhase::Active;
                }
            }
            ComponentEvent::DriftDetected { found, .. } => {
                self.phase = ComponentPhase::DriftDetected { found: *found };
            }
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
            ComponentEvent::RestoreFailed { reason } => {
                self.phase = ComponentPhase::Suspended { reason: reason.clone() };
            }
            ComponentEvent::Suspended { reason } => {
                self.needs_handshake = true;
                self.phase = ComponentPhase::Suspended { reason: reason.clone() };
            }
        }
    }
}
