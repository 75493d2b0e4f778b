//! What the documented commands print about a real world, whole: every name and every word, held by files in
//! `tests/golden`. What differs from run to run (ids, times, digests, durations, ports, directories) is replaced by its
//! kind. `UPDATE=1` writes the files anew; they are read in review.

use super::stage::Stage;
use crate::harness::acts::rollback;
use crate::harness::binary::run;
use crate::harness::place::component;
use crate::harness::{Draft, Person, Place};
use serde_json::{Map, Value, json};
use std::path::{Path, PathBuf};

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("golden").join(format!("{name}.json"))
}

#[track_caller]
fn hold(name: &str, place: &Place, value: &Value) {
    let plain = normal("", value, place);
    let text = serde_json::to_string_pretty(&plain).expect("JSON") + "\n";
    let path = file(name);
    if std::env::var_os("UPDATE").is_some_and(|v| v == "1") {
        std::fs::create_dir_all(path.parent().expect("a directory")).expect("the directory");
        std::fs::write(&path, &text).expect("the golden file");
    }
    let held = std::fs::read_to_string(&path).unwrap_or_default();
    if held != text {
        let first = held.lines().zip(text.lines()).position(|(a, b)| a != b).unwrap_or(held.lines().count());
        let line = |of: &str| of.lines().nth(first).unwrap_or("(nothing)").to_owned();
        panic!(
            "{name} is not what {} holds, first at line {}:\n held: {}\n is:   {}\nIf that is meant: UPDATE=1, and read the difference.",
            path.display(),
            first + 1,
            line(&held),
            line(&text),
        );
    }
}

/// Members whose number depends on the moment: durations, how often a window was looked at and fed meanwhile, and how
/// much of the log a subsystem had seen when it answered.
const MOMENT: [&str; 10] = [
    "ms",
    "apply_ms",
    "revert_ms",
    "observed_s",
    "elapsed_s",
    "next_evaluation_at",
    "samples",
    "evaluations",
    "evaluations_healthy",
    "seen_size",
];

fn normal(name: &str, value: &Value, place: &Place) -> Value {
    match value {
        Value::Object(members) => {
            let plain: Map<String, Value> =
                members.iter().map(|(name, member)| (name.clone(), normal(name, member, place))).collect();
            Value::Object(plain)
        }
        Value::Array(items) if name == "verification_phrase" => json!(format!("{} words", items.len())),
        Value::Array(items) => {
            let mut plain: Vec<Value> = items.iter().map(|item| normal("", item, place)).collect();
            match name {
                "acks" => in_one_order(&mut plain, "by"),
                "entries" => {
                    let is_ack = |entry: &Value| entry["type"] == "handshake.ack";
                    let first = plain.iter().position(is_ack).unwrap_or_default();
                    let count = plain[first..].iter().take_while(|entry| is_ack(entry)).count();
                    in_one_order(&mut plain[first..first + count], "actor");
                    for entry in plain.iter_mut().filter(|entry| entry["type"] == "handshake.integrated") {
                        entry["actor"] = json!("component:WHO_CAME_LAST");
                    }
                }
                _ => {}
            }
            Value::Array(plain)
        }
        Value::Number(_) if MOMENT.contains(&name) => json!("NUMBER"),
        Value::String(text) => Value::String(plain_text(text, place)),
        other => other.clone(),
    }
}

/// Subsystems answer side by side, in no order: sorted by who answers, the n-th gets the n-th place in the log that any
/// of them has. A place that is missing, or that two of them have, still shows.
fn in_one_order(answers: &mut [Value], who: &str) {
    let mut places: Vec<Option<u64>> = answers.iter().map(|answer| answer["seq"].as_u64()).collect();
    places.sort_unstable();
    answers.sort_by_key(|answer| answer[who].to_string());
    for (answer, place) in answers.iter_mut().zip(places) {
        answer["seq"] = json!(place);
    }
}

/// Replaces what looks like an id, a time, a digest, a key or a duration, wherever it stands.
fn plain_text(text: &str, place: &Place) -> String {
    let text = short_digests(&text.replace(place.top().to_str().expect("UTF-8"), "PLACE"));
    let mut out = String::new();
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let first = rest.chars().next().map_or(0, char::len_utf8);
        let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || "_-:.".contains(c)));
        let token = &rest[..end.unwrap_or(rest.len()).max(first)];
        out.push_str(&kind(token));
        rest = &rest[token.len()..];
    }
    durations(&moments(&out))
}

/// `da2f5f7a…6020b557`, wherever it stands.
fn short_digests(text: &str) -> String {
    let hex = |part: Option<&str>| part.is_some_and(|p| p.bytes().all(|b| b.is_ascii_hexdigit()));
    let mut parts = text.split('…');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let before = out.len().checked_sub(8).and_then(|at| out.get(at..));
        if hex(before) && hex(part.get(..8)) {
            out.truncate(out.len() - 8);
            out.push_str("DIGEST");
            out.push_str(&part[8..]);
        } else {
            out.push('…');
            out.push_str(part);
        }
    }
    out
}

fn kind(token: &str) -> String {
    let end = token.trim_end_matches(['.', ':', ',']);
    let tail = &token[end.len()..];
    let hex = |text: &str| text.bytes().all(|b| b.is_ascii_hexdigit());
    let uuid = |text: &str| text.len() == 36 && text.matches('-').count() == 4 && hex(&text.replace('-', ""));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let plain = if let Some((prefix, rest)) = end.split_once('_').filter(|(_, rest)| uuid(rest)) {
        let _ = rest;
        format!("{prefix}_ID")
    } else if end.len() == 64 && hex(end) {
        "DIGEST".into()
    } else if end.strip_prefix("ed25519:").is_some_and(|k| hex(k) && (k.len() == 16 || k.len() == 64)) {
        "ed25519:KEY".into()
    } else if end.len() == 24 && end.ends_with('Z') && end.as_bytes()[10] == b'T' {
        "TIME".into()
    } else if end
        .strip_prefix('v')
        .is_some_and(|v| v.split('.').count() == 3 && v.split('.').all(digits) && v.len() > 15)
    {
        "VERSION".into()
    } else {
        end.to_owned()
    };
    format!("{plain}{tail}")
}

/// A time as a sentence says it, `30 Nov 2026 12:10:46 UTC`.
fn moments(text: &str) -> String {
    let mut words: Vec<String> = text.split(' ').map(str::to_owned).collect();
    let clock = |word: &str| word.len() == 8 && word.matches(':').count() == 2;
    while let Some(at) = (4..words.len()).find(|&n| clock(&words[n - 1]) && words[n].starts_with("UTC")) {
        let told = words[at].replace("UTC", "TIME");
        words.splice(at - 4..=at, [told]);
    }
    words.join(" ")
}

/// `17 ms` and `Evaluation 4:` in sentences.
fn durations(text: &str) -> String {
    let words: Vec<&str> = text.split(' ').collect();
    let plain: Vec<String> = words
        .iter()
        .enumerate()
        .map(|(n, word)| {
            let unit =
                words.get(n + 1).is_some_and(|u| u.trim_end_matches(['.', ',', ')', ';', ':']) == "ms");
            let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
            let evaluation = n > 0 && words[n - 1] == "Evaluation";
            match word.strip_suffix(':') {
                Some(number) if evaluation && digits(number) => "N:".to_owned(),
                _ if unit && digits(word) => "N".to_owned(),
                _ => (*word).to_owned(),
            }
        })
        .collect();
    plain.join(" ")
}

#[test]
fn the_documented_commands_print_what_they_did_before() {
    let stage = Stage::set();
    let (serve, place) = (&stage.serve, &stage.place);
    let world = place.world();
    let id = serve.submit(
        &Draft::of("files", &[("main.conf", "a = 2\n"), ("new.conf", "n = 1\n")]).removing("deep/b.conf"),
    );
    serve.wait_state(&id, &["awaiting_approval"]);
    serve.settled_size();
    hold("update_show_awaiting_approval", place, &run(&world, &["update", "show", &id]).done());
    let candidates = serve.update(&id)["needed"]["count"].as_u64().expect("a count");
    for person in ["bob", "cid", "dot"].into_iter().take(usize::try_from(candidates).expect("few")) {
        serve.approve(&id, person).done();
    }
    serve.wait_state(&id, &["observing"]);
    let reason = json!({ "subject": id, "reason": "it was better before" });
    Person::named("ann").act(serve, "rollback", &reason, &rollback(&id)).done();
    serve.wait_state(&id, &["rolled_back"]);
    serve.settled_size();
    hold("update_show_rolled_back", place, &run(&world, &["update", "show", &id]).done());
    hold("update_list", place, &run(&world, &["update", "list"]).done());
    let handshakes = run(&world, &["handshake", "list"]).done();
    let hs = handshakes["handshakes"][0]["id"].as_str().expect("an id");
    let shake = run(&world, &["handshake", "show", hs]).done();
    let steps = shake["steps"].as_array().expect("seven steps");
    let own: std::collections::BTreeSet<u64> = steps.iter().filter_map(|s| s["seq"].as_u64()).collect();
    assert_eq!(own.len(), steps.len(), "each step points at an entry of its own: {steps:?}");
    hold("handshake_show", place, &shake);
    hold("log_verify", place, &run(&world, &["log", "verify"]).done());
}

#[test]
fn a_refused_check_prints_what_it_did_before() {
    let stage = Stage::set();
    let (serve, place) = (&stage.serve, &stage.place);
    let root = place.target("strict", &[("strict.conf", "good\n")]);
    let mut target = crate::harness::place::plain_target(&root);
    target["check"]["argv"] = json!(["/bin/grep", "-H", "good", "{staged}/strict.conf"]);
    serve.join(&component("strict", &target));
    let id = serve.submit(&Draft::of("strict", &[("strict.conf", "bad\n")]));
    serve.wait_state(&id, &["failed"]);
    serve.settled_size();
    hold("update_show_failed", place, &run(&place.world(), &["update", "show", &id]).done());
}

#[test]
fn errors_print_what_they_did_before() {
    let stage = Stage::set();
    let (serve, place) = (&stage.serve, &stage.place);
    let world = place.world();
    let id = serve.submit(&Draft::of("files", &[("main.conf", "a = 2\n")]));
    serve.wait_state(&id, &["awaiting_approval"]);
    let mut errors = Map::new();
    let mut keep = |name: &str, value: Value| errors.insert(name.into(), value);
    keep("unknown update", run(&world, &["update", "show", "upd_none"]).refused("not_found"));
    keep("unknown component", run(&world, &["component", "show", "nobody"]).refused("not_found"));
    keep("not in the log", run(&world, &["log", "show", "9999"]).refused("not_found"));
    keep("a second engine", {
        let mut value = run(&world, &["serve"]).refused("world_held");
        // Who holds it is the moment's.
        value["message"] = json!(
            value["message"]
                .as_str()
                .unwrap_or_default()
                .replace(&serve.pid().as_raw_nonzero().to_string(), "PID")
        );
        value
    });
    keep("no signature", {
        let mut value = serve.post("/api/unified-logic/config-update", &json!({})).json();
        value["body"] = json!("HTTP");
        value
    });
    keep("self approval", serve.approve(&id, "ann").json());
    keep("wrong state", {
        let ann = Person::named("ann");
        let request = json!({ "act": "rollback", "person": ann.id, "subject": id, "reason": "x" });
        let statement = serve.post("/api/statements", &request);
        if statement.status == 200 {
            serve.try_post(&rollback(&id), &ann.sign(&statement.json())).expect("an answer").json()
        } else {
            statement.json()
        }
    });
    keep("no engine", {
        let elsewhere = Place::new();
        elsewhere.init(crate::harness::Windows::OPEN);
        let mut value = run(&elsewhere.world(), &["metrics", "push", "files", "--sample", "error_rate=1"])
            .refused("engine_not_running");
        value["hint"] = json!(
            value["hint"]
                .as_str()
                .unwrap_or_default()
                .replace(elsewhere.top().to_str().expect("UTF-8"), "PLACE")
        );
        value["message"] = json!(
            value["message"]
                .as_str()
                .unwrap_or_default()
                .replace(elsewhere.top().to_str().expect("UTF-8"), "PLACE")
        );
        value
    });
    hold("errors", place, &Value::Object(errors));
}
