//! Stages 6 and 7: one component after the other is changed, and each says so with a receipt, or one of them stops it.
//!
//! Owns what a receipt of an apply leads to. Never takes a component's word for it: digests decide.

use super::cards::{Decided, card, on, passed, since};
use super::prepare::drifted;
use super::rollback::{left_dirty, not_reverted, roll_back, rollback_id};
use crate::component::event::ComponentEvent;
use crate::component::state::ComponentPhase;
use crate::core::codes::Code;
use crate::core::ids::ComponentId;
use crate::core::sealed_text::SealedText;
use crate::core::time::Timestamp;
use crate::log::event::Event;
use crate::statement::ReceiptAct;
use crate::update::event::{Trigger, UpdateEvent};
use crate::update::evidence::{CardFacts, CardVerdict, NoReceiptFacts, ReceiptFacts};
use crate::update::receipts::{check_bounds, check_key};
use crate::update::state::{Update, UpdatePhase};
use crate::world::World;

/// A verified receipt of an apply. Repeated ones are passed over.
pub fn applied(world: &World, update: &Update, receipt: &ReceiptFacts, now: Timestamp) -> Decided {
    let UpdatePhase::Distributing { current: Some(current) } = update.phase() else { return Ok(Vec::new()) };
    if *current != receipt.component || receipt.act != ReceiptAct::Apply {
        return Ok(Vec::new());
    }
    check_key(world.receipt_key(current), receipt)?;
    check_bounds(receipt)?;
    let event = UpdateEvent::Receipt(receipt.clone());
    let ms = since(update.distributing_since().unwrap_or(now), now);
    let Some(tree) = receipt.tree.filter(|_| update.in_place(receipt)) else {
        let mut events = on(update.id(), [event]);
        events.extend(distribution_failed(world, update, receipt, ms));
        return Ok(events);
    };
    let installed = ComponentEvent::Installed {
        update: update.id().clone(),
        version: update.version(),
        by: update.by().person.clone(),
        digest: receipt.after,
        tree,
        document: update.document().cloned(),
    };
    let mut with_it = update.clone();
    with_it.evolve(&event, now, update.last_seq());
    let mut events = on(update.id(), [event]);
    events.push(Event::Component(current.clone(), installed));
    let next = update.components().iter().skip_while(|c| *c != current).nth(1);
    events.extend(match next {
        Some(next) => go_on(world, &with_it, next, ms),
        None => on(update.id(), distributed(update, ms)),
    });
    Ok(events)
}

/// The next component gets its turn, unless it has been suspended since the distribution began: then it gets nothing,
/// and what is in place elsewhere comes back.
fn go_on(world: &World, update: &Update, next: &ComponentId, ms: u64) -> Vec<Event> {
    let phase = world.components().get(next).map(|c| c.phase());
    if phase == Some(&ComponentPhase::Active) {
        return on(update.id(), [UpdateEvent::ApplyStarted { component: next.clone() }]);
    }
    let is = phase.map_or_else(|| "not registered".to_owned(), |phase| phase.state().plain());
    let reason = SealedText::from(format!("component {next} is {is}: nothing was brought there"));
    let code = Code::ComponentNotReady;
    let blocked = card(update, 6, CardVerdict::Blocked, code, reason.clone(), ms);
    let mut events = on(update.id(), [UpdateEvent::Stage(blocked)]);
    events.extend(roll_back_the_others(update, false, true, code, reason));
    events
}

fn distributed(update: &Update, ms: u64) -> [UpdateEvent; 3] {
    let n = u32::try_from(update.components().len()).unwrap_or(u32::MAX);
    let all = match n {
        1 => "Its receipt is there and verified.".to_owned(),
        n => format!("{n} of {n} receipts, each verified."),
    };
    let there = "All required receipts are in the log.";
    [passed(update, 6, all, ms), passed(update, 7, there, 0), UpdateEvent::Distributed { receipts: n }]
}

fn distribution_failed(world: &World, update: &Update, receipt: &ReceiptFacts, ms: u64) -> Vec<Event> {
    let dirty = update.is_dirty(receipt);
    let is_drift = !dirty && receipt.code == Some(Code::DriftDetected);
    let (code, reason) = update.failure(receipt);
    let verdict = if is_drift { CardVerdict::Blocked } else { CardVerdict::Failed };
    let stage = CardFacts { output: receipt.output, ..card(update, 6, verdict, code, reason.clone(), ms) };
    let mut events = on(update.id(), [UpdateEvent::Stage(stage)]);
    if is_drift {
        let plan = update.package().and_then(|p| p.components.get(&receipt.component));
        let expected = plan.map_or(receipt.before, |plan| plan.before);
        events.extend(drifted(world, &receipt.component, expected, receipt.after));
    }
    if dirty {
        events.push(left_dirty(update, &receipt.component, Some(receipt.after)));
    }
    events.extend(roll_back_the_others(update, dirty, is_drift, code, reason));
    events
}

/// One component stopped the distribution. What was applied to others comes back; if nothing was, this is the end.
fn roll_back_the_others(
    update: &Update,
    dirty: bool,
    blocked: bool,
    code: Code,
    reason: SealedText,
) -> Vec<Event> {
    let nothing_applied = update.applied().is_empty();
    if nothing_applied && !dirty {
        let end = if blocked {
            UpdateEvent::Blocked { stage: 6, code, reason }
        } else {
            UpdateEvent::Failed { stage: 6, code, reason }
        };
        return on(update.id(), [end]);
    }
    let mut events = on(update.id(), [roll_back(update, Trigger::DistributionFailed, reason.clone(), None)]);
    if nothing_applied {
        let rollback = rollback_id(update.id());
        events.extend(on(update.id(), [UpdateEvent::RollbackFailed { rollback, reason }]));
    }
    events
}

/// A component could not sign, or it could not be inspected, for as long as that is tried. Nothing was begun: the update
/// is blocked until a person has mended it. Something was: what is there is not proved, which is said and stays.
pub fn no_receipt(update: &Update, facts: &NoReceiptFacts, now: Timestamp) -> Vec<Event> {
    let event = UpdateEvent::NoReceipt(facts.clone());
    let applying = facts.act == ReceiptAct::Apply
        && *update.phase() == (UpdatePhase::Distributing { current: Some(facts.component.clone()) });
    if applying {
        let way_out = if facts.begun {
            "it had begun, so what is there is not proved; mend it, then adopt or restore the component"
        } else if update.applied().is_empty() {
            "nothing was changed; mend it, then retry the update"
        } else {
            "nothing was changed there; mend it, then submit the update again"
        };
        let reason = SealedText::from(format!("component {}: {}; {way_out}", facts.component, facts.reason));
        let verdict = if facts.begun { CardVerdict::Failed } else { CardVerdict::Blocked };
        let ms = since(update.distributing_since().unwrap_or(now), now);
        let stage = card(update, 6, verdict, facts.code, reason.clone(), ms);
        let mut events = on(update.id(), [event, UpdateEvent::Stage(stage)]);
        if facts.begun {
            events.push(left_dirty(update, &facts.component, facts.found));
        }
        let code = facts.code;
        events.extend(roll_back_the_others(update, facts.begun, !facts.begun, code, reason));
        return events;
    }
    not_reverted(update, facts, now)
}
