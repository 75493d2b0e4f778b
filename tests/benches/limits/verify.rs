//! `verify`: the whole check of 1,000,000 entries against bare SHA-256 of the same bytes, and the memory it takes.
//!
//! The verification runs in a process of its own, so that its peak memory is its own.

use crate::logs::{self, LARGE};
use crate::report::{Done, Figure, Goal, PAIRS, Report, Watch};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::path::Path;
use std::process::Command;

/// The argument that makes this binary verify the directory that follows, and nothing else.
pub const CHILD: &str = "--verify-child";
/// Entries that are held to be hashed, again and again: more than fit into the caches near a core.
const HELD: u64 = 16_384;

pub async fn run(report: &mut Report) -> Done<()> {
    let place = logs::place()?;
    let (dir, journal) = logs::filled(report, place.path(), LARGE).await?;
    journal.close().await?;
    let held: Vec<Vec<u8>> = (0..HELD).map(|n| Ok(logs::entry(n)?.bytes)).collect::<Done<_>>()?;
    let bytes = held.iter().map(Vec::len).sum::<usize>() as f64 / held.len() as f64;
    let mut pairs = Vec::new();
    let mut peaks: Vec<u64> = Vec::new();
    // Once unmeasured: the file is in the page cache afterwards, if it fits.
    in_child(&dir)?;
    for _ in 0..PAIRS {
        let limit = LARGE as f64 / hash_all(&held);
        let seen = in_child(&dir)?;
        let seconds = seen["seconds"].as_f64().ok_or("the child told no time")?;
        peaks.push(seen["peak_kb"].as_u64().ok_or("the child told no peak")?);
        pairs.push((LARGE as f64 / seconds, limit));
    }
    let peak = peaks.iter().max().copied().unwrap_or_default() as f64 / 1024.0;
    report.add(Figure {
        workload: format!(
            "verification of {LARGE} entries of {bytes:.0} bytes: hashes, tree, nodes, index, signatures"
        ),
        ours: "verify_log in a process of its own, file in the page cache".into(),
        limit: "bare SHA-256 of as many entries in memory, one core".into(),
        unit: "entries/s",
        goal: Goal::None,
        pairs,
        notes: vec![format!("peak memory (VmHWM) {peak:.1} MiB, the highest of all runs")],
    });
    Ok(())
}

/// Hashes as many entries as the log has. Returns seconds.
fn hash_all(held: &[Vec<u8>]) -> f64 {
    let watch = Watch::start();
    for entry in held.iter().cycle().take(LARGE as usize) {
        std::hint::black_box(Sha256::digest(std::hint::black_box(entry)));
    }
    watch.seconds()
}

fn in_child(dir: &Path) -> Done<Value> {
    let out = Command::new(std::env::current_exe()?).arg(CHILD).arg(dir).output()?;
    if !out.status.success() {
        return Err(format!("verifying failed: {}", String::from_utf8_lossy(&out.stderr)).into());
    }
    Ok(serde_json::from_slice(&out.stdout)?)
}

/// What runs in the process of its own.
pub async fn child(dir: Option<String>) -> Done<()> {
    let dir = dir.ok_or("a directory is missing")?;
    let watch = Watch::start();
    let found = grace_store::verify_dir(&dir, |_, _| {}).await?;
    let seconds = watch.seconds();
    if !found.ok || found.size != LARGE {
        return Err(format!("{} entries, broken: {:?}", found.size, found.broken).into());
    }
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:")).ok_or("no VmHWM")?;
    let peak_kb: u64 = line.trim().trim_end_matches(" kB").trim().parse()?;
    println!("{}", json!({ "seconds": seconds, "peak_kb": peak_kb }));
    Ok(())
}
