//! Applying and reverting: bytes, modes, owners, drift, links.

use grace_domain::core::codes::Code;
use std::fs;

use std::path::Path;

use grace_target::{Interrupted, Moment, Plan, Step, TargetError, apply};

use crate::support::{Bench, Blobs, id, link, write};

#[tokio::test]
async fn what_is_applied_and_reverted_leaves_everything_as_it_was() {
    let bench = Bench::new();
    let before = bench.everything();
    let plan = bench.plan().await;
    let applied = bench.apply(&plan).await.unwrap();
    assert_eq!((applied.digest, applied.replaced, applied.removed, applied.already), (plan.after, 4, 1, 0));
    let after = bench.everything();
    let mut expected = before.clone();
    expected.insert("target/main.conf".into(), "644 main new\n".into());
    expected.insert("target/conf.d/a.conf".into(), "640 a old\n".into());
    expected.remove("target/conf.d/b.conf");
    expected.insert("target/conf.d/c.conf".into(), "644 c new\n".into());
    expected.insert("target/conf.d/new".into(), "directory".into());
    expected.insert("target/conf.d/new/deep".into(), "directory".into());
    expected.insert("target/conf.d/new/deep/d.conf".into(), "600 d new\n".into());
    assert_eq!(after, expected);

    let again = bench.apply(&plan).await.unwrap();
    assert_eq!((again.digest, again.already), (plan.after, 5), "a second time nothing is left to do");
    assert_eq!(bench.everything(), after);

    assert_eq!(bench.apply(&plan.inverse()).await.unwrap().digest, plan.before);
    assert_eq!(bench.everything(), before);
    assert_eq!(bench.apply(&plan.inverse()).await.unwrap().already, 5);
}

#[tokio::test]
async fn a_directory_of_ours_stays_if_somebody_put_something_in() {
    let bench = Bench::new();
    let plan = bench.plan().await;
    bench.apply(&plan).await.unwrap();
    // A directory is no content.
    fs::create_dir(bench.at("conf.d/new/theirs")).unwrap();
    assert_eq!(bench.apply(&plan.inverse()).await.unwrap().digest, plan.before);
    assert!(bench.at("conf.d/new/theirs").exists());
    assert!(!bench.at("conf.d/new/deep").exists());
}

#[tokio::test]
async fn what_was_changed_outside_grace_is_never_overwritten() {
    type Change = (&'static str, fn(&Path));
    let changes: [Change; 9] = [
        ("another text in a planned file", |root| write(&root.join("main.conf"), "outside\n", 0o644)),
        ("another mode of a planned file", |root| write(&root.join("main.conf"), "main old\n", 0o666)),
        ("a planned file is gone", |root| fs::remove_file(root.join("main.conf")).unwrap()),
        ("a file to remove has another text", |root| write(&root.join("conf.d/b.conf"), "outside\n", 0o644)),
        ("a new file is there already", |root| write(&root.join("conf.d/c.conf"), "outside\n", 0o644)),
        ("another managed file changed", |root| write(&root.join("conf.d/keep.conf"), "outside\n", 0o644)),
        ("another managed file is new", |root| write(&root.join("conf.d/z.conf"), "outside\n", 0o644)),
        ("another managed file is gone", |root| fs::remove_file(root.join("conf.d/keep.conf")).unwrap()),
        ("a planned file has the text of another", |root| write(&root.join("main.conf"), "c new\n", 0o644)),
    ];
    for (what, change) in changes {
        let bench = Bench::new();
        write(&bench.at("conf.d/keep.conf"), "keep\n", 0o644);
        let plan = bench.plan().await;
        change(bench.root.path());
        let before = bench.everything();
        for plan in [&plan, &plan.inverse()] {
            let error = bench.apply(plan).await.unwrap_err();
            assert_eq!(error.code(), Code::DriftDetected, "{what}: {error}");
            assert_eq!(bench.everything(), before, "{what}");
        }
    }
}

#[tokio::test]
async fn drift_after_apply_stops_a_revert_too() {
    let bench = Bench::new();
    let plan = bench.plan().await;
    bench.apply(&plan).await.unwrap();
    write(&bench.at("conf.d/c.conf"), "outside\n", 0o644);
    let before = bench.everything();
    let error = bench.apply(&plan.inverse()).await.unwrap_err();
    assert!(matches!(error, TargetError::DriftDetected { path: Some(path), .. } if path == "conf.d/c.conf"));
    assert_eq!(bench.everything(), before);
}

/// Applies, and lets somebody act outside Grace in the moment after all new bytes are written and before the first path changes.
async fn apply_with_drift(bench: &Bench, plan: &Plan, act: impl Fn() + Send + Sync) -> TargetError {
    let last = plan.changes.iter().rev().find(|change| change.new.is_some()).unwrap().path.to_string();
    let hook = move |moment: Moment, step: &Step| {
        if moment == Moment::After && *step == Step::Written(last.clone()) {
            act();
        }
        Ok::<(), Interrupted>(())
    };
    apply(&bench.root, &bench.managed, plan, &id(), &bench.blobs, &hook).await.unwrap_err()
}

#[tokio::test]
async fn drift_in_the_last_moment_is_not_overwritten() {
    let bench = Bench::new();
    let plan = bench.plan_of(&[bench.write_edit("main.conf", "new\n", None)]).await;
    let error = apply_with_drift(&bench, &plan, || write(&bench.at("main.conf"), "outside\n", 0o644)).await;
    assert_eq!(error.code(), Code::DriftDetected);
    assert_eq!(fs::read_to_string(bench.at("main.conf")).unwrap(), "outside\n");
    assert_eq!(fs::read_dir(bench.root.path()).unwrap().count(), 4, "no temporary file is left");

    let bench = Bench::new();
    let plan = bench.plan_of(&[bench.write_edit("conf.d/n/e/w.conf", "new\n", None)]).await;
    let error =
        apply_with_drift(&bench, &plan, || write(&bench.at("conf.d/n/e/w.conf"), "outside\n", 0o644)).await;
    assert_eq!(error.code(), Code::DriftDetected);
    assert_eq!(fs::read_to_string(bench.at("conf.d/n/e/w.conf")).unwrap(), "outside\n");
}

#[tokio::test]
async fn a_link_swapped_in_during_apply_is_refused_and_nothing_outside_changes() {
    // A directory in the path becomes a link to the outside, where the same names stand.
    let bench = Bench::new();
    let plan = bench.plan_of(&[bench.write_edit("conf.d/a.conf", "new\n", None)]).await;
    fs::write(bench.outside().join("a.conf"), "a old\n").unwrap();
    let error = apply_with_drift(&bench, &plan, || {
        fs::rename(bench.at("conf.d"), bench.base.path().join("moved")).unwrap();
        link(bench.outside(), &bench.at("conf.d"));
    })
    .await;
    assert_eq!(error.code(), Code::TargetLink, "{error}");
    assert_eq!(fs::read_to_string(bench.outside().join("a.conf")).unwrap(), "a old\n");
    assert_eq!(fs::read_dir(bench.outside()).unwrap().count(), 2, "no temporary file went outside");

    // The file itself becomes a link.
    let bench = Bench::new();
    let plan = bench.plan_of(&[bench.write_edit("main.conf", "new\n", None)]).await;
    let error = apply_with_drift(&bench, &plan, || {
        fs::remove_file(bench.at("main.conf")).unwrap();
        link(bench.outside().join("secret"), &bench.at("main.conf"));
    })
    .await;
    assert_eq!(error.code(), Code::TargetLink);
    assert_eq!(fs::read_to_string(bench.outside().join("secret")).unwrap(), "secret");

    // The place of a new file becomes a link.
    let bench = Bench::new();
    let plan = bench.plan_of(&[bench.write_edit("conf.d/new.conf", "new\n", None)]).await;
    let error = apply_with_drift(&bench, &plan, || {
        link(bench.outside().join("secret"), &bench.at("conf.d/new.conf"));
    })
    .await;
    assert_eq!(error.code(), Code::TargetLink);
    assert_eq!(fs::read_to_string(bench.outside().join("secret")).unwrap(), "secret");
}

#[tokio::test]
async fn a_link_that_waits_where_a_directory_would_be_made_is_refused() {
    let bench = Bench::new();
    let plan = bench.plan_of(&[bench.write_edit("conf.d/new/deep/d.conf", "d\n", None)]).await;
    link(bench.outside(), &bench.at("conf.d/new"));
    let before = bench.everything();
    assert_eq!(bench.apply(&plan).await.unwrap_err().code(), Code::TargetLink);
    assert_eq!(bench.everything(), before);
}

#[tokio::test]
async fn a_link_in_place_of_our_temporary_file_leads_nowhere() {
    let bench = Bench::new();
    let plan = bench.plan().await;
    link(bench.outside().join("secret"), &bench.at(".grace-upd_1-4.tmp"));
    let error = bench.apply(&plan).await.unwrap_err();
    assert_eq!(error.code(), Code::TargetIo);
    assert_eq!(fs::read_to_string(bench.outside().join("secret")).unwrap(), "secret");
    assert_eq!(bench.scan().await.digest(), plan.before);
}

#[tokio::test]
async fn missing_or_wrong_bytes_change_nothing() {
    let bench = Bench::new();
    let plan = bench.plan().await;
    let before = bench.everything();
    let last = plan.changes[4].new.as_ref().unwrap().sha256;
    let taken = bench.blobs.0.lock().unwrap().remove(&last).unwrap();
    assert_eq!(bench.apply(&plan).await.unwrap_err().code(), Code::BlobMissing);
    assert_eq!(bench.everything(), before, "also no directory and no temporary file is left");
    bench.blobs.0.lock().unwrap().insert(last, b"other".to_vec());
    assert_eq!(bench.apply(&plan).await.unwrap_err().code(), Code::BlobDiffers);
    assert_eq!(bench.everything(), before);
    bench.blobs.0.lock().unwrap().insert(last, taken);
    bench.apply(&plan).await.unwrap();
}

#[tokio::test]
async fn a_digest_other_than_promised_is_never_called_done() {
    let bench = Bench::new();
    let mut plan = bench.plan().await;
    plan.after = plan.before;
    assert_eq!(bench.apply(&plan).await.unwrap_err().code(), Code::DigestDiffers);
    assert_eq!(bench.apply(&plan.inverse()).await.unwrap_err().code(), Code::DriftDetected);
}

#[tokio::test]
async fn every_difference_between_two_contents_can_be_walked_both_ways() {
    let bench = Bench::new();
    let first = bench.scan().await;
    let plan = bench.plan().await;
    bench.apply(&plan).await.unwrap();
    let second = bench.scan().await;
    let back = Plan::between(&bench.root, &bench.managed, &second, &first).unwrap();
    bench.apply(&back).await.unwrap();
    assert_eq!(bench.scan().await, first);
    let empty = Blobs::default();
    let forth = Plan::between(&bench.root, &bench.managed, &first, &second).unwrap();
    let hook = |_: Moment, _: &Step| Ok(());
    let error = apply(&bench.root, &bench.managed, &forth, &id(), &empty, &hook).await.unwrap_err();
    assert_eq!(error.code(), Code::BlobMissing);
    assert_eq!(bench.scan().await, first);
}
