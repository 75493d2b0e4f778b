//! The working set: genesis facts, every component, and the updates and handshakes that are open. Rebuilt from the
//! log; decisions read only this. Never holds ended aggregates longer than something can still be decided on them.

use crate::component::Component;
use crate::core::digest::Digest;
use crate::core::ids::{ComponentId, HandshakeId, UpdateId};
use crate::core::version::Version;
use crate::crypto::keys::PublicKey;
use crate::governance::policy::{People, Policy};
use crate::handshake::{self, Handshake};
use crate::log::{ComponentEvent, Event, Recorded, WorldEvent};
use crate::update::{Phase, Update};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What the genesis entry says.
#[derive(Debug, Clone)]
pub struct Genesis {
    name: String,
    origin: String,
    simulation: bool,
    people: People,
    policy: Policy,
    policy_digest: Digest,
    engine_key: PublicKey,
}

/// A first entry that is not a genesis.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GenesisError {
    /// Entry 0 is of another type.
    #[error("entry 0 is not world.created")]
    NotGenesis,
    /// Its policy does not read.
    #[error("the policy in the genesis entry does not read: {0}")]
    Policy(String),
}

impl Genesis {
    /// Reads entry 0.
    pub fn read(recorded: &Recorded) -> Result<Self, GenesisError> {
        let Event::World(WorldEvent::Created {
            name,
            origin,
            simulation,
            people,
            policy,
            policy_text,
            engine_key,
        }) = &recorded.entry.event
        else {
            return Err(GenesisError::NotGenesis);
        };
        if Digest::of(policy_text.as_bytes()) != *policy {
            return Err(GenesisError::Policy("its digest differs".into()));
        }
        let document: Policy =
            serde_json::from_str(policy_text).map_err(|e| GenesisError::Policy(e.to_string()))?;
        document.check(people).map_err(|e| GenesisError::Policy(e.to_string()))?;
        Ok(Self {
            name: name.clone(),
            origin: origin.clone(),
            simulation: *simulation,
            people: people.clone(),
            policy: document,
            policy_digest: *policy,
            engine_key: *engine_key,
        })
    }
}

/// The working set.
#[derive(Debug, Clone)]
pub struct World {
    genesis: Arc<Genesis>,
    /// Every component.
    pub components: BTreeMap<ComponentId, Arc<Component>>,
    /// Open updates and the stable ones that a component still remembers.
    pub updates: BTreeMap<UpdateId, Arc<Update>>,
    /// Open handshakes and those by which somebody belongs.
    pub handshakes: BTreeMap<HandshakeId, Arc<Handshake>>,
    /// Newest version given out.
    pub last_version: Option<Version>,
}

impl World {
    /// An empty world after its genesis.
    pub fn new(genesis: Genesis) -> Self {
        Self {
            genesis: Arc::new(genesis),
            components: BTreeMap::new(),
            updates: BTreeMap::new(),
            handshakes: BTreeMap::new(),
            last_version: None,
        }
    }

    /// The same world with other people, as they are: whether a policy would let them in is not asked.
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

    /// The policy in force: what is proposed now is judged under it.
    pub fn policy(&self) -> &Policy {
        &self.genesis.policy
    }

    /// Digest of the policy in force.
    pub fn policy_digest(&self) -> Digest {
        self.genesis.policy_digest
    }

    /// The policy that an aggregate names as its own. One that this world never had is no policy to judge by: the one in
    /// force takes its place.
    pub fn policy_of(&self, _digest: &Digest) -> &Policy {
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

    /// Takes a stored entry in. Total.
    pub fn evolve(&mut self, recorded: &Recorded) {
        let at = recorded.entry.at;
        match &recorded.entry.event {
            Event::World(_) => {}
            Event::Update(id, event) => {
                if let Some(update) = self.updates.get_mut(id) {
                    Arc::make_mut(update).evolve(event, at, recorded.seq);
                } else if let Some(update) = Update::proposed(id, recorded) {
                    self.last_version = self.last_version.max(Some(update.version));
                    self.updates.insert(id.clone(), Arc::new(update));
                }
            }
            Event::Handshake(id, event) => {
                if let Some(handshake) = self.handshakes.get_mut(id) {
                    Arc::make_mut(handshake).evolve(event, at, recorded.seq);
                } else if let Some(handshake) = Handshake::requested(id, recorded) {
                    self.handshakes.insert(id.clone(), Arc::new(handshake));
                }
            }
            Event::Component(id, event) => {
                if let Some(component) = self.components.get_mut(id) {
                    Arc::make_mut(component).evolve(event, at, recorded.seq);
                } else if let ComponentEvent::Registered { facts, handshake } = event {
                    let component = Component::registered(
                        id.clone(),
                        (**facts).clone(),
                        handshake.clone(),
                        at,
                        recorded.seq,
                    );
                    self.components.insert(id.clone(), Arc::new(component));
                }
            }
        }
    }

    /// Drops ended aggregates on which nothing is likely to be decided any more. Whoever speaks to one of them again
    /// puts it back from its own entries first.
    pub fn prune(&mut self) {
        let components = &self.components;
        // Stable ones that a component still remembers: the newest can be rolled back, and then the one before it.
        self.updates.retain(|id, u| {
            !u.ended()
                || (u.phase == Phase::Stable
                    && u.components.iter().any(|c| {
                        components.get(c).is_some_and(|c| c.installed.iter().any(|(i, _, _)| i.update == *id))
                    }))
        });
        // Active ones: a later nack of an acknowledger puts the component aside.
        self.handshakes.retain(|id, h| {
            !h.ended()
                || (h.phase == handshake::Phase::Active
                    && components.get(&h.component).is_some_and(|c| c.handshake.as_ref() == Some(id)))
        });
    }

    /// The update that occupies a component, other than `except`.
    pub fn occupant(&self, component: &ComponentId, except: Option<&UpdateId>) -> Option<&Update> {
        self.updates
            .values()
            .map(Arc::as_ref)
            .find(|u| Some(&u.id) != except && u.occupies() && u.components.contains(component))
    }

    /// Whether another update is bringing content to `component` or taking it back: what stands there now is neither
    /// before nor after.
    pub fn is_changing(&self, component: &ComponentId, except: &UpdateId) -> bool {
        self.occupant(component, Some(except))
            .is_some_and(|u| matches!(u.phase, Phase::Distributing { .. } | Phase::RollingBack))
    }
}
