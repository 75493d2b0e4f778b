//! Replays the whole log and compares what it says with what stands beside it. The same `evolve` as live running;
//! nothing here writes.

use super::difference::Difference;
use super::nonces;
use super::redactions::{self, Redactions};
use crate::recovery::{decode, open_in};
use crate::recovery_error::{RecoveryError, goes_on};
use crate::rows;
use grace_domain::component::event::ComponentEvent;
use grace_domain::core::digest::Digest;
use grace_domain::core::limits;
use grace_domain::log::{Event, Recorded, Subject};
use grace_domain::row::{Row, RowKind};
use grace_domain::world::{Genesis, World};
use grace_store::Reader;
use std::collections::{BTreeMap, BTreeSet};

/// Readings of the list of open aggregates while the log grows.
const COMPARISONS: usize = 16;

/// Rows by kind and id.
type Rows = BTreeMap<(&'static str, String), Row>;

/// A replay of the log that goes on as the log grows.
struct Replay {
    world: World,
    next: u64,
    /// Entries beside which stand texts that they do not name.
    unnamed_texts: Vec<u64>,
    /// Entries that do not go on from the entry of their subject before them.
    gaps: Vec<Difference>,
    /// Snapshots that say something else than the entries before them.
    wrong_snapshots: Vec<u64>,
    /// Texts that entries name and that are not there, and whose entries those are.
    redacted: (u64, BTreeSet<Subject>),
}

impl Replay {
    /// Up to `size`; `each` sees every row after each entry.
    async fn go_on(
        &mut self,
        reader: &Reader,
        size: u64,
        mut each: impl FnMut(Row),
    ) -> Result<(), RecoveryError> {
        while self.next < size {
            let page = reader.entries(self.next, limits::PAGE_ROWS).await?;
            let Some(last) = page.last() else { break };
            self.next = size.min(last.seq + 1);
            let texts = reader.sealed_texts_between(page.first().map_or(0, |e| e.seq), self.next).await?;
            for entry in page.iter().filter(|e| e.seq < size) {
                let mut recorded = decode(entry)?;
                let subject = recorded.entry.event.subject();
                let lines = texts.get(&recorded.seq).map_or(&[][..], Vec::as_slice);
                self.compare_texts(&recorded, lines);
                recorded.entry.resolve(lines);
                if let Err(gap) = goes_on(&recorded, self.world.last_seq(&subject)) {
                    self.gaps.push(Difference { seq: Some(recorded.seq), reason: gap.to_string() });
                }
                if !self.says_the_same(&recorded.entry.event) {
                    self.wrong_snapshots.push(recorded.seq);
                }
                self.world.evolve(&recorded);
                let subjects = BTreeSet::from([subject]);
                rows::rows(&self.world, &subjects).into_iter().for_each(&mut each);
            }
        }
        Ok(())
    }

    /// Of the first entry, of which the world is made, with its texts compared.
    async fn begin(reader: &Reader) -> Result<Self, RecoveryError> {
        let mut first = decode(&reader.entry(0).await?.ok_or(RecoveryError::Empty)?)?;
        let texts = reader.sealed_texts_between(0, 1).await?;
        let lines = texts.get(&0).map_or(&[][..], Vec::as_slice);
        first.entry.resolve(lines);
        let mut replay = Self {
            world: World::new(Genesis::read(&first)?),
            next: 1,
            unnamed_texts: Vec::new(),
            gaps: Vec::new(),
            wrong_snapshots: Vec::new(),
            redacted: (0, BTreeSet::new()),
        };
        replay.compare_texts(&first, lines);
        Ok(replay)
    }

    /// Holds what stands beside an entry against the texts that it names.
    fn compare_texts(&mut self, recorded: &Recorded, lines: &[u8]) {
        let there: Vec<Digest> =
            lines.split(|b| *b == b'\n').filter(|l| !l.is_empty()).map(Digest::of).collect();
        let names = recorded.entry.sealed_texts();
        // Fewer may be there than it names: texts can be redacted.
        if !there.iter().all(|line| names.contains(line)) {
            self.unnamed_texts.push(recorded.seq);
        }
        let missing = names.iter().filter(|name| !there.contains(name)).count();
        if missing > 0 {
            self.redacted.0 += missing as u64;
            self.redacted.1.insert(recorded.entry.event.subject());
        }
    }

    /// Whether an event, if it is a snapshot, says what the replay has come to.
    fn says_the_same(&self, event: &Event) -> bool {
        let Event::Component(id, ComponentEvent::Snapshot(snapshot)) = event else { return true };
        self.world.components().get(id).is_some_and(|c| c.may_be_snapshot() && c.snapshot() == **snapshot)
    }
}

/// The differences of [`compare`] alone.
pub async fn compare_rows(reader: &Reader, size: u64) -> Result<Vec<Difference>, RecoveryError> {
    Ok(compare(reader, size).await?.0)
}

/// Rebuilds every projection row from the log, streaming, and compares; in the same pass looks for texts that were
/// redacted. `size` entries were verified; the log may grow meanwhile, and a row that went on with it is no difference.
pub async fn compare(reader: &Reader, size: u64) -> Result<(Vec<Difference>, Redactions), RecoveryError> {
    let mut expected = Rows::new();
    let mut replay = Replay::begin(reader).await?;
    replay.go_on(reader, size, |row| drop(expected.insert((row.kind.as_str(), row.id.clone()), row))).await?;
    let redacted = std::mem::take(&mut replay.redacted);
    let mut odd = Rows::new();
    for kind in RowKind::ALL.iter().copied() {
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
    out.extend(nonces::compare(reader, size).await?);
    for ((kind, id), _) in odd {
        out.push(match expected.remove(&(kind, id.clone())) {
            Some(wanted) => Difference {
                seq: Some(wanted.first_seq),
                reason: format!("projection {kind} {id} is not what the log says"),
            },
            None => {
                Difference { seq: None, reason: format!("projection {kind} {id} has no entries in the log") }
            }
        });
    }
    for ((kind, id), row) in expected {
        out.push(Difference {
            seq: Some(row.first_seq),
            reason: format!("projection {kind} {id} is missing"),
        });
    }
    Ok((out, redactions::of(reader, redacted).await?))
}

/// What stands beside the log and is no projection: salted texts, and the list of open aggregates.
async fn beside(reader: &Reader, replay: &mut Replay) -> Result<Vec<Difference>, RecoveryError> {
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
