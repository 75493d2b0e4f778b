//! A temporary place with a world in it, and targets beside the world.

use super::binary;
use super::people::Person;
use grace_domain::governance::policy::ACKNOWLEDGERS;
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// The four persons of a world whose keys are in memory.
pub const PERSONS: [&str; 4] = ["ann", "bob", "cid", "dot"];

/// Lengths of windows in a test's policy.
#[derive(Debug, Clone, Copy)]
pub struct Windows {
    /// Observation window of every risk.
    pub update_s: u64,
    /// How long a sample is fresh.
    pub fresh_s: u64,
    /// Fewest samples of an evaluation.
    pub min_samples: u32,
}

impl Windows {
    /// Stay open for as long as any test runs; one sample is enough and stays fresh.
    pub const OPEN: Self = Self { update_s: 3600, fresh_s: 3600, min_samples: 1 };
}

/// A directory with everything of one test. Gone when dropped.
#[derive(Debug)]
pub struct Place {
    dir: TempDir,
}

impl Place {
    /// An empty one. Beneath `/tmp`, because a world must not lie where checks may read.
    pub fn new() -> Self {
        let dir = tempfile::Builder::new().prefix("grace-bb-").tempdir().expect("a temporary directory");
        Self { dir }
    }

    /// The whole place.
    pub fn top(&self) -> &Path {
        self.dir.path()
    }

    /// Something beside the world.
    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// The same as text.
    pub fn text(&self, name: &str) -> String {
        self.path(name).to_str().expect("temporary paths are UTF-8").to_owned()
    }

    /// Directory of the world.
    pub fn world(&self) -> PathBuf {
        self.path("world")
    }

    /// Makes the real world of [`PERSONS`].
    #[track_caller]
    pub fn init(&self, windows: Windows) {
        let people: Vec<(&str, String)> =
            PERSONS.iter().map(|id| (*id, Person::named(id).public())).collect();
        self.init_of(&people, windows);
    }

    /// Makes the real world of these persons and keys.
    #[track_caller]
    pub fn init_of(&self, people: &[(&str, String)], windows: Windows) {
        self.make(&persons(people), &policy(windows, 30));
    }

    /// Makes the real world of [`PERSONS`] whose five acknowledgers are others, each with the key of its name, and
    /// have so long to answer.
    #[track_caller]
    pub fn init_ring(&self, timeout_s: u64) {
        let people: Vec<(&str, String)> =
            PERSONS.iter().map(|id| (*id, Person::named(id).public())).collect();
        let mut yaml = persons(&people) + "acknowledgers:\n";
        for id in ACKNOWLEDGERS {
            yaml.push_str(&format!("  {id}: \"{}\"\n", Person::named(id).public()));
        }
        self.make(&yaml, &policy(Windows::OPEN, timeout_s));
    }

    /// Writes the two documents and makes the world of them.
    fn make(&self, people: &str, policy: &str) {
        let made = self.try_init(people, policy).done();
        assert_eq!(made["simulation"], false, "init makes real worlds");
    }

    /// Requests a real world of two documents.
    pub fn try_init(&self, people: &str, policy: &str) -> binary::Answer {
        fs::write(self.path("people.yaml"), people).expect("people.yaml");
        fs::write(self.path("policy.yaml"), policy).expect("policy.yaml");
        let (people, policy) = (self.text("people.yaml"), self.text("policy.yaml"));
        binary::run(&self.world(), &["init", "--people", &people, "--policy", &policy])
    }

    /// Makes a target directory with these files.
    pub fn target(&self, name: &str, files: &[(&str, &str)]) -> PathBuf {
        let root = self.path(name);
        for (path, text) in files {
            let file = root.join(path);
            fs::create_dir_all(file.parent().expect("a file has a directory"))
                .expect("the target's directories");
            fs::write(file, text).expect("the target's files");
        }
        root
    }
}

/// `people.yaml` of these persons and keys.
pub fn persons(people: &[(&str, String)]) -> String {
    let mut yaml = String::from("persons:\n");
    for (id, key) in people {
        yaml.push_str(&format!("  {id}:\n    name: Person {id}\n    keys: [\"{key}\"]\n"));
    }
    yaml
}

/// `policy.yaml` with these windows, and so long for the answers to a handshake.
pub fn policy(windows: Windows, timeout_s: u64) -> String {
    let Windows { update_s: u, fresh_s, min_samples } = windows;
    format!(
        "windows_s: {{ low: {u}, medium: {u}, high: {u}, critical: {u} }}\n\
         evaluate_every_s: 1\n\
         fresh_s: {fresh_s}\n\
         min_samples: {min_samples}\n\
         baseline_s: 600\n\
         handshake: {{ window_s: 1, timeout_s: {timeout_s} }}\n"
    )
}

/// A target document whose commands only look: any content passes.
pub fn plain_target(root: &Path) -> Value {
    json!({
        "kind": "directory",
        "root": root,
        "managed": ["**/*.conf"],
        "check": { "argv": ["/bin/true"], "timeout_s": 10 },
        "activate": { "argv": ["/bin/true"], "timeout_s": 10 },
        "verify": { "argv": ["/usr/bin/test", "-d", "{root}"], "timeout_s": 10, "interval_ms": 20 },
    })
}

/// A document for `component add`.
pub fn component(id: &str, target: &Value) -> Value {
    json!({
        "component": id,
        "title": format!("Component {id}"),
        "component_type": "service",
        "version": "1.0.0",
        "capabilities": ["configure"],
        "metrics": ["error_rate"],
        "target": target,
    })
}
