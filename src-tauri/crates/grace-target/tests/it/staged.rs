//! Copies and rehearsals.

use grace_domain::core::codes::Code;
use std::fs;
use std::sync::atomic::{AtomicU64, Ordering};

use grace_target::{clean_scratch, copy, rehearse, stage};

use crate::support::{Bench, everything, link};

#[tokio::test]
async fn a_staged_copy_holds_the_change_and_all_that_a_tool_may_include() {
    let bench = Bench::new();
    fs::write(bench.at("conf.d/.grace-old-1.tmp"), "left over").unwrap();
    link("/usr/share/dict", &bench.at("logs/system"));
    link(bench.at("mime.types"), &bench.at("logs/into-target"));
    link("../mime.types", &bench.at("logs/relative"));
    let made = std::process::Command::new("mkfifo").arg(bench.at("logs/pipe")).status().unwrap();
    assert!(made.success());
    let before = everything(bench.root.path());
    let plan = bench.plan().await;
    let staged = stage(&bench.root, &bench.managed, &plan, &bench.blobs, &bench.scratch()).await.unwrap();
    assert_eq!(staged.inspect().await.unwrap().digest(), plan.after);
    assert_eq!(staged.skipped(), 1);
    let top = staged.root().path().to_owned();
    let all = everything(&top);
    assert_eq!(all["main.conf"], "644 main new\n");
    assert_eq!(all["mime.types"], "644 types\n", "a tool may write its own files in its own copy");
    assert_eq!(all["logs/system"], "link /usr/share/dict");
    assert_eq!(all["logs/into-target"], format!("link {}", top.join("mime.types").display()));
    assert_eq!(all["logs/relative"], "link ../mime.types");
    assert!(!all.contains_key("conf.d/.grace-old-1.tmp") && !all.contains_key("logs/pipe"));
    assert!(staged.tmp().is_dir() && staged.tmp() != top);
    assert_eq!(everything(bench.root.path()), before, "the target itself is only read");
    drop(staged);
    assert_eq!(fs::read_dir(bench.scratch()).unwrap().count(), 0, "the copy is gone with its last handle");
}

#[tokio::test]
async fn a_rehearsal_proves_the_revert_and_measures_it() {
    let bench = Bench::new();
    let plan = bench.plan().await;
    let before = bench.everything();
    let ticks = AtomicU64::new(100);
    let clock = || ticks.fetch_add(7, Ordering::Relaxed);
    let proof =
        rehearse(&bench.root, &bench.managed, &plan, &bench.blobs, &bench.scratch(), &clock).await.unwrap();
    assert!(proof.proves(plan.before, plan.after));
    assert_eq!((proof.before, proof.applied, proof.reverted), (plan.before, plan.after, plan.before));
    assert_eq!((proof.apply_ms, proof.revert_ms), (7, 7));
    assert_eq!(bench.everything(), before, "neither the target nor the scratch directory keeps anything");
}

#[tokio::test]
async fn a_rehearsal_without_the_old_bytes_fails_before_anything_is_distributed() {
    let bench = Bench::new();
    let plan = bench.plan().await;
    let old = plan.changes[1].base.as_ref().unwrap().sha256;
    bench.blobs.0.lock().unwrap().remove(&old);
    let clock = || 0;
    let error = rehearse(&bench.root, &bench.managed, &plan, &bench.blobs, &bench.scratch(), &clock)
        .await
        .unwrap_err();
    assert_eq!(error.code(), Code::BlobMissing);
}

#[tokio::test]
async fn a_base_that_moved_is_found_by_the_rehearsal() {
    let bench = Bench::new();
    let plan = bench.plan().await;
    fs::write(bench.at("main.conf"), "outside").unwrap();
    let clock = || 0;
    let error = rehearse(&bench.root, &bench.managed, &plan, &bench.blobs, &bench.scratch(), &clock)
        .await
        .unwrap_err();
    assert_eq!(error.code(), Code::DriftDetected);
}

#[tokio::test]
async fn a_copy_is_bounded_and_never_lies_within_what_it_copies() {
    let bench = Bench::new();
    let huge = fs::File::create(bench.at("logs/huge")).unwrap();
    huge.set_len(256 * 1024 * 1024 + 1).unwrap();
    let error = copy(&bench.root, &bench.managed, &bench.scratch()).await.unwrap_err();
    assert_eq!(error.code(), Code::TargetTooLarge);
    assert_eq!(fs::read_dir(bench.scratch()).unwrap().count(), 0);
    let error = copy(&bench.root, &bench.managed, &bench.at("logs")).await.unwrap_err();
    assert_eq!(error.code(), Code::TargetRoot);
}

#[tokio::test]
async fn copies_of_a_killed_engine_are_cleaned_and_nothing_else() {
    let bench = Bench::new();
    let left = bench.scratch().join("stage-left");
    fs::create_dir_all(left.join("root/conf.d")).unwrap();
    fs::write(bench.scratch().join("other"), "x").unwrap();
    clean_scratch(&bench.scratch()).await.unwrap();
    assert!(!left.exists() && bench.scratch().join("other").exists());
}
