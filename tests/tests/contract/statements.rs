//! Signed statements that must not count, each with its own code, handed to the real binary.

use super::stage::{SUBMIT, Stage};
use crate::harness::acts::{approvals, rollback};
use crate::harness::{Draft, Person};
use serde_json::{Value, json};

fn change() -> Draft {
    Draft::of("files", &[("main.conf", "a = 2\n")])
}

/// An envelope whose signature differs in one byte, and is as long as before.
fn one_byte_changed(envelope: &str) -> String {
    let at = envelope.find("\"sig\":\"").expect("a signature") + "\"sig\":\"".len() + 4;
    let other = if envelope.as_bytes()[at] == b'A' { "B" } else { "A" };
    format!("{}{other}{}", &envelope[..at], &envelope[at + 1..])
}

#[test]
fn approvals_that_must_not_count_are_refused_each_with_its_code() {
    let stage = Stage::set();
    let serve = &stage.serve;
    let (id, other) =
        (serve.submit(&change()), serve.submit(&Draft::of("files", &[("deep/b.conf", "b = 2\n")])));
    for id in [&id, &other] {
        serve.wait_state(id, &["awaiting_approval"]);
    }
    let before = serve.settled_size();
    let approve = |id: &str, body: &[u8]| serve.try_post(&approvals(id), body).expect("an answer");
    let (ann, bob, cid) = (Person::named("ann"), Person::named("bob"), Person::named("cid"));
    let yes = json!({ "subject": id, "decision": "approve" });
    let statement = |person: &str| {
        serve
            .post(
                "/api/statements",
                &json!({ "act": "approve", "person": person, "subject": id, "decision": "approve" }),
            )
            .done()
    };
    let changed =
        |signer: &Person, change: &dyn Fn(&mut Value)| signer.changed(&statement(signer.id), change);
    let zero = "0".repeat(64);
    let good = bob.statement(serve, "approve", &yes);
    let text = String::from_utf8(good.clone()).expect("text");
    let statement_of_bob = statement("bob");
    let payload = statement_of_bob["payload"].as_str().expect("text");

    let cases: Vec<(&str, Vec<u8>, &str)> = vec![
        ("self-approval", ann.statement(serve, "approve", &yes), "self_approval"),
        ("somebody else's key", Person::with_key_of("bob", "ann").sign(&statement_of_bob), "unknown_key"),
        (
            "a key that nobody has",
            Person::with_key_of("bob", "nobody").sign(&statement_of_bob),
            "bad_signature",
        ),
        ("another set", changed(&bob, &|p| p["set"] = json!(zero)), "wrong_digest"),
        ("another package", changed(&bob, &|p| p["package"] = json!(zero)), "wrong_digest"),
        ("another rollback plan", changed(&bob, &|p| p["rollback_plan"] = json!(zero)), "wrong_digest"),
        ("another policy", changed(&bob, &|p| p["policy"] = json!(zero)), "wrong_digest"),
        ("an unknown person", changed(&bob, &|p| p["person"] = json!("eve")), "unknown_person"),
        ("in somebody else's name", changed(&bob, &|p| p["person"] = json!("cid")), "unknown_key"),
        (
            "expired",
            changed(&bob, &|p| p["expires"] = json!("2020-01-01T00:00:00.000Z")),
            "statement_expired",
        ),
        ("of another stage", changed(&bob, &|p| p["stage"] = json!("distribution")), "wrong_stage"),
        (
            "of another type",
            bob.envelope("application/vnd.grace.update+json", payload.as_bytes()),
            "wrong_payload_type",
        ),
        ("with one byte changed", one_byte_changed(&text).into_bytes(), "bad_signature"),
        (
            "with a signature of another length",
            text.replacen("\"sig\":\"", "\"sig\":\"AAAA", 1).into_bytes(),
            "bad_envelope",
        ),
    ];
    for (name, body, code) in cases {
        let reply = approve(&id, &body);
        println!("{name}: {} {}", reply.status, reply.code());
        assert!((400..500).contains(&reply.status), "{name}: {}", reply.text());
        assert_eq!(reply.code(), code, "{name}: {}", reply.text());
        assert_eq!(serve.log_size(), before, "{name}: a refusal wrote something");
    }
    let replayed = approve(&other, &good);
    assert_eq!(replayed.code(), "wrong_subject", "an approval belongs to one update: {}", replayed.text());
    let shown = serve.update(&id);
    assert_eq!(
        (&shown["state"], &shown["needed"]["have"]),
        (&json!("awaiting_approval"), &json!(0)),
        "none counted"
    );

    // The denial is final, whoever approves afterwards.
    let no = json!({ "subject": id, "decision": "deny", "reason": "no" });
    cid.act(serve, "approve", &no, &approvals(&id)).done();
    assert_eq!(serve.update(&id)["state"], "refused");
    assert_eq!(approve(&id, &good).code(), "after_denial");
}

#[test]
fn a_statement_is_taken_once_and_the_same_person_counts_once() {
    let stage = Stage::set();
    let serve = &stage.serve;
    let mut draft = change();
    draft.value["risk_level"] = json!("high");
    let statement = stage.statement(&draft);
    let envelope = Person::named("ann").sign(&statement);
    let id = serve.try_post(SUBMIT, &envelope).expect("an answer").done()["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    assert_eq!(serve.try_post(SUBMIT, &envelope).expect("an answer").code(), "replayed");
    serve.wait_state(&id, &["awaiting_approval"]);
    let bob = Person::named("bob");
    let first = serve.approval(&id, &bob);
    let path = approvals(&id);
    serve.try_post(&path, &first).expect("an answer").done();
    let size = serve.log_size();
    assert_eq!(serve.try_post(&path, &first).expect("an answer").code(), "nonce_used", "the same envelope");
    let again = serve.try_post(&path, &serve.approval(&id, &bob)).expect("an answer");
    assert_eq!(again.code(), "same_person", "{}", again.text());
    assert_eq!(serve.log_size(), size, "a refusal wrote something");
    assert_eq!(serve.update(&id)["needed"]["have"], 1);
    // An idempotency key gives the first answer again, and only for the same body.
    let cid = serve.approval(&id, &Person::named("cid"));
    let keyed = |body: &[u8]| {
        let request = serve.request("POST", &path).header("Content-Type", "application/json");
        serve.send(&request.header("Idempotency-Key", "one-key").body(body)).expect("an answer")
    };
    let (one, two) = (keyed(&cid).done(), keyed(&cid).done());
    assert_eq!(one, two);
    assert_eq!(keyed(&first).code(), "idempotency_key_reused");
    serve.wait_state(&id, &["observing"]);
    let receipts = serve.entries("update.receipt", &id).len();
    assert_eq!(receipts, 1, "applied once");
    let undo = json!({ "subject": id, "reason": "back" });
    Person::named("dot").act(serve, "rollback", &undo, &rollback(&id)).done();
    serve.wait_state(&id, &["rolled_back"]);
}

#[test]
fn a_submission_with_a_member_that_does_nothing_yet_is_refused_by_name() {
    let stage = Stage::set();
    let statement = stage.statement(&change());
    let size = stage.serve.settled_size();
    for (member, value) in [
        ("emergency", json!(true)),
        ("not_before", json!("2026-01-01T00:00:00.000Z")),
        ("on_behalf_of", json!("bob")),
    ] {
        let envelope = Person::named("ann").changed(&statement, |p| p[member] = value.clone());
        let reply = stage.serve.try_post(SUBMIT, &envelope).expect("an answer");
        assert_eq!((reply.status, reply.code()), (422, "not_supported_yet".into()), "{}", reply.text());
        assert!(reply.text().contains(member), "{}", reply.text());
    }
    assert_eq!(stage.serve.log_size(), size, "a refusal wrote something");
}
