//! Stopping and starting in every state: the update goes on where it was, and nothing happens twice that must not.

use crate::support::{Act, Bench, id, place, submission};
use grace_domain::component::event::{ComponentEntryType, ComponentEvent};
use grace_domain::core::codes::Code;
use grace_domain::core::digest::Digest;
use grace_domain::core::ids::UpdateId;
use grace_domain::core::limits;
use grace_domain::log::{Entry, EntryType, Event};
use grace_domain::row::RowKind;
use grace_engine::{StartError, audit};
use grace_store::{Group, NewEntry, RowFilter, SearchFilter};

async fn approved(bench: &Bench, text: &str) -> UpdateId {
    let update = bench.submit(submission("edge", "low").file("app.conf", text)).await;
    bench.until(&update, "awaiting_approval").await;
    bench.approve(&update, "sre").await.expect("approved");
    update
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_update_survives_a_restart_in_every_state() {
    let mut bench = Bench::new().await;
    let update = bench.submit(submission("edge", "high").file("app.conf", "workers = 8\n")).await;
    bench.restart().await;
    bench.until(&update, "awaiting_approval").await;
    bench.approve(&update, "sre").await.expect("one");
    bench.restart().await;
    assert_eq!(bench.update(&update).await.approvals().len(), 1);
    bench.edge().shut_gate();
    bench.approve(&update, "dba").await.expect("two");
    bench.until_true("activation has begun", || !bench.edge().activations().is_empty()).await;
    bench.restart().await;
    assert_eq!(bench.update(&update).await.state().as_str(), "distributing");
    bench.until_true("activation has begun again", || bench.edge().activations().len() == 2).await;
    bench.edge().open_gate();
    bench.until_is(&update, "looked at", |u| u.window().is_some_and(|w| w.evaluations > 0)).await;
    bench.restart().await;
    assert_eq!(bench.update(&update).await.state().as_str(), "observing");
    bench.edge().shut_gate();
    bench.act(&update, Act::Rollback, "sre").await.expect("rollback");
    bench.until_true("it is being rolled back", || bench.edge().activations().len() == 3).await;
    bench.restart().await;
    assert_eq!(bench.update(&update).await.state().as_str(), "rolling_back");
    bench.until_true("again", || bench.edge().activations().len() == 4).await;
    bench.edge().open_gate();
    bench.until(&update, "rolled_back").await;
    assert_eq!(bench.edge().text(), place::FIRST);
    assert_eq!(bench.applied(&update).await, 1);
    bench.verify().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stopping_leaves_nothing_behind_that_goes_on() {
    let mut bench = Bench::new().await;
    bench.edge().shut_gate();
    let update = approved(&bench, "workers = 8\n").await;
    bench.until_true("activation has begun", || !bench.edge().activations().is_empty()).await;
    bench.stop().await;
    // Nobody waits at the gate any more: what was activating has been ended, too.
    bench.edge().open_gate();
    bench.start().await;
    bench.until(&update, "stable").await;
    assert_eq!(bench.edge().activations().len(), 2);
    bench.verify().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_had_failed_and_was_being_rolled_back_is_not_brought_in_again_after_a_restart() {
    let mut bench = Bench::new().await;
    bench.edge().shut_gate();
    let update = approved(&bench, "refuse-activation\n").await;
    bench.until_true("activation has begun", || bench.edge().activations().len() == 1).await;
    bench.until_true("it waits", || bench.edge().let_one_pass()).await;
    bench.until_true("it is being rolled back", || bench.edge().activations().len() == 2).await;
    bench.restart().await;
    bench.until_true("again", || bench.edge().activations().len() == 3).await;
    bench.edge().open_gate();
    let failed = bench.until(&update, "failed").await;
    assert_eq!(failed.card(6).map(|c| c.facts.code.map_or("", Code::as_str)), Some("activate_failed"));
    assert_eq!(bench.edge().activations(), ["refuse-activation", "workers = 4", "workers = 4"]);
    assert_eq!(bench.edge().text(), place::FIRST);
    assert_eq!(bench.phase("edge"), "active");
    assert!(failed.reason().is_some_and(|r| r.contains("activate")), "{:?}", failed.reason());
    bench.verify().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_handshake_survives_restarts() {
    let mut bench = Bench::new().await;
    let handshake = bench.request().await;
    bench.restart().await;
    bench.all_silent();
    bench.approve_handshake(&handshake, "sre").await.expect("approved");
    bench.answer(&handshake, "memory_fusion", grace_domain::statement::Vote::Ack).await.expect("counts");
    for name in ["agentic_spine", "metrics_collector", "anomaly_watchdog", "self_heal_scheduler"] {
        bench.answers(name);
    }
    bench.restart().await;
    bench.until_handshake(&handshake, "validating").await;
    bench.restart().await;
    let active = bench.until_handshake(&handshake, "active").await;
    assert_eq!((active.acknowledged().len(), active.acks().len()), (5, 5));
    bench.verify().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_answer_to_a_request_in_the_moment_of_stopping_is_the_truth() {
    let mut bench = Bench::new().await;
    let statements: Vec<_> = (0..20)
        .map(|n| bench.statement_of(submission("edge", "low").file("app.conf", &format!("workers = {n}\n"))))
        .collect();
    let engine = bench.engine().clone();
    let key = bench.key("developer").clone();
    let callers: Vec<_> = statements
        .iter()
        .map(|s| {
            let (engine, envelope) = (engine.clone(), crate::support::sign::sealed(s, &key));
            tokio::spawn(async move { engine.submit_update(&envelope, None).await })
        })
        .collect();
    drop(engine);
    tokio::task::yield_now().await;
    bench.stop().await;
    let mut answers = Vec::new();
    for caller in callers {
        answers.push(caller.await.expect("no panic"));
    }
    bench.start().await;
    for (statement, answer) in statements.iter().zip(answers) {
        let there = bench.engine().update(&statement.id).await.expect("readable").is_some();
        assert_eq!(answer.is_ok(), there, "{answer:?}");
    }
    bench.verify().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_second_engine_on_a_world_is_told_who_holds_it() {
    let mut bench = Bench::new().await;
    let Err(error) = bench.another().await else { panic!("two engines on one world") };
    assert!(matches!(error, StartError::Open(_)), "{error:?}");
    let words = error.to_string();
    assert!(words.contains(&format!("process {}", std::process::id())), "{words}");
    // The first is not disturbed, and the world is free when it has stopped.
    bench.submit(submission("edge", "low").file("app.conf", "workers = 8\n")).await;
    bench.stop().await;
    bench.start().await;
}

/// Lists show the updates as ended, of another component, or not at all.
async fn falsify_rows(bench: &Bench, keep: bool) {
    let (reader, journal) = (bench.engine().reader(), bench.engine().journal());
    let mut rows = reader.rows(RowKind::Update, &RowFilter::default(), None, 100).await.expect("readable");
    for row in &mut rows {
        row.state = "withdrawn".into();
        row.component = "store".into();
        row.doc = "{}".into();
    }
    let size = bench.size().await;
    journal.replace_rows(size, if keep { rows } else { Vec::new() }).await.expect("replaced");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_decision_after_a_restart_reads_a_projection() {
    for keep in [true, false] {
        let mut bench = Bench::new().await;
        let update = bench.submit(submission("edge", "low").file("app.conf", "workers = 8\n")).await;
        bench.until(&update, "awaiting_approval").await;
        let handshake = bench.request().await;
        falsify_rows(&bench, keep).await;
        bench.restart().await;
        assert_eq!(bench.component("edge").id().as_str(), "edge", "components are not found by their rows");
        bench.approve(&update, "sre").await.expect("approved");
        bench.until(&update, "stable").await;
        bench.approve_handshake(&handshake, "sre").await.expect("approved");
        bench.until_handshake(&handshake, "active").await;
        bench.act(&update, Act::Rollback, "sre").await.expect("rollback");
        bench.until(&update, "rolled_back").await;
        assert_eq!(bench.edge().text(), place::FIRST);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_false_list_of_what_is_open_is_named_and_one_that_contradicts_the_log_is_made_anew() {
    let mut bench = Bench::new().await;
    let update = bench.submit(submission("edge", "low").file("app.conf", "workers = 8\n")).await;
    bench.until(&update, "awaiting_approval").await;
    let reader = bench.engine().reader();
    let listed = reader.open_subjects().await.expect("readable").expect("complete");
    assert!(listed.contains(&update.to_string()), "{listed:?}");
    let never = "upd_00000000-0000-7000-8000-00000000dead".to_owned();
    bench.engine().journal().replace_open(vec![never.clone()]).await.expect("replaced");
    let size = bench.size().await;
    let found = audit::compare_rows(&reader, size).await.expect("comparable");
    let named = |text: &str| found.iter().any(|d| d.reason.contains(text));
    assert!(named(&format!("{update} is missing")) && named(&format!("{never} has ended")), "{found:?}");
    bench.restart().await;
    bench.verify().await;
    bench.approve(&update, "sre").await.expect("approved");
    bench.until(&update, "stable").await;
    bench.verify().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_has_ended_is_not_loaded_at_a_start() {
    let mut bench = Bench::new().await;
    let mut last = None;
    for n in 0..3 {
        let text = format!("workers = {n}\n");
        let update = bench.submit(submission("edge", "low").file("app.conf", &text)).await;
        bench.until(&update, "awaiting_approval").await;
        bench.act(&update, Act::Withdraw, "developer").await.expect("withdrawn");
        last = Some(bench.update(&update).await.version());
    }
    let listed = bench.engine().reader().open_subjects().await.expect("readable").expect("complete");
    assert!(listed.iter().all(|s| s.starts_with("component:")), "{listed:?}");
    bench.restart().await;
    assert!(bench.engine().world().updates().is_empty());
    let next = bench.submit(submission("edge", "low").file("app.conf", "workers = 9\n")).await;
    assert!(Some(bench.update(&next).await.version()) > last, "versions go on");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_world_is_free_when_its_engine_has_stopped_whoever_still_holds_a_handle() {
    let mut bench = Bench::new().await;
    let handle = bench.engine().clone();
    bench.stop().await;
    bench.start().await;
    drop(handle);
}

/// Appends entries about `edge` as an engine would have written them.
async fn append(bench: &Bench, events: impl IntoIterator<Item = ComponentEvent>) {
    let at = bench.ports.clock.now();
    let reader = bench.engine().reader().clone();
    let filter = SearchFilter { subject: Some("component:edge".into()), ..SearchFilter::default() };
    let newest = reader.search(&filter, None, 1).await.expect("readable").entries;
    let mut prev = newest.first().map(|entry| entry.seq);
    let mut seq = reader.head().await.expect("readable").size;
    let entries = events.into_iter().map(|event| {
        let event = Event::Component(id("edge"), event);
        let subject = event.subject().to_string();
        let entry = Entry { prev: prev.replace(seq), ..Entry::new(at, "engine", event) };
        seq += 1;
        let (bytes, kind) = entry.encode().expect("an entry");
        NewEntry { subject, kind, at, bytes }
    });
    let group = Group { entries: entries.collect(), ..Group::default() };
    bench.engine().journal().append(group).await.expect("appended");
}

async fn snapshots(bench: &Bench) -> usize {
    let snapshot = EntryType::Component(ComponentEntryType::Snapshot);
    let filter = SearchFilter { entry_type: Some(snapshot.into()), ..SearchFilter::default() };
    bench.engine().reader().search(&filter, None, 10).await.expect("readable").entries.len()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_component_with_a_long_history_is_the_same_from_its_snapshot() {
    let mut bench = Bench::forged().await;
    let update = approved(&bench, "workers = 8\n").await;
    bench.until(&update, "stable").await;
    let before = bench.component("edge");
    append(&bench, (0..limits::COMPONENT_SNAPSHOT_ENTRIES).map(|_| ComponentEvent::Activated {})).await;
    assert_eq!(snapshots(&bench).await, 0);
    bench.restart().await;
    bench.until_true("a snapshot is taken", || bench.component("edge").since_snapshot() == 0).await;
    assert_eq!(snapshots(&bench).await, 1);
    let taken = bench.component("edge");
    assert_eq!(taken.snapshot(), before.snapshot());
    bench.restart().await;
    assert_eq!(bench.component("edge"), taken);
    // It goes on from there as it would have without: the update that it remembers can be rolled back.
    bench.act(&update, Act::Rollback, "sre").await.expect("rollback");
    bench.until(&update, "rolled_back").await;
    assert_eq!(bench.edge().text(), place::FIRST);
    bench.restart().await;
    assert_eq!(*bench.component("edge").installed(), []);
    assert_eq!(snapshots(&bench).await, 1);
    bench.verify().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_snapshot_that_its_entries_do_not_bear_out_is_named() {
    let bench = Bench::forged().await;
    let mut wrong = bench.component("edge").snapshot();
    wrong.digest = Some(Digest::of(b"never there"));
    append(&bench, [ComponentEvent::Snapshot(Box::new(wrong))]).await;
    let reader = bench.engine().reader();
    let size = reader.head().await.expect("a head").size;
    let found = audit::compare_rows(&reader, size).await.expect("compared");
    let named = found.iter().find(|d| d.seq == Some(size - 1)).expect("named");
    assert!(named.reason.contains("is not what the entries before it say"), "{found:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_end_that_was_given_up_on_or_requested_twice_lets_the_world_go_all_the_same() {
    let mut bench = Bench::new().await;
    // Polled once, then nobody waits for it any more.
    tokio::select! {
        biased;
        () = bench.engine().shutdown() => panic!("an end takes a moment"),
        () = std::future::ready(()) => {}
    }
    bench.restart().await;
    let (first, second) = (bench.engine().clone(), bench.engine().clone());
    let first = tokio::spawn(async move { first.shutdown().await });
    second.shutdown().await;
    let next = bench.another().await.expect("the world is free when either of them says so");
    first.await.expect("ended");
    next.shutdown().await;
}
