//! What an input means for a handshake: events, or a refusal. Pure: the world, the input and the time come in.
//!
//! One file per part of the way: [`request`](request()), [`approve`](approve()), [`ack`](ack()), [`validate`](look), and `suspend`, which may follow
//! any of the last two. Here is what time does, and what they all say with.

mod ack;
mod approve;
mod request;
mod suspend;
mod validate;

pub use ack::{ack, acknowledger_key};
pub use approve::approve;
pub use request::request;
pub use validate::{baseline, evaluated, window_ready};

use super::{Handshake, Phase};
use crate::core::ids::HandshakeId;
use crate::core::limits;
use crate::core::refusal::Refusal;
use crate::core::time::Timestamp;
use crate::log::{Event, HandshakeEvent};
use crate::world::World;

type Decided = Result<Vec<Event>, Refusal>;

/// Time went by.
pub fn tick(world: &World, h: &Handshake, now: Timestamp) -> Vec<Event> {
    match &h.phase {
        Phase::AwaitingApproval if now >= h.expires => on(
            &h.id,
            [HandshakeEvent::Refused {
                code: "request_expired".into(),
                reason: format!("not approved until {}", h.expires).into(),
            }],
        ),
        Phase::Announced { deadline } if now > *deadline => {
            on(&h.id, [HandshakeEvent::QuorumFailed { missing: h.missing(world.policy_of(&h.policy)) }])
        }
        Phase::AwaitingApproval
        | Phase::Announced { .. }
        | Phase::Integrated
        | Phase::Validating { .. }
        | Phase::Active
        | Phase::QuorumFailed { .. }
        | Phase::RefusedBy { .. }
        | Phase::Refused { .. }
        | Phase::Suspended { .. } => Vec::new(),
    }
}

fn on(id: &HandshakeId, events: impl IntoIterator<Item = HandshakeEvent>) -> Vec<Event> {
    events.into_iter().map(|e| Event::Handshake(id.clone(), e)).collect()
}

/// What comes from outside must leave room in its entry: refused here, before anything is decided on it.
fn must_fit(events: &[Event]) -> Result<(), Refusal> {
    if events.iter().all(Event::fits) {
        Ok(())
    } else {
        Err(Refusal::invalid(
            "too_large",
            format!("it does not fit into a log entry of {} bytes", limits::ENTRY_BYTES),
            "send less; nothing was recorded",
        ))
    }
}
