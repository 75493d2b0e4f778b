//! Stage 1: an approval or a denial is accepted, or refused without a trace.
//!
//! Owns what its acceptance leads to. Never counts by itself: that is [`crate::governance::tally`].

use super::cards::{Decided, card, on, passed, since, wrong_state};
use crate::core::codes::Code;
use crate::core::refusal::Refusal;
use crate::core::time::Timestamp;
use crate::governance::checks::{check_newest_counts, check_reason_and_room, check_stage, check_subject};
use crate::governance::tally::Decision;
use crate::log::actor::Signed;
use crate::statement::{ApprovalStatement, Verified};
use crate::update::event::UpdateEvent;
use crate::update::evidence::CardVerdict;
use crate::update::state::{Update, UpdatePhase};
use crate::world::World;

/// A verified approval or denial.
pub fn approve(world: &World, update: &Update, a: &Verified<ApprovalStatement>, now: Timestamp) -> Decided {
    let s = &a.statement;
    check_subject(&s.subject, update.id().as_str(), "update")?;
    check_stage(s)?;
    may_decide(update, s.decision, now)?;
    check_reason_and_room(s, update.approvals().len())?;
    let policy = world.policy_of(update.policy());
    let event = UpdateEvent::Approval {
        by: Signed::of(a, &s.person, &s.nonce, &s.reason),
        decision: s.decision,
        bound: s.bound(),
        expires: s.expires.min(now.plus_s(policy.approval_ttl_s)),
    };
    let mut next = update.clone();
    next.evolve(&event, now, update.last_seq());
    let need = next.requirement(policy);
    let tally = next.tally(policy, world.people(), now);
    check_newest_counts(&tally, &s.person)?;
    let waited = since(update.created(), now);
    let mut events = vec![event];
    if let Some(by) = tally.denied_by {
        let sentence = format!("Denied by {by}.");
        let failed = card(update, 1, CardVerdict::Failed, Code::Denied, sentence.clone(), waited);
        events.push(UpdateEvent::Stage(failed));
        events.push(UpdateEvent::Refused { code: Code::Denied, reason: sentence.into() });
    } else if tally.passed {
        let sentence = format!("{} of {} signed.", tally.have, need.count);
        events.push(passed(update, 1, sentence, waited));
        events.push(UpdateEvent::Approved { have: tally.have, need: need.count });
    }
    Ok(on(update.id(), events))
}

/// Whether it takes this decision now: it waits for persons, and its time is not over. What is approved already can still
/// be denied.
pub fn may_decide(update: &Update, decision: Decision, now: Timestamp) -> Result<(), Refusal> {
    match update.phase() {
        UpdatePhase::Refused { code, .. } if *code == Code::Denied => {
            return Err(Refusal::conflict(
                Code::AfterDenial,
                "a denial stands; it is final",
                "submit a new update",
            ));
        }
        UpdatePhase::Preparing => {
            return Err(Refusal::conflict(
                Code::NotReady,
                "the update is still being prepared; there is no package to approve yet",
                "wait for stage 5",
            ));
        }
        UpdatePhase::AwaitingApproval => {}
        UpdatePhase::Approved { .. } if decision == Decision::Deny => {}
        UpdatePhase::Approved { .. }
        | UpdatePhase::Distributing { .. }
        | UpdatePhase::Observing { .. }
        | UpdatePhase::Held { .. }
        | UpdatePhase::Blocked { .. }
        | UpdatePhase::RollingBack
        | UpdatePhase::Stable
        | UpdatePhase::RolledBack
        | UpdatePhase::RollbackFailed
        | UpdatePhase::Failed { .. }
        | UpdatePhase::Refused { .. }
        | UpdatePhase::Withdrawn => return Err(wrong_state(update, "approved or denied")),
    }
    if now >= update.expires() {
        return Err(Refusal::conflict(
            Code::SubmissionExpired,
            format!("the update had to be approved and distributed until {}", update.expires().plain()),
            "submit a new update",
        ));
    }
    Ok(())
}
