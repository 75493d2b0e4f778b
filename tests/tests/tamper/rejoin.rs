//! A component that comes back with another key: an honest export says so and verifies.

use crate::harness::place::{component, plain_target};
use crate::harness::{Draft, Person, Place, Serve, Windows, binary, until};
use serde_json::json;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

#[test]
fn an_export_verifies_after_a_component_came_back_with_another_key() {
    let place = Place::new();
    place.init(Windows::OPEN);
    let root = place.target("srv", &[("a.conf", "a = 1\n")]);
    let document = component("files", &plain_target(&root));
    let serve = Serve::start(&place.world());
    let request = json!({ "target": document });
    let requested = Person::named("ann").act(&serve, "handshake_request", &request, "/api/handshakes").done();
    let id = requested["id"].as_str().expect("an id");
    let yes = json!({ "subject": id, "decision": "approve" });
    Person::named("bob")
        .act(&serve, "handshake_approve", &yes, &format!("/api/handshakes/{id}/approvals"))
        .done();
    // It joins, says nothing, and is put aside.
    let first = until("it is put aside", 30, || {
        let shown = serve.get(&format!("/api/handshakes/{id}")).done();
        (shown["state"] == "suspended").then_some(shown)
    });
    let path = place.path("world/keys/components/files.key");
    // Whoever keeps the world gives it a key in a file of its own.
    let file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    let seed = "0123456789abcdef".repeat(4);
    file.and_then(|mut file| file.write_all(seed.as_bytes())).expect("it had none");

    let again = serve.join(&document);
    let second = serve.get(&format!("/api/handshakes/{}", again.handshake)).done();
    assert_ne!(first["crypto_id"], second["crypto_id"], "the key is another one: {second}");
    let update = serve.submit(&Draft::of("files", &[("a.conf", "a = 2\n")]));
    serve.wait_state(&update, &["awaiting_approval"]);
    serve.approve(&update, "bob").done();
    let shown = serve.wait_state(&update, &["observing"]);
    assert_eq!(
        shown["receipts"][0]["crypto_id"], second["crypto_id"],
        "the receipt is signed with it: {shown}"
    );

    let job = binary::run(&place.world(), &["audit", "export", "--name", "history.audit"]).done();
    serve.stop();
    let (path, vkey) = (job["path"].as_str().expect("a path"), place.text("world/log.vkey"));
    let answer = binary::run(Path::new("/nonexistent"), &["audit", "verify", path, "--trust", &vkey]).done();
    assert_eq!((answer["ok"].as_bool(), &answer["broken"]), (Some(true), &json!([])), "{answer}");
}
