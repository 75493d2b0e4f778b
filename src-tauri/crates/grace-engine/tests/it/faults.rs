//! COMMIT that goes wrong: the caller hears what the log says, and every update still reaches its end.

use crate::support::{Act, Bench, submission};
use grace_domain::core::codes::Code;
use grace_domain::core::ids::UpdateId;
use grace_domain::governance::policy::ACKNOWLEDGERS;
use grace_domain::statement::Vote;
use grace_store::faults::{CommitFault, CommitFaults};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

const FAULTS: [CommitFault; 3] = [CommitFault::Fails, CommitFault::FailsButPersisted, CommitFault::ReplyLost];

fn next(bench: &Bench, fault: CommitFault) {
    bench.engine().journal().set_commit_faults(CommitFaults::once(0, fault));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_submitter_hears_whether_the_submission_is_in_the_log() {
    for fault in FAULTS {
        let bench = Bench::new().await;
        next(&bench, fault);
        let statement = bench.statement_of(submission("edge", "low").file("app.conf", "workers = 8\n"));
        let envelope = crate::support::sign::sealed(&statement, bench.key("developer"));
        let answer = bench.engine().submit_update(&envelope, None).await;
        let there = bench.engine().update(&statement.id).await.expect("readable").is_some();
        if fault == CommitFault::Fails {
            assert_eq!(answer.expect_err("not written").code, Code::NotCommitted);
            assert!(!there);
            // Nothing was used up: the same bytes are good.
            bench.engine().submit_update(&envelope, None).await.expect("the second time");
        } else {
            assert!(answer.expect("written").seq.is_some());
            assert!(there);
            let again = bench.engine().submit_update(&envelope, None).await.expect_err("a replay");
            assert_eq!(again.code, Code::Replayed);
        }
        to_the_end(&bench, &statement.id).await;
    }
}

/// Approves, waits for stable, rolls back, and looks at everything.
async fn to_the_end(bench: &Bench, update: &UpdateId) {
    bench.until(update, "awaiting_approval").await;
    bench.approve(update, "sre").await.expect("approved");
    bench.until(update, "observing").await;
    assert_eq!(bench.edge().text(), "workers = 8\n");
    bench.act(update, Act::Rollback, "sre").await.expect("rollback");
    bench.until(update, "rolled_back").await;
    assert_eq!(bench.applied(update).await, 1);
    bench.verify().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_approver_hears_whether_the_approval_counts() {
    for fault in FAULTS {
        let bench = Bench::new().await;
        let update = bench.submit(submission("edge", "high").file("app.conf", "workers = 8\n")).await;
        bench.until(&update, "awaiting_approval").await;
        next(&bench, fault);
        let statement = bench.approval_of(&update, "sre").await;
        let answer = bench.hand_in(&update, &statement).await;
        let again = bench.hand_in(&update, &statement).await;
        if fault == CommitFault::Fails {
            assert_eq!(answer.expect_err("not written").code, Code::NotCommitted);
            again.expect("nothing was used up");
        } else {
            answer.expect("written");
            assert_eq!(again.expect_err("a replay").code, Code::NonceUsed);
        }
        assert_eq!(bench.update(&update).await.approvals().len(), 1);
        bench.approve(&update, "dba").await.expect("the second");
        bench.until(&update, "observing").await;
        bench.verify().await;
    }
}

/// Each COMMIT of a whole life goes wrong once, one life per commit: none is lost, nothing is applied twice.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whichever_commit_goes_wrong_the_update_reaches_its_end() {
    // Effects wait a while before they are tried again; time runs fast here.
    let bench = Bench::with(|s| s.speed = 100).await;
    let commits = Arc::new(AtomicU64::new(0));
    let counted = commits.clone();
    bench.engine().journal().set_commit_faults(CommitFaults::new(move |n| {
        counted.store(n + 1, Ordering::SeqCst);
        None
    }));
    life(&bench, 0).await;
    let n = commits.load(Ordering::SeqCst);
    assert!(n >= 9, "submission, stages, approval, receipts: {n}");
    for at in 0..n {
        let fault = FAULTS[usize::try_from(at % 3).expect("small")];
        bench.engine().journal().set_commit_faults(CommitFaults::once(at, fault));
        life(&bench, at + 1).await;
    }
    bench.engine().journal().set_commit_faults(CommitFaults::none());
    bench.verify().await;
}

/// One update from its submission to its rollback; whatever a person does is done again when it was not committed.
async fn life(bench: &Bench, round: u64) {
    let text = format!("workers = {}\n", 10 + round);
    let update = loop {
        match bench.try_submit(submission("edge", "low").file("app.conf", &text)).await {
            Ok(id) => break id,
            Err(refusal) => assert_eq!(refusal.code, Code::NotCommitted),
        }
    };
    bench.until(&update, "awaiting_approval").await;
    while let Err(refusal) = bench.approve(&update, "sre").await {
        assert_eq!(refusal.code, Code::NotCommitted);
    }
    bench.until(&update, "observing").await;
    assert_eq!(bench.edge().text(), text);
    while let Err(refusal) = bench.act(&update, Act::Rollback, "sre").await {
        assert_eq!(refusal.code, Code::NotCommitted);
    }
    bench.until(&update, "rolled_back").await;
    assert_eq!(bench.edge().text(), crate::support::place::FIRST);
    assert_eq!(bench.applied(&update).await, 1);
}

/// The same for a handshake, one world per commit: a component joins only once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whichever_commit_goes_wrong_the_handshake_reaches_its_end() {
    let mut at = 0;
    loop {
        let bench = Bench::with(|s| s.speed = 50).await;
        let commits = Arc::new(AtomicU64::new(0));
        let counted = commits.clone();
        bench.engine().journal().set_commit_faults(CommitFaults::new(move |n| {
            counted.store(n + 1, Ordering::SeqCst);
            (n == at).then(|| FAULTS[usize::try_from(at % 3).expect("small")])
        }));
        let statement = bench.request_of("developer");
        let envelope = crate::support::sign::sealed(&statement, bench.key("developer"));
        while let Err(refusal) = bench.engine().request_handshake(&envelope, None).await {
            assert_eq!(refusal.code, Code::NotCommitted);
        }
        while let Err(refusal) = bench.approve_handshake(&statement.id, "sre").await {
            assert_eq!(refusal.code, Code::NotCommitted);
        }
        let active = bench.until_handshake(&statement.id, "active").await;
        assert_eq!(active.acknowledged().len(), 5);
        bench.verify().await;
        if commits.load(Ordering::SeqCst) <= at {
            break;
        }
        at += 1;
    }
    assert!(at >= 5, "request, approval, answers, baseline, window: {at}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_commit_that_fails_does_not_cost_an_acknowledgement() {
    let bench = Bench::new().await;
    let handshake = bench.request().await;
    bench.engine().journal().set_commit_faults(CommitFaults::new(|n| {
        // The approval goes through, the first answers do not.
        (1..3).contains(&n).then_some(CommitFault::Fails)
    }));
    bench.approve_handshake(&handshake, "sre").await.expect("approved");
    let active = bench.until_handshake(&handshake, "active").await;
    assert_eq!(active.acknowledged().len(), 5);
    bench.verify().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receipt_that_was_not_committed_is_told_again_without_a_second_activation() {
    let bench = Bench::new().await;
    let update = bench.submit(submission("edge", "low").file("app.conf", "workers = 8\n")).await;
    bench.until(&update, "awaiting_approval").await;
    bench.edge().shut_gate();
    bench.approve(&update, "sre").await.expect("approved");
    bench.until_true("activation has begun", || !bench.edge().activations().is_empty()).await;
    next(&bench, CommitFault::Fails);
    bench.edge().open_gate();
    bench.until(&update, "observing").await;
    assert_eq!(bench.edge().activations(), ["workers = 8"]);
    bench.verify().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_shares_a_group_with_a_commit_that_failed_hears_nothing_that_is_not_true() {
    let bench = Bench::new().await;
    let handshake = bench.announced().await;
    next(&bench, CommitFault::Fails);
    let answers = futures_util::future::join_all(
        ACKNOWLEDGERS.iter().map(|by| bench.answer(&handshake, by, Vote::Ack)),
    )
    .await;
    let counted = bench.handshake(&handshake).await.acknowledged().len();
    assert_eq!(answers.iter().filter(|a| a.is_ok()).count(), counted);
    assert!(
        answers.iter().all(|a| a.as_ref().err().is_none_or(|r| r.code == Code::NotCommitted)),
        "{answers:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_that_cannot_be_reopened_for_a_while_is_reopened_later_and_the_truth_is_found() {
    for fault in [CommitFault::Fails, CommitFault::FailsButPersisted] {
        let bench = Bench::new().await;
        let (database, away) = (bench.dir.join("grace.db"), bench.dir.join("grace.db.away"));
        let moved = (database.clone(), away.clone());
        bench.engine().journal().set_commit_faults(CommitFaults::new(move |n| {
            if n == 0 {
                std::fs::rename(&moved.0, &moved.1).expect("moved away");
            }
            (n == 0).then_some(fault)
        }));
        let statement = bench.statement_of(submission("edge", "low").file("app.conf", "workers = 8\n"));
        let envelope = crate::support::sign::sealed(&statement, bench.key("developer"));
        let answer = bench.engine().submit_update(&envelope, None).await.expect_err("nobody can know");
        assert_eq!(answer.code, Code::LogUnavailable);
        std::fs::rename(&away, &database).expect("moved back");
        let update = loop {
            match bench.try_submit(submission("store", "low").file("app.conf", "workers = 8\n")).await {
                Ok(id) => break id,
                Err(refusal) => assert_eq!(refusal.code, Code::LogUnavailable),
            }
        };
        bench.until(&update, "awaiting_approval").await;
        let found = bench.engine().update(&statement.id).await.expect("readable").is_some();
        assert_eq!(found, fault == CommitFault::FailsButPersisted);
        if found {
            bench.until(&statement.id, "awaiting_approval").await;
        }
        bench.verify().await;
    }
}
