//! Which aggregates of the working set may go on, found without asking all of them.
//!
//! Owns who stands on which component, whose time comes when, and who has been moved since. Decides nothing: whoever is
//! woken is asked, and an aggregate that is woken in vain says that it has nothing to do.

use crate::aggregate::Aggregate;
use crate::core::ids::ComponentId;
use crate::core::states::State;
use crate::core::time::Timestamp;
use crate::core::version::Version;
use imbl::{OrdMap, OrdSet};

/// Where an aggregate stands in the order in which all are asked: by kind, then by version, then by name.
type Turn<S> = (usize, Option<Version>, S);

/// The indexes over one working set. A copy shares what it does not change.
#[derive(Debug, Clone)]
pub struct Index<S: Ord + Clone> {
    at: OrdMap<ComponentId, OrdMap<S, Turn<S>>>,
    due: OrdSet<(Timestamp, Turn<S>)>,
    waiting: OrdSet<Turn<S>>,
    awake: OrdSet<Turn<S>>,
    moved: OrdSet<S>,
}

/// What the index knows of an aggregate at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    due: Option<Timestamp>,
    waits: bool,
    state: State,
    watched: bool,
}

impl Mark {
    /// Of this one.
    pub fn of<A: Aggregate>(aggregate: &A) -> Self {
        Self {
            due: aggregate.due(),
            waits: aggregate.waits(),
            state: aggregate.state(),
            watched: aggregate.window().is_some(),
        }
    }
}

impl<S: Ord + Clone> Index<S> {
    /// Of an empty working set.
    pub fn empty() -> Self {
        Self {
            at: OrdMap::new(),
            due: OrdSet::new(),
            waiting: OrdSet::new(),
            awake: OrdSet::new(),
            moved: OrdSet::new(),
        }
    }

    /// Takes in what became of an aggregate: `before` is none of a new one. `place` is that of its kind in the list.
    pub fn take<A: Aggregate>(&mut self, place: usize, subject: S, before: Option<Mark>, aggregate: &A) {
        if before.is_none() {
            self.place(place, &subject, aggregate);
        }
        let after = Mark::of(aggregate);
        let state_changed = before.as_ref().is_none_or(|before| before.state != after.state);
        if state_changed || A::SEEN_WHOLE {
            for component in aggregate.components() {
                for (other, turn) in self.at.get(component).into_iter().flatten() {
                    self.awake.insert(turn.clone());
                    self.moved.insert(other.clone());
                }
            }
        }
        // A window that opens or closes lets those go on that wait for something beyond their components.
        let was_watched = before.as_ref().is_some_and(|mark| mark.watched);
        if was_watched != after.watched || after.watched && state_changed {
            self.wake_waiting();
        }
        self.mark((place, aggregate.turn(), subject), before.as_ref(), &after);
    }

    /// Takes in one that has ended and had gone: whoever is beside it has nothing to learn from that.
    pub fn put_back<A: Aggregate>(&mut self, place: usize, subject: S, aggregate: &A) {
        self.place(place, &subject, aggregate);
        self.mark((place, aggregate.turn(), subject), None, &Mark::of(aggregate));
    }

    fn place<A: Aggregate>(&mut self, place: usize, subject: &S, aggregate: &A) {
        for component in aggregate.components() {
            let here = self.at.entry(component.clone()).or_default();
            here.insert(subject.clone(), (place, aggregate.turn(), subject.clone()));
        }
    }

    fn mark(&mut self, turn: Turn<S>, before: Option<&Mark>, after: &Mark) {
        let was_due = before.and_then(|before| before.due);
        if was_due != after.due {
            if let Some(at) = was_due {
                self.due.remove(&(at, turn.clone()));
            }
            if let Some(at) = after.due {
                self.due.insert((at, turn.clone()));
            }
        }
        if after.waits {
            self.waiting.insert(turn.clone());
        } else {
            self.waiting.remove(&turn);
        }
        self.moved.insert(turn.2.clone());
        self.awake.insert(turn);
    }

    /// Forgets an aggregate that leaves the working set.
    pub fn remove<A: Aggregate>(&mut self, place: usize, subject: &S, aggregate: &A) {
        let turn = (place, aggregate.turn(), subject.clone());
        for component in aggregate.components() {
            if let Some(here) = self.at.get_mut(component) {
                here.remove(subject);
                if here.is_empty() {
                    self.at.remove(component);
                }
            }
        }
        if let Some(at) = aggregate.due() {
            self.due.remove(&(at, turn.clone()));
        }
        self.waiting.remove(&turn);
        self.awake.remove(&turn);
        self.moved.remove(subject);
    }

    /// Those that stand on a component.
    pub fn at(&self, component: &ComponentId) -> impl Iterator<Item = &S> {
        self.at.get(component).into_iter().flat_map(OrdMap::keys)
    }

    /// Those whose turn depends on more than time and their components are asked again.
    pub fn wake_waiting(&mut self) {
        self.awake = std::mem::take(&mut self.awake).union(self.waiting.clone());
    }

    /// The next one to be asked at `now`.
    pub fn next(&mut self, now: Timestamp) -> Option<S> {
        while let Some((at, turn)) = self.due.get_min().filter(|(at, _)| *at <= now).cloned() {
            self.due.remove(&(at, turn.clone()));
            self.awake.insert(turn);
        }
        self.awake.get_min().map(|(_, _, subject)| subject.clone())
    }

    /// The one that was asked has nothing to do.
    pub fn rests(&mut self) {
        self.awake.remove_min();
    }

    /// Those that were moved since this was asked last, or that stand where something was.
    pub fn take_moved(&mut self) -> OrdSet<S> {
        std::mem::take(&mut self.moved)
    }
}
