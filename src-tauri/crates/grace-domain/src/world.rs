//! The working set: genesis facts, every component, and the updates and handshakes that are open. Rebuilt from the
//! log; decisions read only this. Never holds ended aggregates longer than something can still be decided on them.

mod genesis;
mod index;
mod make;

use crate::aggregates;
use crate::core::digest::Digest;
use crate::core::ids::{ComponentId, DocumentId, UpdateId};
use crate::core::limits;
use crate::core::states::State;
use crate::core::time::Timestamp;
use crate::core::version::Version;
use crate::crypto::keys::PublicKey;
use crate::governance::people::Recovery;
use crate::governance::policy::{Freeze, People, Policy};
use crate::judge::window::{Series, Window};
use crate::kinds::target_kind::TargetKind;
use crate::log::entry::Recorded;
use crate::log::event::Event;
use crate::log::subject::{Subject, SubjectKind};
use crate::log::world::WorldEvent;
use crate::make_world;
use crate::update::event::UpdateEvent;
use crate::update::state::{Update, UpdatePhase};
use std::collections::BTreeMap;
use std::sync::Arc;

pub use genesis::{Genesis, GenesisError};
pub use index::{Index, Mark};

/// A map of the working set, in the order of ids; a copy costs nothing.
pub type Map<K, V> = imbl::OrdMap<K, V>;

aggregates!(make_world World { genesis: Arc<Genesis>, last_version: Option<Version>, own_seq: u64, newest_at: Timestamp, frozen: Option<Freeze>, }, Subject, SubjectKind, Event, Effect, AnyAggregate;);

impl World {
    /// An empty world after its genesis.
    pub fn new(genesis: Genesis) -> Self {
        Self::empty(Arc::new(genesis), None, 0, Timestamp::EPOCH, None)
    }

    /// Takes a stored entry in. Total.
    pub fn evolve(&mut self, recorded: &Recorded) {
        if let Event::Update(_, UpdateEvent::Proposed { version, .. }) = &recorded.entry.event {
            self.last_version = self.last_version.max(Some(*version));
        }
        if matches!(recorded.entry.event, Event::World(_)) {
            self.own_seq = recorded.seq;
        }
        self.newest_at = recorded.entry.at;
        self.take(&recorded.entry.event, recorded.entry.at, recorded.seq);
    }

    /// What may go on at `now`, one aggregate's events at a time; `None` when everything rests.
    pub fn tick(&mut self, now: Timestamp) -> Option<(Subject, Vec<Event>)> {
        let frozen = self.policy().frozen(now).cloned();
        if frozen != self.frozen {
            self.frozen = frozen;
            self.index.wake_waiting();
        }
        self.go_on(now)
    }

    /// Sequence of the newest entry of a subject in it; of the world itself the newest that it was told of.
    pub fn last_seq(&self, subject: &Subject) -> Option<u64> {
        if *subject == Subject::World { Some(self.own_seq) } else { self.newest_of(subject) }
    }

    /// Time of the newest entry that it was told of.
    pub fn newest_at(&self) -> Timestamp {
        self.newest_at
    }

    /// The newest entry of its log is of this time.
    pub fn set_newest_at(&mut self, at: Timestamp) {
        self.newest_at = at;
    }

    /// What is recorded before anything else at `now`: that the clock was set back, since the newest entry or since it was
    /// `seen` last. A clock that is held back by less than a second is not set.
    pub fn clock_set_back(&self, now: Timestamp, seen: Timestamp) -> Option<WorldEvent> {
        let set_back = now < self.newest_at || seen.since_ms(now) > limits::CLOCK_HELD_BACK_MS;
        set_back.then(|| WorldEvent::ClockSetBack { before: self.newest_at.max(seen) })
    }

    /// Newest version given out.
    pub fn last_version(&self) -> Option<Version> {
        self.last_version
    }
}

impl World {
    /// The same world with other people, as they are: whether a policy would let them in is not asked.
    #[must_use]
    pub fn with_people(mut self, people: People) -> Self {
        Arc::make_mut(&mut self.genesis).people = people;
        self
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.genesis.name
    }

    /// Origin of its log.
    pub fn origin(&self) -> &str {
        &self.genesis.origin
    }

    /// True in a demo world.
    pub fn simulation(&self) -> bool {
        self.genesis.simulation
    }

    /// Key that signs packages.
    pub fn engine_key(&self) -> PublicKey {
        self.genesis.engine_key
    }

    /// Keys that could bring the world back, if somebody keeps any.
    pub fn recovery(&self) -> Option<&Recovery> {
        self.genesis.recovery.as_ref()
    }

    /// The policy in force: what is submitted now is judged under it.
    pub fn policy(&self) -> &Policy {
        &self.genesis.policy
    }

    /// Digest of the policy in force.
    pub fn policy_digest(&self) -> Digest {
        self.genesis.policy_digest
    }

    /// The policy that an aggregate names as its own. One that this world never had is no policy to judge by: the one in
    /// force takes its place.
    pub fn policy_of(&self, _digest: Digest) -> &Policy {
        &self.genesis.policy
    }

    /// Everybody who may sign now.
    pub fn people(&self) -> &People {
        &self.genesis.people
    }

    /// Everybody who could sign when entry `seq` was written. They are the genesis' people at every entry.
    pub fn people_at(&self, _seq: u64) -> &People {
        &self.genesis.people
    }

    /// The documents in force in the registry of a component; none where there is no such registry.
    pub fn documents(&self, holder: &str) -> Option<&BTreeMap<DocumentId, Digest>> {
        let id: ComponentId = holder.parse().ok()?;
        self.components.get(&id).map(|c| c.documents())
    }

    /// The series that these components must send.
    pub fn series(&self, components: &[ComponentId]) -> impl Iterator<Item = Series> {
        components.iter().filter_map(|id| self.components.get(id)).flat_map(|c| c.series())
    }

    /// Every open window, with the subject whose it is.
    pub fn open_windows(&self) -> impl Iterator<Item = (String, &Window)> {
        let updates = self.updates.values().filter(|u| !u.ended()).filter_map(|u| match u.phase() {
            UpdatePhase::Observing { window: Some(window) } => Some((u.id().to_string(), window)),
            _ => None,
        });
        let handshakes = self.handshakes.values().filter(|h| !h.ended());
        updates.chain(handshakes.filter_map(|h| Some((h.id().to_string(), h.window()?))))
    }

    /// The key with which a component's receipts are signed; documents of a registry are kept by the engine.
    pub fn receipt_key(&self, component: &ComponentId) -> Option<PublicKey> {
        let facts = self.components.get(component)?.facts();
        Some(if facts.target_kind().is_some_and(TargetKind::is_in_log) {
            self.engine_key()
        } else {
            facts.key
        })
    }

    /// The updates on a component, by id.
    pub fn updates_on(&self, component: &ComponentId) -> impl Iterator<Item = &Update> {
        self.index.at(component).filter_map(|subject| match subject {
            Subject::Update(id) => self.updates.get(id).map(Arc::as_ref),
            _ => None,
        })
    }

    /// The update that occupies a component, other than `except`.
    pub fn occupant(&self, component: &ComponentId, except: Option<&UpdateId>) -> Option<&Update> {
        self.updates_on(component).find(|u| Some(u.id()) != except && u.occupies())
    }

    /// The update that occupies what `update` changes of a component.
    pub fn occupant_of(&self, component: &ComponentId, update: &Update) -> Option<&Update> {
        self.updates_on(component).find(|u| *u.id() != *update.id() && u.occupies() && u.meets(update))
    }

    /// Whether another update is bringing content to what `update` changes of a component, or reverting it: what stands
    /// there now is neither before nor after.
    pub fn is_changing(&self, component: &ComponentId, update: &Update) -> bool {
        self.occupant_of(component, update)
            .is_some_and(|u| matches!(u.phase(), UpdatePhase::Distributing { .. } | UpdatePhase::RollingBack))
    }
}
