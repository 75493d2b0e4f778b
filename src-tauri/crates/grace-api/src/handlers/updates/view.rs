//! One update as people see it, from its own entries and the blobs they name.
//!
//! Owns the operation `update_show`, the translation of the aggregate into its view. Never decides: every verdict shown
//! was asked of the domain.

use grace_domain::core::time::Timestamp;
use grace_domain::kinds::summary::Summary;
use grace_domain::log::{Event, Recorded};
use grace_domain::update::event::UpdateEvent;
use grace_domain::update::evidence::CardVerdict;
use grace_domain::update::{Update, UpdatePhase};

use crate::diff::visible;
use crate::handlers::context::Context;
use crate::handlers::metrics::rules::Rules;
use crate::handlers::metrics::window;
use crate::handlers::updates::documents::UpdateDocuments;
use crate::handlers::updates::stages::stages;
use crate::handlers::updates::standing::{Times, actions, reason, waits, withdrawn_by};
use crate::handlers::updates::summary::Watch;
use crate::handlers::updates::{evidence, summary};
use crate::handlers::{approvals, load, log};
use crate::problem::Problem;
use crate::requests::*;
use crate::text::phrases::text;
use crate::types::*;
use crate::verification_phrase;

/// One update with all its evidence.
pub(crate) async fn update_show(ctx: &Context, request: ById) -> Result<UpdateView, Problem> {
    let (update, entries) = load::update(ctx, &request.id).await?;
    build(ctx, &update, &entries).await
}

/// The instant at which approvals are judged: now while they are collected, the start of distribution afterwards.
pub(crate) fn judged_at(u: &Update, now: Timestamp) -> Timestamp {
    u.distributing_since().unwrap_or(if u.ended() { u.changed() } else { now })
}

/// The whole view. `entries` are the update's own, oldest first.
pub(crate) async fn build(ctx: &Context, u: &Update, entries: &[Recorded]) -> Result<UpdateView, Problem> {
    let world = ctx.world().await?;
    let now = ctx.now();
    let documents = UpdateDocuments::of(ctx, u).await?;
    let policy = world.policy_of(u.policy());
    let need = u.requirement(policy);
    let tally = u.tally(policy, world.people(), judged_at(u, now));
    let rules = Rules::now(ctx, policy).await?;
    let window = match u.window() {
        Some(open) => Some(window::build(ctx, open, &window::Span::of_update(u), &rules).await?),
        None => None,
    };
    let times = Times::of(u, now);
    let risk = risk(u, documents.summary.as_ref());
    let watch = Watch::of(&rules, &world, u.components(), u.risk(), u.update_type());
    let summary = summary::of_update(u, &rules, &world, &watch, &documents);
    Ok(UpdateView {
        id: u.id().to_string(),
        version: u.version().to_string(),
        crypto_id: crypto_id(u),
        update_type: u.update_type(),
        title: visible(u.title()),
        description: text(u.description()),
        refs: u.refs().iter().map(|r| text(r)).collect(),
        security_impact: text(u.security_impact()),
        created_by: u.by().person.to_string(),
        created_at: u.created().to_string(),
        state: u.state(),
        reason: match u.phase() {
            UpdatePhase::Approved { waiting: Some(reason) } => Some(waits(&world, u, reason, now)),
            _ => reason(u).or_else(|| withdrawn(entries)),
        },
        risk,
        set: u.set().to_hex(),
        package: u.package().map(|p| p.package.to_hex()),
        bound: u.bound().map(|bound| bound.to_hex()),
        verification_phrase: u.bound().map(|bound| verification_phrase::of(&bound)),
        policy: u.policy().to_hex(),
        summary,
        unreadable: documents.unreadable.iter().cloned().chain(rules.unreadable(&watch.metrics)).collect(),
        stages: stages(ctx, u, &need, &tally).await?,
        approvals: approvals::views(u.approvals(), &tally, u.attempt()),
        needed: approvals::needed(&need, &tally, world.people(), u.requester(), u.approvals()),
        receipts: evidence::receipts(ctx, u).await?,
        window,
        rollback: evidence::rollback(u),
        rehearsal: evidence::rehearsal(u, documents.manifest.as_ref()),
        actions: ctx.open_for(actions(&world, u, now)),
        next_at: times.next.as_ref().map(|(at, _)| at.to_string()),
        next_due: times.next.map(|(_, due)| due),
        end_at: times.end.as_ref().map(|(at, _)| at.to_string()),
        end_due: times.end.map(|(_, due)| due),
        expires_at: matches!(
            u.phase(),
            UpdatePhase::Preparing
                | UpdatePhase::AwaitingApproval
                | UpdatePhase::Approved { .. }
                | UpdatePhase::Blocked { .. }
        )
        .then(|| u.expires().to_string()),
        entries: entries.iter().map(log::entries::row).collect(),
    })
}

/// Who withdrew it and why.
fn withdrawn(entries: &[Recorded]) -> Option<String> {
    let by = entries.iter().rev().find_map(|e| match &e.entry.event {
        Event::Update(_, UpdateEvent::Withdrawn { by }) => Some(by),
        _ => None,
    });
    by.map(withdrawn_by)
}

fn crypto_id(u: &Update) -> Option<String> {
    let passed = u.card(2).is_some_and(|c| c.facts.verdict == CardVerdict::Passed);
    passed.then(|| u.by().key.crypto_id().to_string())
}

fn risk(u: &Update, summary: Option<&Summary>) -> RiskView {
    let (computed, reasons) = match (u.package(), summary) {
        (Some(p), _) => (p.computed, p.reasons.iter().map(ToString::to_string).collect()),
        (None, Some(s)) => (s.assessment.risk, s.assessment.reasons.clone()),
        (None, None) => (u.declared(), Vec::new()),
    };
    RiskView {
        declared: u.declared(),
        computed,
        lower_bound: u.is_lower_bound(),
        reasons: reasons.iter().map(|r| visible(r)).collect(),
    }
}
