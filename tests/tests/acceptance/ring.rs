//! The ring of five, whose members are others here: each answers with a key of its own over HTTP, as a real subsystem
//! does. What counts, what does not, and how each handshake ends.

use crate::harness::acts::Draft;
use crate::harness::http::Reply;
use crate::harness::place::{PERSONS, component, persons, plain_target, policy};
use crate::harness::{CliPerson, Person, Place, Serve, Windows, binary, until};
use grace_domain::core::digest::Digest;
use grace_domain::crypto::checkpoint::{Checkpoint, Vkey, sign, verify};
use grace_domain::crypto::keys::SignerKey;
use grace_domain::governance::policy::ACKNOWLEDGERS;
use serde_json::{Value, json};

/// Longer than any test here.
const LONG_S: u64 = 600;

/// A world without components whose acknowledgers are all outside. Fields are dropped in this order.
struct Ring {
    serve: Serve,
    place: Place,
}

impl Ring {
    fn set(timeout_s: u64) -> Self {
        let place = Place::new();
        place.init_ring(timeout_s);
        let serve = Serve::start(&place.world());
        Self { serve, place }
    }

    /// A handshake that waits for its answers.
    fn announced(&self, id: &str) -> String {
        let root = self.place.target(id, &[("a.conf", "a = 1\n")]);
        let target = json!({ "target": component(id, &plain_target(&root)) });
        let requested =
            Person::named("ann").act(&self.serve, "handshake_request", &target, "/api/handshakes");
        let id = requested.done()["id"].as_str().expect("an id").to_owned();
        let yes = json!({ "subject": id, "decision": "approve" });
        let path = format!("/api/handshakes/{id}/approvals");
        Person::named("bob").act(&self.serve, "handshake_approve", &yes, &path).done();
        self.wait(&id, "announced");
        id
    }

    fn show(&self, id: &str) -> Value {
        self.serve.get(&format!("/api/handshakes/{id}")).done()
    }

    fn wait(&self, id: &str, state: &str) -> Value {
        until(&format!("{id} is {state}"), 30, || {
            let shown = self.show(id);
            (shown["state"] == state).then_some(shown)
        })
    }

    /// The answer that `by` would give, as the engine words it.
    fn statement(&self, id: &str, by: &str, vote: &str) -> Value {
        let mut request = json!({ "act": "ack", "person": by, "subject": id, "decision": vote });
        if vote == "nack" {
            request["reason"] = json!("I cannot see it");
        }
        self.serve.post("/api/statements", &request).done()
    }

    fn hand_in(&self, id: &str, envelope: &[u8]) -> Reply {
        self.serve.try_post(&format!("/api/handshakes/{id}/acks"), envelope).expect("an answer")
    }

    /// `by` answers with its own key.
    fn answer(&self, id: &str, by: &'static str, vote: &str) -> Reply {
        self.hand_in(id, &Person::named(by).sign(&self.statement(id, by, vote)))
    }

    /// The envelope of a changed answer of `by`, signed by whoever holds the key of `signer`.
    fn changed(&self, id: &str, by: &str, signer: &'static str, change: &dyn Fn(&mut Value)) -> Vec<u8> {
        Person::named(signer).changed(&self.statement(id, by, "ack"), change)
    }

    fn components(&self) -> Vec<String> {
        let list = self.serve.get("/api/components").done();
        let rows = list["components"].as_array().expect("components");
        rows.iter().map(|c| c["id"].as_str().expect("an id").to_owned()).collect()
    }

    fn prove(self) {
        self.serve.stop();
        assert_eq!(binary::run(&self.place.world(), &["log", "verify"]).done()["ok"], true);
    }
}

/// How many answers a handshake shows as counted.
fn counted(shown: &Value) -> usize {
    shown["acks"].as_array().expect("answers").iter().filter(|a| a["counted"] == true).count()
}

#[track_caller]
fn refused(name: &str, reply: &Reply, code: &str) {
    assert!((400..500).contains(&reply.status), "{name}: {} {}", reply.status, reply.text());
    assert_eq!(reply.code(), code, "{name}: {}", reply.text());
}

#[test]
fn answers_that_are_forged_borrowed_unbound_or_of_another_log_are_refused_and_leave_no_trace() {
    let ring = Ring::set(LONG_S);
    let id = ring.announced("web");
    let before = ring.serve.settled_size();
    let by = "memory_fusion";
    let zero = "0".repeat(64);
    let own: &dyn Fn(&mut Value) = &|_| {};
    for (name, envelope, code) in [
        ("forged", ring.changed(&id, by, "nobody", own), "bad_signature"),
        ("with another's key", ring.changed(&id, by, "agentic_spine", own), "bad_signature"),
        ("with a person's key", ring.changed(&id, by, "bob", own), "bad_signature"),
        ("of somebody unknown", ring.changed(&id, by, by, &|p| p["by"] = json!("nobody")), "unknown_key"),
        (
            "in another's name",
            ring.changed(&id, by, by, &|p| p["by"] = json!("agentic_spine")),
            "bad_signature",
        ),
        (
            "over another request",
            ring.changed(&id, by, by, &|p| p["request"] = json!(zero)),
            "wrong_handshake",
        ),
        (
            "another nonce",
            ring.changed(&id, by, by, &|p| p["nonce"] = json!("0".repeat(32))),
            "wrong_handshake",
        ),
        (
            "of another type",
            Person::named(by).envelope("application/vnd.grace.approval+json", b"{}"),
            "wrong_payload_type",
        ),
    ] {
        refused(name, &ring.hand_in(&id, &envelope), code);
    }

    // What the sender says it has seen: a fork that the log's own key signed, a longer log, another, and nonsense.
    let seed = ring.place.path("world/keys/log.key");
    let seed: Digest = std::fs::read_to_string(seed).expect("the log's key").trim().parse().expect("a seed");
    let key = SignerKey::from_seed(*seed.as_bytes());
    let vkey = std::fs::read_to_string(ring.place.path("world/log.vkey")).expect("the log's name");
    let vkey: Vkey = vkey.trim().parse().expect("a verifier key");
    let statement = ring.statement(&id, by, "ack");
    let payload: Value =
        serde_json::from_str(statement["payload"].as_str().expect("a payload")).expect("JSON");
    let seen = verify(payload["seen"].as_str().expect("a note"), &vkey).expect("the newest checkpoint");
    assert_eq!(seen.size, before, "an answer carries the newest checkpoint");
    let unknown = SignerKey::from_seed([7; 32]);
    for (name, note) in [
        ("a fork", sign(&Checkpoint { root: Digest::of(b"fork"), ..seen.clone() }, &key).text),
        ("a longer log", sign(&Checkpoint { size: seen.size + 7, ..seen.clone() }, &key).text),
        ("another log", sign(&Checkpoint { origin: "grace.local/other".into(), ..seen.clone() }, &key).text),
        ("nobody's word", sign(&seen, &unknown).text),
        ("nonsense", "not a checkpoint".to_owned()),
    ] {
        let envelope = ring.changed(&id, by, by, &|p| p["seen"] = json!(note));
        refused(name, &ring.hand_in(&id, &envelope), "not_a_continuation");
    }
    assert_eq!(ring.serve.log_size(), before, "a refusal wrote something");
    assert_eq!(ring.show(&id)["acks"], json!([]));

    // The honest answer counts, once.
    let honest = Person::named(by).sign(&statement);
    ring.hand_in(&id, &honest).done();
    refused("the same again", &ring.hand_in(&id, &honest), "duplicate_ack");
    refused("the same word anew", &ring.answer(&id, by, "ack"), "duplicate_ack");
    assert_eq!(counted(&ring.show(&id)), 1);

    // Nor does it speak for another handshake, wherever it is handed in.
    let other = ring.announced("mail");
    refused("replayed", &ring.hand_in(&other, &honest), "wrong_subject");
    let bent = ring.changed(&id, by, by, &|p| p["handshake"] = json!(other));
    refused("bent to another", &ring.hand_in(&other, &bent), "wrong_handshake");
    assert_eq!(ring.show(&other)["acks"], json!([]));
    ring.prove();
}

#[test]
fn five_answers_integrate_and_a_nack_afterwards_suspends() {
    let ring = Ring::set(LONG_S);
    let id = ring.announced("web");
    for (n, by) in ACKNOWLEDGERS.into_iter().enumerate() {
        assert_eq!(ring.show(&id)["state"], "announced", "not before the fifth");
        assert!(!ring.components().contains(&"web".to_owned()), "registered before the quorum");
        ring.answer(&id, by, "ack").done();
        assert_eq!(counted(&ring.show(&id)), n + 1);
    }
    until("it belongs", 30, || {
        let shown = ring.show(&id);
        if shown["state"] == "validating" {
            ring.serve.push("web", 0.01);
        }
        (shown["state"] == "active").then_some(())
    });
    let update = ring.serve.submit(&Draft::of("web", &[("a.conf", "a = 2\n")]));
    ring.serve.wait_state(&update, &["awaiting_approval"]);

    ring.answer(&id, ACKNOWLEDGERS[1], "nack").done();
    let shown = ring.wait(&id, "suspended");
    let last = shown["acks"].as_array().and_then(|a| a.last()).expect("an answer").clone();
    assert_eq!((&last["by"], &last["code"]), (&json!(ACKNOWLEDGERS[1]), &json!("contradiction")), "{last}");
    assert_eq!(last["counted"], false);
    let web = ring.serve.get("/api/components/web").done();
    assert_eq!(web["row"]["state"], "suspended", "{web}");
    let next = ring.serve.try_submit(&Draft::of("web", &[("a.conf", "a = 3\n")]));
    refused("an update of what is suspended", &next, "component_not_ready");
    ring.prove();
}

/// What is said about the acknowledgers of a handshake: on its steps, as people read it, by the doctor.
fn said_of_acknowledgers(place: &Place, id: &str) -> [String; 3] {
    let world = place.world();
    let shown = binary::run(&world, &["handshake", "show", id]).done();
    let step = shown["steps"][3]["sentence"].as_str().unwrap_or_default().to_owned();
    let read = binary::command(&world).args(["handshake", "show", id]).output().expect("grace starts");
    let doctor = binary::run(&world, &["doctor"]).done();
    let checks = doctor["checks"].as_array().expect("checks");
    let check = checks.iter().find(|c| c["name"] == "acknowledgers").expect("they are looked at");
    let check = check["detail"].as_str().unwrap_or_default().to_owned();
    [step, String::from_utf8(read.stdout).expect("words"), check]
}

#[test]
fn who_plays_the_acknowledgers_is_said_wherever_their_answers_are_shown() {
    let place = Place::new();
    place.init(Windows::OPEN);
    let root = place.target("srv", &[("a.conf", "a = 1\n")]);
    let serve = Serve::start(&place.world());
    let joined = serve.join(&component("files", &plain_target(&root)));
    let running = said_of_acknowledgers(&place, &joined.handshake);
    assert_eq!(simulated_in_export(&place), json!(ACKNOWLEDGERS));
    serve.stop();
    for said in running.into_iter().chain(said_of_acknowledgers(&place, &joined.handshake)) {
        assert!(said.contains("simulated by this engine"), "a real world says it too: {said}");
    }

    // Whoever answers from elsewhere is not simulated.
    let ring = Ring::set(LONG_S);
    let id = ring.announced("web");
    for by in ACKNOWLEDGERS {
        ring.answer(&id, by, "ack").done();
    }
    for said in said_of_acknowledgers(&ring.place, &id) {
        assert!(!said.contains("simulated"), "{said}");
    }
    assert_eq!(simulated_in_export(&ring.place), json!([]));
}

/// Which acknowledgers whoever verifies an export learns to be played by the engine.
fn simulated_in_export(place: &Place) -> Value {
    let job = binary::run(&place.world(), &["audit", "export", "--name", "history.audit"]).done();
    let (file, vkey) = (job["path"].as_str().expect("a path"), place.text("world/log.vkey"));
    let nowhere = std::path::Path::new("/nonexistent");
    binary::run(nowhere, &["audit", "verify", file, "--trust", &vkey]).done()["simulated"].clone()
}

#[test]
fn a_nack_ends_it_at_once_with_its_reason() {
    let ring = Ring::set(LONG_S);
    let id = ring.announced("web");
    ring.answer(&id, "agentic_spine", "ack").done();
    ring.answer(&id, "memory_fusion", "nack").done();
    let shown = ring.show(&id);
    assert_eq!(shown["state"], "refused_by");
    assert_eq!(shown["reason"], "Refused by memory_fusion: I cannot see it.");
    for by in ["metrics_collector", "self_heal_scheduler", "anomaly_watchdog"] {
        ring.answer(&id, by, "ack").done();
    }
    let shown = ring.show(&id);
    assert_eq!((&shown["state"], counted(&shown)), (&json!("refused_by"), 2), "late answers change nothing");
    assert!(!ring.components().contains(&"web".to_owned()));
    // Whoever has said yes and then says no ends it as well.
    let again = ring.announced("web");
    ring.answer(&again, "agentic_spine", "ack").done();
    ring.answer(&again, "agentic_spine", "nack").done();
    assert_eq!(ring.show(&again)["state"], "refused_by");
    ring.prove();
}

#[test]
fn four_of_five_at_the_deadline_are_no_quorum_and_the_fifth_comes_too_late() {
    let ring = Ring::set(3);
    let id = ring.announced("web");
    for by in &ACKNOWLEDGERS[..4] {
        ring.answer(&id, by, "ack").done();
    }
    let failed = ring.wait(&id, "quorum_failed");
    assert_eq!(failed["missing"], json!([ACKNOWLEDGERS[4]]), "{failed}");
    assert!(failed["reason"].as_str().unwrap_or_default().contains(ACKNOWLEDGERS[4]), "{failed}");
    let size = ring.serve.settled_size();
    ring.answer(&id, ACKNOWLEDGERS[4], "ack").done();
    assert_eq!(ring.serve.log_size(), size + 1, "a late answer is logged");
    let shown = ring.show(&id);
    assert_eq!((&shown["state"], counted(&shown)), (&json!("quorum_failed"), 4), "{shown}");
    let last = shown["acks"].as_array().and_then(|a| a.last()).expect("an answer").clone();
    assert_eq!((&last["code"], &last["counted"]), (&json!("late"), &json!(false)), "{last}");
    assert!(!ring.components().contains(&"web".to_owned()));
    ring.prove();
}

#[test]
fn an_acknowledger_elsewhere_answers_with_a_key_that_was_made_like_a_persons() {
    let place = Place::new();
    let people: Vec<(&str, String)> = PERSONS.iter().map(|id| (*id, Person::named(id).public())).collect();
    let keys = ACKNOWLEDGERS.map(|id| CliPerson::create(place.top(), id));
    let named = keys.iter().map(|key| format!("  {}: \"{}\"\n", key.id, key.public));
    let yaml = persons(&people) + "acknowledgers:\n" + &named.collect::<String>();
    place.try_init(&yaml, &policy(Windows::OPEN, LONG_S)).done();
    let ring = Ring { serve: Serve::start(&place.world()), place };
    let id = ring.announced("web");
    let world = ring.place.world();
    // Another's key, and one that nobody registered.
    let (first, second) = (&keys[0], &keys[1]);
    let stolen = CliPerson { id: first.id, ..CliPerson::create(ring.place.top(), "nobody") };
    stolen.run(&world, &["handshake", "ack", &id]).refused("bad_signature");
    let other = CliPerson { id: first.id, key: second.key.clone(), ..stolen };
    other.run(&world, &["handshake", "ack", &id]).refused("bad_signature");
    for key in &keys {
        key.run(&world, &["handshake", "ack", &id]).done();
    }
    ring.wait(&id, "validating");
}
