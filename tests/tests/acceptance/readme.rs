//! The README's tour, run as it is written: whoever pastes it gets what it promises.

use crate::harness::{Place, binary};
use std::path::Path;
use std::process::Command;

/// The block of README that begins with this fence.
fn block(fence: &str) -> String {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("../README.md");
    let readme = std::fs::read_to_string(readme).expect("the README");
    let begun = readme.split_once(&format!("```{fence}\n")).expect("a block of this name").1;
    begun.split_once("```").expect("its end").0.to_owned()
}

#[test]
fn its_tour_runs_as_it_is_written() {
    let place = Place::new();
    let built = binary::grace().parent().expect("it lies in a directory").display().to_string();
    // Only what a reader would see differ: where the programs and the world lie, and a wait in place of a guess.
    let mut tour = block("sh tour");
    for (written, here) in [
        ("$PWD/target/debug", built.as_str()),
        ("/tmp/demo", &place.text("demo")),
        ("sleep 2", "until [ -e \"$GRACE_DATA_DIR/engine.json\" ]; do read -rt 0.05 <> <(:) || :; done"),
    ] {
        assert!(tour.contains(written), "the tour has no `{written}` any more");
        tour = tour.replace(written, here);
    }
    let ended = Command::new("bash")
        .args(["-euo", "pipefail", "-c", &tour])
        .current_dir(place.top())
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", place.top())
        .output()
        .expect("bash runs");
    let said = String::from_utf8_lossy(&ended.stdout);
    let errors = String::from_utf8_lossy(&ended.stderr);
    assert!(ended.status.success(), "{}\n{said}\n{errors}", ended.status);
    for promised in ["rolled_back", "ok: yes", "exports/tour.jsonl"] {
        assert!(said.contains(promised), "`{promised}` is not said:\n{said}\n{errors}");
    }
}
