//! Making worlds: a real one from two documents, or a simulated one to look around in.
//!
//! Owns reading `people.yaml` and `policy.yaml`, and what the demo consists of. The engine makes the world itself;
//! people's keys are made here, because the engine cannot hold one.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use grace_domain::ids::{ComponentId, PersonId};
use grace_domain::keys::PublicKey;
use grace_domain::limits;
use grace_domain::policy::{ACKNOWLEDGERS, ByRisk, HandshakePolicy, People, Person, Policy};
use grace_engine::Ports;
use grace_engine::genesis::{Acknowledger, CreateError, DemoComponent, Plan, create};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use crate::handlers::open_problem;
use crate::problem::Problem;
use crate::signer::{Passphrase, PersonKey};
use crate::views::WorldMadeView;
use crate::words;

/// `people.yaml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PeopleDocument {
    persons: BTreeMap<PersonId, Person>,
    /// Acknowledgers with keys of their own; the others are simulated by the engine.
    #[serde(default)]
    acknowledgers: BTreeMap<ComponentId, PublicKey>,
}

/// Makes a real world in `dir`, which is empty or absent.
pub async fn init(dir: &Path, name: &str, people: &str, policy: &str) -> Result<WorldMadeView, Problem> {
    let people: PeopleDocument = read_yaml("people", people)?;
    let policy: Policy = read_yaml("policy", policy)?;
    let owner = people.persons.keys().next().cloned().ok_or_else(|| {
        Problem::new(
            422,
            "no_persons",
            "The people document names nobody. Nothing was made.",
            "Name at least one person.",
        )
    })?;
    let acknowledgers = policy
        .handshake
        .required
        .iter()
        .map(|id| Acknowledger { id: id.clone(), key: people.acknowledgers.get(id).copied() });
    let plan = Plan {
        name: world_name(name)?,
        simulation: false,
        acknowledgers: acknowledgers.collect(),
        people: people.persons,
        policy,
        components: Vec::new(),
        owner,
    };
    check_empty(dir)?;
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

/// Components of a demo world: id, title, kind, first content.
const DEMO_COMPONENTS: [(&str, &str, &str, &str); 3] = [
    (
        "billing-gateway",
        "Billing gateway",
        "service",
        "# Billing gateway\nlisten.port = 8443\npool.size = 20\nretry.attempts = 3\nretry.backoff_ms = 250\nfeature.invoices_v2 = off\n",
    ),
    (
        "search-index",
        "Search index",
        "service",
        "# Search index\nshards = 6\nreplicas = 1\nrefresh.interval_s = 5\nquery.timeout_ms = 800\n",
    ),
    (
        "risk-model",
        "Risk model",
        "model",
        "# Risk model\nmodel.version = 14\nthreshold.review = 0.72\nthreshold.block = 0.93\n",
    ),
];

/// Makes a simulated world in `dir`: persons with keys and one passphrase, components with targets beneath it.
pub async fn demo(dir: &Path) -> Result<WorldMadeView, Problem> {
    check_empty(dir)?;
    let made = Demo::make(dir)?;
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
        let failed = |e: std::io::Error| {
            Problem::new(
                500,
                "world_not_made",
                format!("The demo could not be written: {}.", e.kind()),
                "Choose another directory.",
            )
        };
        let people_dir = dir.join("people");
        let private = |d: &Path| fs::DirBuilder::new().recursive(true).mode(0o700).create(d).map_err(failed);
        private(&people_dir)?;
        let passphrase = random_words()?;
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
            people.insert(demo_id(id), Person { name: name.into(), groups, keys: vec![key] });
        }
        let targets = dir.join("targets");
        for (id, _, _, content) in DEMO_COMPONENTS {
            let root = targets.join(id);
            private(&root)?;
            fs::write(root.join("service.conf"), content).map_err(failed)?;
        }
        Ok(Self { people_dir, passphrase, people, targets })
    }

    fn plan(&self) -> Plan {
        let metrics: BTreeSet<_> =
            ["error_rate", "latency_p95_ms"].iter().filter_map(|m| m.parse().ok()).collect();
        let components = DEMO_COMPONENTS.iter().map(|(id, title, kind, _)| DemoComponent {
            id: demo_id(id),
            title: (*title).into(),
            component_type: (*kind).into(),
            metrics: metrics.clone(),
            capabilities: BTreeSet::from(["configure".to_owned()]),
            target: demo_target(&self.targets.join(id)),
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
            owner: demo_id("sre"),
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
        look_every_s: 2,
        fresh_s: 10,
        baseline_s: 600,
        handshake: HandshakePolicy { window_s: 30, ..HandshakePolicy::default() },
        ..Policy::default()
    }
}

/// A target whose check accepts lines of `name = value`.
fn demo_target(root: &Path) -> String {
    let check = "!/^[ \\t]*(#.*)?$/ && !/^[a-z][a-z0-9_.]* *= *[^ ]/ \
                 { print \"line \" FNR \" is no setting: \" $0; bad = 1 } END { exit bad }";
    json!({
        "kind": "directory",
        "root": root,
        "managed": ["*.conf"],
        "check": { "argv": ["/usr/bin/awk", check, "{staged}/service.conf"], "timeout_s": 10 },
        "verify": { "argv": ["/usr/bin/test", "-s", "{root}/service.conf"], "timeout_s": 5, "interval_ms": 100 },
    })
    .to_string()
}

/// A passphrase of six words; 48 bits, enough behind scrypt for persons that are not real.
fn random_words() -> Result<String, Problem> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes).map_err(|_| crate::signer::SignerError::Random)?;
    Ok(words::of(&grace_domain::digest::Digest::from_bytes(bytes)).join("-"))
}

fn world_name(name: &str) -> Result<String, Problem> {
    let name = name.trim();
    if name.is_empty() || name.len() > limits::NAME_BYTES || name.chars().any(char::is_control) {
        return Err(Problem::new(
            422,
            "bad_name",
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
            "world_exists",
            format!("{} is not empty. Nothing was made.", dir.display()),
            "Choose an empty directory.",
        ));
    }
    Ok(())
}

/// Reads a document of the caller (YAML or JSON) strictly; `what` names it in a refusal.
pub fn read_document<T: DeserializeOwned>(what: &str, text: &str) -> Result<T, Problem> {
    read_yaml(what, text)
}

/// Reads a YAML document strictly: no anchors, tags or merges, no key twice, no unknown member.
fn read_yaml<T: DeserializeOwned>(what: &str, text: &str) -> Result<T, Problem> {
    let bad = |reason: String| {
        let reason: String = reason.chars().take(400).collect();
        Problem::new(
            422,
            "bad_document",
            format!("The {what} document does not read: {reason}. Nothing was made."),
            "See the README for an example.",
        )
    };
    if text.len() > limits::YAML_BYTES {
        return Err(bad(format!("it has more than {} bytes", limits::YAML_BYTES)));
    }
    serde_saphyr::from_str_with_options(text, yaml_options()).map_err(|e| bad(e.to_string()))
}

fn yaml_options() -> serde_saphyr::Options {
    serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_depth: limits::YAML_DEPTH,
            max_anchors: 0,
            max_aliases: 0,
            max_documents: 1,
            max_nodes: 20_000,
        },
        reject_unsupported_tags: true,
        reject_tagged_field_names: true,
        duplicate_keys: serde_saphyr::DuplicateKeyPolicy::Error,
        merge_keys: serde_saphyr::MergeKeyPolicy::Error,
        strict_booleans: true,
        leading_zero_numbers_as_strings: true,
    }
}

fn create_problem(error: &CreateError) -> Problem {
    match error {
        CreateError::Store(open) => open_problem(open),
        CreateError::Policy(e) => Problem::new(
            422,
            "bad_policy",
            format!("The policy cannot be used: {e}. Nothing was made."),
            "Correct it.",
        ),
        other => Problem::new(
            500,
            "world_not_made",
            format!("The world was not made: {other}."),
            "Remove what was begun and try again.",
        ),
    }
}
