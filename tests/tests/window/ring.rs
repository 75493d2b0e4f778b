//! A component that joins, seen in the window: its request, its approval, the five answers.

use super::Desk;
use serde_json::json;
use std::fs;

#[test]
fn a_ring_of_five_fills_live() {
    let desk = Desk::open();
    let d = &desk.driver;
    let root = desk.world().join("targets/newcomer");
    fs::create_dir_all(&root).expect("a root");
    fs::write(root.join("n.conf"), "a = 1\n").expect("content");
    let document = json!({
        "component": "newcomer", "title": "Newcomer", "component_type": "service", "version": "1",
        "metrics": ["error_rate"],
        "target": { "kind": "directory", "root": root, "managed": ["*.conf"],
                    "check": { "argv": ["/usr/bin/true"], "timeout_s": 5 } },
    });
    let file = desk.base.path().join("newcomer.json");
    fs::write(&file, document.to_string()).expect("written");
    let pass = desk.world().join("people/passphrase").display().to_string();
    let asked = desk.cli(&[
        "component",
        "add",
        "--target",
        &file.display().to_string(),
        "--as",
        "developer",
        "--passphrase-file",
        &pass,
    ]);
    let id = asked["id"].as_str().expect("an id").to_owned();
    d.until_text("Newcomer");
    d.press("//button[contains(@aria-label, 'Newcomer')]");
    desk.sign("sre", "", "Approve as sre");
    d.go(&format!("/handshakes/{id}"));
    for subsystem in
        ["agentic_spine", "memory_fusion", "metrics_collector", "anomaly_watchdog", "self_heal_scheduler"]
    {
        d.until(subsystem, || {
            d.has(&format!("//*[@role='button'][starts-with(@aria-label, '{subsystem} ack ')]"))
        });
    }
    d.until_text("5 of 5");
    let shown = desk.cli(&["handshake", "show", &id]);
    assert_eq!(shown["acks"].as_array().map(Vec::len), Some(5));
    // Governance points at the signature, not at the announcement that followed it.
    assert_eq!(shown["steps"][1]["seq"], shown["approvals"][0]["seq"], "{shown}");
}
