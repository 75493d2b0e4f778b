//! What an input means for a handshake: events, or a refusal. Pure: the world, the input and the time come in.

use super::{Handshake, Phase, RecordedAck};
use crate::component::ComponentPhase;
use crate::digest::Digest;
use crate::event::{AckFacts, Baseline, ComponentEvent, ComponentFacts, Event, HandshakeEvent, Signed};
use crate::ids::{ComponentId, HandshakeId};
use crate::keys::PublicKey;
use crate::limits;
use crate::refusal::Refusal;
use crate::statement::{Ack, ApprovalStatement, HandshakeRequest, Verified, Vote, possession_message};
use crate::tally::Decision;
use crate::time::Timestamp;
use crate::window::{Course, LookReport};
use crate::words::Words;
use crate::world::World;

type Decided = Result<Vec<Event>, Refusal>;

fn on(id: &HandshakeId, events: impl IntoIterator<Item = HandshakeEvent>) -> Vec<Event> {
    events.into_iter().map(|e| Event::Handshake(id.clone(), e)).collect()
}

fn ms(s: u64) -> i64 {
    i64::try_from(s.saturating_mul(1000)).unwrap_or(i64::MAX)
}

/// A verified request. `target` is the checked target document as canonical JSON text; `simulated` is true when this
/// engine runs the component's side.
pub fn request(
    world: &World,
    r: &Verified<HandshakeRequest>,
    target: &str,
    simulated: bool,
    now: Timestamp,
) -> Decided {
    let s = &r.statement;
    if world.handshakes.contains_key(&s.id) {
        return Err(Refusal::conflict(
            "replayed",
            format!("{} was requested before", s.id),
            "make a new request",
        ));
    }
    if let Some(existing) = world.components.get(&s.component)
        && !matches!(existing.phase, ComponentPhase::Suspended { .. })
    {
        return Err(Refusal::conflict(
            "component_exists",
            format!("{} is registered already", s.component),
            "choose another id",
        ));
    }
    if let Some(other) = world.occupant(&s.component, None) {
        return Err(Refusal::conflict(
            "component_busy",
            format!("{} is {} on {}", other.id, other.state(), s.component),
            "wait until it has ended",
        ));
    }
    if world.handshakes.values().any(|h| !h.ended() && h.component == s.component) {
        return Err(Refusal::conflict(
            "handshake_open",
            format!("a handshake of {} is open", s.component),
            "wait for it to end",
        ));
    }
    let open = world.handshakes.values().filter(|h| !h.ended()).count();
    if world.components.len() >= limits::COMPONENTS || open >= limits::OPEN_HANDSHAKES {
        return Err(Refusal::conflict(
            "too_many_open",
            "too many components or open handshakes",
            "end some first",
        ));
    }
    check_request(world, s)?;
    let facts = ComponentFacts {
        title: s.title.as_str().into(),
        component_type: s.component_type.clone(),
        version: s.version.clone(),
        capabilities: s.capabilities.clone(),
        metrics: s.expected_metrics.clone(),
        key: s.public_key,
        owner: s.requested_by.clone(),
        target: target.to_owned(),
        subsystem: false,
        simulated,
    };
    let event = HandshakeEvent::Requested {
        component: s.component.clone(),
        facts: Box::new(facts),
        by: Signed {
            person: s.requested_by.clone(),
            key: r.key,
            envelope: r.envelope,
            nonce: s.nonce.clone(),
        },
        request: r.envelope,
        policy: world.genesis.policy_digest,
        expires: now.plus_ms(ms(world.genesis.policy.proposal_ttl_s)),
    };
    let events = on(&s.id, [event]);
    must_fit(&events)?;
    Ok(events)
}

/// What comes from outside must leave room in its entry: refused here, before anything is decided on it.
fn must_fit(events: &[Event]) -> Result<(), Refusal> {
    if events.iter().all(Event::fits) {
        Ok(())
    } else {
        Err(Refusal::invalid(
            "too_large",
            format!("it does not fit into a log entry of {} bytes", limits::ENTRY_BYTES),
            "send less; nothing was recorded",
        ))
    }
}

fn check_request(world: &World, s: &HandshakeRequest) -> Result<(), Refusal> {
    for (what, text, max) in [
        ("title", &s.title, limits::TITLE_BYTES),
        ("component_type", &s.component_type, limits::NAME_BYTES),
        ("version", &s.version, limits::NAME_BYTES),
    ] {
        if text.trim().is_empty() || text.len() > max {
            return Err(Refusal::invalid(
                "text_length",
                format!("{what} has 1 to {max} bytes"),
                "shorten it",
            ));
        }
    }
    if s.capabilities.len() > limits::CAPABILITIES
        || s.capabilities.iter().any(|c| c.is_empty() || c.len() > limits::NAME_BYTES)
        || s.expected_metrics.len() > limits::METRICS_PER_COMPONENT
    {
        return Err(Refusal::invalid(
            "too_many",
            "too many or too long capabilities or metrics",
            "name fewer",
        ));
    }
    let taken = world.components.iter().any(|(id, c)| *id != s.component && c.facts.key == s.public_key)
        || world.handshakes.values().any(|h| !h.ended() && h.facts.key == s.public_key)
        || world.genesis.engine_key == s.public_key
        || world.genesis.people.values().any(|p| p.keys.contains(&s.public_key));
    if taken {
        return Err(Refusal::conflict(
            "same_key",
            "this key is registered for somebody else",
            "use a key of its own",
        ));
    }
    let message = possession_message(&world.genesis.origin, &s.id, &s.component, &s.nonce);
    let proof: Option<[u8; 64]> = hex::decode(&s.possession).ok().and_then(|b| b.try_into().ok());
    if proof.is_none_or(|p| s.public_key.verify(&message, &p).is_err()) {
        return Err(Refusal::invalid(
            "no_possession",
            "the component did not prove that it holds its key",
            "sign the possession message with the component's key",
        ));
    }
    Ok(())
}

/// A verified approval or denial of the request.
pub fn approve(world: &World, h: &Handshake, a: &Verified<ApprovalStatement>, now: Timestamp) -> Decided {
    let s = &a.statement;
    if s.subject != h.id.as_str() {
        return Err(Refusal::conflict(
            "wrong_subject",
            format!("the statement is about {}, not {}", s.subject, h.id),
            "sign a statement for this handshake",
        ));
    }
    if s.stage != "governance" {
        return Err(Refusal::invalid(
            "wrong_stage",
            "only the stage governance takes approvals",
            "sign for governance",
        ));
    }
    match &h.phase {
        Phase::AwaitingApproval => {}
        Phase::Refused { code, .. } if code == "denied" => {
            return Err(Refusal::conflict(
                "after_denial",
                "a denial stands; it is final",
                "make a new request",
            ));
        }
        Phase::Announced { .. }
        | Phase::Integrated
        | Phase::Validating { .. }
        | Phase::Active
        | Phase::QuorumFailed { .. }
        | Phase::RefusedBy { .. }
        | Phase::Refused { .. }
        | Phase::Suspended { .. } => {
            return Err(Refusal::conflict(
                "wrong_state",
                format!("{} is {}; it takes no approval now", h.id, h.state()),
                "look at its state",
            ));
        }
    }
    if now >= h.expires {
        return Err(Refusal::conflict(
            "request_expired",
            format!("{} had to be approved until {}", h.id, h.expires),
            "make a new request",
        ));
    }
    if s.decision == Decision::Deny && s.reason.trim().is_empty() {
        return Err(Refusal::invalid("reason_required", "a denial needs a reason", "say why"));
    }
    if s.reason.len() > limits::REASON_BYTES {
        return Err(Refusal::invalid("reason_length", "the reason is too long", "shorten it"));
    }
    if h.approvals.len() >= limits::APPROVALS_PER_UPDATE {
        return Err(Refusal::conflict(
            "too_many_approvals",
            "the request has too many approvals",
            "make a new one",
        ));
    }
    let policy = &world.genesis.policy;
    let event = HandshakeEvent::Approval {
        by: Signed { person: s.person.clone(), key: a.key, envelope: a.envelope, nonce: s.nonce.clone() },
        decision: s.decision,
        bound: s.bound(),
        expires: s.expires.min(now.plus_ms(ms(policy.approval_ttl_s))),
    };
    let mut next = h.clone();
    next.evolve(&event, now, h.last_seq);
    let tally = next.tally(policy, &world.genesis.people, now);
    if let Some(Some(why)) = tally.verdicts.last() {
        return Err(Refusal::forbidden(
            why.code(),
            format!("the signature of {} does not count: {}", s.person, why.code().replace('_', " ")),
            "nothing was recorded; see who can still sign",
        ));
    }
    let mut events = vec![event];
    if let Some(by) = tally.denied_by {
        events.push(HandshakeEvent::Refused {
            code: "denied".into(),
            reason: format!("denied by {by}").into(),
        });
    } else if tally.passed {
        events.push(HandshakeEvent::Announced { deadline: now.plus_ms(ms(policy.handshake.timeout_s)) });
    }
    Ok(on(&h.id, events))
}

/// The key a subsystem must answer with: the one registered for it.
pub fn acknowledger_key(world: &World, by: &ComponentId) -> Result<PublicKey, Refusal> {
    world.components.get(by).filter(|c| c.facts.subsystem).map(|c| c.facts.key).ok_or_else(|| {
        Refusal::forbidden(
            "unknown_key",
            format!("{by} is not a registered subsystem"),
            "only registered acknowledgers may answer",
        )
    })
}

/// A verified answer. `seen_size` is the size of the checkpoint the sender has seen, already checked to be a
/// beginning of this log by the caller.
pub fn ack(world: &World, h: &Handshake, a: &Verified<Ack>, seen_size: u64, now: Timestamp) -> Decided {
    let s = &a.statement;
    if acknowledger_key(world, &s.by)? != a.key {
        return Err(Refusal::forbidden(
            "unknown_key",
            format!("the answer is not signed with the key of {}", s.by),
            "only the subsystem itself can answer",
        ));
    }
    if s.handshake != h.id || s.nonce != *h.nonce() || s.request != h.request {
        return Err(Refusal::conflict(
            "wrong_handshake",
            "the answer is bound to another request",
            "answer the announcement's nonce and digest",
        ));
    }
    if s.adjustments.len() > limits::ADJUSTMENTS_PER_ACK
        || s.reason.len() > limits::REASON_BYTES
        || h.acks.len() >= limits::ACKS_PER_HANDSHAKE
    {
        return Err(Refusal::invalid(
            "too_many",
            "the answer is too long, or there are too many",
            "send less",
        ));
    }
    if s.vote == Vote::Nack && s.reason.trim().is_empty() {
        return Err(Refusal::invalid("reason_required", "a nack needs a reason", "say why"));
    }
    // Who has not seen the announcement in the log is no witness of it. To say no, nobody needs to have seen anything.
    if s.vote == Vote::Ack && h.announced.is_some_and(|(_, seq, _)| seen_size <= seq) {
        return Err(Refusal::invalid(
            "no_checkpoint",
            format!("{} acknowledges without a checkpoint of this log that holds the announcement", s.by),
            "read the newest checkpoint, see that it continues the last one, and answer with it",
        ));
    }
    let facts = AckFacts {
        by: s.by.clone(),
        key: a.key,
        vote: s.vote,
        reason: s.reason.as_str().into(),
        adjustments: s.adjustments.clone(),
        seen_size,
        envelope: a.envelope,
    };
    let its = |r: &&RecordedAck| r.facts.by == s.by || r.facts.key.as_bytes() == a.key.as_bytes();
    // The same word twice is not logged again: else one valid envelope, sent often, would use up the room for all.
    if h.acks.iter().filter(its).any(|r| r.facts.vote == s.vote) {
        return Err(Refusal::conflict(
            "duplicate_ack",
            format!("{} has answered", s.by),
            "one answer counts",
        ));
    }
    let required = world.genesis.policy.handshake.required.contains(&s.by);
    let contradicts = h.acks.iter().filter(its).any(|r| r.code.is_none());
    let not_counted = |ack, code: &str| on(&h.id, [HandshakeEvent::AckNotCounted { ack, code: code.into() }]);
    let events = match &h.phase {
        Phase::AwaitingApproval => {
            return Err(Refusal::conflict(
                "not_announced",
                "the handshake is not announced yet",
                "wait for the announcement",
            ));
        }
        Phase::Announced { .. } | Phase::Integrated | Phase::Validating { .. } | Phase::Active
            if !required =>
        {
            not_counted(facts, "not_required")
        }
        Phase::Announced { deadline } if now > *deadline => not_counted(facts, "late"),
        Phase::Announced { .. } if contradicts => {
            let refused = HandshakeEvent::RefusedBy { by: facts.by.clone(), reason: facts.reason.clone() };
            let mut events = not_counted(facts, "contradiction");
            events.extend(on(&h.id, [refused]));
            events
        }
        Phase::Announced { .. } => in_time(world, h, facts),
        Phase::Integrated | Phase::Validating { .. } | Phase::Active if s.vote == Vote::Nack => {
            contradiction(world, h, facts)
        }
        Phase::Suspended { .. } | Phase::RefusedBy { .. } | Phase::QuorumFailed { .. } if contradicts => {
            not_counted(facts, "contradiction")
        }
        Phase::Integrated
        | Phase::Validating { .. }
        | Phase::Active
        | Phase::QuorumFailed { .. }
        | Phase::RefusedBy { .. }
        | Phase::Refused { .. }
        | Phase::Suspended { .. } => not_counted(facts, "late"),
    };
    must_fit(&events)?;
    Ok(events)
}

fn in_time(world: &World, h: &Handshake, facts: AckFacts) -> Vec<Event> {
    let policy = &world.genesis.policy.handshake;
    if facts.vote == Vote::Nack {
        let refused = HandshakeEvent::RefusedBy { by: facts.by.clone(), reason: facts.reason.clone() };
        return on(&h.id, [HandshakeEvent::Ack(facts), refused]);
    }
    let acks = u32::try_from(h.counted().len()).unwrap_or(u32::MAX).saturating_add(1);
    let mut events = on(&h.id, [HandshakeEvent::Ack(facts)]);
    if acks >= policy.quorum {
        events.extend(on(&h.id, [HandshakeEvent::Integrated { acks }]));
        events.push(Event::Component(
            h.component.clone(),
            ComponentEvent::Registered { facts: Box::new(h.facts.clone()), handshake: Some(h.id.clone()) },
        ));
    }
    events
}

/// A nack after the quorum, against its own word or not: alarm, and the newcomer is put aside.
fn contradiction(world: &World, h: &Handshake, facts: AckFacts) -> Vec<Event> {
    let reason = format!("{} answered against its own word or after the quorum: {}", facts.by, facts.reason);
    let mut events = on(&h.id, [HandshakeEvent::AckNotCounted { ack: facts, code: "contradiction".into() }]);
    events.extend(suspend(world, h, "contradiction", reason));
    events
}

fn suspend(world: &World, h: &Handshake, code: &str, reason: impl Into<Words>) -> Vec<Event> {
    let reason = reason.into();
    let undone = h
        .acks
        .iter()
        .filter(|a| a.code.is_none())
        .flat_map(|a| a.facts.adjustments.iter().map(|adj| format!("{}: {}", a.facts.by, adj.key)))
        .collect();
    let mut events =
        on(&h.id, [HandshakeEvent::Suspended { code: code.into(), reason: reason.clone(), undone }]);
    if world.components.get(&h.component).is_some_and(|c| c.handshake.as_ref() == Some(&h.id)) {
        events.push(Event::Component(h.component.clone(), ComponentEvent::Suspended { reason }));
    }
    events
}

/// Time went by.
pub fn tick(world: &World, h: &Handshake, now: Timestamp) -> Vec<Event> {
    match &h.phase {
        Phase::AwaitingApproval if now >= h.expires => on(
            &h.id,
            [HandshakeEvent::Refused {
                code: "request_expired".into(),
                reason: format!("not approved until {}", h.expires).into(),
            }],
        ),
        Phase::Announced { deadline } if now > *deadline => {
            on(&h.id, [HandshakeEvent::QuorumFailed { missing: h.missing(&world.genesis.policy) }])
        }
        Phase::AwaitingApproval
        | Phase::Announced { .. }
        | Phase::Integrated
        | Phase::Validating { .. }
        | Phase::Active
        | Phase::QuorumFailed { .. }
        | Phase::RefusedBy { .. }
        | Phase::Refused { .. }
        | Phase::Suspended { .. } => Vec::new(),
    }
}

/// The first content was recorded, or could not be.
pub fn baseline(world: &World, h: &Handshake, found: Result<(Digest, Digest), String>) -> Vec<Event> {
    if h.phase != Phase::Integrated {
        return Vec::new();
    }
    match found {
        Ok((digest, tree)) => {
            let mut events = on(&h.id, [HandshakeEvent::Baseline { digest }]);
            events.push(Event::Component(h.component.clone(), ComponentEvent::Baseline { digest, tree }));
            events
        }
        Err(reason) => {
            suspend(world, h, "no_baseline", format!("its content could not be recorded: {reason}"))
        }
    }
}

/// The series to watch are known.
pub fn window_ready(world: &World, h: &Handshake, baselines: Vec<Baseline>) -> Vec<Event> {
    if h.phase != (Phase::Validating { window: None }) {
        return Vec::new();
    }
    let length_ms = world.genesis.policy.handshake.window_s.saturating_mul(1000);
    on(&h.id, [HandshakeEvent::WindowOpened { length_ms, baselines }])
}

/// A report of the watcher.
pub fn look(world: &World, h: &Handshake, report: &LookReport) -> Vec<Event> {
    let Phase::Validating { window: Some(window) } = &h.phase else { return Vec::new() };
    let course = window.course(report, limits::LOOK_LOGGED_EVERY_S * 1000);
    let look = || on(&h.id, [HandshakeEvent::Look(report.clone())]);
    match course {
        Course::Quiet => Vec::new(),
        Course::Log => look(),
        Course::Stable => {
            let mut events = look();
            events.extend(on(&h.id, [HandshakeEvent::Validated {}]));
            events.push(Event::Component(h.component.clone(), ComponentEvent::Activated {}));
            events
        }
        Course::Regressed => {
            let mut events = look();
            events.extend(suspend(world, h, "regressed", report.reason.clone()));
            events
        }
        Course::Blind => {
            let mut events = look();
            events.extend(suspend(
                world,
                h,
                "blind",
                format!("its metrics could not be seen: {}", report.reason),
            ));
            events
        }
    }
}
