//! A rollback needs one signature, its own submitter's if need be; what it leaves needs a review by another person.

use crate::harness::acts::{approvals, rollback};
use crate::harness::binary::run;
use crate::harness::place::{component, plain_target};
use crate::harness::{Draft, Person, Place, Serve, Windows};
use serde_json::{Value, json};

fn review(id: &str) -> String {
    format!("/api/unified-logic/updates/{id}/review")
}

/// The item of the overview that calls for the review of `id`, if one does.
fn needed(serve: &Serve, id: &str) -> Option<Value> {
    let needs = serve.get("/api/overview").done()["needs_you"].clone();
    needs.as_array().expect("a list").iter().find(|n| n["kind"] == "review" && n["id"] == id).cloned()
}

/// The code with which a review is refused.
fn said(serve: &Serve, person: &'static str, reason: &Value, id: &str) -> String {
    Person::named(person).act(serve, "review", reason, &review(id)).code()
}

#[test]
fn a_rollback_of_one_signature_needs_a_review_until_somebody_else_has_done_it() {
    let place = Place::new();
    place.init(Windows::OPEN);
    let serve = Serve::start(&place.world());
    serve.join(&component("files", &plain_target(&place.target("files", &[("a.conf", "a = 1\n")]))));
    let id = serve.submit(&Draft::of("files", &[("a.conf", "a = 2\n")]));
    serve.wait_state(&id, &["awaiting_approval"]);
    let early = json!({ "subject": id, "reason": "looked" });
    assert_eq!(said(&serve, "bob", &early, &id), "wrong_state");
    serve.approve(&id, "bob").done();
    serve.wait_state(&id, &["observing"]);
    assert_eq!(needed(&serve, &id), None);
    let undo = json!({ "subject": id, "reason": "it was better before" });
    Person::named("ann").act(&serve, "rollback", &undo, &rollback(&id)).done();
    let back = serve.wait_state(&id, &["rolled_back"]);
    assert_eq!(back["rollback"]["review"]["pending"], true, "{back}");
    let listed = serve.get("/api/unified-logic/updates").done();
    assert_eq!(listed["updates"][0]["reason"], "it was better before", "as it was written: {listed}");
    let item = needed(&serve, &id).expect("the overview calls for it");
    let sentence = item["sentence"].as_str().unwrap_or_default();
    assert!(sentence.contains("ann alone signed its rollback: it was better before"), "{item}");
    assert_eq!(item["components"], json!(["files"]));

    // Whoever signed the rollback cannot review it.
    let looked = json!({ "subject": id, "reason": "looked at the graphs: right" });
    assert_eq!(said(&serve, "ann", &looked, &id), "self_review");
    // It holds nothing up, and outlives the process.
    serve.kill();
    let serve = Serve::start(&place.world());
    assert!(needed(&serve, &id).is_some(), "a restart forgets no review");
    let next = serve.submit(&Draft::of("files", &[("a.conf", "a = 3\n")]));
    serve.wait_state(&next, &["awaiting_approval"]);

    Person::named("cid").act(&serve, "review", &looked, &review(&id)).done();
    let reviewed = serve.update(&id);
    let found = &reviewed["rollback"]["review"];
    assert_eq!((&found["pending"], &found["by"]), (&false.into(), &"cid".into()), "{reviewed}");
    assert_eq!(found["reason"], "looked at the graphs: right");
    assert_eq!((&reviewed["state"], needed(&serve, &id)), (&"rolled_back".into(), None), "{reviewed}");
    assert_eq!(said(&serve, "bob", &looked, &id), "nothing_to_review");
    // An approval is no review, and what was never rolled back has none.
    let no = json!({ "subject": next, "decision": "deny", "reason": "no" });
    Person::named("bob").act(&serve, "approve", &no, &approvals(&next)).done();
    serve.wait_state(&next, &["refused"]);
    assert_eq!(said(&serve, "bob", &json!({ "subject": next, "reason": "x" }), &next), "wrong_state");

    // What was reviewed stays reviewed.
    serve.kill();
    let serve = Serve::start(&place.world());
    assert_eq!((&serve.update(&id)["rollback"]["review"]["by"], needed(&serve, &id)), (&"cid".into(), None));

    let world = place.world();
    let file = run(&world, &["audit", "export"]).done()["path"].as_str().expect("a path").to_owned();
    let key = world.join("log.vkey");
    let key = key.to_str().expect("a path");
    assert_eq!(run(&world, &["audit", "verify", &file, "--trust", key]).done()["ok"], true);
    assert_eq!(run(&world, &["log", "verify"]).done()["ok"], true);
}

#[test]
fn what_needs_a_review_is_shown_as_it_is_and_not_as_it_was_meant() {
    let place = Place::new();
    place.init(Windows::OPEN);
    let serve = Serve::start(&place.world());
    let root = place.target("files", &[("a.conf", "a = 1\n")]);
    serve.join(&component("files", &plain_target(&root)));
    let id = serve.submit(&Draft::of("files", &[("a.conf", "a = 2\n")]));
    serve.wait_state(&id, &["awaiting_approval"]);
    serve.approve(&id, "bob").done();
    serve.wait_state(&id, &["observing"]);
    std::fs::write(root.join("a.conf"), "a = somebody else's\n").expect("another program writes");
    let undo = json!({ "subject": id, "reason": "it was better before" });
    Person::named("ann").act(&serve, "rollback", &undo, &rollback(&id)).done();
    serve.wait_state(&id, &["rollback_failed"]);
    assert_eq!(needed(&serve, &id).expect("the review is needed all the same")["state"], "rollback_failed");
}
