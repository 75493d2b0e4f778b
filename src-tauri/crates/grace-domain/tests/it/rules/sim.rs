//! The driver: decides, writes each event through its stored bytes, evolves, lets time pass. What the engine does,
//! without waiting for anything. One file beside it per aggregate says who does what.

mod components;
mod handshakes;
mod updates;

pub use updates::submission;

use super::samples::{self, facts};
use super::{at, digest, key, policy};
use grace_domain::component::ComponentPhase;
use grace_domain::component::event::ComponentEvent;
use grace_domain::core::canon::to_canonical;
use grace_domain::core::digest::Digest;
use grace_domain::core::ids::{ComponentId, UpdateId};
use grace_domain::core::refusal::Refusal;
use grace_domain::core::time::Timestamp;
use grace_domain::crypto::keys::SignerKey;
use grace_domain::governance::policy::{ACKNOWLEDGERS, Policy};
use grace_domain::log::{Entry, Event, Recorded, Subject, WorldEvent};
use grace_domain::update::{Update, UpdatePhase};
use grace_domain::world::{Genesis, World};
use std::sync::Arc;

/// The world and its log as bytes.
pub struct Sim {
    pub world: World,
    pub log: Vec<Vec<u8>>,
    pub now: Timestamp,
    counter: u32,
}

/// Number of the key of each component and subsystem.
pub fn key_number(id: &ComponentId) -> u8 {
    match id.as_str() {
        "web" => 40,
        "api" => 41,
        "job" => 42,
        "cache" => 50,
        other => 30 + u8::try_from(ACKNOWLEDGERS.iter().position(|a| *a == other).unwrap_or(9)).unwrap(),
    }
}

pub fn component_key(id: &ComponentId) -> SignerKey {
    key(key_number(id))
}

pub fn id(name: &str) -> ComponentId {
    name.parse().unwrap()
}

/// A world under the policy of the tests.
pub fn sim() -> Sim {
    Sim::new(policy())
}

/// The code of a try that must be refused.
pub fn refused(result: Result<(), String>) -> String {
    result.expect_err("must be refused")
}

/// Runs a try that must be refused and must change nothing.
pub fn refused_without_trace(sim: &mut Sim, attempt: impl FnOnce(&mut Sim) -> Result<(), String>) -> String {
    let before = sim.log.len();
    let code = refused(attempt(sim));
    assert_eq!(sim.log.len(), before, "a refusal is not recorded");
    code
}

impl Sim {
    /// Five subsystems and the components `web`, `api`, `job`, whose first content is recorded.
    pub fn new(policy: Policy) -> Self {
        let mut genesis = samples::genesis();
        if let WorldEvent::Created { policy: digest, policy_text, .. } = &mut genesis {
            *policy_text = String::from_utf8(to_canonical(&policy).unwrap()).unwrap();
            *digest = Digest::of(policy_text.as_bytes());
        }
        let mut entry = Entry::new(at(0), "engine", Event::World(genesis));
        entry.seal(|| [0; 32]);
        let (bytes, _) = entry.encode().unwrap();
        let world = World::new(Genesis::read(&Recorded { seq: 0, entry }).unwrap());
        let mut sim = Self { world, log: vec![bytes], now: at(0), counter: 0 };
        for name in ACKNOWLEDGERS {
            sim.register(name, "");
        }
        for name in ["web", "api", "job"] {
            sim.register(name, r#"{"kind":"directory"}"#);
            let first =
                ComponentEvent::Baseline { digest: digest(format!("{name} 0")), tree: digest("tree 0") };
            sim.commit(vec![Event::Component(id(name), first)]);
        }
        sim
    }

    pub fn register(&mut self, name: &str, target: &str) {
        let facts = Box::new(facts(name, key_number(&id(name)), target));
        self.commit(vec![Event::Component(id(name), ComponentEvent::Registered { facts, handshake: None })]);
    }

    /// Writes the newest entry's event again and again.
    pub fn repeat_newest(&mut self, times: usize) {
        let newest = Entry::decode(self.log.last().unwrap()).unwrap();
        self.commit(vec![newest.event; times]);
    }

    /// Writes a group and takes it in as it is read back. Nothing else changes the world.
    pub fn commit(&mut self, events: Vec<Event>) {
        for event in events {
            let prev = self.world.last_seq(&event.subject());
            let mut entry = Entry { prev, ..Entry::new(self.now, "engine", event) };
            entry.seal(|| self.salt());
            let (bytes, _) = entry.encode().unwrap();
            assert_eq!(Entry::decode(&bytes).unwrap(), entry, "an entry reads back as it was written");
            self.world.evolve(&Recorded { seq: self.log.len() as u64, entry });
            self.log.push(bytes);
        }
        self.hold_invariants();
    }

    /// A salt of its own for every word: `words` says that none of them decides.
    fn salt(&self) -> [u8; 32] {
        *digest(format!("salt {}", self.log.len())).as_bytes()
    }

    /// Commits what was decided.
    pub fn take(&mut self, decided: Result<Vec<Event>, Refusal>) -> Result<(), String> {
        match decided {
            Ok(events) => {
                self.commit(events);
                Ok(())
            }
            Err(refusal) => {
                assert!(!refusal.message.is_empty() && refusal.hint.text() != Some(""));
                Err(refusal.code.to_string())
            }
        }
    }

    /// Ticks every aggregate until nothing moves any more.
    /// Lets go on what may, and holds the index of the working set against asking everything in it, where that is not
    /// too much to ask.
    pub fn settle(&mut self) {
        for _ in 0..100 {
            let world = &self.world;
            let few = world.updates().len() + world.handshakes().len() + world.components().len() < 100;
            let found = few.then(|| self.first_of_all());
            let next = self.world.tick(self.now);
            if let Some(found) = found {
                assert_eq!(next, found, "what may go on by the index, and of everything that is asked");
            }
            let Some((_, events)) = next else { return };
            self.commit(events);
        }
        panic!("ticks never come to rest");
    }

    /// What may go on first, found by asking everything in the working set.
    fn first_of_all(&self) -> Option<(Subject, Vec<Event>)> {
        let mut updates: Vec<&Arc<Update>> = self.world.updates().values().collect();
        updates.sort_by_key(|u| u.version());
        let updates = updates.into_iter().map(|u| Subject::Update(u.id().clone()));
        let handshakes = self.world.handshakes().keys().cloned().map(Subject::Handshake);
        let components = self.world.components().keys().cloned().map(Subject::Component);
        let asked = updates.chain(handshakes).chain(components);
        asked.map(|s| (s.clone(), self.world.tick_of(&s, self.now))).find(|(_, events)| !events.is_empty())
    }

    pub fn pass(&mut self, ms: i64) {
        self.now = self.now.plus_ms(ms);
        self.settle();
    }

    /// The world from its bytes alone.
    pub fn replay(&self) -> World {
        let read = |seq: usize| Recorded { seq: seq as u64, entry: Entry::decode(&self.log[seq]).unwrap() };
        let mut world = World::new(Genesis::read(&read(0)).unwrap());
        for seq in 1..self.log.len() {
            world.evolve(&read(seq));
        }
        world
    }

    /// A replay gives an equal state.
    pub fn hold_replay(&self) {
        let again = self.replay();
        assert_eq!(again.updates(), self.world.updates());
        assert_eq!(again.handshakes(), self.world.handshakes());
        assert_eq!(again.components(), self.world.components());
        assert_eq!(again.last_version(), self.world.last_version());
    }

    fn hold_invariants(&self) {
        for u in self.world.updates().values() {
            let todo = u.todo();
            let busy = match u.phase() {
                UpdatePhase::Preparing | UpdatePhase::Observing { .. } | UpdatePhase::RollingBack => true,
                UpdatePhase::Distributing { current } => current.is_some(),
                _ => false,
            };
            assert_eq!(
                todo.len(),
                usize::from(busy),
                "{} is {} and has to do {todo:?}",
                u.id(),
                u.state().as_str()
            );
            assert!(!u.ended() || todo.is_empty());
            assert!(!(u.ended() && u.occupies()));
            if matches!(u.phase(), UpdatePhase::RolledBack) {
                let receipts = &u.rollback().unwrap().receipts;
                let plans = &u.package().unwrap().components;
                assert_eq!(receipts.len(), plans.len());
                assert!(receipts.iter().all(|(r, _, _)| r.after == plans[&r.component].before));
            }
        }
        for c in self.world.components().keys() {
            let occupants: Vec<&UpdateId> = self
                .world
                .updates()
                .values()
                .filter(|u| u.occupies() && u.components().contains(c))
                .map(|u| u.id())
                .collect();
            assert!(occupants.len() <= 1, "{c} is changed by {occupants:?} at once");
        }
        for h in self.world.handshakes().values() {
            assert!(h.todo().len() <= 1);
            assert!(!h.ended() || h.todo().is_empty());
            let joined = self.world.components().values().any(|c| c.handshake() == Some(h.id()));
            assert!(!joined || h.integrated().is_some(), "{} joined without a quorum", h.component());
        }
    }

    pub fn count(&mut self) -> u32 {
        self.counter += 1;
        self.counter
    }

    pub fn update(&self, id: &UpdateId) -> Arc<Update> {
        self.world.updates()[id].clone()
    }

    pub fn state(&self, id: &UpdateId) -> &'static str {
        self.world.updates()[id].state().as_str()
    }

    pub fn reason(&self, id: &UpdateId) -> String {
        self.world.updates()[id].reason().unwrap_or_default()
    }

    pub fn phase(&self, name: &str) -> ComponentPhase {
        self.world.components()[&id(name)].phase().clone()
    }

    pub fn content_of(&self, name: &str) -> Digest {
        self.world.components()[&id(name)].digest().unwrap()
    }

    pub fn last_kinds(&self, n: usize) -> Vec<String> {
        self.log[self.log.len() - n..]
            .iter()
            .map(|bytes| {
                let value: serde_json::Value = serde_json::from_slice(bytes).unwrap();
                value["type"].as_str().unwrap().to_owned()
            })
            .collect()
    }
}
