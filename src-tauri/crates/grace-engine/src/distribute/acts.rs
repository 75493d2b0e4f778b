//! What a component does at its target: forward, back after a failure, back on request, and the last known content
//! restored. Every end says what was found afterwards; "restored" is said only of a digest that was seen.

use crate::context::{EffectContext, EffectError};
use crate::preview::{self, Inspection};
use grace_domain::component::Component;
use grace_domain::core::digest::Digest;
use grace_domain::files::tree_digest::ManagedTree;
use grace_domain::statement::ReceiptResult;
use grace_target::hook::no_hook;
use grace_target::{
    ApplyId, ApplyStep, Change, FileState, Interrupted, Plan, TargetError, activate, apply, verify,
};
use std::sync::atomic::{AtomicBool, Ordering};

/// How an act at a target ended, before it is signed.
pub(super) struct Ended {
    pub(super) result: ReceiptResult,
    pub(super) code: String,
    pub(super) reason: String,
    pub(super) before: Digest,
    pub(super) after: Digest,
    pub(super) output: String,
    /// What is there, when a look after everything else has found it to be what was wanted.
    pub(super) tree: Option<ManagedTree>,
}

impl Ended {
    /// Something was missing or refused.
    pub(super) fn not_done(result: ReceiptResult, m: EffectError, before: Digest, after: Digest) -> Self {
        let (code, reason) = (m.code.into(), m.reason);
        Self { result, code, reason, before, after, output: String::new(), tree: None }
    }

    /// Nothing was touched, and `found` is there. When that is not what is expected, somebody else was here, too.
    pub(super) fn refused(m: EffectError, expected: Digest, found: Digest) -> Self {
        let m = if found == expected {
            m
        } else {
            let besides = format!("somebody else changed managed files; besides: {}", m.reason);
            EffectError::new("drift_detected", besides)
        };
        Self::not_done(ReceiptResult::Refused, m, found, found)
    }
}

/// A target with the plan for it.
pub(super) struct Target<'t> {
    pub(super) context: &'t EffectContext,
    pub(super) looked: &'t Inspection,
    pub(super) plan: &'t Plan,
    pub(super) id: &'t ApplyId,
    /// What the first look of all attempts has found there.
    pub(super) before: Digest,
    /// An earlier attempt may have left it half way.
    pub(super) begun_before: bool,
}

impl Target<'_> {
    /// Old to new. From the state before, from the state after, or from any mixture that a kill left. What did not
    /// work is told to `failing` before it is taken back. An error when nobody can say what is there afterwards.
    pub(super) async fn forward(&self, failing: impl AsyncFnOnce(&Ended)) -> Result<Ended, EffectError> {
        let touched = AtomicBool::new(false);
        let hook = |step: &ApplyStep| -> Result<(), Interrupted> {
            if matches!(step, ApplyStep::Replaced(_) | ApplyStep::Removed(_)) {
                touched.store(true, Ordering::Relaxed);
            }
            Ok(())
        };
        let Inspection { root, managed, .. } = self.looked;
        let ended = match apply(root, managed, self.plan, self.id, &self.context.blobs, &hook).await {
            Ok(applied) => act_and_verify(self.context, self.looked, self.before, applied.digest).await?,
            Err(TargetError::DriftDetected { path, .. }) => {
                return self.drift(path, touched.into_inner()).await;
            }
            Err(e) => self.not_done(ReceiptResult::Dirty, EffectError::new(e.code(), e.to_string())),
        };
        if ended.result == ReceiptResult::Applied {
            return Ok(ended);
        }
        failing(&ended).await;
        self.undo(ended).await
    }

    /// A stranger was here. Nothing of theirs was overwritten; whether something of ours is in place beside it is the
    /// difference between an untouched target and one that a person must look at.
    async fn drift(&self, path: Option<String>, touched: bool) -> Result<Ended, EffectError> {
        let now = self.looked.again().await?;
        let touched =
            touched || (self.begun_before && self.plan.changes.iter().any(|c| state(&now, c) == c.new));
        let (result, rest) = if touched {
            (ReceiptResult::Dirty, "in the middle of the change; nothing of theirs was overwritten")
        } else {
            (ReceiptResult::Refused, "nothing was overwritten")
        };
        let path = path.as_deref().unwrap_or("managed files").to_owned();
        let mut ended = self.not_done(
            result,
            EffectError::new("drift_detected", format!("somebody else changed {path}; {rest}")),
        );
        ended.after = now.digest();
        Ok(ended)
    }

    /// It must not go on. What an earlier attempt may have begun is taken back.
    pub(super) async fn refuse(&self, m: EffectError) -> Result<Ended, EffectError> {
        if self.begun_before {
            let failed = self.not_done(ReceiptResult::Dirty, m);
            return self.undo(failed).await;
        }
        Ok(Ended::refused(m, self.plan.before, self.looked.tree.digest()))
    }

    /// It did not work: the old content back, activated again. Restored only when the digest says so.
    pub(super) async fn undo(&self, failed: Ended) -> Result<Ended, EffectError> {
        let inverse = self.plan.inverse();
        let Inspection { root, managed, .. } = self.looked;
        match apply(root, managed, &inverse, self.id, &self.context.blobs, &no_hook).await {
            Ok(applied) => {
                let again = act_and_verify(self.context, self.looked, self.before, applied.digest).await?;
                let restored = again.tree.is_some() && again.after == self.plan.before;
                let mut reason = failed.reason;
                if restored {
                    reason.push_str("; the content from before is back");
                }
                if again.result != ReceiptResult::Applied {
                    reason = format!("{reason}; taking it back: {}", again.reason);
                }
                Ok(Ended {
                    result: if restored { ReceiptResult::Restored } else { ReceiptResult::Dirty },
                    after: again.after,
                    reason,
                    output: format!("{}{}", failed.output, again.output),
                    tree: None,
                    code: failed.code,
                    before: failed.before,
                })
            }
            Err(e) => {
                let now = self.looked.again().await?.digest();
                // Nothing was touched when the first step was refused and the content is still the one from before.
                let back = now == self.plan.before;
                let result = if back { ReceiptResult::Restored } else { ReceiptResult::Dirty };
                Ok(Ended {
                    result,
                    after: now,
                    reason: format!("{}; taking it back: {e}", failed.reason),
                    ..failed
                })
            }
        }
    }

    /// New to old.
    pub(super) async fn backward(&self) -> Result<Ended, EffectError> {
        let inverse = self.plan.inverse();
        let Inspection { root, managed, .. } = self.looked;
        match apply(root, managed, &inverse, self.id, &self.context.blobs, &no_hook).await {
            Ok(applied) => {
                let mut ended =
                    act_and_verify(self.context, self.looked, self.before, applied.digest).await?;
                let restored = ended.tree.is_some() && ended.after == self.plan.before;
                if ended.result != ReceiptResult::Applied && restored {
                    // Restored is a statement about content; what the running system says stands beside it.
                    ended.result = ReceiptResult::Applied;
                    ended.reason = format!("content restored, but {}", ended.reason);
                }
                Ok(ended)
            }
            Err(e) => {
                let mut ended =
                    self.not_done(ReceiptResult::Dirty, EffectError::new(e.code(), e.to_string()));
                ended.after = self.looked.again().await?.digest();
                Ok(ended)
            }
        }
    }

    fn not_done(&self, result: ReceiptResult, m: EffectError) -> Ended {
        Ended::not_done(result, m, self.before, self.looked.tree.digest())
    }
}

fn state(tree: &ManagedTree, change: &Change) -> Option<FileState> {
    tree.get(&change.path).map(|f| FileState { sha256: f.sha256, mode: f.mode, size: f.size })
}

/// Puts a content back that is described by a tree blob.
pub(super) async fn restored(
    context: &EffectContext,
    component: &Component,
    tree: &Digest,
    wanted: Digest,
) -> Result<Ended, EffectError> {
    let looked = preview::look(component).await?;
    let found = looked.tree.digest();
    if found == wanted {
        return act_and_verify(context, &looked, found, found).await;
    }
    match written_back(context, &looked, tree).await {
        Ok(digest) => act_and_verify(context, &looked, found, digest).await,
        Err(m) => {
            let now = looked.again().await?.digest();
            Ok(Ended::not_done(ReceiptResult::Dirty, m, found, now))
        }
    }
}

async fn written_back(
    context: &EffectContext,
    looked: &Inspection,
    tree: &Digest,
) -> Result<Digest, EffectError> {
    let told = |e: TargetError| EffectError::new(e.code(), e.to_string());
    let tree: ManagedTree = context.json(tree).await?;
    let plan = Plan::between(&looked.root, &looked.managed, &looked.tree, &tree)
        .map_err(|e| EffectError::new(e.code(), e.to_string()))?;
    // What a stranger left is kept as evidence before it is overwritten.
    grace_target::snapshot(&looked.root, plan.bases(), &context.blobs).await.map_err(told)?;
    let id = ApplyId::new("restore").expect("invariant: plain letters are an id");
    let applied = apply(&looked.root, &looked.managed, &plan, &id, &context.blobs, &no_hook).await;
    applied.map(|applied| applied.digest).map_err(told)
}

/// Activates and verifies what is there. An error when nobody can look at it afterwards.
async fn act_and_verify(
    context: &EffectContext,
    looked: &Inspection,
    before: Digest,
    after: Digest,
) -> Result<Ended, EffectError> {
    let stopwatch = context.stopwatch();
    let mut ended = Ended {
        result: ReceiptResult::Applied,
        code: String::new(),
        reason: String::new(),
        before,
        after,
        output: String::new(),
        tree: None,
    };
    let fail = |ended: &mut Ended, code: &str, reason: String| {
        ended.result = ReceiptResult::Dirty;
        ended.code = code.into();
        ended.reason = reason;
    };
    if let Some(command) = &looked.spec.activate {
        match activate(command, &looked.root, &stopwatch).await {
            Ok(outcome) => {
                ended.output.push_str(&outcome.output.text());
                if !outcome.succeeded() {
                    let how = if outcome.timed_out { "did not end in time" } else { "failed" };
                    fail(&mut ended, "activate_failed", format!("activate {how}"));
                }
            }
            Err(e) => fail(&mut ended, "activate_failed", e.to_string()),
        }
    }
    if ended.result == ReceiptResult::Applied
        && let Some(spec) = &looked.spec.verify
    {
        let report = verify(spec, &looked.root, &stopwatch).await;
        ended.output = format!("{}verify: {} ({} attempts)\n", ended.output, report.last, report.attempts);
        if !report.ok {
            let seen = format!("verify did not see the expected answer: {}", report.last);
            fail(&mut ended, "verify_failed", seen);
        }
    }
    let tree = looked.again().await?;
    if tree.digest() == after {
        ended.tree = Some(tree);
    } else {
        ended.after = tree.digest();
        fail(&mut ended, "digest_differs", "the content changed while it was activated".into());
    }
    Ok(ended)
}
