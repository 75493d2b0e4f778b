//! Starts what the state wants done: `todo(state)` minus what is in flight. Nothing else starts an effect; a start
//! after a crash and a start after a commit take the same way. An effect that panics is not tried again by this engine: it
//! has failed in a part, nothing is started any more, and what is recorded of it says its aggregate's runner.

use super::context::EffectContext;
use super::dispatch::{after_panic, describe, perform, stoppable};
use super::effect_runner::Panicked;
use super::limits::THREADS_END_MS;
use crate::health::{PartFailed, panic_reason};
use crate::owner::Changed;
use crate::startup_verification::Following;
use crate::stop::{Phase, Stop};
use grace_domain::log::Subject;
use grace_domain::world::Effect;
use grace_target::threads::Threads;
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::{self, AbortHandle, JoinError, JoinSet};

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
    /// Until everything that was open at the start has been started.
    recovering: bool,
}

/// Runs until it must stop or the owner is gone; when it returns, no effect is in flight any more. Nothing is
/// started before the log is proved whole.
pub async fn run(
    context: EffectContext,
    mut changed: mpsc::UnboundedReceiver<Changed>,
    mut proof: Following,
    stop: Stop,
) {
    let ending = stop.requested(Phase::Effects);
    tokio::pin!(ending);
    let health = context.health.clone();
    let breaking = health.failure();
    tokio::pin!(breaking);
    tokio::select! {
        () = &mut ending => return,
        () = proof.proved() => {}
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
                // The first that comes is everything that was open.
                runner.recovering = false;
            }
            _ = &mut breaking, if !broken => {
                broken = true;
                runner.stop_watching();
            }
            Some(ended) = runner.tasks.join_next_with_id() => runner.ended(ended),
        }
    }
    runner.abort_all().await;
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
            self.panicked(&subject, &effect, resumed, error);
        }
        self.reconcile(&subject);
    }

    /// A part of the engine failed, and it is recorded where there is something to record. One that was aborted did not
    /// panic.
    fn panicked(&mut self, subject: &Subject, effect: &Effect, resumed: bool, error: JoinError) {
        let Some(reason) = panic_reason(error) else { return };
        let panic = Panicked { reason, resumed };
        let after = after_panic(&self.context.world(), subject, effect, &panic);
        let (advice, record) = after.map(|after| (after.advice, after.record)).unzip();
        self.context.health.record_failure(PartFailed {
            part: describe(effect),
            reason: panic.reason,
            advice,
        });
        if let Some(input) = record.flatten() {
            let context = self.context.clone();
            self.tasks.spawn(async move {
                context.publish(input).await;
            });
        }
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
        self.abort_all().await;
    }

    /// Ends what runs, now. What it has on threads cannot be aborted; for that one waits, not for ever: a disk may
    /// not answer any more.
    async fn abort_all(mut self) {
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
        let wanted = world.todo(subject);
        self.running.retain(|effect, running| {
            let keep = running.subject != *subject || wanted.contains(effect) || !stoppable(effect);
            if !keep {
                running.task.abort();
            }
            keep
        });
        if self.context.health.failed_part().is_some() || self.context.inbox.is_closed() {
            return;
        }
        for effect in wanted {
            if self.running.contains_key(&effect) {
                continue;
            }
            let (context, world) = (self.context.clone(), world.clone());
            let (whose, what) = (subject.clone(), effect.clone());
            let work = async move { perform(&context, &world, &whose, &what).await };
            let task = self.tasks.spawn(self.threads.of(work));
            let resumed = self.recovering;
            self.running.insert(effect, Running { subject: subject.clone(), task, resumed });
        }
    }
}
