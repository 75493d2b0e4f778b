//! One component in one world, and counting that nothing was written.

use crate::harness::place::{component, plain_target};
use crate::harness::tree::{Inventory, inventory};
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
        Self::on(place)
    }

    /// The same in a world that was made already.
    pub fn on(place: Place) -> Self {
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

    /// All that a refusal must leave as it is: the log's size, every row of what is shown beside it, and the target.
    pub fn state(&self) -> (u64, Value, Inventory) {
        let shown = |path: &str| self.serve.get(path).done();
        let rows = serde_json::json!([
            shown("/api/unified-logic/updates?limit=500"),
            shown("/api/components?limit=500"),
            shown("/api/handshakes?limit=500"),
            shown("/api/stats"),
        ]);
        (self.serve.log_size(), moments(rows), inventory(&self.root(), &[]))
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
        Person::named("ann").changed(statement, change)
    }
}

/// The same without what only says how late it is.
fn moments(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let lasting = |name: &str| !name.ends_with("_s") && !name.ends_with("_ms") && name != "now";
            members.into_iter().filter(|(name, _)| lasting(name)).map(|(n, v)| (n, moments(v))).collect()
        }
        Value::Array(items) => items.into_iter().map(moments).collect(),
        other => other,
    }
}

/// Where updates are handed in.
pub const SUBMIT: &str = "/api/unified-logic/config-update";
