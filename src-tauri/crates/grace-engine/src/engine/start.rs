//! Taking a world up: lock, log, recovery, then every part of the engine. Before the log is recovered nothing is written.

use super::handle::Engine;
use super::shutdown::Running;
use crate::blob_store::BlobStore;
use crate::couriers;
use crate::effects::context::EffectContext;
use crate::effects::runner;
use crate::health::Health;
use crate::kept_content::LastReading;
use crate::keyring::{Keyring, KeyringError};
use crate::mesh::Bus;
use crate::metrics::definitions::DefinitionReader;
use crate::metrics::{queue, retain};
use crate::occupancy::Occupancy;
use crate::owner::{Owner, Publishers};
use crate::ports::Ports;
use crate::recovery;
use crate::recovery_error::RecoveryError;
use crate::startup_verification::{self, Following};
use crate::stop::{self, Phase, Stop};
use crate::waiting_progress::{WaitingProgress, keep_together};
use futures_util::future::BoxFuture;
use grace_domain::core::limits;
use grace_domain::log::{Actor, Entry, Event, Recorded, Subject, WorldEvent};
use grace_domain::world::{GenesisError, World};
use grace_store::{AppendError, Group, Integrity, Journal, NewEntry, OpenError, OpenMode, layout};
use grace_target::{SandboxLauncher, blocking, clean_scratch};
use std::path::PathBuf;
use std::sync::Arc;
use tokio::sync::{broadcast, mpsc, watch};

/// How often the owner hears that time went by.
const TICK_MS: u64 = 250;

/// How to start an engine.
#[derive(Clone)]
pub struct EngineConfig {
    /// The world's directory.
    pub dir: PathBuf,
    /// Time and randomness.
    pub ports: Ports,
    /// The binary that starts sandboxed checks.
    pub launcher: SandboxLauncher,
}

/// Why no engine runs.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The world, its lock or its log.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The log contradicts its signature or its pin.
    #[error("the log is not what it was: {reason}; the world opens for reading only")]
    Broken {
        /// What does not fit.
        reason: String,
    },
    /// Keys.
    #[error(transparent)]
    Keys(#[from] KeyringError),
    /// The log could not be replayed.
    #[error(transparent)]
    Recovery(#[from] RecoveryError),
    /// The genesis entry.
    #[error(transparent)]
    Genesis(#[from] GenesisError),
    /// The start could not be recorded.
    #[error("the start could not be written to the log: {0}")]
    Append(#[from] AppendError),
    /// Scratch space.
    #[error("the scratch directory could not be made")]
    Scratch(#[source] std::io::Error),
}

impl Engine {
    /// Opens the world: lock, log, recovery, effects.
    pub async fn start(config: EngineConfig) -> Result<Self, StartError> {
        let layout = layout::World::at(&config.dir);
        let keyring = Keyring::of_world(&layout);
        // Said before its keys are missed.
        if let Ok(None) = layout.info() {
            return Err(OpenError::NotAWorld { dir: config.dir.display().to_string() }.into());
        }
        let journal = Journal::open(&config.dir, OpenMode::ReadWrite, keyring.log()?).await?;
        if let Integrity::Broken { reason } = journal.integrity() {
            return Err(StartError::Broken { reason });
        }
        let journal = Arc::new(journal);
        let reader = journal.reader();
        let scratch = config.dir.join("scratch");
        let made = scratch.clone();
        blocking(move || std::fs::create_dir_all(made)).await.map_err(StartError::Scratch)?;
        clean_scratch(&scratch).await.map_err(StartError::Scratch)?;
        let since = config.ports.clock.now();
        // Before anything is written: a log that this release cannot read, or must not believe, stays as it is.
        let mut world = recovery::recover(&reader.proving()).await.map_err(not_believed)?;
        let size = reader.head().await.map_err(RecoveryError::Read)?.size;
        let size = record_start(&journal, &mut world, size, &config.ports).await?;
        let open = recovery::open_in(&world);
        let listed = reader.open_subjects().await.map_err(RecoveryError::Read)?;
        if listed.is_none_or(|l| l.len() != open.len() || open.iter().any(|s| l.binary_search(s).is_err())) {
            journal.replace_open(open).await?;
        }
        journal.sweep_window_progress().await?;
        let (dir, known) = (config.dir.clone(), world.clone());
        blocking(move || couriers::sweep(&dir, &known)).await.map_err(StartError::Scratch)?;

        let (inbox, messages) = mpsc::channel(limits::INBOX_WAITING);
        let (latest_tx, latest) = watch::channel(Arc::new(world.clone()));
        let (notices, _) = broadcast::channel(limits::NOTICES_WAITING);
        let (acting, changes) = mpsc::unbounded_channel();
        let (stopper, stop) = stop::channel();
        let simulation = world.simulation();
        let bus = Bus::new(reader.clone(), world.origin());
        let health = Health::default();
        let context = EffectContext {
            bus: bus.clone(),
            dir: config.dir.clone(),
            blobs: BlobStore(journal.blobs().clone()),
            reader,
            journal: journal.clone(),
            keyring,
            ports: config.ports.clone(),
            launcher: config.launcher,
            scratch,
            started_at_size: size,
            inbox,
            latest,
            definitions: DefinitionReader::default(),
            last_reading: LastReading::default(),
            occupancy: Occupancy::default(),
            progress: WaitingProgress::default(),
            health: health.clone(),
        };
        // Recovery is the live path: the first change is "everything that is open".
        let _ = acting.send(world.subjects().collect());
        let publishers = Publishers { latest: latest_tx, notices: notices.clone(), acting };
        let owner =
            Owner::new(journal.clone(), world, size, (config.ports, health.clone()), messages, publishers);
        let owner = health.watch_over("owner", owner.run(stop.clone()));
        let (samples, flusher) = queue();
        let (proving, proof) = startup_verification::begin();
        let part = |name: &'static str, work: BoxFuture<'static, ()>| {
            health.watch_over(name, until_stopped(stop.clone(), work))
        };
        let kept = keep_together(context.progress.clone(), journal.clone(), context.ports.clone());
        let others = vec![
            part("mesh", Box::pin(bus.run(size, context.latest.clone()))),
            part("retention of samples", Box::pin(retain(context.ports.clone(), journal.clone()))),
            part("proof of the log", Box::pin(proving.run(context.clone()))),
            part("clock", Box::pin(tick(context.clone(), proof.clone()))),
            health.watch_over("samples", flusher.run(journal.clone(), context.ports.clone(), stop.clone())),
            part("progress of windows", Box::pin(kept)),
            health.watch_over("effects", runner::run(context.clone(), changes, proof.clone(), stop.clone())),
        ];
        tracing::info!(simulation, "engine started");
        let running =
            Running::new((others, owner), stopper.clone(), journal.clone(), context.progress.clone());
        Ok(Self { context, samples, journal, notices, since, proof, stopper, running })
    }
}

async fn until_stopped(stop: Stop, work: impl Future<Output = ()>) {
    tokio::select! {
        () = stop.requested(Phase::Effects) => {}
        () = work => {}
    }
}

/// Reports that time goes by, as long as somebody decides what that means, and not before the log is proved: what was read
/// of it until then may lack what somebody hid.
async fn tick(context: EffectContext, mut proof: Following) {
    proof.proved().await;
    while context.health.failed_part().is_none() {
        context.ports.clock.sleep_ms(TICK_MS).await;
        context.tick().await;
    }
}

/// Before there is an owner, behind a log of `size` entries; the working set learns of it. Gives the size after it.
async fn record_start(
    journal: &Journal,
    world: &mut World,
    size: u64,
    ports: &Ports,
) -> Result<u64, StartError> {
    let now = ports.clock.now();
    let epoch = journal.epoch().await.unwrap_or(0);
    let started = WorldEvent::EngineStarted { version: env!("CARGO_PKG_VERSION").into(), epoch };
    let events = world.clock_set_back(now, world.newest_at()).into_iter().chain([started]);
    let simulated_time = ports.simulated_time(world);
    let mut prev = world.last_seq(&Subject::World);
    let (mut entries, mut recorded) = (Vec::new(), Vec::new());
    for (seq, event) in (size..).zip(events) {
        let event = Event::World(event);
        let entry = Entry { prev, simulated_time, ..Entry::new(now, Actor::Engine.to_string(), event) };
        prev = Some(seq);
        let (bytes, kind) = entry.encode().expect("invariant: a version, a counter and a time always encode");
        let subject = entry.event.subject().to_string();
        entries.push(NewEntry { subject, kind, at: now, bytes });
        recorded.push(Recorded { seq, entry });
    }
    journal.append(Group { entries, ..Group::default() }).await?;
    for recorded in &recorded {
        world.evolve(recorded);
    }
    Ok(size + recorded.len() as u64)
}

/// An entry that is not the one that was signed for is a broken log, as the examination at open would have said it.
fn not_believed(error: RecoveryError) -> StartError {
    match error.contradiction() {
        Some(reason) => StartError::Broken { reason },
        None => error.into(),
    }
}
