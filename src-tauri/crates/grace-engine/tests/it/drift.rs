//! Managed files are changed outside Grace: nothing of it is overwritten, and signed acts lead out.

use crate::support::{Act, Bench, place, submission};
use grace_domain::core::codes::Code;
use grace_domain::core::digest::Digest;

const THEIRS: &[u8] = b"somebody else\n";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_before_the_submission_blocks_stage_four_and_restore_leads_out_byte_for_byte() {
    let bench = Bench::new().await;
    let before = bench.edge().read("app.conf");
    bench.edge().write("app.conf", THEIRS);
    bench.edge().write("extra.conf", b"theirs, too\n");
    let update = bench.submit(submission("edge", "low").file("app.conf", "workers = 8\n")).await;
    let blocked = bench.until(&update, "blocked").await;
    assert_eq!(blocked.card(4).map(|c| c.facts.code.map_or("", Code::as_str)), Some("drift_detected"));
    assert_eq!(bench.phase("edge"), "drift_detected");
    assert_eq!(bench.edge().read("app.conf"), THEIRS);
    let another = bench.try_submit(submission("edge", "low").file("app.conf", "workers = 9\n")).await;
    assert_eq!(another.expect_err("not ready").code, Code::ComponentNotReady);
    bench.act_on_component("edge", Act::Restore, "sre").await.expect("restore");
    bench.until_true("it is restored", || bench.phase("edge") == "active").await;
    assert_eq!(bench.edge().read("app.conf"), before);
    assert!(!bench.edge().root.join("extra.conf").exists());
    bench.act(&update, Act::Retry, "developer").await.expect("retry");
    bench.until(&update, "awaiting_approval").await;
    bench.approve(&update, "sre").await.expect("approved");
    bench.until(&update, "observing").await;
    bench.verify().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_between_plan_and_apply_stops_the_update_and_adopt_leads_out() {
    let bench = Bench::new().await;
    let update = bench.submit(submission("edge", "low").file("app.conf", "workers = 8\n")).await;
    bench.until(&update, "awaiting_approval").await;
    bench.edge().write("app.conf", THEIRS);
    bench.approve(&update, "sre").await.expect("approval");
    let blocked = bench.until(&update, "blocked").await;
    assert!(blocked.reason().is_some_and(|r| r.contains("changed outside Grace")), "{:?}", blocked.reason());
    assert_eq!(bench.edge().read("app.conf"), THEIRS);
    assert_eq!(bench.edge().activations(), [""; 0]);
    assert_eq!(bench.phase("edge"), "drift_detected");
    bench.act_on_component("edge", Act::Adopt, "sre").await.expect("adopt");
    bench.act(&update, Act::Retry, "developer").await.expect("retry");
    bench.until(&update, "awaiting_approval").await;
    bench.approve(&update, "dba").await.expect("approval of the new package");
    bench.until(&update, "observing").await;
    assert_eq!(bench.edge().text(), "workers = 8\n");
    bench.act(&update, Act::Rollback, "sre").await.expect("rollback");
    bench.until(&update, "rolled_back").await;
    assert_eq!(bench.edge().read("app.conf"), THEIRS, "what was adopted is what was before");
    bench.verify().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_signed_for_adopt_is_what_is_adopted() {
    let bench = Bench::new().await;
    let update = bench.submit(submission("edge", "low").file("app.conf", "workers = 8\n")).await;
    bench.until(&update, "awaiting_approval").await;
    bench.edge().write("app.conf", THEIRS);
    bench.approve(&update, "sre").await.expect("approval");
    bench.until(&update, "blocked").await;
    let signed = bench.adoption_of("edge", "sre").await;
    bench.edge().write("app.conf", b"changed once more\n");
    let answer = bench.hand_in_act("edge", &signed).await;
    assert_eq!(answer.expect_err("other content").code, Code::WrongDigest);
    assert_eq!(bench.phase("edge"), "drift_detected");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_before_the_rollback_makes_it_fail_and_that_stays_until_somebody_decides() {
    for way_out in [Act::Adopt, Act::Restore] {
        let mut bench = Bench::new().await;
        let update = bench.submit(submission("edge", "low").file("app.conf", "workers = 8\n")).await;
        bench.until(&update, "awaiting_approval").await;
        bench.approve(&update, "sre").await.expect("approval");
        bench.until(&update, "observing").await;
        bench.edge().write("app.conf", THEIRS);
        bench.act(&update, Act::Rollback, "sre").await.expect("rollback");
        bench.until(&update, "rollback_failed").await;
        assert_eq!(bench.edge().read("app.conf"), THEIRS, "nothing was overwritten");
        bench.restart().await;
        assert_eq!(bench.phase("edge"), "rollback_failed", "it stays");
        let refused = bench.try_submit(submission("edge", "low").file("app.conf", "workers = 9\n")).await;
        assert_eq!(refused.expect_err("blocked").code, Code::ComponentNotReady);
        assert_eq!(bench.act(&update, Act::Rollback, "sre").await.expect_err("over").code, Code::WrongState);
        bench.act_on_component("edge", way_out, "sre").await.expect("a way out");
        bench.until_true("it is active", || bench.phase("edge") == "active").await;
        let left = if way_out == Act::Adopt { THEIRS } else { place::FIRST.as_bytes() };
        assert_eq!(bench.edge().read("app.conf"), left);
        bench.submit(submission("edge", "low").file("app.conf", "workers = 9\n")).await;
        bench.verify().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_activation_that_changes_managed_content_itself_is_rolled_back() {
    let bench = Bench::new().await;
    let update = bench.submit(submission("edge", "low").file("app.conf", "change-yourself\n")).await;
    bench.until(&update, "awaiting_approval").await;
    bench.approve(&update, "sre").await.expect("approval");
    // The content is neither old nor new: whose it is nobody can say, so nothing is overwritten.
    let ended = bench.until(&update, "rollback_failed").await;
    assert_eq!(ended.card(6).map(|c| c.facts.code.map_or("", Code::as_str)), Some("digest_differs"));
    assert_eq!(bench.phase("edge"), "rollback_failed");
    bench.act_on_component("edge", Act::Restore, "sre").await.expect("restore");
    bench.until_true("it is active", || bench.phase("edge") == "active").await;
    assert_eq!(bench.edge().text(), place::FIRST);
    bench.verify().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_old_content_whose_activation_changes_it_is_not_called_restored() {
    let bench = Bench::new().await;
    // Adopted as it is, the old content changes itself whenever it is activated.
    bench.edge().write("app.conf", b"change-yourself\n");
    bench.act_on_component("edge", Act::Adopt, "sre").await.expect("adopt");
    let update = bench.submit(submission("edge", "low").file("app.conf", "refuse-activation\n")).await;
    bench.until(&update, "awaiting_approval").await;
    bench.approve(&update, "sre").await.expect("approval");
    bench.until(&update, "rollback_failed").await;
    assert_eq!(bench.phase("edge"), "rollback_failed");
    bench.verify().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_target_that_is_gone_after_half_of_the_way_is_never_called_untouched() {
    let mut bench = Bench::new().await;
    bench.edge().shut_gate();
    let update = bench.submit(submission("edge", "low").file("app.conf", "workers = 8\n")).await;
    bench.until(&update, "awaiting_approval").await;
    bench.approve(&update, "sre").await.expect("approval");
    bench.until_true("activation has begun", || !bench.edge().activations().is_empty()).await;
    bench.stop().await;
    bench.edge().open_gate();
    let away = bench.edge().root.with_extension("away");
    std::fs::rename(&bench.edge().root, &away).expect("moved");
    bench.start().await;
    bench.until(&update, "rollback_failed").await;
    assert_eq!(bench.phase("edge"), "rollback_failed");
    std::fs::rename(&away, &bench.edge().root).expect("moved back");
    bench.act_on_component("edge", Act::Restore, "sre").await.expect("restore");
    bench.until_true("it is active", || bench.phase("edge") == "active").await;
    assert_eq!(bench.edge().text(), place::FIRST);
    bench.verify().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_target_that_is_gone_before_anything_was_touched_blocks_the_update_only() {
    let bench = Bench::new().await;
    let update = bench.submit(submission("edge", "low").file("app.conf", "workers = 8\n")).await;
    bench.until(&update, "awaiting_approval").await;
    let away = bench.edge().root.with_extension("away");
    std::fs::rename(&bench.edge().root, &away).expect("moved");
    bench.approve(&update, "sre").await.expect("approval");
    let blocked = bench.until(&update, "blocked").await;
    assert_eq!(blocked.card(6).map(|c| c.facts.code.map_or("", Code::as_str)), Some("target_root"));
    assert_eq!(bench.phase("edge"), "active");
    std::fs::rename(&away, &bench.edge().root).expect("moved back");
    bench.act(&update, Act::Retry, "developer").await.expect("retry");
    bench.until(&update, "awaiting_approval").await;
    bench.approve(&update, "sre").await.expect("approval");
    bench.until(&update, "observing").await;
    bench.verify().await;
}

/// Removes a blob, as a disk that loses a file would, and gives its bytes.
fn lose(bench: &Bench, digest: &Digest) -> (std::path::PathBuf, Vec<u8>) {
    let hex = digest.to_hex();
    let path = bench.dir.join("blobs").join(&hex[..2]).join(&hex);
    let bytes = std::fs::read(&path).expect("kept");
    std::fs::remove_file(&path).expect("removed");
    (path, bytes)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_component_checks_package_approvals_and_bytes_itself() {
    let bench = Bench::forged().await;
    for what in ["content", "package", "approval"] {
        let text = format!("# {what}\nworkers = 8\nname = edge\n");
        let update = bench.submit(submission("edge", "high").file("app.conf", &text)).await;
        let packaged = bench.until(&update, "awaiting_approval").await;
        bench.approve(&update, "sre").await.expect("one");
        let lost = match what {
            "content" => Digest::of(text.as_bytes()),
            "package" => packaged.package().expect("packaged").package,
            _ => bench.update(&update).await.approvals()[0].approval.envelope,
        };
        let (path, _) = lose(&bench, &lost);
        // Other bytes in its place are no better than none.
        std::fs::write(path, "{}").expect("written");
        bench.approve(&update, "dba").await.expect("two");
        let failed = bench.until(&update, "failed").await;
        let code = failed.card(6).and_then(|c| c.facts.code).expect("a card with a code");
        assert!(code.as_str().starts_with("blob_"), "{what}: {code}");
        assert_eq!(bench.edge().text(), place::FIRST);
        assert_eq!(bench.phase("edge"), "active");
    }
    bench.verify().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rollback_whose_bytes_are_lost_is_never_called_restored() {
    let bench = Bench::new().await;
    let update = bench.submit(submission("edge", "low").file("app.conf", "workers = 8\n")).await;
    bench.until(&update, "awaiting_approval").await;
    bench.approve(&update, "sre").await.expect("approval");
    bench.until(&update, "observing").await;
    let (path, bytes) = lose(&bench, &Digest::of(place::FIRST.as_bytes()));
    bench.act(&update, Act::Rollback, "sre").await.expect("rollback");
    let failed = bench.until(&update, "rollback_failed").await;
    assert_eq!(bench.edge().text(), "workers = 8\n");
    assert!(failed.rollback().is_some_and(|r| r.ended.is_some()));
    bench.act_on_component("edge", Act::Restore, "sre").await.expect("tried");
    bench.until_true("it could not", || bench.phase("edge") == "suspended").await;
    std::fs::write(path, bytes).expect("found again");
    bench.act_on_component("edge", Act::Restore, "sre").await.expect("tried again");
    bench.until_true("it could", || bench.phase("edge") == "active").await;
    assert_eq!(bench.edge().text(), place::FIRST);
    bench.verify().await;
}
