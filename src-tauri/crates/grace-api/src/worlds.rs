//! Making worlds: a real one from two documents, or a simulated one to look around in.
//!
//! Owns the order of the checks before anything is made, and what the demo consists of. The engine makes the world
//! itself; people's keys are made here, because the engine cannot hold one.

mod documents;

use grace_domain::core::codes::Code;
use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use grace_domain::core::{limits, visible};
use grace_domain::governance::policy::{ACKNOWLEDGERS, ByRisk, HandshakePolicy, People, Person, Policy};
use grace_domain::kinds::target_kind::TargetKind;
use grace_engine::Ports;
use grace_engine::genesis::{Acknowledger, CreateError, DemoComponent, Plan, create};
use grace_target::blocking;
use serde_json::json;

pub use self::documents::read_document;
use self::documents::{PeopleDocument, check_policy, policy_problem};
use crate::problem::Problem;
use crate::problems::open_problem;
use crate::signer::{Passphrase, PersonKey};
use crate::types::WorldMadeView;
use crate::verification_phrase;

/// Makes a real world in `dir`, which is empty or absent.
pub async fn init(dir: &Path, name: &str, people: &str, policy: &str) -> Result<WorldMadeView, Problem> {
    let people: PeopleDocument = read_document("people", people)?;
    let policy: Policy = read_document("policy", policy)?;
    people.check()?;
    let persons = people.people();
    check_policy(&policy, &persons)?;
    people.check_acknowledgers(&policy)?;
    let owner = persons.keys().next().cloned().expect("invariant: people were checked to be at least one");
    let acknowledgers = policy
        .handshake
        .required
        .iter()
        .map(|id| Acknowledger { id: id.clone(), key: people.acknowledgers.get(id).copied() });
    let plan = Plan {
        name: world_name(name)?,
        simulation: false,
        acknowledgers: acknowledgers.collect(),
        people: persons,
        policy,
        components: Vec::new(),
        owner,
        recovery: people.recovery,
    };
    let place = dir.to_owned();
    blocking(move || check_empty(&place)).await?;
    create(dir, &plan, &Ports::system()).await.map_err(|e| create_problem(&e))?;
    Ok(WorldMadeView {
        dir: dir.display().to_string(),
        name: plan.name,
        simulation: false,
        persons: plan.people.keys().map(ToString::to_string).collect(),
        key_dir: None,
        passphrase: None,
        passphrase_file: None,
    })
}

/// Persons of a demo world with their groups.
const DEMO_PERSONS: [(&str, &str, &[&str]); 6] = [
    ("release-manager", "Release manager", &["release"]),
    ("developer", "Developer", &["development"]),
    ("sre", "Site reliability engineer", &["operations"]),
    ("dba", "Database administrator", &["operations"]),
    ("security", "Security officer", &["security"]),
    ("qa", "Quality assurance", &["quality"]),
];

/// A component of the demo: its files, and commands that really read and use them.
struct DemoTarget {
    id: &'static str,
    title: &'static str,
    capabilities: &'static [&'static str],
    files: &'static [(&'static str, &'static str)],
}

const DEMO_TARGETS: [DemoTarget; 3] = [
    DemoTarget {
        id: "edge-gateway",
        title: "Edge gateway",
        capabilities: &["route", "rate_limit"],
        files: &[
            (
                "gateway.conf",
                "# Edge gateway\nlisten = 8443\nworkers = 4\nkeepalive = 16\nidle_timeout = 60s\n",
            ),
            ("routes.conf", "# Path to upstream\nroute.quotes = quotes:8443\nroute.orders = orders:8443\n"),
        ],
    },
    DemoTarget {
        id: "checkout",
        title: "Checkout",
        capabilities: &["charge"],
        files: &[
            ("checkout.conf", "# Checkout\nretry.budget = 3\nretry.backoff = 200ms\ncard.timeout = 4s\n"),
            ("limits.conf", "# Per minute\nlimit.requests = 1200\nlimit.burst = 200\n"),
        ],
    },
    DemoTarget {
        id: "search",
        title: "Search",
        capabilities: &["query"],
        files: &[("search.conf", "# Search\nindex.shards = 6\nquery.timeout = 800ms\ncache.size = 512m\n")],
    },
];

/// Not registered at genesis: its description lies in the world, to try a handshake with.
const NEWCOMER: DemoTarget = DemoTarget {
    id: "fraud-score",
    title: "Fraud score",
    capabilities: &["score"],
    files: &[("fraud.conf", "# Fraud score\nmodel.version = 4.2\nscore.threshold = 0.82\n")],
};

/// Every line is empty, a comment, or `name = value`; the first that is not is named.
const CHECK: &str = r#"cd "$1" || exit 2
bad=$(grep -nvE '^(#.*|[a-z][a-z0-9_.]* = .+)?$' /dev/null *.conf | head -n 1)
if [ -n "$bad" ]; then echo "not a setting: $bad" >&2; exit 1; fi"#;
/// The running copy is what the service would load.
const ACTIVATE: &str = r#"cd "$1" && mkdir -p running && for f in running/*.conf; do
  [ -e "$f" ] && [ ! -e "${f#running/}" ] && rm -f "$f"; done; cp -p ./*.conf running/"#;
/// The running copy is the managed one.
const VERIFY: &str = r#"cd "$1" && for f in *.conf; do cmp -s "$f" "running/$f" || exit 1; done"#;

/// Makes a simulated world in `dir`: persons with keys and one passphrase, components with targets beneath it.
pub async fn demo(dir: &Path) -> Result<WorldMadeView, Problem> {
    // Targets name their root absolutely, wherever the caller stands.
    let dir = &std::path::absolute(dir).map_err(|e| not_written(&e))?;
    let place = dir.clone();
    let made = blocking(move || {
        check_empty(&place)?;
        Demo::make(&place)
    })
    .await?;
    let plan = made.plan();
    create(dir, &plan, &Ports::system()).await.map_err(|e| create_problem(&e))?;
    Ok(WorldMadeView {
        dir: dir.display().to_string(),
        name: plan.name,
        simulation: true,
        persons: plan.people.keys().map(ToString::to_string).collect(),
        key_dir: Some(made.people_dir.display().to_string()),
        passphrase_file: Some(made.people_dir.join("passphrase").display().to_string()),
        passphrase: Some(made.passphrase),
    })
}

struct Demo {
    people_dir: PathBuf,
    passphrase: String,
    people: People,
    targets: PathBuf,
}

impl Demo {
    fn make(dir: &Path) -> Result<Self, Problem> {
        let failed = |e: std::io::Error| not_written(&e);
        let people_dir = dir.join("people");
        let private = |d: &Path| fs::DirBuilder::new().recursive(true).mode(0o700).create(d).map_err(failed);
        private(&people_dir)?;
        let passphrase = random_passphrase()?;
        // A demo's persons are not real: their passphrase lies beside their keys so that one can play all of them.
        let mut file = fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(people_dir.join("passphrase"))
            .map_err(failed)?;
        std::io::Write::write_all(&mut file, format!("{passphrase}\n").as_bytes()).map_err(failed)?;
        let opened = Passphrase::new(passphrase.clone())?;
        let mut people = People::new();
        for (id, name, groups) in DEMO_PERSONS {
            let key = PersonKey::create(&people_dir.join(format!("{id}.pem")), &opened)?;
            let groups = groups.iter().filter_map(|g| g.parse().ok()).collect();
            people.insert(demo_id(id), Person::new(name, groups, vec![key]));
        }
        let targets = dir.join("targets");
        for target in DEMO_TARGETS.iter().chain([&NEWCOMER]) {
            let root = targets.join(target.id);
            private(&root.join("running"))?;
            for (file, text) in target.files {
                for place in [root.join(file), root.join("running").join(file)] {
                    fs::write(place, text).map_err(failed)?;
                }
            }
        }
        let newcomer = targets.join(format!("{}.json", NEWCOMER.id));
        fs::write(newcomer, NEWCOMER.description(&targets)).map_err(failed)?;
        Ok(Self { people_dir, passphrase, people, targets })
    }

    fn plan(&self) -> Plan {
        let components = DEMO_TARGETS.iter().map(|target| DemoComponent {
            id: demo_id(target.id),
            title: target.title.into(),
            component_type: "service".into(),
            metrics: DEMO_METRICS.iter().map(|m| demo_id(m)).collect(),
            capabilities: target.capabilities.iter().map(ToString::to_string).collect(),
            target: target.document(&self.targets).to_string(),
        });
        Plan {
            name: "demo".into(),
            simulation: true,
            people: self.people.clone(),
            policy: demo_policy(),
            acknowledgers: ACKNOWLEDGERS
                .iter()
                .map(|id| Acknowledger { id: demo_id(id), key: None })
                .collect(),
            components: components.collect(),
            owner: demo_id("release-manager"),
            recovery: None,
        }
    }
}

fn demo_id<T: std::str::FromStr>(text: &str) -> T {
    text.parse().ok().expect("invariant: the demo's ids follow the grammar")
}

/// Minutes instead of hours, so that a window ends while one watches.
fn demo_policy() -> Policy {
    Policy {
        windows_s: ByRisk { low: 60, medium: 120, high: 300, critical: 900 },
        groups: ByRisk { critical: BTreeSet::from([demo_id("security")]), ..ByRisk::default() },
        evaluate_every_s: 2,
        fresh_s: 10,
        baseline_s: 600,
        handshake: HandshakePolicy { window_s: 30, ..HandshakePolicy::default() },
        ..Policy::default()
    }
}

/// What every component of the demo sends.
const DEMO_METRICS: [&str; 2] = ["error_rate", "latency_p95_ms"];

impl DemoTarget {
    /// Its target document.
    fn document(&self, targets: &Path) -> serde_json::Value {
        json!({
            "kind": TargetKind::OF_FILES,
            "root": targets.join(self.id),
            "managed": ["*.conf"],
            "check": { "argv": ["/bin/sh", "-c", CHECK, "check", "{staged}"], "timeout_s": 20 },
            "activate": { "argv": ["/bin/sh", "-c", ACTIVATE, "activate", "{root}"], "timeout_s": 20 },
            "verify": {
                "argv": ["/bin/sh", "-c", VERIFY, "verify", "{root}"], "timeout_s": 10, "interval_ms": 200,
            },
        })
    }

    /// What `component add --target` reads.
    fn description(&self, targets: &Path) -> String {
        let description = json!({
            "component": self.id,
            "title": self.title,
            "component_type": "service",
            "version": "4.2",
            "capabilities": self.capabilities,
            "metrics": DEMO_METRICS,
            "target": self.document(targets),
        });
        format!("{description:#}\n")
    }
}

fn not_written(error: &std::io::Error) -> Problem {
    let detail = format!("The demo could not be written: {}.", error.kind());
    Problem::new(500, Code::WorldNotMade, detail, "Choose another directory.")
}

/// A passphrase of six words; 48 bits, enough behind scrypt for persons that are not real.
fn random_passphrase() -> Result<String, Problem> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes).map_err(|_| crate::signer::SignerError::Random)?;
    Ok(verification_phrase::of(&grace_domain::core::digest::Digest::from_bytes(bytes)).join("-"))
}

fn world_name(name: &str) -> Result<String, Problem> {
    let name = name.trim();
    if name.is_empty() || name.len() > limits::NAME_BYTES || visible::check("a name", name).is_err() {
        return Err(Problem::new(
            422,
            Code::BadName,
            "A world has a name of one line.",
            "For example: production",
        ));
    }
    Ok(name.to_owned())
}

fn check_empty(dir: &Path) -> Result<(), Problem> {
    let occupied = fs::read_dir(dir).is_ok_and(|mut entries| entries.next().is_some());
    if occupied || (dir.exists() && !dir.is_dir()) {
        return Err(Problem::new(
            409,
            Code::WorldExists,
            format!("{} is not empty. Nothing was made.", dir.display()),
            "Choose an empty directory.",
        ));
    }
    Ok(())
}

fn create_problem(error: &CreateError) -> Problem {
    match error {
        CreateError::Store(open) => open_problem(open),
        CreateError::Policy(e) => policy_problem(e),
        // Said of the request, before anything was written.
        CreateError::Failed(m) if m.code == Code::SameKey => Problem::new(
            422,
            m.code,
            format!("These people and acknowledgers cannot be told apart: {}. Nothing was made.", m.reason),
            "Give each of them a key of their own.",
        ),
        other => Problem::new(
            500,
            Code::WorldNotMade,
            format!("The world was not made: {other}."),
            "Choose a directory that you may write to, or remove what was begun in this one.",
        ),
    }
}
