//! The write-ahead log of the database: bounded, however the engine lives and ends.

use std::path::Path;

use grace_store::{Group, Journal, NewEntry, Sample};

use crate::support::{TestWorld, entry};

/// An entry of 60 KB: four pages. 16 of them in a group make 64 pages and a bit.
fn large(n: u64) -> NewEntry {
    let mut entry = entry(n);
    let text = String::from_utf8(entry.bytes).unwrap();
    entry.bytes = text.replace(r#""note":""#, &format!(r#""note":"{}"#, "x".repeat(60_000))).into_bytes();
    entry
}

/// Appends groups of [`large`] entries from `next` on; the largest size in bytes that the WAL had.
async fn append_groups(journal: &Journal, next: &mut u64, groups: u64, wal: &Path) -> u64 {
    let mut largest = 0;
    for _ in 0..groups {
        let entries = (*next..*next + 16).map(large).collect();
        journal.append(Group { entries, ..Group::default() }).await.unwrap();
        *next += 16;
        largest = largest.max(std::fs::metadata(wal).unwrap().len());
    }
    largest
}

fn wal_of(world: &TestWorld) -> std::path::PathBuf {
    world.layout().dir().join("grace.db-wal")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_starts_over_while_groups_keep_coming_and_is_gone_after_closing() {
    let world = TestWorld::empty();
    let journal = world.create().await;
    let wal = wal_of(&world);
    let mut next = 0;
    // 300 groups are more than 300 MB of WAL if it never starts over.
    let largest = append_groups(&journal, &mut next, 300, &wal).await;
    assert!(largest < 160 << 20, "the WAL grew to {largest} bytes");
    journal.close().await.unwrap();
    assert!(!wal.exists());
    let journal = world.open().await;
    assert_eq!(journal.checkpoint().await.unwrap().checkpoint.size, next);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_starts_over_in_a_world_whose_engine_is_killed_again_and_again() {
    let mut world = TestWorld::empty();
    let mut journal = world.create().await;
    let (mut next, mut largest) = (0, 0);
    // Each life alone writes too little for its WAL to be moved; all of them together write 200 MB.
    for _ in 0..10 {
        let wal = wal_of(&world);
        largest = largest.max(append_groups(&journal, &mut next, 20, &wal).await);
        world = world.as_a_kill_leaves_it();
        journal = world.open().await;
        assert_eq!(journal.checkpoint().await.unwrap().checkpoint.size, next);
    }
    assert!(largest < 120 << 20, "the WAL grew to {largest} bytes");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_starts_over_in_a_world_where_only_samples_come() {
    let world = TestWorld::empty();
    let journal = world.create().await;
    let wal = world.layout().dir().join("samples.db-wal");
    let mut largest = 0;
    for n in 0..2_000 {
        let (component, metric) = (format!("edge-{}", n % 7), "error_rate".to_owned());
        let sample = Sample { component, metric, at_ms: n, value_micro: 1, count: 1 };
        journal.append_samples(vec![sample]).await.unwrap();
        largest = largest.max(std::fs::metadata(&wal).unwrap().len());
    }
    // 2,000 transactions are more than 32 MB of WAL if it never starts over.
    assert!(largest < 8 << 20, "the WAL grew to {largest} bytes");
    journal.close().await.unwrap();
}
