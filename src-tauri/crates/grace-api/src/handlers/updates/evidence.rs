//! What was signed and done for an update: receipts, the rollback and its rehearsal, as people read them.
//!
//! Owns the translation of these facts into views. Never judges one.

use grace_domain::core::digest::Digest;
use grace_domain::kinds::content::recorded;
use grace_domain::statement::{ComponentPlan, Manifest};
use grace_domain::update::row;
use grace_domain::update::{Review, Update, UpdatePhase};

use crate::handlers::context::Context;
use crate::handlers::updates::documents::output;
use crate::handlers::updates::standing::told;
use crate::problem::Problem;
use crate::text::phrases::{as_sentence, text};
use crate::types::*;

/// Receipts of distribution and of rolling back, in log order.
pub(crate) async fn receipts(ctx: &Context, u: &Update) -> Result<Vec<ReceiptView>, Problem> {
    let reverted = u.rollback().into_iter().flat_map(|r| r.receipts.iter());
    let mut all: Vec<_> = u.receipts().values().chain(reverted).collect();
    all.sort_by_key(|(_, _, seq)| *seq);
    let mut views = Vec::with_capacity(all.len());
    for (r, at, seq) in all {
        views.push(ReceiptView {
            component: r.component.to_string(),
            result: (r.result, r.act).into(),
            reason: (!r.reason.is_empty()).then(|| as_sentence(&r.reason)),
            before: recorded(&r.before),
            after: Some(recorded(&r.after)),
            ms: r.ms,
            at: at.to_string(),
            seq: *seq,
            crypto_id: r.key.crypto_id().to_string(),
            output: output(ctx, r.output.as_ref()).await?,
        });
    }
    Ok(views)
}

/// One digest for several components' digests, the digest itself for one.
fn joined(parts: &[(String, Digest)]) -> Digest {
    match parts {
        [(_, only)] => *only,
        many => {
            let lines: Vec<String> = many.iter().map(|(id, d)| format!("{id}\0{d}\n")).collect();
            Digest::of(lines.concat().as_bytes())
        }
    }
}

/// The second person's review that the rollback needs, or what was said in it.
fn review(u: &Update) -> Option<ReviewView> {
    match u.rollback().and_then(|r| r.review.as_ref()) {
        None => None,
        Some(Review::Pending) => {
            Some(ReviewView { pending: true, by: None, at: None, reason: None, seq: None })
        }
        Some(Review::Done { by, at, seq }) => Some(ReviewView {
            pending: false,
            by: Some(by.person.to_string()),
            at: Some(at.to_string()),
            reason: Some(text(&by.reason)),
            seq: Some(*seq),
        }),
    }
}

/// The rollback, with its proof and its review.
pub(crate) fn rollback(u: &Update) -> Option<RollbackView> {
    let r = u.rollback()?;
    let package = u.package()?;
    let mut ids = r.components.clone();
    ids.sort();
    let before: Vec<_> =
        ids.iter().filter_map(|id| Some((id.to_string(), package.components.get(id)?.before))).collect();
    let after: Vec<_> = ids
        .iter()
        .filter_map(|id| {
            let newest = r.receipts.iter().rev().find(|(f, _, _)| f.component == *id)?;
            Some((id.to_string(), newest.0.after))
        })
        .collect();
    let complete = after.len() == ids.len();
    let ended = r.ended;
    Some(RollbackView {
        id: r.id.to_string(),
        state: row::listed_rollback(u)?.state,
        trigger: r.trigger,
        reason: told(&r.reason, r.by.is_some()),
        before: recorded(&joined(&before)),
        after: complete.then(|| recorded(&joined(&after))),
        by: r.by.as_ref().map(|b| b.person.to_string()),
        started_at: r.started.to_string(),
        ended_at: ended.map(|at| at.to_string()),
        ms: ended.and_then(|at| u64::try_from(at.since_ms(r.started)).ok()),
        seq: r.seq,
        review: review(u),
        // A component that is not proved to be as before need not be among those that were to come back.
        equal: complete && before == after && ended.is_some() && *u.phase() != UpdatePhase::RollbackFailed,
    })
}

/// The rehearsal on a copy.
pub(crate) fn rehearsal(u: &Update, manifest: Option<&Manifest>) -> Option<RehearsalView> {
    let (package, manifest) = (u.package()?, manifest?);
    let of = |pick: fn(&ComponentPlan) -> Digest| {
        let parts: Vec<_> = manifest.components.iter().map(|(id, p)| (id.to_string(), pick(p))).collect();
        joined(&parts)
    };
    let (before, after) = (of(|p| p.before), of(|p| p.rehearsal.reverted));
    Some(RehearsalView {
        apply_ms: package.apply_ms,
        revert_ms: package.revert_ms,
        touches: package.items.to_string(),
        before: recorded(&before),
        with_update: recorded(&of(|p| p.after)),
        after: recorded(&after),
        equal: before == after,
        at: manifest.at.to_string(),
    })
}
