//! The spine at the command line: an update through its stages and back, a handshake, the evidence.

use std::path::Path;

use serde_json::Value;

use crate::grace::{World, grace, text};

const NEW: &str = "# Edge gateway\nlisten = 8443\nworkers = 40\n";

fn id(v: &Value) -> String {
    v["id"].as_str().expect("an id").to_owned()
}

#[test]
fn an_update_passes_its_stages_and_is_rolled_back_byte_for_byte() {
    let w = World::served();
    let before = text(&w.managed("edge-gateway"));
    let view = w.submit(NEW, "high");
    assert_eq!(view["state"], "awaiting_approval", "{view:#}");
    assert_eq!(view["needed"]["count"], 2);
    let id = id(&view);

    let own = w.run_as("developer", &["update", "approve", &id]);
    assert_eq!((own.code, own.code_word().as_str()), (1, "self_approval"), "{own:?}");
    w.run_as("sre", &["update", "approve", &id]).ok();
    let twice = w.run_as("sre", &["update", "approve", &id]);
    assert_eq!((twice.code, twice.code_word().as_str()), (1, "same_person"));
    assert_eq!(text(&w.managed("edge-gateway")), before, "nothing is applied with one of two");

    w.run_as("security", &["update", "approve", &id]).ok();
    let watching = w.until(&["update", "show", &id], |v| v["state"] == "observing");
    assert_eq!(text(&w.managed("edge-gateway")), NEW);
    assert_eq!(watching["receipts"][0]["result"], "applied");
    assert!(
        watching["stages"].as_array().expect("stages").iter().take(7).all(|s| s["verdict"] == "passed"),
        "{watching:#}"
    );

    let back = w.run_as("developer", &["update", "rollback", &id, "--reason", "pool too large", "--wait"]);
    let back = back.ok();
    assert_eq!(back["state"], "rolled_back");
    assert_eq!(back["rollback"]["equal"], true);
    assert_eq!(back["rollback"]["before"], back["rollback"]["after"]);
    assert_eq!(text(&w.managed("edge-gateway")), before);
    assert_eq!(w.run(&["log", "verify"]).ok()["ok"], true);
}

#[test]
fn a_metric_is_defined_from_a_file() {
    let w = World::served();
    let content = w.file(
        "queue.yaml",
        "metric: queue_depth\ndefinition:\n  id: queue_depth\n  name: Queue depth\n  unit: jobs\n  kind: level\n  \
         limits: { absolute_micro: 500000000 }\n  source: { kind: push }\n  interval_s: 15\n  baseline_s: 604800\n",
    );
    let draft = [
        "--type",
        "metric_definition",
        "--component",
        "metrics_collector",
        "--content",
        content.to_str().expect("a path"),
        "--title",
        "Judge the queue",
    ];
    let planned = w.run_as("developer", &[&["update", "plan"][..], &draft[..]].concat()).ok();
    assert_eq!(planned["ok"], true, "{planned:#}");
    assert_eq!(planned["risk"]["computed"], "low");
    assert_eq!(planned["needed"]["count"], 1);
    let submitted = w.run_as("developer", &[&["update", "submit"][..], &draft[..], &["--wait"]].concat());
    let view = submitted.ok();
    assert_eq!(view["state"], "awaiting_approval", "{view:#}");
    assert_eq!(view["update_type"], "metric_definition");
    assert_eq!(view["summary"]["components"], serde_json::json!(["metrics_collector"]));
    let never = text(&content).replace("interval_s: 15", "interval_s: 0");
    let bad = w.file("bad.yaml", &never);
    let mut refused = draft;
    refused[5] = bad.to_str().expect("a path");
    let refused = w.run_as("developer", &[&["update", "plan"][..], &refused[..]].concat()).json();
    assert_eq!(refused["ok"], false, "{refused:#}");
    assert_eq!(refused["problems"][0]["code"], "definition_refused", "{refused:#}");
}

#[test]
fn a_bad_error_rate_rolls_the_update_back_by_itself() {
    let w = World::served();
    let before = text(&w.managed("edge-gateway"));
    let id = id(&w.submit(NEW, "low"));
    w.run_as("sre", &["update", "approve", &id]).ok();
    w.until(&["update", "show", &id], |v| v["state"] == "observing");
    w.run(&["sim", "metrics", "edge-gateway", "error_rate=20 %"]).ok();
    let view = w.until(&["update", "show", &id], |v| v["state"] == "rolled_back");
    assert_eq!(view["rollback"]["trigger"], "regressed", "{view:#}");
    assert_eq!(view["window"]["verdict"], "regressed");
    assert_eq!(text(&w.managed("edge-gateway")), before);
}

#[test]
fn waiting_ends_with_0_only_where_the_command_wanted_to_go() {
    let w = World::served();
    let first = id(&w.submit(NEW, "low"));
    w.run(&["sim", "metrics", "edge-gateway", "error_rate=20 %"]).ok();
    let regressed = w.run_as("sre", &["update", "approve", &first, "--wait"]);
    assert_eq!(
        (regressed.code, regressed.json()["state"].as_str()),
        (1, Some("rolled_back")),
        "{regressed:?}"
    );
    let second = id(&w.submit(NEW, "low"));
    let denied = w.run_as("sre", &["update", "deny", &second, "--reason", "not now", "--wait"]);
    assert_eq!((denied.code, denied.json()["state"].as_str()), (0, Some("refused")), "{denied:?}");
    let third = id(&w.submit(NEW, "low"));
    let given_up = w.run_as("developer", &["update", "withdraw", &third, "--reason", "no need", "--wait"]);
    assert_eq!((given_up.code, given_up.json()["state"].as_str()), (0, Some("withdrawn")), "{given_up:?}");
}

#[test]
fn a_check_that_refuses_fails_the_update_with_its_words() {
    let w = World::served();
    let before = text(&w.managed("edge-gateway"));
    let view = w.submit("this is no setting\n", "low");
    assert_eq!(view["state"], "failed", "{view:#}");
    let stage = &view["stages"][3];
    assert_eq!(stage["verdict"], "failed");
    assert!(
        stage["reason"].as_str().is_some_and(|r| r.contains("not a setting: gateway.conf:1")),
        "{stage:#}"
    );
    assert_eq!(text(&w.managed("edge-gateway")), before);
    let listed = w.run(&["update", "list", "--state", "failed"]).ok();
    assert_eq!(listed["updates"].as_array().map(Vec::len), Some(1));
}

#[test]
fn a_denial_is_final_and_an_approval_can_be_signed_elsewhere() {
    let w = World::served();
    let id = id(&w.submit(NEW, "high"));
    let envelope = w.dir.path().join("sre.json");
    let envelope = envelope.to_str().expect("a path");
    w.run_as("sre", &["update", "approve", "--offline", &id, "--out", envelope]).ok();
    assert_eq!(w.show(&id)["needed"]["have"], 0, "nothing was handed in");
    w.run(&["update", "approve", "--envelope", envelope]).ok();
    assert_eq!(w.show(&id)["needed"]["have"], 1);
    let replay = w.run(&["update", "approve", "--envelope", envelope]);
    assert_eq!((replay.code, replay.code_word().as_str()), (1, "nonce_used"));

    // A request file travels to a machine without the world, the envelope travels back.
    let request = w.dir.path().join("request.json");
    let request = request.to_str().expect("a path");
    w.run_as("qa", &["update", "deny", &id, "--reason", "not now", "--request-out", request]).ok();
    let key = w.path().join("people/qa.pem");
    let passphrase = w.path().join("people/passphrase");
    let args =
        ["--key", key.to_str().expect("a path"), "--passphrase-file", passphrase.to_str().expect("a path")];
    let wrong_word =
        w.run(&[&args[..], &["update", "approve", "--offline", request, "--out", envelope]].concat());
    assert_eq!(wrong_word.code_word(), "bad_request_file");
    // The reason is part of the request: another one beside it would be lost without a word.
    let deny = ["update", "deny", "--offline", request, "--out", envelope];
    let other_reason = w.run(&[&args[..], &deny, &["--reason", "never"]].concat());
    assert_eq!((other_reason.code, other_reason.code_word().as_str()), (2, "reason_in_request"));
    let denial = w.dir.path().join("qa.json");
    let denial = denial.to_str().expect("a path");
    let signed = w.run(&[&args[..], &["update", "deny", "--offline", request, "--out", denial]].concat());
    let words = w.show(&id)["verification_phrase"].as_array().expect("words").clone();
    let words: Vec<&str> = words.iter().filter_map(|w| w.as_str()).collect();
    assert!(signed.err.contains(&words.join(" ")), "the words of the screen stand there: {signed:?}");
    assert!(signed.err.contains("qa signs deny") && signed.err.contains("not now"), "{signed:?}");
    w.run(&["update", "deny", "--envelope", denial]).ok();
    assert_eq!(w.show(&id)["state"], "refused");
    let late = w.run_as("security", &["update", "approve", &id]);
    assert_eq!(late.code, 1);
    assert_eq!(late.code_word(), "after_denial", "{late:?}");
}

#[test]
fn a_request_that_is_none_or_of_another_or_too_late_is_not_signed() {
    let w = World::served();
    let id = id(&w.submit(NEW, "high"));
    let request = w.dir.path().join("request.json");
    let request = request.to_str().expect("a path");
    let envelope = w.dir.path().join("envelope.json");
    let out = envelope.to_str().expect("a path");
    w.run_as("qa", &["update", "approve", &id, "--request-out", request]).ok();
    let made: Value = serde_json::from_str(&text(Path::new(request))).expect("a request");
    let said: Value =
        made["payload"].as_str().and_then(|p| serde_json::from_str(p).ok()).expect("a statement");
    let key = w.path().join("people/qa.pem");
    let key = key.to_str().expect("a path");
    let sign = ["--key", key, "update", "approve", "--offline", request, "--out", out];
    assert_eq!(w.run_as("sre", &sign).code_word(), "wrong_person");
    let other = w.run_as("qa", &[&sign[..4], &["upd_other"], &sign[4..]].concat());
    assert_eq!(other.code_word(), "wrong_subject", "{other:?}");
    let twice = said.to_string().replacen('{', "{\"decision\":\"approve\",", 1);
    let changed = |name: &str, value: &str| {
        let mut said = said.clone();
        said[name] = value.into();
        said.to_string()
    };
    for (payload, code) in [
        (changed("more", "x"), "bad_request_file"),
        (changed("set", "x"), "bad_request_file"),
        (changed("decision", "deny"), "bad_request_file"),
        (twice, "bad_request_file"),
        (changed("expires", "2020-01-01T00:00:00.000Z"), "statement_expired"),
    ] {
        let mut bent = made.clone();
        bent["payload"] = payload.as_str().into();
        w.file("request.json", &bent.to_string());
        let refused = w.run_as("qa", &sign);
        assert_eq!((refused.code, refused.code_word().as_str()), (1, code), "{payload}: {refused:?}");
        assert!(!envelope.exists(), "{payload}");
    }
    w.file("request.json", &made.to_string());
    w.run_as("qa", &sign).ok();
    assert!(envelope.exists());
}

#[test]
fn what_people_wrote_begins_no_line() {
    let w = World::served();
    let forged = "verification phrase apple";
    let text = format!("r\n{forged}\r\n{forged}");
    let file = format!("gateway.conf={}", w.file("new.conf", NEW).display());
    let draft = ["--component", "edge-gateway", "--file", &file, "--risk", "high", "--title", "t"];
    let texts = ["--description", &text, "--security-impact", &text, "--wait"];
    let id = id(&w.run_as("developer", &[&["update", "submit"], &draft[..], &texts].concat()).json());
    let dir = w.path();
    let passphrase = dir.join("people/passphrase");
    let (dir, passphrase) = (dir.to_str().expect("a path"), passphrase.to_str().expect("a path"));
    let words = |args: &[&str]| {
        let as_sre = ["--data-dir", dir, "--as", "sre", "--passphrase-file", passphrase];
        let done = grace(&[&as_sre[..], args].concat());
        let stands = |said: &str| said.lines().any(|line| line.starts_with(forged));
        assert!(!stands(&done.out) && !stands(&done.err), "{done:?}");
        done
    };
    let envelope = w.dir.path().join("sre.json");
    let envelope = envelope.to_str().expect("a path");
    let signed = words(&["update", "approve", "--offline", &id, "--reason", &text, "--out", envelope]);
    assert!(signed.err.contains(&format!("reason: r\n  {forged}")), "{signed:?}");
    words(&["update", "approve", "--envelope", envelope]);
    let shown = words(&["update", "show", &id]);
    assert!(shown.out.contains(&format!("description: r\n  {forged}")), "{shown:?}");
    let denied = words(&["update", "deny", &id, "--reason", &text, "--wait"]);
    assert!(denied.err.contains("\nverification phrase "), "{denied:?}");
    words(&["update", "show", &id]);
    assert_eq!(words(&["update", "list"]).out.lines().filter(|line| !line.starts_with("upd_")).count(), 0);
    words(&["log", "list"]);
    words(&["doctor"]);
}

#[test]
fn a_component_joins_with_five_acknowledgements() {
    let w = World::served();
    let root = w.dir.path().join("edge");
    std::fs::create_dir(&root).expect("create");
    std::fs::write(root.join("edge.conf"), "a = 1\n").expect("write");
    let description = format!(
        "component: edge-proxy\ntitle: Edge proxy\ncomponent_type: service\nversion: \"2.1\"\nmetrics: [error_rate]\n\
         target:\n  kind: directory\n  root: {}\n  managed: [\"*.conf\"]\n  check: {{ argv: [/usr/bin/test, -s, \"{{staged}}/edge.conf\"], timeout_s: 5 }}\n",
        root.display()
    );
    let file = w.file("edge.yaml", &description);
    let requested = w.run_as("sre", &["component", "add", "--target", file.to_str().expect("a path")]).ok();
    let id = id(&requested);
    w.run_as("dba", &["handshake", "approve", &id]).ok();
    let view = w.until(&["handshake", "show", &id], |v| v["state"] == "validating");
    assert_eq!(view["acks"].as_array().map(Vec::len), Some(5), "{view:#}");
    assert_eq!(view["missing"].as_array().map(Vec::len), Some(0));
    let listed = w.run(&["component", "show", "edge-proxy"]).ok();
    assert_eq!(listed["same"], true);
    // Whoever plans for it hears beforehand what the update would wait for.
    let new = format!("edge.conf={}", w.file("new.conf", "a = 2\n").display());
    let plan = ["update", "plan", "--component", "edge-proxy", "--title", "x", "--file", &new];
    let plan = w.run(&plan).ok();
    assert!(plan["conflicts"][0].as_str().is_some_and(|c| c.contains("validation window of")), "{plan:#}");
}

#[test]
fn a_component_with_a_command_that_nobody_can_run_does_not_join() {
    let w = World::served();
    let root = w.dir.path().join("edge");
    std::fs::create_dir(&root).expect("create");
    std::fs::write(root.join("edge.conf"), "a = 1\n").expect("write");
    for (check, rest) in [
        ("/no/such/program", ""),
        ("no-such-program", ""),
        ("/usr/bin/true", "  activate: { argv: [/no/such/program], timeout_s: 5 }\n"),
    ] {
        let description = format!(
            "component: edge-proxy\ntitle: Edge proxy\ncomponent_type: service\nversion: \"1\"\nmetrics: [error_rate]\n\
             target:\n  kind: directory\n  root: {}\n  managed: [\"*.conf\"]\n  check: {{ argv: [{check}], timeout_s: 5 }}\n{rest}",
            root.display()
        );
        let file = w.file("edge.yaml", &description);
        let requested = w.run_as("sre", &["component", "add", "--target", file.to_str().expect("a path")]);
        assert_eq!(
            (requested.code, requested.code_word().as_str()),
            (1, "command_not_found"),
            "{requested:?}"
        );
        assert!(requested.err.contains("is not on this machine"), "{requested:?}");
    }
    let listed = w.run(&["handshake", "list"]).ok();
    assert_eq!(listed["handshakes"].as_array().map(Vec::len), Some(0), "{listed:#}");
}

#[test]
fn a_nack_and_a_silence_say_who() {
    let w = World::served();
    w.run(&["sim", "subsystem", "memory_fusion", "--behaviour", "nack", "--nack-reason", "schema unknown"])
        .ok();
    let root = w.dir.path().join("edge");
    std::fs::create_dir(&root).expect("create");
    std::fs::write(root.join("edge.conf"), "a = 1\n").expect("write");
    let description = format!(
        "component: edge-proxy\ntitle: Edge proxy\ncomponent_type: service\nversion: \"1\"\n\
         target:\n  kind: directory\n  root: {}\n  managed: [\"*.conf\"]\n  check: {{ argv: [/usr/bin/test, -s, \"{{staged}}/edge.conf\"], timeout_s: 5 }}\n",
        root.display()
    );
    let file = w.file("edge.yaml", &description);
    let id = id(&w.run_as("sre", &["component", "add", "--target", file.to_str().expect("a path")]).ok());
    let view = w.run_as("dba", &["handshake", "approve", &id, "--wait"]);
    assert_eq!(view.code, 1, "waiting for what cannot come any more is no success: {view:?}");
    let view = view.json();
    assert_eq!(view["state"], "refused_by", "{view:#}");
    assert!(
        view["reason"].as_str().is_some_and(|r| r.contains("memory_fusion") && r.contains("schema unknown")),
        "{view:#}"
    );
    assert!(w.told(&["handshake", "show", &id]).contains("memory_fusion refused: schema unknown"));
}

#[test]
fn an_audit_is_exported_and_verified_and_no_changed_byte_passes() {
    let mut w = World::served();
    let id = id(&w.submit(NEW, "low"));
    w.run_as("sre", &["update", "approve", &id]).ok();
    w.until(&["update", "show", &id], |v| v["state"] == "observing");
    let job = w.run(&["audit", "export", "--name", "a.jsonl"]).ok();
    let file = job["path"].as_str().expect("a path").to_owned();
    let vkey = w.path().join("log.vkey");
    let trust = vkey.to_str().expect("a path").to_owned();
    let report = grace(&["--json", "audit", "verify", &file, "--trust", &trust]).ok();
    assert_eq!((report["ok"].clone(), report["simulation"].clone()), (true.into(), true.into()));
    assert!(report["signatures"].as_u64() >= Some(4), "submission, package, approval, receipt: {report:#}");

    let good = std::fs::read(&file).expect("read");
    let changed = w.dir.path().join("changed.jsonl");
    for n in 0..20 {
        let mut bytes = good.clone();
        let at = n * (bytes.len() - 1) / 19;
        bytes[at] ^= 1;
        std::fs::write(&changed, bytes).expect("write");
        let refused =
            grace(&["--json", "audit", "verify", changed.to_str().expect("a path"), "--trust", &trust]);
        assert_eq!(refused.code, 1, "byte {at}: {refused:?}");
        assert_eq!(refused.json()["ok"], false);
    }
    let other = World::demo();
    let foreign = other.path().join("log.vkey");
    assert_eq!(
        grace(&["--json", "audit", "verify", &file, "--trust", foreign.to_str().expect("a path")]).code,
        1
    );

    // Without an engine: reading, exporting and verifying go on, changing does not.
    assert_eq!(w.stop(), 0);
    assert_eq!(w.show(&id)["id"], Value::String(id.clone()));
    w.run(&["audit", "export", "--name", "b.jsonl"]).ok();
    assert_eq!(w.run(&["log", "verify"]).ok()["ok"], true);
    let refused = w.run_as("sre", &["update", "rollback", &id, "--reason", "x"]);
    assert_eq!((refused.code, refused.code_word().as_str()), (1, "engine_not_running"));
    assert!(refused.json()["hint"].as_str().is_some_and(|h| h.contains("serve")));
}

#[test]
fn drift_is_found_and_adopt_and_restore_lead_out() {
    let w = World::served();
    let managed = w.managed("edge-gateway");
    let before = text(&managed);
    std::fs::write(&managed, "workers = 1\n").expect("write");
    let view = w.submit(NEW, "low");
    assert_eq!(view["state"], "blocked", "{view:#}");
    assert_eq!(text(&managed), "workers = 1\n", "nothing of theirs was overwritten");
    let component = w.run(&["component", "show", "edge-gateway"]).ok();
    assert_eq!(
        (component["row"]["state"].clone(), component["same"].clone()),
        ("drift_detected".into(), false.into())
    );
    w.run_as("sre", &["component", "restore", "edge-gateway", "--reason", "not ours"]).ok();
    w.until(&["component", "show", "edge-gateway"], |v| v["row"]["state"] == "active");
    assert_eq!(text(&managed), before);
    std::fs::write(&managed, "workers = 2\n").expect("write");
    w.run_as("sre", &["component", "adopt", "edge-gateway", "--reason", "it is right"]).ok();
    let component = w.until(&["component", "show", "edge-gateway"], |v| v["same"] == true);
    assert_eq!(component["row"]["state"], "active");
}
