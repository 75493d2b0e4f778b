//! Making a world: keys, the genesis entry, and in a demo world the components that need no handshake. All or nothing
//! as far as the log goes: a world without a genesis entry is not one.

use crate::blob_store::{BlobStore, EffectError};
use crate::handshake::baseline::keep_content;
use crate::keyring::{Keyring, KeyringError};
use crate::occupancy::Occupancy;
use crate::occupancy::apart_from_world;
use crate::ports::Ports;
use crate::preview::inspect_at;
use crate::rows::{genesis_group, rows};
use grace_domain::component::Scanned;
use grace_domain::component::event::{ComponentEvent, ComponentFacts};
use grace_domain::core::canon;
use grace_domain::core::codes::Code;
use grace_domain::core::digest::Digest;
use grace_domain::core::ids::{ComponentId, DocumentId, MetricId, PersonId};
use grace_domain::crypto::keys::PublicKey;
use grace_domain::governance::policy::{People, Policy, PolicyError, Recovery};
use grace_domain::kinds::target_kind::TargetKind;
use grace_domain::log::{Entry, Event, Recorded, WorldEvent};
use grace_domain::metrics::{REGISTRY, builtin};
use grace_domain::world::{Genesis, GenesisError, World};
use grace_store::{AppendError, Group, Journal, OpenError, WorldInit, layout};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// An acknowledger that is there from the beginning: its own key elsewhere, or simulated here.
#[derive(Debug, Clone)]
pub struct Acknowledger {
    /// Its id.
    pub id: ComponentId,
    /// Its public key; `None` makes one here and simulates it.
    pub key: Option<PublicKey>,
}

/// A component of a demo world.
#[derive(Debug, Clone)]
pub struct DemoComponent {
    /// Its id.
    pub id: ComponentId,
    /// One line.
    pub title: String,
    /// What kind of thing.
    pub component_type: String,
    /// Metrics it sends.
    pub metrics: BTreeSet<MetricId>,
    /// What it can do.
    pub capabilities: BTreeSet<String>,
    /// Its target document.
    pub target: String,
}

/// What a new world is made of.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Name.
    pub name: String,
    /// True for `grace demo`.
    pub simulation: bool,
    /// Who may sign.
    pub people: People,
    /// The policy.
    pub policy: Policy,
    /// Acknowledgers registered at genesis.
    pub acknowledgers: Vec<Acknowledger>,
    /// Components registered at genesis; only in a demo world.
    pub components: Vec<DemoComponent>,
    /// Owner named for genesis components.
    pub owner: PersonId,
    /// Keys that could bring the world back.
    pub recovery: Option<Recovery>,
}

/// Why no world was made.
#[derive(Debug, thiserror::Error)]
pub enum CreateError {
    /// The policy does not hold together.
    #[error("the policy cannot be used: {0}")]
    Policy(#[from] PolicyError),
    /// A real world has no genesis components.
    #[error("components without a handshake exist only in a demo world")]
    ComponentsNeedHandshake,
    /// Keys.
    #[error(transparent)]
    Keys(#[from] KeyringError),
    /// The database or directory.
    #[error(transparent)]
    Store(#[from] OpenError),
    /// The first group.
    #[error("the genesis could not be written: {0}")]
    Append(#[from] AppendError),
    /// The genesis does not read back.
    #[error("the genesis does not read back: {0}")]
    Genesis(#[from] GenesisError),
    /// Something else is missing.
    #[error(transparent)]
    Failed(#[from] EffectError),
    /// An entry could not be encoded.
    #[error("the genesis cannot be encoded: {0}")]
    Entry(#[from] grace_domain::log::EntryError),
}

/// Makes a world in `dir`, which must be empty or absent.
pub async fn create(dir: &Path, plan: &Plan, ports: &Ports) -> Result<(), CreateError> {
    plan.policy.check(&plan.people)?;
    plan.policy.check_limits(&builtin::definitions().into_iter().map(|d| (d.id.clone(), d)).collect())?;
    if !plan.simulation && !plan.components.is_empty() {
        return Err(CreateError::ComponentsNeedHandshake);
    }
    check_acknowledgers(plan)?;
    let now = ports.clock.now();
    let world = layout::World::at(dir);
    let keyring = Keyring::of_world(&world);
    let mut tail = [0u8; 4];
    ports.random.fill(&mut tail);
    let origin = format!("grace.local/{}-{}", slug(&plan.name), hex::encode(tail));
    if world.world_json().exists() {
        return Err(EffectError::new(
            Code::WorldExists,
            format!("the directory {} holds a world already", dir.display()),
        )
        .into());
    }
    // Inspected before anything is made: what cannot be read must not leave half a world behind.
    let occupancy = Occupancy::default();
    for (n, c) in plan.components.iter().enumerate() {
        let target = canonical_target(&c.target)?;
        apart_from_world(dir, &c.id, &target)?;
        let others = plan.components[..n].iter().map(|o| (&o.id, o.target.as_str()));
        occupancy.apart(&c.id, &target, others)?;
        inspect_at(&c.id, &target).await?;
    }
    let (log_key, engine_key) = keyring.create(ports)?;
    let init = WorldInit { name: plan.name.clone(), origin: origin.clone() };
    let journal = Journal::create(dir, &init, log_key).await?;
    let policy_text = canon::to_canonical(&plan.policy)
        .map_err(|e| EffectError::new(Code::Unencodable, format!("the policy cannot be written: {e}")))?;
    let mut events = vec![Event::World(WorldEvent::Created {
        name: plan.name.clone(),
        origin,
        simulation: plan.simulation,
        people: plan.people.clone(),
        policy: Digest::of(&policy_text),
        policy_text: String::from_utf8(policy_text).expect("invariant: canonical JSON is UTF-8"),
        engine_key: engine_key.public(),
        recovery: plan.recovery.clone(),
    })];
    for a in &plan.acknowledgers {
        let key = match a.key {
            Some(key) => key,
            None => keyring.component_or_new(&a.id, ports)?.public(),
        };
        let facts = subsystem(&a.id, key, "acknowledge", a.key.is_none(), &plan.owner);
        events.push(registered(&a.id, facts));
    }
    for id in REGISTRIES {
        let id: ComponentId = id.parse().expect("invariant: a lower-case word is a component id");
        if !plan.acknowledgers.iter().any(|a| a.id == id) {
            let facts =
                subsystem(&id, engine_key.public(), TargetKind::OF_DOCUMENTS.as_str(), false, &plan.owner);
            events.push(registered(&id, facts));
        }
    }
    let blobs = BlobStore(journal.blobs().clone());
    events.push(first_definitions(&blobs).await?);
    for c in &plan.components {
        let target = canonical_target(&c.target)?;
        let facts = ComponentFacts {
            title: c.title.as_str().into(),
            component_type: c.component_type.clone(),
            version: "1".into(),
            capabilities: c.capabilities.clone(),
            metrics: c.metrics.clone(),
            key: keyring.component_or_new(&c.id, ports)?.public(),
            owner: plan.owner.clone(),
            target: target.clone(),
            depends_on: BTreeSet::new(),
            environment: None,
            track: None,
            secrets: BTreeSet::new(),
            subsystem: false,
            simulated: true,
        };
        events.push(registered(&c.id, facts));
        let Scanned { digest, tree } = keep_content(&blobs, &c.id, &target).await?;
        events.push(Event::Component(c.id.clone(), ComponentEvent::Baseline { digest, tree }));
    }
    append_genesis(&journal, events, ports).await?;
    journal.close().await?;
    tracing::info!(at = %now, "world made");
    Ok(())
}

/// The components that hold governed documents in every world.
const REGISTRIES: [&str; 7] = [
    "metrics_collector",
    "governance_engine",
    "crypto_engine",
    "anomaly_watchdog",
    "self_heal_scheduler",
    "immutable_log",
    "trigger_mesh",
];

/// A part of Grace that is a component from the beginning.
fn subsystem(
    id: &ComponentId,
    key: PublicKey,
    capability: &str,
    simulated: bool,
    owner: &PersonId,
) -> ComponentFacts {
    let registry = REGISTRIES.contains(&id.as_str());
    ComponentFacts {
        title: id.as_str().replace('_', " ").into(),
        component_type: "subsystem".into(),
        version: "1".into(),
        capabilities: BTreeSet::from([capability.to_owned()]),
        metrics: BTreeSet::new(),
        key,
        owner: owner.clone(),
        depends_on: BTreeSet::new(),
        environment: None,
        track: None,
        secrets: BTreeSet::new(),
        target: if registry {
            serde_json::json!({ "kind": TargetKind::OF_DOCUMENTS }).to_string()
        } else {
            String::new()
        },
        subsystem: true,
        simulated,
    }
}

/// The metric definitions with which a world begins, kept as blobs.
async fn first_definitions(blobs: &BlobStore) -> Result<Event, EffectError> {
    let mut documents = BTreeMap::new();
    for definition in builtin::definitions() {
        let id: DocumentId = definition.id.as_str().parse().expect("invariant: a metric id is a document id");
        documents.insert(id, blobs.keep_json(&definition).await?);
    }
    let holder = REGISTRY.parse().expect("invariant: a lower-case word is a component id");
    Ok(Event::Component(holder, ComponentEvent::Documents { documents }))
}

/// Everybody whom the policy waits for is registered, once, with a key of their own.
fn check_acknowledgers(plan: &Plan) -> Result<(), EffectError> {
    let mut holders: BTreeMap<[u8; 32], String> = BTreeMap::new();
    for (id, person) in &plan.people {
        holders.extend(person.keys.iter().map(|k| (*k.as_bytes(), id.to_string())));
    }
    let mut ids: BTreeSet<&ComponentId> = plan.components.iter().map(|c| &c.id).collect();
    if ids.len() < plan.components.len() {
        return Err(EffectError::new(Code::ComponentTwice, "a component is named twice"));
    }
    for a in &plan.acknowledgers {
        if !ids.insert(&a.id) {
            return Err(EffectError::new(
                Code::ComponentTwice,
                format!("acknowledger {} is named twice", a.id),
            ));
        }
        if let Some(other) = a.key.and_then(|k| holders.insert(*k.as_bytes(), a.id.to_string())) {
            return Err(EffectError::new(
                Code::SameKey,
                format!("acknowledger {} has the key of {other}", a.id),
            ));
        }
    }
    let given = plan.acknowledgers.iter().filter_map(|a| Some((a.key.as_ref()?, a.id.as_str())));
    if let Some(Err(why)) = plan.recovery.as_ref().map(|r| r.check(&plan.people, given)) {
        return Err(EffectError::new(Code::BadRecovery, why));
    }
    let unknown = |id: &&ComponentId| !plan.acknowledgers.iter().any(|a| a.id == **id);
    match plan.policy.handshake.required.iter().find(unknown) {
        Some(id) => Err(EffectError::new(
            Code::UnknownAcknowledger,
            format!("the policy waits for {id}, which is not registered: no handshake could ever end well"),
        )),
        None => Ok(()),
    }
}

async fn append_genesis(journal: &Journal, events: Vec<Event>, ports: &Ports) -> Result<(), CreateError> {
    let now = ports.clock.now();
    let record = |seq: usize, event: &Event| Recorded {
        seq: seq as u64,
        entry: Entry::new(now, "engine", event.clone()),
    };
    let first = events.first().ok_or(GenesisError::NotGenesis)?;
    let mut world = World::new(Genesis::read(&record(0, first))?);
    for (seq, event) in events.iter().enumerate().skip(1) {
        world.evolve(&record(seq, event));
    }
    let rows = rows(&world, &world.subjects().collect());
    let simulated_time = ports.simulated_time(&world);
    let group = genesis_group(events, simulated_time, ports, now)?;
    journal.append(Group { rows, ..group }).await?;
    Ok(())
}

fn registered(id: &ComponentId, facts: ComponentFacts) -> Event {
    Event::Component(id.clone(), ComponentEvent::Registered { facts: Box::new(facts), handshake: None })
}

/// A target document as canonical JSON text, checked.
pub fn canonical_target(text: &str) -> Result<String, EffectError> {
    let spec =
        grace_target::TargetSpec::parse(text).map_err(|e| EffectError::new(e.code(), e.to_string()))?;
    let bytes =
        canon::to_canonical(&spec).map_err(|e| EffectError::new(Code::TargetSpecDocument, e.to_string()))?;
    String::from_utf8(bytes).map_err(|e| EffectError::new(Code::TargetSpecDocument, e.to_string()))
}

fn slug(name: &str) -> String {
    let mut out: String = name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' })
        .take(40)
        .collect();
    if out.is_empty() {
        out.push_str("world");
    }
    out
}
