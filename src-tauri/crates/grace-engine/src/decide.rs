//! From an input to events: finds the aggregate and asks its rules. Pure; the owner calls it on its working copy.

use crate::input::Input;
use grace_domain::component::{self, Component};
use grace_domain::core::codes::Code;
use grace_domain::core::ids::{ComponentId, HandshakeId, UpdateId};
use grace_domain::core::refusal::Refusal;
use grace_domain::core::states::State;
use grace_domain::core::time::Timestamp;
use grace_domain::handshake::{self, Handshake};
use grace_domain::log::{Actor, Event, Subject};
use grace_domain::update::{self, Update};
use grace_domain::world::World;

/// What an input means: who caused it, the subject, and its events.
pub struct Decision {
    /// Actor of the entries.
    pub actor: Actor,
    /// Whom it is about.
    pub subject: Subject,
    /// In order.
    pub events: Vec<Event>,
}

fn update_of<'w>(world: &'w World, id: &UpdateId) -> Result<&'w Update, Refusal> {
    world.updates.get(id).map(AsRef::as_ref).ok_or_else(|| {
        Refusal::conflict(
            Code::NotOpen,
            format!("{id} has ended or does not exist"),
            "look at its state with `update show`; nothing was changed",
        )
    })
}

fn handshake_of<'w>(world: &'w World, id: &HandshakeId) -> Result<&'w Handshake, Refusal> {
    world.handshakes.get(id).map(AsRef::as_ref).ok_or_else(|| {
        Refusal::conflict(
            Code::NotOpen,
            format!("{id} has ended or does not exist"),
            "look at `handshake show`",
        )
    })
}

fn component_of<'w>(world: &'w World, id: &ComponentId) -> Result<&'w Component, Refusal> {
    world.components.get(id).map(AsRef::as_ref).ok_or_else(|| Refusal::not_found("component", id.as_str()))
}

/// Decides one input at `now`.
pub fn decide(world: &World, input: &Input, now: Timestamp) -> Result<Decision, Refusal> {
    let engine = |subject: Subject, events| Ok(Decision { actor: Actor::Engine, subject, events });
    match input {
        Input::Propose(submission, edit) => Ok(Decision {
            actor: Actor::Person(submission.statement.created_by.clone()),
            subject: Subject::Update(submission.statement.id.clone()),
            events: update::decide::propose(world, submission, edit.as_ref(), now)?,
        }),
        Input::ApproveUpdate(id, a) => Ok(Decision {
            actor: Actor::Person(a.statement.person.clone()),
            subject: Subject::Update(id.clone()),
            events: update::decide::approve(world, update_of(world, id)?, a, now)?,
        }),
        Input::ActOnUpdate(id, a) => Ok(Decision {
            actor: Actor::Person(a.statement.person.clone()),
            subject: Subject::Update(id.clone()),
            events: update::decide::act(world, update_of(world, id)?, a, now)?,
        }),
        Input::ActOnComponent(id, a, found) => Ok(Decision {
            actor: Actor::Person(a.statement.person.clone()),
            subject: Subject::Component(id.clone()),
            events: component::decide_act(
                component_of(world, id)?,
                a,
                found,
                world.occupant(id, None).map(|u| &u.id),
            )?,
        }),
        Input::RequestHandshake { request, target, simulated } => Ok(Decision {
            actor: Actor::Person(request.statement.requested_by.clone()),
            subject: Subject::Handshake(request.statement.id.clone()),
            events: handshake::decide::request(world, request, target, *simulated, now)?,
        }),
        Input::ApproveHandshake(id, a) => Ok(Decision {
            actor: Actor::Person(a.statement.person.clone()),
            subject: Subject::Handshake(id.clone()),
            events: handshake::decide::approve(world, handshake_of(world, id)?, a, now)?,
        }),
        Input::Ack(id, a, seen) => Ok(Decision {
            actor: Actor::Component(a.statement.by.clone()),
            subject: Subject::Handshake(id.clone()),
            events: handshake::decide::ack(world, handshake_of(world, id)?, a, *seen, now)?,
        }),
        Input::StageDone(id, done) => engine(
            Subject::Update(id.clone()),
            update::decide::stage_done(world, update_of(world, id)?, done)?,
        ),
        Input::Receipt(id, facts) => {
            let u = update_of(world, id)?;
            let mut events = update::decide::reverted(u, facts, now)?;
            if facts.act == grace_domain::statement::ReceiptAct::Apply {
                events = update::decide::applied(world, u, facts, now)?;
            }
            Ok(Decision {
                actor: Actor::Component(facts.component.clone()),
                subject: Subject::Update(id.clone()),
                events,
            })
        }
        Input::NoReceipt(id, facts) => {
            engine(Subject::Update(id.clone()), update::decide::no_receipt(update_of(world, id)?, facts, now))
        }
        Input::NotRestored(id, reason) => engine(
            Subject::Component(id.clone()),
            component::decide_not_restored(component_of(world, id)?, reason),
        ),
        Input::Restored(id, facts) => Ok(Decision {
            actor: Actor::Component(id.clone()),
            subject: Subject::Component(id.clone()),
            events: component::decide_restored(component_of(world, id)?, facts)?,
        }),
        Input::UpdateWindow(id, baselines) => engine(
            Subject::Update(id.clone()),
            update::decide::window_ready(world, update_of(world, id)?, baselines.clone()),
        ),
        Input::UpdateEvaluation(id, report, gone) => engine(
            Subject::Update(id.clone()),
            update::decide::evaluated(update_of(world, id)?, report, gone),
        ),
        Input::Baseline(id, found) => engine(
            Subject::Handshake(id.clone()),
            handshake::decide::baseline(world, handshake_of(world, id)?, found.clone()),
        ),
        Input::HandshakeWindow(id, baselines) => engine(
            Subject::Handshake(id.clone()),
            handshake::decide::window_ready(world, handshake_of(world, id)?, baselines.clone()),
        ),
        Input::HandshakeEvaluation(id, report) => engine(
            Subject::Handshake(id.clone()),
            handshake::decide::evaluated(world, handshake_of(world, id)?, report),
        ),
        Input::Tick => engine(Subject::World, Vec::new()),
    }
}

/// What may go on now that time went by or something else ended: one aggregate's events at a time, so that each
/// sees what the one before it did. `None` when everything rests.
pub fn advance(world: &World, now: Timestamp) -> Option<Decision> {
    let (subject, events) = world.tick(now)?;
    Some(Decision { actor: Actor::Engine, subject, events })
}

/// The state's word of a subject after the decision.
pub fn state_of(world: &World, subject: &Subject) -> State {
    world.state(subject).unwrap_or(State::Ended)
}
