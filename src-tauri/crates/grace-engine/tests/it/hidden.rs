//! Entries that somebody hides from whatever reads by subject: by the index alone, while the engine is down or while it runs.

use crate::support::intruder::edit;
use crate::support::{Bench, place, submission};
use grace_domain::core::codes::Code;
use grace_domain::core::ids::UpdateId;
use grace_domain::statement::ApprovalStatement;
use grace_engine::startup_verification::Proof;
use grace_store::Integrity;

/// Takes the rows of a subject from its first entry of a type on out of the index by subject, and lists it as open again.
fn hide_from(bench: &Bench, entry_type: &str, update: &UpdateId) {
    let python = format!(
        "first, = db.execute(\"SELECT min(seq) FROM leaves NOT INDEXED WHERE subject = ? AND type = '{entry_type}'\", (argument,)).fetchone()
on_index('leaves_by_subject', 'DELETE FROM pages WHERE subject = ? AND row >= ?', argument, first)
db.execute('INSERT OR IGNORE INTO open VALUES (?)', (argument,))"
    );
    edit(bench, &python, update.as_str());
}

async fn denied(bench: &Bench) -> UpdateId {
    let update = bench.submit(submission("edge", "low").file("app.conf", "workers = 8\n")).await;
    bench.until(&update, "awaiting_approval").await;
    bench.deny(&update, "qa").await.expect("denied");
    bench.until(&update, "refused").await;
    update
}

async fn broken_proof(bench: &Bench) -> String {
    bench.until_true("the proof has failed", || matches!(bench.engine().proof(), Proof::Broken { .. })).await;
    let Proof::Broken { reason } = bench.engine().proof() else { unreachable!() };
    reason
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_denial_that_only_the_index_hides_is_found_at_the_start_before_anything_is_decided() {
    let mut bench = Bench::new().await;
    let update = denied(&bench).await;
    let approval = bench.approval_of(&update, "sre").await;
    bench.stop().await;
    hide_from(&bench, "update.approval", &update);
    bench.start().await;
    let quick = bench.hand_in(&update, &approval).await.expect_err("closed");
    assert_eq!(quick.code, Code::LogUnavailable, "{quick:?}");
    let reason = broken_proof(&bench).await;
    assert!(
        reason.contains(&format!("the index by subject hides it from the entries of {update}")),
        "{reason}"
    );
    assert_eq!(bench.edge().text(), place::FIRST);
    assert!(bench.edge().activations().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_window_that_only_the_index_hides_is_found_at_the_start() {
    let mut bench = Bench::new().await;
    let update = bench.submit(submission("edge", "low").file("app.conf", "workers = 8\n")).await;
    bench.until(&update, "awaiting_approval").await;
    bench.approve(&update, "sre").await.expect("taken");
    bench.until(&update, "observing").await;
    bench.stop().await;
    hide_from(&bench, "update.distributed", &update);
    bench.start().await;
    let reason = broken_proof(&bench).await;
    assert!(reason.contains("the index by subject hides it"), "{reason}");
}

/// Whoever speaks to the ended update hears it, and then nobody's command is taken any more.
async fn noticed(bench: &Bench, update: &UpdateId, approval: &ApprovalStatement) {
    let refused = bench.hand_in(update, approval).await.expect_err("noticed");
    assert_eq!(refused.code, Code::IndexDiffers, "{refused:?}");
    assert!(refused.message.contains(update.as_str()), "{refused:?}");
    assert!(matches!(bench.engine().journal().integrity(), Integrity::Broken { .. }));
    let other = bench.try_submit(submission("store", "low").file("app.conf", "workers = 8\n")).await;
    assert_eq!(other.expect_err("closed").code, Code::LogUnavailable);
    assert_eq!(bench.edge().text(), place::FIRST);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_denial_that_the_index_hides_from_a_running_engine_is_noticed_before_it_decides() {
    let bench = Bench::new().await;
    let update = denied(&bench).await;
    let approval = bench.approval_of(&update, "sre").await;
    hide_from(&bench, "update.approval", &update);
    noticed(&bench, &update, &approval).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_denial_that_is_filed_elsewhere_under_a_running_engine_is_noticed_before_it_decides() {
    let bench = Bench::forged().await;
    let update = denied(&bench).await;
    let python = "without_triggers('leaves', \"UPDATE leaves SET subject = 'upd_gone' WHERE subject = ? AND type IN ('update.approval', 'update.refused')\", argument)";
    let approval = bench.approval_of(&update, "sre").await;
    edit(&bench, python, update.as_str());
    noticed(&bench, &update, &approval).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_entry_in_the_middle_that_is_hidden_from_a_running_engine_is_noticed_by_the_one_after_it() {
    let bench = Bench::new().await;
    let update = denied(&bench).await;
    let python = "second, = db.execute('SELECT seq FROM leaves WHERE subject = ? ORDER BY seq LIMIT 1 OFFSET 1', (argument,)).fetchone()
on_index('leaves_by_subject', 'DELETE FROM pages WHERE row = ?', second)";
    let approval = bench.approval_of(&update, "sre").await;
    edit(&bench, python, update.as_str());
    let refused = bench.hand_in(&update, &approval).await.expect_err("noticed");
    assert_eq!(refused.code, Code::LogUnreadable, "{refused:?}");
    assert!(refused.message.contains("goes on from"), "{refused:?}");
    assert!(matches!(bench.engine().journal().integrity(), Integrity::Broken { .. }));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_act_whose_nonce_the_table_forgot_is_refused_by_the_entries_of_its_subject() {
    let bench = Bench::new().await;
    bench.edge().write("app.conf", b"workers = 99\n");
    let adoption = bench.adoption_of("edge", "sre").await;
    bench.hand_in_act("edge", &adoption).await.expect("adopted");
    bench.until_true("it is adopted", || bench.phase("edge") == "active").await;
    edit(&bench, "without_triggers('nonces', 'DELETE FROM nonces WHERE nonce LIKE ?', argument)", "edge/%");
    let again = bench.hand_in_act("edge", &adoption).await.expect_err("used");
    assert_eq!(again.code, Code::NonceUsed, "{again:?}");

    let update = bench.submit(submission("store", "high").file("app.conf", "workers = 8\n")).await;
    bench.until(&update, "awaiting_approval").await;
    let approval = bench.approval_of(&update, "sre").await;
    bench.hand_in(&update, &approval).await.expect("taken");
    let nonces = format!("{update}/%");
    edit(&bench, "without_triggers('nonces', 'DELETE FROM nonces WHERE nonce LIKE ?', argument)", &nonces);
    let again = bench.hand_in(&update, &approval).await.expect_err("used");
    assert_eq!(again.code, Code::NonceUsed, "{again:?}");
    assert_eq!(bench.update(&update).await.approvals().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_edit_of_a_denial_under_a_running_engine_makes_the_update_approvable() {
    let denial = "seq IN (SELECT seq FROM leaves WHERE subject = ? AND type = 'update.approval')";
    for (table, sql) in [
        ("leaves", "UPDATE leaves SET at = at + 1"),
        ("leaves", "UPDATE leaves SET hashes = zeroblob(length(hashes))"),
        ("leaves", "UPDATE leaves SET type = 'update.approved'"),
        ("leaves", "UPDATE leaves SET subject = 'upd_gone'"),
        ("leaves", "UPDATE leaves SET seq = seq + 1000"),
        ("leaves", "DELETE FROM leaves"),
        (
            "entries",
            "UPDATE entries SET bytes = CAST(replace(CAST(bytes AS TEXT), 'deny', 'approve') AS BLOB)",
        ),
        ("entries", "UPDATE entries SET seq = seq + 1000"),
        ("entries", "DELETE FROM entries"),
    ] {
        let bench = Bench::forged().await;
        let update = denied(&bench).await;
        let approval = bench.approval_of(&update, "sre").await;
        let python = format!("without_triggers('{table}', \"{sql} WHERE {denial}\", argument)");
        edit(&bench, &python, update.as_str());
        let refused = bench.hand_in(&update, &approval).await.expect_err(sql);
        let noticed = [Code::LogUnreadable, Code::IndexDiffers].contains(&refused.code);
        assert!(noticed, "{sql}: {refused:?}");
        assert!(matches!(bench.engine().journal().integrity(), Integrity::Broken { .. }), "{sql}");
        assert!(bench.edge().activations().is_empty(), "{sql}");
    }
}
