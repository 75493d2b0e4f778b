//! What can be asked of an aggregate from outside, and what is decided then.
//!
//! Owns the trait. What reaches one aggregate stands in its own folder; all of it together in
//! [`input`](crate::input).

use crate::aggregate::Aggregate;
use crate::core::refusal::Refusal;
use crate::core::time::Timestamp;
use crate::log::{Actor, Event};
use crate::world::World;
use std::fmt::Debug;

/// An aggregate on which inputs are decided.
pub trait Decider: Aggregate {
    /// What reaches it: verified statements, and results of its effects.
    type Input: Clone + Debug + Send;
    /// Why nothing can be decided about one that is not in the working set.
    fn not_open(id: &Self::Id) -> Refusal;
    /// Asks the domain: who caused the events, and which. `found` is the aggregate, if it is there.
    fn decide(
        world: &World,
        found: Result<&Self, Refusal>,
        input: &Self::Input,
        now: Timestamp,
    ) -> Result<(Actor, Vec<Event>), Refusal>;
    /// What makes a statement of a person usable once over the whole life of the world.
    fn nonce(id: &Self::Id, input: &Self::Input) -> Option<String>;
    /// Whether it reports how something ended that was begun before. What has happened is recorded even when nothing new
    /// is decided any more.
    fn reports_an_end(input: &Self::Input) -> bool;
}
