//! What an engine believes of its log at a start: only what is under the signed head, and only what it can read.

use crate::support::sign::sealed;
use crate::support::{Bench, id, place, submission};
use grace_domain::core::canon;
use grace_domain::core::codes::Code;
use grace_domain::crypto::merkle;
use grace_engine::StartError;
use grace_engine::metrics::Pushed;
use grace_engine::startup_verification::Proof;
use grace_store::{Group, Integrity, NewEntry, Reader, Sample};

/// Puts other bytes of the same length in place of every occurrence in the database file.
fn edit(bench: &Bench, changes: &[(Vec<u8>, Vec<u8>)]) {
    let path = bench.dir.join("grace.db");
    let mut file = std::fs::read(&path).expect("readable");
    for (old, new) in changes {
        assert_eq!(old.len(), new.len());
        let places: Vec<usize> =
            file.windows(old.len()).enumerate().filter(|(_, w)| w == old).map(|(at, _)| at).collect();
        assert!(!places.is_empty(), "not there");
        for at in places {
            file[at..at + new.len()].copy_from_slice(new);
        }
    }
    std::fs::write(&path, file).expect("written");
}

async fn size(bench: &Bench) -> u64 {
    let reader = Reader::open(&bench.dir).expect("opens");
    let size = reader.head().await.expect("a head").size;
    reader.close().await;
    size
}

/// The entry that registered `edge`, as it is and with another activation command.
async fn registered(bench: &Bench) -> (u64, Vec<u8>, Vec<u8>) {
    let reader = bench.engine().reader();
    let entry = reader.entries_of("component:edge", None, 1).await.expect("readable").remove(0);
    let text = String::from_utf8(entry.bytes.clone()).expect("text");
    let edited = text.replace(".activations", ".overwritten");
    assert_ne!(text, edited);
    (entry.seq, entry.bytes, edited.into_bytes())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_engine_starts_on_an_edited_entry_even_if_its_leaf_was_edited_with_it() {
    for with_leaf in [false, true] {
        let mut bench = Bench::forged().await;
        let update = bench.submit(submission("edge", "low").file("app.conf", "workers = 8\n")).await;
        bench.until(&update, "awaiting_approval").await;
        let (seq, old, new) = registered(&bench).await;
        bench.stop().await;
        let mut changes = vec![(old.clone(), new.clone())];
        if with_leaf {
            let leaf = |bytes: &[u8]| merkle::leaf_hash(bytes).as_bytes().to_vec();
            changes.push((leaf(&old), leaf(&new)));
        }
        let before = size(&bench).await;
        edit(&bench, &changes);
        let Err(error) = bench.another().await else { panic!("an engine believes edited bytes") };
        let StartError::Broken { reason } = &error else { panic!("{error:?}") };
        assert!(reason.starts_with(&format!("log broken at seq {seq}: ")), "{reason}");
        assert!(error.to_string().contains("for reading only"), "{error}");
        assert_eq!(size(&bench).await, before, "nothing was appended");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_entry_of_an_unknown_type_is_said_and_nothing_is_appended_at_any_attempt() {
    let mut bench = Bench::forged().await;
    let at = bench.ports.clock.now();
    let (subject, kind) = ("component:edge".to_owned(), "component.unheard_of".to_owned());
    let body = serde_json::json!({ "v": 1, "type": kind, "at": at, "actor": "engine", "subject": subject, "prev": null, "n": 1 });
    let bytes = canon::to_canonical(&body).expect("canonical");
    let entries = vec![NewEntry { subject, kind, at, bytes }];
    let journal = bench.engine().journal();
    assert_eq!(journal.integrity(), Integrity::Intact);
    journal.append(Group { entries, ..Group::default() }).await.expect("appended");
    bench.stop().await;
    let before = size(&bench).await;
    for _ in 0..3 {
        let Err(error) = bench.another().await else { panic!("an engine on what it cannot read") };
        assert!(matches!(error, StartError::Recovery(_)), "{error:?}");
        assert!(error.to_string().contains("component.unheard_of"), "{error}");
        assert_eq!(size(&bench).await, before);
    }
}

/// Lets another program work on the database file, with one argument.
fn intruder(bench: &Bench, python: &str, argument: &str) {
    let done = std::process::Command::new("python3")
        .args(["-c", python])
        .arg(bench.dir.join("grace.db"))
        .arg(argument)
        .status()
        .expect("runs");
    assert!(done.success());
}

/// Makes the table of nonces forget what begins so: puts other bytes in the place of every key in it.
fn forget_nonce(bench: &Bench, nonce: &str) {
    let python = "import sqlite3,sys
db=sqlite3.connect(sys.argv[1])
sql=[r[0] for r in db.execute(\"SELECT sql FROM sqlite_schema WHERE type='trigger' AND name LIKE 'nonces%'\")]
for name in ('updated','deleted'): db.execute('DROP TRIGGER nonces_are_never_'+name)
assert db.execute('DELETE FROM nonces WHERE nonce LIKE ?',(sys.argv[2]+'%',)).rowcount
for s in sql: db.execute(s)
db.commit()";
    intruder(bench, python, nonce);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_statement_is_refused_by_its_entries_when_the_table_of_nonces_was_emptied_and_the_table_is_named() {
    let mut bench = Bench::new().await;
    let statement = bench.statement_of(submission("edge", "low").file("app.conf", "workers = 8\n"));
    let envelope = sealed(&statement, bench.key(statement.created_by.as_str()));
    bench.engine().submit_update(&envelope, None).await.expect("taken");
    bench.until(&statement.id, "awaiting_approval").await;
    bench.deny(&statement.id, "sre").await.expect("denied");
    let request = bench.request_of("developer");
    let handed = sealed(&request, bench.key("developer"));
    bench.engine().request_handshake(&handed, None).await.expect("taken");
    bench.verify().await;
    bench.stop().await;
    forget_nonce(&bench, statement.id.as_str());
    forget_nonce(&bench, request.id.as_str());
    bench.start().await;
    let before = bench.update(&statement.id).await.last_seq();
    let again = bench.engine().submit_update(&envelope, None).await.expect_err("handed in before");
    assert_eq!(again.code, Code::Replayed, "{again:?}");
    let again = bench.engine().request_handshake(&handed, None).await.expect_err("handed in before");
    assert_eq!(again.code, Code::Replayed, "{again:?}");
    assert_eq!(bench.update(&statement.id).await.last_seq(), before);
    let (reader, size) = (bench.engine().reader(), bench.size().await);
    let found = grace_engine::audit::compare_rows(&reader, size).await.expect("comparable");
    let unknown = found.iter().filter(|d| d.reason.starts_with("the table of used nonces")).count();
    assert_eq!((unknown, found.len()), (3, 3), "{found:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn old_samples_are_forgotten_and_two_of_one_moment_in_a_push_refused() {
    let mut bench = Bench::new().await;
    let at_ms = bench.ports.clock.now().millis() - 91 * 24 * 3_600_000;
    let sample = |metric: &str, at_ms| Sample {
        component: "edge".into(),
        metric: metric.into(),
        at_ms,
        value_micro: 1,
        count: 1,
    };
    let old = vec![sample("error_rate", at_ms)];
    bench.engine().journal().append_samples(old).await.expect("kept");
    bench.restart().await;
    let reader = bench.engine().reader();
    let gone = async {
        while !reader.samples("edge", "error_rate", 0, at_ms + 1, 1).await.expect("readable").is_empty() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(30), gone).await.expect("forgotten in time");
    let at = Some(bench.ports.clock.now());
    let pushed = |value_micro| Pushed { metric: id("error_rate"), value_micro, count: 1, at };
    let refusal = bench
        .engine()
        .push_samples(&id("edge"), &[pushed(900_000), pushed(10_000)])
        .await
        .expect_err("twice");
    assert_eq!(refusal.code, Code::SampleTwice);
}

/// Hides what ended an update behind another subject in the index, and lists the update as open again.
fn hide_end(bench: &Bench, update: &str) {
    let python = "import sqlite3,sys
db=sqlite3.connect(sys.argv[1])
sql=db.execute(\"SELECT sql FROM sqlite_schema WHERE name='leaves_are_never_updated'\").fetchone()[0]
db.execute('DROP TRIGGER leaves_are_never_updated')
hidden=db.execute(\"UPDATE leaves SET subject='update.gone' WHERE subject=? AND seq>=(SELECT min(seq) FROM leaves WHERE subject=? AND type='update.approval')\",(sys.argv[2],sys.argv[2]))
assert hidden.rowcount>1
db.execute(sql)
db.execute('INSERT INTO open VALUES (?)',(sys.argv[2],))
db.commit()";
    intruder(bench, python, update);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_denial_that_the_index_hides_is_found_before_anything_is_done_about_it() {
    let mut bench = Bench::forged().await;
    let update = bench.submit(submission("edge", "low").file("app.conf", "workers = 8\n")).await;
    bench.until(&update, "awaiting_approval").await;
    bench.deny(&update, "qa").await.expect("denied");
    bench.until(&update, "refused").await;
    // The newest entry of all would be missed at once.
    let newer = bench.submit(submission("store", "low").file("app.conf", "workers = 8\n")).await;
    bench.until(&newer, "awaiting_approval").await;
    bench.stop().await;
    hide_end(&bench, update.as_str());
    bench.start().await;
    // Who is quick and signs before the proof is through waits for it.
    let quick = bench.approve(&update, "sre").await.expect_err("closed");
    assert_eq!(quick.code, Code::LogUnavailable, "{quick:?}");
    bench.until_true("the proof has failed", || matches!(bench.engine().proof(), Proof::Broken { .. })).await;
    let Proof::Broken { reason } = bench.engine().proof() else { unreachable!() };
    assert!(reason.starts_with("log broken at seq "), "{reason}");
    let late = bench.statement_of(submission("store", "low").file("app.conf", "workers = 8\n"));
    let late = sealed(&late, bench.key(late.created_by.as_str()));
    let late = bench.engine().submit_update(&late, None).await.expect_err("closed");
    assert_eq!(late.code, Code::LogUnavailable, "{late:?}");
    assert!(late.message.contains(&reason), "{late:?}");
    assert_eq!(bench.edge().text(), place::FIRST);
    assert!(bench.edge().activations().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_whole_log_is_proved_at_each_start() {
    let mut bench = Bench::new().await;
    let update = bench.submit(submission("edge", "low").file("app.conf", "workers = 8\n")).await;
    bench.until(&update, "awaiting_approval").await;
    bench.restart().await;
    let size = bench.engine().reader().head().await.expect("a head").size;
    bench.until_true("proved", || matches!(bench.engine().proof(), Proof::Whole { .. })).await;
    let Proof::Whole { size: proved, at } = bench.engine().proof() else { unreachable!() };
    assert!(proved >= size && at >= bench.engine().since());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_update_that_was_taken_out_of_the_list_of_what_is_open_is_missed() {
    let mut bench = Bench::new().await;
    let update = bench.submit(submission("edge", "low").file("app.conf", "workers = 8\n")).await;
    bench.until(&update, "awaiting_approval").await;
    let newer = bench.submit(submission("store", "low").file("app.conf", "workers = 8\n")).await;
    bench.until(&newer, "awaiting_approval").await;
    bench.stop().await;
    let python = "import sqlite3,sys
db=sqlite3.connect(sys.argv[1])
assert db.execute('DELETE FROM open WHERE subject=?',(sys.argv[2],)).rowcount==1
db.commit()";
    intruder(&bench, python, update.as_str());
    bench.start().await;
    bench.until_true("it is missed", || matches!(bench.engine().proof(), Proof::Broken { .. })).await;
    let Proof::Broken { reason } = bench.engine().proof() else { unreachable!() };
    assert_eq!(reason, format!("the list of what is open lacks {update}"));
}
