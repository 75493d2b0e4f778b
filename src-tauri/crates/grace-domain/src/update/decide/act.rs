//! The other signed acts of a person: withdraw, retry, keep, roll back, review.
//!
//! Owns when each is allowed and what it leads to. Never acts without a reason and a signature.

use super::cards::{Decided, on, passed, since, wrong_state};
use super::in_use::in_use;
use super::rollback::roll_back;
use super::watch::failed_watch;
use crate::component::state::ComponentPhase;
use crate::core::codes::Code;
use crate::core::ids::PersonId;
use crate::core::refusal::Refusal;
use crate::core::time::Timestamp;
use crate::crypto::keys::PublicKey;
use crate::governance::checks::{check_nonce, check_reason, check_subject};
use crate::governance::tally::{Own, Requester};
use crate::log::actor::Signed;
use crate::statement::{Act, ActStatement, Verified};
use crate::update::event::{Trigger, UpdateEvent};
use crate::update::state::{Review, Update, UpdatePhase};
use crate::world::World;

/// May this act be done now, by anybody?
pub fn may(world: &World, update: &Update, act: Act) -> Result<(), Refusal> {
    match (act, update.phase()) {
        (
            Act::Withdraw,
            UpdatePhase::Preparing
            | UpdatePhase::AwaitingApproval
            | UpdatePhase::Approved { .. }
            | UpdatePhase::Blocked { .. },
        )
        | (Act::Retry, UpdatePhase::Blocked { .. })
        | (Act::Keep, UpdatePhase::Held { .. }) => Ok(()),
        (Act::Rollback, UpdatePhase::Observing { .. } | UpdatePhase::Held { .. } | UpdatePhase::Stable) => {
            may_roll_back(world, update)
        }
        (Act::Review, UpdatePhase::RolledBack | UpdatePhase::RollbackFailed) => may_review(update),
        (Act::Withdraw, _) => Err(wrong_state(update, "withdrawn")),
        (Act::Retry, _) => Err(wrong_state(update, "retried")),
        (Act::Keep, _) => Err(wrong_state(update, "kept")),
        (Act::Rollback, _) => Err(wrong_state(update, "rolled back")),
        (Act::Review, _) => Err(wrong_state(update, "reviewed")),
        (Act::Adopt, _) => Err(wrong_state(update, "adopted")),
        (Act::Restore, _) => Err(wrong_state(update, "restored")),
    }
}

/// On each of its components it must be what is in place, and nothing else may be changing it.
fn may_roll_back(world: &World, update: &Update) -> Result<(), Refusal> {
    in_use(world, update, true)?;
    for id in update.components() {
        let component = world.components().get(id);
        let newest = component.and_then(|c| c.newest_of(update.document()));
        if newest.is_none_or(|n| n.update != *update.id()) {
            // After an adoption there is no newer update, and a rollback from what was adopted has no recorded content.
            let way_out = if newest.is_some() {
                "roll back the newer update first"
            } else {
                "no update can be rolled back there now; submit one that brings the content that you want"
            };
            return Err(Refusal::conflict(
                Code::NewerUpdateApplied,
                format!("component {id} has changed since; only its newest update can be rolled back"),
                way_out,
            ));
        }
        // A stable update does not occupy its components: somebody may be restoring one at this moment.
        if let (UpdatePhase::Stable, Some(component)) = (update.phase(), component)
            && !matches!(component.phase(), ComponentPhase::Active | ComponentPhase::Validating)
        {
            return Err(Refusal::conflict(
                Code::ComponentNotReady,
                format!("component {id} is not ready: {}", component.phase().state().plain()),
                "adopt or restore the component first",
            ));
        }
        if let Some(other) = world.occupant_of(id, update) {
            return Err(Refusal::conflict(
                Code::ComponentBusy,
                format!("update {} is {} on {id}", other.version(), other.state().plain()),
                "wait until it has ended",
            ));
        }
    }
    Ok(())
}

/// A rollback that one person alone has signed is reviewed once, by another.
fn may_review(update: &Update) -> Result<(), Refusal> {
    let (message, hint) = match update.rollback().and_then(|r| r.review.as_ref()) {
        Some(Review::Pending) => return Ok(()),
        Some(Review::Done { by, .. }) => (
            format!("person {} has reviewed this rollback already", by.person),
            "no further review is needed",
        ),
        None => ("this rollback needs no review".to_owned(), "only one that a person signed is reviewed"),
    };
    Err(Refusal::conflict(Code::NothingToReview, message, hint))
}

/// May this person sign it with this key? Nobody keeps an update unobserved that is one's own, or reviews one's own
/// rollback.
pub fn may_sign(
    world: &World,
    update: &Update,
    act: Act,
    (person, key): (&PersonId, &PublicKey),
) -> Result<(), Refusal> {
    let own = |by: Requester<'_>| by.own(person, key, world.people());
    let (code, message) = match act {
        Act::Keep => match own(update.requester()) {
            None => return Ok(()),
            Some(Own::Requester) => {
                (Code::SelfApproval, "whoever submitted an update cannot keep it unobserved")
            }
            Some(Own::Owner) => (
                Code::SelfApproval,
                "whoever answers for the service that submitted an update cannot keep it unobserved",
            ),
        },
        Act::Review => {
            let by = update.rollback().and_then(|rollback| rollback.by.as_ref());
            match by.and_then(|by| own(Requester { person: &by.person, key: &by.key })) {
                None => return Ok(()),
                Some(Own::Requester | Own::Owner) => {
                    (Code::SelfReview, "whoever started a rollback cannot review it")
                }
            }
        }
        Act::Withdraw | Act::Retry | Act::Rollback | Act::Adopt | Act::Restore => return Ok(()),
    };
    Err(Refusal::forbidden(code, message, "let another person sign"))
}

/// A verified act of a person.
pub fn act(world: &World, update: &Update, a: &Verified<ActStatement>, now: Timestamp) -> Decided {
    let s = &a.statement;
    check_subject(&s.subject, update.id().as_str(), "update")?;
    check_nonce(update.nonces(), &s.nonce)?;
    may(world, update, s.act)?;
    if s.digest != update.set() {
        return Err(Refusal::conflict(
            Code::WrongDigest,
            "the statement is bound to other content",
            "sign a new one",
        ));
    }
    check_reason(s)?;
    may_sign(world, update, s.act, (&s.person, &a.key))?;
    let by = Signed::of(a, &s.person, &s.nonce, &s.reason);
    let watched = since(update.window_opened().unwrap_or(now), now);
    let events = match s.act {
        Act::Withdraw => vec![UpdateEvent::Withdrawn { by }],
        Act::Retry => vec![UpdateEvent::Retried { by, attempt: update.attempt().saturating_add(1) }],
        Act::Keep => {
            let sentence = format!("Kept by {} without an observation.", s.person);
            vec![passed(update, 8, sentence, watched), UpdateEvent::Kept { by }]
        }
        Act::Rollback => {
            let mut events = Vec::new();
            if !matches!(update.phase(), UpdatePhase::Stable) {
                let sentence = format!("Rolled back by {}.", s.person);
                events.push(failed_watch(update, Code::RolledBack, &sentence, watched));
            }
            events.push(roll_back(update, Trigger::Person, s.reason.clone(), Some(by)));
            events
        }
        Act::Review => {
            let Some(rollback) = update.rollback() else { return Err(wrong_state(update, "reviewed")) };
            vec![UpdateEvent::RollbackReviewed { rollback: rollback.id.clone(), by }]
        }
        Act::Adopt | Act::Restore => return Err(wrong_state(update, s.act.as_str())),
    };
    Ok(on(update.id(), events))
}
