//! A component that joins, seen in the window: its request, its approval, the five answers.

use super::DemoApp;
use super::screens::{in_both_themes, screen};
use serde_json::json;
use std::fs;

const SUBSYSTEMS: [&str; 5] =
    ["agentic_spine", "memory_fusion", "metrics_collector", "anomaly_watchdog", "self_heal_scheduler"];

/// Writes down, in the page, the count in the ring's middle each time that it is drawn anew.
const WATCH_RING: &str = "const note = () => { \
     const now = document.querySelector('.ack-ring .count')?.textContent; \
     if (now && window.drawn.at(-1) !== now) window.drawn.push(now); }; \
     window.drawn = []; note(); \
     new MutationObserver(note).observe(document.body, {subtree: true, childList: true, characterData: true})";

#[test]
fn a_ring_of_five_fills_live() {
    let demo = DemoApp::open();
    let d = &demo.driver;
    let root = demo.world().join("targets/newcomer");
    fs::create_dir_all(&root).expect("a root");
    fs::write(root.join("n.conf"), "a = 1\n").expect("content");
    let document = json!({
        "component": "newcomer", "title": "Newcomer", "component_type": "service", "version": "1",
        "metrics": ["error_rate"],
        "target": { "kind": "directory", "root": root, "managed": ["*.conf"],
                    "check": { "argv": ["/usr/bin/true"], "timeout_s": 5 } },
    });
    let file = demo.base.path().join("newcomer.json");
    fs::write(&file, document.to_string()).expect("written");
    let pass = demo.world().join("people/passphrase").display().to_string();
    let requested = demo.cli(&[
        "component",
        "add",
        "--target",
        &file.display().to_string(),
        "--as",
        "developer",
        "--passphrase-file",
        &pass,
    ]);
    let id = requested["id"].as_str().expect("an id").to_owned();
    // They answer one after the other, the first when the window shows the ring.
    for (subsystem, delay) in SUBSYSTEMS.iter().zip(["6000", "8000", "10000", "12000", "14000"]) {
        demo.cli(&["sim", "subsystem", subsystem, "--delay-ms", delay]);
    }
    d.until_text("Newcomer");
    d.script(WATCH_RING, &json!([]));
    d.press("//button[contains(@aria-label, 'Newcomer')]");
    demo.sign("sre", "", "Approve as sre");
    d.go(&format!("/handshakes/{id}"));
    for subsystem in SUBSYSTEMS {
        d.until(subsystem, || {
            d.has(&format!("//*[@role='button'][starts-with(@aria-label, '{subsystem} acknowledged ')]"))
        });
    }
    d.until_text("5 of 5");
    let drawn = d.script("return window.drawn", &json!([]));
    let drawn: Vec<&str> = drawn.as_array().into_iter().flatten().filter_map(|v| v.as_str()).collect();
    assert!(drawn.len() > 2, "the ring was seen filling, not full alone: {drawn:?}");
    assert!(drawn.windows(2).all(|n| n[0] < n[1]), "no answer is taken back: {drawn:?}");
    let shown = demo.cli(&["handshake", "show", &id]);
    assert_eq!(shown["acks"].as_array().map(Vec::len), Some(5));
    // Governance points at the signature, not at the announcement that followed it.
    assert_eq!(shown["steps"][1]["seq"], shown["approvals"][0]["seq"], "{shown}");
    let mut found = Vec::new();
    in_both_themes(d, |_| found.extend(screen(d, &format!("/handshakes/{id}"))));
    assert!(found.is_empty(), "{}", found.join("\n"));
}
