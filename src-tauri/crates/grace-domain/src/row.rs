//! What lists show: one small document per update, handshake, component and rollback, computed from its state alone,
//! so that a projection can be thrown away, rebuilt from the log and compared. Never read by a decision.

use crate::component::Component;
use crate::governance::policy::Policy;
use crate::handshake::{self, Handshake};
use crate::judge::window::Verdict;
use crate::log::CardVerdict;
use crate::update::{Phase, Review, Update};
use serde_json::{Value, json};

/// The eight cells of an update's stage track.
pub fn cells(update: &Update) -> [&'static str; 8] {
    let mut cells = ["todo"; 8];
    for (cell, card) in cells.iter_mut().zip(&update.cards) {
        if let Some(card) = card {
            *cell = match card.facts.verdict {
                CardVerdict::Passed => "passed",
                CardVerdict::Failed => "failed",
                CardVerdict::Blocked => "blocked",
            };
        }
    }
    let first_open = |cells: &[&str; 8], from: usize| (from..8).find(|i| cells[*i] == "todo");
    match &update.phase {
        Phase::Preparing => {
            if cells[0] == "todo" {
                cells[0] = "waiting";
            }
            if let Some(i) = first_open(&cells, 1) {
                cells[i] = "running";
            }
        }
        Phase::AwaitingApproval => {
            if cells[0] == "todo" {
                cells[0] = "waiting";
            }
        }
        Phase::Approved { .. } => cells[5] = "waiting",
        Phase::Distributing { .. } => cells[5] = "running",
        Phase::Observing { window } => {
            let blind = window.as_ref().is_some_and(|w| w.verdict == Some(Verdict::NoData));
            cells[7] = if blind { "no_data" } else { "running" };
        }
        Phase::Held { .. } => cells[7] = "waiting",
        Phase::Blocked { .. }
        | Phase::RollingBack
        | Phase::Stable
        | Phase::RolledBack
        | Phase::RollbackFailed
        | Phase::Failed { .. }
        | Phase::Refused { .. }
        | Phase::Withdrawn => {}
    }
    cells
}

/// Row of an update.
pub fn of_update(u: &Update) -> Value {
    let reasons: Vec<&str> = u.package.iter().flat_map(|p| &p.reasons).map(|r| &**r).collect();
    json!({
        "id": u.id, "version": u.version, "title": *u.title, "type": u.update_type, "components": u.components,
        "state": u.state(), "reason": u.reason(), "declared": u.declared,
        "computed": u.package.as_ref().map_or(u.declared, |p| p.computed),
        "reasons": reasons,
        "created_by": u.by.person, "stages": cells(u), "created_at": u.created, "changed_at": u.changed,
        "expires_at": u.expires, "seq": u.first_seq,
    })
}

/// Row of an update's rollback, when it has one.
pub fn of_rollback(u: &Update) -> Option<Value> {
    let r = u.rollback.as_ref()?;
    let state = match &u.phase {
        Phase::RollingBack => "rolling_back",
        Phase::RolledBack | Phase::Failed { .. } => "rolled_back",
        _ => "rollback_failed",
    };
    Some(json!({
        "id": r.id, "update": u.id, "title": *u.title, "components": r.components, "state": state,
        "trigger": r.trigger, "reason": *r.reason, "by": r.by.as_ref().map(|b| &b.person),
        "started_at": r.started, "ended_at": r.ended, "seq": r.seq,
    }))
}

/// Row of the review of an update's rollback, where one is or was owed: its state, and the document.
pub fn of_review(u: &Update) -> Option<(&'static str, Value)> {
    let r = u.rollback.as_ref()?;
    let state = match r.review.as_ref()? {
        Review::Owed => "owed",
        Review::Done { .. } => "done",
    };
    let doc = json!({
        "id": u.id, "title": *u.title, "components": r.components, "asked_by": r.by.as_ref().map(|b| &b.person),
        "reason": *r.reason, "started_at": r.started, "state": state, "seq": r.seq,
    });
    Some((state, doc))
}

/// Row of a handshake.
pub fn of_handshake(h: &Handshake, policy: &Policy) -> Value {
    let deadline = match &h.phase {
        handshake::Phase::Announced { deadline } => Some(*deadline),
        _ => None,
    };
    json!({
        "id": h.id, "component": h.component, "title": *h.facts.title, "state": h.state(), "reason": h.reason(),
        "requested_by": h.by.person, "acks": h.counted().len(), "needed": policy.handshake.quorum,
        "requested_at": h.created, "changed_at": h.changed, "deadline": deadline, "seq": h.first_seq,
    })
}

/// Row of a component.
pub fn of_component(c: &Component) -> Value {
    let newest = c.newest();
    json!({
        "id": c.id, "title": *c.facts.title, "component_type": c.facts.component_type, "state": c.phase.as_str(),
        "subsystem": c.facts.subsystem, "key": c.facts.key.fingerprint(), "owner": c.facts.owner,
        "version": newest.map(|i| i.version), "installed_by": newest.map(|i| &i.by),
        "installed_update": newest.map(|i| &i.update), "installed_at": newest.map(|i| i.at),
        "digest": c.digest, "since": c.since, "seq": c.first_seq,
    })
}
