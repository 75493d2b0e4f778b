//! Paths and contents that must not reach a target: submitted politely, and forged under a valid signature.

use super::stage::{SUBMIT, Stage};
use crate::harness::Draft;
use crate::harness::tree::inventory;
use serde_json::{Map, Value, json};
use std::os::unix::fs::symlink;

/// Paths that no update may name, whatever the globs say.
fn hostile_paths() -> Vec<(String, &'static str)> {
    let deep = format!("{}x.conf", "d/".repeat(39));
    let long = format!("{}.conf", "x".repeat(295));
    let list: [(&str, &str); 21] = [
        ("../x.conf", "bad_path"),
        ("deep/../../x.conf", "bad_path"),
        ("deep/../main.conf", "bad_path"),
        ("/etc/x.conf", "bad_path"),
        ("//x.conf", "bad_path"),
        ("./main.conf", "bad_path"),
        ("deep//b.conf", "bad_path"),
        ("deep/b.conf/", "bad_path"),
        ("", "bad_path"),
        (".", "bad_path"),
        ("main.conf\0.txt", "bad_path"),
        ("main\n.conf", "bad_path"),
        ("deep\\b.conf", "bad_path"),
        ("C:main.conf", "bad_path"),
        ("CON.conf", "bad_path"),
        ("aux/x.conf", "bad_path"),
        ("main.conf.", "bad_path"),
        ("main.conf ", "bad_path"),
        ("\u{202e}fnoc.conf", "bad_path"),
        (&deep, "bad_path"),
        (&long, "bad_path"),
    ];
    list.into_iter().map(|(path, code)| (path.to_owned(), code)).collect()
}

fn refused_without_trace(stage: &Stage, name: &str, body: &[u8], codes: &[&str]) {
    let before = stage.state();
    let reply = stage.serve.try_post(SUBMIT, body).expect("an answer");
    assert!((400..500).contains(&reply.status), "{name}: {} {}", reply.status, reply.text());
    assert!(codes.contains(&reply.code().as_str()), "{name}: {:?} expected, {}", codes, reply.text());
    assert_eq!(stage.state(), before, "{name}: a refusal changed something");
}

fn with_files(payload: &mut Value, files: &[(&str, &str)]) {
    let files: Map<String, Value> = files.iter().map(|(p, t)| ((*p).into(), json!({ "text": t }))).collect();
    payload["parts"][0]["content"]["files"] = Value::Object(files);
}

#[test]
fn hostile_paths_are_refused_although_they_are_signed() {
    let stage = Stage::set();
    let before = inventory(stage.place.top(), &[&stage.place.world()]);
    let honest = Draft::of("files", &[("main.conf", "a = 2\n")]);
    for (path, code) in hostile_paths() {
        let plan = stage.serve.post("/api/unified-logic/plan", &Draft::of("files", &[(&path, "x")]).value);
        let said = plan.json();
        assert!(
            plan.status != 200 || (said["ok"] == false && said["problems"] != json!([])),
            "{path:?}: {said}"
        );
        let statement = stage.statement(&honest);
        let body = stage.changed(&statement, |p| with_files(p, &[(&path, "x")]));
        refused_without_trace(&stage, &format!("{path:?}"), &body, &[code]);
        let statement = stage.statement(&honest);
        let body = stage.changed(&statement, |p| p["parts"][0]["content"]["remove"] = json!([path]));
        refused_without_trace(&stage, &format!("removing {path:?}"), &body, &[code]);
    }
    for (name, files) in [
        ("case twins", &[("new.conf", "x"), ("NEW.conf", "y")][..]),
        ("twins by Unicode form", &[("caf\u{e9}.conf", "x"), ("cafe\u{301}.conf", "y")]),
        ("a file and a directory", &[("new.conf", "x"), ("new.conf/b.conf", "y")]),
    ] {
        let body = stage.changed(&stage.statement(&honest), |p| with_files(p, files));
        refused_without_trace(&stage, name, &body, &["path_collision", "bad_path"]);
    }
    assert_eq!(inventory(stage.place.top(), &[&stage.place.world()]), before, "something was touched");
}

#[test]
fn contents_of_a_wrong_shape_are_refused_although_they_are_signed() {
    let stage = Stage::set();
    let honest = Draft::of("files", &[("main.conf", "a = 2\n")]);
    let zero = "0".repeat(64);
    type Change<'c> = &'c dyn Fn(&mut Value);
    let cases: [(&str, Change, &[&str]); 18] = [
        ("unknown member", &|p| p["admin"] = json!(true), &["wrong_shape"]),
        (
            "unknown member of a file",
            &|p| p["parts"][0]["content"]["files"]["main.conf"]["owner"] = json!("root"),
            &["wrong_shape"],
        ),
        ("a number for a title", &|p| p["title"] = json!(7), &["wrong_shape"]),
        ("a list for files", &|p| p["parts"][0]["content"]["files"] = json!([]), &["wrong_shape"]),
        ("an unknown risk", &|p| p["risk_level"] = json!("none"), &["wrong_shape"]),
        ("an unknown type", &|p| p["parts"][0]["update_type"] = json!("reboot"), &["wrong_shape"]),
        (
            "a type not yet supported",
            &|p| p["parts"][0]["update_type"] = json!("schema"),
            &["wrong_update_type"],
        ),
        ("no component", &|p| p["parts"][0]["component_targets"] = json!([]), &["component_count"]),
        ("an unknown component", &|p| p["parts"][0]["component_targets"] = json!(["nobody"]), &["not_found"]),
        (
            "a component twice",
            &|p| p["parts"][0]["component_targets"] = json!(["files", "files"]),
            &["component_twice"],
        ),
        (
            "nothing to change",
            &|p| p["parts"][0]["content"] = json!({ "files": {}, "remove": [] }),
            &["nothing_to_change"],
        ),
        (
            "text and digest",
            &|p| p["parts"][0]["content"]["files"]["main.conf"]["text"] = json!("x"),
            &["file_content", "wrong_shape"],
        ),
        (
            "a digest without a blob",
            &|p| p["parts"][0]["content"]["files"]["main.conf"] = json!({ "sha256": zero }),
            &["blob_missing"],
        ),
        (
            "a mode that is none",
            &|p| p["parts"][0]["content"]["files"]["main.conf"]["mode"] = json!("4755"),
            &["bad_mode"],
        ),
        ("a title that is no digest", &|p| p["title"] = json!("Change a"), &["wrong_shape"]),
        ("a title whose blob is not there", &|p| p["title"] = json!(zero), &["blob_missing"]),
        ("no title", &|p| p["title"] = json!(""), &["title_length"]),
        ("another world", &|p| p["world"] = json!("grace.local/other"), &["other_world", "wrong_world"]),
    ];
    for (name, change, codes) in cases {
        let body = stage.changed(&stage.statement(&honest), change);
        refused_without_trace(&stage, name, &body, codes);
    }
    // The same key twice within what is signed: two readers could see two contents.
    let statement = stage.statement(&honest);
    let payload = statement["payload"].as_str().expect("a payload").replacen('{', "{\"title\":\"other\",", 1);
    let kind = statement["payload_type"].as_str().expect("a type");
    let body = crate::harness::Person::named("ann").envelope(kind, payload.as_bytes());
    refused_without_trace(&stage, "a key twice in the payload", &body, &["not_strict_json"]);
}

#[test]
fn a_link_in_the_root_is_never_followed_outside() {
    let stage = Stage::set();
    let outside = stage.place.target("outside", &[("x.conf", "outside\n")]);
    symlink(&outside, stage.root().join("out")).expect("a link");
    symlink(&outside, stage.root().join("out.conf")).expect("a link");
    let (before, state) = (inventory(&outside, &[]), stage.state());
    for draft in [
        Draft::of("files", &[("out/x.conf", "evil\n")]),
        Draft::of("files", &[("main.conf", "a = 2\n"), ("out/new.conf", "evil\n")]),
        Draft::of("files", &[("out.conf/x.conf", "evil\n")]),
        Draft::of("files", &[("out.conf", "evil\n")]),
        Draft::of("files", &[("main.conf", "a = 2\n")]).removing("out/x.conf"),
    ] {
        let reply = stage.serve.try_submit(&draft);
        assert_eq!((reply.status, reply.code().as_str()), (422, "target_link"), "{}", reply.text());
        assert_eq!(stage.state(), state, "a refusal changed something");
    }
    assert_eq!(inventory(&outside, &[]), before, "the link was followed");
}
