//! What a component does at its target: applies, undoes what failed, reverts on request, and restores the last known
//! content. Every end says what was found afterwards; "restored" is said only of a digest that was seen.
//!
//! Owns the order of these steps. Never knows what kind of target it is.

use std::sync::atomic::{AtomicBool, Ordering};

use grace_domain::core::codes::Code;
use grace_domain::core::digest::Digest;
use grace_domain::statement::ReceiptResult;

use super::apply_journal::Place;
use super::ended::Ended;
use super::ports::{AgentBlobs, AgentClock, AgentPorts, OwnKey, blob};
use crate::error::TargetError;
use crate::fault::TargetFault;
use crate::hook::{ApplyId, Interrupted, Moment, Step};
use crate::inspection::Inspection;
use crate::target::TargetPlan;

/// A target with the plan for it.
pub(super) struct Acting<'t, B, C, K> {
    pub(super) ports: &'t AgentPorts<B, C, K>,
    pub(super) inspection: &'t Inspection,
    pub(super) plan: &'t TargetPlan,
    pub(super) id: &'t ApplyId,
    /// What the first inspection of all attempts has found there.
    pub(super) before: Digest,
    /// An earlier attempt may have left it half way.
    pub(super) begun_before: bool,
}

impl<B: AgentBlobs, C: AgentClock, K: OwnKey> Acting<'_, B, C, K> {
    /// Old to new. From the state before, from the state after, or from any mixture that a kill left. What did not
    /// work is remembered at `place` before it is undone. An error when nobody can say what is there afterwards.
    pub(super) async fn apply(&self, place: &Place<'_>) -> Result<Ended, TargetFault> {
        let touched = AtomicBool::new(false);
        let hook = |moment: Moment, step: &Step| -> Result<(), Interrupted> {
            if moment == Moment::After && step.changes_content() {
                touched.store(true, Ordering::Relaxed);
            }
            self.ports.hook.call(moment, step)
        };
        let target = &self.inspection.target;
        let ended = match target.apply(self.plan, self.id, &self.ports.blobs, &hook).await {
            Ok(applied) => act_and_verify(self.ports, self.inspection, self.before, applied).await?,
            Err(TargetError::DriftDetected { path, .. }) => {
                return self.drift(path, touched.into_inner()).await;
            }
            Err(e @ TargetError::Interrupted(_)) => return Err(e.into()),
            Err(e) => self.not_done(ReceiptResult::Dirty, e.into()),
        };
        if ended.result == ReceiptResult::Applied {
            return Ok(ended);
        }
        self.ports.hook.tell(Moment::Before, &Step::FailureNoted)?;
        place.failing(self.before, &ended).await;
        self.ports.hook.tell(Moment::After, &Step::FailureNoted)?;
        self.undo(ended).await
    }

    /// It was changed outside Grace. Nothing of that was overwritten; whether something of ours is in place beside it is
    /// the difference between an untouched target and one that a person must look at.
    async fn drift(&self, path: Option<String>, touched: bool) -> Result<Ended, TargetFault> {
        let now = self.inspection.again().await?;
        let touched = touched || (self.begun_before && self.plan.begun_in(&now));
        let (result, rest) = if touched {
            (ReceiptResult::Dirty, "in the middle of the change; nothing of that was overwritten")
        } else {
            (ReceiptResult::Refused, "nothing was overwritten")
        };
        let what = path.map_or_else(|| "managed content".to_owned(), |path| format!("the path {path}"));
        let reason = format!("{what} was changed outside Grace; {rest}");
        let mut ended = self.not_done(result, TargetFault::new(Code::DriftDetected, reason));
        ended.after = now.digest;
        Ok(ended)
    }

    /// It must not go on. What an earlier attempt may have begun is undone.
    pub(super) async fn refuse(&self, m: TargetFault) -> Result<Ended, TargetFault> {
        if self.begun_before {
            let failed = self.not_done(ReceiptResult::Dirty, m);
            return self.undo(failed).await;
        }
        Ok(Ended::refused(m, self.plan.before, self.inspection.observed.digest))
    }

    /// It did not work: the old content back, activated again. Restored only when the digest says so.
    pub(super) async fn undo(&self, failed: Ended) -> Result<Ended, TargetFault> {
        match self.reverted().await {
            Ok(reverted) => {
                let again = act_and_verify(self.ports, self.inspection, self.before, reverted).await?;
                let restored = again.content.is_some() && again.after == self.plan.before;
                let mut reason = failed.reason;
                if restored {
                    reason.push_str("; the content from before is back");
                }
                if again.result != ReceiptResult::Applied {
                    reason = format!("{reason}; undoing it: {}", again.reason);
                }
                Ok(Ended {
                    result: if restored { ReceiptResult::Undone } else { ReceiptResult::Dirty },
                    after: again.after,
                    reason,
                    output: format!("{}{}", failed.output, again.output),
                    content: None,
                    code: failed.code,
                    before: failed.before,
                })
            }
            Err(e @ TargetError::Interrupted(_)) => Err(e.into()),
            Err(e) => {
                let now = self.inspection.again().await?.digest;
                // Nothing was touched when the first step was refused and the content is still the one from before.
                let back = now == self.plan.before;
                let result = if back { ReceiptResult::Undone } else { ReceiptResult::Dirty };
                Ok(Ended {
                    result,
                    after: now,
                    reason: format!("{}; undoing it: {e}", failed.reason),
                    ..failed
                })
            }
        }
    }

    /// New to old.
    pub(super) async fn revert(&self) -> Result<Ended, TargetFault> {
        match self.reverted().await {
            Ok(reverted) => {
                let mut ended = act_and_verify(self.ports, self.inspection, self.before, reverted).await?;
                let restored = ended.content.is_some() && ended.after == self.plan.before;
                if ended.result != ReceiptResult::Applied && restored {
                    // Restored is a statement about content; what the running system says stands beside it.
                    ended.result = ReceiptResult::Applied;
                    ended.reason = format!("content restored, but {}", ended.reason);
                }
                Ok(ended)
            }
            Err(e @ TargetError::Interrupted(_)) => Err(e.into()),
            Err(e) => {
                let mut ended = self.not_done(ReceiptResult::Dirty, e.into());
                ended.after = self.inspection.again().await?.digest;
                Ok(ended)
            }
        }
    }

    async fn reverted(&self) -> Result<Digest, TargetError> {
        let hook = self.ports.hook.as_hook();
        self.inspection.target.revert(self.plan, self.id, &self.ports.blobs, &hook).await
    }

    fn not_done(&self, result: ReceiptResult, m: TargetFault) -> Ended {
        Ended::not_done(result, m, self.before, self.inspection.observed.digest)
    }
}

/// Restores the content that a blob describes.
pub(super) async fn restored<B: AgentBlobs, C: AgentClock, K: OwnKey>(
    ports: &AgentPorts<B, C, K>,
    inspection: &Inspection,
    document: &Digest,
    wanted: Digest,
) -> Result<Ended, TargetFault> {
    let found = inspection.observed.digest;
    if found == wanted {
        return act_and_verify(ports, inspection, found, found).await;
    }
    let document = match blob(&ports.blobs, document).await {
        Ok(document) => document,
        Err(fault) => return dirty(inspection, fault, found).await,
    };
    let hook = ports.hook.as_hook();
    match inspection.target.restore(&inspection.observed, &document, &ports.blobs, &hook).await {
        Ok(digest) => act_and_verify(ports, inspection, found, digest).await,
        Err(e @ TargetError::Interrupted(_)) => Err(e.into()),
        Err(e) => dirty(inspection, e.into(), found).await,
    }
}

async fn dirty(inspection: &Inspection, fault: TargetFault, found: Digest) -> Result<Ended, TargetFault> {
    let now = inspection.again().await?.digest;
    Ok(Ended::not_done(ReceiptResult::Dirty, fault, found, now))
}

/// Activates and verifies what is there. An error when it cannot be inspected afterwards.
async fn act_and_verify<B: AgentBlobs, C: AgentClock, K: OwnKey>(
    ports: &AgentPorts<B, C, K>,
    inspection: &Inspection,
    before: Digest,
    after: Digest,
) -> Result<Ended, TargetFault> {
    let stopwatch = || ports.clock.monotonic_ms();
    let mut ended = Ended {
        result: ReceiptResult::Applied,
        code: None,
        reason: String::new(),
        before,
        after,
        output: String::new(),
        content: None,
    };
    let fail = |ended: &mut Ended, code: Code, reason: String| {
        ended.result = ReceiptResult::Dirty;
        ended.code = Some(code);
        ended.reason = reason;
    };
    ports.hook.tell(Moment::Before, &Step::Activated)?;
    match inspection.target.activate(&stopwatch).await {
        Ok(None) => {}
        Ok(Some(outcome)) => {
            ended.output.push_str(&outcome.output.text());
            if !outcome.succeeded() {
                let how = if outcome.timed_out { "did not end in time" } else { "failed" };
                fail(&mut ended, Code::ActivateFailed, format!("activate {how}"));
            }
        }
        Err(e) => fail(&mut ended, Code::ActivateFailed, e.to_string()),
    }
    ports.hook.tell(Moment::After, &Step::Activated)?;
    if ended.result == ReceiptResult::Applied
        && let Some(report) = inspection.target.verify(&stopwatch).await
    {
        ended.output = format!("{}verify: {} ({} attempts)\n", ended.output, report.last, report.attempts);
        if !report.ok {
            let seen = format!("verify did not see the expected answer: {}", report.last);
            fail(&mut ended, Code::VerifyFailed, seen);
        }
    }
    let now = inspection.again().await?;
    if now.digest == after {
        ended.content = Some(now.document);
    } else {
        ended.after = now.digest;
        fail(&mut ended, Code::DigestDiffers, "the content changed while it was activated".into());
    }
    Ok(ended)
}
