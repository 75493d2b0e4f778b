//! Rebuilding from the log: the working set at the start, one aggregate that has ended, and the projections for a
//! comparison. The same `evolve` as live running; nothing here writes.

pub use crate::history_error::HistoryError;
use crate::history_error::goes_on;
use crate::redactions::{self, Redactions};
use grace_domain::aggregate::replay;
use grace_domain::core::digest::Digest;
use grace_domain::core::ids::{ComponentId, HandshakeId, UpdateId};
use grace_domain::core::limits;
use grace_domain::handshake::Handshake;
use grace_domain::log::Subject;
use grace_domain::log::{ComponentEvent, Entry, Event, Recorded};
use grace_domain::update::Update;
use grace_domain::world::{Genesis, World};
use grace_store::{Reader, Row, RowKind, SearchFilter, open_aggregates};
use std::collections::{BTreeMap, BTreeSet};

/// Decodes a stored entry; its words stay left out.
pub fn decode(entry: &grace_store::Entry) -> Result<Recorded, HistoryError> {
    let decoded = Entry::decode(&entry.bytes).map_err(|why| HistoryError::Entry { seq: entry.seq, why })?;
    Ok(Recorded { seq: entry.seq, entry: decoded })
}

/// Decodes stored entries, each with those of its words that are there.
pub async fn read(reader: &Reader, entries: &[grace_store::Entry]) -> Result<Vec<Recorded>, HistoryError> {
    let mut out = entries.iter().map(decode).collect::<Result<Vec<_>, _>>()?;
    let seqs: Vec<u64> = out.iter().filter(|r| !r.entry.sealed_texts().is_empty()).map(|r| r.seq).collect();
    let words = reader.sealed_texts_of(&seqs).await?;
    for recorded in &mut out {
        if let Some(lines) = words.get(&recorded.seq) {
            recorded.entry.resolve(lines);
        }
    }
    Ok(out)
}

/// Every entry of a subject, oldest first.
pub async fn entries_of(reader: &Reader, subject: &str) -> Result<Vec<Recorded>, HistoryError> {
    entries_after(reader, subject, None).await
}

/// Every entry of a subject after a place in the log, oldest first.
async fn entries_after(
    reader: &Reader,
    subject: &str,
    mut after: Option<u64>,
) -> Result<Vec<Recorded>, HistoryError> {
    let mut out = Vec::new();
    loop {
        let page = reader.entries_of(subject, after, limits::PAGE_ROWS).await?;
        if page.is_empty() {
            return Ok(out);
        }
        for recorded in read(reader, &page).await? {
            goes_on(&recorded, after)?;
            after = Some(recorded.seq);
            out.push(recorded);
        }
    }
}

/// The genesis.
pub async fn genesis(reader: &Reader) -> Result<Genesis, HistoryError> {
    let first = reader.entry(0).await?.ok_or(HistoryError::Empty)?;
    let read = read(reader, &[first]).await?;
    Ok(Genesis::read(read.first().ok_or(HistoryError::Empty)?)?)
}

/// An update from its own entries; `None` when there is none of that id.
pub async fn update(reader: &Reader, id: &UpdateId) -> Result<Option<Update>, HistoryError> {
    let entries = entries_of(reader, id.as_str()).await?;
    let own = entries.iter().filter_map(|r| match &r.entry.event {
        Event::Update(_, event) => Some((event, r.entry.at, r.seq)),
        Event::World(_) | Event::Handshake(..) | Event::Component(..) => None,
    });
    Ok(replay(id, own))
}

/// A handshake from its own entries.
pub async fn handshake(reader: &Reader, id: &HandshakeId) -> Result<Option<Handshake>, HistoryError> {
    let entries = entries_of(reader, id.as_str()).await?;
    let own = entries.iter().filter_map(|r| match &r.entry.event {
        Event::Handshake(_, event) => Some((event, r.entry.at, r.seq)),
        Event::World(_) | Event::Update(..) | Event::Component(..) => None,
    });
    Ok(replay(id, own))
}

/// The working set: the journal's own list says which aggregates are open, their own entries say what they are.
/// Projection rows are not asked. A list that is not complete is made again from the log: see [`open_in`].
pub async fn recover(reader: &Reader) -> Result<World, HistoryError> {
    let mut world = World::new(genesis(reader).await?);
    if let Some(newest) = newest_of_world(reader).await? {
        world.evolve(&newest);
    }
    let Some(mut open) = reader.open_subjects().await? else { return everything(reader, world).await };
    let fresh = world.clone();
    // The newest update carries the version that the next one goes on from, whatever became of it.
    open.extend(newest_update(reader).await?);
    open.sort();
    open.dedup();
    for subject in open {
        let entries = match subject.parse() {
            Ok(Subject::Component(id)) => entries_of_component(reader, &id).await?,
            _ => entries_of(reader, &subject).await?,
        };
        if entries.is_empty() {
            // The list names what never was: nothing of it is believed.
            return everything(reader, fresh).await;
        }
        for recorded in entries {
            world.evolve(&recorded);
        }
    }
    world.prune();
    Ok(world)
}

/// The entries that say what a component is now: its registration, its newest snapshot and what came after; all of them
/// while it has no snapshot. Each is proved like any other entry.
async fn entries_of_component(reader: &Reader, id: &ComponentId) -> Result<Vec<Recorded>, HistoryError> {
    let subject = Subject::Component(id.clone()).to_string();
    let filter = SearchFilter {
        subject: Some(subject.clone()),
        kind: Some("component.snapshot".into()),
        ..SearchFilter::default()
    };
    let Some(newest) = newest(reader, &filter).await? else { return entries_of(reader, &subject).await };
    let newest = decode(&newest)?;
    let Event::Component(_, ComponentEvent::Snapshot(snapshot)) = &newest.entry.event else {
        return entries_of(reader, &subject).await;
    };
    let Some(registration) = reader.entry(snapshot.registered_seq).await? else {
        return entries_of(reader, &subject).await;
    };
    let mut out = read(reader, &[registration]).await?;
    let seq = newest.seq;
    out.push(newest);
    out.extend(entries_after(reader, &subject, Some(seq)).await?);
    Ok(out)
}

/// The working set from the whole log, aggregate by aggregate; ended ones are dropped on the way. An update whose
/// components are not known yet must stay until they are.
async fn everything(reader: &Reader, mut world: World) -> Result<World, HistoryError> {
    let mut after: Option<String> = None;
    loop {
        let page = reader.subjects(after.as_deref(), limits::PAGE_ROWS).await?;
        let Some(last) = page.last() else { break };
        after = Some(last.clone());
        for subject in page.iter().filter(|s| *s != open_aggregates::COMPLETE) {
            for recorded in entries_of(reader, subject).await? {
                world.evolve(&recorded);
            }
            // Components come first in the order of names, so nothing that one remembers is dropped.
            world.prune();
        }
    }
    world.prune();
    Ok(world)
}

/// The list of open aggregates as the working set says it.
pub fn open_in(world: &World) -> Vec<String> {
    world.subjects().map(|subject| subject.to_string()).collect()
}

/// The newest update by its place in the log, so that versions go on from it: by time it may be another one, when the
/// clock ran back.
async fn newest_update(reader: &Reader) -> Result<Option<String>, HistoryError> {
    let filter = SearchFilter { kind: Some("update.proposed".into()), ..SearchFilter::default() };
    Ok(newest(reader, &filter).await?.map(|entry| entry.subject))
}

/// The newest entry of the world itself, from which its next one goes on.
async fn newest_of_world(reader: &Reader) -> Result<Option<Recorded>, HistoryError> {
    let filter = SearchFilter { subject: Some(Subject::World.to_string()), ..SearchFilter::default() };
    newest(reader, &filter).await?.as_ref().map(decode).transpose()
}

/// The newest entry that matches.
async fn newest(reader: &Reader, filter: &SearchFilter) -> Result<Option<grace_store::Entry>, HistoryError> {
    let mut before = None;
    loop {
        let page = reader.search(filter, before, 1).await?;
        if let Some(entry) = page.entries.into_iter().next() {
            return Ok(Some(entry));
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

/// Readings of the list of open aggregates while the log grows.
const COMPARISONS: usize = 16;

/// Rows by kind and id.
type Rows = BTreeMap<(&'static str, String), Row>;

/// A replay of the log that goes on as the log grows.
struct Replay {
    world: World,
    next: u64,
    /// Entries beside which stand words that they do not name.
    unnamed_texts: Vec<u64>,
    /// Entries that do not go on from the entry of their subject before them.
    gaps: Vec<Difference>,
    /// Snapshots that say something else than the entries before them.
    wrong_snapshots: Vec<u64>,
    /// Words that entries name and that are not there, and whose entries those are.
    redacted: (u64, BTreeSet<Subject>),
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
            let words = reader.sealed_texts_between(page.first().map_or(0, |e| e.seq), self.next).await?;
            for entry in page.iter().filter(|e| e.seq < size) {
                let mut recorded = decode(entry)?;
                let subject = recorded.entry.event.subject();
                let lines = words.get(&recorded.seq).map_or(&[][..], Vec::as_slice);
                let there: Vec<Digest> =
                    lines.split(|b| *b == b'\n').filter(|l| !l.is_empty()).map(Digest::of).collect();
                let names = recorded.entry.sealed_texts();
                // Fewer may be there than it names: words can be left out.
                if !there.iter().all(|line| names.contains(line)) {
                    self.unnamed_texts.push(recorded.seq);
                }
                let missing = names.iter().filter(|name| !there.contains(name)).count();
                if missing > 0 {
                    self.redacted.0 += missing as u64;
                    self.redacted.1.insert(subject.clone());
                }
                recorded.entry.resolve(lines);
                if let Err(gap) = goes_on(&recorded, self.world.last_seq(&subject)) {
                    self.gaps.push(Difference { seq: Some(recorded.seq), reason: gap.to_string() });
                }
                if !self.says_the_same(&recorded.entry.event) {
                    self.wrong_snapshots.push(recorded.seq);
                }
                self.world.evolve(&recorded);
                let subjects = BTreeSet::from([subject]);
                crate::rows::rows(&self.world, &subjects).into_iter().for_each(&mut told);
            }
        }
        Ok(())
    }

    /// Whether an event, if it is a snapshot, says what the replay has come to.
    fn says_the_same(&self, event: &Event) -> bool {
        let Event::Component(id, ComponentEvent::Snapshot(snapshot)) = event else { return true };
        self.world.components.get(id).is_some_and(|c| c.may_be_snapshot() && c.snapshot() == **snapshot)
    }
}

/// The differences of [`compare`] alone.
pub async fn compare_rows(reader: &Reader, size: u64) -> Result<Vec<Difference>, HistoryError> {
    Ok(compare(reader, size).await?.0)
}

/// Rebuilds every projection row from the log, streaming, and compares; in the same pass looks for words that were left
/// out. `size` entries were verified; the log may grow meanwhile, and a row that went on with it is no difference.
pub async fn compare(reader: &Reader, size: u64) -> Result<(Vec<Difference>, Redactions), HistoryError> {
    let mut expected = Rows::new();
    let mut replay = Replay {
        world: World::new(genesis(reader).await?),
        next: 1,
        unnamed_texts: Vec::new(),
        gaps: Vec::new(),
        wrong_snapshots: Vec::new(),
        redacted: (0, BTreeSet::new()),
    };
    replay.go_on(reader, size, |row| drop(expected.insert((row.kind.as_str(), row.id.clone()), row))).await?;
    let redacted = std::mem::take(&mut replay.redacted);
    let mut odd = Rows::new();
    for kind in RowKind::ALL {
        let mut after: Option<String> = None;
        loop {
            let page = reader.rows_by_id(kind, after.as_deref(), limits::PAGE_ROWS).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.id.clone());
            for row in page {
                let key = (kind.as_str(), row.id.clone());
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
            let key = (row.kind.as_str(), row.id.clone());
            if odd.get(&key) == Some(&row) {
                odd.remove(&key);
                expected.remove(&key);
            }
        };
        replay.go_on(reader, now, &mut explain).await?;
    }
    let mut out = beside(reader, &mut replay).await?;
    out.extend(crate::nonces::compare(reader, size).await?);
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
    Ok((out, redactions::of(reader, redacted).await?))
}

/// What stands beside the log and is no projection: salted words, and the list of open aggregates.
async fn beside(reader: &Reader, replay: &mut Replay) -> Result<Vec<Difference>, HistoryError> {
    let mut now = reader.head().await?.size;
    let mut list = reader.open_subjects().await?;
    // A running engine moves both; they are compared when it did not in between.
    for _ in 0..COMPARISONS {
        let size = reader.head().await?.size;
        if size == now {
            break;
        }
        now = size;
        list = reader.open_subjects().await?;
    }
    replay.go_on(reader, now, drop).await?;
    let mut world = replay.world.clone();
    world.prune();
    let mut out: Vec<Difference> = replay
        .unnamed_texts
        .iter()
        .map(|seq| Difference {
            seq: Some(*seq),
            reason: format!("the texts beside entry {seq} are not the ones that it names"),
        })
        .collect();
    out.append(&mut replay.gaps);
    out.extend(replay.wrong_snapshots.iter().map(|seq| Difference {
        seq: Some(*seq),
        reason: format!("the snapshot in entry {seq} is not what the entries before it say"),
    }));
    // Made anew at the next start when it is not complete.
    if let Some(list) = list {
        let (listed, open): (BTreeSet<String>, BTreeSet<String>) =
            (list.into_iter().collect(), open_in(&world).into_iter().collect());
        for subject in listed.symmetric_difference(&open) {
            let what = if open.contains(subject) { "is missing" } else { "has ended" };
            let reason = format!("the list of open aggregates: {subject} {what}");
            out.push(Difference { seq: None, reason });
        }
    }
    Ok(out)
}
