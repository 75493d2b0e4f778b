//! `growth`: append and inclusion proof at 1,000,000 entries against those at 1,000, the two logs interleaved.
//!
//! Warm: the same connections throughout, random entries. Cold: a connection that has read nothing but the head, and a
//! database file that the system should forget.

use crate::logs::{self, LARGE, Random, SMALL};
use crate::report::{Done, Figure, Goal, PAIRS, Report, Watch, median};
use grace_store::{Group, Journal, Reader};
use std::path::Path;

const APPENDS: u64 = 60;
const WARM_PROOFS: usize = 1_000;
const COLD_PROOFS: usize = 20;
const GOAL: Goal = Goal::AtMost(1.5);

pub async fn run(report: &mut Report) -> Done<()> {
    let place = logs::place()?;
    let (small_dir, small) = logs::filled(report, place.path(), SMALL).await?;
    let (large_dir, large) = logs::filled(report, place.path(), LARGE).await?;

    let mut next = LARGE;
    let mut pairs = Vec::new();
    for pair in 0..PAIRS + 2 {
        let range = next..next + APPENDS;
        next = range.end;
        let (a, b) = in_turn(pair, &large, &small, |journal| appends(journal, range.clone())).await?;
        pairs.push((a, b));
    }
    let about = |what: &str| format!("{what} at {LARGE} entries");
    let against = || format!("the same at {SMALL} entries, in turns");
    report.add(Figure {
        workload: "one durable append of ~1 KB by one caller".into(),
        ours: about("median append"),
        limit: against(),
        unit: "us",
        goal: GOAL,
        pairs,
        notes: vec![format!("each of a pair is the median of {APPENDS}")],
    });

    let (small_reader, large_reader) = (small.reader(), large.reader());
    let mut random = Random::new(1);
    // Once unmeasured, so that warm is warm.
    proofs(&large_reader, LARGE, WARM_PROOFS, &mut random).await?;
    proofs(&small_reader, SMALL, WARM_PROOFS, &mut random).await?;
    let mut pairs = Vec::new();
    for _ in 0..PAIRS + 2 {
        let ours = proofs(&large_reader, LARGE, WARM_PROOFS, &mut random).await?;
        let limit = proofs(&small_reader, SMALL, WARM_PROOFS, &mut random).await?;
        pairs.push((ours, limit));
    }
    report.add(Figure {
        workload: "inclusion proof of a random entry, warm".into(),
        ours: about("median proof"),
        limit: against(),
        unit: "us",
        goal: GOAL,
        pairs,
        notes: vec![format!("each of a pair is the median of {WARM_PROOFS}")],
    });

    small.stop().await?;
    large.stop().await?;
    let mut pairs = Vec::new();
    for _ in 0..PAIRS + 2 {
        let ours = cold(&large_dir, LARGE, &mut random).await?;
        let limit = cold(&small_dir, SMALL, &mut random).await?;
        pairs.push((ours, limit));
    }
    report.add(Figure {
        workload:
            "inclusion proof of a random entry, cold: first of a connection, file dropped from the page cache"
                .into(),
        ours: about("median proof"),
        limit: against(),
        unit: "us",
        goal: Goal::None,
        pairs,
        notes: vec![format!("each of a pair is the median of {COLD_PROOFS}; this is the disk's latency")],
    });
    Ok(())
}

/// Both, the one or the other first.
async fn in_turn<'a, F: Future<Output = Done<f64>>>(
    pair: usize,
    large: &'a Journal,
    small: &'a Journal,
    work: impl Fn(&'a Journal) -> F,
) -> Done<(f64, f64)> {
    if pair.is_multiple_of(2) {
        let limit = work(small).await?;
        Ok((work(large).await?, limit))
    } else {
        let ours = work(large).await?;
        Ok((ours, work(small).await?))
    }
}

async fn appends(journal: &Journal, range: std::ops::Range<u64>) -> Done<f64> {
    let mut took = Vec::new();
    for n in range {
        let group = Group { entries: vec![logs::entry(n)?], ..Group::default() };
        let watch = Watch::start();
        journal.append(group).await?;
        took.push(watch.micros());
    }
    Ok(median(took))
}

async fn proofs(reader: &Reader, size: u64, count: usize, random: &mut Random) -> Done<f64> {
    let mut took = Vec::with_capacity(count);
    for _ in 0..count {
        let seq = random.below(size);
        let watch = Watch::start();
        reader.inclusion_proof(seq, size).await?;
        took.push(watch.micros());
    }
    Ok(median(took))
}

async fn cold(dir: &Path, size: u64, random: &mut Random) -> Done<f64> {
    let mut took = Vec::new();
    for _ in 0..COLD_PROOFS {
        let reader = Reader::open(dir)?;
        reader.head().await?;
        forget(reader.world().database().as_path())?;
        let seq = random.below(size);
        let watch = Watch::start();
        reader.inclusion_proof(seq, size).await?;
        took.push(watch.micros());
        reader.close().await;
    }
    Ok(median(took))
}

/// Has the system drop the file's pages.
fn forget(file: &Path) -> Done<()> {
    let file = std::fs::File::open(file)?;
    rustix::fs::fadvise(&file, 0, None, rustix::fs::Advice::DontNeed)?;
    Ok(())
}
