//! Several updates at a time: whose turn it is, in which order their versions stand, and that none is forgotten.

use crate::harness::acts::{approvals, rollback};
use crate::harness::place::{component, plain_target};
use crate::harness::{Draft, Person, Place, Serve, Windows};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A world with the components `files` and `other`. Fields are dropped in this order.
struct Stage {
    serve: Serve,
    place: Place,
}

fn set() -> Stage {
    let place = Place::new();
    place.init(Windows::OPEN);
    let serve = Serve::start(&place.world());
    for id in ["files", "other"] {
        serve.join(&component(id, &plain_target(&place.target(id, &[("a.conf", "a = 1\n")]))));
    }
    Stage { serve, place }
}

fn content(stage: &Stage) -> String {
    std::fs::read_to_string(stage.place.path("files/a.conf")).expect("the target")
}

#[test]
fn the_second_update_of_a_component_waits_with_its_reason_until_the_first_has_ended() {
    let stage = set();
    let serve = &stage.serve;
    let [first, second, apart] = [("files", "a.conf"), ("files", "b.conf"), ("other", "a.conf")]
        .map(|(id, path)| serve.submit(&Draft::of(id, &[(path, "new = 1\n")])));
    for id in [&first, &second, &apart] {
        serve.wait_state(id, &["awaiting_approval"]);
    }
    serve.approve(&first, "bob").done();
    serve.wait_state(&first, &["observing"]);
    // The base has changed since it was prepared: that was another content, so it is prepared and approved anew.
    let again = serve.wait_state(&second, &["awaiting_approval"]);
    assert_eq!(again["needed"]["have"], 0, "{again}");
    serve.approve(&second, "bob").done();
    let waiting = serve.wait_state(&second, &["approved"]);
    let reason = waiting["reason"].as_str().unwrap_or_default();
    assert!(
        reason.starts_with("Waits for “") && reason.ends_with("on files."),
        "it says for whom it waits: {waiting}"
    );
    assert_eq!(waiting["receipts"], json!([]), "{waiting}");
    // Another component has its own turn.
    serve.approve(&apart, "bob").done();
    serve.wait_state(&apart, &["observing"]);
    assert_eq!(serve.update(&second)["state"], "approved");
    assert!(!stage.place.path("files/b.conf").exists(), "nothing of the second is there yet");

    let undo = json!({ "subject": first, "reason": "back" });
    Person::named("ann").act(serve, "rollback", &undo, &rollback(&first)).done();
    serve.wait_state(&first, &["rolled_back"]);
    // Its base is gone again; approved anew, it goes.
    let free = serve.wait_state(&second, &["awaiting_approval", "observing"]);
    if free["state"] == "awaiting_approval" {
        serve.approve(&second, "cid").done();
        serve.wait_state(&second, &["observing"]);
    }
    assert_eq!(content(&stage), "a = 1\n");
    assert_eq!(std::fs::read_to_string(stage.place.path("files/b.conf")).expect("the target"), "new = 1\n");
}

/// `v20261119.092510.2` as numbers that sort.
fn version(update: &Value) -> (u64, u64, u64) {
    let text = update["version"].as_str().expect("a version");
    let parts: Vec<u64> =
        text.strip_prefix('v').expect("a v").split('.').map(|part| part.parse().expect("a number")).collect();
    (parts[0], parts[1], parts[2])
}

#[test]
fn many_at_once_get_versions_in_the_order_of_the_log() {
    let stage = set();
    let serve = &stage.serve;
    let statements: Vec<Value> = (0..12)
        .map(|n| {
            let draft = Draft::of("files", &[("a.conf", &format!("a = {n} + 2\n"))]);
            serve
                .post("/api/statements", &json!({ "act": "submit", "person": "ann", "draft": draft.value }))
                .done()
        })
        .collect();
    std::thread::scope(|scope| {
        for statement in &statements {
            let envelope = Person::named("ann").sign(statement);
            scope.spawn(move || {
                serve.try_post("/api/unified-logic/config-update", &envelope).expect("an answer").done()
            });
        }
    });
    let list = serve.get("/api/unified-logic/updates?limit=100").done();
    let updates = list["updates"].as_array().expect("updates");
    assert_eq!(updates.len(), statements.len());
    let by_log: BTreeMap<u64, (u64, u64, u64)> = updates
        .iter()
        .map(|update| {
            let id = update["id"].as_str().expect("an id");
            let seq = serve.entries("update.proposed", id)[0]["seq"].as_u64().expect("a sequence");
            (seq, version(update))
        })
        .collect();
    let versions: Vec<_> = by_log.into_values().collect();
    assert!(versions.windows(2).all(|w| w[0] < w[1]), "{versions:?}");
    let seconds: std::collections::BTreeSet<_> = versions.iter().map(|v| (v.0, v.1)).collect();
    assert!(seconds.len() < versions.len(), "no two fell into one second: {versions:?}");
    for second in seconds {
        let counts: Vec<u64> = versions.iter().filter(|v| (v.0, v.1) == second).map(|v| v.2).collect();
        let whole: Vec<u64> = (counts[0]..).take(counts.len()).collect();
        assert_eq!(counts, whole, "within a second they count up: {versions:?}");
    }
}

#[test]
fn what_was_refused_failed_or_withdrawn_stays_listed_with_its_reason_after_a_restart() {
    let stage = set();
    let serve = &stage.serve;
    let [refused, withdrawn] =
        ["a = 2\n", "a = 3\n"].map(|text| serve.submit(&Draft::of("files", &[("a.conf", text)])));
    let failed = serve.submit(&Draft::of("files", &[("unmanaged.txt", "x\n")]));
    for id in [&refused, &withdrawn] {
        serve.wait_state(id, &["awaiting_approval"]);
    }
    let no = json!({ "subject": refused, "decision": "deny", "reason": "not on a Friday" });
    Person::named("cid").act(serve, "approve", &no, &approvals(&refused)).done();
    let stop = json!({ "subject": withdrawn, "reason": "not needed any more" });
    let path = format!("/api/unified-logic/updates/{withdrawn}/withdraw");
    Person::named("ann").act(serve, "withdraw", &stop, &path).done();
    // State, what the last entry says, and what the update gives as its reason.
    let ends = [
        (&refused, "refused", "Denied by cid.", "Denied by cid."),
        (&withdrawn, "withdrawn", "ann withdrew it.", "Withdrawn by ann: not needed any more."),
        (&failed, "failed", "unmanaged.txt", "unmanaged.txt"),
    ];
    for (id, state, ..) in ends {
        serve.wait_state(id, &[state]);
    }
    let Stage { serve, place } = stage;
    serve.stop();
    let serve = Serve::start(&place.world());
    let list = serve.get("/api/unified-logic/updates").done();
    for (id, state, said, why) in ends {
        let row = list["updates"].as_array().and_then(|l| l.iter().find(|u| u["id"] == id.as_str()));
        assert_eq!(row.expect("it is listed")["state"], state, "{list}");
        let shown = serve.update(id);
        let last = shown["entries"].as_array().and_then(|e| e.last()).expect("an entry").clone();
        assert!(last["sentence"].as_str().unwrap_or_default().contains(said), "{shown}");
        assert!(shown["reason"].as_str().unwrap_or_default().contains(why), "{shown}");
    }
    assert_eq!(serve.update(&refused)["approvals"][0]["reason"], "not on a Friday");
    assert_eq!(std::fs::read_to_string(place.path("files/a.conf")).expect("the target"), "a = 1\n");
}
