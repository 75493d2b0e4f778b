//! Rebuilding from the log: the working set at the start, one aggregate that has ended, and the projections for a
//! comparison. The same `evolve` as live running; nothing here writes.

use grace_domain::event::{Entry, EntryError, Event, Recorded};
use grace_domain::handshake::Handshake;
use grace_domain::ids::{HandshakeId, UpdateId};
use grace_domain::limits;
use grace_domain::update::Update;
use grace_domain::world::{Genesis, GenesisError, World};
use grace_store::{ReadError, Reader, Row, RowFilter, RowKind, SearchFilter};
use std::collections::{BTreeMap, BTreeSet};

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
    "proposed",
    "validating",
    "awaiting_approval",
    "approved",
    "distributing",
    "observing",
    "held",
    "blocked",
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

/// The newest update by its place in the log, so that versions go on from it: by time it may be another one, when the
/// clock ran back.
async fn newest_update(reader: &Reader) -> Result<Option<String>, HistoryError> {
    let filter = SearchFilter { kind: Some("update.proposed".into()), ..SearchFilter::default() };
    let mut before = None;
    loop {
        let page = reader.search(&filter, before, 1).await?;
        if let Some(entry) = page.entries.into_iter().next() {
            return Ok(Some(entry.subject));
        }
        match page.next_before {
            Some(next) => before = Some(next),
            None => return Ok(None),
        }
    }
}

/// A projection row that is not what the log says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// First entry of the aggregate, if it has one.
    pub seq: Option<u64>,
    /// Which row, and what is wrong.
    pub reason: String,
}

/// Rows by kind and id.
type Rows = BTreeMap<(&'static str, String), Row>;

/// A replay of the log that goes on as the log grows.
struct Replay {
    world: World,
    next: u64,
}

impl Replay {
    /// Up to `size`; `told` sees every row after each entry.
    async fn go_on(
        &mut self,
        reader: &Reader,
        size: u64,
        mut told: impl FnMut(Row),
    ) -> Result<(), HistoryError> {
        while self.next < size {
            let page = reader.entries(self.next, limits::PAGE_ROWS).await?;
            let Some(last) = page.last() else { break };
            self.next = size.min(last.seq + 1);
            for entry in page.iter().filter(|e| e.seq < size) {
                let recorded = decode(entry)?;
                self.world.evolve(&recorded);
                let subjects = BTreeSet::from([recorded.entry.event.subject()]);
                crate::rows::rows(&self.world, &subjects).into_iter().for_each(&mut told);
            }
        }
        Ok(())
    }
}

/// Rebuilds every projection row from the log, streaming, and compares. `size` entries were verified; the log may grow
/// meanwhile, and a row that went on with it is no difference.
pub async fn compare_rows(reader: &Reader, size: u64) -> Result<Vec<Difference>, HistoryError> {
    let mut expected = Rows::new();
    let mut replay = Replay { world: World::new(genesis(reader).await?), next: 1 };
    replay
        .go_on(reader, size, |row| drop(expected.insert((kind_word(row.kind), row.id.clone()), row)))
        .await?;
    let mut odd = Rows::new();
    for kind in [RowKind::Update, RowKind::Handshake, RowKind::Component, RowKind::Rollback] {
        let mut after: Option<String> = None;
        loop {
            let page = reader.rows_by_id(kind, after.as_deref(), limits::PAGE_ROWS).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.id.clone());
            for row in page {
                let key = (kind_word(kind), row.id.clone());
                match expected.get(&key) {
                    Some(wanted) if *wanted == row => drop(expected.remove(&key)),
                    _ => drop(odd.insert(key, row)),
                }
            }
        }
    }
    // What was written after the replay and before the rows were read explains a row that is ahead.
    if !odd.is_empty() {
        let now = reader.head().await?.size;
        let mut explain = |row: Row| {
            let key = (kind_word(row.kind), row.id.clone());
            if odd.get(&key) == Some(&row) {
                odd.remove(&key);
                expected.remove(&key);
            }
        };
        replay.go_on(reader, now, &mut explain).await?;
    }
    let mut out: Vec<Difference> = Vec::new();
    for ((kind, id), _) in odd {
        out.push(match expected.remove(&(kind, id.clone())) {
            Some(wanted) => Difference {
                seq: wanted.first_seq,
                reason: format!("projection {kind} {id} is not what the log says"),
            },
            None => {
                Difference { seq: None, reason: format!("projection {kind} {id} has no entries in the log") }
            }
        });
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
