//! Work that takes longer than a request: verifying the log, exporting the audit.
//!
//! Owns what a job does, and the operations that start, show and cancel one. The table of them is beside.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use grace_domain::core::codes::Code;
use grace_domain::core::digest::Digest;
use grace_domain::crypto::checkpoint::SignedCheckpoint;
use grace_domain::files::path::ManagedPath;
use grace_engine::{audit, recovery};
use grace_evidence::{PackWriter, header};
use grace_store::verify::{LogReport, verify_log};
use grace_store::{Blobs, Reader, World};
use grace_target::blocking;

use crate::handlers::context::Context;
use crate::handlers::jobs::evidence_check;
use crate::handlers::jobs::table::{Ended, Job};
use crate::problem::Problem;
use crate::problems::{invalid, open_problem, read_problem};
use crate::requests::*;
use crate::types::*;

/// Longest name of an export, bytes.
const NAME_BYTES: usize = 120;
/// Comparisons of the projections while the log grows under them.
const COMPARISONS: usize = 5;

fn new_id(ctx: &Context) -> String {
    format!("job_{}", ctx.ports().uuid())
}

/// How a job is doing.
pub(crate) async fn job_show(ctx: &Context, request: ById) -> Result<JobView, Problem> {
    Ok(ctx.jobs().find(&request.id)?.view())
}

/// Cancels a job.
pub(crate) async fn job_cancel(ctx: &Context, request: ById) -> Result<JobView, Problem> {
    let job = ctx.jobs().find(&request.id)?;
    job.request_cancel();
    Ok(job.view())
}

/// Starts to verify the whole log, its projections included.
pub(crate) async fn log_verify(ctx: &Context, _: Nothing) -> Result<JobView, Problem> {
    let job = ctx.jobs().start(new_id(ctx), ctx.now(), JobKind::Verify)?;
    let (ctx, task) = (ctx.clone(), Arc::clone(&job));
    run(Arc::clone(&job), async move {
        let work = verify(&ctx, &task);
        let ended = tokio::select! {
            ended = work => ended,
            () = cancel_requested(&task) => Ended::Cancelled,
        };
        if let Ended::Verified(view) = &ended
            && view.ok
        {
            ctx.jobs().keep_verified(view.size, ctx.now());
        }
        ended
    });
    Ok(job.view())
}

/// Runs a job to its end, whatever becomes of its task: one that panicked would hold its place for ever.
fn run(job: Arc<Job>, work: impl Future<Output = Ended> + Send + 'static) {
    tokio::spawn(async move {
        let ended = tokio::spawn(work).await;
        job.end(ended.unwrap_or_else(|error| Ended::Failed(format!("The job panicked: {error}."))));
    });
}

async fn cancel_requested(job: &Job) {
    while !job.cancel_requested() {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}

async fn verify(ctx: &Context, job: &Job) -> Ended {
    let progress = |done, total| job.progress(done, total);
    match verified(ctx.reader(), ctx.blobs(), progress).await {
        Ok(view) => Ended::Verified(view),
        Err(problem) => Ended::Failed(problem.detail),
    }
}

/// Verifies a log, and where that is whole, what stands beside it.
async fn verified(
    reader: &Reader,
    blobs: &Blobs,
    progress: impl FnMut(u64, u64) + Send,
) -> Result<LogVerifyView, Problem> {
    let report = verify_log(reader, progress).await.map_err(read_problem)?;
    let mut view = report_view(&report);
    if view.ok {
        beside(reader, blobs, &mut view).await;
    }
    Ok(view)
}

/// Verifies the log of the world in `dir` and its projections, without any engine and without taking its lock; works
/// on a log that would not open.
pub async fn verify_dir(dir: &Path, progress: impl FnMut(u64, u64) + Send) -> Result<LogVerifyView, Problem> {
    // Who is told to verify has come here already.
    let last = |problem: Problem| match problem.code {
        Code::WorldUnreadable => {
            Problem { hint: "It comes back only from a copy of the world.".to_owned(), ..problem }
        }
        _ => problem,
    };
    let reader = Reader::open(dir).map_err(|e| last(open_problem(&e)))?;
    let view = verified(&reader, &Blobs::at(&World::at(dir)), progress).await.map_err(last)?;
    reader.close().await;
    Ok(view)
}

/// A report of the store as a view.
pub(crate) fn report_view(report: &LogReport) -> LogVerifyView {
    let broken = report.broken.iter().map(|b| BrokenView::of_kind(b.seq, b.code, b.reason.clone())).collect();
    LogVerifyView { ok: report.ok, size: report.size, root: report.root.to_hex(), broken, redacted: 0 }
}

/// Looks at what stands beside a log that is whole.
async fn beside(reader: &Reader, blobs: &Blobs, view: &mut LogVerifyView) {
    let unread = |reason| vec![BrokenView::of_log(None, reason)];
    view.broken = projections(reader, &mut view.redacted).await.unwrap_or_else(unread);
    view.broken.extend(evidence_check::damaged(reader, blobs, view.size).await.unwrap_or_else(unread));
    view.broken.extend(in_force(reader, blobs).await.unwrap_or_else(unread));
    view.broken.extend(listed(reader).await.unwrap_or_else(unread));
    view.ok = view.broken.is_empty();
}

/// Tables beside the log whose indexes do not lead to all of their rows.
async fn listed(reader: &Reader) -> Result<Vec<BrokenView>, String> {
    let faults = reader.listed_faults().await.map_err(|e| e.to_string())?;
    let named = |fault| BrokenView::of_log(None, format!("the database beside the log: {fault}"));
    Ok(faults.into_iter().map(named).collect())
}

async fn in_force(reader: &Reader, blobs: &Blobs) -> Result<Vec<BrokenView>, String> {
    let world = recovery::recover(reader).await.map_err(|e| e.to_string())?;
    let lost = evidence_check::not_in_force(&world, blobs).await?;
    Ok(lost.into_iter().map(|reason| BrokenView::of_log(None, reason)).collect())
}

/// Differences between projections and log that are there every time one looks: a running engine moves both. Words
/// that were taken out are counted in `words`; a row that differs by them alone is none.
async fn projections(reader: &Reader, words: &mut u64) -> Result<Vec<BrokenView>, String> {
    let mut lasting: Option<Vec<BrokenView>> = None;
    for _ in 0..COMPARISONS {
        let size = reader.head().await.map_err(|e| e.to_string())?.size;
        let (found, redacted) = audit::compare(reader, size).await.map_err(|e| e.to_string())?;
        *words = redacted.texts;
        let found: Vec<BrokenView> = found
            .into_iter()
            .filter(|d| !redacted.explains(d))
            .map(|d| BrokenView::of_log(d.seq, d.reason))
            .collect();
        let kept = match lasting {
            None => found,
            Some(before) => before.into_iter().filter(|b| found.contains(b)).collect(),
        };
        let moved = reader.head().await.map_err(|e| e.to_string())?.size != size;
        if kept.is_empty() || !moved {
            return Ok(kept);
        }
        lasting = Some(kept);
    }
    Ok(lasting.unwrap_or_default())
}

/// Starts to write the audit beneath `exports/`.
pub(crate) async fn audit_export(ctx: &Context, request: ExportRequest) -> Result<JobView, Problem> {
    let name = if let Some(name) = request.name {
        file_name(&name)?
    } else {
        // To the millisecond, without what some systems refuse in names.
        let stamp: String = ctx.now().to_string().chars().take(23).filter(|c| *c != ':').collect();
        format!("audit-{stamp}.jsonl")
    };
    let dir = ctx.dir().join("exports");
    if dir.join(&name).exists() {
        return Err(Problem::new(
            409,
            Code::ExportExists,
            "A file of this name is there already.",
            "Choose another name.",
        ));
    }
    let world = ctx.world().await?;
    let signed = ctx.reader().checkpoint().await.map_err(read_problem)?;
    let head =
        header(&signed.text, &signed.checkpoint, ctx.reader().vkey(), world.name(), world.simulation());
    let job = ctx.jobs().start(new_id(ctx), ctx.now(), JobKind::Export)?;
    let export = Export {
        reader: ctx.reader().clone(),
        blobs: ctx.blobs().clone(),
        job: Arc::clone(&job),
        signed,
        head,
        dir,
        name,
    };
    run(Arc::clone(&job), async move {
        match export.run().await {
            Ok(Some(path)) => Ended::Exported(path),
            Ok(None) => Ended::Cancelled,
            Err(reason) => Ended::Failed(reason),
        }
    });
    Ok(job.view())
}

/// A name that is a file on every system, and no option on any command line.
fn file_name(name: &str) -> Result<String, Problem> {
    let plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'));
    let begins = name.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
    if plain && begins && name.len() <= NAME_BYTES && ManagedPath::parse(name).is_ok() {
        Ok(name.to_owned())
    } else {
        Err(invalid(
            Code::BadFileName,
            "An export is named with letters, digits, `-`, `_` and `.`, begins with none of `-` and `.`, does not end with `.`, and is no device of another system, as `con` is.",
            "For example audit-1.jsonl.",
        ))
    }
}

struct Export {
    reader: Reader,
    blobs: Blobs,
    job: Arc<Job>,
    signed: SignedCheckpoint,
    head: Vec<u8>,
    dir: PathBuf,
    name: String,
}

type Writer = PackWriter<BufWriter<tempfile::NamedTempFile>>;

impl Export {
    /// `None` when it was cancelled.
    async fn run(self) -> Result<Option<PathBuf>, String> {
        let size = self.signed.checkpoint.size;
        self.job.progress(0, size);
        let (dir, head) = (self.dir.clone(), self.head.clone());
        let mut writer = blocking(move || begin(&dir, &head)).await?;
        let mut entries = self.reader.stream_entries(0, size);
        let mut done = 0;
        while let Some(run) = entries.next().await.map_err(|e| e.to_string())? {
            if self.job.cancel_requested() {
                return Ok(None);
            }
            done += run.len() as u64;
            let blobs = self.blobs.clone();
            let range = (run.iter().next().map(|(seq, _)| seq), run.iter().last().map(|(seq, _)| seq));
            let words = match range {
                (Some(from), Some(last)) => {
                    self.reader.sealed_texts_between(from, last + 1).await.map_err(|e| e.to_string())?
                }
                (None, _) | (_, None) => BTreeMap::new(),
            };
            let written = tokio::task::spawn_blocking(move || {
                for (seq, bytes) in run.iter() {
                    let lines = words.get(&seq).map_or(&[][..], Vec::as_slice);
                    put(&mut writer, bytes, lines, &blobs)?;
                }
                Ok::<Writer, String>(writer)
            });
            writer = written.await.map_err(|_| "writing was cut short".to_owned())??;
            self.job.progress(done, size);
        }
        if self.job.cancel_requested() {
            return Ok(None);
        }
        blocking(move || finish(writer, &self.dir, &self.name)).await.map(Some)
    }
}

/// Begins the file beside its place, under a name of its own.
fn begin(dir: &Path, head: &[u8]) -> Result<Writer, String> {
    std::fs::create_dir_all(dir).map_err(|e| cannot_write(&e))?;
    let file = tempfile::Builder::new().prefix(".export-").tempfile_in(dir).map_err(|e| cannot_write(&e))?;
    PackWriter::start(BufWriter::new(file), head).map_err(|e| e.to_string())
}

/// Puts the whole file in its place, durably.
fn finish(writer: Writer, dir: &Path, name: &str) -> Result<PathBuf, String> {
    let file = writer.finish().map_err(|e| e.to_string())?;
    let file = file.into_inner().map_err(|e| cannot_write(e.error()))?;
    file.as_file().sync_all().map_err(|e| cannot_write(&e))?;
    let path = dir.join(name);
    file.persist_noclobber(&path).map_err(|e| cannot_write(&e.error))?;
    sync_dir(dir).map_err(|e| cannot_write(&e))?;
    Ok(path)
}

/// What is there of the texts and documents is written; the rest is said to be redacted.
fn put(writer: &mut Writer, bytes: &[u8], lines: &[u8], blobs: &Blobs) -> Result<(), String> {
    let needed = writer.needed(bytes).map_err(|e| e.to_string())?;
    let envelopes = needed.envelopes.iter().map(|d| envelope(blobs, d)).collect::<Result<Vec<_>, _>>()?;
    let lines: BTreeMap<Digest, &[u8]> = lines.split(|b| *b == b'\n').map(|l| (Digest::of(l), l)).collect();
    let mut salted = Vec::with_capacity(needed.texts.len() + needed.documents.len());
    for digest in &needed.texts {
        salted.push((*digest, lines.get(digest).map(|line| line.to_vec())));
    }
    for digest in &needed.documents {
        salted.push((*digest, blobs.get(digest).map_err(|e| e.to_string())?));
    }
    writer.entry(bytes, &envelopes, &salted).map_err(|e| e.to_string())
}

fn envelope(blobs: &Blobs, digest: &Digest) -> Result<Vec<u8>, String> {
    match blobs.get(digest) {
        Ok(Some(bytes)) => Ok(bytes),
        Ok(None) => Err(format!("the envelope {digest} is missing")),
        Err(e) => Err(e.to_string()),
    }
}

fn sync_dir(dir: &Path) -> std::io::Result<()> {
    File::open(dir)?.sync_all()
}

fn cannot_write(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::AlreadyExists => "a file of this name came there meanwhile".to_owned(),
        kind => format!("the export cannot be written: {kind}"),
    }
}
