//! Reading handshakes: who wants in, and who has answered.
//!
//! Owns the operations `handshake_list` and `handshake_show`. Never counts by itself: the aggregate does.

use std::collections::BTreeSet;

use grace_domain::core::ids::ComponentId;
use grace_domain::core::states::{StageState, State};
use grace_domain::core::time::Timestamp;
use grace_domain::governance::policy::Policy;
use grace_domain::governance::tally::{Decision, Requirement, Tally};
use grace_domain::handshake::{Handshake, Phase, RecordedAck, STEPS};
use grace_domain::log::{Event, HandshakeEvent, Recorded};
use grace_domain::world::World;
use grace_store::{Row, RowFilter, RowKind};
use serde::Deserialize;

use super::context::Context;
use super::evidence_view;
use super::rules::Rules;
use super::window_view::{self, Span};
use super::{components, load, log};
use crate::diff::visible;
use crate::problem::Problem;
use crate::problems::damaged;
use crate::requests::*;
use crate::text::phrases::clause;
use crate::text::phrases::text;
use crate::types::action::ActionName;
use crate::verification_phrase;
use crate::views::*;

/// A page of handshakes, newest first.
pub(crate) async fn handshake_list(
    ctx: &Context,
    request: PageRequest,
) -> Result<HandshakeListView, Problem> {
    let filter = RowFilter::default();
    let limit = log::limit(request.limit);
    let (rows, next) = load::rows(ctx, RowKind::Handshake, &filter, request.before.as_deref(), limit).await?;
    Ok(HandshakeListView { handshakes: rows.iter().map(row).collect::<Result<_, _>>()?, next })
}

/// What `row::of_handshake` of the domain writes.
#[derive(Deserialize)]
struct Doc {
    id: String,
    component: String,
    title: String,
    state: State,
    reason: Option<String>,
    requested_by: String,
    acks: u32,
    needed: u32,
    requested_at: String,
    changed_at: String,
    deadline: Option<String>,
    seq: u64,
}

/// A row of the list, from its projection.
pub(crate) fn row(row: &Row) -> Result<HandshakeRow, Problem> {
    let doc: Doc =
        serde_json::from_str(&row.doc).map_err(|_| damaged("a projection row has another shape"))?;
    Ok(HandshakeRow {
        id: doc.id,
        component: doc.component,
        title: visible(&doc.title),
        state: doc.state,
        reason: doc.reason.as_deref().map(text),
        requested_by: doc.requested_by,
        acks: doc.acks,
        needed: doc.needed,
        requested_at: doc.requested_at,
        changed_at: doc.changed_at,
        deadline: doc.deadline,
        seq: doc.seq,
    })
}

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
    let policy = world.policy_of(&h.policy);
    let judged = h.approved.map_or(if h.ended() { h.changed } else { ctx.now() }, |(at, _)| at);
    let tally = h.tally(policy, world.people(), judged);
    let need = Requirement::of_handshake(policy);
    let window = match h.window() {
        Some(window) => Some(window_view::build(ctx, window, &Span::of_handshake(h), policy).await?),
        None => None,
    };
    let target =
        components::target(&h.facts.target).ok_or_else(|| damaged("the target document does not read"))?;
    let deadline = h.announced.map(|(_, _, deadline)| deadline);
    Ok(HandshakeView {
        id: h.id.to_string(),
        component: h.component.to_string(),
        component_type: visible(&h.facts.component_type),
        version: visible(&h.facts.version),
        state: h.state(),
        reason: h.reason().map(|r| text(&r)),
        requested_by: h.by.person.to_string(),
        requested_at: h.created.to_string(),
        request_digest: h.request.to_hex(),
        verification_phrase: verification_phrase::of(&h.bound()),
        key: h.facts.key.fingerprint().to_string(),
        capabilities: h.facts.capabilities.iter().map(|c| visible(c)).collect(),
        metrics: h.facts.metrics.iter().map(ToString::to_string).collect(),
        target,
        steps: steps(h, entries, policy, &tally, &played(&world, &policy.handshake.required)),
        acks: h.acks.iter().map(ack).collect(),
        required: policy.handshake.required.iter().map(ToString::to_string).collect(),
        missing: h.missing(policy).iter().map(ToString::to_string).collect(),
        quorum: policy.handshake.quorum,
        announced_at: h.announced.map(|(at, _, _)| at.to_string()),
        deadline: deadline.map(|d| d.to_string()),
        approvals: evidence_view::approvals(&h.approvals, &tally, 1),
        needed: evidence_view::needed(&need, &tally, world.people(), h.asker(), &h.approvals),
        window,
        warnings: warnings(&Rules::now(ctx, policy).await?, h),
        actions: ctx.open_for(actions(&world, h)),
        entries: entries.iter().map(log::row).collect(),
    })
}

/// What is known beforehand to end badly; nothing once it has ended.
pub(crate) fn warnings(rules: &Rules<'_>, h: &Handshake) -> Vec<String> {
    rules.unjudged(&h.facts.metrics).filter(|_| !h.ended()).into_iter().collect()
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
        key: a.facts.key.fingerprint().to_string(),
        seq: a.seq,
        seen_size: a.facts.seen_size,
    }
}

fn actions(_: &World, h: &Handshake) -> Vec<Action> {
    let open = h.phase == Phase::AwaitingApproval;
    let reason =
        || Some(format!("It is {}; it takes no approval now.", h.state().as_str().replace('_', " ")));
    [ActionName::Approve, ActionName::Deny]
        .map(|name| Action { name, allowed: open, reason: if open { None } else { reason() } })
        .into()
}

/// Which acknowledgers this engine plays itself, as the end of a sentence; empty when all are others. Their answers are
/// signed with keys that lie in the world, so they witness nothing that its engine does not.
pub(crate) fn played(world: &World, required: &BTreeSet<ComponentId>) -> String {
    let simulated: Vec<&str> = required
        .iter()
        .filter(|id| world.components.get(*id).is_some_and(|c| c.facts.simulated))
        .map(ComponentId::as_str)
        .collect();
    match simulated.len() {
        0 => String::new(),
        n if n == required.len() => " They are simulated by this engine.".to_owned(),
        1 => format!(" {} is simulated by this engine.", simulated[0]),
        _ => format!(" {} are simulated by this engine.", simulated.join(", ")),
    }
}

/// The seven steps, each with its verdict and where in the log it stands.
/// `played` is what [`played`] says of the acknowledgers.
fn steps(h: &Handshake, entries: &[Recorded], policy: &Policy, tally: &Tally, played: &str) -> Vec<StepView> {
    let reached = reached(h);
    let failed = match &h.phase {
        Phase::Refused { .. } => Some(2),
        Phase::RefusedBy { .. } => Some(4),
        Phase::QuorumFailed { .. } => Some(5),
        Phase::Suspended { .. } => Some(7),
        _ => None,
    };
    let have = h.counted().len();
    let quorum = policy.handshake.quorum;
    let places: [Option<(Timestamp, u64)>; 7] = [
        Some((h.created, h.first_seq)),
        place(entries, |e| matches!(e, HandshakeEvent::Refused { .. }))
            .or_else(|| h.approvals.last().map(|a| (a.approval.at, a.seq))),
        h.announced.map(|(at, seq, _)| (at, seq)),
        h.acks.iter().rfind(|a| a.code.is_none()).or(h.acks.last()).map(|a| (a.at, a.seq)),
        // The entry that says the quorum is there, or that it is not.
        h.integrated.or_else(|| place(entries, |e| matches!(e, HandshakeEvent::QuorumFailed { .. }))),
        place(entries, |e| matches!(e, HandshakeEvent::Baseline { .. })),
        place(entries, |e| matches!(e, HandshakeEvent::Validated {} | HandshakeEvent::Suspended { .. }))
            .or_else(|| place(entries, |e| matches!(e, HandshakeEvent::WindowOpened { .. }))),
    ];
    (1_u8..)
        .zip(STEPS)
        .zip(places)
        .map(|((n, name), place)| {
            // Answers that were not enough did not pass, though it is the quorum that failed by them.
            let few = n == 4 && failed == Some(5);
            let verdict = if failed == Some(n) || few {
                StageState::Failed
            } else if failed.is_some_and(|f| n > f) || n > reached {
                StageState::Todo
            } else if n < reached || h.phase == Phase::Active || (failed.is_some() && failed > Some(n)) {
                StageState::Passed
            } else if n == 2 || n == 4 || n == 5 {
                StageState::Waiting
            } else {
                StageState::Running
            };
            let sentence = match (n, verdict) {
                (4, StageState::Failed) if few => {
                    format!("{have} of {} acknowledged until the deadline.", policy.handshake.required.len())
                }
                (_, StageState::Failed) => h.reason().map(|r| format!("{}.", clause(&r))).unwrap_or_default(),
                (1, _) => format!("Submitted by {}.", h.by.person),
                (2, StageState::Waiting) => {
                    format!("{} of {} signed.", tally.have, policy.handshake.approvals)
                }
                (2, StageState::Passed) => {
                    format!("{} of {} signed: {}.", tally.have, policy.handshake.approvals, signers(h))
                }
                (3, StageState::Passed) => announced(h, policy),
                (4, StageState::Waiting | StageState::Passed) => {
                    let of = policy.handshake.required.len();
                    format!("{have} of {of} acknowledged.{played}")
                }
                (5, StageState::Waiting) => format!("{quorum} needed, in time."),
                (5, StageState::Passed) => format!("{have} acknowledged in time; {quorum} needed."),
                (6, StageState::Passed) => "Integrated and registered; first content recorded.".into(),
                (6, StageState::Running) => "The first content is being recorded.".into(),
                (7, StageState::Running) => "The validation window is open.".into(),
                (7, StageState::Passed) => "Validated.".into(),
                _ => "Not begun.".into(),
            };
            let shown = verdict != StageState::Todo;
            StepView {
                n,
                name: name.into(),
                verdict,
                sentence,
                seq: place.filter(|_| shown).map(|(_, seq)| seq),
                at: place.filter(|_| shown).map(|(at, _)| at.to_string()),
            }
        })
        .collect()
}

/// When and where the newest of its events of one kind stands.
fn place(entries: &[Recorded], kind: impl Fn(&HandshakeEvent) -> bool) -> Option<(Timestamp, u64)> {
    let of = |r: &&Recorded| matches!(&r.entry.event, Event::Handshake(_, event) if kind(event));
    entries.iter().rfind(of).map(|r| (r.entry.at, r.seq))
}

/// Who signed for it, once each.
fn signers(h: &Handshake) -> String {
    let signed: BTreeSet<&str> = h
        .approvals
        .iter()
        .filter(|a| a.approval.decision == Decision::Approve)
        .map(|a| a.approval.person.as_str())
        .collect();
    signed.into_iter().collect::<Vec<_>>().join(", ")
}

/// Whom it was announced to, and until when they may answer.
fn announced(h: &Handshake, policy: &Policy) -> String {
    let to = policy.handshake.required.len();
    let them = if to == 1 { "acknowledger" } else { "acknowledgers" };
    match h.announced {
        Some((_, _, deadline)) => format!("To {to} {them}; answers count until {deadline}."),
        None => format!("To {to} {them}."),
    }
}

/// The step that is under way.
fn reached(h: &Handshake) -> u8 {
    match &h.phase {
        Phase::AwaitingApproval | Phase::Refused { .. } => 2,
        Phase::Announced { .. } | Phase::RefusedBy { .. } => 4,
        Phase::QuorumFailed { .. } => 5,
        Phase::Integrated => 6,
        Phase::Validating { .. } | Phase::Active | Phase::Suspended { .. } => 7,
    }
}
