//! Logs to measure on: entries of about a kilobyte in a directory that vanishes with the bench.
//!
//! Owns where the data lies: in the target directory, whose file system is the one that is measured.

use crate::report::{Done, Report, Watch};
use grace_domain::core::canon;
use grace_domain::core::time::Timestamp;
use grace_domain::crypto::keys::SignerKey;
use grace_store::{Group, Journal, NewEntry, WorldInit};
use serde_json::json;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// Entries of the large log.
pub const LARGE: u64 = 1_000_000;
/// Entries of the small log.
pub const SMALL: u64 = 1_000;
/// Entries per group while a log is made.
const GROUP: u64 = 1_024;
/// Bytes that fill an entry up to about a kilobyte.
const FILL_BYTES: usize = 860;
const START_MS: i64 = 1_790_000_000_000;

/// A directory for the data of a bench.
pub fn place() -> Done<TempDir> {
    Ok(tempfile::Builder::new().prefix("grace-bench-").tempdir_in(env!("CARGO_TARGET_TMPDIR"))?)
}

pub fn log_key() -> SignerKey {
    SignerKey::from_seed([7; 32])
}

/// Entry `n`, the same in every run: hex that looks as unlike its neighbours as digests do.
pub fn entry(n: u64) -> Done<NewEntry> {
    let at = Timestamp::from_millis(START_MS + i64::try_from(n)?);
    let subject = format!("upd_{:08}", n / 14);
    let kind = ["update.proposed", "update.carded", "update.approved", "update.receipt"][(n % 4) as usize];
    let mut random = Random::new(n);
    let mut note = String::with_capacity(FILL_BYTES + 16);
    while note.len() < FILL_BYTES {
        note.push_str(&format!("{:016x}", random.next()));
    }
    let body = json!({
        "v": 1, "type": kind, "at": at, "actor": "person:ann", "subject": subject, "note": note,
    });
    Ok(NewEntry { subject, kind: kind.to_owned(), at, bytes: canon::to_canonical(&body)? })
}

/// A new empty log in `dir`.
pub async fn create(dir: &Path) -> Done<Journal> {
    let init = WorldInit { name: "bench".into(), origin: "grace.bench/log".into() };
    Ok(Journal::create(dir, &init, log_key()).await?)
}

/// A log of so many entries in `top`, open.
pub async fn filled(report: &Report, top: &Path, size: u64) -> Done<(PathBuf, Journal)> {
    let dir = top.join(format!("log-{size}"));
    let journal = create(&dir).await?;
    let watch = Watch::start();
    let mut from = 0;
    let mut next = tokio::task::spawn_blocking(move || group(0, size));
    while from < size {
        let to = size.min(from + GROUP);
        let ready = next.await??;
        // Made on another thread while the log writes.
        next = tokio::task::spawn_blocking(move || group(to, size));
        journal.append(ready).await?;
        from = to;
    }
    let rate = size as f64 / watch.seconds();
    report.progress(&format!("made a log of {size} entries, {rate:.0} entries/s in groups of {GROUP}"));
    Ok((dir, journal))
}

fn group(from: u64, size: u64) -> Done<Group> {
    let entries = (from..size.min(from + GROUP)).map(entry).collect::<Done<_>>()?;
    Ok(Group { entries, ..Group::default() })
}

/// A generator whose runs are all alike (SplitMix64); nothing here is secret.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }
}
