//! Projection rows: what lists show, made of the working set as it is after a commit. Never read by a decision; can be
//! rebuilt from the log at any time.

use crate::ports::Ports;
use grace_domain::core::time::Timestamp;
use grace_domain::log::Subject;
use grace_domain::log::{Actor, Entry, Event};
use grace_domain::row::Row;
use grace_domain::world::World;
use grace_store::{Group, NewEntry, open_aggregates};
use std::collections::{BTreeMap, BTreeSet};

/// Projection rows of the subjects as they are now.
pub fn rows(world: &World, subjects: &BTreeSet<Subject>) -> Vec<Row> {
    subjects.iter().flat_map(|subject| world.rows(subject)).collect()
}

/// Which of the subjects must be loaded at the next start, and which need not any more.
pub fn open(world: &World, subjects: &BTreeSet<Subject>) -> BTreeMap<String, bool> {
    let mut kept = world.clone();
    // What ended by this group, or is remembered by no component any more, has gone from the working set.
    let gone = kept.prune().into_iter().map(|gone| (gone.subject().to_string(), false));
    let changed = subjects
        .iter()
        .filter(|subject| **subject != Subject::World)
        .map(|subject| (subject.to_string(), kept.holds(subject)));
    gone.chain(changed).collect()
}

/// The genesis group of a new world: made without an inbox, before there is an owner. What it opens is listed, and the
/// list said to be complete.
pub fn genesis_group(
    events: Vec<Event>,
    simulated_time: bool,
    ports: &Ports,
    now: Timestamp,
) -> Result<Group, grace_domain::log::EntryError> {
    let mut newest: BTreeMap<Subject, u64> = BTreeMap::new();
    let mut group = Group::default();
    group.open.insert(open_aggregates::COMPLETE.into(), true);
    for event in events {
        let prev = newest.insert(event.subject(), group.entries.len() as u64);
        let mut entry = Entry { prev, simulated_time, ..Entry::new(now, Actor::Engine.to_string(), event) };
        let texts = entry.seal(|| ports.seed());
        if !texts.is_empty() {
            group.texts.push((group.entries.len(), texts));
        }
        let subject = entry.event.subject();
        let (bytes, kind) = entry.encode()?;
        if subject != Subject::World {
            group.open.insert(subject.to_string(), true);
        }
        group.entries.push(NewEntry { subject: subject.to_string(), kind, at: now, bytes });
    }
    Ok(group)
}
