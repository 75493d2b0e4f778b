//! The component as one of the [`aggregates`](crate::aggregates).
//!
//! Owns nothing of its own: each answer stands in the file that it is named after.

use crate::aggregate::{Aggregate, Prefix};
use crate::component::event::ComponentEvent;
use crate::component::snapshot::decide_snapshot;
use crate::component::state::Component;
use crate::component::todo::Effect;
use crate::core::ids::{ComponentId, Nonce};
use crate::core::states::State;
use crate::core::time::Timestamp;
use crate::judge::window::Window;
use crate::log::event::Event;
use crate::row::Row;
use crate::world::World;

impl Aggregate for Component {
    type Id = ComponentId;
    type Event = ComponentEvent;
    type Effect = Effect;
    type World = World;
    type AnyEvent = Event;
    const PREFIX: Prefix = Prefix::Before("component:");
    const NOUN: &str = "component";
    const SEEN_WHOLE: bool = true;

    fn begin(id: &ComponentId, event: &ComponentEvent, at: Timestamp, seq: u64) -> Option<Self> {
        let ComponentEvent::Registered { facts, handshake } = event else { return None };
        Some(Self::registered(id.clone(), (**facts).clone(), handshake.clone(), at, seq))
    }

    fn evolve(&mut self, event: &ComponentEvent, at: Timestamp, seq: u64) {
        Self::evolve(self, event, at, seq);
    }

    fn todo(&self) -> Vec<Effect> {
        Self::todo(self)
    }

    fn tick(&self, _world: &World, _now: Timestamp) -> Vec<Event> {
        decide_snapshot(self)
    }

    fn due(&self) -> Option<Timestamp> {
        None
    }

    fn components(&self) -> &[ComponentId] {
        std::slice::from_ref(self.id())
    }

    fn last_seq(&self) -> u64 {
        self.last_seq()
    }

    fn state(&self) -> State {
        self.phase().state()
    }

    /// A component never ends.
    fn ended(&self) -> bool {
        false
    }

    fn may_go_on(&self) -> bool {
        true
    }

    fn remembered(&self, _world: &World) -> bool {
        true
    }

    fn rows(&self, _world: &World) -> Vec<Row> {
        vec![super::row::row(self)]
    }

    fn window(&self) -> Option<&Window> {
        None
    }

    fn nonce(&self, nonce: &Nonce) -> bool {
        self.nonces().contains(nonce)
    }
}
