//! A component that has joined is suspended, and what the subsystems set for it is undone.
//!
//! Owns that pair of entries. Never suspends a component that belongs by another handshake since.

use super::room::on;
use crate::component::event::ComponentEvent;
use crate::core::codes::Code;
use crate::core::sealed_text::SealedText;
use crate::handshake::event::HandshakeEvent;
use crate::handshake::state::Handshake;
use crate::log::event::Event;
use crate::world::World;

pub(super) fn suspend(world: &World, h: &Handshake, code: Code, reason: impl Into<SealedText>) -> Vec<Event> {
    let reason = reason.into();
    let undone = h
        .acks()
        .iter()
        .filter(|a| a.code.is_none())
        .flat_map(|a| a.facts.adjustments.iter().map(|adj| format!("{}: {}", a.facts.by, adj.key)))
        .collect();
    let mut events = on(h.id(), [HandshakeEvent::Suspended { code, reason: reason.clone(), undone }]);
    if world.components().get(h.component()).is_some_and(|c| c.handshake() == Some(h.id())) {
        events.push(Event::Component(h.component().clone(), ComponentEvent::Suspended { reason }));
    }
    events
}
