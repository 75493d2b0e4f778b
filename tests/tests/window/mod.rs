//! The real windows, driven over WebDriver: what a person sees and does, and what a script in the page cannot do.

mod driver;

use driver::Driver;
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

/// The demo world in the open app.
struct Desk {
    driver: Driver,
    base: TempDir,
}

impl Desk {
    fn open() -> Self {
        let base = tempfile::tempdir().expect("a directory");
        let driver = Driver::open(&base.path().join("world"), base.path(), true);
        driver.window("Grace Control Center");
        driver.until_text("Nothing needs you");
        Self { driver, base }
    }

    fn world(&self) -> std::path::PathBuf {
        self.base.path().join("world")
    }

    fn passphrase(&self) -> String {
        fs::read_to_string(self.world().join("people/passphrase"))
            .expect("the demo's passphrase")
            .trim()
            .to_owned()
    }

    /// The command line beside the window, on the same engine.
    fn cli(&self, args: &[&str]) -> Value {
        let named = std::env::var_os("GRACE_BIN").map(std::path::PathBuf::from);
        let own = std::env::current_exe().expect("this test's path");
        let program = named.unwrap_or_else(|| own.ancestors().nth(2).expect("target/debug").join("grace"));
        let out = Command::new(program)
            .arg("--json")
            .arg("--data-dir")
            .arg(self.world())
            .args(args)
            .output()
            .expect("grace");
        assert!(out.status.success(), "{args:?}: {}", String::from_utf8_lossy(&out.stderr));
        serde_json::from_slice(&out.stdout).expect("JSON")
    }

    fn submit(&self, title: &str, description: &str, content: &str) -> String {
        let file = self.base.path().join("new.conf");
        fs::write(&file, content).expect("written");
        let place = format!("checkout.conf={}", file.display());
        let pass = self.world().join("people/passphrase").display().to_string();
        let answer = self.cli(&[
            "update",
            "submit",
            "--component",
            "checkout",
            "--file",
            &place,
            "--title",
            title,
            "--description",
            description,
            "--as",
            "developer",
            "--passphrase-file",
            &pass,
            "--risk",
            "low",
        ]);
        answer["id"].as_str().expect("an id").to_owned()
    }

    fn managed(&self) -> String {
        fs::read_to_string(self.world().join("targets/checkout/checkout.conf")).expect("the managed file")
    }

    /// Presses what opens the signing window until it is there: a press while the page moves under it is lost.
    fn review(&self, xpath: &str) {
        let d = &self.driver;
        let looks = std::cell::Cell::new(0);
        d.until("the signing window", || {
            if d.windows() > 1 {
                return true;
            }
            if looks.get() % 25 == 0 {
                d.try_press(xpath);
            }
            looks.set(looks.get() + 1);
            false
        });
    }

    /// Signs in the signing window as `person`.
    fn sign(&self, person: &str, reason: &str, button: &str) {
        let d = &self.driver;
        d.window("Sign");
        d.press(&format!("//select[@name='signer']/option[starts-with(., '{person}')]"));
        d.type_into("//input[@type='password']", &self.passphrase());
        if !reason.is_empty() {
            d.type_into("//footer//label[contains(., 'Reason')]//input", reason);
        }
        d.press(&format!("//footer//button[contains(., '{button}')]"));
        // It closes by itself when all is signed, or says what happened and waits to be closed.
        d.until("the signing window closed", || {
            if d.windows() > 1 {
                d.try_press("//footer//button[normalize-space(.) = 'Close']");
            }
            d.windows() == 1
        });
        d.window("Grace Control Center");
    }
}

const NEW: &str = "# Checkout\nretry.budget = 5\nretry.backoff = 200ms\ncard.timeout = 4s\n";

#[test]
fn an_update_is_approved_watched_and_rolled_back_in_the_windows() {
    let desk = Desk::open();
    let d = &desk.driver;
    let before = desk.managed();
    let id = desk.submit("Bigger pool", "", NEW);
    d.until_text("Bigger pool");
    desk.review("//button[contains(@aria-label, 'Bigger pool')]");
    desk.sign("sre", "", "Approve as sre");
    d.go(&format!("/updates/{id}"));
    d.until_text("Observing");
    assert_eq!(desk.managed(), NEW);
    desk.review("//button[contains(., 'Roll back')]");
    desk.sign("developer", "it was a drill", "Roll back as developer");
    d.until_text("The managed content is as before");
    assert_eq!(desk.managed(), before);
    d.go("/log");
    d.until_text("update.rolled_back");
}

#[test]
fn a_ring_of_five_fills_and_the_log_shows_its_proof_and_exports() {
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
    desk.review("//button[contains(@aria-label, 'Newcomer') or contains(@aria-label, 'newcomer')]");
    desk.sign("sre", "", "Approve as sre");
    d.go(&format!("/handshakes/{id}"));
    for subsystem in
        ["agentic_spine", "memory_fusion", "metrics_collector", "anomaly_watchdog", "self_heal_scheduler"]
    {
        d.until_text(subsystem);
    }
    d.until("five acknowledgements", || {
        desk.cli(&["handshake", "show", &id])["acks"].as_array().is_some_and(|a| a.len() == 5)
    });
    d.go("/log/0");
    d.until_text("world.created");
    d.until("the proof", || d.text().to_lowercase().contains("verif"));
    d.press("//button[contains(., 'Export')]");
    d.until("an export on disk", || exports(&desk.world()) > 0);
}

fn exports(world: &Path) -> usize {
    fs::read_dir(world.join("exports")).map_or(0, Iterator::count)
}

#[test]
fn a_script_in_the_main_window_cannot_sign_and_cannot_speak_to_the_signing_window() {
    let desk = Desk::open();
    let d = &desk.driver;
    let call = "const done = arguments[arguments.length - 1]; window.__TAURI_INTERNALS__.invoke(arguments[0], arguments[1]).then(v => done({ok: v}), e => done({refused: String(e.detail ?? e)}))";
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
        let answer = d.wait_script(call, &json!([command, args]));
        assert!(answer["refused"].is_string(), "{command}: {answer}");
        assert!(answer["refused"].as_str().is_some_and(|r| r.contains("not allowed")), "{command}: {answer}");
    }
    let globals = d.script("return typeof window.__TAURI__", &json!([]));
    assert_eq!(globals, "undefined");
}

#[test]
fn hostile_text_is_shown_as_text() {
    let desk = Desk::open();
    let d = &desk.driver;
    let evil = "<img src=x onerror=\"window.hit=1\">\u{202e}gnp";
    let id = desk.submit(
        evil,
        "<script>window.hit=2</script>",
        &format!("{NEW}note.text = <b onclick=window.hit=3>bold</b>\n"),
    );
    d.go(&format!("/updates/{id}"));
    d.until_text("<img src=x");
    d.until_text("U+202E");
    d.press("//button[@role='tab'][contains(., 'Diff')]");
    d.until_text("<b onclick");
    d.press("//button[@role='tab'][contains(., 'Summary')]");
    d.until_text("<script>window.hit=2</script>");
    assert_eq!(d.script("return window.hit ?? null", &json!([])), Value::Null);
}

#[test]
fn no_screen_has_a_serious_accessibility_finding() {
    let desk = Desk::open();
    let d = &desk.driver;
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace");
    let axe =
        fs::read_to_string(top.join("ui/node_modules/axe-core/axe.min.js")).expect("axe-core is installed");
    let id = desk.submit("Bigger pool", "", NEW);
    let update = format!("/updates/{id}");
    let screens = [
        "/overview",
        "/updates",
        update.as_str(),
        "/handshakes",
        "/log",
        "/log/3",
        "/components",
        "/components/checkout",
        "/new-update",
        "/simulator",
    ];
    let run = "const done = arguments[arguments.length - 1]; axe.run(document, {resultTypes: ['violations']}).then(r => done(r.violations.filter(v => ['serious','critical'].includes(v.impact)).map(v => v.id + ': ' + v.nodes.map(n => n.target.join(' ') + ' ' + (n.any[0]?.message ?? '')).slice(0, 4).join(' | '))))";
    d.script(&format!("{axe}\n;window.axe = axe;"), &json!([]));
    let mut found = Vec::new();
    for theme in ["light", "dark"] {
        d.script("document.documentElement.dataset.theme = arguments[0]", &json!([theme]));
        for screen in screens {
            d.go(screen);
            d.until("the screen", || {
                d.script("return document.querySelector('main h1') !== null", &json!([])) == true
            });
            for finding in d.wait_script(run, &json!([])).as_array().into_iter().flatten() {
                found.push(format!("{theme} {screen} {finding}"));
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}
