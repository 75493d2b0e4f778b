//! What lists show: one small document per update, handshake, component and rollback, computed from its state alone,
//! so that a projection can be thrown away, rebuilt from the log and compared. Never read by a decision.

use crate::component::state::Component;
use crate::core::states::{StageState, State};
use crate::core::time::Timestamp;
use crate::governance::policy::Policy;
use crate::handshake;
use crate::handshake::state::Handshake;
use crate::judge::window::Verdict;
use crate::update::evidence::CardVerdict;
use crate::update::state::{Phase, Review, Update};
use serde_json::{Value, json};

/// A list of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RowKind {
    /// Updates.
    Update,
    /// Rollbacks of updates.
    Rollback,
    /// Reviews of rollbacks.
    Review,
    /// Handshakes.
    Handshake,
    /// Components.
    Component,
}

/// One row of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Of which list.
    pub kind: RowKind,
    /// Id within the list.
    pub id: String,
    /// State by which the list is filtered.
    pub state: &'static str,
    /// Component by which it is filtered; empty for none.
    pub component: String,
    /// Time by which it is ordered.
    pub at: Timestamp,
    /// First entry that it comes from.
    pub first_seq: u64,
    /// What the list shows.
    pub doc: Value,
}

/// Rows of one update: its own, its rollback's, and that of the review that a second person owes it.
pub fn rows_of_update(u: &Update) -> Vec<Row> {
    let component = u.components().first().map(ToString::to_string).unwrap_or_default();
    let row = |kind, id: String, state, at, first_seq, doc| {
        let component = component.clone();
        Row { kind, id, state, component, at, first_seq, doc }
    };
    let mut rows = vec![row(
        RowKind::Update,
        u.id().to_string(),
        u.state().as_str(),
        u.created(),
        u.first_seq(),
        of_update(u),
    )];
    let Some(r) = u.rollback() else { return rows };
    if let Some((state, doc)) = of_rollback(u) {
        rows.push(row(RowKind::Rollback, r.id.to_string(), state.as_str(), r.started, r.seq, doc));
    }
    if let Some((state, doc)) = of_review(u) {
        rows.push(row(RowKind::Review, u.id().to_string(), state, r.started, r.seq, doc));
    }
    rows
}

/// Row of one handshake, by the policy that it is judged under.
pub fn row_of_handshake(h: &Handshake, policy: &Policy) -> Row {
    Row {
        kind: RowKind::Handshake,
        id: h.id().to_string(),
        state: h.state().as_str(),
        component: h.component().to_string(),
        at: h.created(),
        first_seq: h.first_seq(),
        doc: of_handshake(h, policy),
    }
}

/// Row of one component.
pub fn row_of_component(c: &Component) -> Row {
    Row {
        kind: RowKind::Component,
        id: c.id().to_string(),
        state: c.phase().state().as_str(),
        component: c.id().to_string(),
        at: c.since(),
        first_seq: c.first_seq(),
        doc: of_component(c),
    }
}

/// The eight cells of an update's stage track.
pub fn cells(update: &Update) -> [StageState; 8] {
    let mut cells = [StageState::Todo; 8];
    for (cell, card) in cells.iter_mut().zip(update.cards()) {
        if let Some(card) = card {
            *cell = match card.facts.verdict {
                CardVerdict::Passed => StageState::Passed,
                CardVerdict::Failed => StageState::Failed,
                CardVerdict::Blocked => StageState::Blocked,
            };
        }
    }
    let first_open = |cells: &[StageState; 8], from: usize| (from..8).find(|i| cells[*i] == StageState::Todo);
    match update.phase() {
        Phase::Preparing => {
            if cells[0] == StageState::Todo {
                cells[0] = StageState::Waiting;
            }
            if let Some(i) = first_open(&cells, 1) {
                cells[i] = StageState::Running;
            }
        }
        Phase::AwaitingApproval => {
            if cells[0] == StageState::Todo {
                cells[0] = StageState::Waiting;
            }
        }
        Phase::Approved { .. } => cells[5] = StageState::Waiting,
        Phase::Distributing { .. } => cells[5] = StageState::Running,
        Phase::Observing { window } => {
            let blind = window.as_ref().is_some_and(|w| w.verdict == Some(Verdict::NoData));
            cells[7] = if blind { StageState::NoData } else { StageState::Running };
        }
        Phase::Held { .. } => cells[7] = StageState::Waiting,
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
    let reasons: Vec<&str> = u.package().iter().flat_map(|p| &p.reasons).map(|r| &**r).collect();
    json!({
        "id": u.id(), "version": u.version(), "title": *u.title(), "type": u.update_type(), "components": u.components(),
        "state": u.state(), "reason": u.reason(), "declared": u.declared(),
        "computed": u.package().map_or(u.declared(), |p| p.computed),
        "reasons": reasons,
        "created_by": u.by().person, "stages": cells(u), "created_at": u.created(), "changed_at": u.changed(),
        "expires_at": u.expires(), "seq": u.first_seq(),
    })
}

/// Row of an update's rollback, when it has one: its state, and the document.
pub fn of_rollback(u: &Update) -> Option<(State, Value)> {
    let r = u.rollback()?;
    let state = match u.phase() {
        Phase::RollingBack => State::RollingBack,
        Phase::RolledBack | Phase::Failed { .. } => State::RolledBack,
        _ => State::RollbackFailed,
    };
    let doc = json!({
        "id": r.id, "update": u.id(), "title": *u.title(), "components": r.components, "state": state,
        "trigger": r.trigger, "reason": *r.reason, "by": r.by.as_ref().map(|b| &b.person),
        "started_at": r.started, "ended_at": r.ended, "seq": r.seq,
    });
    Some((state, doc))
}

/// Row of the review of an update's rollback, where one is or was owed: its state, and the document.
pub fn of_review(u: &Update) -> Option<(&'static str, Value)> {
    let r = u.rollback()?;
    let state = match r.review.as_ref()? {
        Review::Owed => "owed",
        Review::Done { .. } => "done",
    };
    let doc = json!({
        "id": u.id(), "title": *u.title(), "components": r.components, "asked_by": r.by.as_ref().map(|b| &b.person),
        "reason": *r.reason, "started_at": r.started, "state": state, "seq": r.seq,
    });
    Some((state, doc))
}

/// Row of a handshake.
pub fn of_handshake(h: &Handshake, policy: &Policy) -> Value {
    let deadline = match h.phase() {
        handshake::Phase::Announced { deadline } => Some(*deadline),
        _ => None,
    };
    json!({
        "id": h.id(), "component": h.component(), "title": *h.facts().title, "state": h.state(), "reason": h.reason(),
        "requested_by": h.by().person, "acks": h.counted().len(), "needed": policy.handshake.quorum,
        "requested_at": h.created(), "changed_at": h.changed(), "deadline": deadline, "seq": h.first_seq(),
    })
}

/// Row of a component.
pub fn of_component(c: &Component) -> Value {
    let newest = c.newest();
    json!({
        "id": c.id(), "title": *c.facts().title, "component_type": c.facts().component_type, "state": c.phase().state(),
        "subsystem": c.facts().subsystem, "key": c.facts().key.fingerprint(), "owner": c.facts().owner,
        "version": newest.map(|i| i.version), "installed_by": newest.map(|i| &i.by),
        "installed_update": newest.map(|i| &i.update), "installed_at": newest.map(|i| i.at),
        "digest": c.digest(), "since": c.since(), "seq": c.first_seq(),
    })
}
