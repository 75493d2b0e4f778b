//! The command line: exit codes, what needs an engine and what does not, and signing elsewhere.

use super::stage::Stage;
use crate::harness::binary::{grace, run};
use crate::harness::place::{persons, policy};
use crate::harness::{CliPerson, Draft, Person, Place, Serve, Windows};
use serde_json::json;
use std::process::Command;

#[test]
fn without_an_engine_everything_reads_and_nothing_changes() {
    let stage = Stage::set();
    let id = stage.serve.submit(&Draft::of("files", &[("main.conf", "a = 2\n")]));
    stage.serve.wait_state(&id, &["awaiting_approval"]);
    let size = stage.serve.settled_size();
    let Stage { serve, place } = stage;
    serve.stop();
    let world = place.world();
    let hs =
        run(&world, &["handshake", "list"]).done()["handshakes"][0]["id"].as_str().expect("an id").to_owned();
    for args in [
        &["doctor"][..],
        &["stats"],
        &["policy"],
        &["key", "list"],
        &["component", "list"],
        &["component", "show", "files"],
        &["update", "list"],
        &["update", "show", &id],
        &["update", "diff", &id],
        &["handshake", "list"],
        &["handshake", "show", &hs],
        &["log", "list"],
        &["log", "show", "0"],
        &["log", "prove", "1"],
        &["log", "checkpoint"],
        &["log", "verify"],
    ] {
        run(&world, args).done();
    }
    let draft = place.text("new.conf");
    std::fs::write(&draft, "a = 3\n").expect("a file");
    let planned = run(
        &world,
        &["update", "plan", "--component", "files", "--file", &format!("main.conf={draft}"), "--title", "x"],
    );
    assert_eq!(planned.done()["ok"], true, "a plan writes nothing, so it needs no engine");

    let key = CliPerson::create(place.top(), "ann");
    let file = format!("main.conf={draft}");
    for args in [
        &["update", "submit", "--component", "files", "--file", &file, "--title", "x"][..],
        &["update", "approve", &id],
        &["update", "deny", &id, "--reason", "no"],
        &["update", "withdraw", &id, "--reason", "no"],
        &["update", "rollback", &id, "--reason", "no"],
        &["component", "adopt", "files", "--reason", "no"],
        &["component", "restore", "files", "--reason", "no"],
        &["metrics", "push", "files", "--sample", "error_rate=0.1"],
        &["handshake", "deny", &hs, "--reason", "no"],
    ] {
        let answer = key.run(&world, args);
        let refused = answer.refused("engine_not_running");
        let hint = refused["hint"].as_str().unwrap_or_default();
        assert!(hint.contains("grace") && hint.contains("serve"), "the hint names the command: {refused}");
    }
    let checkpoint = run(&world, &["log", "checkpoint"]).done();
    assert_eq!(checkpoint["size"], size, "nothing was written");
}

#[test]
fn wrong_use_exits_2_and_says_how() {
    let place = Place::new();
    for args in [
        &[][..],
        &["no-such-noun"],
        &["update"],
        &["update", "submit"],
        &["update", "show"],
        &["log", "show", "many"],
        &["init"],
        &["audit", "verify", "/nonexistent"],
        &["--no-such-flag", "doctor"],
        &["sim", "subsystem", "x", "--behaviour", "rude"],
    ] {
        let answer = run(&place.world(), args);
        assert_eq!(answer.status, 2, "{args:?}: {answer:?}");
        assert!(!answer.stderr.is_empty(), "{args:?}");
    }
    let help = run(&place.world(), &["--help"]);
    assert_eq!(help.status, 0);
    assert!(help.stdout.contains("update"), "{help:?}");
    // A world that is not there was named properly.
    assert_eq!(run(&place.world(), &["doctor"]).status, 1);
    run(&place.world(), &["serve"]).refused("not_a_world");
}

#[test]
fn a_second_engine_says_who_holds_the_world() {
    let place = Place::new();
    place.init(Windows::OPEN);
    let first = Serve::start(&place.world());
    let refused = run(&place.world(), &["serve"]).refused("world_held");
    let pid = first.pid().as_raw_nonzero().to_string();
    assert!(refused["message"].as_str().unwrap_or_default().contains(&pid), "who: {refused}");
    assert!(first.log_size() > 0, "the first is unharmed");
    // Killed, it holds nothing any more.
    first.kill();
    Serve::start(&place.world()).stop();
    // A world is made once.
    let (people, policy) = (place.text("people.yaml"), place.text("policy.yaml"));
    run(&place.world(), &["init", "--people", &people, "--policy", &policy]).refused("world_exists");
}

#[test]
fn people_whose_keys_prove_nothing_make_no_world() {
    let place = Place::new();
    let good = policy(Windows::OPEN, 30);
    let [ann, bob] = ["ann", "bob"].map(|id| (id, Person::named(id).public()));
    let twice = [ann.clone(), ("bob", ann.1.clone())];
    let refused = place.try_init(&persons(&twice), &good).refused("shared_key");
    let words = refused["message"].as_str().unwrap_or_default();
    assert!(words.contains("stands under both ann and bob"), "{refused}");
    place.try_init("persons: {}\n", &good).refused("no_persons");
    for key in ["", "ed25519:00", &format!("ed25519:{}", "0".repeat(64)), &ann.1[..71]] {
        let answer = place.try_init(&persons(&[("ann", key.to_owned())]), &good);
        assert_eq!((answer.status, place.world().join("grace.db").exists()), (1, false), "{key}: {answer:?}");
    }
    let unknown_member = good.replace("evaluate_every_s: 1", "approvals: { low: 0 }\nlook_every_s: 1");
    let answer = place.try_init(&persons(&[ann.clone(), bob.clone()]), &unknown_member);
    assert_eq!((answer.status, place.world().join("grace.db").exists()), (1, false), "{answer:?}");
    // Nor do people of whom too few are there to approve what one of them submits.
    let two = place.try_init(&persons(&[ann.clone(), bob.clone()]), &good).refused("policy_unmet");
    assert!(two["message"].as_str().unwrap_or_default().contains("3 persons, and 2 are named"), "{two}");
    assert!(!place.world().exists(), "nothing was written");
    let [cid, dot] = ["cid", "dot"].map(|id| (id, Person::named(id).public()));
    // Nothing of all this stands in the way of a world that holds together.
    place.try_init(&persons(&[ann, bob, cid, dot]), &good).done();
}

#[test]
fn an_approval_is_signed_where_no_world_is() {
    let place = Place::new();
    let (ann, bob) = (CliPerson::create(place.top(), "ann"), CliPerson::create(place.top(), "bob"));
    let [cid, dot] = ["cid", "dot"].map(|id| (id, Person::named(id).public()));
    place.init_of(&[("ann", ann.public.clone()), ("bob", bob.public.clone()), cid, dot], Windows::OPEN);
    let root = place.target("srv", &super::stage::FIRST);
    let document = crate::harness::place::component("files", &crate::harness::place::plain_target(&root));
    std::fs::write(place.path("files.json"), document.to_string()).expect("a file");
    std::fs::write(place.path("new.conf"), "a = 2\n").expect("a file");
    let serve = Serve::start(&place.world());
    let world = place.world();
    let hs = ann.run(&world, &["component", "add", "--target", &place.text("files.json")]).done();
    bob.run(&world, &["handshake", "approve", hs["id"].as_str().expect("an id")]).done();
    crate::harness::until("joined", 30, || {
        let shown = run(&world, &["component", "list"]).done();
        let state = shown["components"].as_array()?.iter().find(|c| c["id"] == "files")?["state"].clone();
        serve.push("files", 0.01);
        (state == "active").then_some(())
    });
    let file = format!("main.conf={}", place.text("new.conf"));
    let submit = [
        "update",
        "submit",
        "--component",
        "files",
        "--file",
        &file,
        "--title",
        "x",
        "--wait",
        "--idempotency-key",
        "k",
    ];
    let id = ann.run(&world, &submit).done()["id"].as_str().expect("an id").to_owned();

    let (request, envelope) = (place.text("request.json"), place.text("envelope.json"));
    bob.run(&world, &["update", "approve", &id, "--request-out", &request]).done();
    let size = serve.log_size();
    // Elsewhere: no world, only the request, the key and the passphrase.
    let elsewhere = place.path("elsewhere");
    bob.run(&elsewhere, &["update", "approve", "--offline", &request, "--out", &envelope]).done();
    assert_eq!(serve.log_size(), size, "signing writes nothing");
    let denied = bob.run(
        &elsewhere,
        &["update", "deny", "--offline", &request, "--out", &place.text("no.json"), "--reason", "x"],
    );
    denied.refused("bad_request_file");
    let handed = run(&world, &["update", "approve", "--envelope", &envelope]).done();
    assert_eq!(handed["id"], id.as_str());
    serve.wait_state(&id, &["observing"]);
    run(&world, &["update", "approve", "--envelope", &envelope]).refused("nonce_used");
    std::fs::write(&envelope, "{}").expect("a file");
    run(&world, &["update", "approve", "--envelope", &envelope]).refused("bad_envelope");
    assert_eq!(std::fs::read_to_string(root.join("main.conf")).expect("the target"), "a = 2\n");
}

#[test]
fn json_stands_alone_on_stdout_and_words_on_stderr() {
    let stage = Stage::set();
    let world = stage.place.world();
    let shown = run(&world, &["update", "show", "upd_none"]);
    shown.refused("not_found");
    assert_eq!(shown.stdout.lines().count(), 1, "{shown:?}");
    // Without --json: nothing on stdout, the words on stderr, and no control characters of others' making.
    let words =
        Command::new(grace()).arg("--data-dir").arg(&world).args(["update", "show", "upd_none"]).output();
    let words = words.expect("grace starts");
    assert_eq!((words.status.code(), words.stdout.len()), (Some(1), 0));
    assert!(String::from_utf8_lossy(&words.stderr).contains("not_found"));
    let mut draft = Draft::of("files", &[("main.conf", "a = 2\n")]);
    draft.value["title"] = json!("plain \u{1b}[31mred\u{1b}[0m \u{202e}backwards");
    let reply = stage.serve.try_submit(&draft);
    if reply.status == 200 {
        let listed = Command::new(grace()).arg("--data-dir").arg(&world).args(["update", "list"]).output();
        let text = String::from_utf8(listed.expect("grace starts").stdout).expect("UTF-8");
        assert!(
            !text.contains('\u{1b}') && !text.contains('\u{202e}'),
            "a title steers the terminal: {text:?}"
        );
    } else {
        assert!((400..500).contains(&reply.status), "{}", reply.text());
    }
}
