//! A component: exists by handshake, has a key, a target and an installed content. `evolve` is total; decisions about
//! components are made where their updates and handshakes are decided, and in [`decide_act`].

use crate::core::digest::Digest;
use crate::core::ids::{ComponentId, HandshakeId, Nonce, PersonId, UpdateId};
use crate::core::refusal::Refusal;
use crate::core::sealed_text::SealedText;
use crate::core::time::Timestamp;
use crate::core::version::Version;
use crate::governance::{check_nonce, check_reason, check_subject};
use crate::log::{ComponentEvent, ComponentFacts, Event, ReceiptFacts, Signed};
use crate::statement::{Act, ActStatement, ReceiptAct, ReceiptResult, Verified};
use crate::update::receipts::{check_bounds, check_key};
use std::collections::BTreeSet;

mod snapshot;
pub use snapshot::{ComponentSnapshot, InstalledSnapshot, decide_snapshot};

/// Where a component stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ComponentPhase {
    /// Registered; its first content is being recorded or its validation window is open.
    Validating,
    /// Takes updates.
    Active,
    /// A stranger changed managed files; waits for adopt or restore.
    DriftDetected {
        /// Digest found.
        found: Digest,
    },
    /// An update could not be taken back; waits for adopt or restore.
    RollbackFailed {
        /// Which update.
        update: UpdateId,
    },
    /// The last known content is being put back.
    Restoring,
    /// Put aside. By its handshake: only a new handshake leads back. By a restore that failed: adopt or restore.
    Suspended {
        /// Why.
        reason: SealedText,
    },
}

impl ComponentPhase {
    /// The word.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Validating => "validating",
            Self::Active => "active",
            Self::DriftDetected { .. } => "drift_detected",
            Self::RollbackFailed { .. } => "rollback_failed",
            Self::Restoring => "restoring",
            Self::Suspended { .. } => "suspended",
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
    /// Who asked for it.
    pub by: PersonId,
    /// When.
    pub at: Timestamp,
}

/// State of a component.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Component {
    /// Its name.
    pub id: ComponentId,
    /// What it is.
    pub facts: ComponentFacts,
    /// How it joined.
    pub handshake: Option<HandshakeId>,
    /// Where it stands.
    pub phase: ComponentPhase,
    /// Managed digest that must be there; none until the first content is recorded.
    pub digest: Option<Digest>,
    /// Tree blob that describes that content.
    pub tree: Option<Digest>,
    /// Newest update that is in place, innermost last.
    pub installed: Vec<(Installed, Digest, Digest)>,
    /// When it joined.
    pub since: Timestamp,
    /// Nonces of signed acts on it.
    pub nonces: BTreeSet<Nonce>,
    /// Log sequence of its first entry.
    pub first_seq: u64,
    /// Log sequence of the registration that counts: what it is and where its content lies come from there.
    pub registered_seq: u64,
    /// Put aside by its handshake: one signature must not undo what the acknowledgers refused.
    pub needs_handshake: bool,
    /// Its entries since the newest snapshot.
    pub since_snapshot: u64,
}

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

    /// The newest update in place.
    pub fn newest(&self) -> Option<&Installed> {
        self.installed.last().map(|(i, _, _)| i)
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

    /// May it be adopted or restored now?
    pub fn may_adopt_or_restore(&self) -> Result<(), Refusal> {
        if self.facts.target.is_empty() {
            return Err(Refusal::conflict(
                "no_target",
                format!("{} manages no files", self.id),
                "choose a component with a target",
            ));
        }
        if self.tree.is_none() {
            return Err(Refusal::conflict(
                "no_baseline",
                format!("the first content of {} is not recorded yet", self.id),
                "wait until its handshake has recorded a baseline",
            ));
        }
        // Whatever has happened to it since: a rollback that failed does not undo that it was put aside.
        if self.needs_handshake {
            return Err(Refusal::conflict(
                "wrong_state",
                format!("{} was put aside by its handshake", self.id),
                "make a new handshake for it",
            ));
        }
        match &self.phase {
            ComponentPhase::Restoring => {
                Err(Refusal::conflict("wrong_state", format!("{} is being restored", self.id), "wait for it"))
            }
            ComponentPhase::Validating => Err(Refusal::conflict(
                "wrong_state",
                format!("{} is in its validation window", self.id),
                "wait until the window has ended",
            )),
            ComponentPhase::Active
            | ComponentPhase::DriftDetected { .. }
            | ComponentPhase::RollbackFailed { .. }
            | ComponentPhase::Suspended { .. } => Ok(()),
        }
    }
}

/// What a scan of the target found, for an adoption.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scanned {
    /// Managed digest.
    pub digest: Digest,
    /// Tree blob, already durable with every file's content.
    pub tree: Digest,
}

/// Decides a signed adopt or restore. `found` is what the caller's scan saw just before.
pub fn decide_act(
    component: &Component,
    act: &Verified<ActStatement>,
    found: &Scanned,
    busy: Option<&UpdateId>,
) -> Result<Vec<Event>, Refusal> {
    let s = &act.statement;
    check_subject(&s.subject, component.id.as_str(), "component")?;
    check_reason(s)?;
    component.may_adopt_or_restore()?;
    if let Some(update) = busy {
        return Err(Refusal::conflict(
            "component_busy",
            format!("{update} is changing {} now", component.id),
            "wait until the update has ended",
        ));
    }
    check_nonce(&component.nonces, &s.nonce)?;
    if s.digest != found.digest {
        return Err(Refusal::conflict(
            "wrong_digest",
            format!("{} was signed as {} but is {} now", component.id, s.digest, found.digest),
            "look at what is there now and sign again",
        ));
    }
    // Taken, an adoption would forget what is installed there, and with it the way back.
    if matches!(s.act, Act::Adopt | Act::Restore)
        && component.digest == Some(found.digest)
        && matches!(component.phase, ComponentPhase::Active)
    {
        let code = if s.act == Act::Adopt { "nothing_to_adopt" } else { "nothing_to_restore" };
        return Err(Refusal::conflict(
            code,
            format!("what is on {} is what was installed", component.id),
            format!("{} is for a component whose content is not ours any more", s.act.as_str()),
        ));
    }
    let by = Signed::of(act, &s.person, &s.nonce);
    let event = match s.act {
        Act::Adopt => ComponentEvent::Adopted { by, digest: found.digest, tree: found.tree },
        Act::Restore => ComponentEvent::RestoreStarted { by },
        Act::Withdraw | Act::Retry | Act::Keep | Act::Rollback | Act::Review => {
            return Err(Refusal::invalid(
                "wrong_act",
                format!("{} is not an act on a component", s.act.as_str()),
                "use adopt or restore",
            ));
        }
    };
    Ok(vec![Event::Component(component.id.clone(), event)])
}

/// A restore could not be tried, or nothing could be signed for it: it failed, and adopt or restore lead out.
pub fn decide_not_restored(component: &Component, reason: &str) -> Vec<Event> {
    if component.phase != ComponentPhase::Restoring {
        return Vec::new();
    }
    let reason = format!("restore failed: {reason}; mend it, then restore or adopt the component").into();
    vec![Event::Component(component.id.clone(), ComponentEvent::RestoreFailed { reason })]
}

/// Decides what the receipt of a restore means.
pub fn decide_restored(component: &Component, receipt: &ReceiptFacts) -> Result<Vec<Event>, Refusal> {
    if component.phase != ComponentPhase::Restoring || receipt.act != ReceiptAct::Restore {
        return Err(Refusal::conflict("wrong_state", "no restore is under way", "nothing to do"));
    }
    check_key(Some(component.facts.key), receipt)?;
    check_bounds(receipt)?;
    let event = if receipt.result == ReceiptResult::Applied && Some(receipt.after) == component.digest {
        ComponentEvent::Restored { digest: receipt.after, receipt: receipt.envelope }
    } else {
        ComponentEvent::RestoreFailed { reason: format!("restore failed: {}", receipt.reason).into() }
    };
    Ok(vec![Event::Component(component.id.clone(), event)])
}
