//! The handshake as one of the [`aggregates`](crate::aggregates).
//!
//! Owns nothing of its own: each answer stands in the file that it is named after.

use crate::aggregate::{Aggregate, Prefix};
use crate::core::ids::{ComponentId, HandshakeId, Nonce};
use crate::core::states::State;
use crate::core::time::Timestamp;
use crate::handshake::decide;
use crate::handshake::event::HandshakeEvent;
use crate::handshake::state::{Handshake, HandshakePhase};
use crate::handshake::todo::Effect;
use crate::judge::window::Window;
use crate::log::event::Event;
use crate::row::Row;
use crate::world::World;

impl Aggregate for Handshake {
    type Id = HandshakeId;
    type Event = HandshakeEvent;
    type Effect = Effect;
    type World = World;
    type AnyEvent = Event;
    const PREFIX: Prefix = Prefix::OfId("hs_");
    const NOUN: &str = "handshake";

    fn begin(id: &HandshakeId, event: &HandshakeEvent, at: Timestamp, seq: u64) -> Option<Self> {
        Self::requested(id, event, at, seq)
    }

    fn evolve(&mut self, event: &HandshakeEvent, at: Timestamp, seq: u64) {
        Self::evolve(self, event, at, seq);
    }

    fn todo(&self) -> Vec<Effect> {
        Self::todo(self)
    }

    fn tick(&self, world: &World, now: Timestamp) -> Vec<Event> {
        decide::tick(world, self, now)
    }

    /// The request expires; afterwards the time for acknowledgements runs out.
    fn due(&self) -> Option<Timestamp> {
        match self.phase() {
            HandshakePhase::AwaitingApproval => Some(self.expires()),
            HandshakePhase::Announced { deadline } => Some(deadline.plus_ms(1)),
            _ => None,
        }
    }

    fn components(&self) -> &[ComponentId] {
        std::slice::from_ref(self.component())
    }

    fn last_seq(&self) -> u64 {
        self.last_seq()
    }

    fn state(&self) -> State {
        Self::state(self)
    }

    fn ended(&self) -> bool {
        Self::ended(self)
    }

    /// Answers that come late are logged.
    fn may_go_on(&self) -> bool {
        true
    }

    /// Active ones by which their component belongs: a later nack of an acknowledger suspends the component.
    fn remembered(&self, world: &World) -> bool {
        *self.phase() == HandshakePhase::Active
            && world.components().get(self.component()).is_some_and(|c| c.handshake() == Some(self.id()))
    }

    fn rows(&self, world: &World) -> Vec<Row> {
        vec![super::row::row(self, world.policy_of(self.policy()))]
    }

    fn window(&self) -> Option<&Window> {
        Self::window(self)
    }

    fn nonce(&self, nonce: &Nonce) -> bool {
        self.by().nonce == *nonce || self.approvals().iter().any(|a| a.approval.nonce == *nonce)
    }
}
