//! Observation windows: what is healthy, what regressed, what nobody can tell, and what a stop of the engine means.

use crate::support::wait::deadline;
use crate::support::{Act, Bench, id, submission};
use grace_domain::core::codes::Code;
use grace_domain::core::ids::UpdateId;
use grace_domain::judge::window::Progress;
use grace_engine::metrics::Pushed;

async fn observed(bench: &Bench, text: &str) -> UpdateId {
    let update = bench.submit(submission("edge", "low").file("app.conf", text)).await;
    bench.until(&update, "awaiting_approval").await;
    bench.approve(&update, "sre").await.expect("approved");
    update
}

/// Waits until the component has samples, so that there is a baseline.
async fn measured(bench: &Bench) {
    let reader = bench.engine().reader();
    loop {
        let metrics = reader.sampled_metrics("edge").await.expect("readable");
        if metrics.len() == 2 {
            return;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn samples_over_the_limit_roll_the_update_back_without_a_person() {
    let bench = Bench::new().await;
    let before = bench.edge().read("app.conf");
    bench.errors("edge", 200_000);
    let update = observed(&bench, "workers = 9\n").await;
    let back = bench.until(&update, "rolled_back").await;
    assert_eq!(back.rollback().map(|r| r.trigger.as_str()), Some("regressed"));
    assert!(back.rollback().is_some_and(|r| r.by.is_none() && r.reason.contains("error_rate")));
    assert_eq!(back.card(8).map(|c| c.facts.code.map_or("", Code::as_str)), Some("regressed"));
    assert_eq!(bench.edge().read("app.conf"), before);
    bench.verify().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn latency_is_judged_against_what_it_was_before() {
    let bench = Bench::new().await;
    measured(&bench).await;
    let update = observed(&bench, "workers = 9\n").await;
    bench.until(&update, "observing").await;
    let slow = crate::support::players::Source { latency_p95_ms_micro: 400_000_000, ..Default::default() };
    bench.source("edge", slow);
    let back = bench.until(&update, "rolled_back").await;
    assert!(back.rollback().is_some_and(|r| r.reason.contains("latency_p95_ms")), "{:?}", back.rollback());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pushed_samples_count_like_simulated_ones() {
    let bench = Bench::new().await;
    bench.silent("edge");
    let push = |metric: &str, value_micro| Pushed { metric: id(metric), value_micro, count: 10, at: None };
    let update = observed(&bench, "workers = 9\n").await;
    bench.until_is(&update, "watched", |u| u.window().is_some()).await;
    let samples = [push("error_rate", 300_000), push("latency_p95_ms", 100_000_000)];
    bench.engine().push_samples(&id("edge"), &samples).await.expect("taken");
    let back = bench.until(&update, "rolled_back").await;
    assert_eq!(back.rollback().map(|r| r.trigger.as_str()), Some("regressed"));
    let unknown = bench.engine().push_samples(&id("edge"), &[push("temperature", 1)]).await;
    assert_eq!(unknown.expect_err("not declared").code, Code::UnknownMetric);
    let old = Pushed { at: Some(bench.ports.clock.now().plus_ms(120_000)), ..push("error_rate", 1) };
    assert_eq!(
        bench.engine().push_samples(&id("edge"), &[old]).await.expect_err("tomorrow").code,
        Code::SampleTime
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_any_samples_ever_it_is_held_and_another_person_may_keep_it() {
    let bench = Bench::new().await;
    bench.silent("edge");
    let update = observed(&bench, "workers = 9\n").await;
    let held = bench.until(&update, "held").await;
    assert!(held.reason().is_some_and(|r| r.contains("no data")), "{:?}", held.reason());
    assert_eq!(held.window().map(|w| w.observed_ms), Some(0));
    assert_eq!(bench.act(&update, Act::Keep, "developer").await.expect_err("own").code, Code::SelfApproval);
    assert_eq!(bench.update(&update).await.state().as_str(), "held");
    // It still occupies its component.
    let next = bench.submit(submission("edge", "low").file("more.conf", "a\n")).await;
    bench.until(&next, "awaiting_approval").await;
    bench.approve(&next, "sre").await.expect("approved");
    let waiting = bench.until_is(&next, "waiting", |u| u.reason().is_some()).await;
    assert!(waiting.reason().is_some_and(|r| r.contains("held")), "{:?}", waiting.reason());
    bench.act(&update, Act::Keep, "sre").await.expect("kept");
    assert_eq!(bench.update(&update).await.state().as_str(), "stable");
    bench.verify().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_component_without_metrics_is_held_at_once_and_can_be_rolled_back() {
    let bench = Bench::with(|s| s.metrics = Vec::new()).await;
    let update = observed(&bench, "workers = 9\n").await;
    bench.until(&update, "held").await;
    bench.act(&update, Act::Rollback, "developer").await.expect("one signature");
    bench.until(&update, "rolled_back").await;
    assert_eq!(bench.edge().text(), crate::support::place::FIRST);
    bench.verify().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn metrics_that_existed_and_vanish_roll_it_back() {
    let bench = Bench::new().await;
    measured(&bench).await;
    let update = observed(&bench, "workers = 9\n").await;
    bench.silent("edge");
    let back = bench.until(&update, "rolled_back").await;
    assert_eq!(back.rollback().map(|r| r.trigger.as_str()), Some("metrics_vanished"));
    assert_eq!(bench.edge().text(), crate::support::place::FIRST);
    bench.verify().await;
}

/// A component may declare what it never sends: that is no effect of an update, and what it does send goes on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_metric_that_never_came_has_not_vanished_while_the_others_are_there() {
    let bench = Bench::new().await;
    bench.silent("edge");
    // Whatever was sent until now is too old for a baseline.
    bench.clock.move_ms(120_000);
    let push = async || {
        let pushed = Pushed { metric: id("error_rate"), value_micro: 10_000, count: 1, at: None };
        bench.engine().push_samples(&id("edge"), &[pushed]).await.map(|_| ())
    };
    push().await.expect("there before the update");
    let update = observed(&bench, "workers = 9\n").await;
    let opened = bench.until_is(&update, "watched", |u| u.window().is_some()).await;
    let watched = &opened.window().expect("a window").watched;
    let had: Vec<bool> = watched.series().map(|(_, rule)| rule.baseline.is_some()).collect();
    assert_eq!(had, [true, false], "{watched:?}");
    while bench.update(&update).await.state().as_str() == "observing" {
        // Two of one moment are refused, and that is as good.
        let _ = push().await;
        tokio::task::yield_now().await;
    }
    let held = bench.update(&update).await;
    assert_eq!(held.state().as_str(), "held");
    assert!(held.reason().is_some_and(|r| r.contains("latency_p95_ms")), "{:?}", held.reason());
    bench.verify().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn too_few_samples_are_not_health() {
    let bench = Bench::with(|s| s.policy.min_samples = 1000).await;
    let update = observed(&bench, "workers = 9\n").await;
    let ended = bench.until_is(&update, "judged", |u| u.ended() || u.state().as_str() == "held").await;
    assert_ne!(ended.state().as_str(), "stable");
    assert_eq!(ended.window().map(|w| (w.observed_ms, w.healthy)), Some((0, 0)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn neither_counter_moves_while_the_engine_is_down_and_the_window_ends_afterwards() {
    let mut bench = Bench::new().await;
    let update = observed(&bench, "workers = 9\n").await;
    let evaluated =
        bench.until_is(&update, "evaluated", |u| u.window().is_some_and(|w| w.evaluations > 0)).await;
    let before = bench.update(&update).await.window().cloned().expect("a window");
    assert!(before.elapsed_ms < before.length_ms, "{before:?}");
    bench.stop().await;
    bench.clock.move_ms(3_600_000);
    bench.start().await;
    let after = bench.update(&update).await.window().cloned().expect("a window");
    assert_eq!(before, after);
    assert_eq!(evaluated.window_opened(), bench.update(&update).await.window_opened());
    // No data at first: samples of before are not fresh. Then it sees again.
    let stable = bench.until(&update, "stable").await;
    let window = stable.window().expect("a window");
    assert!(window.elapsed_ms < 2 * window.length_ms, "an hour was counted: {window:?}");
    bench.verify().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_joining_component_without_samples_is_suspended() {
    let bench = Bench::new().await;
    let handshake = bench.announced().await;
    for by in grace_domain::governance::policy::ACKNOWLEDGERS {
        bench.answer(&handshake, by, grace_domain::statement::Vote::Ack).await.expect("counts");
    }
    bench.silent("newcomer");
    let suspended = bench.until_handshake(&handshake, "suspended").await;
    assert!(suspended.reason().is_some_and(|r| r.contains("could not be seen")), "{:?}", suspended.reason());
    assert_eq!(bench.phase("newcomer"), "suspended");
    let refused = bench.try_submit(submission("newcomer", "low").file("app.conf", "a\n")).await;
    assert_eq!(refused.expect_err("suspended").code, Code::ComponentNotReady);
    bench.verify().await;
}

/// The counters of the last evaluation, logged or not.
async fn progress(bench: &Bench, update: &UpdateId, is: impl Fn(&Progress) -> bool) -> Progress {
    let reader = bench.engine().reader();
    let wait = async {
        loop {
            let kept = reader.window_progress(update.as_str()).await.expect("readable");
            if let Some(found) = kept.and_then(|k| serde_json::from_str::<Progress>(&k.doc).ok()).filter(&is)
            {
                return found;
            }
            let update = bench.update(update).await;
            let (state, reason) = (update.state().as_str(), update.reason());
            assert!(!update.ended() && state != "held", "{state}, its window counts no more: {reason:?}");
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(deadline(), wait).await.expect("counted in time")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restart_loses_no_evaluation_and_gains_none() {
    let mut bench = Bench::with(|s| s.policy.windows_s.low = 3_000).await;
    let update = observed(&bench, "workers = 9\n").await;
    let before = progress(&bench, &update, |c| c.evaluations > 3).await;
    let logged = bench.update(&update).await.window().expect("a window").clone();
    assert!(logged.elapsed_ms < before.elapsed_ms, "the evaluations between are not logged");
    bench.stop().await;
    bench.clock.move_ms(3_600_000);
    bench.start().await;
    let after = progress(&bench, &update, |c| c.evaluations > before.evaluations).await;
    // The first evaluation after an hour without samples may find no data: it counts as elapsed, not as observed.
    assert!(after.elapsed_ms > before.elapsed_ms, "{before:?} {after:?}");
    // What is resumed is capped by the time of day, read a moment apart from the time that was counted: a part of an
    // evaluation's second may lie between, the whole of it may not.
    assert!(after.observed_ms + 1_000 > before.observed_ms, "{before:?} {after:?}");
    // An hour without an engine is not among them.
    assert!(after.elapsed_ms < before.elapsed_ms + 1_800_000, "{before:?} {after:?}");
    assert_eq!(bench.update(&update).await.state().as_str(), "observing");
}
