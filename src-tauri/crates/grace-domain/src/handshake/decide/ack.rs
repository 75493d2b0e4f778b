//! Steps 4 and 5: the subsystems answer, and with the quorum the component is registered.
//!
//! Owns which answer counts, and what a contradiction leads to. One vote per subsystem and key; never counts a late one.

use super::room::{Decided, must_fit, on};
use super::suspend::suspend;
use crate::component::event::ComponentEvent;
use crate::core::codes::Code;
use crate::core::ids::ComponentId;
use crate::core::limits;
use crate::core::refusal::Refusal;
use crate::core::time::Timestamp;
use crate::core::visible::is_blank;
use crate::crypto::keys::PublicKey;
use crate::handshake::event::{AckFacts, HandshakeEvent};
use crate::handshake::state::{Handshake, HandshakePhase, RecordedAck};
use crate::log::event::Event;
use crate::statement::{Ack, Verified, Vote, check_not_ahead};
use crate::world::World;

/// The longest of the codes with which a component is suspended.
const CONTRADICTION: Code = Code::Contradiction;

/// The key a subsystem must answer with: the one registered for it.
pub fn acknowledger_key(world: &World, by: &ComponentId) -> Result<PublicKey, Refusal> {
    world.components().get(by).filter(|c| c.facts().subsystem).map(|c| c.facts().key).ok_or_else(|| {
        Refusal::forbidden(
            Code::UnknownKey,
            format!("component {by} is not a registered subsystem"),
            "only registered acknowledgers may answer",
        )
    })
}

/// A verified answer. `seen_size` is the size of the checkpoint the sender has seen, already checked to be a
/// beginning of this log by the caller.
pub fn ack(world: &World, h: &Handshake, a: &Verified<Ack>, seen_size: u64, now: Timestamp) -> Decided {
    check(world, h, a, seen_size)?;
    check_not_ahead(a.statement.at, now).map_err(|e| {
        Refusal::forbidden(e.code(), e.to_string(), "set the clock of whoever answers, and answer again")
    })?;
    let s = &a.statement;
    let facts = AckFacts {
        by: s.by.clone(),
        key: a.key,
        vote: s.vote,
        reason: s.reason.clone(),
        adjustments: s.adjustments.clone(),
        seen_size,
        envelope: a.envelope,
    };
    let events = counted_or_not(world, h, facts, now)?;
    must_fit(&events)?;
    Ok(events)
}

/// What an answer must be before it is examined whether it counts; otherwise it leaves no trace.
fn check(world: &World, h: &Handshake, a: &Verified<Ack>, seen_size: u64) -> Result<(), Refusal> {
    let s = &a.statement;
    if acknowledger_key(world, &s.by)? != a.key {
        return Err(Refusal::forbidden(
            Code::UnknownKey,
            format!("the answer is not signed with the key of {}", s.by),
            "only the subsystem itself can answer",
        ));
    }
    if s.handshake != *h.id() || s.nonce != *h.nonce() || s.request != h.request() {
        return Err(Refusal::conflict(
            Code::WrongHandshake,
            "the answer is bound to another request",
            "answer the announcement's nonce and digest",
        ));
    }
    if s.adjustments.len() > limits::ADJUSTMENTS_PER_ACK
        || s.reason.len() > limits::REASON_BYTES
        || h.acks().len() >= limits::ACKS_PER_HANDSHAKE
    {
        return Err(Refusal::invalid(
            Code::TooMany,
            "the answer is too long, or there are too many",
            "send less",
        ));
    }
    if s.vote == Vote::Nack && is_blank(&s.reason) {
        return Err(Refusal::invalid(Code::ReasonRequired, "a refusal needs a reason", "say why"));
    }
    // Who has not seen the announcement in the log is no witness of it. To say no, nobody needs to have seen anything.
    if s.vote == Vote::Ack && h.announced().is_some_and(|(_, seq, _)| seen_size <= seq) {
        return Err(Refusal::invalid(
            Code::NoCheckpoint,
            format!(
                "component {} acknowledges without a checkpoint of this log that holds the announcement",
                s.by
            ),
            "read the newest checkpoint, see that it continues the last one, and answer with it",
        ));
    }
    // The same word twice is not logged again: else one valid envelope, sent often, would use up the room for all.
    if answers_of(h, &s.by, &a.key).any(|r| r.facts.vote == s.vote) {
        return Err(Refusal::conflict(
            Code::DuplicateAck,
            format!("component {} has answered", s.by),
            "one answer counts",
        ));
    }
    Ok(())
}

/// One vote per subsystem and key: the answers so far of either.
fn answers_of<'h>(
    h: &'h Handshake,
    by: &'h ComponentId,
    key: &'h PublicKey,
) -> impl Iterator<Item = &'h RecordedAck> {
    h.acks().iter().filter(move |r| r.facts.by == *by || r.facts.key == *key)
}

/// Which of the answers that leave a trace counts, and what follows from it.
fn counted_or_not(world: &World, h: &Handshake, facts: AckFacts, now: Timestamp) -> Decided {
    let required = world.policy().handshake.required.contains(&facts.by);
    let contradicts = answers_of(h, &facts.by, &facts.key).any(|r| r.code.is_none());
    let not_counted = |ack, code: Code| on(h.id(), [HandshakeEvent::AckNotCounted { ack, code }]);
    Ok(match h.phase() {
        HandshakePhase::AwaitingApproval => {
            return Err(Refusal::conflict(
                Code::NotAnnounced,
                "the handshake is not announced yet",
                "wait for the announcement",
            ));
        }
        HandshakePhase::Announced { .. }
        | HandshakePhase::Integrated
        | HandshakePhase::Validating { .. }
        | HandshakePhase::Active
            if !required =>
        {
            not_counted(facts, Code::NotRequired)
        }
        HandshakePhase::Announced { deadline } if now > *deadline => not_counted(facts, Code::Late),
        HandshakePhase::Announced { .. } if contradicts => {
            let refused = HandshakeEvent::RefusedBy { by: facts.by.clone(), reason: facts.reason.clone() };
            let mut events = not_counted(facts, CONTRADICTION);
            events.extend(on(h.id(), [refused]));
            events
        }
        HandshakePhase::Announced { .. } => {
            if facts.vote == Vote::Ack {
                check_room_to_undo(world, h, &facts, now)?;
            }
            in_time(world, h, facts)
        }
        HandshakePhase::Integrated | HandshakePhase::Validating { .. } | HandshakePhase::Active
            if facts.vote == Vote::Nack =>
        {
            contradiction(world, h, facts)
        }
        HandshakePhase::Suspended { .. }
        | HandshakePhase::RefusedBy { .. }
        | HandshakePhase::QuorumFailed { .. }
            if contradicts =>
        {
            not_counted(facts, CONTRADICTION)
        }
        HandshakePhase::Integrated
        | HandshakePhase::Validating { .. }
        | HandshakePhase::Active
        | HandshakePhase::QuorumFailed { .. }
        | HandshakePhase::RefusedBy { .. }
        | HandshakePhase::Refused { .. }
        | HandshakePhase::Suspended { .. } => not_counted(facts, Code::Late),
    })
}

/// What is set for the newcomer is undone in one entry when it is suspended: an answer that would make it too large is
/// not let in, else nobody could suspend the component any more.
fn check_room_to_undo(world: &World, h: &Handshake, facts: &AckFacts, now: Timestamp) -> Result<(), Refusal> {
    let mut next = h.clone();
    next.evolve(&HandshakeEvent::Ack(facts.clone()), now, h.last_seq());
    must_fit(&suspend(world, &next, CONTRADICTION, "any"))
}

fn in_time(world: &World, h: &Handshake, facts: AckFacts) -> Vec<Event> {
    let policy = &world.policy_of(h.policy()).handshake;
    if facts.vote == Vote::Nack {
        let refused = HandshakeEvent::RefusedBy { by: facts.by.clone(), reason: facts.reason.clone() };
        return on(h.id(), [HandshakeEvent::Ack(facts), refused]);
    }
    let acks = u32::try_from(h.acknowledged().len()).unwrap_or(u32::MAX).saturating_add(1);
    let mut events = on(h.id(), [HandshakeEvent::Ack(facts)]);
    if acks >= policy.quorum {
        events.extend(on(h.id(), [HandshakeEvent::Integrated { acks }]));
        events.push(Event::Component(
            h.component().clone(),
            ComponentEvent::Registered {
                facts: Box::new(h.facts().clone()),
                handshake: Some(h.id().clone()),
            },
        ));
    }
    events
}

/// A nack after the quorum, against its own word or not: alarm, and the newcomer is suspended.
fn contradiction(world: &World, h: &Handshake, facts: AckFacts) -> Vec<Event> {
    let reason =
        format!("component {} answered against its own word or after the quorum: {}", facts.by, facts.reason);
    let mut events = on(h.id(), [HandshakeEvent::AckNotCounted { ack: facts, code: CONTRADICTION }]);
    events.extend(suspend(world, h, CONTRADICTION, reason));
    events
}
