//! `load`: what samples and windows cost when there are many of them: 10,000 samples a second, a week of one series read,
//! 1,000 components that push at once, 1,000 windows that are evaluated at once. Each beside bare sqlx that reads or commits
//! as many bytes.
//!
//! Owns the shape of the load. A sample every 15 s for a week is 40,320 of them; a flush at 10,000/s holds 1,000.

use crate::bare::BareTable;
use crate::logs;
use crate::people::{METRIC, Scene, name};
use crate::report::{Done, Figure, Goal, PAIRS, Report, Watch, median};
use grace_domain::core::digest::Digest;
use grace_domain::core::time::Timestamp;
use grace_domain::judge::window::{Rule, Series, Verdict, judge};
use grace_domain::metrics::definition::{Definitions, Worse};
use grace_engine::metrics::seen::seen;
use grace_engine::metrics::source::Span;
use grace_store::{Journal, Sample, WindowProgress};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Series of the push: each sends every half second at 10,000/s.
const SERIES: usize = 5_000;
/// Samples that come in a tenth of a second at 10,000/s.
const FLUSH: usize = 1_000;
/// Flushes of one pair: ten seconds of 10,000/s.
const FLUSHES: usize = 100;
/// Every 15 s for a week.
const WEEK: usize = 40_320;
const STEP_MS: i64 = 15_000;
const MANY: usize = 1_000;
/// Pushes of each component in one pair.
const ROUNDS: usize = 5;

pub async fn run(report: &mut Report) -> Done<()> {
    push(report).await?;
    read(report).await?;
    many(report).await
}

fn sample(series: usize, n: usize) -> Sample {
    let noise = (series as u64 * 7919 + n as u64 * 104_729) % 1_000;
    Sample {
        component: format!("component-{}", series / 2),
        metric: if series.is_multiple_of(2) { "error_rate" } else { "latency_p95_ms" }.into(),
        at_ms: 1_790_000_000_000 + n as i64 * STEP_MS + (noise % 20) as i64,
        value_micro: 20_000 + noise * 30,
        count: 100,
    }
}

/// Bytes of everything in the directory whose name begins so.
fn bytes_of(dir: &std::path::Path, name: &str) -> Done<u64> {
    let mut bytes = 0;
    for file in std::fs::read_dir(dir)? {
        let file = file?;
        if file.file_name().to_string_lossy() == name {
            bytes += file.metadata()?.len();
        }
    }
    Ok(bytes)
}

/// Rows of random bytes for the bare table.
fn rows(n: usize, bytes: usize) -> Done<Vec<Vec<u8>>> {
    (0..n)
        .map(|n| {
            let entry = logs::entry(n as u64)?.bytes;
            Ok(entry.into_iter().cycle().take(bytes).collect())
        })
        .collect()
}

async fn push(report: &mut Report) -> Done<()> {
    let place = logs::place()?;
    let journal = logs::create(&place.path().join("world")).await?;
    let mut bare = BareTable::create(&place.path().join("bare.db")).await?;
    // What a flush of 1,000 samples is, roughly: six bytes each.
    let limit_rows = rows(FLUSHES, FLUSH * 6)?;
    let (mut pairs, mut slowest) = (Vec::new(), Vec::new());
    let mut sent = 0;
    for _ in 0..PAIRS {
        let (mut seconds, mut most) = (0.0, 0.0_f64);
        for _ in 0..FLUSHES {
            let samples = (sent..sent + FLUSH).map(|n| sample(n % SERIES, n / SERIES)).collect();
            sent += FLUSH;
            let watch = Watch::start();
            journal.append_samples(samples).await?;
            most = most.max(watch.millis());
            seconds += watch.seconds();
        }
        slowest.push(most);
        let total = (FLUSHES * FLUSH) as f64;
        pairs.push((total / seconds, total / bare.insert(&limit_rows).await?));
    }
    let busy = median(pairs.iter().map(|(ours, _)| 10_000.0 / ours * 100.0));
    let reader = journal.reader();
    let kept = reader.samples("component-0", "error_rate", 0, i64::MAX, usize::MAX).await?.len();
    if kept != sent / SERIES {
        return Err(format!("{kept} samples of a series were kept, {} were sent", sent / SERIES).into());
    }
    journal.stop().await?;
    let bytes = bytes_of(&place.path().join("world"), "samples.db")? as f64 / sent as f64;
    report.add(Figure {
        workload: format!("samples of {SERIES} series, {FLUSH} in each flush, durable"),
        ours: "one row and one COMMIT per flush; moved into chunks of 240 now and then".into(),
        limit: "bare sqlx loop of as many commits of one row with about as many bytes".into(),
        unit: "samples/s",
        goal: Goal::None,
        pairs,
        notes: vec![
            format!("at 10,000/s the writer is busy {busy:.1} % of the time; the slowest flush of a pair took {:.0} ms", median(slowest)),
            format!("{bytes:.1} bytes of samples.db for each sample"),
        ],
    });
    bare.close().await
}

async fn read(report: &mut Report) -> Done<()> {
    let place = logs::place()?;
    let journal = logs::create(&place.path().join("world")).await?;
    let mut bare = BareTable::create(&place.path().join("bare.db")).await?;
    let samples: Vec<Sample> = (0..WEEK).map(|n| sample(0, n)).collect();
    for part in samples.chunks(FLUSH) {
        journal.append_samples(part.to_vec()).await?;
    }
    // Into chunks.
    journal.prune(0, 0).await?;
    let chunks = WEEK / 240;
    bare.insert(&rows(chunks, 240 * 5)?).await?;
    let reader = journal.reader();
    let mut pairs = Vec::new();
    for pair in 0..=PAIRS * 4 {
        let watch = Watch::start();
        let found = reader.samples("component-0", "error_rate", 0, i64::MAX, WEEK).await?;
        let ours = watch.millis();
        if found.len() != WEEK {
            return Err(format!("{} of {WEEK} samples were read", found.len()).into());
        }
        let limit = bare.read_all().await? * 1e3;
        // The first read prepares statements.
        if pair > 0 {
            pairs.push((ours, limit));
        }
    }
    let ours = median(pairs.iter().map(|p| p.0));
    report.add(Figure {
        workload: format!("a span of one series read: {WEEK} samples, a week of one every 15 s"),
        ours: "reader: chunks of 240 found by key, checked and decoded".into(),
        limit: "bare sqlx: as many rows with about as many bytes".into(),
        unit: "ms",
        goal: Goal::None,
        pairs,
        notes: vec![format!("at most 5 ms is the goal: {}", if ours <= 5.0 { "reached" } else { "MISSED" })],
    });
    journal.stop().await?;
    bare.close().await
}

async fn many(report: &mut Report) -> Done<()> {
    let place = logs::place()?;
    report.progress("making a world of 1,000 components");
    let scene = Arc::new(Scene::open(place.path(), MANY).await?);
    let mut bare = BareTable::create(&place.path().join("bare.db")).await?;
    pushing(report, &scene, &mut bare).await?;
    evaluating(report, &scene, &mut bare).await?;
    scene.engine.shutdown().await;
    bare.close().await
}

async fn pushing(report: &mut Report, scene: &Arc<Scene>, bare: &mut BareTable) -> Done<()> {
    let limit_rows = rows(MANY, 16)?;
    let mut pairs = Vec::new();
    for _ in 0..PAIRS {
        let watch = Watch::start();
        let pushing: Vec<_> = (0..MANY)
            .map(|component| {
                let scene = Arc::clone(scene);
                tokio::spawn(async move {
                    for _ in 0..ROUNDS {
                        scene.push(component).await?;
                    }
                    Done::Ok(())
                })
            })
            .collect();
        for component in pushing {
            component.await??;
        }
        let total = (MANY * ROUNDS) as f64;
        pairs.push((total / watch.seconds(), MANY as f64 / bare.insert(&limit_rows).await?));
    }
    report.add(Figure {
        workload: format!("{MANY} components push at once, {ROUNDS} times each, waiting for each answer"),
        ours: "engine in this process: pushes wait for one flush together".into(),
        limit: "bare sqlx loop of a commit for each push".into(),
        unit: "pushes/s",
        goal: Goal::None,
        pairs,
        notes: vec![format!("{} pushes were refused", scene.engine.refused_pushes())],
    });
    Ok(())
}

/// What the windows' own loops do at one tick, one after the other.
async fn evaluating(report: &mut Report, scene: &Scene, bare: &mut BareTable) -> Done<()> {
    let (journal, reader): (&Journal, _) = (scene.engine.journal(), scene.engine.reader());
    let definitions = Definitions::new();
    let span = Span { from: Timestamp::from_millis(0), to: scene.now().plus_ms(1) };
    let limit_rows = rows(MANY, 300)?;
    let limit_of_all = [limit_rows.concat()];
    let mut pairs = Vec::new();
    for _ in 0..PAIRS {
        let watch = Watch::start();
        let mut progress = Vec::with_capacity(MANY);
        for n in 0..MANY {
            let series = Series { component: name(n).parse()?, metric: METRIC.parse()? };
            let found = seen(&reader, &definitions, &series, span).await?;
            let rule = Rule { baseline: None, limit: Some(50_000), worse: Worse::Higher, fresh_s: 600 };
            let rules = BTreeMap::from([(series.clone(), rule)]);
            let (verdict, _) = judge(1, &rules, &BTreeMap::from([(series, found)]));
            if verdict != Verdict::Healthy {
                return Err(format!("window {n} is {}", verdict.plain()).into());
            }
            progress.push(WindowProgress {
                subject: format!("upd_{n:08}"),
                evaluation: Digest::of(&n.to_be_bytes()),
                at: span.to,
                doc: r#"{"observed_ms":5000,"elapsed_ms":5000,"evaluations":1,"healthy":1}"#.into(),
            });
        }
        journal.keep_window_progress(&progress).await?;
        let ours = watch.millis();
        let limit = bare.read_each(MANY).await? + bare.insert(&limit_of_all).await?;
        pairs.push((ours, limit * 1e3));
    }
    report.add(Figure {
        workload: format!(
            "{MANY} windows of one series evaluated at one tick: read, judged, counters signed and kept"
        ),
        ours: "reads one after the other, one COMMIT for all counters".into(),
        limit: "bare sqlx: as many reads of one row, and one commit of about as many bytes".into(),
        unit: "ms",
        goal: Goal::None,
        pairs,
        notes: Vec::new(),
    });
    Ok(())
}
