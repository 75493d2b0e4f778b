//! A disk on which nothing can be written, without a disk of our own: the engine's process may not let files grow.
//! Every act is refused with its reason, everything can be read, nothing is half done, and when there is room again
//! the same envelopes are good.

use crate::harness::acts::approvals;
use crate::harness::binary::run;
use crate::harness::http::Reply;
use crate::harness::place::{component, plain_target};
use crate::harness::{Draft, Person, Place, Serve, Windows, until};
use rustix::process::{Resource, Rlimit, prlimit};
use serde_json::{Value, json};
use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt as _;
use std::process::Command;

/// Codes that say that nothing could be kept, whoever noticed it first.
const CANNOT_WRITE: [&str; 4] = ["blob_store", "not_committed", "log_unavailable", "log_refused"];

/// An engine that hears of a file that is too large as an error, as of a full disk, and not as a signal.
fn serve(place: &Place) -> Serve {
    let prefix = ["/bin/sh", "-c", "trap '' XFSZ; exec \"$@\"", "sh"].map(str::to_owned);
    Serve::start_under(&prefix, &place.world()).unwrap_or_else(|said| panic!("not ready: {said}"))
}

/// From now on no file of the engine reaches beyond so many bytes; `None` for no limit.
fn limit(serve: &Serve, bytes: Option<u64>) {
    prlimit(Some(serve.pid()), Resource::Fsize, Rlimit { current: bytes, maximum: None })
        .expect("our own child");
}

/// The doctor's check of that name, as soon as it is as wanted: checks hold for some seconds.
fn check(serve: &Serve, name: &str, ok: bool) -> Value {
    until(&format!("the check `{name}` is {ok}"), 30, || {
        let status = serve.get("/api/status").done();
        let checks = status["checks"].as_array().expect("checks").clone();
        checks.into_iter().find(|c| c["name"] == name && c["ok"] == ok)
    })
}

/// Nothing but a refusal that says so, with a hint; its code.
fn refused(reply: &Reply) -> String {
    let said = reply.json();
    assert_eq!(reply.status, 503, "{said}");
    assert!(CANNOT_WRITE.contains(&reply.code().as_str()), "{said}");
    for member in ["detail", "hint"] {
        assert!(said[member].as_str().is_some_and(|text| text.len() > 10), "{said}");
    }
    reply.code()
}

fn verified(place: &Place) {
    let report = run(&place.world(), &["log", "verify"]).done();
    assert_eq!((&report["ok"], &report["broken"]), (&json!(true), &json!([])), "{report}");
}

/// What the target holds.
fn content(place: &Place) -> String {
    std::fs::read_to_string(place.path("srv/a.conf")).expect("the target")
}

#[test]
fn while_nothing_can_be_written_every_act_is_refused_and_with_room_again_the_same_act_is_good() {
    let place = Place::new();
    place.init(Windows::OPEN);
    let root = place.target("srv", &[("a.conf", "a = 1\n")]);
    let serve = serve(&place);
    serve.join(&component("files", &plain_target(&root)));
    let id = serve.submit(&Draft::of("files", &[("a.conf", "a = 2\n")]));
    let before = serve.wait_state(&id, &["awaiting_approval"]);
    check(&serve, "writing", true);
    let size = serve.settled_size();
    let yes = serve.approval(&id, &Person::named("bob"));
    let no = json!({ "subject": id, "decision": "deny", "reason": "not today" });
    let no = Person::named("cid").statement(&serve, "approve", &no);
    // Nothing at all; then room for what is small, and not for the log.
    for bytes in [0, 40_000] {
        limit(&serve, Some(bytes));
        for envelope in [&yes, &no] {
            let code = refused(&serve.try_post(&approvals(&id), envelope).expect("an answer"));
            assert_eq!(code == "blob_store", bytes == 0, "{code}");
        }
        refused(&serve.try_submit(&Draft::of("files", &[("a.conf", "a = 3\n")])));
        let said = check(&serve, "writing", false);
        assert!(said["detail"].as_str().is_some_and(|d| d.contains("cannot be written")), "{said}");
        assert_eq!(run(&place.world(), &["doctor"]).status, 1);
        assert_eq!(serve.log_size(), size);
        assert_eq!(serve.update(&id)["state"], "awaiting_approval");
        assert_eq!(content(&place), "a = 1\n");
        limit(&serve, None);
        check(&serve, "writing", true);
        assert_eq!(serve.update(&id)["approvals"], before["approvals"]);
        verified(&place);
    }
    serve.try_post(&approvals(&id), &yes).expect("an answer").done();
    serve.wait_state(&id, &["observing"]);
    // Not even what could not be said on standard error broke a part of it.
    check(&serve, "parts", true);
    assert_eq!(content(&place), "a = 2\n");
    assert_eq!(serve.entries("update.receipt", &id).len(), 1);
    serve.stop();
    verified(&place);
}

/// The other end of a pipe that somebody reads from by now.
fn reader_of(gate: &str) -> File {
    let nonblock = i32::try_from(rustix::fs::OFlags::NONBLOCK.bits()).expect("small");
    until("somebody waits at the gate", 20, || {
        OpenOptions::new().write(true).custom_flags(nonblock).open(gate).ok()
    })
}

#[test]
fn a_disk_that_fills_up_while_a_change_is_activated_costs_neither_the_change_nor_its_receipt() {
    let place = Place::new();
    place.init(Windows::OPEN);
    let root = place.target("srv", &[("a.conf", "a = 1\n")]);
    let mut target = plain_target(&root);
    let gate = place.text("gate");
    target["activate"] = json!({ "argv": ["/bin/sh", "-c", "if [ -p \"$0\" ]; then read -r _ < \"$0\"; fi; true", gate], "timeout_s": 60 });
    let serve = serve(&place);
    serve.join(&component("files", &target));
    let id = serve.submit(&Draft::of("files", &[("a.conf", "a = 2\n")]));
    serve.wait_state(&id, &["awaiting_approval"]);
    assert!(Command::new("mkfifo").arg(&gate).status().is_ok_and(|s| s.success()), "a gate");
    serve.approve(&id, "bob").done();
    let waiting = reader_of(&gate);
    limit(&serve, Some(0));
    let size = serve.log_size();
    std::fs::remove_file(&gate).expect("open for whoever comes next");
    drop(waiting);
    check(&serve, "writing", false);
    assert_eq!((serve.log_size(), &serve.update(&id)["state"]), (size, &json!("distributing")));
    limit(&serve, None);
    serve.wait_state(&id, &["observing"]);
    // Not even what could not be said on standard error broke a part of it.
    check(&serve, "parts", true);
    assert_eq!(content(&place), "a = 2\n");
    assert_eq!(serve.entries("update.receipt", &id).len(), 1);
    verified(&place);
    serve.stop();
}
