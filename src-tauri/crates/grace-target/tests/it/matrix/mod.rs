//! The kill matrix: every kind of target × every act of its agent × every durable step × before and after it. The act is
//! interrupted there as a kill would, resumed as a new process would, interrupted again, and resumed to its end.

mod files;
mod ports;
mod scene;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use grace_domain::core::codes::Code;
use grace_domain::kinds::target_kind::TargetKind;
use grace_domain::statement::{ReceiptResult, Verified};
use grace_target::agent::AttemptFailed;
use grace_target::agent::ports::StepHook;
use grace_target::agent::receipt::SignedReceipt;
use grace_target::{Interrupted, Moment, Step};

use scene::{Scene, Way};

/// Where an act can be interrupted.
type Point = (Moment, Step);

/// A hook that ends the act at its point number `at` (from 0), or notes all of them.
fn interrupting(at: Option<usize>) -> (StepHook, Arc<std::sync::Mutex<Vec<Point>>>) {
    let seen = Arc::new(std::sync::Mutex::new(Vec::new()));
    let (noted, count) = (seen.clone(), AtomicUsize::new(0));
    let hook = StepHook::new(move |moment, step| {
        noted.lock().unwrap().push((moment, step.clone()));
        if Some(count.fetch_add(1, Ordering::Relaxed)) == at { Err(Interrupted) } else { Ok(()) }
    });
    (hook, seen)
}

/// Every point of an act that nobody interrupts.
async fn points(scene: &Scene, way: Way) -> Vec<Point> {
    scene.begin(way).await;
    let (hook, seen) = interrupting(None);
    let receipt = scene.act(way, hook, false).await.unwrap();
    proved(scene, way, &receipt, "not interrupted").await;
    seen.lock().unwrap().clone()
}

/// What must hold when an act has come to its end, however often it was interrupted before.
async fn proved(scene: &Scene, way: Way, signed: &SignedReceipt, when: &str) {
    let verified: Verified<grace_domain::statement::Receipt> = scene.verified(signed).await;
    let receipt = verified.statement;
    assert_eq!(receipt, signed.receipt, "{when}: what is kept is what was answered");
    let result = if way == Way::ApplyThatFails { ReceiptResult::Undone } else { ReceiptResult::Applied };
    assert_eq!(receipt.result, result, "{when}: {}", receipt.reason);
    scene.settle(way, &receipt);
    assert_eq!(scene.content(), scene.wanted(way), "{when}: exactly the one content");
    assert_eq!(receipt.after, scene.digest(way).await, "{when}: the receipt is true");
    if way == Way::Apply || way == Way::Revert {
        let tree = signed.tree.expect("the content is described");
        assert_eq!(scene.described(&tree), receipt.after, "{when}: it can be restored one day");
    }
}

/// What must hold at an interruption: each item is as before or as after, what was replaced is kept, and who may have
/// begun says so.
async fn mixed(scene: &Scene, failed: &AttemptFailed, untouched: bool, when: &str) {
    assert_eq!(failed.missing.code, Code::Interrupted, "{when}: {}", failed.missing.reason);
    scene.check_mixture(when).await;
    scene.check_kept(when);
    assert!(failed.begun || untouched, "{when}: nobody calls untouched what may be half way");
}

/// Interrupts at point `first`, resumes, interrupts that at `second`, resumes.
async fn interrupted(scene: &Scene, way: Way, first: usize, second: usize, when: &str) {
    scene.begin(way).await;
    let start = scene.content();
    let failed = scene.act(way, interrupting(Some(first)).0, false).await.expect_err(when);
    mixed(scene, &failed, scene.content() == start, when).await;
    let receipt = match scene.act(way, interrupting(Some(second)).0, true).await {
        Ok(receipt) => receipt,
        Err(failed) => {
            mixed(scene, &failed, false, when).await;
            scene.act(way, StepHook::default(), true).await.expect(when)
        }
    };
    proved(scene, way, &receipt, when).await;
}

/// One act, on every kind that knows it.
async fn every_point_of(way: Way) {
    for kind in TargetKind::ALL.iter().copied().filter(|kind| Way::of(*kind).contains(&way)) {
        let first = Scene::set(kind).await;
        let points = points(&first.again(), way).await;
        let durable = points.iter().filter(|(moment, _)| *moment == Moment::Before).count();
        println!("{kind:?} {way:?}: {} points at {durable} durable steps", points.len());
        assert!(durable >= 2, "{kind:?} {way:?}: {points:?}");
        for (at, point) in points.iter().enumerate() {
            // Another one for each, and in recovery the points are others than at first.
            let second = (at * 7 + 3) % points.len();
            let when = format!("{kind:?} {way:?} ended at {point:?}, then at number {second}");
            interrupted(&first.again(), way, at, second, &when).await;
        }
    }
}

#[tokio::test]
async fn an_apply_that_is_interrupted_anywhere_is_applied_when_it_is_resumed() {
    every_point_of(Way::Apply).await;
}

#[tokio::test]
async fn an_apply_that_fails_and_is_interrupted_anywhere_is_undone_when_it_is_resumed() {
    every_point_of(Way::ApplyThatFails).await;
}

#[tokio::test]
async fn a_revert_that_is_interrupted_anywhere_is_reverted_when_it_is_resumed() {
    every_point_of(Way::Revert).await;
}

#[tokio::test]
async fn a_restore_that_is_interrupted_anywhere_is_restored_when_it_is_resumed() {
    every_point_of(Way::Restore).await;
}

#[tokio::test]
async fn an_apply_that_is_interrupted_anywhere_is_undone_when_it_may_not_go_on() {
    for kind in TargetKind::ALL.iter().copied() {
        let first = Scene::set(kind).await;
        let points = points(&first.again(), Way::Apply).await;
        for (at, point) in points.iter().enumerate() {
            let when = format!("{kind:?} ended at {point:?}, then not approved");
            let scene = first.again();
            scene.begin(Way::Apply).await;
            let start = scene.content();
            scene.act(Way::Apply, interrupting(Some(at)).0, false).await.expect_err(&when);
            let signed = scene.apply_unapproved(true).await.expect(&when);
            assert_eq!(signed.receipt.code, Some(Code::NotApproved), "{when}");
            assert_eq!(signed.receipt.result, ReceiptResult::Undone, "{when}");
            assert_eq!(scene.content(), start, "{when}: nothing is left");
            assert_eq!(signed.receipt.after, scene.digest(Way::Apply).await, "{when}: the receipt is true");
        }
    }
}

#[tokio::test]
async fn an_apply_that_is_interrupted_anywhere_is_reverted_on_request() {
    for kind in TargetKind::ALL.iter().copied() {
        let first = Scene::set(kind).await;
        let points = points(&first.again(), Way::Apply).await;
        for (at, point) in points.iter().enumerate() {
            let when = format!("{kind:?} ended at {point:?}, then reverted");
            let scene = first.again();
            scene.begin(Way::Apply).await;
            scene.act(Way::Apply, interrupting(Some(at)).0, false).await.expect_err(&when);
            let receipt = scene.act(Way::Revert, StepHook::default(), true).await.expect(&when);
            proved(&scene, Way::Revert, &receipt, &when).await;
        }
    }
}
