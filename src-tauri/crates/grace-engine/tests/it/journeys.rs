//! The whole way of an update and of a handshake when all goes as it should, and when the target refuses.

use crate::support::{Act, Bench, place, submission};
use grace_domain::core::codes::Code;
use grace_domain::core::states::State;
use grace_domain::update::Update;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_update_is_approved_applied_watched_and_rolled_back_byte_for_byte() {
    let bench = Bench::new().await;
    let before = bench.edge().read("app.conf");
    let id = bench.submit(submission("edge", "high").file("app.conf", "workers = 8\n")).await;
    bench.until(&id, "awaiting_approval").await;
    assert_eq!(bench.approve(&id, "sre").await.expect("first approval").state, State::AwaitingApproval);
    bench.approve(&id, "dba").await.expect("second approval");
    bench.until(&id, "observing").await;
    assert_eq!(bench.edge().text(), "workers = 8\n");
    bench.act(&id, Act::Rollback, "developer").await.expect("rollback");
    bench.until(&id, "rolled_back").await;
    assert_eq!(bench.edge().read("app.conf"), before);
    assert_eq!(bench.edge().activations(), ["workers = 8", "workers = 4"]);
    bench.verify().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_update_whose_window_stays_healthy_ends_stable_and_can_still_be_rolled_back() {
    let bench = Bench::new().await;
    let id = bench
        .submit(submission("edge", "low").file("app.conf", "workers = 8\n").file("more.conf", "a\n"))
        .await;
    bench.until(&id, "awaiting_approval").await;
    bench.approve(&id, "sre").await.expect("approval");
    let update = bench.until(&id, "stable").await;
    assert!(update.cards().iter().all(Option::is_some), "eight cards: {:?}", update.cards());
    let window = update.window().expect("a window");
    assert!(window.observed_ms >= window.length_ms, "{window:?}");
    bench.act(&id, Act::Rollback, "developer").await.expect("rollback");
    bench.until(&id, "rolled_back").await;
    assert_eq!(bench.edge().text(), place::FIRST);
    assert!(!bench.edge().root.join("more.conf").exists());
    bench.verify().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_check_fails_stage_four_and_applies_nothing() {
    let bench = Bench::new().await;
    let id = bench.submit(submission("edge", "low").file("app.conf", "BROKEN\n")).await;
    let update = bench.until(&id, "failed").await;
    assert_eq!(update.card(4).map(|c| c.facts.code.map_or("", Code::as_str)), Some("check_failed"));
    assert!(update.reason().is_some_and(|r| r.contains("it is broken")), "{:?}", update.reason());
    assert_eq!(bench.edge().text(), place::FIRST);
    bench.verify().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_activation_that_fails_restores_what_was_there_and_activates_it_again() {
    let bench = Bench::new().await;
    let id = bench.submit(submission("edge", "low").file("app.conf", "refuse-activation\n")).await;
    bench.until(&id, "awaiting_approval").await;
    bench.approve(&id, "sre").await.expect("approval");
    let update = bench.until(&id, "failed").await;
    assert_eq!(update.card(6).map(|c| c.facts.code.map_or("", Code::as_str)), Some("activate_failed"));
    assert_eq!(bench.edge().text(), place::FIRST);
    assert_eq!(bench.edge().activations(), ["refuse-activation", "workers = 4"]);
    assert_eq!(bench.phase("edge"), "active");
    bench.verify().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_component_joins_with_five_signed_acknowledgements_and_takes_updates_then() {
    let bench = Bench::new().await;
    let id = bench.request().await;
    bench.approve_handshake(&id, "sre").await.expect("approval");
    let handshake = bench.until_handshake(&id, "active").await;
    assert_eq!(handshake.acknowledged().len(), 5);
    assert!(handshake.acks().iter().all(|a| !a.facts.adjustments.is_empty()), "{:?}", handshake.acks());
    assert_eq!(bench.phase("newcomer"), "active");
    let update = bench.submit(submission("newcomer", "low").file("app.conf", "workers = 1\n")).await;
    bench.until(&update, "awaiting_approval").await;
    bench.approve(&update, "qa").await.expect("approval");
    bench.until(&update, "observing").await;
    bench.verify().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_people_write_stands_in_no_entry_and_in_every_view() {
    let bench = Bench::new().await;
    let update = bench.submit(submission("edge", "low").file("app.conf", "workers = 8\n")).await;
    bench.until(&update, "awaiting_approval").await;
    bench.approve(&update, "sre").await.expect("approved");
    bench.until(&update, "stable").await;
    bench.act(&update, Act::Rollback, "sre").await.expect("rollback");
    bench.until(&update, "rolled_back").await;
    let reason = bench.update(&update).await.reason().expect("a reason");
    assert_eq!(reason, "as agreed");
    let reader = bench.engine().reader();
    let entries = reader.entries(0, 500).await.expect("readable");
    for entry in &entries {
        let text = String::from_utf8_lossy(&entry.bytes);
        assert!(!text.contains("Change the workers") && !text.contains(&reason), "{text}");
    }
    assert_eq!(
        grace_engine::recovery::aggregate::<Update>(&reader, &update)
            .await
            .expect("reads")
            .expect("there")
            .title()
            .to_string(),
        "Change the workers"
    );
    bench.verify().await;
}
