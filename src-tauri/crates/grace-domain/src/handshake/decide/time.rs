//! What time does to a handshake: a request nobody approved, a deadline below quorum.
//!
//! Owns these two ends. Never counts an answer.

use super::room::on;
use crate::core::codes::Code;
use crate::core::time::Timestamp;
use crate::handshake::event::HandshakeEvent;
use crate::handshake::state::{Handshake, HandshakePhase};
use crate::log::event::Event;
use crate::world::World;

/// Time went by.
pub fn tick(world: &World, h: &Handshake, now: Timestamp) -> Vec<Event> {
    match h.phase() {
        HandshakePhase::AwaitingApproval if now >= h.expires() => on(
            h.id(),
            [HandshakeEvent::Refused {
                code: Code::RequestExpired,
                reason: format!("not approved until {}", h.expires().plain()).into(),
            }],
        ),
        HandshakePhase::Announced { deadline } if now > *deadline => {
            on(h.id(), [HandshakeEvent::QuorumFailed { missing: h.missing(world.policy_of(h.policy())) }])
        }
        HandshakePhase::AwaitingApproval
        | HandshakePhase::Announced { .. }
        | HandshakePhase::Integrated
        | HandshakePhase::Validating { .. }
        | HandshakePhase::Active
        | HandshakePhase::QuorumFailed { .. }
        | HandshakePhase::RefusedBy { .. }
        | HandshakePhase::Refused { .. }
        | HandshakePhase::Suspended { .. } => Vec::new(),
    }
}
