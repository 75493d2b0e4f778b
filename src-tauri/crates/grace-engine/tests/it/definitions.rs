//! Metric definitions: governed documents whose state is in the log, by which the windows of later updates judge.

use crate::support::{Act, Bench, definition, id, submission};
use grace_domain::core::codes::Code;
use grace_domain::core::digest::Digest;
use grace_domain::core::ids::DocumentId;
use grace_domain::governance::policy::Risk;
use grace_domain::judge::window::Watched;
use grace_domain::metrics::REGISTRY;
use grace_engine::metrics::Pushed;
use serde_json::{Value, json};
use std::collections::BTreeMap;

fn queue(limit: u64) -> Value {
    json!({
        "id": "queue_depth", "name": "Queue depth", "unit": "jobs", "kind": "level",
        "limits": { "absolute_micro": limit }, "source": { "kind": "push" },
        "interval_s": 1, "baseline_s": 60,
    })
}

fn in_force(bench: &Bench) -> BTreeMap<DocumentId, Digest> {
    bench.engine().world().documents(REGISTRY).expect("a registry").clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_definition_is_put_in_force_and_taken_out_again_by_its_rollback() {
    let bench = Bench::new().await;
    let first = in_force(&bench);
    assert_eq!(first.len(), 2, "every world begins with its built-in definitions");
    let update = bench.submit(definition("queue_depth", Some(queue(5_000_000)))).await;
    bench.until(&update, "awaiting_approval").await;
    assert_eq!(in_force(&bench), first, "nothing is in force before it is approved");
    bench.approve(&update, "sre").await.expect("approved");
    let stable = bench.until(&update, "stable").await;
    let after = stable.package().expect("a package").components[&id(REGISTRY)].after;
    assert_eq!(in_force(&bench).get(&id("queue_depth")), Some(&after));
    assert!(matches!(&stable.window().expect("a window").watched, Watched::Document(d) if *d == after));
    let (receipt, _, _) = stable.receipts().values().next().expect("a receipt");
    assert_eq!(receipt.key, bench.engine().world().engine_key(), "the engine keeps registries");
    bench.act(&update, Act::Rollback, "sre").await.expect("rolled back");
    bench.until(&update, "rolled_back").await;
    assert_eq!(in_force(&bench), first);
    bench.verify().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_changed_and_a_removed_definition_come_back_by_their_rollbacks() {
    let bench = Bench::new().await;
    let first = in_force(&bench);
    let stricter = json!({
        "id": "error_rate", "name": "Error rate", "unit": "ratio", "kind": "rate", "counted": true,
        "limits": { "absolute_micro": 40_000 }, "source": { "kind": "push" },
        "interval_s": 1, "baseline_s": 604_800,
    });
    for (change, approvers) in [(Some(stricter), &["sre"][..]), (None, &["sre", "dba"][..])] {
        let removed = change.is_none();
        let update = bench.submit(definition("error_rate", change)).await;
        bench.until(&update, "awaiting_approval").await;
        for person in approvers {
            bench.approve(&update, person).await.expect("approved");
        }
        bench.until(&update, "stable").await;
        let now = in_force(&bench);
        assert_eq!(now.contains_key(&id("error_rate")), !removed);
        assert_ne!(now.get(&id("error_rate")), first.get(&id("error_rate")));
        assert_eq!(now.get(&id("latency_p95_ms")), first.get(&id("latency_p95_ms")), "untouched");
        bench.act(&update, Act::Rollback, "sre").await.expect("rolled back");
        bench.until(&update, "rolled_back").await;
        assert_eq!(in_force(&bench), first, "to the digest from before");
    }
    bench.verify().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_metric_that_comes_back_is_compared_with_the_last_definition_that_the_world_had_of_it() {
    let mut bench = Bench::new().await;
    for (change, risk, approvers) in [
        (Some(queue(5_000_000)), Risk::Low, &["sre"][..]),
        (None, Risk::High, &["sre", "dba"]),
        (Some(queue(9_000_000)), Risk::High, &["sre", "dba"]),
    ] {
        let update = bench.submit(definition("queue_depth", change)).await;
        let waiting = bench.until(&update, "awaiting_approval").await;
        let package = waiting.package().expect("a package");
        assert_eq!(package.computed, risk, "{:?}", package.reasons);
        for person in approvers {
            bench.approve(&update, person).await.expect("approved");
        }
        bench.until(&update, "stable").await;
        // What it was last outlives the engine.
        bench.restart().await;
    }
    bench.verify().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_brought_anywhere_while_a_definition_cannot_be_read() {
    let mut bench = Bench::new().await;
    let change = bench.submit(submission("edge", "low").file("app.conf", "workers = 9\n")).await;
    bench.until(&change, "awaiting_approval").await;
    // An engine that has read it already goes on by what it read.
    bench.restart().await;
    let digest = in_force(&bench)[&id("error_rate")];
    let blob = bench.engine().context().blobs.0.path(&digest);
    let aside = blob.with_extension("aside");
    std::fs::rename(&blob, &aside).expect("taken away");
    bench.approve(&change, "sre").await.expect("approved");
    let blocked = bench.until(&change, "blocked").await;
    let card = &blocked.card(6).expect("a card").facts;
    assert_eq!(card.code, Some(Code::DocumentUnreadable));
    let said = card.sentence.to_string();
    assert!(said.contains("error_rate") && said.contains(&digest.to_hex()), "{said}");
    assert_eq!(bench.edge().text(), crate::support::place::FIRST);
    // What watches no metric is not held up.
    let another = bench.submit(definition("queue_depth", Some(queue(5_000_000)))).await;
    bench.until(&another, "awaiting_approval").await;
    bench.approve(&another, "sre").await.expect("approved");
    bench.until(&another, "stable").await;
    std::fs::rename(&aside, &blob).expect("put back");
    bench.act(&change, Act::Retry, "developer").await.expect("retried");
    bench.until(&change, "awaiting_approval").await;
    bench.approve(&change, "sre").await.expect("approved");
    bench.until(&change, "stable").await;
    bench.verify().await;
}

/// Takes the definition of a metric away while no engine runs.
async fn lose(bench: &mut Bench, metric: &str) {
    let blob = bench.engine().context().blobs.0.path(&in_force(bench)[&id(metric)]);
    bench.stop().await;
    std::fs::remove_file(blob).expect("lost");
    bench.start().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_would_be_watched_by_a_lost_definition_is_refused_when_it_is_handed_in() {
    let mut bench = Bench::new().await;
    lose(&mut bench, "error_rate").await;
    let before = bench.size().await;
    let submitted = bench.try_submit(submission("edge", "low").file("app.conf", "workers = 9\n")).await;
    let joining = bench.try_request(&["error_rate"]).await;
    for refused in [submitted.map(drop), joining.map(drop)] {
        let refused = refused.expect_err("nobody could judge it");
        assert_eq!(refused.code, Code::DocumentUnreadable);
        assert!(refused.message.contains("error_rate"), "{}", refused.message);
    }
    assert_eq!(bench.size().await, before);
    bench.try_request(&["latency_p95_ms"]).await.expect("another metric is judged by another definition");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_definition_of_another_metric_holds_nothing_up() {
    let mut bench = Bench::with(|s| s.metrics = vec!["error_rate"]).await;
    lose(&mut bench, "latency_p95_ms").await;
    let change = bench.submit(submission("edge", "low").file("app.conf", "workers = 9\n")).await;
    bench.until(&change, "awaiting_approval").await;
    bench.approve(&change, "sre").await.expect("approved");
    let stable = bench.until(&change, "stable").await;
    let Watched::Series(rules) = &stable.window().expect("a window").watched else { panic!("no series") };
    let rule = rules.values().next().expect("a rule");
    assert!(rule.limit.is_some(), "judged by the definition that is there: {rule:?}");
    let more = Pushed { metric: id("error_rate"), value_micro: 1_000_001, count: 1, at: None };
    let pushed = bench.engine().push_samples(&id("edge"), &[more]).await;
    assert_eq!(pushed.expect_err("no share").code, Code::SampleValue, "it is known to be a rate");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_sends_too_seldom_for_the_validation_window_does_not_begin_to_join() {
    let bench = Bench::with(|s| s.policy.windows_s.critical = 72 * 3600).await;
    let mut seldom = queue(5_000_000);
    seldom["interval_s"] = 300.into();
    seldom["baseline_s"] = 3600.into();
    let defined = bench.submit(definition("queue_depth", Some(seldom))).await;
    bench.until(&defined, "awaiting_approval").await;
    bench.approve(&defined, "sre").await.expect("approved");
    bench.until(&defined, "stable").await;
    let before = bench.size().await;
    let refused = bench.try_request(&["error_rate", "queue_depth"]).await.expect_err("never judged");
    assert_eq!(refused.code, Code::WindowTooShort);
    assert!(refused.message.contains("queue_depth"), "{}", refused.message);
    assert_eq!(bench.size().await, before);
    bench.try_request(&["error_rate"]).await.expect("without it");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_an_open_window_needs_is_not_rolled_back() {
    let bench = Bench::with(|s| {
        s.policy.windows_s.low = 3600;
        s.metrics.push("queue_depth");
    })
    .await;
    let added = bench.submit(definition("queue_depth", Some(queue(5_000_000)))).await;
    bench.until(&added, "awaiting_approval").await;
    bench.approve(&added, "sre").await.expect("approved");
    bench.until(&added, "stable").await;
    let change = bench.submit(submission("edge", "low").file("app.conf", "workers = 9\n")).await;
    bench.until(&change, "awaiting_approval").await;
    bench.approve(&change, "sre").await.expect("approved");
    bench.until_is(&change, "watched", |u| u.window().is_some()).await;
    let refused = bench.act(&added, Act::Rollback, "sre").await;
    assert_eq!(refused.expect_err("in use").code, Code::MetricInUse);
    bench.act(&change, Act::Rollback, "sre").await.expect("rolled back");
    bench.until(&change, "rolled_back").await;
    bench.act(&added, Act::Rollback, "sre").await.expect("not needed any more");
    bench.until(&added, "rolled_back").await;
    assert_eq!(in_force(&bench).len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_in_force_outlives_the_engine() {
    let mut bench = Bench::new().await;
    let update = bench.submit(definition("queue_depth", Some(queue(5_000_000)))).await;
    bench.until(&update, "awaiting_approval").await;
    bench.approve(&update, "sre").await.expect("approved");
    bench.until(&update, "stable").await;
    let before = in_force(&bench);
    bench.stop().await;
    bench.start().await;
    assert_eq!(in_force(&bench), before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn later_windows_judge_by_the_definition_in_force() {
    let bench = Bench::new().await;
    // Ten times stricter than the built-in limit of 5 %: what the edge sends breaks it.
    bench.errors("edge", 20_000);
    let stricter = json!({
        "id": "error_rate", "name": "Error rate", "unit": "ratio", "kind": "rate", "counted": true,
        "limits": { "absolute_micro": 5_000 }, "source": { "kind": "push" },
        "interval_s": 1, "baseline_s": 604_800,
    });
    let update = bench.submit(definition("error_rate", Some(stricter))).await;
    bench.until(&update, "awaiting_approval").await;
    bench.approve(&update, "sre").await.expect("approved");
    bench.until(&update, "stable").await;
    let change = bench.submit(submission("edge", "low").file("app.conf", "workers = 9\n")).await;
    bench.until(&change, "awaiting_approval").await;
    bench.approve(&change, "sre").await.expect("approved");
    let back = bench.until(&change, "rolled_back").await;
    let reason = back.rollback().map(|r| r.reason.to_string()).unwrap_or_default();
    assert!(reason.contains("0.50 %"), "{reason}");
    bench.verify().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_metric_that_is_sampled_too_seldom_for_a_window_is_told_before_anybody_approves() {
    let bench = Bench::with(|s| {
        // One window of this world is long enough for it, that of the change is not.
        s.policy.windows_s.critical = 72 * 3600;
        s.metrics.push("queue_depth");
    })
    .await;
    let every = |interval_s: u32| {
        let mut definition = queue(5_000_000);
        definition["interval_s"] = interval_s.into();
        definition["baseline_s"] = 3600.into();
        Some(definition)
    };
    let never = bench.submit(definition("queue_depth", every(301))).await;
    let failed = bench.until(&never, "failed").await;
    assert_eq!(failed.card(4).expect("a card").facts.code, Some(Code::WindowTooShort));
    let seldom = bench.submit(definition("queue_depth", every(300))).await;
    bench.until(&seldom, "awaiting_approval").await;
    bench.approve(&seldom, "sre").await.expect("approved");
    bench.until(&seldom, "stable").await;
    let change = bench.submit(submission("edge", "low").file("app.conf", "workers = 9\n")).await;
    let failed = bench.until(&change, "failed").await;
    let card = &failed.card(5).expect("a card").facts;
    assert_eq!(card.code, Some(Code::WindowTooShort));
    assert!(
        card.sentence.contains("queue_depth") && card.sentence.contains("300 seconds"),
        "{}",
        card.sentence
    );
    bench.verify().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_an_open_window_needs_is_not_removed() {
    let bench = Bench::with(|s| s.policy.windows_s.low = 3600).await;
    let change = bench.submit(submission("edge", "low").file("app.conf", "workers = 9\n")).await;
    bench.until(&change, "awaiting_approval").await;
    bench.approve(&change, "sre").await.expect("approved");
    bench.until_is(&change, "watched", |u| u.window().is_some()).await;
    let refused = bench.try_submit(definition("error_rate", None)).await;
    assert_eq!(refused.expect_err("in use").code, Code::MetricInUse);
    bench.act(&change, Act::Rollback, "sre").await.expect("rolled back");
    bench.until(&change, "rolled_back").await;
    let removal = bench.submit(definition("error_rate", None)).await;
    bench.until(&removal, "awaiting_approval").await;
    let computed = bench.update(&removal).await.risk();
    assert_eq!(computed.as_str(), "high", "a limit that goes lets more pass");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn documents_of_one_registry_do_not_wait_for_each_other() {
    let bench = Bench::with(|s| s.policy.registry_window_s = 3600).await;
    let mut throughput = queue(1_000_000);
    throughput["id"] = "throughput".into();
    throughput["worse"] = "lower".into();
    let one = bench.submit(definition("queue_depth", Some(queue(5_000_000)))).await;
    let other = bench.submit(definition("throughput", Some(throughput))).await;
    for update in [&one, &other] {
        bench.until(update, "awaiting_approval").await;
        bench.approve(update, "sre").await.expect("approved");
        bench.until(update, "observing").await;
    }
    assert_eq!(bench.update(&one).await.state().as_str(), "observing");
    // The same document does wait.
    let again = bench.submit(definition("queue_depth", Some(queue(4_000_000)))).await;
    bench.until(&again, "awaiting_approval").await;
    bench.approve(&again, "sre").await.expect("approved");
    bench.until_is(&again, "waiting", |u| u.reason().is_some()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_definition_that_does_not_hold_together_never_comes_into_force() {
    let bench = Bench::new().await;
    let before = in_force(&bench);
    let with = |member: &str, value: Value| {
        let mut definition = queue(5_000_000);
        definition[member] = value;
        definition
    };
    for (what, bad) in [
        ("another id", with("id", "other".into())),
        ("no unit", with("unit", "".into())),
        ("counts of a level", with("counted", true.into())),
        ("a baseline shorter than its interval", with("baseline_s", 0.into())),
        ("a limit below what was before", with("limits", json!({ "relative_ppm": 500_000 }))),
        ("no interval", with("interval_s", 0.into())),
    ] {
        let Ok(update) = bench.try_submit(definition("queue_depth", Some(bad))).await else { continue };
        let failed = bench.until(&update, "failed").await;
        let code = failed.cards().iter().flatten().find_map(|c| c.facts.code);
        assert_eq!(code, Some(Code::DefinitionRefused), "{what}");
    }
    // A registry takes no files, a directory no documents.
    let files = bench.try_submit(submission("metrics_collector", "low").file("a.conf", "x")).await;
    assert_eq!(files.expect_err("no files").code, Code::TargetKind);
    let mut elsewhere = definition("queue_depth", Some(queue(1)));
    elsewhere.components = vec!["edge".into()];
    assert_eq!(bench.try_submit(elsewhere).await.expect_err("no registry").code, Code::TargetKind);
    let mut another = definition("queue_depth", Some(queue(1)));
    another.components.push("governance_engine".into());
    assert_eq!(bench.try_submit(another).await.expect_err("another registry").code, Code::TargetKind);
    assert_eq!(in_force(&bench), before);
}
