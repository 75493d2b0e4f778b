//! A log in the making, as an engine makes it: real keys sign real statements, the rules decide, what comes of it is
//! written. Without targets: what they would answer is made up here. One file per aggregate says who does what.
//! Never tests anything by itself.

pub mod components;
pub mod handshakes;
pub mod updates;
pub mod walk;

use grace_domain::component::event::{ComponentEvent, ComponentFacts};
use grace_domain::core::canon::to_canonical;
use grace_domain::core::digest::Digest;
use grace_domain::core::ids::{ComponentId, DocumentId, Nonce, PersonId};
use grace_domain::core::refusal::Refusal;
use grace_domain::core::sealed_text::{salted, texts};
use grace_domain::core::time::Timestamp;
use grace_domain::crypto::checkpoint::{self, Checkpoint, Vkey};
use grace_domain::crypto::dsse::Envelope;
use grace_domain::crypto::keys::SignerKey;
use grace_domain::crypto::merkle::{Frontier, leaf_hash};
use grace_domain::governance::policy::{ACKNOWLEDGERS, People, Person, Policy};
use grace_domain::input::{Decision, Input};
use grace_domain::log::{Actor, Entry, Event, Recorded, Subject, WorldEvent};
use grace_domain::metrics::builtin;
use grace_domain::statement::{Statement, Verified, verify};
use grace_domain::world::{AnyAggregate, Genesis, Map, World};
use grace_evidence::{PackWriter, Verification, header, verify as verify_pack};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Origin of the log.
pub const ORIGIN: &str = "grace.example/test";
/// The registry of metric definitions.
pub const REGISTRY: &str = "metrics_collector";
/// 2026-11-19T09:25:10.000Z
const START_MS: i64 = 1_795_080_310_000;
/// The log's key.
const LOG: u8 = 7;
/// The engine's key.
pub const ENGINE: u8 = 9;

/// The log, and all that stands behind it.
pub struct History {
    pub world: World,
    /// Entries as JSON, in order.
    pub lines: Vec<Value>,
    /// Envelopes, texts and documents.
    pub blobs: BTreeMap<Digest, Vec<u8>>,
    pub now: Timestamp,
    tree: Frontier,
    resting: BTreeMap<Subject, AnyAggregate>,
    counter: u32,
}

/// The n-th key.
pub fn key(n: u8) -> SignerKey {
    SignerKey::from_seed([n; 32])
}

/// The key of a person, a subsystem or a component.
pub fn key_of(name: &str) -> SignerKey {
    SignerKey::from_seed(*Digest::of(name.as_bytes()).as_bytes())
}

pub fn digest(word: impl AsRef<str>) -> Digest {
    Digest::of(word.as_ref().as_bytes())
}

pub fn component(name: &str) -> ComponentId {
    name.parse().expect("a component id")
}

pub fn person(name: &str) -> PersonId {
    name.parse().expect("a person id")
}

/// What anybody trusts.
pub fn trust() -> Vkey {
    Vkey::new(ORIGIN, key(LOG).public()).expect("a vkey")
}

/// Ada submits; Ben and Cleo are of the group `sre`, Dan of `dba`; Ada has a second key, and a service is hers.
fn people() -> People {
    let mut people = People::new();
    for (name, groups) in [("ada", &["dev"][..]), ("ben", &["sre"]), ("cleo", &["sre"]), ("dan", &["dba"])] {
        let groups = groups.iter().map(|group| group.parse().expect("a group")).collect();
        let mut keys = vec![key_of(name).public()];
        if name == "ada" {
            keys.push(key_of("ada's second").public());
        }
        people.insert(person(name), Person::new(name, groups, keys));
    }
    people
}

/// Short windows; else as a world begins.
pub fn policy() -> Policy {
    let mut policy = Policy::default();
    policy.windows_s.low = 10;
    policy.windows_s.medium = 20;
    policy.windows_s.high = 40;
    policy.windows_s.critical = 80;
    policy.registry_window_s = 5;
    policy.handshake.window_s = 10;
    policy
}

/// Facts of a component; without a target it is a subsystem.
pub fn facts(name: &str, target: &str, subsystem: bool) -> ComponentFacts {
    let metrics = ["error_rate", "latency_p95_ms"].map(|metric| metric.parse().expect("a metric"));
    ComponentFacts {
        title: name.into(),
        component_type: "service".into(),
        version: "1.2.3".into(),
        capabilities: ["http".to_owned()].into(),
        metrics: if subsystem { [].into() } else { metrics.into() },
        key: if name == REGISTRY { key(ENGINE) } else { key_of(name) }.public(),
        owner: person("ada"),
        target: target.into(),
        depends_on: [].into(),
        environment: None,
        track: None,
        secrets: [].into(),
        subsystem,
        simulated: false,
    }
}

impl History {
    /// A world with its acknowledgers, a registry and the components `web`, `api` and `job`, opened by an engine.
    pub fn new() -> Self {
        Self::under(&policy())
    }

    /// The same under another policy.
    pub fn under(policy: &Policy) -> Self {
        let policy_text = String::from_utf8(to_canonical(policy).expect("canonical")).expect("text");
        let created = Event::World(WorldEvent::Created {
            name: "test".into(),
            origin: ORIGIN.into(),
            simulation: false,
            people: people(),
            policy: Digest::of(policy_text.as_bytes()),
            policy_text,
            engine_key: key(ENGINE).public(),
            recovery: None,
        });
        let now = Timestamp::from_millis(START_MS);
        let genesis = Recorded { seq: 0, entry: Entry::new(now, "engine", created.clone()) };
        let mut history = Self {
            world: World::new(Genesis::read(&genesis).expect("a genesis")),
            lines: Vec::new(),
            blobs: BTreeMap::new(),
            now,
            tree: Frontier::new(),
            resting: BTreeMap::new(),
            counter: 0,
        };
        let registered = |name: &str, target: &str, subsystem| {
            let facts = Box::new(facts(name, target, subsystem));
            Event::Component(component(name), ComponentEvent::Registered { facts, handshake: None })
        };
        let mut founding = vec![created];
        for name in ACKNOWLEDGERS {
            let target = if name == REGISTRY { r#"{"kind":"registry"}"# } else { "" };
            founding.push(registered(name, target, true));
        }
        let documents = builtin::definitions().into_iter().map(|definition| {
            let id: DocumentId = definition.id.as_str().parse().expect("a document id");
            (id, Digest::of(&to_canonical(&definition).expect("canonical")))
        });
        let documents = ComponentEvent::Documents { documents: documents.collect() };
        founding.push(Event::Component(component(REGISTRY), documents));
        for name in ["web", "api", "job"] {
            founding.push(registered(name, r#"{"kind":"directory"}"#, false));
            let first =
                ComponentEvent::Baseline { digest: digest(format!("{name} 0")), tree: digest("tree") };
            founding.push(Event::Component(component(name), first));
        }
        history.write(&Actor::Engine, founding);
        history.start_engine();
        history
    }

    /// The same once more, to be changed.
    pub fn of(other: &Self) -> Self {
        Self {
            world: other.world.clone(),
            lines: other.lines.clone(),
            blobs: other.blobs.clone(),
            now: other.now,
            tree: other.tree.clone(),
            resting: other.resting.clone(),
            counter: other.counter,
        }
    }

    /// An engine opens the world.
    pub fn start_engine(&mut self) {
        self.pass(137);
        let epoch = u64::from(self.count());
        let event = WorldEvent::EngineStarted { version: "1.0.0".into(), epoch };
        self.write(&Actor::Engine, vec![Event::World(event)]);
    }

    /// A number that was not given before.
    pub fn count(&mut self) -> u32 {
        self.counter += 1;
        self.counter
    }

    pub fn nonce(&mut self) -> Nonce {
        format!("nonce-{:016}", self.count()).parse().expect("a nonce")
    }

    /// Time goes by, and what is due by then happens.
    pub fn pass(&mut self, ms: i64) {
        self.now = self.now.plus_ms(ms);
        self.settle();
    }

    /// Hands something in; what is refused leaves no trace.
    pub fn hand_in(&mut self, input: &Input) -> Result<(), Refusal> {
        let subject = match input {
            Input::Update(id, _) => Subject::Update(id.clone()),
            Input::Handshake(id, _) => Subject::Handshake(id.clone()),
            Input::Component(id, _) => Subject::Component(id.clone()),
        };
        if let Some(aggregate) = self.resting.get(&subject) {
            self.world.put_back(aggregate);
        }
        let decided = input.decide(&self.world, self.now);
        let result = decided.map(|Decision { actor, events, .. }| self.write(&actor, events));
        self.settle();
        for gone in self.world.prune() {
            self.resting.insert(gone.subject(), gone);
        }
        result
    }

    /// What the engine does by itself now.
    pub fn settle(&mut self) {
        while let Some((_, events)) = self.world.tick(self.now) {
            self.write(&Actor::Engine, events);
        }
    }

    /// The clock is set back, which the engine sees and records at once.
    pub fn set_back(&mut self, ms: i64) {
        let seen = self.now;
        self.now = self.now.plus_ms(-ms);
        let event = self.world.clock_set_back(self.now, seen).expect("a step back");
        self.write(&Actor::Engine, vec![Event::World(event)]);
    }

    fn write(&mut self, actor: &Actor, events: Vec<Event>) {
        for event in events {
            let seq = self.lines.len() as u64;
            let prev = if seq == 0 { None } else { self.world.last_seq(&event.subject()) };
            let mut entry = Entry { prev, ..Entry::new(self.now, actor.to_string(), event) };
            let salts = self.count();
            let sealed = entry.seal(|| *digest(format!("salt {salts}")).as_bytes());
            self.keep_texts(&sealed);
            let (bytes, _) = entry.encode().expect("encodes");
            self.tree.push(leaf_hash(&bytes));
            self.lines.push(serde_json::from_slice(&bytes).expect("JSON"));
            if seq > 0 {
                self.world.evolve(&Recorded { seq, entry });
            } else {
                self.world.set_newest_at(self.now);
            }
        }
    }

    fn keep_texts(&mut self, lines: &[u8]) {
        for line in lines.split(|b| *b == b'\n').filter(|line| !line.is_empty()) {
            self.keep(line.to_vec());
        }
    }

    /// Keeps a blob.
    pub fn keep(&mut self, bytes: Vec<u8>) -> Digest {
        let digest = Digest::of(&bytes);
        self.blobs.insert(digest, bytes);
        digest
    }

    /// Keeps a salted document.
    pub fn keep_document(&mut self, value: &Value) -> Digest {
        let salt = *digest(format!("salt {}", self.count())).as_bytes();
        self.keep(salted(salt, value).expect("canonical"))
    }

    /// Signs a statement, keeps its envelope, and reads it as whoever receives it.
    pub fn signed<T: Statement>(&mut self, statement: &T, key: &SignerKey) -> Verified<T> {
        let mut statement = statement.clone();
        let mut salts = self.count() << 8;
        let blobs = statement.seal(|| {
            salts += 1;
            *digest(format!("salt {salts}")).as_bytes()
        });
        let payload = to_canonical(&statement).expect("canonical");
        let envelope = Envelope::sign(T::PAYLOAD_TYPE, payload, &[key]);
        self.keep(envelope.to_json());
        let mut verified: Verified<T> = verify(&envelope, ORIGIN, &[key.public()]).expect("verifies");
        verified.statement.resolve(&texts(&blobs.join(&b'\n')));
        verified
    }

    /// The newest checkpoint.
    pub fn checkpoint(&self) -> String {
        let head = Checkpoint { origin: ORIGIN.into(), size: self.tree.size(), root: self.tree.root() };
        checkpoint::sign(&head, &key(LOG)).text
    }

    /// Its export, in which every signature and the tree are good.
    pub fn pack(&self) -> Vec<u8> {
        pack(&self.lines, &self.blobs, |_| true)
    }

    /// The verdict on it.
    pub fn verify(&self) -> Verification {
        check(&self.pack())
    }

    /// What was found first to be wrong when the log is written as `change` leaves it: each goes on from the one of its
    /// subject before it.
    pub fn broken_by(&self, change: impl FnOnce(&mut Vec<Value>)) -> (Option<u64>, String) {
        let mut lines = self.lines.clone();
        change(&mut lines);
        let broken = check(&forged(&lines, &self.blobs)).broken;
        broken.map_or((None, String::new()), |broken| (broken.seq, broken.reason))
    }

    /// Sequence of the newest entry of this type.
    pub fn newest(&self, kind: &str) -> usize {
        self.lines.iter().rposition(|line| line["type"] == kind).unwrap_or_else(|| panic!("no {kind}"))
    }
}

/// An export of these entries as whoever holds all keys of the world would write it: each goes on from the one of its
/// subject before it, and subsystems have seen this log.
pub fn forged(lines: &[Value], blobs: &BTreeMap<Digest, Vec<u8>>) -> Vec<u8> {
    let (mut lines, mut blobs) = (lines.to_vec(), blobs.clone());
    relink(&mut lines);
    handshakes::acknowledge_anew(&mut lines, &mut blobs);
    pack(&lines, &blobs, |_| true)
}

fn relink(lines: &mut [Value]) {
    let mut newest: BTreeMap<String, usize> = BTreeMap::new();
    for (seq, line) in lines.iter_mut().enumerate() {
        let subject = line["subject"].as_str().expect("a subject").to_owned();
        line["prev"] = newest.insert(subject, seq).map_or(Value::Null, |prev| json!(prev));
    }
}

/// An export of these entries, signed with the log's key; salted blobs are redacted where `keeps` says no.
pub fn pack(lines: &[Value], blobs: &BTreeMap<Digest, Vec<u8>>, keeps: impl Fn(&Digest) -> bool) -> Vec<u8> {
    let lines: Vec<Vec<u8>> = lines.iter().map(|line| to_canonical(line).expect("canonical")).collect();
    let mut tree = Frontier::new();
    for line in &lines {
        tree.push(leaf_hash(line));
    }
    let head = Checkpoint { origin: ORIGIN.into(), size: tree.size(), root: tree.root() };
    let signed = checkpoint::sign(&head, &key(LOG));
    let head = header(&signed.text, &head, &trust(), "test", false);
    let mut writer = PackWriter::start(Vec::new(), &head).expect("start");
    for line in &lines {
        let needed = writer.needed(line).expect("reads");
        let envelopes: Vec<Vec<u8>> =
            needed.envelopes.iter().map(|digest| blobs.get(digest).cloned().unwrap_or_default()).collect();
        let salted: Vec<_> = needed
            .texts
            .iter()
            .chain(&needed.documents)
            .map(|digest| (*digest, blobs.get(digest).filter(|_| keeps(digest)).cloned()))
            .collect();
        writer.entry(line, &envelopes, &salted).expect("entry");
    }
    writer.finish().expect("finish")
}

/// The verdict on a file.
pub fn check(file: &[u8]) -> Verification {
    verify_pack(file, &trust(), |_, _| {})
}

/// One of the aggregates.
pub fn some<K: Ord + Clone, T>(map: &Map<K, Arc<T>>, id: &K) -> Arc<T> {
    Arc::clone(map.get(id).expect("it is there"))
}
