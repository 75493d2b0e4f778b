//! The JSON shapes that others build on, held by golden files: names, not values.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Map, Value, json};

use crate::grace::World;

/// The shape of a value: its member names, one merged shape for the items of a list.
fn shape(value: &Value) -> Value {
    match value {
        // Their types are held by the golden openapi.json; whether one is null may depend on the moment.
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => json!("scalar"),
        Value::Array(items) => {
            let merged = items.iter().map(shape).reduce(merge);
            Value::Array(merged.into_iter().collect())
        }
        Value::Object(members) => {
            let sorted: BTreeMap<_, _> = members.iter().map(|(k, v)| (k.clone(), shape(v))).collect();
            Value::Object(sorted.into_iter().collect::<Map<_, _>>())
        }
    }
}

fn merge(a: Value, b: Value) -> Value {
    match (a, b) {
        (Value::Object(mut a), Value::Object(b)) => {
            for (name, shape) in b {
                let merged = match a.remove(&name) {
                    Some(known) => merge(known, shape),
                    None => shape,
                };
                a.insert(name, merged);
            }
            Value::Object(a)
        }
        (Value::Array(a), Value::Array(b)) => {
            Value::Array(a.into_iter().chain(b).reduce(merge).into_iter().collect())
        }
        (a, _) => a,
    }
}

#[track_caller]
fn golden(name: &str, value: &Value) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(format!("{name}.json"));
    let text = serde_json::to_string_pretty(&shape(value)).expect("json") + "\n";
    if std::env::var_os("UPDATE").is_some() {
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("create");
        std::fs::write(&path, &text).expect("write");
    }
    let held = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(held == text, "{name} changed shape; rewrite with UPDATE=1 and review\n{text}");
}

#[test]
fn shapes_are_the_golden_ones() {
    let w = World::served();
    let view = w.submit("# Edge gateway\nlisten = 8443\nworkers = 40\n", "low");
    let id = view["id"].as_str().expect("an id").to_owned();
    w.run_as("sre", &["update", "approve", &id]).ok();
    w.until(&["update", "show", &id], |v| v["window"].is_object());
    w.run_as("sre", &["update", "rollback", &id, "--reason", "golden", "--wait"]).ok();
    golden("update_show", &w.show(&id));
    golden("update_list", &w.run(&["update", "list"]).ok());
    golden("log_verify", &w.run(&["log", "verify"]).ok());
    golden("log_show", &w.run(&["log", "show", "0"]).ok());
    golden("log_checkpoint", &w.run(&["log", "checkpoint"]).ok());
    golden("error", &w.run(&["update", "show", "upd_none"]).json());
    let sampled =
        |v: &Value| v["series"].as_array().is_some_and(|s| s.iter().all(|s| s["points"] != json!([])));
    golden("component_show", &w.until(&["component", "show", "edge-gateway"], sampled));
}

#[test]
fn the_shapes_hold_what_the_contract_names() {
    let held = |name: &str| -> Value {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(format!("{name}.json"));
        serde_json::from_str(&std::fs::read_to_string(path).expect("golden")).expect("json")
    };
    let update = held("update_show");
    for name in [
        "id",
        "version",
        "crypto_id",
        "update_type",
        "state",
        "reason",
        "risk",
        "set",
        "summary",
        "stages",
        "approvals",
        "needed",
        "receipts",
        "window",
        "rollback",
    ] {
        assert!(update.get(name).is_some(), "update show lacks {name}");
    }
    for (list, names) in [
        ("stages", &["n", "name", "verdict", "reason", "ms", "seq"][..]),
        ("approvals", &["person", "decision", "counted", "code"]),
    ] {
        for name in names {
            assert!(update[list][0].get(name).is_some(), "{list} lacks {name}");
        }
    }
    for name in ["state", "trigger", "reason", "before", "after"] {
        assert!(update["rollback"].get(name).is_some(), "rollback lacks {name}");
    }
    for name in ["verdict", "observed_s", "elapsed_s", "length_s", "evaluations"] {
        assert!(update["window"].get(name).is_some(), "window lacks {name}");
    }
    for name in ["count", "groups"] {
        assert!(update["needed"].get(name).is_some(), "needed lacks {name}");
    }
    let mut names: Vec<String> = held("log_verify").as_object().expect("an object").keys().cloned().collect();
    names.sort();
    assert_eq!(names, ["broken", "ok", "root", "size"]);
    let mut names: Vec<String> = held("error").as_object().expect("an object").keys().cloned().collect();
    names.sort();
    assert_eq!(names, ["code", "hint", "message"]);
}
