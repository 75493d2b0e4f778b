//! Starts what the state wants done: `todo(state)` minus what is in flight. Nothing else starts an effect; a start
//! after a crash and a start after a commit take the same way. An effect that panics is not tried again by this engine: it
//! is broken, nothing is started any more, and what the log is told of it stands in `panic`.

mod panic;

use crate::context::{BlobStore, EffectContext, EffectError};
use crate::couriers::{Ask, deliver, local};
use crate::input::Input;
use crate::owner::Changed;
use crate::prepare;
use crate::preview;
use crate::startup_verification::Following;
use crate::stop::{self, Stop};
use crate::watchdog::{self, WindowOwner};
use grace_domain::component::ComponentPhase;
use grace_domain::core::codes::Code;
use grace_domain::core::ids::ComponentId;
use grace_domain::handshake::{self, Handshake};
use grace_domain::log::Subject;
use grace_domain::log::{NoReceiptFacts, ReceiptFacts};
use grace_domain::statement::ReceiptAct;
use grace_domain::update::{self, Phase, Update};
use grace_domain::world::World;
use grace_target::TargetFault;
use grace_target::agent::AttemptFailed;
use grace_target::agent::receipt::short;
use grace_target::threads::Threads;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::{self, AbortHandle, JoinError, JoinSet};

/// A receipt that is refused is as good as none.
const NOT_TAKEN: &str = "its receipt was not taken";

/// Longest that is waited for work on threads that cannot be broken off, ms.
const THREADS_END_MS: u64 = 30_000;

/// Any effect, with an id that is stable over restarts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// Of an update.
    Update(update::Effect),
    /// Of a handshake.
    Handshake(handshake::Effect),
    /// Put the last known content back.
    Restore(ComponentId),
}

impl std::fmt::Display for Effect {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Update(update::Effect::Prepare { update, stage, .. }) => {
                write!(f, "stage {stage} of {update}")
            }
            Self::Update(update::Effect::Apply { update, component }) => {
                write!(f, "applying {update} to {component}")
            }
            Self::Update(update::Effect::Revert { update, component }) => {
                write!(f, "reverting {update} on {component}")
            }
            Self::Update(update::Effect::OpenWindow { update }) => write!(f, "baselines of {update}"),
            Self::Update(update::Effect::Watch { update }) => write!(f, "watch of {update}"),
            Self::Handshake(handshake::Effect::Announce { handshake }) => {
                write!(f, "announcement of {handshake}")
            }
            Self::Handshake(handshake::Effect::RecordBaseline { handshake }) => {
                write!(f, "first content of {handshake}")
            }
            Self::Handshake(handshake::Effect::OpenWindow { handshake }) => {
                write!(f, "baselines of {handshake}")
            }
            Self::Handshake(handshake::Effect::Watch { handshake }) => write!(f, "watch of {handshake}"),
            Self::Restore(component) => write!(f, "restoring {component}"),
        }
    }
}

/// What a subject wants done now.
pub fn todo(world: &World, subject: &Subject) -> Vec<Effect> {
    match subject {
        Subject::World => Vec::new(),
        Subject::Update(id) => world
            .updates
            .get(id)
            .map(|u| u.todo().into_iter().map(Effect::Update).collect())
            .unwrap_or_default(),
        Subject::Handshake(id) => world
            .handshakes
            .get(id)
            .map(|h| h.todo().into_iter().map(Effect::Handshake).collect())
            .unwrap_or_default(),
        Subject::Component(id) => world
            .components
            .get(id)
            .filter(|c| c.phase == ComponentPhase::Restoring)
            .map(|c| Effect::Restore(c.id.clone()))
            .into_iter()
            .collect(),
    }
}

/// Everything that is open, for the start.
pub fn everything(world: &World) -> BTreeSet<Subject> {
    let updates = world.updates.keys().cloned().map(Subject::Update);
    let handshakes = world.handshakes.keys().cloned().map(Subject::Handshake);
    let components = world.components.keys().cloned().map(Subject::Component);
    updates.chain(handshakes).chain(components).collect()
}

/// An effect in flight.
struct Running {
    subject: Subject,
    task: AbortHandle,
    /// An earlier engine had it to do, too.
    resumed: bool,
}

/// What runs now.
struct Runner {
    context: EffectContext,
    running: BTreeMap<Effect, Running>,
    tasks: JoinSet<()>,
    threads: Threads,
    /// Until everything that was open at the start has been looked at.
    recovering: bool,
}

/// Runs until it is asked to stop or the owner is gone; when it returns, no effect is in flight any more. Nothing is
/// started before the log is proved whole.
pub async fn run(
    context: EffectContext,
    mut changed: mpsc::UnboundedReceiver<Changed>,
    mut proof: Following,
    asked: Stop,
) {
    let ending = asked.asked(stop::Phase::Effects);
    tokio::pin!(ending);
    let health = context.health.clone();
    let breaking = health.breaks();
    tokio::pin!(breaking);
    tokio::select! {
        () = &mut ending => return,
        () = proof.whole() => {}
    }
    let mut broken = false;
    let mut runner = Runner {
        context,
        running: BTreeMap::new(),
        tasks: JoinSet::new(),
        threads: Threads::default(),
        recovering: true,
    };
    loop {
        tokio::select! {
            () = &mut ending => break,
            subjects = changed.recv() => {
                // Without an owner nobody takes a result; what was begun is still ended, not left half done.
                let Some(subjects) = subjects else { return runner.end(ending).await };
                for subject in &subjects {
                    runner.reconcile(subject);
                }
                // The first that is told is everything that was open.
                runner.recovering = false;
            }
            _ = &mut breaking, if !broken => {
                broken = true;
                runner.stop_watching();
            }
            Some(ended) = runner.tasks.join_next_with_id() => runner.ended(ended),
        }
    }
    runner.break_off().await;
}

impl Runner {
    fn ended(&mut self, ended: Result<(task::Id, ()), JoinError>) {
        let (id, failed) = match ended {
            Ok((id, ())) => (id, None),
            Err(error) => (error.id(), Some(error)),
        };
        // One that was stopped is not among them any more.
        let Some(effect) = self.running.iter().find(|(_, r)| r.task.id() == id).map(|(e, _)| e.clone())
        else {
            return;
        };
        let Some(Running { subject, resumed, .. }) = self.running.remove(&effect) else { return };
        if let Some(error) = failed {
            let look = panic::where_to_look(&effect, &self.context.world(), resumed);
            if let Some(broken) = self.context.health.lost(effect.to_string(), Some(look), error) {
                self.tasks.spawn(panic::record_failure(self.context.clone(), effect, broken.reason, resumed));
            }
        }
        self.reconcile(&subject);
    }

    /// Nobody judges what is seen any more.
    fn stop_watching(&mut self) {
        self.running.retain(|effect, running| {
            let keep = !stoppable(effect);
            if !keep {
                running.task.abort();
            }
            keep
        });
    }

    /// Waits until what runs has ended, or until there is no time for that.
    async fn end(mut self, ending: impl Future<Output = ()>) {
        self.stop_watching();
        let ended = async { while self.tasks.join_next().await.is_some() {} };
        tokio::select! {
            () = ending => {}
            () = ended => {}
        }
        self.break_off().await;
    }

    /// Ends what runs, now. What it has on threads cannot be broken off; for that one waits, not for ever: a disk may
    /// not answer any more.
    async fn break_off(mut self) {
        self.tasks.shutdown().await;
        let patience = Duration::from_millis(THREADS_END_MS);
        if tokio::time::timeout(patience, self.threads.ended()).await.is_err() {
            tracing::error!(
                waited_ms = THREADS_END_MS,
                "work on a target has not ended; the engine ends without it"
            );
        }
    }

    /// Stops watching what needs no watching any more, and starts what is wanted and not in flight. Always by the
    /// newest working set: an older one may want what has been done since.
    fn reconcile(&mut self, subject: &Subject) {
        let world = self.context.world();
        let wanted = todo(&world, subject);
        self.running.retain(|effect, running| {
            let keep = running.subject != *subject || wanted.contains(effect) || !stoppable(effect);
            if !keep {
                running.task.abort();
            }
            keep
        });
        if self.context.health.broken().is_some() || self.context.inbox.is_closed() {
            return;
        }
        for effect in wanted {
            if self.running.contains_key(&effect) {
                continue;
            }
            let (context, world, of) = (self.context.clone(), world.clone(), effect.clone());
            let work = async move { perform(&context, &world, &of).await };
            let task = self.tasks.spawn(self.threads.of(work));
            let resumed = self.recovering;
            self.running.insert(effect, Running { subject: subject.clone(), task, resumed });
        }
    }
}

/// Watching and asking can be stopped at any instant; everything else runs to its end.
fn stoppable(effect: &Effect) -> bool {
    match effect {
        Effect::Update(update::Effect::Watch { .. })
        | Effect::Handshake(handshake::Effect::Watch { .. } | handshake::Effect::Announce { .. }) => true,
        Effect::Update(_) | Effect::Handshake(_) | Effect::Restore(_) => false,
    }
}

async fn perform(context: &EffectContext, world: &World, effect: &Effect) {
    match effect {
        Effect::Update(e) => {
            let id = match e {
                update::Effect::Prepare { update, .. }
                | update::Effect::Apply { update, .. }
                | update::Effect::OpenWindow { update }
                | update::Effect::Watch { update }
                | update::Effect::Revert { update, .. } => update,
            };
            if let Some(update) = world.updates.get(id) {
                of_update(context, update, e).await;
            }
        }
        Effect::Handshake(e) => {
            let id = match e {
                handshake::Effect::Announce { handshake }
                | handshake::Effect::RecordBaseline { handshake }
                | handshake::Effect::OpenWindow { handshake }
                | handshake::Effect::Watch { handshake } => handshake,
            };
            if let Some(handshake) = world.handshakes.get(id) {
                of_handshake(context, handshake, e).await;
            }
        }
        Effect::Restore(id) => {
            let why = match deliver(context, id, Ask::Restore).await {
                Ok(receipt) => {
                    if context.tell(Input::Restored(id.clone(), Box::new(receipt))).await {
                        return;
                    }
                    NOT_TAKEN.to_owned()
                }
                Err(stuck) => short(&stuck.missing.reason),
            };
            context.tell(Input::NotRestored(id.clone(), why)).await;
        }
    }
}

/// Tells how an act at a component ended; true when the log says so. A receipt that is refused is as good as none: the
/// act is not done once more for that.
async fn tell_receipt(
    context: &EffectContext,
    update: &Update,
    component: &ComponentId,
    act: ReceiptAct,
    tried: Result<ReceiptFacts, AttemptFailed>,
) -> bool {
    let stuck = match tried {
        Ok(receipt) => {
            let found = Some(receipt.after);
            if context.tell(Input::Receipt(update.id.clone(), Box::new(receipt))).await {
                return true;
            }
            let missing = TargetFault::new(Code::ReceiptRefused, NOT_TAKEN);
            AttemptFailed { missing, begun: true, found }
        }
        Err(stuck) => stuck,
    };
    context.tell(no_receipt(update, component, act, stuck)).await
}

fn no_receipt(update: &Update, component: &ComponentId, act: ReceiptAct, stuck: AttemptFailed) -> Input {
    let AttemptFailed { missing, begun, found } = stuck;
    // A look names the component, and so do those who tell.
    let reason = missing.reason.strip_prefix(&format!("{component}: ")).unwrap_or(&missing.reason);
    let facts = NoReceiptFacts {
        component: component.clone(),
        act,
        code: missing.code,
        reason: short(reason).into(),
        begun,
        found,
    };
    Input::NoReceipt(update.id.clone(), Box::new(facts))
}

async fn of_update(context: &EffectContext, update: &Update, effect: &update::Effect) {
    match effect {
        update::Effect::Prepare { stage, .. } => {
            let done = prepare::run(context, update, *stage).await;
            context.tell(Input::StageDone(update.id.clone(), Box::new(done))).await;
        }
        update::Effect::Apply { component, .. } => {
            let tried = deliver(context, component, Ask::Apply(update)).await;
            if tell_receipt(context, update, component, ReceiptAct::Apply, tried).await {
                local::forget(context, &update.id, component).await;
            }
        }
        update::Effect::Revert { component, .. } => {
            let tried = deliver(context, component, Ask::Revert(update)).await;
            tell_receipt(context, update, component, ReceiptAct::Revert, tried).await;
        }
        update::Effect::OpenWindow { .. } => {
            let before = update.distributing_since.unwrap_or(update.created);
            let baselines = watchdog::baselines(context, &update.components, before).await;
            context.tell(Input::UpdateWindow(update.id.clone(), baselines)).await;
        }
        update::Effect::Watch { .. } => {
            if let (Phase::Observing { window: Some(window) }, Some(opened)) =
                (&update.phase, update.window_opened)
            {
                let whose = WindowOwner::Update(update.id.clone());
                watchdog::watch(context.clone(), whose, window.clone(), opened).await;
            }
        }
    }
}

async fn of_handshake(context: &EffectContext, h: &Handshake, effect: &handshake::Effect) {
    match effect {
        // The mesh tells it out of the log; what is in flight here is the time until the quorum or the deadline.
        handshake::Effect::Announce { .. } => std::future::pending().await,
        handshake::Effect::RecordBaseline { .. } => {
            let found = baseline(context, h).await.map_err(|m| m.reason);
            context.tell(Input::Baseline(h.id.clone(), found)).await;
        }
        handshake::Effect::OpenWindow { .. } => {
            let components = [h.component.clone()];
            let before = h.integrated.map_or(h.created, |(at, _)| at);
            let baselines = watchdog::baselines(context, &components, before).await;
            context.tell(Input::HandshakeWindow(h.id.clone(), baselines)).await;
        }
        handshake::Effect::Watch { .. } => {
            if let (handshake::Phase::Validating { window: Some(window) }, Some(opened)) =
                (&h.phase, h.window_opened)
            {
                let whose = WindowOwner::Handshake(h.id.clone());
                watchdog::watch(context.clone(), whose, window.clone(), opened).await;
            }
        }
    }
}

/// Inspects a target and keeps every managed byte, so that it can be put back one day.
pub async fn keep_content(
    blobs: &BlobStore,
    id: &ComponentId,
    target: &str,
) -> Result<(grace_domain::core::digest::Digest, grace_domain::core::digest::Digest), EffectError> {
    let inspection = preview::inspect_at(id, target).await?;
    inspection
        .target
        .keep(inspection.observed.contents(), blobs)
        .await
        .map_err(|e| EffectError::new(e.code(), format!("{id}: {e}")))?;
    let document = blobs.keep(&inspection.observed.document).await?;
    Ok((inspection.observed.digest, document))
}

async fn baseline(
    context: &EffectContext,
    h: &Handshake,
) -> Result<(grace_domain::core::digest::Digest, grace_domain::core::digest::Digest), EffectError> {
    // Looked at again: a link can have been moved since the request.
    let world = context.world();
    preview::apart_from_others(&h.component, &h.facts.target, preview::other_targets(&world, &h.component))?;
    keep_content(&context.blobs, &h.component, &h.facts.target).await
}
