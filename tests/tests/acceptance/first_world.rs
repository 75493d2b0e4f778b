//! The world of the first release, as it was left: every later release opens it, proves it and goes on with it.
//! `tests/worlds/1` is never written anew.

use crate::harness::Serve;
use crate::harness::binary::run;
use serde_json::Value;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const ENTRIES: u64 = 61;
const ROOT: &str = "a7eedc69d02628463455a5d5c34a81324945f0d313812a64bbd0ade1e67a96d5";
const ROLLED_BACK: &str = "upd_01a205f2-3b50-7f93-94c4-e4396fd7a49d";

fn kept() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("worlds/1")
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
    let (_dir, world) = world();
    let report = verified(&world);
    assert_eq!((&report["ok"], &report["size"]), (&true.into(), &ENTRIES.into()), "{report}");
    assert_eq!(report["root"], ROOT);
    let update = run(&world, &["update", "show", ROLLED_BACK]).done();
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
    let (dir, world) = world();
    let (file, key) = (world.join("audit.jsonl"), world.join("log.vkey"));
    let report = run(
        dir.path(),
        &["audit", "verify", file.to_str().expect("a path"), "--trust", key.to_str().expect("a path")],
    )
    .done();
    assert_eq!((&report["ok"], &report["size"]), (&true.into(), &ENTRIES.into()), "{report}");
}

#[test]
fn an_engine_takes_it_up_and_goes_on() {
    let (_dir, world) = world();
    let serve = Serve::start(&world);
    assert!(serve.log_size() > ENTRIES, "the start is in the log");
    let update = run(&world, &["update", "show", ROLLED_BACK]).done();
    assert_eq!(update["state"], "rolled_back");
    serve.stop();
    let report = verified(&world);
    assert_eq!(report["ok"], true, "{report}");
}
