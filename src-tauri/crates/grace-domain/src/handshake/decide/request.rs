//! Step 1: a component requests to join, or is refused before anybody else must decide.
//!
//! Owns what a request must be to stand in the log, the proof of the key among it. Never reads the target document:
//! that comes in checked.

use super::room::{Decided, must_fit, on};
use crate::component::event::ComponentFacts;
use crate::component::state::ComponentPhase;
use crate::core::codes::Code;
use crate::core::limits;
use crate::core::refusal::Refusal;
use crate::core::sealed_text::SealedText;
use crate::core::time::Timestamp;
use crate::core::visible::check_line;
use crate::handshake::event::HandshakeEvent;
use crate::kinds::target_kind::TargetKind;
use crate::log::actor::Signed;
use crate::statement::{HandshakeRequest, Verified, possession_message};
use crate::world::World;

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
    if world.handshakes().contains_key(&s.id) {
        return Err(Refusal::conflict(
            Code::Replayed,
            format!("handshake {} was requested before", s.id),
            "make a new request",
        ));
    }
    check_room(world, s)?;
    check_request(world, s)?;
    let facts = ComponentFacts {
        title: s.title.clone(),
        component_type: s.component_type.clone(),
        version: s.version.clone(),
        capabilities: s.capabilities.clone(),
        metrics: s.metrics.clone(),
        key: s.public_key,
        owner: s.requested_by.clone(),
        target: target.to_owned(),
        depends_on: s.depends_on.clone(),
        environment: s.environment.clone(),
        track: s.track.clone(),
        secrets: s.secrets.clone(),
        subsystem: false,
        simulated,
    };
    if facts.target_kind().is_some_and(TargetKind::is_in_log) {
        return Err(Refusal::invalid(
            Code::TargetKind,
            "only parts of Grace itself hold governed documents",
            "describe a target of another kind",
        ));
    }
    let event = HandshakeEvent::Requested {
        component: s.component.clone(),
        facts: Box::new(facts),
        by: Signed::of(r, &s.requested_by, &s.nonce, &SealedText::default()),
        request: r.envelope,
        policy: world.policy_digest(),
        expires: now.plus_s(world.policy().submission_ttl_s),
    };
    let events = on(&s.id, [event]);
    must_fit(&events)?;
    Ok(events)
}

/// The name is free, nothing runs on it, and neither the world nor those who would have to look at it are full.
fn check_room(world: &World, s: &HandshakeRequest) -> Result<(), Refusal> {
    if let Some(existing) = world.components().get(&s.component)
        && !existing.needs_handshake()
        && !matches!(existing.phase(), ComponentPhase::Suspended { .. })
    {
        return Err(Refusal::conflict(
            Code::ComponentExists,
            format!("component {} is registered already", s.component),
            "choose another id",
        ));
    }
    if let Some(other) = world.occupant(&s.component, None) {
        return Err(Refusal::conflict(
            Code::ComponentBusy,
            format!("the handshake {} is {} on {}", other.id(), other.state().plain(), s.component),
            "wait until it has ended",
        ));
    }
    if world.handshakes().values().any(|h| !h.ended() && *h.component() == s.component) {
        return Err(Refusal::conflict(
            Code::HandshakeOpen,
            format!("a handshake of {} is open", s.component),
            "wait for it to end",
        ));
    }
    let open = || world.handshakes().values().filter(|h| !h.ended());
    let is_new = |id| !world.components().contains_key(id);
    let coming = open().map(|h| h.component()).filter(|id| is_new(*id)).count();
    let full = is_new(&s.component) && world.components().len() + coming >= limits::COMPONENTS;
    if full || open().count() >= limits::OPEN_HANDSHAKES {
        return Err(Refusal::conflict(
            Code::TooManyOpen,
            "too many components or open handshakes",
            "end some first",
        ));
    }
    Ok(())
}

fn check_request(world: &World, s: &HandshakeRequest) -> Result<(), Refusal> {
    check_counts(s)?;
    check_texts(s)?;
    if let Some(unknown) = s.depends_on.iter().find(|id| !world.components().contains_key(*id)) {
        return Err(Refusal::not_found("component", unknown.as_str()));
    }
    check_key(world, s)
}

/// Every list within its own limit.
fn check_counts(s: &HandshakeRequest) -> Result<(), Refusal> {
    let lists = [
        ("capabilities", s.capabilities.len(), limits::CAPABILITIES),
        ("metrics", s.metrics.len(), limits::METRICS_PER_COMPONENT),
        ("dependencies", s.depends_on.len(), limits::DEPENDENCIES_PER_COMPONENT),
        ("secrets", s.secrets.len(), limits::SECRETS_PER_COMPONENT),
    ];
    lists.into_iter().find(|(_, n, max)| n > max).map_or(Ok(()), |(what, n, max)| {
        let message = format!("a component declares at most {max} {what}, this one {n}");
        Err(Refusal::invalid(Code::TooMany, message, "name fewer"))
    })
}

/// Every text and name says something, within its limit.
fn check_texts(s: &HandshakeRequest) -> Result<(), Refusal> {
    fn name<'t>(what: &'static str, text: &'t str) -> (&'static str, &'t str, usize) {
        (what, text, limits::NAME_BYTES)
    }
    let mut texts = vec![
        ("title", &*s.title, limits::TITLE_BYTES),
        name("component_type", &s.component_type),
        name("version", &s.version),
    ];
    texts.extend(s.environment.iter().map(|text| name("environment", text)));
    texts.extend(s.track.iter().map(|text| name("track", text)));
    texts.extend(s.capabilities.iter().map(|text| name("a capability", text)));
    texts.extend(s.secrets.iter().map(|text| name("the name of a secret", text)));
    for (what, text, max) in texts {
        if text.trim().is_empty() || text.len() > max {
            return Err(Refusal::invalid(
                Code::TextLength,
                format!("{what} has 1 to {max} bytes"),
                "say it within that length, or leave out what may be",
            ));
        }
        check_line(what, text)?;
    }
    s.secrets.iter().try_for_each(|name| secret_name(name))
}

/// A secret's name stands in the log in clear: what could be the secret itself is refused.
fn secret_name(name: &str) -> Result<(), Refusal> {
    let of_a_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '/');
    if name.chars().all(of_a_name) {
        return Ok(());
    }
    Err(Refusal::invalid(
        Code::BadName,
        "the name of a secret has letters, digits, `.`, `_`, `-` and `/` only",
        "name the secret, never its value",
    ))
}

/// The component holds its key, and nobody else does.
fn check_key(world: &World, s: &HandshakeRequest) -> Result<(), Refusal> {
    let taken = world.components().iter().any(|(id, c)| *id != s.component && c.facts().key == s.public_key)
        || world.handshakes().values().any(|h| !h.ended() && h.facts().key == s.public_key)
        || world.engine_key() == s.public_key
        || world.people().values().any(|p| p.keys.contains(&s.public_key))
        || world.recovery().is_some_and(|r| r.keys.contains(&s.public_key));
    if taken {
        return Err(Refusal::conflict(
            Code::SameKey,
            "this key is registered for somebody else",
            "use a key of its own",
        ));
    }
    let message = possession_message(world.origin(), &s.id, &s.component, &s.nonce);
    let proof: Option<[u8; 64]> = hex::decode(&s.possession).ok().and_then(|b| b.try_into().ok());
    if proof.is_none_or(|p| s.public_key.verify(&message, &p).is_err()) {
        return Err(Refusal::invalid(
            Code::NoPossession,
            "the component did not prove that it holds its key",
            "sign the possession message with the component's key",
        ));
    }
    Ok(())
}
