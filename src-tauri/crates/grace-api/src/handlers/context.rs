//! What every handler works with: the committed state of one world, and its engine when one runs.
//!
//! Owns reading entries, blobs and samples for views. Never changes anything: handlers that do, ask the engine.

use grace_domain::core::codes::Code;
use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use grace_domain::core::digest::Digest;
use grace_domain::core::time::Timestamp;
use grace_domain::judge::window::{Seen, Series};
use grace_domain::log::{Entry, Recorded};
use grace_domain::metrics::definition::Definitions;
use grace_domain::metrics::sample::Sample;
use grace_domain::world::World;
use grace_engine::blob_store::{BlobStore, EffectError};
use grace_engine::kept_content::LastReading;
use grace_engine::metrics::definitions::{DefinitionReader, Readable};
use grace_engine::metrics::seen;
use grace_engine::metrics::source::Span;
use grace_engine::occupancy::Occupancy;
use grace_engine::startup_verification::Proof;
use grace_engine::{Engine, Notice, Ports, recovery};
use grace_store::reader::Entry as Stored;
use grace_store::{Blobs, Integrity, Journal, OpenMode, Reader};
use tokio::sync::{OnceCell, broadcast};

use crate::handlers::jobs::table::Jobs;
use crate::handlers::metrics::refused::RefusedPushes;
use crate::handlers::single_flight::SingleFlight;
use crate::problem::Problem;
use crate::problems::{bad_event_id, fetch_problem, no_engine, open_problem, read_problem, recovery_problem};
use crate::text::phrases::{clause, sentence};
use crate::types::{Action, DoctorCheck, NoticeView, ProvingView};

/// Entries that one batch of notices holds.
const NOTICE_BATCH: usize = 256;

/// Checks of a world that were made together.
pub(crate) struct Checked {
    /// When they began.
    pub(crate) at: Timestamp,
    /// What they found.
    pub(crate) checks: Vec<DoctorCheck>,
}

/// A world to answer about. Clones share everything.
#[derive(Clone)]
pub struct Context(Arc<Inner>);

impl std::fmt::Debug for Context {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Context({}, engine: {})", self.0.dir.display(), self.0.engine.is_some())
    }
}

struct Inner {
    dir: PathBuf,
    reader: Reader,
    blobs: Blobs,
    engine: Option<Engine>,
    integrity: Integrity,
    ports: Ports,
    since: Timestamp,
    jobs: Jobs,
    refused_pushes: RefusedPushes,
    /// Without an engine nothing changes under us: read once.
    world: OnceCell<Arc<World>>,
    checks: SingleFlight<Checked>,
    doctor_checks: SingleFlight<Checked>,
    definitions: DefinitionReader,
    last_reading: LastReading,
}

impl Context {
    /// A world that `engine` runs.
    pub fn of_engine(engine: Engine) -> Self {
        let ports = engine.context().ports.clone();
        Self(Arc::new(Inner {
            dir: engine.dir().to_owned(),
            reader: engine.reader(),
            blobs: engine.context().blobs.0.clone(),
            integrity: engine.journal().integrity(),
            since: engine.since(),
            ports,
            definitions: engine.context().definitions.clone(),
            last_reading: engine.context().last_reading.clone(),
            engine: Some(engine),
            jobs: Jobs::default(),
            refused_pushes: RefusedPushes::default(),
            world: OnceCell::new(),
            checks: SingleFlight::default(),
            doctor_checks: SingleFlight::default(),
        }))
    }

    /// A world that nobody runs: no lock, no recovery, no effect.
    pub async fn read_only(dir: &Path) -> Result<Self, Problem> {
        let journal = Journal::open(dir, OpenMode::ReadOnly, None).await.map_err(|e| open_problem(&e))?;
        let ports = Ports::system();
        Ok(Self(Arc::new(Inner {
            dir: dir.to_owned(),
            reader: journal.reader(),
            blobs: journal.blobs().clone(),
            integrity: journal.integrity(),
            since: ports.clock.now(),
            ports,
            engine: None,
            jobs: Jobs::default(),
            refused_pushes: RefusedPushes::default(),
            world: OnceCell::new(),
            checks: SingleFlight::default(),
            doctor_checks: SingleFlight::default(),
            definitions: DefinitionReader::default(),
            last_reading: LastReading::default(),
        })))
    }

    /// The world's directory.
    pub fn dir(&self) -> &Path {
        &self.0.dir
    }

    /// The engine, or why there is none to ask.
    pub(crate) fn engine(&self) -> Result<&Engine, Problem> {
        self.0.engine.as_ref().ok_or_else(|| no_engine(self.dir()))
    }

    pub(crate) fn has_engine(&self) -> bool {
        self.0.engine.is_some()
    }

    pub(crate) fn reader(&self) -> &Reader {
        &self.0.reader
    }

    pub(crate) fn blobs(&self) -> &Blobs {
        &self.0.blobs
    }

    pub(super) fn jobs(&self) -> &Jobs {
        &self.0.jobs
    }

    /// The pushes of samples that were refused.
    pub(super) fn refused_pushes(&self) -> &RefusedPushes {
        &self.0.refused_pushes
    }

    /// The checks of `status`.
    pub(crate) fn checks(&self) -> &SingleFlight<Checked> {
        &self.0.checks
    }

    /// The checks of `doctor`.
    pub(crate) fn doctor_checks(&self) -> &SingleFlight<Checked> {
        &self.0.doctor_checks
    }

    /// What the last reading of kept contents found damaged.
    pub(crate) fn last_reading(&self) -> &LastReading {
        &self.0.last_reading
    }

    pub(crate) fn ports(&self) -> &Ports {
        &self.0.ports
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.0.ports.clock.now()
    }

    pub(crate) fn since(&self) -> Timestamp {
        self.0.since
    }

    pub(crate) fn integrity(&self) -> Integrity {
        self.0.engine.as_ref().map_or_else(|| self.0.integrity.clone(), |e| e.journal().integrity())
    }

    /// Why the engine decides nothing any more, in a sentence that says what to do.
    pub(crate) fn failed_part(&self) -> Option<String> {
        let failed = self.0.engine.as_ref()?.failed_part()?;
        let what = sentence(&clause(&failed.sentence()));
        Some(format!("{what} It takes nothing and begins nothing until it is started again."))
    }

    /// What may be done, while anything may: where nothing is decided any more, each action says so.
    pub(crate) fn open_for(&self, mut actions: Vec<Action>) -> Vec<Action> {
        let closed = match self.integrity() {
            Integrity::Broken { reason } => Some(format!(
                "The log is not what it was: {}. Nothing is written to it any more.",
                clause(&reason)
            )),
            Integrity::Intact => self.failed_part(),
        };
        if let Some(closed) = closed {
            for action in actions.iter_mut().filter(|a| a.allowed) {
                (action.allowed, action.reason) = (false, Some(closed.clone()));
            }
        }
        actions
    }

    /// Size and time of the proof of the whole log at the engine's start, once it is through.
    pub(crate) fn proved(&self) -> Option<(u64, String)> {
        match self.0.engine.as_ref()?.proof() {
            Proof::Whole { size, at } => Some((size, at.to_string())),
            Proof::Running { .. } | Proof::Broken { .. } => None,
        }
    }

    /// How far that proof is while it runs.
    pub(crate) fn proving(&self) -> Option<ProvingView> {
        match self.0.engine.as_ref()?.proof() {
            Proof::Running { done, total } => Some(ProvingView { done, total }),
            Proof::Whole { .. } | Proof::Broken { .. } => None,
        }
    }

    /// The committed working set.
    pub(crate) async fn world(&self) -> Result<Arc<World>, Problem> {
        if let Some(engine) = &self.0.engine {
            return Ok(engine.world());
        }
        let loaded = self.0.world.get_or_try_init(|| async {
            recovery::recover(&self.0.reader.proving()).await.map(Arc::new).map_err(|e| recovery_problem(&e))
        });
        loaded.await.cloned()
    }

    /// A blob, checked; `None` when it is not there.
    pub(crate) async fn blob(&self, digest: &Digest) -> Result<Option<Vec<u8>>, EffectError> {
        BlobStore(self.0.blobs.clone()).document(digest).await
    }

    /// What targets take for themselves, as the engine has seen it.
    pub(crate) fn occupancy(&self) -> Occupancy {
        self.0.engine.as_ref().map(|engine| engine.context().occupancy.clone()).unwrap_or_default()
    }

    /// The metric definitions in force, as far as they can be read.
    pub(crate) async fn definitions(&self) -> Result<Readable, Problem> {
        let world = self.world().await?;
        Ok(self.0.definitions.readable(&world, &BlobStore(self.0.blobs.clone())).await)
    }

    /// Every entry of one aggregate, oldest first.
    pub(crate) async fn entries_of(&self, subject: &str) -> Result<Vec<Recorded>, Problem> {
        recovery::entries_of(&self.0.reader, subject).await.map_err(|e| recovery_problem(&e))
    }

    /// Stored entries decoded, with those of their words that are there; `None` for one that this release does not
    /// know.
    pub(crate) async fn decoded(&self, stored: &[Stored]) -> Result<Vec<Option<Entry>>, Problem> {
        let seqs: Vec<u64> = stored.iter().map(|s| s.seq).collect();
        let words = self.0.reader.sealed_texts_of(&seqs).await.map_err(read_problem)?;
        let decode = |s: &Stored| {
            let mut entry = Entry::decode(&s.bytes).ok()?;
            if let Some(lines) = words.get(&s.seq) {
                entry.resolve(lines);
            }
            Some(entry)
        };
        Ok(stored.iter().map(decode).collect())
    }

    /// Samples of one series within a span, oldest first; of more than `most` the newest.
    pub(crate) async fn samples(
        &self,
        definitions: &Definitions,
        series: &Series,
        span: Span,
        most: usize,
    ) -> Result<Vec<Sample>, Problem> {
        seen::samples(&self.0.reader, definitions, series, span, most).await.map_err(fetch_problem)
    }

    /// What an evaluation finds of a series within a span.
    pub(crate) async fn seen(
        &self,
        definitions: &Definitions,
        series: &Series,
        span: Span,
    ) -> Result<Seen, Problem> {
        seen::seen(&self.0.reader, definitions, series, span).await.map_err(fetch_problem)
    }

    /// What happens after sequence `after`, or from now on.
    pub async fn notices(&self, after: Option<u64>) -> Result<Notices, Problem> {
        // Subscribed before the head is read: what is committed in between is read, not lost.
        let wake = self.engine()?.notices();
        let size = self.0.reader.head().await.map_err(read_problem)?.size;
        let next = match after {
            None => size,
            Some(seq) if seq < size => seq + 1,
            // It would wait for entries that were already told to somebody.
            Some(_) => {
                return Err(bad_event_id("This event lies beyond the log: it is of another world or copy."));
            }
        };
        Ok(Notices { reader: self.0.reader.clone(), wake, next, ready: VecDeque::new() })
    }
}

/// Notices in log order without a gap.
#[derive(Debug)]
pub struct Notices {
    reader: Reader,
    wake: broadcast::Receiver<Notice>,
    next: u64,
    ready: VecDeque<NoticeView>,
}

impl Notices {
    /// The next notices, at least one; an error when the engine has stopped.
    pub async fn next(&mut self) -> Result<Vec<NoticeView>, Problem> {
        loop {
            let entries = self.reader.entries(self.next, NOTICE_BATCH).await.map_err(read_problem)?;
            if let Some(last) = entries.last() {
                self.next = last.seq + 1;
                self.ready.extend(entries.into_iter().map(|e| NoticeView {
                    seq: e.seq,
                    entry_type: e.entry_type(),
                    calls: e.entry_type().calls(),
                    subject: e.subject,
                    at: e.at.to_string(),
                }));
                return Ok(self.ready.drain(..).collect());
            }
            match self.wake.recv().await {
                // A lag loses nothing: what was missed is read from the log.
                Ok(_) | Err(broadcast::error::RecvError::Lagged(_)) => {}
                Err(broadcast::error::RecvError::Closed) => {
                    return Err(Problem::new(
                        503,
                        Code::EngineStopped,
                        "The engine has stopped.",
                        "Start it again.",
                    ));
                }
            }
        }
    }
}
