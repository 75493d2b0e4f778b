//! Snapshots of a component: its state in one entry of the log, now and then, so that a start does not grow with the
//! updates that it has had.
//!
//! Owns what a snapshot says and when one is due. Never says anything that the entries before it do not say.

use crate::component::event::{ComponentEvent, ComponentSnapshot, InstalledSnapshot};
use crate::component::state::{Component, ComponentPhase};
use crate::core::limits;
use crate::log::event::Event;

impl Component {
    /// Its state for a snapshot.
    pub fn snapshot(&self) -> ComponentSnapshot {
        ComponentSnapshot {
            first_seq: self.first_seq(),
            since: self.since(),
            registered_seq: self.registered_seq(),
            digest: self.digest(),
            tree: self.tree(),
            documents: self.documents().clone(),
            removed: self.removed().clone(),
            installed: self
                .installed()
                .iter()
                .map(|(i, before, before_tree)| InstalledSnapshot {
                    update: i.update.clone(),
                    version: i.version,
                    by: i.by.clone(),
                    installed_at: i.at,
                    document: i.document.clone(),
                    before: *before,
                    before_tree: *before_tree,
                })
                .collect(),
            nonces: self.nonces().clone(),
        }
    }

    /// Whether a snapshot says all there is: an active component has no reasons, and waits for nobody.
    pub fn may_be_snapshot(&self) -> bool {
        *self.phase() == ComponentPhase::Active && !self.needs_handshake()
    }
}

/// Decides whether enough has happened to a component since its newest snapshot. One that would not fit an entry is not
/// taken: a start reads more then, and loses nothing.
pub fn decide_snapshot(component: &Component) -> Vec<Event> {
    if component.since_snapshot() < limits::COMPONENT_SNAPSHOT_ENTRIES || !component.may_be_snapshot() {
        return Vec::new();
    }
    let snapshot = ComponentEvent::Snapshot(Box::new(component.snapshot()));
    Some(Event::Component(component.id().clone(), snapshot)).filter(Event::fits).into_iter().collect()
}
