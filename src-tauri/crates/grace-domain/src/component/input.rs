//! What reaches a component, and which of the domain's decisions it leads to.

use crate::aggregate::Aggregate;
use crate::component::decide::{Scanned, decide_act, decide_not_restored, decide_restored};
use crate::component::state::Component;
use crate::core::ids::ComponentId;
use crate::core::refusal::Refusal;
use crate::core::time::Timestamp;
use crate::decider::Decider;
use crate::log::{Actor, Event};
use crate::statement::{ActStatement, Verified};
use crate::update::evidence::ReceiptFacts;
use crate::update::state::Update;
use crate::world::World;

/// One input about a component.
#[derive(Debug, Clone)]
pub enum ComponentInput {
    /// Adopt or restore, with what a scan found just before.
    Act(Box<Verified<ActStatement>>, Scanned),
    /// Its receipt of restoring.
    Restored(Box<ReceiptFacts>),
    /// A restore could not be tried or signed for, and why.
    NotRestored(String),
}

impl Decider for Component {
    type Input = ComponentInput;

    fn not_open(id: &ComponentId) -> Refusal {
        Refusal::not_found(<Self as Aggregate>::NOUN, id.as_str())
    }

    fn decide(
        world: &World,
        found: Result<&Self, Refusal>,
        input: &ComponentInput,
        _now: Timestamp,
    ) -> Result<(Actor, Vec<Event>), Refusal> {
        let component = found?;
        Ok(match input {
            ComponentInput::Act(a, scanned) => (
                Actor::Person(a.statement.person.clone()),
                decide_act(component, a, scanned, world.occupant(component.id(), None).map(Update::id))?,
            ),
            ComponentInput::Restored(facts) => {
                (Actor::Component(component.id().clone()), decide_restored(component, facts)?)
            }
            ComponentInput::NotRestored(reason) => (Actor::Engine, decide_not_restored(component, reason)),
        })
    }

    fn nonce(id: &ComponentId, input: &ComponentInput) -> Option<String> {
        match input {
            ComponentInput::Act(a, _) => Some(format!("{id}/{}", a.statement.nonce)),
            ComponentInput::Restored(_) | ComponentInput::NotRestored(_) => None,
        }
    }

    fn reports_an_end(input: &ComponentInput) -> bool {
        match input {
            ComponentInput::Restored(_) | ComponentInput::NotRestored(_) => true,
            ComponentInput::Act(..) => false,
        }
    }
}
