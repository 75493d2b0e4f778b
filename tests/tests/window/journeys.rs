//! What a person does from beginning to end, by mouse and keyboard, and what is then on the screen and on disk.

use super::driver::{Driver, NOTIFICATIONS, Page, key};
use super::{DemoApp, NEW};
use serde_json::json;
use std::fs;

/// Verdicts of the eight cards, in their order.
fn cards(d: &Driver) -> Vec<String> {
    let read = "return [...document.querySelectorAll('.stages ol > li')].map(li => li.className)";
    let found = d.script(read, &json!([]));
    found.as_array().into_iter().flatten().filter_map(|v| v.as_str().map(str::to_owned)).collect()
}

/// Writes down, in the page, the verdicts of the cards each time that they are drawn anew.
const WATCH_CARDS: &str = "const note = () => { \
     const now = [...document.querySelectorAll('.stages ol > li')].map(li => li.className).join(' '); \
     if (now && window.drawn.at(-1) !== now) window.drawn.push(now); }; \
     window.drawn = []; note(); \
     new MutationObserver(note).observe(document.body, {subtree: true, childList: true, attributes: true})";

/// How many cards had passed at each drawing since `WATCH_CARDS`; what comes after the package passes in order.
fn passing(d: &Driver) -> Vec<usize> {
    let drawn = d.script("return window.drawn", &json!([]));
    let mut counts: Vec<usize> = Vec::new();
    for cards in drawn.as_array().into_iter().flatten().filter_map(|v| v.as_str()) {
        let passed: Vec<bool> = cards.split_whitespace().map(|c| c == "passed").collect();
        for n in 5..passed.len() {
            assert!(
                !passed[n] || passed[..n].iter().all(|p| *p),
                "no card passes before those above: {cards}"
            );
        }
        let all = passed.iter().filter(|p| **p).count();
        if counts.last() != Some(&all) {
            counts.push(all);
        }
    }
    counts
}

#[test]
fn an_update_is_written_signed_approved_watched_and_rolled_back_in_the_windows() {
    let demo = DemoApp::open();
    let d = &demo.driver;
    let before = demo.managed();

    // Written: a component, its managed file in the editor, the plan beside.
    d.press("//header//button[contains(., 'New update')]");
    d.press("//label[span = 'Component']//option[@value = 'checkout']");
    d.until("the file in the editor", || d.has("//*[contains(@class, 'draft-editor')]"));
    d.press("//*[contains(@class, 'draft-editor')]/*");
    d.keys(&[&format!("{}a", key::CONTROL)]);
    d.write(NEW);
    d.type_into("//label[span = 'Title']//input", "Bigger pool");
    d.press("//label[span = 'Submitted by']//option[@value = 'developer']");
    d.press("//button[@role = 'tab'][contains(., 'Difference')]");
    d.until_text("retry.budget = 5");
    d.until("the plan", || d.has("//aside[@aria-label = 'Plan']//*[contains(., 'retry.budget')]"));
    d.press("//button[contains(., 'Review and sign')]");
    demo.sign("developer", "", "Submit as developer");
    assert_eq!(demo.managed(), before, "nothing is applied before somebody else approves");

    // Signed by somebody else, watched through its stages.
    let id = demo.cli(&["update", "list"])["updates"][0]["id"].as_str().expect("an id").to_owned();
    d.go(&format!("/updates/{id}"));
    d.until("four stages passed, governance waiting for a signature", || {
        let cards = cards(d);
        cards.len() == 8 && cards[1..5].iter().all(|c| c == "passed")
    });
    d.script(WATCH_CARDS, &json!([]));
    d.press("//button[contains(., 'Approve or deny')]");
    demo.sign("sre", "", "Approve as sre");
    d.until("seven stages passed and the eighth running", || {
        let cards = cards(d);
        cards.len() == 8 && cards[..7].iter().all(|c| c == "passed") && cards[7] != "waiting"
    });
    assert_eq!(demo.managed(), NEW);
    let passed = passing(d);
    assert!(passed.len() > 1, "the window showed how they pass, not their end alone: {passed:?}");
    assert!(passed.windows(2).all(|p| p[0] < p[1]), "no card goes back: {passed:?}");

    // Rolled back.
    d.press("//button[contains(., 'Roll back')]");
    demo.sign("developer", "it was a drill", "Roll back as developer");
    d.until_text("The managed content is as before");
    assert_eq!(demo.managed(), before);
}

#[test]
fn a_metric_is_defined_in_its_form_read_by_name_and_signed() {
    let demo = DemoApp::open();
    let d = &demo.driver;
    // The address names a component that takes definitions only: its form opens.
    d.go("/new-update/metrics_collector");
    let field = |label: &str| format!("//*[contains(@class, 'field')][span[. = '{label}']]//input");
    for (label, text) in [
        ("Id in samples", "queue_depth"),
        ("Name", "Queue depth"),
        ("Unit", "jobs"),
        ("Absolute limit", "500"),
        ("Title", "Judge the queue"),
    ] {
        d.type_into(&field(label), text);
    }
    d.press("//label[span = 'Submitted by']//option[@value = 'developer']");
    d.press("//button[contains(., 'Review and sign')]");
    d.window(Page::Signing);
    d.until_text("Submit this update?");
    d.until("its members by name, in front of the line of them", || {
        d.has("//table[contains(@class, 'values')]//td[contains(., '500')]/ancestor::section/following-sibling::figure")
    });
    d.window(Page::Main);
    demo.sign("developer", "", "Submit as developer");
    // Nothing is left to be signed twice: what it became stands where it was written.
    d.until("what it became", || d.has("//section[@aria-label = 'Submitted']"));
    let shown = demo.cli(&["update", "list"]);
    assert_eq!(shown["updates"][0]["title"], "Judge the queue", "{shown}");
    assert_eq!(shown["updates"][0]["update_type"], "metric_definition", "{shown}");
}

#[test]
fn an_entry_is_found_proved_and_exported() {
    let demo = DemoApp::open();
    let d = &demo.driver;
    demo.submit("Bigger pool", "", NEW);
    d.until("the package", || d.has("//button[contains(@aria-label, 'Bigger pool')]"));
    d.write("gl");
    d.type_into("//input[@data-filter]", "update.packaged");
    d.keys(&[&key::ENTER.to_string()]);
    d.until_text("Only type update.packaged");
    d.press("//*[@role = 'row'][contains(., 'update.packaged')]");
    d.until_text("computed here");
    let shown = d.text();
    let seq = shown
        .split("Entry ")
        .nth(1)
        .and_then(|t| t.split_whitespace().next())
        .map(str::to_owned)
        .expect("a number");
    let proved = demo.cli(&["log", "prove", &seq]);
    assert_eq!(proved["verified"], true, "{proved}");
    // The window holds the whole proof behind one button: it is the one that the command line gives.
    let copied = d.script(
        "return [...document.querySelectorAll('.log-entry header .copy')].map(b => b.title)[0]",
        &json!([]),
    );
    let held: serde_json::Value = serde_json::from_str(copied.as_str().expect("a proof")).expect("JSON");
    for part in ["leaf", "index", "size", "path", "root", "checkpoint"] {
        assert_eq!(held[part], proved[part], "{part}");
    }

    d.press("//button[normalize-space(.) = 'Export audit']");
    d.until_text("Check it anywhere");
    let files: Vec<_> = fs::read_dir(demo.world().join("exports"))
        .expect("exports")
        .map(|e| e.expect("an entry").path().display().to_string())
        .collect();
    let [file] = files.as_slice() else { panic!("one export: {files:?}") };
    assert!(d.text().contains(file.as_str()), "the window names the file: {file}");
    let trust = demo.world().join("log.vkey").display().to_string();
    let report = demo.cli(&["audit", "verify", file, "--trust", &trust]);
    assert_eq!(report["ok"], true, "{report}");
}

#[test]
fn everything_is_reached_by_keyboard_and_no_key_decides() {
    let demo = DemoApp::open();
    let d = &demo.driver;
    let id = demo.submit("Bigger pool", "", NEW);
    let second = demo.submit("Longer wait", "", &NEW.replace("200ms", "300ms"));
    d.until_text("Longer wait");
    let at = || d.script("return location.hash", &json!([])).as_str().unwrap_or_default().to_owned();
    let go = |letter: &str, to: &str| {
        d.keys(&["g", letter]);
        d.until(to, || at() == format!("#/{to}"));
    };
    for (letter, to) in
        [("u", "updates"), ("h", "handshakes"), ("l", "log"), ("c", "components"), ("o", "overview")]
    {
        go(letter, to);
    }
    d.keys(&["?"]);
    d.until("the help", || d.has("//h1[. = 'Keys']"));
    d.keys(&[&key::ESCAPE.to_string()]);
    d.until("no help", || !d.has("//dialog[@open]//h1[. = 'Keys']"));

    d.keys(&[&format!("{}k", key::CONTROL)]);
    d.until("the palette", || d.has("//*[@role = 'combobox']"));
    d.write("Bigger");
    d.until("it is found", || d.has("//*[@role = 'option'][contains(., 'Bigger pool')]"));
    d.keys(&[&key::ENTER.to_string()]);
    d.until("the update", || at() == format!("#/updates/{id}"));
    d.keys(&[&key::ESCAPE.to_string()]);
    d.until("back in the list", || at() == "#/updates");
    d.until("two rows", || d.has("(//*[@data-row])[2]"));
    d.keys(&["j", "j", "k", "j"]);
    let row = d.script("return document.activeElement.innerText", &json!([]));
    assert!(row.as_str().is_some_and(|r| r.contains("Bigger pool")), "{row}");
    d.keys(&[&key::ENTER.to_string()]);
    d.until("the row's update", || at() == format!("#/updates/{id}"));

    // `a` opens the first approval to be read; Enter in it does nothing but cancel, where the focus begins.
    d.keys(&["a"]);
    d.window(Page::Signing);
    d.until_text("Approve this update?");
    d.until("the focus on Cancel", || {
        d.script("return document.activeElement.innerText", &json!([])).as_str() == Some("Cancel")
    });
    d.key_last(key::ESCAPE);
    d.until("the signing window closed", || d.windows() == 1);
    for update in [&id, &second] {
        let shown = demo.cli(&["update", "show", update]);
        assert_eq!(shown["approvals"].as_array().map(Vec::len), Some(0), "{shown}");
    }
}

#[test]
fn an_approval_that_waits_is_announced_on_the_desktop_in_the_products_own_words() {
    let demo = DemoApp::open();
    let d = &demo.driver;
    let title = "Urgent: sign at once";
    demo.submit(title, "", NEW);
    let told = || fs::read_to_string(demo.base.path().join(NOTIFICATIONS)).unwrap_or_default();
    d.until("a notification", || told().contains("An update waits for approval"));
    assert!(told().contains("member=Notify"), "{}", told());
    assert!(!told().contains(title), "no words of a person: {}", told());
}

#[test]
fn a_plain_locale_still_shows_dates() {
    let demo = DemoApp::open();
    let d = &demo.driver;
    // The driver starts the app under the locale C, at which the webview's own formats throw without help.
    let shown = d.script("return [navigator.language, new Intl.DateTimeFormat().format(0)]", &json!([]));
    assert_eq!(shown[0], "en-US", "{shown}");
    demo.submit("Bigger pool", "", NEW);
    d.go("/log");
    d.until("times in the log", || {
        let times = "return [...document.querySelectorAll('.log-scroll [role=row] [role=cell]:nth-child(2)')]\
             .some(c => /\\d\\d:\\d\\d:\\d\\d/.test(c.textContent))";
        d.script(times, &json!([])) == true
    });
}
