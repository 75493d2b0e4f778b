//! Steps 2 and 3: an approval or a denial is accepted, or refused without a trace; the last one needed announces.
//!
//! Owns what its acceptance leads to. Never counts by itself: that is [`crate::governance::tally`].

use super::room::{Decided, on};
use crate::core::codes::Code;
use crate::core::refusal::Refusal;
use crate::core::time::Timestamp;
use crate::governance::checks::{check_newest_counts, check_reason_and_room, check_stage, check_subject};
use crate::handshake::event::HandshakeEvent;
use crate::handshake::state::{Handshake, HandshakePhase};
use crate::log::actor::Signed;
use crate::statement::{ApprovalStatement, Verified};
use crate::world::World;

/// A verified approval or denial of the request.
pub fn approve(world: &World, h: &Handshake, a: &Verified<ApprovalStatement>, now: Timestamp) -> Decided {
    let s = &a.statement;
    check_subject(&s.subject, h.id().as_str(), "handshake")?;
    check_stage(s)?;
    may_decide(h, now)?;
    check_reason_and_room(s, h.approvals().len())?;
    let policy = world.policy_of(h.policy());
    let event = HandshakeEvent::Approval {
        by: Signed::of(a, &s.person, &s.nonce, &s.reason),
        decision: s.decision,
        bound: s.bound(),
        expires: s.expires.min(now.plus_s(policy.approval_ttl_s)),
    };
    let mut next = h.clone();
    next.evolve(&event, now, h.last_seq());
    let tally = next.tally(policy, world.people(), now);
    check_newest_counts(&tally, &s.person)?;
    let mut events = vec![event];
    if let Some(by) = tally.denied_by {
        events.push(HandshakeEvent::Refused { code: Code::Denied, reason: format!("denied by {by}").into() });
    } else if tally.passed {
        events.push(HandshakeEvent::Announced { deadline: now.plus_s(policy.handshake.timeout_s) });
    }
    Ok(on(h.id(), events))
}

/// Whether it can be approved or denied now: it waits for persons, and its time is not over.
pub fn may_decide(h: &Handshake, now: Timestamp) -> Result<(), Refusal> {
    match h.phase() {
        HandshakePhase::AwaitingApproval => {}
        HandshakePhase::Refused { code, .. } if *code == Code::Denied => {
            return Err(Refusal::conflict(
                Code::AfterDenial,
                "a denial stands; it is final",
                "make a new request",
            ));
        }
        HandshakePhase::Announced { .. }
        | HandshakePhase::Integrated
        | HandshakePhase::Validating { .. }
        | HandshakePhase::Active
        | HandshakePhase::QuorumFailed { .. }
        | HandshakePhase::RefusedBy { .. }
        | HandshakePhase::Refused { .. }
        | HandshakePhase::Suspended { .. } => {
            return Err(Refusal::wrong_state("handshake", h.state(), "approved or denied"));
        }
    }
    if now >= h.expires() {
        return Err(Refusal::conflict(
            Code::RequestExpired,
            format!("the handshake had to be approved until {}", h.expires().plain()),
            "make a new request",
        ));
    }
    Ok(())
}
