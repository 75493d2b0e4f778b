//! Nothing is changed before it is known that it can be signed for and remembered; what was begun stays begun whatever
//! fails later; a receipt says what was seen at the target, and nothing is said without one.

use crate::support::{Act, Bench, place, submission};
use grace_domain::core::codes::Code;
use grace_domain::core::ids::UpdateId;
use grace_domain::log::Event;
use grace_domain::statement::ReceiptResult;
use grace_domain::update::Update;
use grace_domain::update::event::UpdateEvent;
use grace_target::agent::receipt::PATIENCE_MS;
use std::path::{Path, PathBuf};

/// A file that is not where it belongs for a while.
struct Away {
    here: PathBuf,
    there: PathBuf,
}

impl Away {
    fn take(here: &Path) -> Self {
        let there = here.with_extension("away");
        std::fs::rename(here, &there).expect("taken away");
        Self { here: here.to_owned(), there }
    }

    fn bring_back(self) {
        std::fs::rename(self.there, self.here).expect("brought back");
    }
}

fn key_of(bench: &Bench, component: &str) -> PathBuf {
    bench.dir.join("keys/components").join(format!("{component}.key"))
}

async fn packaged(bench: &Bench) -> UpdateId {
    let update = bench.submit(submission("edge", "low").file("app.conf", "workers = 8\n")).await;
    bench.until(&update, "awaiting_approval").await;
    update
}

async fn observing(bench: &Bench) -> UpdateId {
    let update = packaged(bench).await;
    bench.approve(&update, "sre").await.expect("approved");
    bench.until(&update, "observing").await;
    update
}

async fn receipts(bench: &Bench, update: &UpdateId) -> usize {
    let is = |e: &Event| matches!(e, Event::Update(id, UpdateEvent::Receipt(_)) if id == update);
    bench.log().await.iter().filter(|r| is(&r.entry.event)).count()
}

fn code(update: &Update) -> &str {
    update.card(6).map(|c| c.facts.code.map_or("", Code::as_str)).expect("a card of stage six")
}

/// The update is blocked for a reason that a person can mend; nothing was touched.
async fn blocked_untouched(bench: &Bench, update: &UpdateId, wanted: &str) -> String {
    let blocked = bench.until(update, "blocked").await;
    assert_eq!(code(&blocked), wanted);
    assert_eq!(bench.edge().text(), place::FIRST);
    assert_eq!(bench.edge().activations(), [""; 0]);
    assert_eq!(bench.phase("edge"), "active");
    assert_eq!(receipts(bench, update).await, 0);
    blocked.reason().expect("a reason")
}

async fn mended(bench: &Bench, update: &UpdateId) {
    bench.act(update, Act::Retry, "developer").await.expect("retry");
    bench.until(update, "awaiting_approval").await;
    bench.approve(update, "sre").await.expect("approved");
    bench.until(update, "observing").await;
    assert_eq!(bench.edge().text(), "workers = 8\n");
    bench.verify().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_its_key_nothing_is_changed_and_the_update_is_blocked_until_the_key_is_back() {
    let bench = Bench::new().await;
    let update = packaged(&bench).await;
    let key = Away::take(&key_of(&bench, "edge"));
    bench.approve(&update, "sre").await.expect("approved");
    let reason = blocked_untouched(&bench, &update, "component_key").await;
    assert!(reason.contains("keys/components/edge.key") && reason.contains("retry the update"), "{reason}");
    key.bring_back();
    mended(&bench, &update).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_the_key_of_another_nothing_is_changed() {
    let bench = Bench::new().await;
    let update = packaged(&bench).await;
    let key = Away::take(&key_of(&bench, "edge"));
    std::fs::copy(key_of(&bench, "store"), key_of(&bench, "edge")).expect("another's");
    bench.approve(&update, "sre").await.expect("approved");
    let reason = blocked_untouched(&bench, &update, "component_key").await;
    assert!(reason.contains("not the one that it is registered with"), "{reason}");
    key.bring_back();
    mended(&bench, &update).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_remembered_is_not_begun() {
    let bench = Bench::new().await;
    let update = packaged(&bench).await;
    // A file where the notes belong.
    std::fs::write(bench.dir.join("apply_journal"), "").expect("written");
    bench.approve(&update, "sre").await.expect("approved");
    blocked_untouched(&bench, &update, "world_unwritable").await;
    std::fs::remove_file(bench.dir.join("apply_journal")).expect("removed");
    mended(&bench, &update).await;
}

/// The last and longest of the waits between attempts; nobody else sleeps as long.
const LONGEST_WAIT_MS: u64 = *PATIENCE_MS.last().expect("there are some");

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_does_not_pass_by_itself_is_not_waited_for() {
    let bench = Bench::with(|s| s.speed = 100).await;
    let update = packaged(&bench).await;
    let file = Away::take(&bench.edge().root.join("app.conf"));
    std::os::unix::fs::symlink(&file.there, &file.here).expect("a link");
    bench.approve(&update, "sre").await.expect("approved");
    let blocked = bench.until(&update, "blocked").await;
    assert_eq!(code(&blocked), "target_link");
    assert_eq!(bench.clock.slept(LONGEST_WAIT_MS), 0);
    std::fs::remove_file(&file.here).expect("removed");
    file.bring_back();
    mended(&bench, &update).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_may_pass_by_itself_is_waited_for() {
    let bench = Bench::with(|s| s.speed = 100).await;
    // No room for the note that it begins: first for longer than anybody waits, then for a while.
    let full = |update: &UpdateId| {
        let notes = bench.dir.join("apply_journal");
        std::fs::create_dir_all(&notes).expect("a directory");
        let note = notes.join(format!("{update}.edge.tmp"));
        std::os::unix::fs::symlink("/dev/full", &note).expect("a link");
        note
    };
    let update = packaged(&bench).await;
    let note = full(&update);
    bench.approve(&update, "sre").await.expect("approved");
    blocked_untouched(&bench, &update, "world_unwritable").await;
    assert_eq!(bench.clock.slept(LONGEST_WAIT_MS), 1);
    bench.act(&update, Act::Retry, "developer").await.expect("retry");
    bench.until(&update, "awaiting_approval").await;
    let waits = bench.clock.slept(PATIENCE_MS[2]);
    bench.approve(&update, "sre").await.expect("approved");
    bench.until_true("it waits", || bench.clock.slept(PATIENCE_MS[2]) > waits).await;
    std::fs::remove_file(note).expect("removed");
    bench.until(&update, "observing").await;
    assert_eq!(bench.edge().text(), "workers = 8\n");
    bench.verify().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_that_goes_away_in_the_middle_does_not_cost_the_receipt() {
    let bench = Bench::new().await;
    let update = packaged(&bench).await;
    bench.edge().shut_gate();
    bench.approve(&update, "sre").await.expect("approved");
    bench.until_true("activation has begun", || !bench.edge().activations().is_empty()).await;
    let key = Away::take(&key_of(&bench, "edge"));
    bench.edge().open_gate();
    let there = bench.until(&update, "observing").await;
    assert_eq!(there.receipts().len(), 1);
    assert_eq!(bench.edge().activations(), ["workers = 8"], "once");
    key.bring_back();
    bench.verify().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_begun_and_cannot_be_inspected_any_more_is_never_called_untouched() {
    let bench = Bench::new().await;
    let update = packaged(&bench).await;
    bench.edge().shut_gate();
    bench.approve(&update, "sre").await.expect("approved");
    bench.until_true("activation has begun", || !bench.edge().activations().is_empty()).await;
    let root = Away::take(&bench.edge().root);
    bench.edge().open_gate();
    let failed = bench.until(&update, "rollback_failed").await;
    assert_eq!(code(&failed), "target_root");
    assert!(failed.reason().is_some_and(|r| r.contains("adopt or restore")), "{:?}", failed.reason());
    assert_eq!(bench.phase("edge"), "rollback_failed");
    assert_eq!(receipts(&bench, &update).await, 0, "nobody signed for what nobody saw");
    let next = bench.try_submit(submission("edge", "low").file("app.conf", "workers = 9\n")).await;
    assert_eq!(next.expect_err("nobody knows what is there").code, Code::ComponentNotReady);
    root.bring_back();
    assert_eq!(bench.edge().text(), "workers = 8\n", "the new content is there indeed");
    bench.act_on_component("edge", Act::Restore, "sre").await.expect("restore");
    bench.until_true("it is active", || bench.phase("edge") == "active").await;
    assert_eq!(bench.edge().text(), place::FIRST);
    bench.verify().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn new_content_at_the_target_is_not_called_untouched_with_or_without_a_note() {
    for noted in [true, false] {
        let bench = Bench::new().await;
        let update = packaged(&bench).await;
        let facts = bench.update(&update).await.package().cloned().expect("packaged");
        let plan = &facts.components[&crate::support::id("edge")];
        // As an attempt in this run of the engine leaves it that ends after the last byte was changed.
        if noted {
            let notes = bench.dir.join("apply_journal");
            std::fs::create_dir_all(&notes).expect("a directory");
            let apply_journal = serde_json::json!({ "package": facts.package, "before": plan.before });
            std::fs::write(notes.join(format!("{update}.edge.json")), apply_journal.to_string())
                .expect("written");
        }
        bench.edge().write("app.conf", b"workers = 8\n");
        let blobs = bench.engine().context().blobs.0.clone();
        let package = Away::take(&blobs.path(&facts.package));
        bench.approve(&update, "sre").await.expect("approved");
        let ended = bench.until(&update, "rollback_failed").await;
        let (receipt, _, _) = ended.receipts().values().next().expect("a receipt");
        assert_eq!(receipt.after, plan.after, "what was seen there");
        let (result, before, why) = if noted {
            (ReceiptResult::Dirty, plan.before, "blob_missing")
        } else {
            (ReceiptResult::Refused, plan.after, "receipt_mismatch")
        };
        assert_eq!((receipt.result, receipt.before, code(&ended)), (result, before, why));
        assert_eq!(bench.phase("edge"), "rollback_failed");
        package.bring_back();
        bench.verify().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_restart_a_receipt_still_says_what_was_there_before_it_was_begun() {
    let mut bench = Bench::new().await;
    let update = packaged(&bench).await;
    bench.edge().shut_gate();
    bench.approve(&update, "sre").await.expect("approved");
    bench.until_true("activation has begun", || !bench.edge().activations().is_empty()).await;
    bench.restart().await;
    bench.edge().open_gate();
    let there = bench.until(&update, "observing").await;
    let plan = there.package().expect("packaged").components.values().next().expect("one").clone();
    let (receipt, _, _) = there.receipts().values().next().expect("a receipt");
    assert_eq!((receipt.before, receipt.after), (plan.before, plan.after));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rollback_that_cannot_be_signed_for_is_not_called_rolled_back_and_restore_leads_out() {
    let bench = Bench::new().await;
    let update = observing(&bench).await;
    let key = Away::take(&key_of(&bench, "edge"));
    bench.act(&update, Act::Rollback, "sre").await.expect("rollback");
    let failed = bench.until(&update, "rollback_failed").await;
    let rollback = failed.rollback().expect("a rollback");
    let reason = rollback.unproved.values().next().expect("why").to_string();
    assert!(reason.contains("its key is not in the world"), "{reason}");
    assert_eq!(bench.edge().text(), "workers = 8\n");
    assert_eq!(bench.phase("edge"), "rollback_failed");
    // So is a restore, and it can be requested again.
    bench.act_on_component("edge", Act::Restore, "sre").await.expect("tried");
    bench.until_true("it could not", || bench.phase("edge") == "suspended").await;
    assert_eq!(bench.edge().text(), "workers = 8\n", "nothing is written back that nobody can sign for");
    key.bring_back();
    bench.act_on_component("edge", Act::Restore, "sre").await.expect("tried again");
    bench.until_true("it could", || bench.phase("edge") == "active").await;
    assert_eq!(bench.edge().text(), place::FIRST);
    bench.verify().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_as_installed_cannot_be_adopted_and_so_can_still_be_rolled_back() {
    let bench = Bench::new().await;
    let update = observing(&bench).await;
    bench.until(&update, "stable").await;
    let refusal = bench.act_on_component("edge", Act::Adopt, "sre").await.expect_err("nothing to adopt");
    assert_eq!(refusal.code, Code::NothingToAdopt);
    bench.act(&update, Act::Rollback, "sre").await.expect("rollback");
    bench.until(&update, "rolled_back").await;
    assert_eq!(bench.edge().text(), place::FIRST);
    bench.verify().await;
}
