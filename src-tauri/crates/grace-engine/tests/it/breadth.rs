//! Updates as wide as the bounds allow: many components, many files. `cargo xtask soak wide` goes up to the bounds
//! themselves; a run of all tests takes a sample.

use crate::support::{Act, Bench, Setup, place, submission, wait};
use grace_domain::core::limits;
use std::fs;

/// The sample, or as many as a soak requests, at most `bound`.
fn count(sample: usize, bound: usize) -> usize {
    wait::soak_count().map_or(sample, |requested| requested.min(bound))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_update_of_many_components_is_applied_watched_and_rolled_back_on_each() {
    let names: Vec<&'static str> =
        (0..count(24, limits::COMPONENTS_PER_UPDATE)).map(|n| &*format!("part-{n:04}").leak()).collect();
    let bench = Bench::with(|s: &mut Setup| {
        s.components.clone_from(&names);
        s.metrics = vec!["error_rate"];
    })
    .await;
    let mut wanted = submission(names[0], "low").file("app.conf", "workers = 8\n");
    wanted.components = names.iter().map(|name| (*name).to_owned()).collect();
    let id = bench.submit(wanted).await;
    bench.until(&id, "awaiting_approval").await;
    bench.approve(&id, "sre").await.expect("approved");
    let there = bench.until(&id, "observing").await;
    assert_eq!(there.receipts().len(), names.len());
    assert!(names.iter().all(|name| bench.places[*name].text() == "workers = 8\n"));
    bench.act(&id, Act::Rollback, "developer").await.expect("rollback");
    bench.until(&id, "rolled_back").await;
    assert!(names.iter().all(|name| bench.places[*name].text() == place::FIRST));
    bench.verify().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_update_of_many_files_is_applied_and_rolled_back_whole() {
    let bench = Bench::new().await;
    let dir = bench.edge().root.join("conf.d");
    fs::create_dir(&dir).expect("a directory");
    let files = count(300, limits::FILES_PER_UPDATE);
    let path = |n: usize| format!("conf.d/{:03}/{n:06}.conf", n / 1000);
    let mut wanted = submission("edge", "low");
    for n in 0..files {
        wanted = wanted.file(&path(n), &format!("number = {n}\n"));
    }
    let id = bench.submit(wanted).await;
    bench.until(&id, "awaiting_approval").await;
    bench.approve(&id, "sre").await.expect("approved");
    bench.until(&id, "observing").await;
    assert!((0..files).all(|n| bench.edge().read(&path(n)) == format!("number = {n}\n").as_bytes()));
    bench.act(&id, Act::Rollback, "developer").await.expect("rollback");
    bench.until(&id, "rolled_back").await;
    assert_eq!(fs::read_dir(&dir).expect("it was there before").count(), 0);
    bench.verify().await;
}
