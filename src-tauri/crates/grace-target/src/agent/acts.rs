//! What a component does at its target: forward, back after a failure, back on request, and the last known content
//! restored. Every end says what was found afterwards; "restored" is said only of a digest that was seen.

use grace_domain::core::codes::Code;
use std::sync::atomic::{AtomicBool, Ordering};

use grace_domain::core::digest::Digest;
use grace_domain::files::tree_digest::ManagedTree;
use grace_domain::statement::ReceiptResult;

use super::apply_journal::Place;
use super::ended::Ended;
use super::ports::{AgentBlobs, AgentClock, AgentPorts, OwnKey, json};
use crate::error::TargetError;
use crate::fault::TargetFault;
use crate::files::apply::apply;
use crate::files::plan::{Change, Plan};
use crate::files::scan::snapshot;
use crate::files::state::FileState;
use crate::hook::{ApplyId, ApplyStep, Interrupted, no_hook};
use crate::inspection::Inspection;
use crate::process::probe::verify;
use crate::process::run::activate;

/// A target with the plan for it.
pub(super) struct Acting<'t, B, C, K> {
    pub(super) ports: &'t AgentPorts<B, C, K>,
    pub(super) looked: &'t Inspection,
    pub(super) plan: &'t Plan,
    pub(super) id: &'t ApplyId,
    /// What the first look of all attempts has found there.
    pub(super) before: Digest,
    /// An earlier attempt may have left it half way.
    pub(super) begun_before: bool,
}

impl<B: AgentBlobs, C: AgentClock, K: OwnKey> Acting<'_, B, C, K> {
    /// Old to new. From the state before, from the state after, or from any mixture that a kill left. What did not
    /// work is remembered at `place` before it is taken back. An error when nobody can say what is there afterwards.
    pub(super) async fn forward(&self, place: &Place<'_>) -> Result<Ended, TargetFault> {
        let touched = AtomicBool::new(false);
        let hook = |step: &ApplyStep| -> Result<(), Interrupted> {
            if matches!(step, ApplyStep::Replaced(_) | ApplyStep::Removed(_)) {
                touched.store(true, Ordering::Relaxed);
            }
            Ok(())
        };
        let Inspection { root, managed, .. } = self.looked;
        let ended = match apply(root, managed, self.plan, self.id, &self.ports.blobs, &hook).await {
            Ok(applied) => {
                act_and_verify(&self.ports.clock, self.looked, self.before, applied.digest).await?
            }
            Err(TargetError::DriftDetected { path, .. }) => {
                return self.drift(path, touched.into_inner()).await;
            }
            Err(e) => self.not_done(ReceiptResult::Dirty, TargetFault::new(e.code(), e.to_string())),
        };
        if ended.result == ReceiptResult::Applied {
            return Ok(ended);
        }
        place.failing(self.before, &ended).await;
        self.undo(ended).await
    }

    /// A stranger was here. Nothing of theirs was overwritten; whether something of ours is in place beside it is the
    /// difference between an untouched target and one that a person must look at.
    async fn drift(&self, path: Option<String>, touched: bool) -> Result<Ended, TargetFault> {
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
            TargetFault::new(Code::DriftDetected, format!("somebody else changed {path}; {rest}")),
        );
        ended.after = now.digest();
        Ok(ended)
    }

    /// It must not go on. What an earlier attempt may have begun is taken back.
    pub(super) async fn refuse(&self, m: TargetFault) -> Result<Ended, TargetFault> {
        if self.begun_before {
            let failed = self.not_done(ReceiptResult::Dirty, m);
            return self.undo(failed).await;
        }
        Ok(Ended::refused(m, self.plan.before, self.looked.tree.digest()))
    }

    /// It did not work: the old content back, activated again. Restored only when the digest says so.
    pub(super) async fn undo(&self, failed: Ended) -> Result<Ended, TargetFault> {
        let inverse = self.plan.inverse();
        let Inspection { root, managed, .. } = self.looked;
        match apply(root, managed, &inverse, self.id, &self.ports.blobs, &no_hook).await {
            Ok(applied) => {
                let again =
                    act_and_verify(&self.ports.clock, self.looked, self.before, applied.digest).await?;
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
    pub(super) async fn backward(&self) -> Result<Ended, TargetFault> {
        let inverse = self.plan.inverse();
        let Inspection { root, managed, .. } = self.looked;
        match apply(root, managed, &inverse, self.id, &self.ports.blobs, &no_hook).await {
            Ok(applied) => {
                let mut ended =
                    act_and_verify(&self.ports.clock, self.looked, self.before, applied.digest).await?;
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
                    self.not_done(ReceiptResult::Dirty, TargetFault::new(e.code(), e.to_string()));
                ended.after = self.looked.again().await?.digest();
                Ok(ended)
            }
        }
    }

    fn not_done(&self, result: ReceiptResult, m: TargetFault) -> Ended {
        Ended::not_done(result, m, self.before, self.looked.tree.digest())
    }
}

fn state(tree: &ManagedTree, change: &Change) -> Option<FileState> {
    tree.get(&change.path).map(|f| FileState { sha256: f.sha256, mode: f.mode, size: f.size })
}

/// Puts a content back that is described by a tree blob.
pub(super) async fn restored<B: AgentBlobs, C: AgentClock, K: OwnKey>(
    ports: &AgentPorts<B, C, K>,
    looked: &Inspection,
    tree: &Digest,
    wanted: Digest,
) -> Result<Ended, TargetFault> {
    let found = looked.tree.digest();
    if found == wanted {
        return act_and_verify(&ports.clock, looked, found, found).await;
    }
    match written_back(&ports.blobs, looked, tree).await {
        Ok(digest) => act_and_verify(&ports.clock, looked, found, digest).await,
        Err(fault) => {
            let now = looked.again().await?.digest();
            Ok(Ended::not_done(ReceiptResult::Dirty, fault, found, now))
        }
    }
}

async fn written_back(
    blobs: &impl AgentBlobs,
    looked: &Inspection,
    tree: &Digest,
) -> Result<Digest, TargetFault> {
    let tree: ManagedTree = json(blobs, tree).await?;
    let plan = Plan::between(&looked.root, &looked.managed, &looked.tree, &tree)?;
    // What somebody else left is kept as evidence before it is overwritten.
    snapshot(&looked.root, plan.bases(), blobs).await?;
    let id = ApplyId::new("restore").expect("invariant: plain letters are an id");
    Ok(apply(&looked.root, &looked.managed, &plan, &id, blobs, &no_hook).await?.digest)
}

/// Activates and verifies what is there. An error when nobody can look at it afterwards.
async fn act_and_verify(
    clock: &impl AgentClock,
    looked: &Inspection,
    before: Digest,
    after: Digest,
) -> Result<Ended, TargetFault> {
    let stopwatch = || clock.monotonic_ms();
    let mut ended = Ended {
        result: ReceiptResult::Applied,
        code: None,
        reason: String::new(),
        before,
        after,
        output: String::new(),
        tree: None,
    };
    let fail = |ended: &mut Ended, code: Code, reason: String| {
        ended.result = ReceiptResult::Dirty;
        ended.code = Some(code);
        ended.reason = reason;
    };
    if let Some(command) = &looked.spec.activate {
        match activate(command, &looked.root, &stopwatch).await {
            Ok(outcome) => {
                ended.output.push_str(&outcome.output.text());
                if !outcome.succeeded() {
                    let how = if outcome.timed_out { "did not end in time" } else { "failed" };
                    fail(&mut ended, Code::ActivateFailed, format!("activate {how}"));
                }
            }
            Err(e) => fail(&mut ended, Code::ActivateFailed, e.to_string()),
        }
    }
    if ended.result == ReceiptResult::Applied
        && let Some(spec) = &looked.spec.verify
    {
        let report = verify(spec, &looked.root, &stopwatch).await;
        ended.output = format!("{}verify: {} ({} attempts)\n", ended.output, report.last, report.attempts);
        if !report.ok {
            let seen = format!("verify did not see the expected answer: {}", report.last);
            fail(&mut ended, Code::VerifyFailed, seen);
        }
    }
    let tree = looked.again().await?;
    if tree.digest() == after {
        ended.tree = Some(tree);
    } else {
        ended.after = tree.digest();
        fail(&mut ended, Code::DigestDiffers, "the content changed while it was activated".into());
    }
    Ok(ended)
}
