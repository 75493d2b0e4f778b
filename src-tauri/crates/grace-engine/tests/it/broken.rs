//! A part of the engine that panics: from then on nothing is decided or begun, everything can still be read, and the
//! next start resumes what was open.

use crate::support::sign::sealed;
use crate::support::{Act, Bench, id, place, submission};
use grace_domain::core::codes::Code;
use grace_domain::core::ids::{ComponentId, UpdateId};
use grace_domain::update::evidence::CardVerdict;
use grace_engine::metrics::Pushed;
use grace_engine::startup_verification::Proof;

/// Waits until the engine says that a part of it broke; which one, and why.
async fn broken(bench: &Bench) -> (String, String) {
    bench.until_true("a part of the engine failed", || bench.engine().failed_part().is_some()).await;
    let broken = bench.engine().failed_part().expect("just seen");
    (broken.part, broken.reason)
}

/// Every kind of act is refused in so many words, and what there is can be read.
async fn takes_nothing(bench: &Bench, update: &UpdateId) {
    let before = bench.size().await;
    let submitted = bench.try_submit(submission("store", "low").file("app.conf", "workers = 9\n")).await;
    let denied = bench.deny(update, "qa").await.map(|_| ());
    let requested = bench.request_of("developer");
    let requested = bench.engine().request_handshake(&sealed(&requested, bench.key("developer")), None).await;
    let answers = [submitted.map(|_| ()), denied, requested.map(|_| ()), bench.engine().check()];
    for answer in answers {
        let refusal = answer.expect_err("refused");
        assert_eq!(refusal.code, Code::EnginePartFailed, "{refusal:?}");
        assert!(refusal.message.contains("broke"), "{refusal:?}");
        assert!(refusal.hint.text().is_some_and(|t| t.contains("start the engine again")), "{refusal:?}");
    }
    assert_eq!(bench.size().await, before);
    assert_eq!(*bench.update(update).await.id(), *update);
    assert_eq!(bench.log().await.len() as u64, before);
}

/// Ends the broken engine, mends the clock, and starts a whole one.
async fn again(bench: &mut Bench) {
    bench.stop().await;
    bench.clock.mend();
    bench.start().await;
    assert!(bench.engine().failed_part().is_none());
}

async fn awaiting(bench: &Bench) -> UpdateId {
    let update = bench.submit(submission("edge", "low").file("app.conf", "workers = 8\n")).await;
    bench.until(&update, "awaiting_approval").await;
    update
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_its_owner_an_engine_takes_nothing_and_says_so_until_it_is_started_again() {
    let mut bench = Bench::new().await;
    let update = awaiting(&bench).await;
    bench.clock.break_in("src/owner.rs");
    let (part, reason) = broken(&bench).await;
    assert_eq!((part.as_str(), reason.as_str()), ("owner", "the clock broke in src/owner.rs"));
    takes_nothing(&bench, &update).await;
    again(&mut bench).await;
    bench.approve(&update, "sre").await.expect("taken");
    bench.until(&update, "stable").await;
    bench.verify().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_waits_for_an_answer_while_the_owner_breaks_hears_that_nobody_knows() {
    let mut bench = Bench::new().await;
    let update = awaiting(&bench).await;
    let statement = bench.statement_of(submission("store", "low").file("app.conf", "workers = 8\n"));
    let envelope = sealed(&statement, bench.key("developer"));
    bench.dice.break_for_the_owner();
    let refusal = bench.engine().submit_update(&envelope, None).await.expect_err("no answer");
    assert_eq!(refusal.code, Code::EnginePartFailed, "{refusal:?}");
    assert!(refusal.message.contains("whether this was recorded is not known"), "{refusal:?}");
    takes_nothing(&bench, &update).await;
    bench.dice.mend();
    again(&mut bench).await;
    bench.engine().submit_update(&envelope, None).await.expect("nothing was written");
    bench.until(&statement.id, "awaiting_approval").await;
    bench.verify().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_window_whose_watcher_panicked_goes_on_after_the_next_start() {
    let mut bench = Bench::new().await;
    let update = awaiting(&bench).await;
    bench.clock.break_in("src/windows/watch.rs");
    bench.approve(&update, "sre").await.expect("taken");
    let (part, _) = broken(&bench).await;
    assert_eq!(part, format!("watch of {update}"));
    let said = bench.engine().failed_part().expect("just seen").sentence();
    assert!(said.contains("look at the samples of edge; nobody judges it now"), "{said}");
    takes_nothing(&bench, &update).await;
    assert_eq!(bench.update(&update).await.state().as_str(), "observing");
    again(&mut bench).await;
    bench.until(&update, "stable").await;
    bench.verify().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stage_that_panicked_is_blocked_so_that_the_next_start_does_not_panic_on_it_again() {
    let mut bench = Bench::new().await;
    let other = bench.submit(submission("store", "low").file("app.conf", "workers = 8\n")).await;
    bench.until(&other, "awaiting_approval").await;
    bench.clock.break_in("src/pipeline/stage.rs");
    let update = bench.submit(submission("edge", "low").file("app.conf", "workers = 8\n")).await;
    let (part, _) = broken(&bench).await;
    assert_eq!(part, format!("stage 2 of {update}"));
    let blocked = bench.until(&update, "blocked").await;
    let card = &blocked.card(2).expect("a card").facts;
    assert_eq!((card.verdict, card.code.map_or("", Code::as_str)), (CardVerdict::Blocked, "stage_panicked"));
    takes_nothing(&bench, &other).await;
    // Not even mended: nothing of it is tried.
    bench.stop().await;
    bench.start().await;
    bench.approve(&other, "sre").await.expect("the others go on");
    bench.until(&other, "stable").await;
    assert!(bench.engine().failed_part().is_none());
    bench.clock.mend();
    bench.act(&update, Act::Retry, "developer").await.expect("taken");
    bench.until(&update, "awaiting_approval").await;
    bench.verify().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_decided_when_the_proof_of_the_log_panicked() {
    let mut bench = Bench::new().await;
    let update = awaiting(&bench).await;
    bench.stop().await;
    bench.clock.break_in("src/startup_verification.rs");
    bench.start().await;
    // Who is quick waits for the proof, and it never comes.
    let quick = bench.approve(&update, "sre").await.expect_err("refused");
    assert_eq!(quick.code, Code::EnginePartFailed, "{quick:?}");
    assert_eq!(broken(&bench).await.0, "proof of the log");
    assert!(!matches!(bench.engine().proof(), Proof::Whole { .. }));
    takes_nothing(&bench, &update).await;
    assert_eq!(bench.edge().text(), place::FIRST);
    again(&mut bench).await;
    bench.approve(&update, "sre").await.expect("taken");
    bench.until(&update, "stable").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_begun_before_a_part_failed_is_ended_and_recorded_and_nothing_else_is_begun() {
    let mut bench = Bench::new().await;
    let update = awaiting(&bench).await;
    bench.edge().shut_gate();
    bench.approve(&update, "sre").await.expect("taken");
    bench.until_true("activation has begun", || !bench.edge().activations().is_empty()).await;
    bench.clock.break_in("src/engine/start.rs");
    assert_eq!(broken(&bench).await.0, "clock");
    bench.edge().open_gate();
    let edge: ComponentId = id("edge");
    bench.until_is(&update, "its receipt is in the log", |u| u.applied().contains(&edge)).await;
    takes_nothing(&bench, &update).await;
    again(&mut bench).await;
    bench.until(&update, "stable").await;
    bench.verify().await;
}

/// Stops the broken engine and starts one that meets the same again; what it says.
async fn fails_again(bench: &mut Bench) -> (String, String) {
    bench.stop().await;
    bench.start().await;
    let (part, _) = broken(bench).await;
    (part, bench.engine().failed_part().expect("just seen").sentence())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_apply_that_breaks_at_two_starts_is_unproved_and_the_engine_lives() {
    let mut bench = Bench::new().await;
    let update = awaiting(&bench).await;
    // When the new content is in place, before it is activated.
    bench.clock.break_in("src/process/run.rs");
    bench.approve(&update, "sre").await.expect("taken");
    assert_eq!(broken(&bench).await.0, format!("applying {update} to edge"));
    let said = bench.engine().failed_part().expect("just seen").sentence();
    assert!(said.contains("look at the target of edge; the next start tries it once more"), "{said}");
    assert_eq!(bench.update(&update).await.state().as_str(), "distributing");
    let (part, said) = fails_again(&mut bench).await;
    assert_eq!(part, format!("applying {update} to edge"));
    assert!(said.contains("look at the target of edge; an earlier start had it to do, too"), "{said}");
    let failed = bench.until(&update, "rollback_failed").await;
    let reason = failed.reason().expect("a reason");
    assert!(
        reason
            .contains("the engine panicked on it when it was resumed: the clock broke in src/process/run.rs"),
        "{reason}"
    );
    assert!(reason.contains("adopt or restore"), "{reason}");
    // Not mended: nothing of it is tried, and the engine takes what people sign.
    bench.stop().await;
    bench.start().await;
    bench.act_on_component("edge", Act::Adopt, "sre").await.expect("taken");
    assert!(bench.engine().failed_part().is_none());
    assert_eq!(bench.edge().text(), "workers = 8\n");
    bench.verify().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rollback_and_a_restore_that_break_at_two_starts_fail_and_can_be_tried_again() {
    let mut bench = Bench::new().await;
    let update = awaiting(&bench).await;
    bench.approve(&update, "sre").await.expect("taken");
    bench.until(&update, "observing").await;
    bench.clock.break_in("src/process/run.rs");
    bench.act(&update, Act::Rollback, "sre").await.expect("taken");
    assert_eq!(broken(&bench).await.0, format!("reverting {update} on edge"));
    assert_eq!(fails_again(&mut bench).await.0, format!("reverting {update} on edge"));
    bench.until(&update, "rollback_failed").await;
    bench.stop().await;
    bench.start().await;
    bench.act_on_component("edge", Act::Restore, "sre").await.expect("taken");
    assert_eq!(broken(&bench).await.0, "restoring edge");
    assert_eq!(bench.phase("edge"), "restoring");
    let (part, said) = fails_again(&mut bench).await;
    assert_eq!(part, "restoring edge");
    assert!(said.contains("look at the target of edge"), "{said}");
    bench.until_true("it failed", || bench.phase("edge") != "restoring").await;
    again(&mut bench).await;
    bench.act_on_component("edge", Act::Restore, "sre").await.expect("taken");
    bench.until_true("it is restored", || bench.phase("edge") == "active").await;
    assert_eq!(bench.edge().text(), place::FIRST);
    bench.verify().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn samples_are_kept_while_a_part_is_broken_and_nothing_is_decided_by_them() {
    let mut bench = Bench::new().await;
    let update = awaiting(&bench).await;
    bench.silent("store");
    bench.clock.break_in("src/owner.rs");
    broken(&bench).await;
    bench.clock.mend();
    let at = bench.ports.clock.now();
    let sample = Pushed { metric: id("error_rate"), value_micro: 123_456, count: 7, at: Some(at) };
    assert_eq!(bench.engine().push_samples(&id("store"), &[sample]).await.expect("kept"), 1);
    takes_nothing(&bench, &update).await;
    again(&mut bench).await;
    let millis = at.millis();
    let reader = bench.engine().reader();
    let kept = reader.samples("store", "error_rate", millis, millis + 1, 10).await.expect("readable");
    assert!(kept.iter().any(|s| (s.value_micro, s.count) == (123_456, 7)), "{kept:?}");
    bench.verify().await;
}
