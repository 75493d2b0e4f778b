//! One component in one world, and counting that nothing was written.

use crate::harness::place::{component, plain_target};
use crate::harness::{Draft, Person, Place, Serve, Windows};
use serde_json::Value;
use std::path::PathBuf;

/// A running engine with the component `files`. Fields are dropped in this order.
pub struct Stage {
    pub serve: Serve,
    pub place: Place,
}

/// First content of the component.
pub const FIRST: [(&str, &str); 2] = [("main.conf", "a = 1\n"), ("deep/b.conf", "b = 1\n")];

impl Stage {
    /// `files` has joined and manages `**/*.conf` beneath `srv`.
    pub fn set() -> Self {
        let place = Place::new();
        place.init(Windows::OPEN);
        let root = place.target("srv", &FIRST);
        let serve = Serve::start(&place.world());
        serve.join(&component("files", &plain_target(&root)));
        serve.settled_size();
        Self { serve, place }
    }

    /// Where the content is.
    pub fn root(&self) -> PathBuf {
        self.place.path("srv")
    }

    /// The statement of a draft, as the engine writes it.
    #[track_caller]
    pub fn statement(&self, draft: &Draft) -> Value {
        let request = serde_json::json!({ "act": "submit", "person": "ann", "draft": draft.value });
        self.serve.post("/api/statements", &request).done()
    }

    /// `ann`'s envelope over a statement whose payload was changed.
    #[track_caller]
    pub fn changed(&self, statement: &Value, change: impl FnOnce(&mut Value)) -> Vec<u8> {
        let mut payload: Value =
            serde_json::from_str(statement["payload"].as_str().expect("a payload")).expect("JSON");
        change(&mut payload);
        let kind = statement["payload_type"].as_str().expect("a payload type");
        Person::named("ann").envelope(kind, payload.to_string().as_bytes())
    }
}

/// Where updates are handed in.
pub const SUBMIT: &str = "/api/unified-logic/config-update";
