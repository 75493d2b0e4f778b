//! What a script in the main window, and text that somebody else wrote, cannot do.

use super::driver::Page;
use super::{DemoApp, NEW};
use serde_json::{Value, json};

const CALL: &str = "const done = arguments[arguments.length - 1]; \
     window.__TAURI_INTERNALS__.invoke(arguments[0], arguments[1])\
     .then(v => done({ok: v}), e => done({refused: String(e.detail ?? e), code: e.code ?? null}))";

#[test]
fn a_script_in_the_main_window_cannot_sign_and_cannot_speak_to_the_signing_window() {
    let demo = DemoApp::open();
    let d = &demo.driver;
    for (command, args) in [
        (
            "sign",
            json!({ "request": { "person": "sre", "passphrase": "x", "decision": "approve", "reason": "" } }),
        ),
        ("signing_view", json!({})),
        (
            "plugin:event|emit_to",
            json!({ "target": { "kind": "Any", "label": "signing" }, "event": "x", "payload": 1 }),
        ),
        ("plugin:event|emit", json!({ "event": "x", "payload": 1 })),
        ("plugin:webview|create_webview_window", json!({ "options": {} })),
    ] {
        let answer = d.wait_script(CALL, &json!([command, args]));
        assert!(answer["refused"].is_string(), "{command}: {answer}");
        assert!(answer["refused"].as_str().is_some_and(|r| r.contains("not allowed")), "{command}: {answer}");
    }
    let globals = d.script("return typeof window.__TAURI__", &json!([]));
    assert_eq!(globals, "undefined");
}

#[test]
fn hostile_text_is_shown_as_text() {
    let demo = DemoApp::open();
    let d = &demo.driver;
    let evil = "<img src=x onerror=\"window.hit=1\">";
    let id = demo.submit(
        evil,
        "<script>window.hit=2</script>\u{202e}gnp",
        &format!("{NEW}note.text = <b onclick=window.hit=3>bold</b>\n"),
    );
    d.go(&format!("/updates/{id}"));
    d.until_text("<img src=x");
    d.press("//button[@role='tab'][contains(., 'Diff')]");
    d.until_text("<b onclick");
    d.press("//button[@role='tab'][contains(., 'Summary')]");
    d.until_text("<script>window.hit=2</script>");
    d.until_text("U+202E");
    assert_eq!(d.script("return window.hit ?? null", &json!([])), Value::Null);
}

#[test]
fn what_changed_since_it_was_shown_is_not_signed() {
    let demo = DemoApp::open();
    let d = &demo.driver;
    let id = demo.submit("Bigger pool", "", NEW);
    d.press("//button[contains(@aria-label, 'Bigger pool')]");
    d.window(Page::Signing);
    d.until_text("Approve this update?");
    let sign = |seal: &str| {
        let request = json!({ "person": "sre", "passphrase": demo.passphrase(), "decision": "approve",
            "reason": "", "seal": seal });
        d.wait_script(CALL, &json!(["sign", { "request": request }]))
    };
    // A seal of something else is what a window would send whose content has changed under it.
    let answer = sign(&"0".repeat(64));
    assert_eq!(answer["code"], "changed_meanwhile", "{answer}");
    let shown = demo.cli(&["update", "show", &id]);
    assert_eq!(shown["approvals"].as_array().map(Vec::len), Some(0), "{shown}");
    // Withdrawn beneath the window: what it shows cannot be signed any more, by its own seal neither.
    let view = d.wait_script(CALL, &json!(["signing_view", {}]));
    let seal = view["ok"]["seal"].as_str().expect("a seal").to_owned();
    let pass = demo.world().join("people/passphrase").display().to_string();
    demo.cli(&[
        "update",
        "withdraw",
        &id,
        "--as",
        "developer",
        "--passphrase-file",
        &pass,
        "--reason",
        "not now",
    ]);
    let answer = sign(&seal);
    assert!(answer["code"].is_string(), "{answer}");
    let shown = demo.cli(&["update", "show", &id]);
    assert_eq!(shown["state"], "withdrawn", "{shown}");
    assert_eq!(shown["approvals"].as_array().map(Vec::len), Some(0), "{shown}");
}
