//! Starts what the state wants done: `todo(state)` minus what is in flight. Nothing else starts an effect; a start
//! after a crash and a start after a commit take the same way.

use crate::distribute;
use crate::input::Input;
use crate::owner::Committed;
use crate::preview;
use crate::prepare;
use crate::shop::{Missing, Shelf, Shop};
use crate::subsystems;
use crate::target::snapshot;
use crate::watchdog::{self, Whose};
use grace_domain::component::ComponentPhase;
use grace_domain::handshake::{self, Handshake};
use grace_domain::ids::{ComponentId, Subject};
use grace_domain::update::{self, Phase, Update};
use grace_domain::world::World;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio::task::AbortHandle;

/// How long an effect that could not even be tried waits before it is tried again.
const RETRY_MS: u64 = 2_000;

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

/// Runs until the owner is gone.
pub async fn run(shop: Shop, mut committed: mpsc::UnboundedReceiver<Committed>) {
    let mut running: BTreeMap<Effect, (Subject, AbortHandle)> = BTreeMap::new();
    let (ended_tx, mut ended) = mpsc::unbounded_channel::<Effect>();
    loop {
        tokio::select! {
            commit = committed.recv() => {
                let Some(commit) = commit else { break };
                for subject in &commit.subjects {
                    reconcile(&shop, &commit.world, subject, &mut running, &ended_tx);
                }
            }
            Some(effect) = ended.recv() => {
                if let Some((subject, _)) = running.remove(&effect) {
                    let world = shop.world();
                    reconcile(&shop, &world, &subject, &mut running, &ended_tx);
                }
            }
        }
    }
    for (_, handle) in running.into_values() {
        handle.abort();
    }
}

/// Stops watching what needs no watching any more, and starts what is wanted and not in flight.
fn reconcile(
    shop: &Shop,
    world: &Arc<World>,
    subject: &Subject,
    running: &mut BTreeMap<Effect, (Subject, AbortHandle)>,
    ended: &mpsc::UnboundedSender<Effect>,
) {
    let wanted = todo(world, subject);
    running.retain(|effect, (of, handle)| {
        let keep = of != subject || wanted.contains(effect) || !stoppable(effect);
        if !keep {
            handle.abort();
        }
        keep
    });
    for effect in wanted {
        if running.contains_key(&effect) {
            continue;
        }
        let (task_shop, task_world, task_effect, done) =
            (shop.clone(), world.clone(), effect.clone(), ended.clone());
        let handle = tokio::spawn(async move {
            perform(&task_shop, &task_world, &task_effect).await;
            // The runner may be gone when the engine stops.
            let _ = done.send(task_effect);
        });
        running.insert(effect, (subject.clone(), handle.abort_handle()));
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

async fn perform(shop: &Shop, world: &World, effect: &Effect) {
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
                of_update(shop, update, e).await;
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
                of_handshake(shop, handshake, e).await;
            }
        }
        Effect::Restore(id) => match distribute::restore(shop, id).await {
            Ok(receipt) => shop.tell(Input::Restored(id.clone(), Box::new(receipt))).await,
            Err(missing) => wait(shop, "restore", &missing).await,
        },
    }
}

async fn wait(shop: &Shop, what: &str, missing: &Missing) {
    tracing::warn!(code = missing.code, reason = %missing.reason, "{what} could not be tried; trying again");
    shop.ports.clock.sleep_ms(RETRY_MS).await;
}

async fn of_update(shop: &Shop, update: &Update, effect: &update::Effect) {
    match effect {
        update::Effect::Prepare { stage, .. } => {
            let done = prepare::run(shop, update, *stage).await;
            shop.tell(Input::StageDone(update.id.clone(), Box::new(done))).await;
        }
        update::Effect::Apply { component, .. } => {
            match distribute::apply_update(shop, update, component).await {
                Ok(receipt) => shop.tell(Input::Receipt(update.id.clone(), Box::new(receipt))).await,
                Err(missing) => wait(shop, "apply", &missing).await,
            }
        }
        update::Effect::Revert { component, .. } => {
            match distribute::revert_update(shop, update, component).await {
                Ok(receipt) => shop.tell(Input::Receipt(update.id.clone(), Box::new(receipt))).await,
                Err(missing) => wait(shop, "revert", &missing).await,
            }
        }
        update::Effect::OpenWindow { .. } => {
            let before = update.distributing_since.unwrap_or(update.created);
            let baselines = watchdog::baselines(shop, &update.components, before).await;
            shop.tell(Input::UpdateWindow(update.id.clone(), baselines)).await;
        }
        update::Effect::Watch { .. } => {
            if let (Phase::Observing { window: Some(window) }, Some(opened)) = (&update.phase, update.window_opened)
            {
                let whose = Whose::Update(update.id.clone());
                watchdog::watch(shop.clone(), whose, window.clone(), opened).await;
            }
        }
    }
}

async fn of_handshake(shop: &Shop, h: &Handshake, effect: &handshake::Effect) {
    match effect {
        handshake::Effect::Announce { .. } => subsystems::answer(shop, h).await,
        handshake::Effect::RecordBaseline { .. } => {
            let found = baseline(shop, h).await.map_err(|m| m.reason);
            shop.tell(Input::Baseline(h.id.clone(), found)).await;
        }
        handshake::Effect::OpenWindow { .. } => {
            let components = [h.component.clone()];
            let before = h.integrated.map_or(h.created, |(at, _)| at);
            let baselines = watchdog::baselines(shop, &components, before).await;
            shop.tell(Input::HandshakeWindow(h.id.clone(), baselines)).await;
        }
        handshake::Effect::Watch { .. } => {
            if let (handshake::Phase::Validating { window: Some(window) }, Some(opened)) =
                (&h.phase, h.window_opened)
            {
                let whose = Whose::Handshake(h.id.clone());
                watchdog::watch(shop.clone(), whose, window.clone(), opened).await;
            }
        }
    }
}

/// Looks at a target and keeps every managed byte, so that it can be put back one day.
pub async fn keep_content(
    shelf: &Shelf,
    id: &ComponentId,
    target: &str,
) -> Result<(grace_domain::digest::Digest, grace_domain::digest::Digest), Missing> {
    let looked = preview::look_at(id, target).await?;
    let wanted = looked.tree.files().map(|f| (f.path.clone(), f.sha256)).collect::<Vec<_>>();
    snapshot(&looked.root, wanted, shelf)
        .await
        .map_err(|e| Missing::new(e.code(), format!("{id}: {e}")))?;
    let tree = shelf.keep_json(&looked.tree).await?;
    Ok((looked.tree.digest(), tree))
}

async fn baseline(
    shop: &Shop,
    h: &Handshake,
) -> Result<(grace_domain::digest::Digest, grace_domain::digest::Digest), Missing> {
    keep_content(&shop.shelf, &h.component, &h.facts.target).await
}
