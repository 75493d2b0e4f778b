//! The evidence beside the log: a signed envelope that is damaged or gone is named, by entry, before an auditor asks.

use super::history::History;
use crate::harness::binary;
use serde_json::Value;
use std::fs;
use std::path::PathBuf;

#[test]
fn an_envelope_that_is_damaged_or_gone_is_named_with_its_entry() {
    let history = History::live(|_| {});
    let world = history.place.world();
    let seq = history.proposed.to_string();
    let shown = binary::run(&world, &["log", "show", &seq]).done();
    let entry: Value = serde_json::from_str(shown["text"].as_str().expect("its bytes")).expect("JSON");
    let digest = entry["by"]["envelope"].as_str().or(entry["body"]["by"]["envelope"].as_str());
    let digest = digest.unwrap_or_else(|| panic!("a submission names its envelope: {entry}")).to_owned();
    let file: PathBuf = world.join("blobs").join(&digest[..2]).join(&digest);
    let whole = fs::read(&file).expect("the envelope");
    let mut flipped = whole.clone();
    flipped[whole.len() / 2] ^= 1;
    for damage in [Some(flipped), None] {
        match &damage {
            Some(bytes) => fs::write(&file, bytes).expect("damaged"),
            None => fs::remove_file(&file).expect("gone"),
        }
        let report = binary::run(&world, &["log", "verify"]);
        assert_eq!(report.status, 1, "{report:?}");
        let broken = report.json()["broken"].clone();
        assert_eq!(broken.as_array().map(Vec::len), Some(1), "{broken}");
        assert_eq!(broken[0]["seq"], history.proposed, "{broken}");
        assert!(broken[0]["reason"].as_str().is_some_and(|r| r.contains(&digest)), "{broken}");
    }
    fs::write(&file, &whole).expect("put back");
    assert_eq!(binary::run(&world, &["log", "verify"]).done()["ok"], true);
}
