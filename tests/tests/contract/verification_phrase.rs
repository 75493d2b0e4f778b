//! One digest and one verification phrase for an update, the same wherever it is shown: whoever compares it by voice
//! compares what is signed.

use super::stage::Stage;
use crate::harness::acts::approvals;
use crate::harness::place::{component, plain_target};
use crate::harness::{Draft, Person, binary};
use grace_domain::core::digest::Digest;
use grace_domain::statement::bound_digest;
use serde_json::{Value, json};

/// What the command line says without `--json`.
fn told(stage: &Stage, id: &str) -> String {
    let shown =
        binary::command(&stage.place.world()).args(["update", "show", id]).output().expect("grace starts");
    String::from_utf8_lossy(&[shown.stdout, shown.stderr].concat()).into_owned()
}

/// What the command line says of a handshake without `--json`.
fn told_of_handshake(stage: &Stage, id: &str) -> String {
    let shown = binary::command(&stage.place.world()).args(["handshake", "show", id]).output();
    String::from_utf8_lossy(&shown.expect("grace starts").stdout).into_owned()
}

fn digest(value: &Value) -> Digest {
    value.as_str().expect("a digest").parse().expect("a digest")
}

#[test]
fn before_stage_5_every_surface_says_that_the_phrase_comes_with_it() {
    let stage = Stage::set();
    let draft = Draft::of("files", &[("not-managed.bin", "x")]);
    let request = json!({ "act": "submit", "draft": draft.value });
    assert_eq!(stage.serve.post("/api/signing", &request).done()["verification_phrase"], Value::Null);
    let id = stage.serve.submit(&draft);
    let failed = stage.serve.wait_state(&id, &["failed"]);
    assert_eq!((&failed["bound"], &failed["verification_phrase"]), (&Value::Null, &Value::Null));
    let signing = stage.serve.post("/api/signing", &json!({ "act": "approve", "subject": id })).done();
    assert_eq!(signing["verification_phrase"], Value::Null);
    let told = told(&stage, &id);
    assert!(told.contains("the verification phrase comes with stage 5"), "{told}");
}

#[test]
fn an_update_has_one_verification_phrase_wherever_it_is_shown() {
    let stage = Stage::set();
    let serve = &stage.serve;
    let id = serve.submit(&Draft::of("files", &[("main.conf", "a = 2\n")]));
    let shown = serve.wait_state(&id, &["awaiting_approval"]);
    let phrase = &shown["verification_phrase"];
    assert_eq!(phrase.as_array().map(Vec::len), Some(6), "{shown}");
    for act in ["approve", "withdraw"] {
        let signing = serve.post("/api/signing", &json!({ "act": act, "subject": id })).done();
        assert_eq!(signing["verification_phrase"], *phrase, "{act}");
        assert_eq!(signing["update"]["bound"], shown["bound"], "{act}");
    }
    let words: Vec<&str> = phrase.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let told = told(&stage, &id);
    assert!(told.contains(&words.join(" ")), "{told}");

    // What is signed names the four of which `bound` is made, and the log keeps `bound` itself.
    let request = json!({ "act": "approve", "person": "bob", "subject": id, "decision": "approve" });
    let statement = serve.post("/api/statements", &request).done();
    let said: Value = serde_json::from_str(statement["payload"].as_str().expect("text")).expect("JSON");
    let [set, package, plan, policy] =
        ["set", "package", "rollback_plan", "policy"].map(|member| digest(&said[member]));
    assert_eq!(bound_digest(&id, &set, &package, &plan, &policy), digest(&shown["bound"]));
    let signed = Person::named("bob").sign(&statement);
    serve.try_post(&approvals(&id), &signed).expect("an answer").done();
    let job = binary::run(&stage.place.world(), &["audit", "export", "--name", "one.audit"]).done();
    let export = std::fs::read_to_string(job["path"].as_str().expect("a path")).expect("an export");
    let entry =
        export.lines().find(|line| line.contains("\"type\":\"update.approval\"")).expect("an approval");
    let entry: Value = serde_json::from_str(entry).expect("an entry");
    assert_eq!(entry["bound"], shown["bound"]);
}

#[test]
fn a_handshake_has_one_verification_phrase_and_it_comes_with_the_request() {
    let stage = Stage::set();
    let serve = &stage.serve;
    let root = stage.place.target("search", &[("a.conf", "a = 1\n")]);
    let target = component("search", &plain_target(&root));
    let request = json!({ "act": "handshake_request", "target": target });
    assert_eq!(serve.post("/api/signing", &request).done()["verification_phrase"], Value::Null);
    let requested =
        Person::named("ann").act(serve, "handshake_request", &json!({ "target": target }), "/api/handshakes");
    let id = requested.done()["id"].as_str().expect("an id").to_owned();
    let phrase = serve.get(&format!("/api/handshakes/{id}")).done()["verification_phrase"].clone();
    let words: Vec<&str> = phrase.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    assert_eq!(words.len(), 6, "{phrase}");
    let signing = serve.post("/api/signing", &json!({ "act": "handshake_approve", "subject": id })).done();
    assert_eq!(signing["verification_phrase"], phrase);
    let told = told_of_handshake(&stage, &id);
    assert!(told.contains(&words.join(" ")) && told.contains("requested by ann"), "{told}");
}
