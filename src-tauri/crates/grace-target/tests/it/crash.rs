//! Kills: after each step, again during recovery, and every mixture that a kill can leave.

use grace_domain::core::codes::Code;
use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};

use grace_target::{Interrupted, Moment, Plan, Step, TargetError, apply, recover};

use crate::support::{Bench, Everything, id, write};

/// Applies and stops after step number `stop` (from 0), as a kill would; whether it came to its end.
async fn apply_killed(bench: &Bench, plan: &Plan, stop: usize) -> bool {
    let count = AtomicUsize::new(0);
    let hook = |moment: Moment, _: &Step| {
        let ends = moment == Moment::After && count.fetch_add(1, Ordering::Relaxed) == stop;
        if ends { Err(Interrupted) } else { Ok(()) }
    };
    match apply(&bench.root, &bench.managed, plan, &id(), &bench.blobs, &hook).await {
        Ok(_) => true,
        Err(TargetError::Interrupted(_)) => false,
        Err(other) => panic!("{other}"),
    }
}

async fn steps_of(bench: &Bench, plan: &Plan) -> usize {
    let count = AtomicUsize::new(0);
    let hook = |moment: Moment, _: &Step| {
        count.fetch_add(usize::from(moment == Moment::After), Ordering::Relaxed);
        Ok(())
    };
    apply(&bench.root, &bench.managed, plan, &id(), &bench.blobs, &hook).await.unwrap();
    count.into_inner()
}

#[tokio::test]
async fn a_kill_after_any_step_is_finished_or_undone_also_when_recovery_is_killed() {
    let reference = Bench::new();
    let before = reference.everything();
    let plan = reference.plan().await;
    let forward = steps_of(&reference, &plan).await;
    let after = reference.everything();
    let backward = steps_of(&reference, &plan.inverse()).await;
    assert_eq!(reference.everything(), before);
    // Checked, four times Written, four times Replaced, one Removed, Synced, Confirmed.
    assert_eq!(forward, 12);
    // Three Written, three Replaced, two Removed, two directories dropped.
    assert_eq!(backward, 13);

    let ends = |all: &Everything| *all == before || *all == after;
    let mut cases = 0;
    for (first, first_steps) in [(plan.clone(), forward), (plan.inverse(), backward)] {
        for kill in 0..first_steps {
            for then in [&plan, &plan.inverse()] {
                for kill_again in 0..=forward.max(backward) {
                    let bench = Bench::new();
                    bench.plan().await;
                    if first != plan {
                        bench.apply(&plan).await.unwrap();
                    }
                    apply_killed(&bench, &first, kill).await;
                    let done = apply_killed(&bench, then, kill_again).await;
                    if !done {
                        bench.apply(then).await.unwrap();
                    }
                    let all = bench.everything();
                    assert!(ends(&all), "kill after {kill}, then after {kill_again}");
                    assert_eq!(all == after, *then == plan, "kill after {kill}, then after {kill_again}");
                    cases += 1;
                    if done {
                        break;
                    }
                }
            }
        }
    }
    assert!(cases > 300, "{cases} cases");
}

#[tokio::test]
async fn every_mixture_of_old_and_new_is_finished_and_undone() {
    let reference = Bench::new();
    let before = reference.everything();
    let plan = reference.plan().await;
    reference.apply(&plan).await.unwrap();
    let after = reference.everything();
    for mixture in 0..1_u32 << plan.changes.len() {
        for (then, expected) in [(&plan, &after), (&plan.inverse(), &before)] {
            let bench = Bench::new();
            bench.plan().await;
            for (position, change) in plan.changes.iter().enumerate() {
                if mixture & 1 << position == 0 {
                    continue;
                }
                let at = bench.at(change.path.as_str());
                match &change.new {
                    None => fs::remove_file(at).unwrap(),
                    Some(new) => {
                        fs::create_dir_all(at.parent().unwrap()).unwrap();
                        let bytes = bench.blobs.0.lock().unwrap()[&new.sha256].clone();
                        write(&at, std::str::from_utf8(&bytes).unwrap(), new.attributes.mode);
                    }
                }
            }
            bench.apply(then).await.unwrap();
            assert_eq!(bench.everything(), *expected, "mixture {mixture:05b}");
        }
    }
}

#[tokio::test]
async fn a_mixture_with_drift_is_left_as_it_is() {
    let bench = Bench::new();
    let plan = bench.plan().await;
    let steps = 12;
    for kill in 0..steps {
        let bench = Bench::new();
        bench.plan().await;
        apply_killed(&bench, &plan, kill).await;
        write(&bench.at("conf.d/drift.conf"), "outside\n", 0o644);
        recover(&bench.root, &plan).await.unwrap();
        let before = bench.everything();
        for plan in [&plan, &plan.inverse()] {
            assert_eq!(bench.apply(plan).await.unwrap_err().code(), Code::DriftDetected);
            assert_eq!(bench.everything(), before);
        }
    }
}

#[tokio::test]
async fn recovery_removes_temporary_files_and_no_others() {
    let bench = Bench::new();
    let plan = bench.plan().await;
    let before = bench.everything();
    // After the last new bytes are written, before the first path changes.
    assert!(!apply_killed(&bench, &plan, 4).await);
    let left = bench.everything();
    assert_eq!(left.keys().filter(|path| path.contains(".grace-")).count(), 4);
    recover(&bench.root, &plan).await.unwrap();
    let mut now = bench.everything();
    now.remove("target/conf.d/new");
    now.remove("target/conf.d/new/deep");
    assert_eq!(now, before);
}
