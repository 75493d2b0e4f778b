//! Rebuilding from the log: the working set at the start, and one aggregate that has ended. The same `evolve` as live
//! running; nothing here writes. Each read of a subject goes back along `prev` without a gap to where it begins, and ends at
//! the newest entry that the store knows of it.

use crate::aggregates::Listed;
use crate::recovery_error::{RecoveryError, goes_on};
use grace_domain::aggregate::replay;
use grace_domain::aggregates;
use grace_domain::component::event::{ComponentEntryType, ComponentEvent};
use grace_domain::core::ids::ComponentId;
use grace_domain::core::limits;
use grace_domain::log::{Entry, EntryType, Event, Recorded, Subject};
use grace_domain::update::event::UpdateEntryType;
use grace_domain::world::{AnyAggregate, Genesis, World};
use grace_store::{Journal, NewestEntry, Reader, SearchFilter, open_aggregates};
use std::sync::Arc;

/// Decodes a stored entry; its texts stay redacted.
pub fn decode(entry: &grace_store::Entry) -> Result<Recorded, RecoveryError> {
    let decoded = Entry::decode(&entry.bytes).map_err(|why| RecoveryError::Entry { seq: entry.seq, why })?;
    Ok(Recorded { seq: entry.seq, entry: decoded })
}

/// Decodes stored entries, each with those of its texts that are there.
pub async fn read(reader: &Reader, entries: &[grace_store::Entry]) -> Result<Vec<Recorded>, RecoveryError> {
    let mut out = entries.iter().map(decode).collect::<Result<Vec<_>, _>>()?;
    let seqs: Vec<u64> = out.iter().filter(|r| !r.entry.sealed_texts().is_empty()).map(|r| r.seq).collect();
    let texts = reader.sealed_texts_of(&seqs).await?;
    for recorded in &mut out {
        if let Some(lines) = texts.get(&recorded.seq) {
            recorded.entry.resolve(lines);
        }
    }
    Ok(out)
}

/// Every entry of a subject, oldest first.
pub async fn entries_of(reader: &Reader, subject: &str) -> Result<Vec<Recorded>, RecoveryError> {
    entries_after(reader, subject, None).await
}

/// Every entry of a subject after a place in the log, oldest first.
async fn entries_after(
    reader: &Reader,
    subject: &str,
    mut after: Option<u64>,
) -> Result<Vec<Recorded>, RecoveryError> {
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

/// Closes the log for writing when what was read of it contradicts what was signed.
pub fn close_on_contradiction(journal: &Journal, error: &RecoveryError) {
    if let Some(reason) = error.contradiction() {
        tracing::error!(%reason, "the log is not what was signed; nothing is written any more");
        journal.distrust(&reason);
    }
}

/// A subject of the working set that was read without its newest entry, if there is one: the log was walked since.
pub fn read_short(reader: &Reader, world: &World) -> Option<String> {
    let short = |subject: &Subject| {
        let known = world.last_seq(subject).map_or(NewestEntry::Absent, NewestEntry::At);
        reader.newest_entry(&subject.to_string()) != known
    };
    world.subjects().chain([Subject::World]).find(short).map(|subject| subject.to_string())
}

/// The genesis.
pub async fn genesis(reader: &Reader) -> Result<Genesis, RecoveryError> {
    let first = reader.entry(0).await?.ok_or(RecoveryError::Empty)?;
    let read = read(reader, &[first]).await?;
    Ok(Genesis::read(read.first().ok_or(RecoveryError::Empty)?)?)
}

/// An aggregate from its own entries; `None` when there is none of that id.
pub async fn aggregate<A: Listed>(reader: &Reader, id: &A::Id) -> Result<Option<A>, RecoveryError> {
    let entries = entries_of(reader, &A::subject(id).to_string()).await?;
    Ok(of_entries(id, &entries))
}

/// An aggregate from its entries, oldest first; `None` when none of them begins it.
pub fn of_entries<A: Listed>(id: &A::Id, entries: &[Recorded]) -> Option<A> {
    replay(id, entries.iter().filter_map(|r| Some((A::own(&r.entry.event)?, r.entry.at, r.seq))))
}

macro_rules! make_read_anew {
    ($($(#[$doc:meta])* $Name:ident: $State:ty => $map:ident,)*) => {
        /// An ended aggregate as the log has it now, when it has gone on since it was read.
        pub async fn gone_on(reader: &Reader, read: &AnyAggregate) -> Result<Option<AnyAggregate>, RecoveryError> {
            match read {
                $(AnyAggregate::$Name(id, known) => {
                    let subject = Subject::$Name(id.clone()).to_string();
                    if reader.entries_of(&subject, Some(known.last_seq()), 1).await?.is_empty() {
                        return Ok(None);
                    }
                    let found = aggregate::<$State>(reader, id).await?;
                    Ok(found.map(|found| AnyAggregate::$Name(id.clone(), Arc::new(found))))
                })*
            }
        }
    };
}
aggregates!(make_read_anew);

/// The working set: the journal's own list says which aggregates are open, their own entries say what they are.
/// Projection rows are not asked. A list that is not complete is made again from the log: see [`open_in`].
pub async fn recover(reader: &Reader) -> Result<World, RecoveryError> {
    let mut world = open_world(reader).await?;
    let newest = reader.head().await?.size.checked_sub(1).ok_or(RecoveryError::Empty)?;
    let newest = reader.entry(newest).await?.ok_or(RecoveryError::Empty)?;
    world.set_newest_at(decode(&newest)?.entry.at);
    Ok(world)
}

/// The working set as the entries of what is open leave it.
async fn open_world(reader: &Reader) -> Result<World, RecoveryError> {
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
async fn entries_of_component(reader: &Reader, id: &ComponentId) -> Result<Vec<Recorded>, RecoveryError> {
    let subject = Subject::Component(id.clone()).to_string();
    let filter = SearchFilter {
        subject: Some(subject.clone()),
        entry_type: Some(EntryType::Component(ComponentEntryType::Snapshot).into()),
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
async fn everything(reader: &Reader, mut world: World) -> Result<World, RecoveryError> {
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
async fn newest_update(reader: &Reader) -> Result<Option<String>, RecoveryError> {
    let proposed = EntryType::Update(UpdateEntryType::Proposed);
    let filter = SearchFilter { entry_type: Some(proposed.into()), ..SearchFilter::default() };
    Ok(newest(reader, &filter).await?.map(|entry| entry.subject))
}

/// The newest entry of the world itself, from which its next one goes on.
async fn newest_of_world(reader: &Reader) -> Result<Option<Recorded>, RecoveryError> {
    let filter = SearchFilter { subject: Some(Subject::World.to_string()), ..SearchFilter::default() };
    newest(reader, &filter).await?.as_ref().map(decode).transpose()
}

/// The newest entry that matches.
async fn newest(reader: &Reader, filter: &SearchFilter) -> Result<Option<grace_store::Entry>, RecoveryError> {
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
