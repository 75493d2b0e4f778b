//! The whole log checked against what was signed: every entry hashed, the tree computed anew, every stored node and
//! row compared, the index by subject held against the entries, head, signature and pin checked.
//!
//! Owns the report, which names the place of each break. Never repairs, never takes the lock, holds two runs of entries
//! whatever the length of the log, and works on a log that would not open.

use std::path::Path;

use grace_domain::core::digest::Digest;
use grace_domain::crypto::checkpoint::{self, Checkpoint};
use grace_domain::crypto::merkle::Frontier;
use serde::Serialize;
use sqlx::Connection as _;

use super::breaks::{Break, Breaks};
use super::index::{self, ExpectedIndex};
use super::walk::Walk;
use super::{locate, run};
use crate::db::{self, from_sql_int};
use crate::integrity::{self, Ends, HeadRow};
use crate::newest::Newest;
use crate::open::OpenError;
use crate::reader::{ReadError, Reader};
use crate::tree;
use crate::{pin, stream};

/// What a verification found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LogReport {
    /// Nothing is broken.
    pub ok: bool,
    /// Entries read.
    pub size: u64,
    /// Root over their bytes; a missing entry counts with the hash that the tree has of it.
    pub root: Digest,
    /// Every break found, up to [`BREAKS_MAX`].
    pub broken: Vec<Break>,
}

/// Verifies the log of the world in `dir`; `progress` is told entries done and entries in all.
pub async fn verify_dir(
    dir: impl AsRef<Path>,
    progress: impl FnMut(u64, u64) + Send,
) -> Result<LogReport, VerifyError> {
    let reader = Reader::open(dir)?;
    let report = verify_log(&reader, progress).await;
    reader.close().await;
    Ok(report?)
}

/// Why there is no report at all.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// No world, or no key to verify with.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The database answers nothing.
    #[error(transparent)]
    Read(#[from] ReadError),
}

/// Where the tables of the log end, and the head row, in one snapshot.
struct Extent {
    head: Option<HeadRow>,
    ends: Ends,
}

/// Verifies the log behind `reader`. Entries appended meanwhile are not looked at.
pub async fn verify_log(
    reader: &Reader,
    mut progress: impl FnMut(u64, u64) + Send,
) -> Result<LogReport, ReadError> {
    let mut breaks = Breaks::default();
    // The pin first: it follows the log, so a pin read before the head can never be ahead of an honest one.
    let pinned = read_pin(reader, &mut breaks);
    schema(reader, &mut breaks).await;
    let extent = extent(reader).await?;
    let head = match &extent.head {
        None => {
            breaks.add(None, "the head row is missing");
            None
        }
        Some(row) => match integrity::signed_head(row, reader.vkey()) {
            Ok(head) => Some(head.checkpoint),
            Err(reason) => {
                breaks.add(None, reason);
                None
            }
        },
    };
    let signed_size = head.as_ref().map(|head| head.size);
    check_ends(&extent, signed_size, &mut breaks);

    // A forged length must not make the walk endless: runs without entries jump to the next one that is there.
    let end = signed_size.unwrap_or(extent.ends.entries).min(extent.ends.entries);
    let before_walk = breaks.count();
    let mut walk = Walk {
        frontier: Frontier::new(),
        read: 0,
        pinned,
        pinned_root: None,
        index: ExpectedIndex::default(),
        newest: Newest::new(),
        breaks,
    };
    walk.note_pin();
    progress(0, end);
    let mut fetched = fetch(reader, 0, stream::next_run(0, 0), end).await;
    while let Some(mut current) = fetched.take() {
        if current.is_gap() {
            match skip_gap(reader, &current, end, &mut walk.breaks).await {
                Some(after) => current = after,
                None => break,
            }
        }
        let (from, to) = (current.from, current.to);
        let next = fetch(reader, to, stream::next_run(to - from, current.bytes()), end);
        let checked = tokio::task::spawn_blocking(move || walk.take(current));
        let (ahead, checked) = tokio::join!(next, checked);
        let lost = |_| ReadError::Damaged { reason: "the checking task ended early".to_owned() };
        let (returned, suspect) = checked.map_err(lost)?;
        walk = returned;
        if let Some(suspect) = suspect
            && !walk.breaks.full()
            && let Err(error) = locate::rows(reader, &suspect, &mut walk.breaks).await
        {
            walk.breaks.add(Some(from), format!("entries {from} to {} cannot be read: {error}", to - 1));
        }
        fetched = ahead;
        progress(to, end);
    }
    let located = walk.breaks.count() > before_walk;
    if !located {
        // Rows that are not what was signed have been named; the way to them says nothing more.
        if let Err(error) = index::compare(reader, &walk.index, end, &mut walk.breaks).await {
            walk.breaks.index_differs(None, format!("the index by subject cannot be read: {error}"));
        }
    }
    let newest = std::mem::take(&mut walk.newest);
    let report = finish(reader, walk, end, head, located).await;
    if report.ok {
        reader.newest().walked(newest);
    }
    Ok(report)
}

/// Fetches `from..from + length`, cut at `end`; `None` at the end.
async fn fetch(reader: &Reader, from: u64, length: u64, end: u64) -> Option<run::Fetched> {
    if from >= end {
        return None;
    }
    Some(run::fetch(reader, from, end.min(from.saturating_add(length))).await)
}

/// For a run without any entry: says so once, and gives the run at which entries go on.
async fn skip_gap(
    reader: &Reader,
    gap: &run::Fetched,
    end: u64,
    breaks: &mut Breaks,
) -> Option<run::Fetched> {
    let from = gap.from;
    let next: Result<Option<i64>, _> = sqlx::query_scalar("SELECT min(seq) FROM entries WHERE seq >= ?")
        .bind(db::sql_int(from))
        .fetch_one(reader.pool())
        .await;
    let next = match next {
        Ok(next) => next.and_then(|next| from_sql_int(next).ok()).unwrap_or(end).min(end),
        Err(error) => {
            breaks.add(Some(from), format!("entries from {from} on cannot be read: {error}"));
            return None;
        }
    };
    breaks.add(Some(from), format!("entries {from} to {} are missing", next.saturating_sub(1)));
    fetch(reader, next, gap.to - from, end).await
}

fn read_pin(reader: &Reader, breaks: &mut Breaks) -> Option<Checkpoint> {
    let text = match pin::read(reader.world()) {
        Ok(Some(text)) => text,
        Ok(None) => {
            breaks.add(None, "the pin is missing");
            return None;
        }
        Err(error) => {
            breaks.add(None, format!("the pin: {error}"));
            return None;
        }
    };
    match checkpoint::verify(&text, reader.vkey()) {
        Ok(pinned) => Some(pinned),
        Err(error) => {
            breaks.add(None, format!("the pin: {error}"));
            None
        }
    }
}

async fn schema(reader: &Reader, breaks: &mut Breaks) {
    let differences = async {
        let mut conn = db::connect_reader(&reader.world().database()).await?;
        let applied = db::applied_migration(&mut conn, &db::LOG).await?;
        let differences = db::schema_differences(&mut conn, &db::LOG, applied).await?;
        conn.close().await?;
        Ok::<_, db::DbError>(differences)
    };
    match differences.await {
        Ok(differences) => {
            for difference in differences {
                breaks.add(None, format!("the schema is not ours: {difference}"));
            }
        }
        Err(error) => breaks.add(None, format!("the schema: {error}")),
    }
}

async fn extent(reader: &Reader) -> Result<Extent, ReadError> {
    let mut conn = reader.pool().acquire().await?;
    // One transaction: the head and the ends belong to the same moment.
    sqlx::query("BEGIN").execute(&mut *conn).await?;
    let read = async {
        let head = integrity::head_row(&mut *conn).await?;
        let ends = integrity::ends(&mut conn).await?;
        Ok::<_, sqlx::Error>(Extent { head, ends })
    };
    let extent = read.await;
    sqlx::query("ROLLBACK").execute(&mut *conn).await?;
    Ok(extent?)
}

fn check_ends(extent: &Extent, signed_size: Option<u64>, breaks: &mut Breaks) {
    let size = signed_size.unwrap_or(extent.ends.entries);
    for (what, end) in [("entries", extent.ends.entries), ("leaves", extent.ends.leaves)] {
        if end < size {
            breaks.add(Some(end), format!("{what} end after {end}; the signed head says {size} entries"));
        } else if end > size {
            breaks.add(Some(size), format!("{what} go on to {end} beyond the signed head of {size} entries"));
        }
    }
    let blocks = tree::block_of(size);
    if extent.ends.branches > blocks {
        breaks.add(Some(size), format!("branches go on beyond the {blocks} whole blocks of {size} entries"));
    }
}

/// The roots: over the entries read, of the signed head, of the pin.
async fn finish(reader: &Reader, walk: Walk, end: u64, head: Option<Checkpoint>, located: bool) -> LogReport {
    let Walk { frontier, read, pinned, pinned_root, mut breaks, .. } = walk;
    let root = frontier.root();
    // Behind a gap of a whole run there is no root to compare; the gap was named.
    let whole = frontier.size() == end;
    let signed = head.as_ref().is_some_and(|head| head.size == end && head.root == root);
    if whole && head.as_ref().is_some_and(|head| head.size == end && head.root != root) {
        breaks.add(None, "the root over the entries is not the one that was signed");
    }
    let mut bad =
        (whole && !signed).then_some(end).filter(|end| head.as_ref().is_some_and(|head| head.size == *end));
    let mut continues = true;
    if let Some(pinned) = &pinned {
        if pinned.size > end {
            continues = false;
            breaks.add(
                Some(end),
                format!(
                    "the pin has seen {} entries, the log has {end}: an older log was put in place, \
                     or entries were cut off",
                    pinned.size
                ),
            );
        } else if whole && pinned_root != Some(pinned.root) {
            continues = false;
            bad = Some(pinned.size);
            breaks.add(
                None,
                format!("the log is not a continuation of the pinned one of {} entries", pinned.size),
            );
        }
    }
    let fits = signed && continues;
    if !located && !fits {
        // Every hash was recomputed to fit; only the signatures of the groups tell where the rewriting begins.
        match locate::signed_up_to(reader, end, bad).await {
            Ok((from, Some(to))) => {
                let reason =
                    format!("entries {from} to {} are not the ones that were signed", to.saturating_sub(1));
                breaks.add(Some(from), reason);
            }
            Ok((from, None)) if from < end && !signed => {
                let reason = format!("no signature that fits covers entries {from} to {}", end - 1);
                breaks.add(Some(from), reason);
            }
            Ok((_, None)) => {}
            Err(error) => breaks.add(None, format!("the place cannot be found: {error}")),
        }
    }
    let broken = breaks.into_vec();
    LogReport { ok: broken.is_empty(), size: read, root, broken }
}
