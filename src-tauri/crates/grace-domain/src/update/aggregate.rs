//! The update as one of the [`aggregates`](crate::aggregates).
//!
//! Owns nothing of its own: each answer stands in the file that it is named after.

use crate::aggregate::{Aggregate, Prefix};
use crate::core::ids::{ComponentId, Nonce, UpdateId};
use crate::core::states::State;
use crate::core::time::Timestamp;
use crate::core::version::Version;
use crate::judge::window::Window;
use crate::log::event::Event;
use crate::row::Row;
use crate::update::decide;
use crate::update::event::UpdateEvent;
use crate::update::state::{Review, Update, UpdatePhase};
use crate::update::todo::Effect;
use crate::world::World;

impl Aggregate for Update {
    type Id = UpdateId;
    type Event = UpdateEvent;
    type Effect = Effect;
    type World = World;
    type AnyEvent = Event;
    const PREFIX: Prefix = Prefix::OfId("upd_");
    const NOUN: &str = "update";

    fn begin(id: &UpdateId, event: &UpdateEvent, at: Timestamp, seq: u64) -> Option<Self> {
        Self::proposed(id, event, at, seq)
    }

    fn evolve(&mut self, event: &UpdateEvent, at: Timestamp, seq: u64) {
        Self::evolve(self, event, at, seq);
    }

    fn todo(&self) -> Vec<Effect> {
        Self::todo(self)
    }

    fn tick(&self, world: &World, now: Timestamp) -> Vec<Event> {
        if self.ended() { Vec::new() } else { decide::tick(world, self, now) }
    }

    /// What is not distributed yet expires.
    fn due(&self) -> Option<Timestamp> {
        match self.phase() {
            UpdatePhase::Preparing
            | UpdatePhase::AwaitingApproval
            | UpdatePhase::Approved { .. }
            | UpdatePhase::Blocked { .. } => Some(self.expires()),
            _ => None,
        }
    }

    fn components(&self) -> &[ComponentId] {
        self.components()
    }

    fn waits(&self) -> bool {
        matches!(self.phase(), UpdatePhase::Approved { .. })
    }

    fn turn(&self) -> Option<Version> {
        Some(self.version())
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

    /// One whose rollback waits for its review.
    fn may_go_on(&self) -> bool {
        self.rollback().is_some_and(|rollback| rollback.review == Some(Review::Pending))
    }

    /// Stable ones that a component still remembers: the newest can be rolled back, and then the one before it.
    fn remembered(&self, world: &World) -> bool {
        *self.phase() == UpdatePhase::Stable
            && self
                .components()
                .iter()
                .filter_map(|id| world.components().get(id))
                .any(|c| c.installed().iter().any(|(i, _, _)| i.update == *self.id()))
    }

    fn rows(&self, _world: &World) -> Vec<Row> {
        super::row::rows(self)
    }

    fn window(&self) -> Option<&Window> {
        Self::window(self)
    }

    fn nonce(&self, nonce: &Nonce) -> bool {
        self.nonces().contains(nonce) || self.approvals().iter().any(|a| a.approval.nonce == *nonce)
    }
}
