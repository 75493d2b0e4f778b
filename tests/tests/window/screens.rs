//! No screen has an accessibility finding of impact serious or critical, in either theme.

use super::driver::{Driver, Page};
use super::{DemoApp, NEW};
use serde_json::json;
use std::fs;
use std::path::Path;

const RUN: &str = "const done = arguments[arguments.length - 1]; \
     axe.run(document, {resultTypes: ['violations']}).then(r => done(r.violations\
     .filter(v => ['serious','critical'].includes(v.impact))\
     .map(v => v.id + ': ' + v.nodes.map(n => n.target.join(' ') + ' ' + (n.any[0]?.message ?? '')).slice(0, 4).join(' | '))))";

const RESTS: &str = "return document.getAnimations().every(a => a.playState !== 'running' \
     || a.effect.getComputedTiming().endTime === Infinity)";

/// Findings of what stands in the window now.
fn findings(d: &Driver, what: &str) -> Vec<String> {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace");
    let axe =
        fs::read_to_string(top.join("ui/node_modules/axe-core/axe.min.js")).expect("axe-core is installed");
    if d.script("return typeof window.axe", &json!([])) == "undefined" {
        d.script(&format!("{axe}\n;window.axe = axe;"), &json!([]));
    }
    // Colours on their way from one theme to the other are nobody's.
    d.until("nothing on its way", || d.script(RESTS, &json!([])) == true);
    let found = d.wait_script(RUN, &json!([]));
    let theme = d.script("return document.documentElement.dataset.theme", &json!([]));
    found.as_array().expect("findings").iter().map(|f| format!("{theme} {what} {f}")).collect()
}

/// Findings of a screen when it has read what it shows.
pub(super) fn screen(d: &Driver, hash: &str) -> Vec<String> {
    d.go(hash);
    d.until(&format!("screen {hash}"), || {
        d.has("//main//h1") && !d.has("//main//*[@aria-busy = 'true']") && d.at(hash)
    });
    findings(d, hash)
}

/// Both themes, changed as a person does.
pub(super) fn in_both_themes(d: &Driver, mut each: impl FnMut(&str)) {
    for theme in ["dark", "light"] {
        let button = format!("//button[@aria-label = 'Use the {theme} theme']");
        if d.has(&button) {
            d.press(&button);
        }
        d.until(theme, || d.script("return document.documentElement.dataset.theme", &json!([])) == theme);
        each(theme);
    }
}

/// Opening and starting the app takes longer than looking at a screen: all screens are looked at in one session.
#[test]
fn nothing_on_the_screen_has_a_serious_accessibility_finding_and_the_first_start_makes_the_demo() {
    let mut found = first_start(&DemoApp::first_start().driver);
    let demo = DemoApp::open();
    let pool = demo.submit("Bigger pool", "", NEW);
    found.extend(screens(&demo));
    found.extend(states_of_an_update(&demo, &pool));
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// The ways in, and then the demo.
fn first_start(d: &Driver) -> Vec<String> {
    d.until("the ways in", || d.has("//h1") && d.text().contains("demo"));
    let mut found = findings(d, "first start");
    d.script("document.documentElement.dataset.theme = 'dark'", &json!([]));
    found.extend(findings(d, "first start"));
    d.press("//button[contains(., 'demo')]");
    d.until_text("Nothing needs you");
    found
}

/// Every address of the table of screens, and the signing window.
fn screens(demo: &DemoApp) -> Vec<String> {
    let d = &demo.driver;
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden/screens.json");
    let screens = fs::read_to_string(golden).expect("the list of screens");
    let screens: Vec<String> = serde_json::from_str(&screens).expect("addresses");
    let mut found = Vec::new();
    in_both_themes(d, |_| {
        for hash in &screens {
            found.extend(screen(d, hash));
            if d.has("//main//*[@role = 'alert']") {
                found.push(format!("{hash} tells of a fault: {}", d.text()));
            }
        }
        d.go("/overview");
        d.press("//button[contains(@aria-label, 'Bigger pool')]");
        d.window(Page::Signing);
        d.until_text("Approve this update?");
        found.extend(findings(d, "signing"));
        demo.leave();
    });
    found
}

/// Every state of an update, `pool` being one that still waits for approval.
fn states_of_an_update(demo: &DemoApp, pool: &str) -> Vec<String> {
    let d = &demo.driver;
    let pass = demo.world().join("people/passphrase").display().to_string();
    let act = |args: &[&str], person: &str, reason: &str| {
        let mut all = args.to_vec();
        all.extend(["--as", person, "--passphrase-file", &pass]);
        if !reason.is_empty() {
            all.extend(["--reason", reason]);
        }
        demo.cli(&all);
    };
    let until = |id: &str, states: &[&str]| {
        d.until(&format!("{id} {states:?}"), || {
            demo.cli(&["update", "show", id])["state"].as_str().is_some_and(|s| states.contains(&s))
        });
    };
    act(&["update", "withdraw", pool], "developer", "not now");
    let denied = demo.submit("Denied", "", NEW);
    until(&denied, &["awaiting_approval"]);
    act(&["update", "deny", &denied], "sre", "too much");
    let back = demo.submit("Rolled back", "", NEW);
    until(&back, &["awaiting_approval"]);
    act(&["update", "approve", &back], "sre", "");
    until(&back, &["observing"]);
    act(&["update", "rollback", &back], "developer", "a drill");
    until(&back, &["rolled_back"]);
    let observing = demo.submit("Watched", "", NEW);
    until(&observing, &["awaiting_approval"]);
    act(&["update", "approve", &observing], "sre", "");
    until(&observing, &["observing"]);
    let waiting = demo.submit("Waits", "", &NEW.replace("200ms", "300ms"));
    let failed = demo.submit("Failed", "", "# Checkout\nTHIS IS NO SETTING\n");
    until(&failed, &["failed"]);
    // Somebody else was at the target between the preparation and the distribution.
    let blocked = demo.submit_to(("search", "search.conf"), "Blocked", "", "# Search\nindex.shards = 12\n");
    until(&blocked, &["awaiting_approval"]);
    fs::write(demo.world().join("targets/search/search.conf"), "# Search\nby.hand = yes\n").expect("written");
    act(&["update", "approve", &blocked], "sre", "");
    until(&blocked, &["blocked"]);
    // What is activated cannot be put where it runs.
    let stuck =
        demo.submit_to(("edge-gateway", "gateway.conf"), "Stuck", "", "# Edge gateway\nworkers = 12\n");
    until(&stuck, &["awaiting_approval"]);
    let running = demo.world().join("targets/edge-gateway/running/gateway.conf");
    let _ = fs::remove_file(&running);
    fs::create_dir_all(running.join("in the way")).expect("a directory");
    act(&["update", "approve", &stuck], "sre", "");
    until(&stuck, &["failed"]);
    let mut found = Vec::new();
    in_both_themes(d, |_| {
        // A target that somebody else changed has its ways out in view.
        found.extend(screen(d, "/components/search"));
        for id in [pool, &denied, &failed, &back, &observing, &waiting, &blocked, &stuck] {
            found.extend(screen(d, &format!("/updates/{id}")));
            for tab in ["Diff", "Summary"] {
                let tab = format!("//button[@role='tab'][contains(., '{tab}')]");
                if d.has(&tab) {
                    d.press(&tab);
                    found.extend(findings(d, &format!("{id} {tab}")));
                }
            }
        }
    });
    // Somebody else's file beneath the root: what is rolled back then is not as before.
    fs::write(demo.world().join("targets/checkout/extra.conf"), "who.was = here\n").expect("written");
    act(&["update", "rollback", &observing], "developer", "wrong number");
    until(&observing, &["rollback_failed"]);
    in_both_themes(d, |_| found.extend(screen(d, &format!("/updates/{observing}"))));
    found
}
