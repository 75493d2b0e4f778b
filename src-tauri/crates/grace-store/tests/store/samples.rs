//! Samples: what was answered is there after a kill, is read as it came, and what cannot be read is said.

use std::collections::BTreeMap;

use grace_domain::core::limits;
use grace_domain::core::time::Timestamp;
use grace_domain::metrics::sample::Sample as Measured;
use grace_store::{Integrity, Journal, OpenMode, ReadError, Reader, Sample, WorldInit};
use proptest::prelude::*;
use sqlx::Connection as _;

use crate::support::{TestWorld, log_key};

const METRIC: &str = "error_rate";

fn of(component: &str, at_ms: i64, value_micro: u64, count: u32) -> Sample {
    Sample { component: component.into(), metric: METRIC.into(), at_ms, value_micro, count }
}

fn measured(at_ms: i64, value_micro: u64, count: u32) -> Measured {
    Measured { at: Timestamp::from_millis(at_ms), value_micro, count }
}

async fn read(reader: &Reader, component: &str) -> Vec<Measured> {
    reader.samples(component, METRIC, i64::MIN, i64::MAX, usize::MAX).await.unwrap()
}

#[tokio::test]
async fn samples_are_kept_until_they_are_pruned() {
    let world = TestWorld::empty();
    let journal = world.create().await;
    let sent: Vec<Sample> = (0..1000).map(|n: i64| of("c1", n, n.unsigned_abs() * 10, 3)).collect();
    let found: Vec<Measured> = (0..1000).map(|n: i64| measured(n, n.unsigned_abs() * 10, 3)).collect();
    journal.append_samples(sent).await.unwrap();
    // None replaces another: the same moment becomes one sample, weighted by count.
    journal.append_samples(vec![of("c1", 5, 950, 3), of("c1", 5, 0, 6)]).await.unwrap();
    let reader = journal.reader();
    // Before and after they are moved into chunks.
    for _ in 0..2 {
        let samples = async |from, to, limit| reader.samples("c1", METRIC, from, to, limit).await.unwrap();
        assert_eq!(samples(10, 20, 100).await, found[10..20]);
        assert_eq!(samples(0, 1000, 10).await, found[990..]);
        assert_eq!(samples(0, 720, 1).await, found[719..720]);
        assert_eq!(samples(5, 6, 10).await, [measured(5, 250, 12)]);
        assert_eq!(samples(2000, 3000, 10).await, []);
        assert_eq!(reader.sampled_metrics("c1").await.unwrap(), [METRIC]);
        journal.prune(0, 0).await.unwrap();
    }
    journal.prune(995, 0).await.unwrap();
    assert_eq!(read(&reader, "c1").await, found[995..]);
    assert_eq!(reader.head().await.unwrap().size, 0);
    journal.prune(i64::MAX, 0).await.unwrap();
    assert!(reader.sampled_metrics("c1").await.unwrap().is_empty());
    journal.append_samples(vec![of("c1", 7, 1, 1)]).await.unwrap();
    assert_eq!(read(&reader, "c1").await, [measured(7, 1, 1)]);
}

#[derive(Debug, Clone)]
enum Step {
    Push(Vec<(u8, i64, u64, u32)>),
    Prune(i64),
    Kill,
}

fn step() -> impl Strategy<Value = Step> {
    let sample = (0..3_u8, 0..2_000_i64, 0..1_000_000_u64, 1..200_u32);
    prop_oneof![
        6 => prop::collection::vec(sample, 1..400).prop_map(Step::Push),
        2 => (-50..800_i64).prop_map(Step::Prune),
        1 => Just(Step::Kill),
    ]
}

/// What a table with one row for each moment would hold.
type Model = BTreeMap<String, BTreeMap<i64, (u64, u32)>>;

fn push(model: &mut Model, sample: &Sample) {
    let at = model.entry(sample.component.clone()).or_default();
    let (value, count) = at.get(&sample.at_ms).copied().unwrap_or((0, 0));
    let sum =
        u128::from(value) * u128::from(count) + u128::from(sample.value_micro) * u128::from(sample.count);
    let n = u128::from(count) + u128::from(sample.count);
    let mean = u64::try_from((2 * sum + n) / (2 * n)).unwrap();
    at.insert(sample.at_ms, (mean, count + sample.count));
}

fn cases() -> ProptestConfig {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(12);
    ProptestConfig { cases, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(cases())]
    #[test]
    fn they_are_read_as_from_a_table_of_moments_whatever_was_moved_or_killed(
        steps in prop::collection::vec(step(), 1..12),
        from in 0..2_000_i64, span in 0..2_000_i64, limit in 1..300_usize,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut world = TestWorld::empty();
            let mut journal = world.create().await;
            // Remembers what is pending from one read to the next.
            let mut beside = Reader::open(world.path()).unwrap();
            let mut model = Model::new();
            for step in steps {
                match step {
                    Step::Push(samples) => {
                        let samples: Vec<Sample> = samples
                            .into_iter()
                            .map(|(c, at_ms, value_micro, count)| of(&format!("c{c}"), at_ms, value_micro, count))
                            .collect();
                        for sample in &samples {
 push(&mut model, sample);
 }
                        journal.append_samples(samples).await.unwrap();
                    }
                    Step::Prune(before_ms) => {
                        journal.prune(before_ms, 0).await.unwrap();
                        for at in model.values_mut() {
 at.retain(|at_ms, _| *at_ms >= before_ms);
 }
                    }
                    Step::Kill => {
                        world = world.as_a_kill_leaves_it();
                        journal = world.open().await;
                        beside = Reader::open(world.path()).unwrap();
                    }
                }
                for reader in [&journal.reader(), &beside] {
                    for component in ["c0", "c1", "c2"] {
                        let at = model.get(component).cloned().unwrap_or_default();
                        let expected: Vec<Measured> = at
                            .range(from..from + span)
                            .map(|(at_ms, (value, count))| measured(*at_ms, *value, *count))
                            .collect();
                        let expected = &expected[expected.len().saturating_sub(limit)..];
                        let found = reader.samples(component, METRIC, from, from + span, limit).await.unwrap();
                        assert_eq!(found, expected);
                    }
                }
            }
            let report = journal.reader().samples_report(true).await;
            assert_eq!(report, grace_store::SamplesReport::default());
            beside.close().await;
            journal.stop().await.unwrap();
        });
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readers_beside_a_writer_lose_nothing_while_samples_are_moved() {
    let world = TestWorld::empty();
    let journal = std::sync::Arc::new(world.create().await);
    let writing = {
        let journal = std::sync::Arc::clone(&journal);
        tokio::spawn(async move {
            for n in 0..400 {
                journal.append_samples(vec![of("c1", n, 1, 1)]).await.unwrap();
                if n % 7 == 0 {
                    // Moves what is pending into chunks.
                    journal.prune(0, 0).await.unwrap();
                }
            }
        })
    };
    let beside = Reader::open(world.path()).unwrap();
    let mut before = 0;
    while !writing.is_finished() {
        for reader in [&journal.reader(), &beside] {
            let found = read(reader, "c1").await;
            let whole = found.iter().zip(0..).all(|(sample, n)| sample.at.millis() == n);
            assert!(whole && found.len() >= before, "{} after {before}", found.len());
            before = found.len();
        }
    }
    writing.await.unwrap();
    assert_eq!(read(&beside, "c1").await.len(), 400);
}

#[tokio::test]
async fn enough_that_is_pending_is_moved_into_chunks_by_itself() {
    let world = TestWorld::empty();
    let journal = world.create().await;
    for minute in 0..3 {
        let samples = (0..100_000).map(|n| of(&format!("c{}", n % 7), minute * 100_000 + n, 1, 1)).collect();
        journal.append_samples(samples).await.unwrap();
    }
    let mut conn = world.raw_samples().await;
    let (pending, largest, chunks): (i64, i64, i64) = sqlx::query_as(
        "SELECT (SELECT count(*) FROM pending), (SELECT max(length(bytes)) FROM chunks), (SELECT count(*) FROM chunks)",
    )
    .fetch_one(&mut conn)
    .await
    .unwrap();
    conn.close().await.unwrap();
    assert_eq!((pending, chunks), (0, 7 * (300_000_i64 / 7 / 240 + 1)));
    assert!(largest < 240 * 5, "{largest} bytes");
    assert_eq!(read(&journal.reader(), "c3").await.len(), 300_000 / 7 + 1);
}

async fn refused(journal: &Journal) -> String {
    journal.append_samples(vec![of("c1", 1, 1, 1)]).await.unwrap_err().to_string()
}

#[tokio::test]
async fn a_file_that_is_missing_is_made_anew_and_says_so_until_nobody_could_miss_anything() {
    let world = TestWorld::with_groups(&[3]).await;
    let journal = world.open().await;
    journal.append_samples(vec![of("c1", 1, 1, 1)]).await.unwrap();
    assert_eq!(journal.reader().samples_report(true).await, grace_store::SamplesReport::default());
    journal.close().await.unwrap();
    std::fs::remove_file(world.layout().samples()).unwrap();
    let beside = Reader::open(world.path()).unwrap().samples_report(false).await;
    assert_eq!(beside.faults, ["samples.db is missing"]);
    let life_ms = i64::try_from(limits::SAMPLES_LIFE_S).unwrap() * 1000;
    for (before_ms, told) in [(-100, true), (-100 + life_ms - 1, true), (-100 + life_ms, false)] {
        let journal = world.open().await;
        assert_eq!(journal.integrity(), Integrity::Intact);
        let report = journal.reader().samples_report(true).await;
        assert!(report.lost.is_some() && report.faults.is_empty(), "{report:?}");
        journal.append_samples(vec![of("c1", 2, 1, 1)]).await.unwrap();
        journal.prune(before_ms, 0).await.unwrap();
        assert_eq!(journal.reader().samples_report(true).await.lost.is_some(), told, "{before_ms}");
        journal.close().await.unwrap();
    }
}

#[tokio::test]
async fn a_file_that_is_not_ours_is_left_as_it_is_and_nothing_is_taken_in_or_read() {
    let other = TestWorld::empty();
    let init = WorldInit { name: "other".to_owned(), origin: "grace.test/other".to_owned() };
    Journal::create(other.path(), &init, log_key()).await.unwrap().close().await.unwrap();
    let foreign = std::fs::read(other.layout().samples()).unwrap();
    for (planted, why) in [
        (b"not a database, certainly not one of sixteen kibibytes".as_slice(), "not a database"),
        (&foreign, "belongs to the log grace.test/other"),
        (b"", "no such table"),
    ] {
        let world = TestWorld::with_groups(&[3]).await;
        std::fs::write(world.layout().samples(), planted).unwrap();
        let journal = Journal::open(world.path(), OpenMode::ReadWrite, log_key()).await.unwrap();
        assert_eq!(journal.integrity(), Integrity::Intact, "the log is well");
        let reader = journal.reader();
        let error = reader.samples("c1", METRIC, 0, 10, 10).await.unwrap_err();
        assert!(matches!(&error, ReadError::Samples { reason } if reason.contains(why)), "{error}");
        assert!(matches!(reader.sampled_metrics("c1").await, Err(ReadError::Samples { .. })));
        assert!(refused(&journal).await.contains(why));
        assert!(journal.try_out_samples().await.is_err());
        let report = reader.samples_report(false).await;
        assert!(report.faults.first().is_some_and(|fault| fault.contains(why)), "{report:?}");
        journal.close().await.unwrap();
        if !planted.is_empty() {
            assert!(std::fs::read(world.layout().samples()).unwrap() == planted, "{why}");
        }
    }
}

#[tokio::test]
async fn an_edited_file_is_told_and_never_read_as_no_data() {
    for (edit, whole) in [
        ("UPDATE chunks SET bytes = CAST(substr(bytes, 1, 20) || x'ff' || substr(bytes, 22) AS BLOB)", true),
        ("UPDATE chunks SET bytes = x''", true),
        ("UPDATE pending SET bytes = CAST(substr(bytes, 1, 20) || x'ff' || substr(bytes, 22) AS BLOB)", true),
        ("DELETE FROM state", false),
        ("CREATE TRIGGER foreign_one AFTER INSERT ON pending BEGIN DELETE FROM pending; END", false),
    ] {
        let world = TestWorld::with_groups(&[3]).await;
        let journal = world.open().await;
        let samples = |from: i64| (from..from + 300).map(|n| of("c1", n, n.unsigned_abs() * 31, 1)).collect();
        journal.append_samples(samples(0)).await.unwrap();
        journal.prune(0, 0).await.unwrap();
        journal.append_samples(samples(300)).await.unwrap();
        journal.close().await.unwrap();
        let mut conn = world.raw_samples().await;
        sqlx::query(sqlx::AssertSqlSafe(edit)).execute(&mut conn).await.unwrap();
        conn.close().await.unwrap();
        let journal = world.open().await;
        let reader = journal.reader();
        let error = reader.samples("c1", METRIC, 0, 1000, 10_000).await.unwrap_err();
        assert!(matches!(error, ReadError::Samples { .. }), "{edit}: {error}");
        assert!(!reader.samples_report(whole).await.faults.is_empty(), "{edit}");
        assert!(!reader.listed_faults().await.is_ok_and(|faults| faults.is_empty()) || !whole, "{edit}");
        journal.close().await.unwrap();
    }
}
