//! An update is rolled back: its start, the receipts of its components, and how it ends.
//!
//! Owns the sentence "rolled back": it is said only after every managed digest equals the one from before.

use super::cards::{Decided, on};
use crate::component::event::ComponentEvent;
use crate::core::codes::Code;
use crate::core::digest::Digest;
use crate::core::ids::{ComponentId, RollbackId, UpdateId};
use crate::core::refusal::Refusal;
use crate::core::sealed_text::SealedText;
use crate::core::time::Timestamp;
use crate::log::actor::Signed;
use crate::log::event::Event;
use crate::statement::{ReceiptAct, ReceiptResult};
use crate::update::event::{Trigger, UpdateEvent};
use crate::update::evidence::{NoReceiptFacts, ReceiptFacts};
use crate::update::receipts::check_bounds;
use crate::update::state::{Update, UpdatePhase};

/// The one rollback of an update carries the update's own UUID.
pub fn rollback_id(update: &UpdateId) -> RollbackId {
    let text = update.as_str().replacen("upd_", "rb_", 1);
    text.parse().expect("invariant: an update id is upd_ and a UUID, so this is rb_ and a UUID")
}

pub(super) fn roll_back(
    update: &Update,
    trigger: Trigger,
    reason: SealedText,
    by: Option<Signed>,
) -> UpdateEvent {
    UpdateEvent::RollbackStarted {
        rollback: rollback_id(update.id()),
        trigger,
        reason,
        review_needed: by.is_some(),
        by,
        components: update.applied(),
    }
}

/// A verified receipt of a revert. Repeated ones are passed over.
pub fn reverted(update: &Update, receipt: &ReceiptFacts, now: Timestamp) -> Decided {
    let (UpdatePhase::RollingBack, Some(rollback), Some(package)) =
        (update.phase(), update.rollback(), update.package())
    else {
        return Ok(Vec::new());
    };
    let expected = receipt.act == ReceiptAct::Revert && rollback.is_due(&receipt.component);
    let Some(plan) = package.components.get(&receipt.component).filter(|_| expected) else {
        return Ok(Vec::new());
    };
    let signed_before = update.receipts().get(&receipt.component).map(|(r, _, _)| r.key);
    if signed_before != Some(receipt.key) {
        return Err(Refusal::forbidden(
            Code::UnknownKey,
            format!("component {} applied with another key than it reverts with", receipt.component),
            "only the component itself can sign for what it did",
        ));
    }
    check_bounds(receipt)?;
    let event = UpdateEvent::Receipt(receipt.clone());
    let mut next = update.clone();
    next.evolve(&event, now, update.last_seq());
    let mut events = on(update.id(), [event]);
    let component = receipt.component.clone();
    events.push(if restored(receipt, plan.before) {
        let digest = receipt.after;
        let (update, document) = (update.id().clone(), update.document().cloned());
        Event::Component(component, ComponentEvent::Reverted { update, digest, document })
    } else {
        left_dirty(update, &component, Some(receipt.after))
    });
    events.extend(on(update.id(), end_of_rollback(&next)));
    Ok(events)
}

/// A component could sign for nothing of a revert. Repeated ones are passed over.
pub(super) fn not_reverted(update: &Update, facts: &NoReceiptFacts, now: Timestamp) -> Vec<Event> {
    let due = *update.phase() == UpdatePhase::RollingBack
        && facts.act == ReceiptAct::Revert
        && update.rollback().is_some_and(|r| r.is_due(&facts.component));
    if !due {
        return Vec::new();
    }
    let event = UpdateEvent::NoReceipt(facts.clone());
    let mut next = update.clone();
    next.evolve(&event, now, update.last_seq());
    let mut events = on(update.id(), [event]);
    events.push(left_dirty(update, &facts.component, facts.found));
    events.extend(on(update.id(), end_of_rollback(&next)));
    events
}

fn restored(receipt: &ReceiptFacts, before: Digest) -> bool {
    receipt.result == ReceiptResult::Applied && receipt.after == before
}

pub(super) fn left_dirty(update: &Update, component: &ComponentId, found: Option<Digest>) -> Event {
    Event::Component(component.clone(), ComponentEvent::RollbackFailed { update: update.id().clone(), found })
}

/// How a rollback ends, when every component of it has been tried.
fn end_of_rollback(update: &Update) -> Option<UpdateEvent> {
    let (rollback, package) = (update.rollback()?, update.package()?);
    if rollback.receipts.len() + rollback.unproved.len() < rollback.components.len() {
        return None;
    }
    let receipts = rollback
        .receipts
        .iter()
        .map(|(r, _, _)| r)
        .filter(|r| package.components.get(&r.component).is_none_or(|p| !restored(r, p.before)))
        .map(|r| format!("component {} is not as before: {}", r.component, r.reason));
    let unproved = rollback
        .unproved
        .iter()
        .map(|(id, reason)| format!("component {id} is not proved to be as before: {reason}"));
    let bad: Vec<String> = receipts.chain(unproved).collect();
    Some(if !bad.is_empty() || update.left_dirty() {
        let reason = if bad.is_empty() { rollback.reason.clone() } else { bad.join("; ").into() };
        UpdateEvent::RollbackFailed { rollback: rollback.id.clone(), reason }
    } else if rollback.trigger == Trigger::DistributionFailed {
        // Without a receipt of the failure, its card says what it was.
        let of_card = || {
            let code = update.card(6).and_then(|c| c.facts.code).unwrap_or(Code::Unspecified);
            (code, rollback.reason.clone())
        };
        let (code, reason) = rollback.failure.as_ref().map_or_else(of_card, |r| update.failure(r));
        UpdateEvent::Failed { stage: 6, code, reason }
    } else {
        UpdateEvent::RolledBack { rollback: rollback.id.clone() }
    })
}
