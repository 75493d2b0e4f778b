//! One update on several components: one after the other, and all or none.

use crate::support::{Act, Bench, place, submission};
use grace_domain::core::codes::Code;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn components_are_changed_in_order_and_rolled_back_in_reverse() {
    let bench = Bench::new().await;
    let update = bench.submit(submission("edge", "low").and("store").file("app.conf", "workers = 8\n")).await;
    bench.until(&update, "awaiting_approval").await;
    assert_eq!(bench.update(&update).await.risk().as_str(), "medium", "two components at once");
    bench.edge().shut_gate();
    bench.approve(&update, "sre").await.expect("approved");
    bench.until_true("the first has begun", || !bench.edge().activations().is_empty()).await;
    assert_eq!(bench.store().text(), place::FIRST, "not before the first is done");
    bench.edge().open_gate();
    let there = bench.until(&update, "observing").await;
    assert_eq!(there.receipts().len(), 2);
    bench.store().shut_gate();
    bench.act(&update, Act::Rollback, "sre").await.expect("rollback");
    bench.until_true("the last goes first", || bench.store().activations().len() == 2).await;
    assert_eq!(bench.edge().text(), "workers = 8\n");
    bench.store().open_gate();
    bench.until(&update, "rolled_back").await;
    assert_eq!((bench.edge().text().as_str(), bench.store().text().as_str()), (place::FIRST, place::FIRST));
    assert_eq!(bench.applied(&update).await, 2);
    bench.verify().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_the_second_fails_the_first_is_rolled_back() {
    let bench = Bench::new().await;
    // Only the second component refuses: what it has already says so.
    bench.store().write("extra.conf", b"theirs\n");
    bench.act_on_component("store", Act::Adopt, "sre").await.expect("adopt");
    let update = bench.submit(submission("edge", "low").and("store").file("app.conf", "workers = 8\n")).await;
    bench.until(&update, "awaiting_approval").await;
    bench.edge().shut_gate();
    bench.approve(&update, "sre").await.expect("approved");
    bench.until_true("the first has begun", || !bench.edge().activations().is_empty()).await;
    bench.store().write("extra.conf", b"changed\n");
    bench.edge().open_gate();
    let failed = bench.until(&update, "failed").await;
    assert_eq!(failed.card(6).map(|c| c.facts.code.map_or("", Code::as_str)), Some("drift_detected"));
    assert_eq!((bench.edge().text().as_str(), bench.store().text().as_str()), (place::FIRST, place::FIRST));
    assert_eq!(bench.store().read("extra.conf"), b"changed\n");
    assert_eq!((bench.phase("edge"), bench.phase("store")), ("active", "drift_detected"));
    assert_eq!(failed.rollback().map(|r| r.trigger.as_str()), Some("distribution_failed"));
    bench.verify().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_the_second_does_not_start_both_are_as_before() {
    let bench = Bench::new().await;
    let update = bench.submit(submission("edge", "low").and("store").file("app.conf", "workers = 8\n")).await;
    bench.until(&update, "awaiting_approval").await;
    bench.store().refuse_once();
    bench.approve(&update, "sre").await.expect("approved");
    let failed = bench.until(&update, "failed").await;
    assert_eq!(failed.card(6).map(|c| c.facts.code.map_or("", Code::as_str)), Some("activate_failed"));
    assert_eq!((bench.edge().text().as_str(), bench.store().text().as_str()), (place::FIRST, place::FIRST));
    assert_eq!(bench.edge().activations(), ["workers = 8", "workers = 4"]);
    assert_eq!(bench.store().activations(), ["workers = 8", "workers = 4"]);
    // Nothing is left that hinders the next one.
    let next = bench.submit(submission("edge", "low").and("store").file("app.conf", "workers = 9\n")).await;
    bench.until(&next, "awaiting_approval").await;
    bench.approve(&next, "sre").await.expect("approved");
    bench.until(&next, "observing").await;
    bench.verify().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_the_first_cannot_be_rolled_back_either_that_is_said_and_stays() {
    let bench = Bench::new().await;
    let update = bench.submit(submission("edge", "low").and("store").file("app.conf", "workers = 8\n")).await;
    bench.until(&update, "awaiting_approval").await;
    bench.store().shut_gate();
    bench.store().refuse_once();
    bench.approve(&update, "sre").await.expect("approved");
    bench.until_true("the second has begun", || !bench.store().activations().is_empty()).await;
    bench.edge().write("app.conf", b"somebody else\n");
    bench.store().open_gate();
    bench.until(&update, "rollback_failed").await;
    assert_eq!((bench.phase("edge"), bench.phase("store")), ("rollback_failed", "active"));
    assert_eq!(bench.store().text(), place::FIRST);
    bench.verify().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restart_between_two_components_goes_on_with_the_second() {
    let mut bench = Bench::new().await;
    let update = bench.submit(submission("edge", "low").and("store").file("app.conf", "workers = 8\n")).await;
    bench.until(&update, "awaiting_approval").await;
    bench.store().shut_gate();
    bench.approve(&update, "sre").await.expect("approved");
    bench.until_true("the second has begun", || !bench.store().activations().is_empty()).await;
    bench.restart().await;
    bench.until_true("again", || bench.store().activations().len() == 2).await;
    bench.store().open_gate();
    bench.until(&update, "observing").await;
    assert_eq!(bench.edge().activations().len(), 1, "what was done is done");
    assert_eq!(bench.applied(&update).await, 2);
    bench.verify().await;
}
