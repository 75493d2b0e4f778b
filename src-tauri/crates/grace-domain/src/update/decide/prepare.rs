//! Stages 2 to 5: what a preparation found goes into the log, once.
//!
//! Owns which results are taken. Never runs a stage: that is an effect.

use super::cards::{Decided, on};
use crate::component::event::ComponentEvent;
use crate::component::state::ComponentPhase;
use crate::core::codes::Code;
use crate::core::digest::Digest;
use crate::core::ids::ComponentId;
use crate::core::refusal::Refusal;
use crate::log::event::Event;
use crate::update::event::UpdateEvent;
use crate::update::evidence::{CardFacts, CardVerdict, PackageFacts};
use crate::update::state::Update;
use crate::world::World;

/// What a preparation stage found; `package` comes with a passed stage 5, `drift` with a base that was changed outside Grace.
#[derive(Debug, Clone)]
pub struct StageDone {
    /// The card.
    pub card: CardFacts,
    /// For stage 5.
    pub package: Option<PackageFacts>,
    /// Component, digest expected, digest found.
    pub drift: Option<(ComponentId, Digest, Digest)>,
}

/// The result of one of stages 2 to 5. Results of an earlier preparation, and of a stage that is not due, are
/// passed over: they come from an effect that was started twice.
pub fn stage_done(world: &World, update: &Update, done: &StageDone) -> Decided {
    let c = &done.card;
    if c.attempt != update.attempt() || update.due_stage() != Some(c.n) {
        return Ok(Vec::new());
    }
    let mut events = on(update.id(), [UpdateEvent::Stage(c.clone())]);
    match c.verdict {
        CardVerdict::Passed => {
            if c.n == 5 {
                let planned = |p: &&PackageFacts| {
                    p.attempt == update.attempt()
                        && p.components.len() == update.components().len()
                        && update.components().iter().all(|id| p.components.contains_key(id))
                };
                let Some(package) = done.package.as_ref().filter(planned) else {
                    return Err(Refusal::invalid(
                        Code::WrongShape,
                        "stage 5 passed without a package for exactly these components",
                        "report this",
                    ));
                };
                events.extend(on(update.id(), [UpdateEvent::Packaged(package.clone())]));
            }
        }
        CardVerdict::Failed => events.extend(on(
            update.id(),
            [UpdateEvent::Failed {
                stage: c.n,
                code: c.code.unwrap_or(Code::Unspecified),
                reason: c.sentence.clone(),
            }],
        )),
        CardVerdict::Blocked => events.extend(on(
            update.id(),
            [UpdateEvent::Blocked {
                stage: c.n,
                code: c.code.unwrap_or(Code::Unspecified),
                reason: c.sentence.clone(),
            }],
        )),
    }
    if let Some((id, expected, found)) = &done.drift {
        events.extend(drifted(world, id, *expected, *found));
    }
    Ok(events)
}

pub(super) fn drifted(world: &World, id: &ComponentId, expected: Digest, found: Digest) -> Option<Event> {
    let active = world.components().get(id).is_some_and(|c| *c.phase() == ComponentPhase::Active);
    active.then(|| Event::Component(id.clone(), ComponentEvent::DriftDetected { expected, found }))
}
