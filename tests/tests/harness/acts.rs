//! Whole acts over HTTP with keys in memory: joining, submitting, approving, and reading what came of it.

use super::api::Api;
use super::http::Reply;
use super::people::Person;
use super::wait::until;
use serde_json::{Value, json};

/// States in which an update waits for nothing but time or a person.
pub const ENDED: [&str; 6] = ["failed", "refused", "withdrawn", "rolled_back", "rollback_failed", "blocked"];

/// A draft of a config update.
#[derive(Debug, Clone)]
pub struct Draft {
    /// The draft as the API takes it.
    pub value: Value,
}

impl Draft {
    /// Changes files of one component to these texts.
    pub fn of(component: &str, files: &[(&str, &str)]) -> Self {
        let files: serde_json::Map<String, Value> =
            files.iter().map(|(path, text)| ((*path).to_owned(), json!({ "text": text }))).collect();
        Self {
            value: json!({
                "update_type": "config",
                "component_targets": [component],
                "content": { "files": files, "remove": [] },
                "created_by": "ann",
                "risk_level": "low",
                "title": "A change",
                "description": "",
            }),
        }
    }

    /// Also removes a file.
    pub fn removing(mut self, path: &str) -> Self {
        self.value["content"]["remove"] = json!([path]);
        self
    }
}

/// A component on its way in.
#[derive(Debug)]
pub struct Joining {
    /// Handshake id.
    pub handshake: String,
    /// Component id.
    pub component: String,
}

/// What tests do with a running engine.
impl Api {
    /// One healthy sample.
    pub fn push(&self, component: &str, error_rate: f64) {
        let samples = json!({ "samples": [{ "metric": "error_rate", "value": error_rate }] });
        self.post(&format!("/api/components/{component}/metrics"), &samples).done();
    }

    /// A component requests to join, is approved, acknowledged, watched, and active.
    #[track_caller]
    pub fn join(&self, document: &Value) -> Joining {
        let component = document["component"].as_str().expect("a component id").to_owned();
        let requested = Person::named("ann").act(
            self,
            "handshake_request",
            &json!({ "target": document }),
            "/api/handshakes",
        );
        let handshake = requested.done()["id"].as_str().expect("a handshake id").to_owned();
        let yes = json!({ "subject": handshake, "decision": "approve" });
        Person::named("bob")
            .act(self, "handshake_approve", &yes, &format!("/api/handshakes/{handshake}/approvals"))
            .done();
        let mut last = Value::Null;
        until("the component is active", 30, || {
            last = self.get(&format!("/api/handshakes/{handshake}")).done();
            let state = last["state"].as_str().unwrap_or_default();
            assert!(!["suspended", "refused", "quorum_failed", "denied"].contains(&state), "{last}");
            if state == "validating" {
                self.push(&component, 0.01);
            }
            (state == "active").then_some(())
        });
        Joining { handshake, component }
    }

    /// `ann` submits; the answer as it came.
    #[track_caller]
    pub fn try_submit(&self, draft: &Draft) -> Reply {
        Person::named("ann").act(
            self,
            "submit",
            &json!({ "draft": draft.value }),
            "/api/unified-logic/config-update",
        )
    }

    /// `ann` submits; the update's id.
    #[track_caller]
    pub fn submit(&self, draft: &Draft) -> String {
        self.try_submit(draft).done()["id"].as_str().expect("an update id").to_owned()
    }

    /// The signed approval of `person`, not handed in.
    #[track_caller]
    pub fn approval(&self, id: &str, person: &Person) -> Vec<u8> {
        person.statement(self, "approve", &json!({ "subject": id, "decision": "approve" }))
    }

    /// `person` approves.
    #[track_caller]
    pub fn approve(&self, id: &str, person: &str) -> Reply {
        let person =
            Person::named(super::place::PERSONS.iter().copied().find(|p| *p == person).expect("a person"));
        let envelope = self.approval(id, &person);
        self.try_post(&approvals(id), &envelope).expect("an answer")
    }

    /// The update with its evidence.
    #[track_caller]
    pub fn update(&self, id: &str) -> Value {
        self.get(&format!("/api/unified-logic/updates/{id}/status")).done()
    }

    /// Waits for one of `states`; the update as it is then. Panics at another end.
    #[track_caller]
    pub fn wait_state(&self, id: &str, states: &[&str]) -> Value {
        let mut last = Value::Null;
        until(&format!("{id} is {states:?}"), 60, || {
            last = self.update(id);
            let state = last["state"].as_str().unwrap_or_default();
            if states.contains(&state) {
                return Some(());
            }
            assert!(!ENDED.contains(&state), "{id} ended as {state}: {}", last["reason"]);
            None
        });
        last
    }

    /// Number of log entries of a type about a subject.
    #[track_caller]
    pub fn entries(&self, entry_type: &str, subject: &str) -> Vec<Value> {
        let page = self.get(&format!("/api/log?type={entry_type}&subject={subject}&limit=500")).done();
        page["entries"].as_array().expect("entries").clone()
    }
}

/// Where approvals of an update go.
pub fn approvals(id: &str) -> String {
    format!("/api/unified-logic/updates/{id}/approvals")
}

/// Where its rollback goes.
pub fn rollback(id: &str) -> String {
    format!("/api/unified-logic/updates/{id}/rollback")
}
