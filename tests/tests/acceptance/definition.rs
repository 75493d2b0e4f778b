//! A metric's definition changes like everything else: submitted, approved, in force, taken out again, and provable to
//! somebody who has the export alone.

use crate::harness::acts::rollback;
use crate::harness::binary::run;
use crate::harness::{Draft, Person, Place, Serve, Windows};
use serde_json::{Value, json};

/// Identities of the definitions that are in force.
fn in_force(serve: &Serve) -> Vec<Value> {
    let listed = serve.get("/api/metrics/definitions").done();
    let listed = listed["definitions"].as_array().expect("a list");
    listed.iter().map(|d| d["id"].clone()).collect()
}

#[test]
fn a_definition_is_submitted_put_in_force_and_removed_again_and_its_export_verifies() {
    let place = Place::new();
    place.init(Windows::OPEN);
    let serve = Serve::start(&place.world());
    let built_in = in_force(&serve);
    let mut draft = Draft::of("metrics_collector", &[]);
    draft.value["update_type"] = "metric_definition".into();
    draft.value["content"] = json!({
        "metric": "queue_depth",
        "definition": {
            "id": "queue_depth", "name": "Queue depth", "unit": "jobs", "kind": "level",
            "limits": { "absolute_micro": 5_000_000 }, "source": { "kind": "push" },
            "interval_s": 1, "baseline_s": 60,
        },
    });
    let request = json!({ "draft": draft.value });
    let submitted =
        Person::named("ann").act(&serve, "submit", &request, "/api/unified-logic/metric-update").done();
    let id = submitted["id"].as_str().expect("an update id").to_owned();
    serve.wait_state(&id, &["awaiting_approval"]);
    assert_eq!(in_force(&serve), built_in, "nothing is in force before it is approved");
    serve.approve(&id, "bob").done();
    serve.wait_state(&id, &["observing"]);
    assert!(in_force(&serve).contains(&"queue_depth".into()));
    let doctor = run(&place.world(), &["doctor"]).done();
    let checks = doctor["checks"].as_array().expect("checks");
    let kept = checks.iter().find(|c| c["name"] == "rollback_content").expect("the check");
    assert_eq!(kept["ok"], true, "what was not there before needs no bytes to come back to: {kept}");
    let undo = json!({ "subject": id, "reason": "not yet" });
    Person::named("ann").act(&serve, "rollback", &undo, &rollback(&id)).done();
    let back = serve.wait_state(&id, &["rolled_back"]);
    assert_eq!(in_force(&serve), built_in);
    // What was not there before has no digest to tell.
    for place in ["/rollback/before", "/rollback/after", "/rehearsal/before", "/receipts/0/before"] {
        assert_eq!(back.pointer(place), Some(&"absent".into()), "{place}: {back}");
    }
    let log = serve.get("/api/log?type=component.reverted").done();
    assert_eq!(log["entries"][0]["sentence"], "The document queue_depth is back as before: absent.", "{log}");
    for stage in back["stages"].as_array().expect("stages") {
        let sentence = stage["sentence"].as_str().expect("a sentence");
        assert!(!sentence.starts_with(char::is_lowercase) && sentence.ends_with('.'), "{stage}");
    }

    let world = place.world();
    let file = run(&world, &["audit", "export"]).done()["path"].as_str().expect("a path").to_owned();
    let key = world.join("log.vkey");
    let key = key.to_str().expect("a path");
    let report = run(&world, &["audit", "verify", &file, "--trust", key]).done();
    assert_eq!(report["ok"], true, "{report}");
    assert_eq!(run(&world, &["log", "verify"]).done()["ok"], true);
}
