//! A stopped world with a history worth tampering with: a handshake, an update that was applied and rolled back, one
//! that was denied.

use crate::harness::acts::rollback;
use crate::harness::place::{component, plain_target};
use crate::harness::tree::restore;
use crate::harness::{Draft, Person, Place, Serve, Windows, binary};
use serde_json::{Value, json};

/// The world, and a copy of it as it was.
pub struct History {
    pub place: Place,
    /// The update that was applied and rolled back.
    pub applied: String,
    /// The one that was denied.
    pub denied: String,
    /// Entries of the log.
    pub size: u64,
    /// Sequence of the first entry about [`History::applied`].
    pub proposed: u64,
}

impl History {
    /// Lives through it. `midway` is called with the engine stopped, before the second update.
    pub fn live(midway: impl FnOnce(&Place)) -> Self {
        let place = Place::new();
        place.init(Windows::OPEN);
        let root = place.target("srv", &[("a.conf", "a = 1\n")]);
        let serve = Serve::start(&place.world());
        serve.join(&component("files", &plain_target(&root)));
        let applied = serve.submit(&Draft::of("files", &[("a.conf", "a = 2\n")]));
        serve.wait_state(&applied, &["awaiting_approval"]);
        serve.approve(&applied, "bob").done();
        serve.wait_state(&applied, &["observing"]);
        let reason = json!({ "subject": applied, "reason": "back" });
        Person::named("ann").act(&serve, "rollback", &reason, &rollback(&applied)).done();
        serve.wait_state(&applied, &["rolled_back"]);
        serve.settled_size();
        serve.stop();
        midway(&place);

        let serve = Serve::start(&place.world());
        let denied = serve.submit(&Draft::of("files", &[("a.conf", "a = 3\n")]));
        serve.wait_state(&denied, &["awaiting_approval"]);
        let no = json!({ "subject": denied, "decision": "deny", "reason": "not now" });
        Person::named("cid").act(&serve, "approve", &no, &crate::harness::acts::approvals(&denied)).done();
        serve.wait_state(&denied, &["refused"]);
        let size = serve.settled_size();
        let proposed = serve.entries("update.proposed", &applied)[0]["seq"].as_u64().expect("a sequence");
        serve.stop();
        restore(&place.world(), &place.path("clean"));
        let history = Self { place, applied, denied, size, proposed };
        assert_eq!(history.verify(), json!([]), "an untouched log verifies");
        history
    }

    /// Makes the world as it was.
    pub fn put_back(&self) {
        restore(&self.place.path("clean"), &self.place.world());
    }

    /// What `log verify` calls broken. Its exit code says the same.
    pub fn verify(&self) -> Value {
        let answer = binary::run(&self.place.world(), &["log", "verify"]);
        let report = answer.json();
        assert_eq!(answer.status, i32::from(report["ok"] != true), "{answer:?}");
        assert_eq!(report["ok"] == true, report["broken"] == json!([]), "{report}");
        report["broken"].clone()
    }
}
