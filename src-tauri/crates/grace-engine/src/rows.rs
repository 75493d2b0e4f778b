//! Projection rows: what lists show, made of the working set as it is after a commit. Never read by a decision; can be
//! rebuilt from the log at any time.

use crate::ports::Ports;
use grace_domain::core::ids::Subject;
use grace_domain::core::time::Timestamp;
use grace_domain::log::{Actor, Entry, Event};
use grace_domain::row;
use grace_domain::world::World;
use grace_store::{Group, NewEntry, Row, RowKind, open_aggregates};
use std::collections::{BTreeMap, BTreeSet};

/// Projection rows of the subjects as they are now.
pub fn rows(world: &World, subjects: &BTreeSet<Subject>) -> Vec<Row> {
    let mut rows = Vec::new();
    for subject in subjects {
        match subject {
            Subject::World => {}
            Subject::Update(id) => {
                if let Some(u) = world.updates.get(id) {
                    rows.extend(update_rows(u));
                }
            }
            Subject::Handshake(id) => {
                if let Some(h) = world.handshakes.get(id) {
                    rows.push(handshake_row(world, h));
                }
            }
            Subject::Component(id) => {
                if let Some(c) = world.components.get(id) {
                    rows.push(component_row(c));
                }
            }
        }
    }
    rows
}

/// Which of the subjects must be loaded at the next start, and which need not any more.
pub fn open(world: &World, subjects: &BTreeSet<Subject>) -> BTreeMap<String, bool> {
    let mut kept = world.clone();
    kept.prune();
    // What ended by this group, or is remembered by no component any more, has gone from the working set.
    let gone = world
        .updates
        .keys()
        .filter(|id| !kept.updates.contains_key(*id))
        .map(ToString::to_string)
        .chain(
            world.handshakes.keys().filter(|id| !kept.handshakes.contains_key(*id)).map(ToString::to_string),
        )
        .map(|id| (id, false));
    let changed = subjects.iter().filter_map(|subject| match subject {
        Subject::World => None,
        Subject::Update(id) => Some((id.to_string(), kept.updates.contains_key(id))),
        Subject::Handshake(id) => Some((id.to_string(), kept.handshakes.contains_key(id))),
        Subject::Component(_) => Some((subject.to_string(), true)),
    });
    gone.chain(changed).collect()
}

/// Rows of one update: its own, its rollback's, and that of the review that somebody owes it.
pub fn update_rows(u: &grace_domain::update::Update) -> Vec<Row> {
    let component = u.components.first().map(ToString::to_string).unwrap_or_default();
    let mut rows = vec![Row {
        kind: RowKind::Update,
        id: u.id.to_string(),
        state: u.state().into(),
        component: component.clone(),
        at: u.created,
        first_seq: Some(u.first_seq),
        doc: canonical(&row::of_update(u)),
    }];
    if let (Some(doc), Some(r)) = (row::of_rollback(u), &u.rollback) {
        rows.push(Row {
            kind: RowKind::Rollback,
            id: r.id.to_string(),
            state: doc.get("state").and_then(|s| s.as_str()).unwrap_or_default().to_owned(),
            component: component.clone(),
            at: r.started,
            first_seq: Some(r.seq),
            doc: canonical(&doc),
        });
    }
    if let (Some((state, doc)), Some(r)) = (row::of_review(u), &u.rollback) {
        rows.push(Row {
            kind: RowKind::Review,
            id: u.id.to_string(),
            state: state.to_owned(),
            component,
            at: r.started,
            first_seq: Some(r.seq),
            doc: canonical(&doc),
        });
    }
    rows
}

fn canonical(doc: &serde_json::Value) -> String {
    let bytes = grace_domain::core::canon::to_canonical(doc)
        .expect("invariant: rows hold no floats and bounded integers");
    String::from_utf8(bytes).expect("invariant: canonical JSON is UTF-8")
}

/// Row of one handshake.
pub fn handshake_row(world: &World, h: &grace_domain::handshake::Handshake) -> Row {
    Row {
        kind: RowKind::Handshake,
        id: h.id.to_string(),
        state: h.state().into(),
        component: h.component.to_string(),
        at: h.created,
        first_seq: Some(h.first_seq),
        doc: canonical(&row::of_handshake(h, world.policy_of(&h.policy))),
    }
}

/// Row of one component.
pub fn component_row(c: &grace_domain::component::Component) -> Row {
    Row {
        kind: RowKind::Component,
        id: c.id.to_string(),
        state: c.phase.as_str().into(),
        component: c.id.to_string(),
        at: c.since,
        first_seq: Some(c.first_seq),
        doc: canonical(&row::of_component(c)),
    }
}

/// The genesis group of a new world: made without an inbox, before there is an owner. What it opens is listed, and the
/// list said to be complete.
pub fn genesis_group(
    events: Vec<Event>,
    ports: &Ports,
    now: Timestamp,
) -> Result<Group, grace_domain::log::EntryError> {
    let mut group = Group::default();
    group.open.insert(open_aggregates::COMPLETE.into(), true);
    for event in events {
        let mut entry = Entry { at: now, actor: Actor::Engine.to_string(), event };
        let words = entry.seal(|| ports.seed());
        if !words.is_empty() {
            group.texts.push((group.entries.len(), words));
        }
        let subject = entry.event.subject();
        let (bytes, kind) = entry.encode()?;
        if let Subject::Component(_) = &subject {
            group.open.insert(subject.to_string(), true);
        }
        group.entries.push(NewEntry { subject: subject.to_string(), kind, at: now, bytes });
    }
    Ok(group)
}
