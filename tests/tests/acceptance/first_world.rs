//! A world as it was left: every later release opens it, proves it and goes on with it. Until the formats are frozen,
//! `UPDATE=1` makes `tests/worlds/1` anew where one has changed; after that it is never written again.

use crate::harness::Serve;
use crate::harness::binary::run;
use crate::harness::until;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Once;
use tempfile::TempDir;

/// What was there when it was left, written beside it when it was made.
#[derive(Debug, Serialize, Deserialize)]
struct Facts {
    entries: u64,
    root: String,
    rolled_back: String,
}

/// What a definition update brings.
const DEFINITION: &str = "metric: queue_depth\ndefinition:\n  id: queue_depth\n  name: Queue depth\n  unit: jobs\n  \
     kind: level\n  limits: { absolute_micro: 5000000 }\n  source: { kind: push }\n  interval_s: 1\n  baseline_s: 60\n";

fn kept() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("worlds/1")
}

fn facts() -> Facts {
    static MADE: Once = Once::new();
    MADE.call_once(|| {
        if std::env::var_os("UPDATE").is_some() {
            make();
        }
    });
    let text = fs::read(kept().join("facts.json")).expect("its facts");
    serde_json::from_slice(&text).expect("facts")
}

/// Entry types that its life leaves, beside those of every start.
const HOLDS: [&str; 20] = [
    "component.adopted",
    "component.documents",
    "component.drift_detected",
    "component.installed",
    "component.registered",
    "component.restore_started",
    "component.restored",
    "component.reverted",
    "handshake.ack",
    "handshake.announced",
    "handshake.integrated",
    "handshake.requested",
    "update.approval",
    "update.packaged",
    "update.proposed",
    "update.receipt",
    "update.refused",
    "update.rollback_started",
    "update.rolled_back",
    "update.withdrawn",
];

/// Lives a short life in a demo world and keeps what a release must be able to open: log, blobs, keys, pin and an export;
/// no target, no token, no person's key. A file and a metric's definition are changed and rolled back, one update is
/// denied and one withdrawn, what somebody changed by hand is adopted once and put back once, and a component joins.
fn make() {
    let dir = tempfile::tempdir().expect("a directory");
    let world = dir.path().join("world");
    let done = |args: &[&str]| run(&world, args).done();
    done(&["demo"]);
    let passphrase = world.join("people/passphrase");
    let signed = |person: &str, args: &[&str]| {
        let file = passphrase.to_str().expect("a path");
        done(&[args, &["--as", person, "--passphrase-file", file]].concat())
    };
    let serve = Serve::start(&world);
    let old = fs::read_to_string(world.join("targets/checkout/checkout.conf")).expect("the demo's file");
    let file = dir.path().join("new.conf");
    let named = format!("checkout.conf={}", file.display());
    let submit = |title: &str, text: &str, more: &[&str]| {
        fs::write(&file, text).expect("a file");
        let what = ["update", "submit", "--component", "checkout", "--file", &named, "--title", title];
        let id = signed("developer", &[&what, more].concat());
        id["id"].as_str().expect("an id").to_owned()
    };
    let undone = |id: &str| {
        signed("sre", &["update", "approve", id]);
        until("it is observed", 30, || (done(&["update", "show", id])["state"] == "observing").then_some(()));
        signed("sre", &["update", "rollback", id, "--reason", "a drill", "--wait"]);
    };
    let said =
        ["--wait", "--description", "Two timeouts a day.", "--ref", "OPS-41", "--security-impact", "None."];
    let applied = submit("Bigger budget", &old.replace("budget = 3", "budget = 5"), &said);
    undone(&applied);
    let definition = dir.path().join("queue_depth.yaml");
    fs::write(&definition, DEFINITION).expect("a definition");
    let defined = signed(
        "developer",
        &[
            "update",
            "submit",
            "--type",
            "metric_definition",
            "--component",
            "metrics_collector",
            "--content",
            definition.to_str().expect("a path"),
            "--title",
            "Watch the queue",
            "--wait",
        ],
    );
    undone(defined["id"].as_str().expect("an id"));
    let withdrawn = submit("Second thoughts", &old.replace("budget = 3", "budget = 7"), &["--wait"]);
    signed("developer", &["update", "withdraw", &withdrawn, "--reason", "not needed"]);
    for act in ["adopt", "restore"] {
        let conf = world.join("targets/checkout/checkout.conf");
        let by_hand =
            format!("{}# by hand, before {act}\n", fs::read_to_string(&conf).expect("the demo's file"));
        fs::write(&conf, by_hand).expect("a change by hand");
        let drifted = submit("On top of a change by hand", &old.replace("budget = 3", "budget = 8"), &[]);
        until("it is blocked", 30, || {
            (done(&["update", "show", &drifted])["state"] == "blocked").then_some(())
        });
        signed("sre", &["component", act, "checkout", "--reason", "seen", "--wait"]);
        signed("developer", &["update", "withdraw", &drifted, "--reason", "to be written anew"]);
    }
    let target = dir.path().join("fraud-score.yaml");
    let root = world.join("targets/fraud-score");
    fs::create_dir_all(&root).expect("its root");
    fs::write(root.join("model.conf"), "threshold = 1\n").expect("its file");
    let document = format!(
        "component: fraud-score\ntitle: Fraud score\ncomponent_type: service\nversion: \"1.0\"\n\
         capabilities: [scores]\nmetrics: [error_rate]\ndepends_on: [checkout]\nenvironment: production\n\
         track: stable\nsecrets: [model_key]\ntarget:\n  kind: directory\n  root: {}\n  \
         managed: [\"*.conf\"]\n  check: {{ argv: [\"true\"], timeout_s: 5 }}\n",
        root.display()
    );
    fs::write(&target, document).expect("a target");
    let requested = signed("developer", &["component", "add", "--target", target.to_str().expect("a path")]);
    signed("sre", &["handshake", "approve", requested["id"].as_str().expect("an id")]);
    until("all five have answered", 30, || {
        (run(&world, &["component", "show", "fraud-score"]).status == 0).then_some(())
    });
    let denied = submit("Denied one", &old.replace("budget = 3", "budget = 9"), &["--wait"]);
    signed("sre", &["update", "deny", &denied, "--reason", "too much"]);
    done(&["audit", "export", "--name", "audit.jsonl"]);
    serve.stop();
    let report = verified(&world);
    let to = kept();
    if to.exists() {
        fs::remove_dir_all(&to).expect("the old one goes");
    }
    fs::create_dir_all(&to).expect("a directory");
    for part in ["blobs", "keys", "subsystems", "grace.db", "samples.db", "log.vkey", "pin", "world.json"] {
        let (from, to) = (world.join(part), to.join(part));
        if from.is_dir() {
            copy(&from, &to);
        } else {
            fs::copy(&from, &to).expect("a copy");
        }
    }
    fs::copy(world.join("exports/audit.jsonl"), to.join("audit.jsonl")).expect("the export");
    let facts = Facts {
        entries: report["size"].as_u64().expect("a size"),
        root: report["root"].as_str().expect("a root").to_owned(),
        rolled_back: applied,
    };
    fs::write(to.join("facts.json"), serde_json::to_vec_pretty(&facts).expect("JSON")).expect("its facts");
}

/// A copy as the engine left it: keys are for its owner only, which a version control system forgets.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a directory");
    for entry in fs::read_dir(from).expect("the world").map(|e| e.expect("an entry")) {
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if from.is_dir() {
            copy(&from, &to);
        } else {
            fs::copy(&from, &to).expect("a copy");
            fs::set_permissions(&to, fs::Permissions::from_mode(0o600)).expect("its mode");
        }
    }
}

fn world() -> (TempDir, PathBuf) {
    let dir = tempfile::tempdir().expect("a directory");
    let world = dir.path().join("world");
    copy(&kept(), &world);
    (dir, world)
}

fn verified(world: &Path) -> Value {
    run(world, &["log", "verify"]).done()
}

#[test]
fn it_verifies_and_reads_as_it_did() {
    let facts = facts();
    let (_dir, world) = world();
    let report = verified(&world);
    assert_eq!((&report["ok"], &report["size"]), (&true.into(), &facts.entries.into()), "{report}");
    assert_eq!(report["root"], facts.root);
    let update = run(&world, &["update", "show", &facts.rolled_back]).done();
    assert_eq!(update["state"], "rolled_back");
    assert_eq!(
        (&update["title"], &update["rollback"]["reason"]),
        (&"Bigger budget".into(), &"a drill".into())
    );
    assert_eq!(update["rollback"]["before"], update["rollback"]["after"], "{update}");
    let denied = run(&world, &["update", "list", "--state", "refused"]).done();
    assert_eq!(denied["updates"][0]["title"], "Denied one");
    let listed = run(&world, &["handshake", "list"]).done();
    assert_eq!(listed["handshakes"][0]["component"], "fraud-score");
}

#[test]
fn its_export_is_still_proved_offline() {
    let facts = facts();
    let (dir, world) = world();
    let (file, key) = (world.join("audit.jsonl"), world.join("log.vkey"));
    let report = run(
        dir.path(),
        &["audit", "verify", file.to_str().expect("a path"), "--trust", key.to_str().expect("a path")],
    )
    .done();
    assert_eq!((&report["ok"], &report["size"]), (&true.into(), &facts.entries.into()), "{report}");
    let export = fs::read_to_string(&file).expect("the export");
    for kind in HOLDS {
        assert!(export.contains(&format!("\"type\":\"{kind}\"")), "it holds no {kind}");
    }
}

#[test]
fn an_engine_opens_it_and_goes_on() {
    let facts = facts();
    let (_dir, world) = world();
    let serve = Serve::start(&world);
    assert!(serve.log_size() > facts.entries, "the start is in the log");
    let update = run(&world, &["update", "show", &facts.rolled_back]).done();
    assert_eq!(update["state"], "rolled_back");
    serve.stop();
    let report = verified(&world);
    assert_eq!(report["ok"], true, "{report}");
}
