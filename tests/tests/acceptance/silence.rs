//! Windows without health: no samples, too few, and an engine that was not there to evaluate.

use crate::harness::binary::run;
use crate::harness::place::{component, plain_target};
use crate::harness::wait::{Deadline, timed};
use crate::harness::{Api, Draft, FastClock, Hosted, Place, Serve, Windows, until};
use grace_domain::core::time::Timestamp;
use serde_json::Value;

/// An update that is being observed.
fn observed(engine: &Api, place: &Place) -> String {
    let root = place.target("srv", &[("a.conf", "a = 1\n")]);
    engine.join(&component("files", &plain_target(&root)));
    let id = engine.submit(&Draft::of("files", &[("a.conf", "a = 2\n")]));
    engine.wait_state(&id, &["awaiting_approval"]);
    engine.approve(&id, "bob").done();
    engine.wait_state(&id, &["observing"]);
    id
}

/// An engine in a process of its own, which can be killed, with an update that is being observed.
fn observing(windows: Windows) -> (Serve, Place, String) {
    let place = Place::new();
    place.init(windows);
    let serve = Serve::start(&place.world());
    let id = observed(&serve, &place);
    (serve, place, id)
}

/// The state in which it ends without having been stable for a moment.
fn ends(serve: &Api, id: &str) -> Value {
    until("the window has ended", 60, || {
        let update = serve.update(id);
        assert_ne!(update["state"], "stable", "silence is not health: {update}");
        (!["observing", "rolling_back"].contains(&update["state"].as_str().unwrap_or_default()))
            .then_some(update)
    })
}

#[test]
fn metrics_that_fall_silent_roll_the_update_back() {
    let place = Place::new();
    place.init(Windows { update_s: 4, fresh_s: 1, min_samples: 1 });
    let serve = Hosted::start(&place.world(), &FastClock::start());
    let id = observed(&serve, &place);
    let update = ends(&serve, &id);
    assert_eq!(update["state"], "rolled_back", "{update}");
    assert_ne!(update["rollback"]["trigger"], "person", "{update}");
    assert_eq!(std::fs::read_to_string(place.path("srv/a.conf")).expect("the target"), "a = 1\n");
    for verdict in serve.entries("update.evaluation", &id) {
        let sentence = verdict["sentence"].as_str().unwrap_or_default();
        assert!(!sentence.contains("healthy"), "{verdict}");
    }
}

/// A counter of the window of an update.
fn seconds(update: &Value, name: &str) -> u64 {
    update["window"][name].as_u64().unwrap_or_else(|| panic!("no {name}: {update}"))
}

/// Whether verdict, counters and sentence of a window say the same.
fn agrees(update: &Value) {
    let window = &update["window"];
    let words = |name: &str| window[name].as_str().unwrap_or_default().to_owned();
    let sentence = words("sentence").to_lowercase();
    assert!(sentence.starts_with(&words("verdict")), "{window}");
    if sentence.contains("observed") {
        let observed = format!("observed {} s of", seconds(update, "observed_s"));
        assert!(sentence.contains(&observed), "{window}");
    }
    assert!(!sentence.starts_with("healthy") || !sentence.contains("too few"), "{window}");
}

#[test]
fn the_counters_of_an_open_window_move_between_two_logged_evaluations() {
    let (serve, place, id) = observing(Windows { update_s: 3600, fresh_s: 3600, min_samples: 1 });
    serve.push("files", 0.01);
    let first = until("it is healthy", 10, || {
        let update = serve.update(&id);
        agrees(&update);
        (update["window"]["verdict"] == "healthy" && seconds(&update, "evaluations") > 1).then_some(update)
    });
    let logged = serve.entries("update.evaluation", &id).len();
    let later = until("the counters moved", 20, || {
        let update = serve.update(&id);
        agrees(&update);
        (seconds(&update, "observed_s") >= seconds(&first, "observed_s") + 3).then_some(update)
    });
    assert!(seconds(&later, "elapsed_s") >= seconds(&first, "elapsed_s") + 3, "{later}");
    assert!(seconds(&later, "evaluations") >= seconds(&first, "evaluations") + 3, "{later}");
    assert_eq!(serve.entries("update.evaluation", &id).len(), logged, "no evaluation was logged meanwhile");
    let overview = serve.get("/api/overview").done();
    let said = overview["running"][0]["sentence"].as_str().unwrap_or_default();
    let number = said.split(' ').nth(1).and_then(|n| n.parse::<u64>().ok());
    assert!(number >= Some(seconds(&later, "observed_s")), "{overview}");
    // The end that the clock shows stands still while the window is observed.
    let end = |update: &Value| {
        update["end_at"].as_str().and_then(|at| at.parse::<Timestamp>().ok()).expect("a time")
    };
    assert!(end(&later).since_ms(end(&first)) < 2_500, "{first} {later}");
    let listed = serve.get("/api/unified-logic/updates").done()["updates"][0].clone();
    let listed_end = listed["next_at"].as_str().and_then(|at| at.parse::<Timestamp>().ok()).expect("a time");
    assert!(listed_end.since_ms(end(&first)) < 2_500, "{first} {listed}");

    // Nobody evaluates it, and nobody runs it: what was counted is still told, and that nothing is seen now is not health.
    serve.kill();
    let rested = run(&place.world(), &["update", "show", &id]).done();
    assert!(seconds(&rested, "observed_s") >= seconds(&later, "observed_s"), "{rested}");
    agrees(&rested);
}

#[test]
fn while_the_engine_is_down_neither_counter_of_a_window_moves() {
    const LENGTH_S: u64 = 9;
    let (serve, place, id) = observing(Windows { update_s: LENGTH_S, fresh_s: 600, min_samples: 1 });
    serve.push("files", 0.01);
    let before = until("a second was observed", 10, || {
        let update = serve.update(&id);
        (seconds(&update, "observed_s") >= 1).then_some(update)
    });
    serve.kill();
    // Longer than the window: what is claimed is that this time does not count.
    let away = Deadline::in_s(LENGTH_S + 1);
    until("the time of the window has passed", 20, || away.passed().then_some(()));

    let ((serve, stable), took) = timed(|| {
        let serve = Serve::start(&place.world());
        let evaluated = until("it is evaluated again", 10, || {
            let update = serve.update(&id);
            assert_eq!(update["state"], "observing", "{update}");
            (seconds(&update, "evaluations") > seconds(&before, "evaluations")).then_some(update)
        });
        // An evaluation before the end that was not seen here, and each one since: of two seconds at the most each.
        let evaluations = seconds(&evaluated, "evaluations") - seconds(&before, "evaluations");
        for counter in ["observed_s", "elapsed_s"] {
            let (was, is) = (seconds(&before, counter), seconds(&evaluated, counter));
            assert!(is <= was + 2 * evaluations + 1, "{counter} went from {was} to {is}: {evaluated}");
        }
        // It goes on where it was, and ends by what it sees.
        let stable = until("the window ends", 30, || {
            serve.push("files", 0.01);
            let update = serve.update(&id);
            (update["state"] != "observing").then_some(update)
        });
        (serve, stable)
    });
    assert_eq!(stable["state"], "stable", "{stable}");
    assert!(seconds(&stable, "observed_s") >= LENGTH_S, "{stable}");
    // What was observed before: a counter without its fraction, and an evaluation that was not seen here.
    let left = LENGTH_S - seconds(&before, "observed_s") - 2;
    assert!(
        took.as_secs() >= left,
        "stable {took:?} after the start, when {left} s at least were to be seen"
    );
    serve.stop();
}
