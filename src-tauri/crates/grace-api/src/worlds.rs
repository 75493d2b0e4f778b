//! Making worlds for people: a real one from two documents, or a simulated one with persons, targets and metrics.
//! Owns the documents' shape and the demo's content. People's keys are made here only for a demo world.

use crate::problem::Problem;
use crate::signer::{Passphrase, PersonKey};
use grace_domain::ids::{ComponentId, GroupId, PersonId};
use grace_domain::keys::PublicKey;
use grace_domain::limits;
use grace_domain::policy::{ACKNOWLEDGERS, ByRisk, People, Person, Policy};
use grace_engine::genesis::{Acknowledger, CreateError, DemoComponent, Plan, create};
use grace_engine::ports::Ports;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The persons of a demo world and their groups.
const DEMO_PEOPLE: [(&str, &str, &[&str]); 6] = [
    ("release-manager", "Release manager", &["release"]),
    ("developer", "Developer", &["dev"]),
    ("sre", "Site reliability", &["ops"]),
    ("dba", "Database", &["data"]),
    ("security", "Security", &["security"]),
    ("qa", "Quality", &["release"]),
];
/// Passphrase of every key of a demo world; printed, because nothing in it is secret.
pub const DEMO_PASSPHRASE: &str = "grace-demo";

/// A person in `people.yaml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct PersonDocument {
    id: PersonId,
    #[serde(default)]
    name: String,
    #[serde(default)]
    groups: BTreeSet<GroupId>,
    keys: Vec<PublicKey>,
}

/// An acknowledger in `people.yaml`: its key, or `simulated: true`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct AcknowledgerDocument {
    id: ComponentId,
    #[serde(default)]
    key: Option<PublicKey>,
    #[serde(default)]
    simulated: bool,
}

/// `people.yaml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct PeopleDocument {
    people: Vec<PersonDocument>,
    #[serde(default)]
    acknowledgers: Vec<AcknowledgerDocument>,
}

/// A world that was made.
#[derive(Debug, Clone, Serialize)]
pub struct MadeView {
    /// Where.
    pub data_dir: PathBuf,
    /// Its name.
    pub world: String,
    /// True for a demo world.
    pub simulation: bool,
    /// Persons with their key files, in a demo world.
    pub people: Vec<MadePerson>,
    /// Passphrase of those keys, in a demo world.
    pub passphrase: Option<String>,
    /// What the maker should know.
    pub warnings: Vec<String>,
}

/// A person of a demo world.
#[derive(Debug, Clone, Serialize)]
pub struct MadePerson {
    /// Who.
    pub id: String,
    /// Where the encrypted key lies.
    pub key_file: PathBuf,
}

/// Where a person's key file lies in a world.
pub fn key_file(dir: &Path, person: &str) -> PathBuf {
    dir.join("people").join(format!("{person}.pem"))
}

fn document<T: DeserializeOwned>(what: &str, text: &str) -> Result<T, Problem> {
    let bad = |why: String| {
        Problem::new(422, "document_malformed", format!("{what} does not read: {why}"), "Correct it and try again; nothing was made.")
    };
    if text.len() > limits::YAML_BYTES {
        return Err(bad(format!("it is larger than {} bytes", limits::YAML_BYTES)));
    }
    grace_engine::yaml::read(text).map_err(bad)
}

fn made(error: &CreateError) -> Problem {
    let code = match error {
        CreateError::Policy(_) => "policy_unusable",
        CreateError::ComponentsNeedHandshake => "handshake_needed",
        CreateError::Missing(m) => m.code,
        CreateError::Store(_) => "world_unmakeable",
        CreateError::Keys(_) | CreateError::Append(_) | CreateError::Genesis(_) | CreateError::Entry(_) => {
            "world_unmakeable"
        }
    };
    Problem::new(422, code, error.to_string(), "Choose an empty directory and correct the documents.")
}

/// Makes a real world from `people.yaml` and `policy.yaml`.
pub async fn init(dir: &Path, name: &str, people: &str, policy: &str) -> Result<MadeView, Problem> {
    let people: PeopleDocument = document("people.yaml", people)?;
    let policy: Policy = if policy.trim().is_empty() { Policy::default() } else { document("policy.yaml", policy)? };
    let mut registered = People::new();
    for person in &people.people {
        let name = if person.name.is_empty() { person.id.to_string() } else { person.name.clone() };
        let entry = Person { name, groups: person.groups.clone(), keys: person.keys.clone() };
        if registered.insert(person.id.clone(), entry).is_some() {
            return Err(Problem::new(
                422,
                "person_twice",
                format!("{} is named twice", person.id),
                "Name each person once; nothing was made.",
            ));
        }
    }
    let mut acknowledgers = Vec::new();
    let mut warnings = Vec::new();
    for a in &people.acknowledgers {
        match (a.key, a.simulated) {
            (Some(key), false) => acknowledgers.push(Acknowledger { id: a.id.clone(), key: Some(key) }),
            (None, true) => {
                warnings.push(format!("{} is simulated by this engine: it acknowledges by itself", a.id));
                acknowledgers.push(Acknowledger { id: a.id.clone(), key: None });
            }
            (Some(_), true) | (None, false) => {
                return Err(Problem::new(
                    422,
                    "acknowledger_key",
                    format!("{} needs either a key or simulated: true", a.id),
                    "Correct people.yaml; nothing was made.",
                ));
            }
        }
    }
    for id in policy.handshake.required.iter().filter(|id| !acknowledgers.iter().any(|a| a.id == **id)) {
        warnings.push(format!("{id} is required for handshakes but has no key: no component can join"));
    }
    let owner = people.people.first().map(|p| p.id.clone()).ok_or_else(|| {
        Problem::new(422, "no_people", "people.yaml names nobody", "Name at least one person; nothing was made.")
    })?;
    let plan = Plan {
        name: name.into(),
        simulation: false,
        people: registered,
        policy,
        acknowledgers,
        components: Vec::new(),
        owner,
    };
    create(dir, &plan, &Ports::system()).await.map_err(|e| made(&e))?;
    Ok(MadeView {
        data_dir: dir.to_owned(),
        world: name.into(),
        simulation: false,
        people: Vec::new(),
        passphrase: None,
        warnings,
    })
}

/// A target of the demo world: its files, and commands that really read and use them.
struct DemoTarget {
    id: &'static str,
    title: &'static str,
    capabilities: &'static [&'static str],
    files: &'static [(&'static str, &'static str)],
}

const DEMO_TARGETS: [DemoTarget; 4] = [
    DemoTarget {
        id: "edge-gateway",
        title: "Edge gateway",
        capabilities: &["route", "rate_limit"],
        files: &[
            ("gateway.conf", "# Edge gateway\nlisten = 8443\nworkers = 4\nkeepalive = 16\nidle_timeout = 60s\n"),
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
    DemoTarget {
        id: "fraud-score",
        title: "Fraud score",
        capabilities: &["score"],
        files: &[("fraud.conf", "# Fraud score\nmodel.version = 4.2\nscore.threshold = 0.82\n")],
    },
];
/// The component that is not registered at genesis: it waits to join by a handshake.
const NEWCOMER: &str = "fraud-score";

/// Every line is empty, a comment, or `name = value`; the first that is not is named.
const CHECK: &str = r#"cd "$1" || exit 2
bad=$(grep -nvE '^(#.*|[a-z][a-z0-9_.]* = .+)?$' /dev/null *.conf | head -n 1)
if [ -n "$bad" ]; then echo "not a setting: $bad" >&2; exit 1; fi"#;
/// The running copy is what the service would load.
const ACTIVATE: &str = r#"cd "$1" && mkdir -p running && for f in running/*.conf; do
  [ -e "$f" ] && [ ! -e "${f#running/}" ] && rm -f "$f"; done; cp -p ./*.conf running/"#;
/// The running copy is the managed one.
const VERIFY: &str = r#"cd "$1" && for f in *.conf; do cmp -s "$f" "running/$f" || exit 1; done"#;

fn demo_target(root: &Path) -> serde_json::Value {
    serde_json::json!({
        "kind": "directory",
        "root": root,
        "managed": ["*.conf"],
        "check": { "argv": ["/bin/sh", "-c", CHECK, "check", "{staged}"], "timeout_s": 20 },
        "activate": { "argv": ["/bin/sh", "-c", ACTIVATE, "activate", "{root}"], "timeout_s": 20 },
        "verify": {
            "argv": ["/bin/sh", "-c", VERIFY, "verify", "{root}"], "timeout_s": 10, "interval_ms": 200,
        },
    })
}

/// The policy of a demo world: the default's demands with windows short enough to watch.
fn demo_policy() -> Policy {
    let mut policy = Policy {
        windows_s: ByRisk { low: 90, medium: 180, high: 300, critical: 600 },
        look_every_s: 2,
        fresh_s: 12,
        min_samples: 3,
        baseline_s: 600,
        ..Policy::default()
    };
    policy.handshake.window_s = 45;
    if let Ok(group) = "data".parse() {
        policy.groups.critical.insert(group);
    }
    policy
}

fn io(what: &str, error: &std::io::Error) -> Problem {
    Problem::new(
        422,
        "world_unmakeable",
        format!("{what}: {error}"),
        "Choose a directory that is empty or absent and can be written.",
    )
}

fn known<T: std::str::FromStr>(text: &str) -> T {
    match text.parse() {
        Ok(id) => id,
        Err(_) => unreachable!("invariant: the demo's ids are written in this file and follow their grammar"),
    }
}

/// Makes a simulated world in `dir`, which must be empty or absent. `passphrase` guards every key of it.
pub async fn demo(dir: &Path, passphrase: &str) -> Result<MadeView, Problem> {
    let occupied = std::fs::read_dir(dir).is_ok_and(|mut entries| entries.next().is_some());
    if occupied {
        return Err(Problem::new(
            422,
            "directory_not_empty",
            format!("{} is not empty; nothing was made", dir.display()),
            "Choose another directory with --data-dir.",
        ));
    }
    std::fs::create_dir_all(dir.join("people")).map_err(|e| io("the directory could not be made", &e))?;
    // Targets name their root absolutely, wherever the caller stands.
    let dir = &dir.canonicalize().map_err(|e| io("the directory could not be made", &e))?;
    let secret = Passphrase::new(passphrase.into())?;
    let mut people = People::new();
    let mut made_people = Vec::new();
    for (id, name, groups) in DEMO_PEOPLE {
        let file = key_file(dir, id);
        let key = PersonKey::create(&file, &secret)?;
        let groups = groups.iter().map(|g| known(g)).collect();
        people.insert(known(id), Person { name: name.into(), groups, keys: vec![key] });
        made_people.push(MadePerson { id: id.into(), key_file: file });
    }
    let mut components = Vec::new();
    for target in &DEMO_TARGETS {
        let root = dir.join("targets").join(target.id);
        std::fs::create_dir_all(root.join("running")).map_err(|e| io("a target could not be made", &e))?;
        for (file, text) in target.files {
            for place in [root.join(file), root.join("running").join(file)] {
                std::fs::write(&place, text).map_err(|e| io("a target could not be made", &e))?;
            }
        }
        let document = demo_target(&root);
        if target.id == NEWCOMER {
            let newcomer = serde_json::json!({
                "component": target.id,
                "title": target.title,
                "component_type": "service",
                "version": "4.2",
                "capabilities": target.capabilities,
                "metrics": ["error_rate", "latency_p95_ms"],
                "target": document,
            });
            let text = serde_json::to_string_pretty(&newcomer).unwrap_or_default();
            std::fs::write(dir.join("targets").join("fraud-score.json"), text)
                .map_err(|e| io("an example could not be written", &e))?;
            continue;
        }
        components.push(DemoComponent {
            id: known(target.id),
            title: target.title.into(),
            component_type: "service".into(),
            metrics: BTreeSet::from([known("error_rate"), known("latency_p95_ms")]),
            capabilities: target.capabilities.iter().map(ToString::to_string).collect(),
            target: document.to_string(),
        });
    }
    let plan = Plan {
        name: "demo".into(),
        simulation: true,
        people,
        policy: demo_policy(),
        acknowledgers: ACKNOWLEDGERS.iter().map(|id| Acknowledger { id: known(id), key: None }).collect(),
        components,
        owner: known("release-manager"),
    };
    create(dir, &plan, &Ports::system()).await.map_err(|e| made(&e))?;
    Ok(MadeView {
        data_dir: dir.clone(),
        world: "demo".into(),
        simulation: true,
        people: made_people,
        passphrase: Some(passphrase.into()),
        warnings: Vec::new(),
    })
}
