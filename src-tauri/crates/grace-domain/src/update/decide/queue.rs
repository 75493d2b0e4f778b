//! Time went by, or something else ended: an update expires, prepares again, waits with its reason, or gets its turn.
//!
//! Owns the order of updates on a component. Never takes an update past approvals that do not count any more.

use super::cards::{card, on, since};
use super::in_use::in_use;
use crate::component::state::ComponentPhase;
use crate::core::codes::Code;
use crate::core::count::counted;
use crate::core::time::Timestamp;
use crate::log::event::Event;
use crate::update::event::UpdateEvent;
use crate::update::evidence::CardVerdict;
use crate::update::state::{Phase, Update};
use crate::world::World;

/// Time went by, or something else ended: may it go on?
pub fn tick(world: &World, update: &Update, now: Timestamp) -> Vec<Event> {
    match &update.phase {
        Phase::Preparing | Phase::Blocked { .. } => expire(update, now),
        Phase::AwaitingApproval => match rebase(world, update) {
            Some(event) if now < update.expires => on(&update.id, [event]),
            _ => expire(update, now),
        },
        Phase::Approved { waiting } => {
            let expired = expire(update, now);
            if expired.is_empty() { start(world, update, waiting.as_deref(), now) } else { expired }
        }
        Phase::Distributing { .. }
        | Phase::Observing { .. }
        | Phase::Held { .. }
        | Phase::RollingBack
        | Phase::Stable
        | Phase::RolledBack
        | Phase::RollbackFailed
        | Phase::Failed { .. }
        | Phase::Refused { .. }
        | Phase::Withdrawn => Vec::new(),
    }
}

fn expire(update: &Update, now: Timestamp) -> Vec<Event> {
    if now < update.expires {
        return Vec::new();
    }
    let code = Code::ProposalExpired;
    let reason = format!("not distributed until {}", update.expires);
    let mut events = Vec::new();
    if update.cards[0].is_none() {
        let ms = since(update.created, now);
        events.push(UpdateEvent::Stage(card(update, 1, CardVerdict::Failed, code, reason.clone(), ms)));
    }
    events.push(UpdateEvent::Refused { code, reason: reason.into() });
    on(&update.id, events)
}

/// The base of the package is not what is installed any more, and nobody is changing it at the moment.
fn rebase(world: &World, update: &Update) -> Option<UpdateEvent> {
    let package = update.package.as_ref()?;
    let packaged = update.cards[4].as_ref().map(|card| card.seq);
    let changed = package.components.iter().find_map(|(id, plan)| {
        if world.occupant_of(id, update).is_some() {
            return None;
        }
        let c = world.components.get(id).filter(|c| c.phase == ComponentPhase::Active)?;
        // Another target, other commands: what was approved was about what it was before.
        if packaged.is_some_and(|seq| c.registered_seq > seq) {
            return Some(format!("{id} joined anew"));
        }
        let expected = c.expected(update.document.as_ref());
        expected.is_some_and(|d| d != plan.before).then(|| format!("the content of {id} changed"))
    })?;
    Some(UpdateEvent::Rebased {
        attempt: update.attempt.saturating_add(1),
        reason: format!("{changed}; approvals so far are void").into(),
    })
}

fn start(world: &World, update: &Update, waiting: Option<&str>, now: Timestamp) -> Vec<Event> {
    if let Some(reason) = in_the_way(world, update, now) {
        let same = waiting == Some(reason.as_str());
        return if same {
            Vec::new()
        } else {
            on(&update.id, [UpdateEvent::Waiting { reason: reason.into() }])
        };
    }
    if let Some(event) = rebase(world, update) {
        return on(&update.id, [event]);
    }
    let have = match update.release(world.policy_of(&update.policy), world.people(), now) {
        Ok(approved) => approved.have,
        Err(not) => {
            let reason = format!("only {} still valid", counted(not.have, "approval"));
            return on(&update.id, [UpdateEvent::ApprovalLapsed { reason: reason.into() }]);
        }
    };
    let Some(first) = update.components.first() else { return Vec::new() };
    on(
        &update.id,
        [UpdateEvent::Distributing { have }, UpdateEvent::ApplyStarted { component: first.clone() }],
    )
}

fn in_the_way(world: &World, update: &Update, now: Timestamp) -> Option<String> {
    if let Some(freeze) = world.policy().frozen(now) {
        return Some(format!("frozen until {}: {}", freeze.to, freeze.reason));
    }
    if let Err(refusal) = in_use(world, update, false) {
        return Some(refusal.message);
    }
    for id in &update.components {
        if let Some(other) = world.occupant_of(id, update) {
            return Some(format!("{} {} is {} on {id}", other.id, other.version, other.state()));
        }
        let earlier = world.updates.values().find(|u| {
            u.version < update.version
                && matches!(u.phase, Phase::Approved { .. })
                && u.components.contains(id)
                && u.meets(update)
        });
        if let Some(other) = earlier {
            return Some(format!("{} {} goes first on {id}", other.id, other.version));
        }
        match world.components.get(id) {
            Some(c) if c.phase == ComponentPhase::Active => {}
            Some(c) => return Some(format!("{id} is {}", c.phase.state())),
            None => return Some(format!("{id} is not registered")),
        }
    }
    None
}
