//! Order and waiting: versions, turns on one component, freezes, changed bases, and the signed ways out.

use crate::support::{Act, Bench, submission};
use grace_domain::core::codes::Code;
use grace_domain::governance::policy::Freeze;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_second_update_on_a_component_waits_with_its_reason_and_then_goes() {
    let bench = Bench::new().await;
    let first = bench.submit(submission("edge", "low").file("app.conf", "workers = 8\n")).await;
    let second = bench.submit(submission("edge", "low").file("more.conf", "b\n")).await;
    bench.until(&first, "awaiting_approval").await;
    bench.until(&second, "awaiting_approval").await;
    bench.edge().shut_gate();
    bench.approve(&first, "sre").await.expect("approved");
    bench.until(&first, "distributing").await;
    bench.approve(&second, "sre").await.expect("approved");
    let waiting = bench.until_is(&second, "waiting", |u| u.reason().is_some()).await;
    assert_eq!(waiting.state().as_str(), "approved");
    let reason = waiting.reason().expect("there");
    let version = bench.update(&first).await.version().to_string();
    assert!(reason.contains(&version) && reason.contains("distributing"), "{reason}");
    bench.edge().open_gate();
    bench.until(&first, "stable").await;
    // What it was prepared for is not there any more: prepared again, approved again.
    let again = bench
        .until_is(&second, "prepared again", |u| {
            u.attempt() == 2 && u.state().as_str() == "awaiting_approval"
        })
        .await;
    assert!(again.card(1).is_none());
    bench.approve(&second, "sre").await.expect("approved again");
    bench.until(&second, "observing").await;
    assert_eq!(bench.edge().text(), "workers = 8\n");
    assert_eq!(bench.edge().read("more.conf"), b"b\n");
    bench.verify().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_prepared_while_another_is_being_applied_is_not_taken_for_drift() {
    let bench = Bench::new().await;
    let first = bench.submit(submission("edge", "low").file("app.conf", "workers = 8\n")).await;
    bench.until(&first, "awaiting_approval").await;
    bench.edge().shut_gate();
    bench.approve(&first, "sre").await.expect("approved");
    bench.until(&first, "distributing").await;
    bench.until_true("it waits at the gate", || !bench.edge().activations().is_empty()).await;
    assert_eq!(bench.edge().text(), "workers = 8\n");
    // The new content is there, and no receipt yet.
    let second = bench.submit(submission("edge", "low").file("more.conf", "b\n")).await;
    bench.until_is(&second, "as far as it can be", |u| u.card(3).is_some()).await;
    bench.edge().open_gate();
    bench.until(&first, "stable").await;
    let ready = bench.until_is(&second, "prepared", |u| u.state().as_str() != "validating").await;
    assert_eq!((ready.state().as_str(), ready.reason()), ("awaiting_approval", None));
    assert_eq!(bench.component("edge").phase().state().as_str(), "active");
    bench.verify().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_the_base_changes_stages_run_again_and_earlier_approvals_are_void() {
    let bench = Bench::new().await;
    let slow = bench.submit(submission("edge", "high").file("more.conf", "b\n")).await;
    bench.until(&slow, "awaiting_approval").await;
    bench.approve(&slow, "sre").await.expect("one of two");
    let stale = bench.approval_of(&slow, "dba").await;
    let fast = bench.submit(submission("edge", "low").file("app.conf", "workers = 8\n")).await;
    bench.until(&fast, "awaiting_approval").await;
    bench.approve(&fast, "sre").await.expect("approved");
    bench.until(&fast, "stable").await;
    let again = bench.until_is(&slow, "prepared again", |u| u.attempt() == 2 && u.package().is_some()).await;
    assert_eq!(again.approvals().len(), 1, "visible");
    let now = bench.ports.clock.now();
    let world = bench.engine().world();
    let tally = again.tally(world.policy(), world.people(), now);
    assert_eq!((tally.have, tally.passed), (0, false), "and void");
    assert_eq!(
        bench.hand_in(&slow, &stale).await.expect_err("of the earlier package").code,
        Code::WrongDigest
    );
    bench.approve(&slow, "dba").await.expect("of the new package");
    assert_eq!(bench.update(&slow).await.state().as_str(), "awaiting_approval");
    bench.approve(&slow, "sre").await.expect("of the new package");
    bench.until(&slow, "observing").await;
    bench.verify().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn versions_are_ordered_within_a_second_and_across_a_clock_that_runs_back_and_a_restart() {
    let mut bench = Bench::new().await;
    bench.clock.stop();
    let wanted = || submission("edge", "low").file("app.conf", "BROKEN\n");
    let (a, b) = tokio::join!(bench.submit(wanted()), bench.submit(wanted()));
    let mut versions = vec![bench.update(&a).await.version(), bench.update(&b).await.version()];
    versions.sort();
    assert_ne!(versions[0], versions[1]);
    let second =
        |v: &grace_domain::core::version::Version| v.to_string().rsplit_once('.').expect("dots").0.to_owned();
    assert_eq!(second(&versions[0]), second(&versions[1]));
    for update in [&a, &b] {
        bench.until(update, "failed").await;
    }
    // Failed ones stay listed with their reason.
    for update in [&a, &b] {
        let (state, reason) = bench.row(update).await;
        assert_eq!(state, "failed");
        assert!(reason.is_some_and(|r| r.contains("it is broken")));
    }
    bench.clock.go_back_ms(3_600_000);
    for _ in 0..2 {
        let id = bench.submit(wanted()).await;
        bench.until(&id, "failed").await;
        versions.push(bench.update(&id).await.version());
        bench.restart().await;
    }
    assert!(versions.is_sorted_by(|a, b| a < b), "{versions:?}");
    bench.verify().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refused_and_withdrawn_updates_stay_listed_with_their_reason() {
    let bench = Bench::new().await;
    let denied = bench.submit(submission("edge", "low").file("app.conf", "a\n")).await;
    bench.until(&denied, "awaiting_approval").await;
    bench.deny(&denied, "sre").await.expect("denied");
    let withdrawn = bench.submit(submission("edge", "low").file("app.conf", "b\n")).await;
    bench.until(&withdrawn, "awaiting_approval").await;
    bench.act(&withdrawn, Act::Withdraw, "developer").await.expect("withdrawn");
    assert_eq!(bench.row(&denied).await, ("refused".into(), Some("Denied by sre.".into())));
    assert_eq!(bench.row(&withdrawn).await.0, "withdrawn");
    assert_eq!(
        bench.act(&withdrawn, Act::Retry, "developer").await.expect_err("over").code,
        Code::WrongState
    );
    bench.verify().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_distributed_in_a_freeze_and_what_waits_goes_after_it() {
    let bench = Bench::with(|s| {
        let now = grace_engine::Ports::system().clock.now();
        let (from, to) = (now.plus_ms(-1000), now.plus_ms(1_000_000));
        s.policy.freezes = vec![Freeze { from, to, reason: "the sales".into() }];
    })
    .await;
    let update = bench.submit(submission("edge", "low").file("app.conf", "workers = 8\n")).await;
    bench.until(&update, "awaiting_approval").await;
    bench.approve(&update, "sre").await.expect("approved");
    let waiting = bench.until_is(&update, "waiting", |u| u.reason().is_some()).await;
    assert!(waiting.reason().is_some_and(|r| r.contains("the sales")), "{:?}", waiting.reason());
    assert_eq!(bench.edge().activations(), [""; 0]);
    bench.clock.move_ms(1_000_000);
    bench.until(&update, "observing").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_update_that_nobody_approves_expires() {
    let bench = Bench::with(|s| s.policy.submission_ttl_s = 3600).await;
    let update = bench.submit(submission("edge", "low").file("app.conf", "workers = 8\n")).await;
    bench.until(&update, "awaiting_approval").await;
    bench.clock.move_ms(3_600_000);
    let refused = bench.until(&update, "refused").await;
    assert_eq!(refused.card(1).map(|c| c.facts.code.map_or("", Code::as_str)), Some("submission_expired"));
    assert_eq!(bench.edge().activations(), [""; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_the_newest_update_of_a_component_can_be_rolled_back_and_then_the_one_before() {
    let mut bench = Bench::new().await;
    let first = bench.submit(submission("edge", "low").file("app.conf", "workers = 8\n")).await;
    bench.until(&first, "awaiting_approval").await;
    bench.approve(&first, "sre").await.expect("approved");
    bench.until(&first, "stable").await;
    let second = bench.submit(submission("edge", "low").file("app.conf", "workers = 9\n")).await;
    bench.until(&second, "awaiting_approval").await;
    bench.approve(&second, "sre").await.expect("approved");
    bench.until(&second, "stable").await;
    let early = bench.act(&first, Act::Rollback, "sre").await.expect_err("not the newest");
    assert_eq!(early.code, Code::NewerUpdateApplied);
    bench.restart().await;
    let early = bench.act(&first, Act::Rollback, "sre").await.expect_err("not the newest");
    assert_eq!(early.code, Code::NewerUpdateApplied);
    for (update, left) in [(&second, "workers = 8\n"), (&first, crate::support::place::FIRST)] {
        bench.act(update, Act::Rollback, "sre").await.expect("the newest");
        bench.until(update, "rolled_back").await;
        assert_eq!(bench.edge().text(), left);
    }
    bench.verify().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_callers_at_once_are_each_answered_with_what_is_in_the_log() {
    let bench = Bench::with(|s| s.metrics = Vec::new()).await;
    let wanted = |n: u32| submission("edge", "low").file("app.conf", &format!("workers = {n}\n"));
    let answers = futures_util::future::join_all((0..40).map(|n| bench.try_submit(wanted(n)))).await;
    let mut versions = Vec::new();
    for answer in answers {
        let id = answer.expect("taken");
        versions.push(bench.update(&id).await.version());
    }
    versions.sort();
    versions.dedup();
    assert_eq!(versions.len(), 40);
}
