//! A service from the people's document to the offline proof: it submits, and decides nothing; nor does whoever answers
//! for it.

use super::stage::{SUBMIT, Stage};
use crate::harness::acts::approvals;
use crate::harness::place::{PERSONS, persons, policy};
use crate::harness::{Draft, Person, Place, Windows, binary};
use serde_json::json;

/// The usual world, and the service `ci`, for which ann answers.
fn with_a_service() -> Stage {
    let place = Place::new();
    let people: Vec<(&str, String)> = PERSONS.iter().map(|id| (*id, Person::named(id).public())).collect();
    let ci = Person::named("ci").public();
    let service =
        format!("  ci:\n    name: Pipeline\n    kind: service\n    owner: ann\n    keys: [\"{ci}\"]\n");
    place.try_init(&(persons(&people) + &service), &policy(Windows::OPEN, 30)).done();
    Stage::on(place)
}

#[test]
fn a_service_submits_and_neither_it_nor_its_owner_approves() {
    let stage = with_a_service();
    let (serve, ci) = (&stage.serve, Person::named("ci"));
    let mut draft = Draft::of("files", &[("main.conf", "a = 2\n")]);
    draft.value["created_by"] = json!("ci");
    let submitted = ci.act(serve, "submit", &json!({ "draft": draft.value }), SUBMIT).done();
    let id = submitted["id"].as_str().expect("an id").to_owned();
    let shown = serve.wait_state(&id, &["awaiting_approval"]);
    assert_eq!(shown["created_by"], "ci", "{shown}");

    let request = json!({ "act": "approve", "person": "bob", "subject": id, "decision": "approve" });
    let statement = serve.post("/api/statements", &request).done();
    let before = serve.settled_size();
    for (who, code) in [("ci", "service_cannot_sign"), ("ann", "self_approval")] {
        let signed = Person::named(who).changed(&statement, |s| s["person"] = json!(who));
        let answer = serve.try_post(&approvals(&id), &signed).expect("an answer");
        assert_eq!(answer.code(), code, "{who}: {}", answer.text());
    }
    let withdrawal = json!({ "act": "withdraw", "person": "ann", "subject": id, "reason": "a drill" });
    let statement = serve.post("/api/statements", &withdrawal).done();
    let signed = ci.changed(&statement, |s| s["person"] = json!("ci"));
    let answer =
        serve.try_post(&format!("/api/unified-logic/updates/{id}/withdraw"), &signed).expect("an answer");
    assert_eq!(answer.code(), "service_cannot_sign", "{}", answer.text());
    assert_eq!(serve.settled_size(), before, "what does not count leaves no trace");

    serve.approve(&id, "bob").done();
    serve.wait_state(&id, &["observing"]);
    let world = stage.place.world();
    let job = binary::run(&world, &["audit", "export", "--name", "service.jsonl"]).done();
    let (path, trust) = (job["path"].as_str().expect("a path"), stage.place.text("world/log.vkey"));
    let report = binary::run(stage.place.top(), &["audit", "verify", path, "--trust", &trust]).done();
    assert_eq!(report["ok"], true, "{report}");
}
