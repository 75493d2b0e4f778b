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

/// Lives a short life in a demo world (one update rolled back, one denied, one component asking to join) and keeps what
/// a release must be able to open: log, blobs, keys, pin and an export; no target, no token, no person's key.
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
    let submit = |title: &str, text: &str| {
        fs::write(&file, text).expect("a file");
        let named = format!("checkout.conf={}", file.display());
        let id = signed(
            "developer",
            &["update", "submit", "--component", "checkout", "--file", &named, "--title", title, "--wait"],
        );
        id["id"].as_str().expect("an id").to_owned()
    };
    let applied = submit("Bigger budget", &old.replace("budget = 3", "budget = 5"));
    signed("sre", &["update", "approve", &applied]);
    until("it is observed", 30, || {
        (done(&["update", "show", &applied])["state"] == "observing").then_some(())
    });
    signed("sre", &["update", "rollback", &applied, "--reason", "a drill", "--wait"]);
    let target = dir.path().join("fraud-score.yaml");
    let root = world.join("targets/fraud-score");
    fs::create_dir_all(&root).expect("its root");
    fs::write(root.join("model.conf"), "threshold = 1\n").expect("its file");
    let document = format!(
        "component: fraud-score\ntitle: Fraud score\ncomponent_type: service\nversion: \"1.0\"\n\
         capabilities: []\nmetrics: [error_rate]\ntarget:\n  kind: directory\n  root: {}\n  \
         managed: [\"*.conf\"]\n  check: {{ argv: [\"true\"], timeout_s: 5 }}\n",
        root.display()
    );
    fs::write(&target, document).expect("a target");
    let asked = signed("developer", &["component", "add", "--target", target.to_str().expect("a path")]);
    signed("sre", &["handshake", "approve", asked["id"].as_str().expect("an id")]);
    until("all five have answered", 30, || {
        (run(&world, &["component", "show", "fraud-score"]).status == 0).then_some(())
    });
    let denied = submit("Denied one", &old.replace("budget = 3", "budget = 9"));
    signed("sre", &["update", "deny", &denied, "--reason", "too much"]);
    done(&["audit", "export", "--name", "audit.jsonl"]);
    serve.stop();
    let report = verified(&world);
    let to = kept();
    if to.exists() {
        fs::remove_dir_all(&to).expect("the old one goes");
    }
    fs::create_dir_all(&to).expect("a directory");
    for part in ["blobs", "keys", "subsystems", "grace.db", "log.vkey", "pin", "world.json"] {
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
    let asked = run(&world, &["handshake", "list"]).done();
    assert_eq!(asked["handshakes"][0]["component"], "fraud-score");
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
}

#[test]
fn an_engine_takes_it_up_and_goes_on() {
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
