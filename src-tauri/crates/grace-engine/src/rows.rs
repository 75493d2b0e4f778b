//! Projection rows: what lists show, made of the working set as it is after a commit. Never read by a decision; can be
//! rebuilt from the log at any time.

use grace_domain::event::{Actor, Entry, Event};
use grace_domain::ids::Subject;
use grace_domain::row;
use grace_domain::time::Timestamp;
use grace_domain::world::World;
use grace_store::{NewEntry, Row, RowKind};
use std::collections::BTreeSet;

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

/// Rows of one update: its own, and its rollback's.
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
            component,
            at: r.started,
            first_seq: Some(r.seq),
            doc: canonical(&doc),
        });
    }
    rows
}

fn canonical(doc: &serde_json::Value) -> String {
    let bytes =
        grace_domain::canon::to_canonical(doc).expect("invariant: rows hold no floats and bounded integers");
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
        doc: canonical(&row::of_handshake(h, &world.genesis.policy)),
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

/// The genesis group of a new world: entries without an inbox, before there is an owner.
pub fn genesis_entries(
    events: Vec<Event>,
    now: Timestamp,
) -> Result<Vec<NewEntry>, grace_domain::event::EntryError> {
    events
        .into_iter()
        .map(|event| {
            let entry = Entry { at: now, actor: Actor::Engine.to_string(), event };
            let subject = entry.event.subject().to_string();
            let (bytes, kind) = entry.encode()?;
            Ok(NewEntry { subject, kind, at: now, bytes })
        })
        .collect()
}
