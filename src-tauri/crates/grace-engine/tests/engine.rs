//! The engine as a whole, in process: real files, a real log, real keys and signatures, the machine's clock.

mod support;

use grace_domain::statement::Act;
use support::{Bench, submission};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_update_is_approved_applied_watched_and_taken_back_byte_for_byte() {
    let bench = Bench::new().await;
    let before = bench.read("app.conf");
    let id = bench.submit(submission("edge", "high").file("app.conf", "workers = 8\n")).await;
    bench.until(&id, "awaiting_approval").await;
    bench.approve(&id, "sre").await.expect("first approval");
    bench.until(&id, "awaiting_approval").await;
    bench.approve(&id, "dba").await.expect("second approval");
    bench.until(&id, "observing").await;
    assert_eq!(bench.read("app.conf"), b"workers = 8\n");
    bench.act(&id, Act::Rollback, "developer", "it hurts").await.expect("rollback");
    bench.until(&id, "rolled_back").await;
    assert_eq!(bench.read("app.conf"), before);
    bench.verify().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_check_fails_stage_four_and_applies_nothing() {
    let bench = Bench::new().await;
    let before = bench.read("app.conf");
    let id = bench.submit(submission("edge", "low").file("app.conf", "BROKEN\n")).await;
    let update = bench.until(&id, "failed").await;
    assert_eq!(update.cards[3].as_ref().map(|c| c.facts.code.as_str()), Some("check_failed"));
    assert!(update.reason().is_some_and(|r| r.contains("it is broken")), "{:?}", update.reason());
    assert_eq!(bench.read("app.conf"), before);
    bench.verify().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_activation_that_fails_restores_what_was_there() {
    let bench = Bench::new().await;
    let before = bench.read("app.conf");
    let id = bench.submit(submission("edge", "low").file("app.conf", "refuse-activation\n")).await;
    bench.until(&id, "awaiting_approval").await;
    bench.approve(&id, "sre").await.expect("approval");
    let update = bench.until(&id, "failed").await;
    assert_eq!(update.cards[5].as_ref().map(|c| c.facts.code.as_str()), Some("activate_failed"));
    assert_eq!(bench.read("app.conf"), before);
    bench.verify().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_strangers_change_stops_the_update_and_adopt_leads_out() {
    let bench = Bench::new().await;
    let id = bench.submit(submission("edge", "low").file("app.conf", "workers = 8\n")).await;
    bench.until(&id, "awaiting_approval").await;
    bench.write("app.conf", b"somebody else\n");
    bench.approve(&id, "sre").await.expect("approval");
    let update = bench.until(&id, "blocked").await;
    assert!(update.reason().is_some_and(|r| r.contains("somebody else changed")), "{:?}", update.reason());
    assert_eq!(bench.read("app.conf"), b"somebody else\n");
    bench.act_on_component("edge", Act::Adopt, "sre").await.expect("adopt");
    bench.act(&id, Act::Retry, "developer", "adopted").await.expect("retry");
    bench.until(&id, "awaiting_approval").await;
    bench.approve(&id, "dba").await.expect("approval of the new package");
    bench.until(&id, "observing").await;
    assert_eq!(bench.read("app.conf"), b"workers = 8\n");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn samples_over_the_limit_take_the_update_back_without_a_person() {
    let bench = Bench::new().await;
    let before = bench.read("app.conf");
    bench.errors("edge", 0.2);
    let id = bench.submit(submission("edge", "low").file("app.conf", "workers = 9\n")).await;
    bench.until(&id, "awaiting_approval").await;
    bench.approve(&id, "sre").await.expect("approval");
    let update = bench.until(&id, "rolled_back").await;
    assert_eq!(update.rollback.as_ref().map(|r| r.trigger.as_str()), Some("regressed"));
    assert_eq!(bench.read("app.conf"), before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_component_joins_with_five_signed_acknowledgements() {
    let bench = Bench::new().await;
    let id = bench.request_handshake("newcomer", "developer").await;
    bench.approve_handshake(&id, "sre").await.expect("approval");
    let handshake = bench.until_handshake(&id, "active").await;
    assert_eq!(handshake.counted().len(), 5);
    assert_eq!(bench.component("newcomer").phase.as_str(), "active");
}
