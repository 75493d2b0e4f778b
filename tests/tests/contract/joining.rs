//! A request to join is recorded as it was signed: a member without a value is not signed, so that no export ever differs
//! from the request.

use super::stage::Stage;
use crate::harness::place::{component, plain_target};
use crate::harness::{Person, binary};
use serde_json::json;

#[test]
fn a_description_is_signed_in_its_one_form_and_the_export_verifies() {
    let stage = Stage::set();
    let (serve, ann) = (&stage.serve, Person::named("ann"));
    let root = stage.place.target("search", &[("a.conf", "a = 1\n")]);
    let mut document = component("search", &plain_target(&root));
    document["target"]["check"]["reads"] = json!([]);
    document["target"]["check"]["hosts"] = json!([]);
    let request = json!({ "act": "handshake_request", "person": "ann", "target": document });
    let statement = serve.post("/api/statements", &request).done();
    let other = ann.changed(&statement, |s| s["target"]["check"]["reads"] = json!([]));
    let answer = serve.try_post("/api/handshakes", &other).expect("an answer");
    assert_eq!(answer.code(), "target_spec_document", "{}", answer.text());
    serve.join(&document);
    let job = binary::run(&stage.place.world(), &["audit", "export", "--name", "joined.jsonl"]).done();
    let (path, trust) = (job["path"].as_str().expect("a path"), stage.place.text("world/log.vkey"));
    let report = binary::run(stage.place.top(), &["audit", "verify", path, "--trust", &trust]).done();
    assert_eq!(report["ok"], true, "{report}");
}
