//! An effect that broke: where a person is sent to look, and what the log is told, so that no start after start breaks
//! on the same work with no way out.
//!
//! A stage of a preparation is told at once: nothing was touched, and a retry leads out. An act at a target is first
//! taken up again by the next start, as after a crash: what broke may have been passing by. When it breaks there too, it
//! has ended without a receipt, and what is there is not proved. Windows have no such end: nobody's verdict is made up.
//!
//! Owns those words and that telling. Never looks at a target: that may be what broke.

use super::Effect;
use crate::context::EffectContext;
use crate::input::Input;
use crate::prepare;
use grace_domain::core::codes::Code;
use grace_domain::core::ids::{ComponentId, HandshakeId, UpdateId};
use grace_domain::handshake;
use grace_domain::log::NoReceiptFacts;
use grace_domain::statement::ReceiptAct;
use grace_domain::update;
use grace_domain::world::World;
use grace_target::agent::receipt::short;

/// Whose target or samples a person looks at, and what the next start does about it. One clause.
pub(super) fn where_to_look(effect: &Effect, world: &World, resumed: bool) -> String {
    let next = if resumed {
        "an earlier start had it to do, too, so it is not tried again and the log says so"
    } else {
        "the next start tries it once more, and says so in the log if it breaks again"
    };
    match effect {
        Effect::Update(update::Effect::Prepare { update, .. }) => {
            format!("{update} is blocked, nothing was changed; retry it when that is mended")
        }
        Effect::Update(
            update::Effect::Apply { component, .. } | update::Effect::Revert { component, .. },
        )
        | Effect::Restore(component) => format!("look at the target of {component}; {next}"),
        Effect::Update(update::Effect::OpenWindow { update }) => {
            format!("look at the samples of {}; until that is mended nobody judges it", of(world, update))
        }
        Effect::Update(update::Effect::Watch { update }) => format!(
            "look at the samples of {}; nobody judges it now; after the next start, before its first look, it can be \
             rolled back",
            of(world, update)
        ),
        Effect::Handshake(handshake::Effect::RecordBaseline { handshake }) => {
            format!("look at the target of {}; {next}", joining(world, handshake))
        }
        Effect::Handshake(handshake::Effect::Announce { handshake }) => {
            format!("{} joins when it is answered; else that ends at its deadline", joining(world, handshake))
        }
        Effect::Handshake(
            handshake::Effect::OpenWindow { handshake } | handshake::Effect::Watch { handshake },
        ) => format!(
            "look at the samples of {}; until that is mended nobody judges it",
            joining(world, handshake)
        ),
    }
}

fn of(world: &World, update: &UpdateId) -> String {
    let components = world.updates.get(update).map(|u| u.components.as_slice()).unwrap_or_default();
    components.iter().map(ComponentId::as_str).collect::<Vec<_>>().join(", ")
}

fn joining(world: &World, handshake: &HandshakeId) -> String {
    world.handshakes.get(handshake).map_or_else(|| handshake.to_string(), |h| h.component.to_string())
}

/// Tells the log, where there is something to be told.
pub(super) async fn record_failure(context: EffectContext, effect: Effect, why: String, resumed: bool) {
    if let Some(input) = confession(&context.world(), &effect, &why, resumed) {
        context.tell(input).await;
    }
}

fn confession(world: &World, effect: &Effect, why: &str, resumed: bool) -> Option<Input> {
    let reason = short(&format!("the engine broke on it when it was taken up again: {why}"));
    match effect {
        Effect::Update(update::Effect::Prepare { update, stage, .. }) => {
            let done = prepare::broke(world.updates.get(update)?, *stage, why);
            Some(Input::StageDone(update.clone(), Box::new(done)))
        }
        _ if !resumed => None,
        Effect::Update(update::Effect::Apply { update, component }) => {
            Some(unproved(update, component, ReceiptAct::Apply, Code::ApplyBroke, reason))
        }
        Effect::Update(update::Effect::Revert { update, component, .. }) => {
            Some(unproved(update, component, ReceiptAct::Revert, Code::RevertBroke, reason))
        }
        Effect::Restore(component) => Some(Input::NotRestored(component.clone(), reason)),
        Effect::Handshake(handshake::Effect::RecordBaseline { handshake }) => {
            Some(Input::Baseline(handshake.clone(), Err(reason)))
        }
        Effect::Update(update::Effect::OpenWindow { .. } | update::Effect::Watch { .. })
        | Effect::Handshake(
            handshake::Effect::Announce { .. }
            | handshake::Effect::OpenWindow { .. }
            | handshake::Effect::Watch { .. },
        ) => None,
    }
}

/// Nobody knows how far it came, so it may be half way.
fn unproved(
    update: &UpdateId,
    component: &ComponentId,
    act: ReceiptAct,
    code: Code,
    reason: String,
) -> Input {
    let facts = NoReceiptFacts {
        component: component.clone(),
        act,
        code,
        reason: reason.into(),
        begun: true,
        found: None,
    };
    Input::NoReceipt(update.clone(), Box::new(facts))
}
