//! What reaches the owner about a component, and which of the domain's decisions it leads to.

use crate::input::Decider;
use grace_domain::component::{self, Component, Scanned};
use grace_domain::core::ids::ComponentId;
use grace_domain::core::refusal::Refusal;
use grace_domain::core::time::Timestamp;
use grace_domain::log::{Actor, Event};
use grace_domain::statement::{ActStatement, Verified};
use grace_domain::update::Update;
use grace_domain::update::evidence::ReceiptFacts;
use grace_domain::world::World;

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
        Refusal::not_found(Self::NOUN, id.as_str())
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
                component::decide_act(
                    component,
                    a,
                    scanned,
                    world.occupant(component.id(), None).map(Update::id),
                )?,
            ),
            ComponentInput::Restored(facts) => {
                (Actor::Component(component.id().clone()), component::decide_restored(component, facts)?)
            }
            ComponentInput::NotRestored(reason) => {
                (Actor::Engine, component::decide_not_restored(component, reason))
            }
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
