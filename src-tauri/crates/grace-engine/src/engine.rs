//! The engine's handle: starts one engine on one world and answers from the log; signed envelopes come in by
//! `intake`. Holds no person's key.

mod intake;

use intake::keyring;
pub use intake::refused_statement;

use crate::context::{BlobStore, EffectContext};
use crate::couriers::local;
use crate::effects;
use crate::health::{Broken, Health};
use crate::input::Input;
use crate::keyring::{Keyring, KeyringError};
use crate::mesh::Bus;
use crate::metrics::definitions::DefinitionReader;
use crate::metrics::{Pushed, Samples, retain};
use crate::owner::{Notice, Owner, Publishers};
use crate::ports::Ports;
use crate::recovery::{self, HistoryError};
use crate::startup_verification::{self, Proof};
use crate::stop::{self, Phase, Stop, Stopper};
use futures_util::future::BoxFuture;
use grace_domain::core::ids::{ComponentId, HandshakeId, Nonce};
use grace_domain::core::limits;
use grace_domain::core::refusal::Refusal;
use grace_domain::core::time::Timestamp;
use grace_domain::crypto::keys::PublicKey;
use grace_domain::log::{Entry, Event, Recorded, Subject, WorldEvent};
use grace_domain::statement;
use grace_domain::world::{GenesisError, World};
use grace_store::{
    AppendError, Group, Integrity, Journal, NewEntry, OpenError, OpenMode, ReadError, Reader, layout,
};
use grace_target::{SandboxLauncher, clean_scratch};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::{broadcast, mpsc, watch};
use tokio::task::JoinHandle;

/// How often the owner is told that time went by.
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
    History(#[from] HistoryError),
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

/// A running engine. Cheap to clone; the last clone does not stop it, [`Engine::shutdown`] does.
#[derive(Clone)]
pub struct Engine {
    context: EffectContext,
    samples: Samples,
    journal: Arc<Journal>,
    notices: broadcast::Sender<Notice>,
    since: Timestamp,
    proof: startup_verification::Following,
    stopper: Stopper,
    tasks: Arc<tokio::sync::Mutex<Option<Tasks>>>,
}

/// What still runs, in the order in which it ends.
struct Tasks {
    /// Effects and ticks.
    others: Vec<JoinHandle<()>>,
    owner: Option<JoinHandle<()>>,
}

impl Engine {
    /// Takes the world up: lock, log, recovery, effects.
    pub async fn start(config: EngineConfig) -> Result<Self, StartError> {
        let layout = layout::World::at(&config.dir);
        let keyring = Keyring::of_world(&layout);
        // Told before its keys are missed.
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
        std::fs::create_dir_all(&scratch).map_err(StartError::Scratch)?;
        clean_scratch(&scratch).await.map_err(StartError::Scratch)?;
        let since = config.ports.clock.now();
        // Before anything is written: a log that this release cannot read, or must not believe, stays as it is.
        let mut world = recovery::recover(&reader.proving()).await.map_err(not_believed)?;
        record_start(&journal, &mut world, &config.ports).await?;
        let open = recovery::open_in(&world);
        let listed = reader.open_subjects().await.map_err(HistoryError::Read)?;
        if listed.is_none_or(|l| l.len() != open.len() || open.iter().any(|s| l.binary_search(s).is_err())) {
            journal.replace_open(open).await?;
        }
        journal.sweep_credit().await?;
        local::sweep(&config.dir, &world).map_err(StartError::Scratch)?;
        let size = reader.head().await.map_err(HistoryError::Read)?.size;

        let (inbox, messages) = mpsc::channel(limits::INBOX_WAITING);
        let (latest_tx, latest) = watch::channel(Arc::new(world.clone()));
        let (notices, _) = broadcast::channel(limits::NOTICES_WAITING);
        let (acting, changes) = mpsc::unbounded_channel();
        let (stopper, asked) = stop::channel();
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
            health: health.clone(),
        };
        // Recovery is the live path: the first change is "everything that is open".
        let _ = acting.send(effects::everything(&world));
        let tells = Publishers { latest: latest_tx, notices: notices.clone(), acting };
        let owner = Owner::new(journal.clone(), world, size, (config.ports, health.clone()), messages, tells);
        let owner = Some(health.watch_over("owner", owner.run(asked.clone())));
        let samples = Samples::new(journal.clone());
        let (proving, proof) = startup_verification::begin();
        let part = |name: &'static str, work: BoxFuture<'static, ()>| {
            health.watch_over(name, until_stopped(asked.clone(), work))
        };
        let others = vec![
            part("mesh", Box::pin(bus.run(size, context.latest.clone()))),
            part("retention of samples", Box::pin(retain(context.ports.clone(), samples.clone()))),
            part(
                "proof of the log",
                Box::pin(proving.run(journal.clone(), context.latest.clone(), context.ports.clone())),
            ),
            part("clock", Box::pin(tick(context.clone()))),
            health
                .watch_over("effects", effects::run(context.clone(), changes, proof.clone(), asked.clone())),
        ];
        tracing::info!(simulation, "engine started");
        let tasks = Arc::new(tokio::sync::Mutex::new(Some(Tasks { others, owner })));
        Ok(Self { context, samples, journal, notices, since, proof, stopper, tasks })
    }

    /// Stops effects, then the owner, then closes the log. Whoever waits for an answer gets it: what was being
    /// committed is committed, the rest is refused. What was in flight is found again at the next start. Whoever asks
    /// besides waits for the same end, and goes on with it when the other has given up.
    pub async fn shutdown(&self) {
        let mut tasks = self.tasks.lock().await;
        let Some(Tasks { others, owner }) = tasks.as_mut() else { return };
        self.stopper.ask(Phase::Effects);
        while let Some(task) = others.last_mut() {
            ended(task).await;
            others.pop();
        }
        self.stopper.ask(Phase::Owner);
        if let Some(task) = owner {
            ended(task).await;
        }
        *owner = None;
        if let Err(error) = self.journal.stop().await {
            tracing::warn!(%error, "the log was not closed in order; the next start recovers it");
        }
        *tasks = None;
    }

    /// The newest committed working set.
    pub fn world(&self) -> Arc<World> {
        self.context.world()
    }

    /// The log.
    pub fn reader(&self) -> Reader {
        self.context.reader.clone()
    }

    /// What effects work with; for previews and blobs.
    pub fn context(&self) -> &EffectContext {
        &self.context
    }

    /// The journal, for its integrity and fault injection in tests.
    pub fn journal(&self) -> &Journal {
        &self.journal
    }

    /// Directory of the world.
    pub fn dir(&self) -> &Path {
        &self.context.dir
    }

    /// The proof of the whole log at the start.
    pub fn proof(&self) -> Proof {
        self.proof.now()
    }

    /// The part that broke, if one did: nothing is decided or begun any more.
    pub fn broken(&self) -> Option<Broken> {
        self.context.health.broken()
    }

    /// Refuses in the name of the part that broke, for whoever changes something beside the log.
    pub fn whole(&self) -> Result<(), Refusal> {
        self.context.health.whole()
    }

    /// When this engine started.
    pub fn since(&self) -> Timestamp {
        self.since
    }

    /// Facts as they become durable.
    pub fn notices(&self) -> broadcast::Receiver<Notice> {
        self.notices.subscribe()
    }

    /// The mesh: release facts as CloudEvents.
    pub fn mesh(&self) -> &Bus {
        &self.context.bus
    }

    /// Takes samples in.
    pub async fn push_samples(&self, id: &ComponentId, pushed: &[Pushed]) -> Result<u32, Refusal> {
        self.samples.push(&self.context, id, pushed).await
    }

    /// The key of a local component, made when it has none, and its proof of possession for a handshake.
    pub fn component_possession(
        &self,
        component: &ComponentId,
        handshake: &HandshakeId,
        nonce: &Nonce,
    ) -> Result<(PublicKey, String), Refusal> {
        let key =
            self.context.keyring.component_or_new(component, &self.context.ports).map_err(|e| keyring(&e))?;
        let world = self.world();
        let message = statement::possession_message(world.origin(), handshake, component, nonce);
        Ok((key.public(), hex::encode(key.sign(&message))))
    }
}

/// Waits for a task that watches over a part; what became of the part is known by then.
async fn ended(task: &mut JoinHandle<()>) {
    if let Err(error) = task.await {
        tracing::error!(%error, "nobody watched over a part of the engine");
    }
}

async fn until_stopped(stop: Stop, work: impl Future<Output = ()>) {
    tokio::select! {
        () = stop.asked(Phase::Effects) => {}
        () = work => {}
    }
}

/// Tells that time goes by, as long as somebody decides what that means.
async fn tick(context: EffectContext) {
    while context.health.broken().is_none() {
        context.ports.clock.sleep_ms(TICK_MS).await;
        context.tell(Input::Tick).await;
    }
}

/// Before there is an owner; the working set learns of it.
async fn record_start(journal: &Journal, world: &mut World, ports: &Ports) -> Result<(), StartError> {
    let now = ports.clock.now();
    let epoch = journal.epoch().await.unwrap_or(0);
    let event = WorldEvent::EngineStarted { version: env!("CARGO_PKG_VERSION").into(), epoch };
    let entry = Entry {
        prev: world.last_seq(&Subject::World),
        simulated_time: ports.simulated_time(world),
        ..Entry::new(now, "engine", Event::World(event))
    };
    let (bytes, kind) = entry.encode().expect("invariant: a version and a counter always encode");
    let subject = entry.event.subject().to_string();
    let entries = vec![NewEntry { subject, kind, at: now, bytes }];
    let committed = journal.append(Group { entries, ..Group::default() }).await?;
    world.evolve(&Recorded { seq: committed.first_seq, entry });
    Ok(())
}

/// An entry that is not the one that was signed for is a broken log, as the examination at open would have said it.
fn not_believed(error: HistoryError) -> StartError {
    match error {
        HistoryError::Read(broken @ (ReadError::Broken { .. } | ReadError::Damaged { .. })) => {
            StartError::Broken { reason: broken.to_string() }
        }
        other => other.into(),
    }
}
