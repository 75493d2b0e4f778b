//! The working set: genesis facts, every component, and the updates and handshakes that are open. Rebuilt from the
//! log; decisions read only this. Never holds ended aggregates longer than something can still be decided on them.

mod genesis;

use crate::aggregates;
use crate::core::digest::Digest;
use crate::core::ids::{ComponentId, DocumentId, UpdateId};
use crate::core::states::State;
use crate::core::time::Timestamp;
use crate::core::version::Version;
use crate::crypto::keys::PublicKey;
use crate::governance::people::Recovery;
use crate::governance::policy::{People, Policy};
use crate::judge::window::Window;
use crate::kinds::target_kind::TargetKind;
use crate::log::entry::Recorded;
use crate::log::event::Event;
use crate::log::subject::Subject;
use crate::log::world::WorldEvent;
use crate::update::event::UpdateEvent;
use crate::update::state::{Update, UpdatePhase};
use std::collections::BTreeMap;
use std::sync::Arc;

pub use genesis::{Genesis, GenesisError};

/// Makes the working set: a map for each aggregate, and what is asked of any of them by its subject.
#[macro_export]
macro_rules! make_world {
    (
        $World:ident { $($field:ident: $Type:ty,)* }, $Subject:ident, $Event:ident, $Effect:ident, $Any:ident;
        $($(#[$doc:meta])* $Name:ident: $State:ty => $map:ident,)*
    ) => {
        /// The working set.
        #[derive(Debug, Clone)]
        pub struct $World {
            $($field: $Type,)*
            $($(#[$doc])* $map: std::collections::BTreeMap<
                <$State as $crate::aggregate::Aggregate>::Id,
                std::sync::Arc<$State>,
            >,)*
        }

        /// Any effect; its id is stable over restarts.
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
        pub enum $Effect {
            $($(#[$doc])* $Name(<$State as $crate::aggregate::Aggregate>::Effect),)*
        }

        /// One aggregate of any kind, with its id.
        #[derive(Debug, Clone)]
        pub enum $Any {
            $($(#[$doc])* $Name(<$State as $crate::aggregate::Aggregate>::Id, std::sync::Arc<$State>),)*
        }

        impl $Any {
            /// Which one.
            pub fn subject(&self) -> $Subject {
                match self {
                    $(Self::$Name(id, _) => $Subject::$Name(id.clone()),)*
                }
            }

            /// Sequence of its newest entry.
            pub fn last_seq(&self) -> u64 {
                match self {
                    $(Self::$Name(_, a) => $crate::aggregate::Aggregate::last_seq(&**a),)*
                }
            }

            /// Whether an entry may still follow, although it has ended.
            pub fn may_go_on(&self) -> bool {
                match self {
                    $(Self::$Name(_, a) => $crate::aggregate::Aggregate::may_go_on(&**a),)*
                }
            }
        }

        impl $World {
            $(
                #[doc = concat!("Those of [`", stringify!($State), "`] in it.")]
                pub fn $map(&self) -> &std::collections::BTreeMap<
                    <$State as $crate::aggregate::Aggregate>::Id,
                    std::sync::Arc<$State>,
                > {
                    &self.$map
                }
            )*

            /// Puts one back that has gone from it; what is in it stays as it is.
            pub fn put_back(&mut self, gone: &$Any) {
                match gone {
                    $($Any::$Name(id, aggregate) => {
                        self.$map.entry(id.clone()).or_insert_with(|| std::sync::Arc::clone(aggregate));
                    })*
                }
            }

            fn empty($($field: $Type),*) -> Self {
                Self { $($field,)* $($map: std::collections::BTreeMap::new()),* }
            }

            /// Takes an event into the aggregate that it concerns, or begins it. Total.
            fn take(&mut self, event: &$Event, at: $crate::core::time::Timestamp, seq: u64) {
                match event {
                    $Event::World(_) => {}
                    $($Event::$Name(id, event) => {
                        if let Some(known) = self.$map.get_mut(id) {
                            $crate::aggregate::Aggregate::evolve(std::sync::Arc::make_mut(known), event, at, seq);
                        } else if let Some(new) =
                            <$State as $crate::aggregate::Aggregate>::begin(id, event, at, seq)
                        {
                            self.$map.insert(id.clone(), std::sync::Arc::new(new));
                        }
                    })*
                }
            }

            /// Drops ended aggregates on which nothing is likely to be decided any more, and gives them. Whoever speaks to
            /// one of them again puts it back first.
            pub fn prune(&mut self) -> Vec<$Any> {
                let mut dropped = Vec::new();
                $(if <$State as $crate::aggregate::Aggregate>::ENDS {
                    let gone: Vec<_> = self
                        .$map
                        .iter()
                        .filter(|(_, a)| {
                            let a: &$State = a;
                            $crate::aggregate::Aggregate::ended(a)
                                && !$crate::aggregate::Aggregate::remembered(a, self)
                        })
                        .map(|(id, _)| id.clone())
                        .collect();
                    for id in gone {
                        dropped.extend(self.$map.remove(&id).map(|a| $Any::$Name(id, a)));
                    }
                })*
                dropped
            }

            /// Everything in it.
            pub fn subjects(&self) -> impl Iterator<Item = $Subject> {
                std::iter::empty()$(.chain(self.$map.keys().cloned().map($Subject::$Name)))*
            }

            /// Whether it is in it.
            pub fn holds(&self, subject: &$Subject) -> bool {
                match subject {
                    $Subject::World => true,
                    $($Subject::$Name(id) => self.$map.contains_key(id),)*
                }
            }

            /// Sequence of the newest entry of an aggregate in it.
            fn newest_of(&self, subject: &$Subject) -> Option<u64> {
                match subject {
                    $Subject::World => None,
                    $($Subject::$Name(id) => {
                        self.$map.get(id).map(|a| $crate::aggregate::Aggregate::last_seq(&**a))
                    })*
                }
            }

            /// The word of the state of something in it.
            pub fn state(&self, subject: &$Subject) -> Option<State> {
                match subject {
                    $Subject::World => None,
                    $($Subject::$Name(id) => {
                        self.$map.get(id).map(|a| $crate::aggregate::Aggregate::state(&**a))
                    })*
                }
            }

            /// What something wants done now.
            pub fn todo(&self, subject: &$Subject) -> Vec<$Effect> {
                match subject {
                    $Subject::World => Vec::new(),
                    $($Subject::$Name(id) => self
                        .$map
                        .get(id)
                        .map(|a| $crate::aggregate::Aggregate::todo(&**a))
                        .unwrap_or_default()
                        .into_iter()
                        .map($Effect::$Name)
                        .collect(),)*
                }
            }

            /// What lists show of something in it.
            pub fn rows(&self, subject: &$Subject) -> Vec<$crate::row::Row> {
                match subject {
                    $Subject::World => Vec::new(),
                    $($Subject::$Name(id) => self
                        .$map
                        .get(id)
                        .map(|a| $crate::aggregate::Aggregate::rows(&**a, self))
                        .unwrap_or_default(),)*
                }
            }

            /// What happens to something in it now that time went by or something else ended.
            pub fn tick_of(
                &self,
                subject: &$Subject,
                now: $crate::core::time::Timestamp,
            ) -> Vec<$Event> {
                match subject {
                    $Subject::World => Vec::new(),
                    $($Subject::$Name(id) => self
                        .$map
                        .get(id)
                        .map(|a| $crate::aggregate::Aggregate::tick(&**a, self, now))
                        .unwrap_or_default(),)*
                }
            }

            /// Whether something in it has taken a statement with this nonce.
            pub fn nonce_used(&self, subject: &$Subject, nonce: &$crate::core::ids::Nonce) -> bool {
                match subject {
                    $Subject::World => false,
                    $($Subject::$Name(id) => self
                        .$map
                        .get(id)
                        .is_some_and(|a| $crate::aggregate::Aggregate::nonce(&**a, nonce)),)*
                }
            }

            /// What may go on now that time went by or something else ended: one aggregate's events at a time, so that
            /// each sees what the one before it did. `None` when everything rests.
            pub fn tick(&self, now: $crate::core::time::Timestamp) -> Option<($Subject, Vec<$Event>)> {
                $(let mut all: Vec<_> = self.$map.iter().collect();
                all.sort_by(|(_, a), (_, b)| $crate::aggregate::Aggregate::turn(&***a, b));
                for (id, a) in all {
                    let events = $crate::aggregate::Aggregate::tick(&**a, self, now);
                    if !events.is_empty() {
                        return Some(($Subject::$Name(id.clone()), events));
                    }
                })*
                None
            }
        }
    };
}

aggregates!(make_world World { genesis: Arc<Genesis>, last_version: Option<Version>, own_seq: u64, newest_at: Timestamp, }, Subject, Event, Effect, AnyAggregate;);

impl World {
    /// An empty world after its genesis.
    pub fn new(genesis: Genesis) -> Self {
        Self::empty(Arc::new(genesis), None, 0, Timestamp::EPOCH)
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

    /// What is recorded before anything else at `now`: that the clock was set back since the newest entry.
    pub fn clock_set_back(&self, now: Timestamp) -> Option<WorldEvent> {
        (now < self.newest_at).then_some(WorldEvent::ClockSetBack { before: self.newest_at })
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

    /// The update that occupies a component, other than `except`.
    pub fn occupant(&self, component: &ComponentId, except: Option<&UpdateId>) -> Option<&Update> {
        self.updates
            .values()
            .map(Arc::as_ref)
            .find(|u| Some(u.id()) != except && u.occupies() && u.components().contains(component))
    }

    /// The update that occupies what `update` changes of a component.
    pub fn occupant_of(&self, component: &ComponentId, update: &Update) -> Option<&Update> {
        self.updates.values().map(Arc::as_ref).find(|u| {
            *u.id() != *update.id() && u.occupies() && u.components().contains(component) && u.meets(update)
        })
    }

    /// Whether another update is bringing content to what `update` changes of a component, or reverting it: what stands
    /// there now is neither before nor after.
    pub fn is_changing(&self, component: &ComponentId, update: &Update) -> bool {
        self.occupant_of(component, update)
            .is_some_and(|u| matches!(u.phase(), UpdatePhase::Distributing { .. } | UpdatePhase::RollingBack))
    }
}
