//! Rebuilding from the log: the working set at the start, one aggregate that has ended, and the projections for a
//! comparison. The same `evolve` as live running; nothing here writes.

use grace_domain::event::{Entry, EntryError, Event, Recorded};
use grace_domain::handshake::Handshake;
use grace_domain::ids::{HandshakeId, UpdateId};
use grace_domain::limits;
use grace_domain::update::Update;
use grace_domain::world::{Genesis, GenesisError, World};
use grace_store::{ReadError, Reader, Row, RowFilter, RowKind};
use std::collections::BTreeMap;

/// The log could not be replayed.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// It could not be read.
    #[error("the log could not be read: {0}")]
    Read(#[from] ReadError),
    /// An entry is not one this release knows.
    #[error("entry {seq}: {why}")]
    Entry {
        /// Which.
        seq: u64,
        /// What is wrong.
        why: EntryError,
    },
    /// The first entry.
    #[error(transparent)]
    Genesis(#[from] GenesisError),
    /// There is none.
    #[error("the log is empty: this world has no genesis entry")]
    Empty,
}

/// Decodes a stored entry.
pub fn decode(entry: &grace_store::Entry) -> Result<Recorded, HistoryError> {
    let decoded = Entry::decode(&entry.bytes).map_err(|why| HistoryError::Entry { seq: entry.seq, why })?;
    Ok(Recorded { seq: entry.seq, entry: decoded })
}

/// Every entry of a subject, oldest first.
pub async fn entries_of(reader: &Reader, subject: &str) -> Result<Vec<Recorded>, HistoryError> {
    let mut out = Vec::new();
    let mut after = None;
    loop {
        let page = reader.entries_of(subject, after, limits::PAGE_ROWS).await?;
        let Some(last) = page.last() else { return Ok(out) };
        after = Some(last.seq);
        for entry in &page {
            out.push(decode(entry)?);
        }
    }
}

/// The genesis.
pub async fn genesis(reader: &Reader) -> Result<Genesis, HistoryError> {
    let first = reader.entry(0).await?.ok_or(HistoryError::Empty)?;
    Ok(Genesis::read(&decode(&first)?)?)
}

/// An update from its own entries; `None` when there is none of that id.
pub async fn update(reader: &Reader, id: &UpdateId) -> Result<Option<Update>, HistoryError> {
    let mut found: Option<Update> = None;
    for recorded in entries_of(reader, id.as_str()).await? {
        let Event::Update(_, event) = &recorded.entry.event else { continue };
        match &mut found {
            Some(update) => update.evolve(event, recorded.entry.at, recorded.seq),
            None => found = Update::proposed(id, &recorded),
        }
    }
    Ok(found)
}

/// A handshake from its own entries.
pub async fn handshake(reader: &Reader, id: &HandshakeId) -> Result<Option<Handshake>, HistoryError> {
    let mut found: Option<Handshake> = None;
    for recorded in entries_of(reader, id.as_str()).await? {
        let Event::Handshake(_, event) = &recorded.entry.event else { continue };
        match &mut found {
            Some(handshake) => handshake.evolve(event, recorded.entry.at, recorded.seq),
            None => found = Handshake::requested(id, &recorded),
        }
    }
    Ok(found)
}

/// States in which an update can still change by itself or by a person; ended ones are not loaded.
const OPEN_UPDATES: [&str; 9] = [
    "proposed", "validating", "awaiting_approval", "approved", "distributing", "observing", "held", "blocked",
    "rolling_back",
];
/// The same for handshakes.
const OPEN_HANDSHAKES: [&str; 4] = ["awaiting_approval", "announced", "integrated", "validating"];

async fn ids(reader: &Reader, kind: RowKind, states: &[&str]) -> Result<Vec<String>, HistoryError> {
    let filter = RowFilter { states: states.iter().map(ToString::to_string).collect(), component: None };
    let mut out: Vec<String> = Vec::new();
    let mut before: Option<(grace_domain::time::Timestamp, String)> = None;
    loop {
        let at = before.as_ref().map(|(at, id)| (*at, id.as_str()));
        let page = reader.rows(kind, &filter, at, limits::PAGE_ROWS).await?;
        let Some(last) = page.last() else { return Ok(out) };
        before = Some((last.at, last.id.clone()));
        out.extend(page.into_iter().map(|r| r.id));
    }
}

/// The working set: rows say which aggregates are open, their own entries say what they are.
pub async fn recover(reader: &Reader) -> Result<World, HistoryError> {
    let mut world = World::new(genesis(reader).await?);
    for id in ids(reader, RowKind::Component, &[]).await? {
        for recorded in entries_of(reader, &format!("component:{id}")).await? {
            world.evolve(&recorded);
        }
    }
    let mut updates = ids(reader, RowKind::Update, &OPEN_UPDATES).await?;
    updates.extend(world.components.values().filter_map(|c| c.newest().map(|n| n.update.to_string())));
    updates.extend(newest_update(reader).await?);
    updates.sort();
    updates.dedup();
    for id in updates {
        for recorded in entries_of(reader, &id).await? {
            world.evolve(&recorded);
        }
    }
    for id in ids(reader, RowKind::Handshake, &OPEN_HANDSHAKES).await? {
        for recorded in entries_of(reader, &id).await? {
            world.evolve(&recorded);
        }
    }
    world.prune();
    Ok(world)
}

/// The newest update, so that versions go on from it.
async fn newest_update(reader: &Reader) -> Result<Option<String>, HistoryError> {
    let page = reader.rows(RowKind::Update, &RowFilter::default(), None, 1).await?;
    Ok(page.into_iter().next().map(|r| r.id))
}

/// A projection row that is not what the log says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// First entry of the aggregate, if it has one.
    pub seq: Option<u64>,
    /// Which row, and what is wrong.
    pub reason: String,
}

/// Rebuilds every projection row from the log, streaming, and compares.
pub async fn compare_rows(reader: &Reader, size: u64) -> Result<Vec<Difference>, HistoryError> {
    let mut expected: BTreeMap<(&'static str, String), Row> = BTreeMap::new();
    let mut world = World::new(genesis(reader).await?);
    let mut from = 1;
    while from < size {
        let page = reader.entries(from, limits::PAGE_ROWS).await?;
        let Some(last) = page.last() else { break };
        from = last.seq + 1;
        for entry in page.iter().filter(|e| e.seq < size) {
            let recorded = decode(entry)?;
            world.evolve(&recorded);
            let subjects = std::collections::BTreeSet::from([recorded.entry.event.subject()]);
            for row in crate::owner::rows(&world, &subjects) {
                expected.insert((kind_word(row.kind), row.id.clone()), row);
            }
        }
    }
    let mut out = Vec::new();
    for kind in [RowKind::Update, RowKind::Handshake, RowKind::Component, RowKind::Rollback] {
        let mut after: Option<String> = None;
        loop {
            let page = reader.rows_by_id(kind, after.as_deref(), limits::PAGE_ROWS).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.id.clone());
            for row in page {
                match expected.remove(&(kind_word(kind), row.id.clone())) {
                    Some(wanted) if wanted == row => {}
                    Some(wanted) => out.push(Difference {
                        seq: wanted.first_seq,
                        reason: format!("projection {} {} is not what the log says", kind_word(kind), row.id),
                    }),
                    None => out.push(Difference {
                        seq: None,
                        reason: format!("projection {} {} has no entries in the log", kind_word(kind), row.id),
                    }),
                }
            }
        }
    }
    for ((kind, id), row) in expected {
        out.push(Difference { seq: row.first_seq, reason: format!("projection {kind} {id} is missing") });
    }
    Ok(out)
}

fn kind_word(kind: RowKind) -> &'static str {
    match kind {
        RowKind::Update => "update",
        RowKind::Handshake => "handshake",
        RowKind::Component => "component",
        RowKind::Rollback => "rollback",
    }
}
