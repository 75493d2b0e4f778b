//! What all decisions on a handshake say with: events on it, and the bound of what comes from outside.
//!
//! Owns these shapes. Never decides.

use crate::core::codes::Code;
use crate::core::ids::HandshakeId;
use crate::core::limits;
use crate::core::refusal::Refusal;
use crate::handshake::event::HandshakeEvent;
use crate::log::event::Event;

pub(super) type Decided = Result<Vec<Event>, Refusal>;

pub(super) fn on(id: &HandshakeId, events: impl IntoIterator<Item = HandshakeEvent>) -> Vec<Event> {
    events.into_iter().map(|e| Event::Handshake(id.clone(), e)).collect()
}

/// What comes from outside must leave room in its entry: refused here, before anything is decided on it.
pub(super) fn must_fit(events: &[Event]) -> Result<(), Refusal> {
    if events.iter().all(Event::fits) {
        Ok(())
    } else {
        Err(Refusal::invalid(
            Code::TooLarge,
            format!("it does not fit into a log entry of {} bytes", limits::ENTRY_BYTES),
            "send less; nothing was recorded",
        ))
    }
}
