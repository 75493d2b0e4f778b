//! `start`: start of the engine and of the window against the size of the log, which holds mostly ended updates.
//!
//! The large worlds are one real update of a real world, told again under other ids with everything it left in the log.
//! An engine looks in before the last of them, as one would have been there all along: it leaves its snapshots.

use crate::logs;
use crate::people::{self, Scene};
use crate::report::{Done, Figure, Goal, PAIRS, Report, Watch};
use crate::window;
use grace_domain::component;
use grace_domain::core::canon;
use grace_domain::crypto::keys::SignerKey;
use grace_domain::row::{Row, RowKind};
use grace_engine::Ports;
use grace_engine::keyring::Keyring;
use grace_store::{Entry, Group, Journal, NewEntry, OpenMode, SearchFilter, World};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Sizes of the log; the first is what the others are held against.
const SIZES: [u64; 3] = [1_000, 100_000, 1_000_000];
/// Components that the updates are spread over.
const COMPONENTS: usize = 4;
/// Updates told in one group.
const TOLD: u64 = 64;
/// Entries that are told after the last snapshots: some thirty updates of each component.
const SINCE_SNAPSHOTS: u64 = 2_500;
/// Seconds that an engine may take to leave its snapshots.
const SNAPSHOTS_WITHIN_S: f64 = 60.0;

pub async fn run(report: &mut Report) -> Done<()> {
    let place = logs::place()?;
    let mut worlds = Vec::new();
    for size in SIZES {
        let top = place.path().join(size.to_string());
        std::fs::create_dir(&top)?;
        worlds.push((size, world(report, &top, size).await?));
    }
    let mut all: Vec<Vec<(f64, f64)>> = vec![Vec::new(); SIZES.len() - 1];
    for _ in 0..PAIRS {
        for (n, (_, large)) in worlds.iter().skip(1).enumerate() {
            let limit = start(&worlds[0].1).await?;
            all[n].push((start(large).await?, limit));
        }
    }
    for (pairs, (size, _)) in all.into_iter().zip(&worlds[1..]) {
        report.add(Figure {
            workload: format!("start of the engine on a log of {size} entries, mostly of ended updates"),
            ours: "Engine::start until it takes commands: lock, log, recovery; file in the page cache".into(),
            limit: format!("the same on {} entries, in turns", SIZES[0]),
            unit: "ms",
            goal: Goal::None,
            pairs,
            notes: Vec::new(),
        });
    }
    window::run(report, (SIZES[0], &worlds[0].1), (SIZES[2], &worlds[2].1), &place.path().join("home"))
}

/// Starts and stops an engine. Returns the milliseconds of the start.
async fn start(dir: &Path) -> Done<f64> {
    let watch = Watch::start();
    let engine = people::engine(dir, Ports::system()).await?;
    let took = watch.millis();
    engine.shutdown().await;
    Ok(took)
}

/// A real world with one real update for each component, told again until the log has this size.
async fn world(report: &Report, top: &Path, size: u64) -> Done<PathBuf> {
    let scene = Scene::open(top, COMPONENTS).await?;
    let reader = scene.engine.reader();
    let mut seen = Vec::new();
    for component in 0..COMPONENTS {
        let from = reader.head().await?.size;
        let id = scene.update(component, "workers = 8\n").await?.to_string();
        let entries = reader.entries(from, 500).await?;
        let rows = reader.row(RowKind::Update, &id).await?;
        // What the component's own entries say of the update goes along, as it would have.
        let said = |e: &Entry| e.subject == id || String::from_utf8_lossy(&e.bytes).contains(&id);
        seen.push(Told { entries: entries.into_iter().filter(said).collect(), row: rows, id });
    }
    scene.engine.shutdown().await;
    let dir = scene.dir.clone();
    let watch = Watch::start();
    let mut n = 0;
    tell(&dir, size.saturating_sub(SINCE_SNAPSHOTS), &seen, &mut n).await?;
    leave_snapshots(&dir).await?;
    let entries = tell(&dir, size, &seen, &mut n).await?;
    report
        .progress(&format!("made a world of {entries} entries, {n} ended updates, {:.1} s", watch.seconds()));
    Ok(dir)
}

/// Tells the updates again until the log has this size. Returns the size that it has.
async fn tell(dir: &Path, size: u64, seen: &[Told], n: &mut u64) -> Done<u64> {
    let key: SignerKey = Keyring::of_world(&World::at(dir)).log()?;
    let journal = Journal::open(dir, OpenMode::ReadWrite, key).await?;
    let mut next = journal.reader().head().await?.size;
    let mut newest = BTreeMap::new();
    for entry in seen.iter().flat_map(|told| &told.entries) {
        let filter = SearchFilter { subject: Some(entry.subject.clone()), ..SearchFilter::default() };
        for found in journal.reader().search(&filter, None, 1).await?.entries {
            newest.insert(found.subject, found.seq);
        }
    }
    while next < size {
        let mut group = Group::default();
        for _ in 0..TOLD {
            let told = &seen[(*n % COMPONENTS as u64) as usize];
            told.again(*n, next, &mut newest, &mut group)?;
            *n += 1;
            if next + group.entries.len() as u64 >= size {
                break;
            }
        }
        next += group.entries.len() as u64;
        journal.append(group).await?;
    }
    journal.close().await?;
    Ok(next)
}

/// Runs an engine until no component is due for a snapshot.
async fn leave_snapshots(dir: &Path) -> Done<()> {
    let engine = people::engine(dir, Ports::system()).await?;
    let watch = Watch::start();
    while engine.world().components().values().any(|c| !component::decide_snapshot(c).is_empty()) {
        if watch.seconds() > SNAPSHOTS_WITHIN_S {
            return Err("the engine left no snapshots".into());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    engine.shutdown().await;
    Ok(())
}

/// An update that was, with everything that it left in the log.
struct Told {
    id: String,
    entries: Vec<Entry>,
    row: Option<Row>,
}

impl Told {
    /// The same under another id: the last twelve digits of a UUID are random anyway.
    fn again(
        &self,
        n: u64,
        group_seq: u64,
        newest: &mut BTreeMap<String, u64>,
        group: &mut Group,
    ) -> Done<()> {
        let first_seq = group_seq + group.entries.len() as u64;
        let kept = self.id.get(..self.id.len() - 12).ok_or("an update's id is a UUID")?;
        let id = format!("{kept}{n:012x}");
        for entry in &self.entries {
            let text = std::str::from_utf8(&entry.bytes)?.replace(&self.id, &id);
            let subject = entry.subject.replace(&self.id, &id);
            let mut said: serde_json::Value = serde_json::from_str(&text)?;
            let seq = group_seq + group.entries.len() as u64;
            said["prev"] = newest.insert(subject.clone(), seq).into();
            let bytes = canon::to_canonical(&said)?;
            group.entries.push(NewEntry { subject, kind: entry.kind.clone(), at: entry.at, bytes });
        }
        if let Some(row) = &self.row {
            let doc = row.doc.replace(&self.id, &id);
            group.rows.push(Row { id, doc, first_seq, ..row.clone() });
        }
        Ok(())
    }
}
