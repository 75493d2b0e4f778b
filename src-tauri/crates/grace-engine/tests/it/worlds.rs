//! Making worlds: all or nothing, and nothing that could never work.

use crate::support::clock::TestClock;
use crate::support::{Bench, id, plan, submission, try_create};
use grace_domain::core::codes::Code;
use grace_domain::crypto::keys::SignerKey;
use grace_domain::governance::policy::{ACKNOWLEDGERS, Policy, Recovery};
use grace_domain::log::{Event, WorldEvent};
use grace_engine::genesis::{Acknowledger, DemoComponent, Plan, create};
use grace_engine::{Engine, EngineConfig, Ports, recovery};
use grace_target::SandboxLauncher;
use std::collections::BTreeSet;
use std::sync::Arc;

fn component(target: String) -> DemoComponent {
    DemoComponent {
        id: id("edge"),
        title: "Edge".into(),
        component_type: "service".into(),
        metrics: BTreeSet::new(),
        capabilities: BTreeSet::new(),
        target,
    }
}

async fn refused(change: impl FnOnce(&mut Plan)) -> String {
    let (made, base) = try_create(change).await;
    let words = made.expect_err("must be refused").to_string();
    assert!(!base.path().join("world/world.json").exists(), "half a world was left: {words}");
    words
}

#[tokio::test]
async fn a_component_whose_target_cannot_be_read_makes_no_half_world() {
    let target = serde_json::json!({
        "kind": "directory", "root": "/nonexistent/grace", "managed": ["*.conf"],
        "check": { "argv": ["/bin/true"], "timeout_s": 1 },
    });
    refused(|plan| plan.components = vec![component(target.to_string())]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_target_that_holds_the_world_or_lies_in_it_is_refused() {
    let bench = Bench::new().await;
    std::fs::create_dir_all(bench.dir.join("targets/inside")).expect("a directory");
    let above = bench.dir.parent().expect("a parent").to_owned();
    let link = above.join("innocent");
    std::os::unix::fs::symlink(bench.dir.join("keys"), &link).expect("linked");
    for root in [bench.dir.clone(), bench.dir.join("keys"), bench.dir.join("targets"), above, link] {
        let refusal = bench.request_for(&root).await.expect_err("must be refused");
        assert_eq!(refusal.code, Code::TargetInWorld, "{}", root.display());
    }
    bench.request_for(&bench.dir.join("targets/inside")).await.expect("a simulated target");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_old_database_under_a_newer_pin_starts_no_engine() {
    let mut bench = Bench::new().await;
    bench.stop().await;
    let (database, old) = (bench.dir.join("grace.db"), bench.dir.join("old.db"));
    std::fs::copy(&database, &old).expect("copied");
    bench.start().await;
    bench.submit(submission("edge", "low").file("app.conf", "workers = 8\n")).await;
    bench.stop().await;
    std::fs::rename(&old, &database).expect("restored");
    let Err(error) = bench.another().await else { panic!("a log was rewound and nobody noticed") };
    assert!(matches!(error, grace_engine::StartError::Broken { .. }), "{error}");
}

#[tokio::test]
async fn one_key_for_two_acknowledgers_or_for_an_acknowledger_and_a_person_makes_no_world() {
    let key = SignerKey::from_seed([7; 32]).public();
    let words = refused(|plan| {
        for a in &mut plan.acknowledgers[..2] {
            a.key = Some(key);
        }
    })
    .await;
    assert!(words.contains(ACKNOWLEDGERS[1]), "{words}");
    refused(|plan| plan.acknowledgers[0].key = Some(plan.people[&id("sre")].keys[0])).await;
    let words = refused(|plan| {
        plan.acknowledgers[0].key = Some(key);
        plan.recovery = Some(Recovery { keys: vec![key], threshold: 1 });
    })
    .await;
    assert!(words.contains("recovery key") && words.contains(ACKNOWLEDGERS[0]), "{words}");
}

#[tokio::test]
async fn a_policy_that_waits_for_somebody_unknown_makes_no_world() {
    let words = refused(|plan| drop(plan.acknowledgers.pop())).await;
    assert!(words.contains(ACKNOWLEDGERS[4]), "{words}");
    refused(|plan| plan.acknowledgers.push(Acknowledger { id: id(ACKNOWLEDGERS[0]), key: None })).await;
}

#[tokio::test]
async fn components_without_a_handshake_exist_only_in_a_simulated_world() {
    let words = refused(|plan| {
        plan.simulation = false;
        plan.components = vec![component("{}".into())];
    })
    .await;
    assert!(words.contains("demo"), "{words}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_entry_of_a_simulated_world_says_that_its_time_is_not_the_machines() {
    for (simulation, machine, marked) in
        [(true, false, true), (true, true, false), (false, false, false), (false, true, false)]
    {
        let base = tempfile::tempdir().expect("a directory");
        let dir = base.path().join("world");
        let ports = Ports::system();
        let clock = Arc::new(TestClock::new(10));
        let ports = if machine { ports } else { Ports { clock, ..ports } };
        let keys = ["developer", "sre", "dba", "qa"];
        let keys = keys.iter().map(|p| (id(p), SignerKey::from_seed(ports.seed()))).collect();
        let plan = Plan { simulation, ..plan(&keys, Policy::default()) };
        create(&dir, &plan, &ports).await.expect("a world");
        let launcher = SandboxLauncher { program: env!("CARGO_BIN_EXE_engine-test-launcher").into() };
        let engine = Engine::start(EngineConfig { dir, ports, launcher }).await.expect("an engine");
        let reader = engine.reader();
        let page = reader.entries(0, 500).await.expect("readable");
        let log = recovery::read(&reader, &page).await.expect("decodes");
        assert!(log.len() > 5 && log.len() < 500);
        for recorded in &log {
            let found = recorded.entry.simulated_time;
            assert_eq!(found, marked, "{simulation} {machine}: entry {}", recorded.seq);
        }
        engine.shutdown().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_people_do_in_a_simulated_world_is_marked_too() {
    let bench = Bench::new().await;
    bench.submit(submission("edge", "low").file("app.conf", "workers = 8\n")).await;
    let log = bench.log().await;
    assert!(log.iter().any(|r| r.entry.actor == "person:developer"));
    assert!(log.iter().all(|r| r.entry.simulated_time));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_says_each_start_and_whether_the_world_is_simulated() {
    let mut bench = Bench::new().await;
    bench.restart().await;
    let log = bench.log().await;
    assert!(bench.engine().world().simulation());
    let starts = log
        .iter()
        .filter(|r| {
            r.entry.actor == "engine"
                && matches!(&r.entry.event, Event::World(WorldEvent::EngineStarted { .. }))
        })
        .count();
    assert_eq!(starts, 2);
    bench.verify().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_that_was_set_back_is_named_before_anything_else_is_recorded() {
    let mut bench = Bench::new().await;
    let before = bench.log().await.last().expect("an entry").entry.at;
    bench.clock.move_ms(-3_600_000);
    // Nobody hands anything in: it is said as soon as the clock is looked at.
    bench.until_true("the step is recorded", || bench.engine().world().newest_at() < before).await;
    let newest = bench.log().await.pop().expect("an entry").entry;
    let Event::World(WorldEvent::ClockSetBack { before: seen }) = newest.event else { panic!("{newest:?}") };
    assert!(seen >= before, "{seen}");
    let update = bench.submit(submission("edge", "low").file("app.conf", "workers = 8\n")).await;
    bench.until(&update, "awaiting_approval").await;
    bench.stop().await;
    bench.clock.move_ms(-3_600_000);
    bench.start().await;
    let log = bench.log().await;
    let mut named = Vec::new();
    for pair in log.windows(2) {
        let [newer, older] = [&pair[1].entry, &pair[0].entry];
        if let Event::World(WorldEvent::ClockSetBack { before }) = &newer.event {
            assert!(*before >= older.at, "the clock may have gone on since the entry before it");
            named.push(*before);
        } else {
            assert!(newer.at >= older.at, "{newer:?}");
        }
    }
    assert_eq!((named.len(), named[0]), (2, seen), "{named:?}");
    bench.verify().await;
}
