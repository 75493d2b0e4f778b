//! A world with people, directory targets and an engine, and short words for what people do in it: [`Bench`].
//! What people sign is in [`sign`], waiting in [`wait`], targets in [`place`], time in [`clock`], who answers and sends
//! metrics in [`players`], who writes to the database beside the engine in [`intruder`].

pub mod clock;
pub mod intruder;
pub mod place;
pub mod players;
pub mod proof;
pub mod sign;
pub mod wait;

use clock::{TestClock, TestDice};
use grace_domain::component::Component;
use grace_domain::core::ids::{ComponentId, PersonId};
use grace_domain::crypto::keys::{PublicKey, SignerKey};
use grace_domain::governance::policy::{ACKNOWLEDGERS, Person, Policy};
use grace_engine::genesis::{Acknowledger, CreateError, DemoComponent, Plan, create};
use grace_engine::{Engine, EngineConfig, Ports, StartError};
use grace_target::SandboxLauncher;
use place::Place;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use tempfile::TempDir;
use tokio::task::JoinSet;

pub use grace_domain::statement::Act;
pub use sign::{definition, submission};

/// How much faster than the machine's the clock of a test runs.
const SPEED: u64 = 10;
const PEOPLE: [&str; 5] = ["developer", "sre", "dba", "security", "qa"];
/// Joins by handshake only.
const NEWCOMER: &str = "newcomer";

/// Everything a test needs.
pub struct Bench {
    engine: Option<Engine>,
    pub clock: Arc<TestClock>,
    pub dice: Arc<TestDice>,
    pub ports: Ports,
    pub dir: PathBuf,
    pub places: BTreeMap<String, Place>,
    keys: BTreeMap<PersonId, SignerKey>,
    settings: Arc<Mutex<players::Settings>>,
    playing: JoinSet<()>,
    /// Somebody else than an engine writes to its log, or damages what lies beside it.
    forged: bool,
    _base: TempDir,
}

/// What kind of world.
pub struct Setup {
    pub policy: Policy,
    /// Components with targets, in the world from the start.
    pub components: Vec<&'static str>,
    /// Metrics that these components declare.
    pub metrics: Vec<&'static str>,
    /// Script of the check, if not the usual one; its `$1` is the staged copy.
    pub check: Option<String>,
    /// Words in the check's script that stand for the world's directory.
    pub world_word: &'static str,
    pub speed: u64,
}

impl Default for Setup {
    fn default() -> Self {
        let mut policy =
            Policy { evaluate_every_s: 1, fresh_s: 10, min_samples: 1, baseline_s: 60, ..Policy::default() };
        policy.windows_s.low = 6;
        policy.windows_s.medium = 6;
        policy.windows_s.high = 6;
        policy.windows_s.critical = 6;
        policy.handshake.window_s = 4;
        policy.handshake.timeout_s = 60;
        Self {
            policy,
            components: vec!["edge", "store"],
            metrics: vec!["error_rate", "latency_p95_ms"],
            check: None,
            world_word: "@WORLD@",
            speed: SPEED,
        }
    }
}

pub fn id<T: std::str::FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
    text.parse().expect("a valid id")
}

impl Bench {
    /// The usual world.
    pub async fn new() -> Self {
        Self::with(|_| {}).await
    }

    /// A world that differs.
    pub async fn with(change: impl FnOnce(&mut Setup)) -> Self {
        let mut setup = Setup::default();
        change(&mut setup);
        let base = tempfile::tempdir().expect("a directory");
        let dir = base.path().join("world");
        let names = setup.components.iter().chain([&NEWCOMER]);
        let places: BTreeMap<_, _> =
            names.map(|name| ((*name).to_owned(), Place::make(base.path(), name))).collect();
        let clock = Arc::new(TestClock::new(setup.speed));
        let dice = Arc::new(TestDice::default());
        let ports = Ports { clock: clock.clone(), random: dice.clone() };
        let keys: BTreeMap<PersonId, SignerKey> =
            PEOPLE.iter().map(|p| (id(p), SignerKey::from_seed(ports.seed()))).collect();
        let check =
            setup.check.as_ref().map(|c| c.replace(setup.world_word, dir.to_str().expect("a plain path")));
        let mut plan = plan(&keys, setup.policy);
        plan.components = setup
            .components
            .iter()
            .map(|name| DemoComponent {
                id: id(name),
                title: (*name).into(),
                component_type: "service".into(),
                metrics: setup.metrics.iter().map(|m| id(m)).collect(),
                capabilities: BTreeSet::new(),
                target: places[*name].document(check.as_deref()),
            })
            .collect();
        create(&dir, &plan, &ports).await.expect("a world");
        let (settings, playing) = (Arc::default(), JoinSet::new());
        let mut bench = Self {
            engine: None,
            clock,
            dice,
            ports,
            dir,
            places,
            keys,
            settings,
            playing,
            forged: false,
            _base: base,
        };
        bench.start().await;
        bench
    }

    /// Somebody else than an engine will write here: nobody has to believe it.
    pub async fn forged() -> Self {
        let mut bench = Self::new().await;
        bench.forged = true;
        bench
    }

    /// Starts a second engine on the same world.
    pub async fn another(&self) -> Result<Engine, StartError> {
        self.engine_on(&self.dir).await
    }

    /// Starts an engine on a copy of the world.
    pub async fn engine_on(&self, dir: &Path) -> Result<Engine, StartError> {
        let launcher = SandboxLauncher { program: PathBuf::from(env!("CARGO_BIN_EXE_engine-test-launcher")) };
        Engine::start(EngineConfig { dir: dir.to_owned(), ports: self.ports.clone(), launcher }).await
    }

    pub async fn start(&mut self) {
        assert!(self.engine.is_none(), "stop it first");
        let engine = self.another().await.expect("an engine");
        self.playing = players::play(&engine, &self.ports, &self.settings);
        self.engine = Some(engine);
    }

    pub async fn stop(&mut self) {
        self.playing.shutdown().await;
        self.engine.take().expect("it runs").shutdown().await;
    }

    pub async fn restart(&mut self) {
        self.stop().await;
        self.start().await;
    }

    pub fn engine(&self) -> &Engine {
        self.engine.as_ref().expect("it runs")
    }

    pub fn edge(&self) -> &Place {
        &self.places["edge"]
    }

    pub fn store(&self) -> &Place {
        &self.places["store"]
    }

    pub fn component(&self, component: &str) -> Arc<Component> {
        self.engine().world().components()[&id::<ComponentId>(component)].clone()
    }

    /// The state's word of a component.
    pub fn phase(&self, component: &str) -> &'static str {
        self.component(component).phase().state().as_str()
    }
}

impl Drop for Bench {
    /// Whatever a test was about: what its engine wrote is believed.
    fn drop(&mut self) {
        if !self.forged && !std::thread::panicking() {
            proof::believed(&self.dir);
        }
    }
}

/// A plan of a world with these people and the five acknowledgers, without components.
pub fn plan(keys: &BTreeMap<PersonId, SignerKey>, policy: Policy) -> Plan {
    let person = |p: &PersonId, key: PublicKey| {
        Person::new(p.to_string(), BTreeSet::from([id(p.as_str())]), vec![key])
    };
    Plan {
        name: "bench".into(),
        simulation: true,
        people: keys.iter().map(|(p, k)| (p.clone(), person(p, k.public()))).collect(),
        policy,
        acknowledgers: ACKNOWLEDGERS.iter().map(|a| Acknowledger { id: id(a), key: None }).collect(),
        components: Vec::new(),
        owner: id("sre"),
        recovery: None,
    }
}

/// Makes a world in a directory of its own; for plans that are refused.
pub async fn try_create(change: impl FnOnce(&mut Plan)) -> (Result<(), CreateError>, TempDir) {
    let base = tempfile::tempdir().expect("a directory");
    let ports = Ports::system();
    let keys = PEOPLE.iter().map(|p| (id(p), SignerKey::from_seed(ports.seed()))).collect();
    let mut plan = plan(&keys, Setup::default().policy);
    change(&mut plan);
    (create(&base.path().join("world"), &plan, &ports).await, base)
}
