//! One handshake as people see it: who wants in, and who has answered.
//!
//! Owns the operation `handshake_show`. Never counts by itself: the aggregate does.

use std::collections::BTreeSet;

use grace_domain::core::ids::ComponentId;
use grace_domain::core::time::Timestamp;
use grace_domain::governance::tally::Requirement;
use grace_domain::handshake::decide::may_decide;
use grace_domain::handshake::{Handshake, RecordedAck};
use grace_domain::log::Recorded;
use grace_domain::world::World;

use crate::diff::visible;
use crate::handlers::components::view::{surroundings, target};
use crate::handlers::context::Context;
use crate::handlers::handshakes::steps::steps;
use crate::handlers::metrics::rules::Rules;
use crate::handlers::metrics::window;
use crate::handlers::metrics::window::Span;
use crate::handlers::{approvals, load, log};
use crate::problem::Problem;
use crate::problems::damaged;
use crate::requests::*;
use crate::text::phrases::{as_sentence, text};
use crate::types::*;
use crate::verification_phrase;

/// One handshake with all answers.
pub(crate) async fn handshake_show(ctx: &Context, request: ById) -> Result<HandshakeView, Problem> {
    let (handshake, entries) = load::handshake(ctx, &request.id).await?;
    view(ctx, &handshake, &entries).await
}

pub(crate) async fn view(
    ctx: &Context,
    h: &Handshake,
    entries: &[Recorded],
) -> Result<HandshakeView, Problem> {
    let world = ctx.world().await?;
    let policy = world.policy_of(h.policy());
    let judged = h.approved().map_or(if h.ended() { h.changed() } else { ctx.now() }, |(at, _)| at);
    let tally = h.tally(policy, world.people(), judged);
    let need = Requirement::of_handshake(policy);
    let rules = Rules::now(ctx, policy).await?;
    let window = match h.window() {
        Some(open) => Some(window::build(ctx, open, &Span::of_handshake(h), &rules).await?),
        None => None,
    };
    let target = target(&h.facts().target).ok_or_else(|| damaged("the target document does not read"))?;
    let deadline = h.announced().map(|(_, _, deadline)| deadline);
    Ok(HandshakeView {
        id: h.id().to_string(),
        component: h.component().to_string(),
        component_type: visible(&h.facts().component_type),
        version: visible(&h.facts().version),
        state: h.state(),
        reason: h.reason().map(|r| as_sentence(&r)),
        requested_by: h.by().person.to_string(),
        requested_at: h.created().to_string(),
        request: h.request().to_hex(),
        verification_phrase: verification_phrase::of(&h.bound()),
        crypto_id: h.facts().key.crypto_id().to_string(),
        capabilities: h.facts().capabilities.iter().map(|c| visible(c)).collect(),
        metrics: h.facts().metrics.iter().map(ToString::to_string).collect(),
        surroundings: surroundings(h.facts()),
        target,
        steps: steps(h, entries, policy, &tally, &played(&world, &policy.handshake.required)),
        acks: h.acks().iter().map(ack).collect(),
        required: policy.handshake.required.iter().map(ToString::to_string).collect(),
        missing: h.missing(policy).iter().map(ToString::to_string).collect(),
        quorum: policy.handshake.quorum,
        announced_at: h.announced().map(|(at, _, _)| at.to_string()),
        deadline: deadline.map(|d| d.to_string()),
        approvals: approvals::views(h.approvals(), &tally, 1),
        needed: approvals::needed(&need, &tally, world.people(), h.requester(), h.approvals()),
        window,
        warnings: warnings(&rules, h),
        actions: ctx.open_for(actions(h, ctx.now())),
        entries: entries.iter().map(log::entries::row).collect(),
    })
}

/// What is known beforehand to end badly; nothing once it has ended.
pub(crate) fn warnings(rules: &Rules<'_>, h: &Handshake) -> Vec<String> {
    rules.unjudged(&h.facts().metrics).filter(|_| !h.ended()).into_iter().collect()
}

fn ack(a: &RecordedAck) -> AckView {
    AckView {
        by: a.facts.by.to_string(),
        vote: a.facts.vote.into(),
        reason: (!a.facts.reason.is_empty()).then(|| text(&a.facts.reason)),
        at: a.at.to_string(),
        adjustments: a
            .facts
            .adjustments
            .iter()
            .map(|x| AdjustmentView {
                key: visible(&x.key),
                old: x.old.as_deref().map(visible),
                new: visible(&x.new),
            })
            .collect(),
        counted: a.code.is_none(),
        code: a.code,
        crypto_id: a.facts.key.crypto_id().to_string(),
        seq: a.seq,
        seen_size: a.facts.seen_size,
    }
}

fn actions(h: &Handshake, now: Timestamp) -> Vec<Action> {
    let reason = may_decide(h, now).err().map(|r| as_sentence(&r.message));
    [ActionName::Approve, ActionName::Deny]
        .map(|name| Action { name, allowed: reason.is_none(), reason: reason.clone() })
        .into()
}

/// Which acknowledgers this engine plays itself, as the end of a sentence; empty when all are others. Their answers are
/// signed with keys that lie in the world, so they witness nothing that its engine does not.
pub(crate) fn played(world: &World, required: &BTreeSet<ComponentId>) -> String {
    let simulated: Vec<&str> = required
        .iter()
        .filter(|id| world.components().get(*id).is_some_and(|c| c.facts().simulated))
        .map(ComponentId::as_str)
        .collect();
    match simulated.len() {
        0 => String::new(),
        n if n == required.len() => " They are simulated by this engine.".to_owned(),
        1 => format!(" {} is simulated by this engine.", simulated[0]),
        _ => format!(" {} are simulated by this engine.", simulated.join(", ")),
    }
}
