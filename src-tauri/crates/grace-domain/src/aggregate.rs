//! What an aggregate is.
//!
//! Owns the trait. Never knows what one aggregate means: that stands in its own folder, and its line in the list
//! [`aggregates!`](crate::aggregates).

use crate::core::ids::{ComponentId, IdError, Nonce};
use crate::core::states::State;
use crate::core::time::Timestamp;
use crate::core::version::Version;
use crate::judge::window::Window;
use crate::log::event_info::StoredEvent;
use crate::row::Row;
use std::fmt;
use std::str::FromStr;

/// How the subject of an entry is told from those of other aggregates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prefix {
    /// The ids themselves begin so.
    OfId(&'static str),
    /// Stands before the id, which has no mark of its own.
    Before(&'static str),
}

impl Prefix {
    /// The subject of an id.
    pub fn subject(self, id: &impl fmt::Display) -> String {
        match self {
            Self::OfId(_) => id.to_string(),
            Self::Before(prefix) => format!("{prefix}{id}"),
        }
    }

    /// The text of the id in a subject that begins so.
    pub fn id(self, subject: &str) -> Option<&str> {
        match self {
            Self::OfId(prefix) => Some(subject).filter(|s| s.starts_with(prefix)),
            Self::Before(prefix) => subject.strip_prefix(prefix),
        }
    }
}

/// Something with a life of its own in the log: begun by one event, changed by others, ended or not.
pub trait Aggregate: Clone {
    /// Its name.
    type Id: Clone + Ord + fmt::Display + FromStr<Err = IdError>;
    /// What can happen to it.
    type Event: StoredEvent;
    /// What it can want done; its id is stable over restarts.
    type Effect: Clone + Ord + fmt::Debug;
    /// The working set that it is part of.
    type World;
    /// Any event of that working set: what it decides may concern others.
    type AnyEvent;
    /// How its subjects begin.
    const PREFIX: Prefix;
    /// What one is called in a sentence and on the wire.
    const NOUN: &'static str;
    /// Whether others on its components look at more of it than its state.
    const SEEN_WHOLE: bool = false;

    /// Made by its first event; any other makes none.
    fn begin(id: &Self::Id, event: &Self::Event, at: Timestamp, seq: u64) -> Option<Self>;
    /// Takes a stored event in. Total.
    fn evolve(&mut self, event: &Self::Event, at: Timestamp, seq: u64);
    /// What has to be done now. Live running and recovery both start from this.
    fn todo(&self) -> Vec<Self::Effect>;
    /// What happens now that time went by or something else ended.
    fn tick(&self, world: &Self::World, now: Timestamp) -> Vec<Self::AnyEvent>;
    /// The earliest time at which `tick` says something that it does not say before, with everything else as it is.
    fn due(&self) -> Option<Timestamp>;
    /// The components that it is about, the same for its whole life. What happens to one of them, or to another aggregate
    /// on one of them, may let it go on.
    fn components(&self) -> &[ComponentId];
    /// Whether it waits for its turn, which may depend on the calendar or on a window anywhere.
    fn waits(&self) -> bool {
        false
    }
    /// Whose turn is first when time goes by: the older version; by id where there is none.
    fn turn(&self) -> Option<Version> {
        None
    }
    /// Log sequence of its newest entry.
    fn last_seq(&self) -> u64;
    /// The state.
    fn state(&self) -> State;
    /// True when nothing more will happen by itself.
    fn ended(&self) -> bool;
    /// Whether an entry may still follow after its end, whatever stands in the working set by then.
    fn may_go_on(&self) -> bool;
    /// Whether it stays in the working set although it has ended.
    fn remembered(&self, world: &Self::World) -> bool;
    /// What lists show of it.
    fn rows(&self, world: &Self::World) -> Vec<Row>;
    /// The window in which it is or was watched.
    fn window(&self) -> Option<&Window>;
    /// Whether a statement with this nonce was taken before.
    fn nonce(&self, nonce: &Nonce) -> bool;
}

/// An aggregate from its own events, oldest first: none without the one that begins it.
pub fn replay<'e, A: Aggregate>(
    id: &A::Id,
    events: impl IntoIterator<Item = (&'e A::Event, Timestamp, u64)>,
) -> Option<A>
where
    A::Event: 'e,
{
    let mut found: Option<A> = None;
    for (event, at, seq) in events {
        match &mut found {
            Some(aggregate) => aggregate.evolve(event, at, seq),
            None => found = A::begin(id, event, at, seq),
        }
    }
    found
}
