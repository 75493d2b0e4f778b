//! One update as people see it, from its own entries and the blobs they name.
//!
//! Owns the translation of the aggregate into its view. Never decides: every verdict shown was asked of the domain.

use grace_domain::acts::{ACTS, Act, ActSubject};
use grace_domain::core::states::StageState;
use grace_domain::core::time::Timestamp;
use grace_domain::governance::tally::{Requirement, Tally};
use grace_domain::kinds::summary::Summary;
use grace_domain::log::{CardVerdict, Event, Recorded, Signed, UpdateEvent};
use grace_domain::row;
use grace_domain::update::decide::{Obstacle, in_the_way, may};
use grace_domain::update::{Phase, STAGES, Update};
use grace_domain::world::World;

use super::context::Context;
use super::documents::{UpdateDocuments, output};
use super::rules::Rules;
use super::{evidence_view, summary_view, window_view};
use crate::diff::visible;
use crate::problem::Problem;
use crate::text::entries;
use crate::text::phrases::sentence;
use crate::text::phrases::{clause, duration, text};
use crate::types::action::ActionName;
use crate::verification_phrase;
use crate::views::*;

/// The instant at which approvals are judged: now while they are collected, the start of distribution afterwards.
pub(crate) fn judged_at(u: &Update, now: Timestamp) -> Timestamp {
    u.distributing_since.unwrap_or(if u.ended() { u.changed } else { now })
}

/// The whole view. `entries` are the update's own, oldest first.
pub(crate) async fn build(ctx: &Context, u: &Update, entries: &[Recorded]) -> Result<UpdateView, Problem> {
    let world = ctx.world().await?;
    let now = ctx.now();
    let papers = UpdateDocuments::of(ctx, u).await?;
    let policy = world.policy_of(&u.policy);
    let need = u.requirement(policy);
    let tally = u.tally(policy, world.people(), judged_at(u, now));
    let window = match u.window() {
        Some(window) => {
            Some(window_view::build(ctx, window, &window_view::Span::of_update(u), policy).await?)
        }
        None => None,
    };
    let times = Times::of(u, now);
    let rules = Rules::now(ctx, policy).await?;
    let risk = risk(u, papers.summary.as_ref());
    let summary = summary_view::of_update(u, &rules, &world, &papers);
    let review = evidence_view::review(u);
    Ok(UpdateView {
        id: u.id.to_string(),
        version: u.version.to_string(),
        crypto_id: crypto_id(u),
        update_type: u.update_type.as_str().into(),
        title: visible(&u.title),
        description: text(u.description()),
        refs: u.refs().iter().map(|r| text(r)).collect(),
        security_impact: text(u.security_impact()),
        created_by: u.by.person.to_string(),
        created_at: u.created.to_string(),
        state: u.state(),
        reason: match u.reason() {
            Some(reason) => Some(text(&reason)),
            None => withdrawn(entries),
        },
        risk,
        digest: u.set().to_hex(),
        package_digest: u.package.as_ref().map(|p| p.package.to_hex()),
        bound: u.bound().map(|bound| bound.to_hex()),
        verification_phrase: u.bound().map(|bound| verification_phrase::of(&bound)),
        policy_digest: u.policy.to_hex(),
        summary,
        stages: stages(ctx, u, &need, &tally).await?,
        approvals: evidence_view::approvals(&u.approvals, &tally, u.attempt),
        needed: evidence_view::needed(&need, &tally, world.people(), u.asker(), &u.approvals),
        receipts: evidence_view::receipts(ctx, u).await?,
        window,
        rollback: evidence_view::rollback(u).map(|r| RollbackView { review, ..r }),
        rehearsal: evidence_view::rehearsal(u, papers.manifest.as_ref()),
        actions: ctx.open_for(actions(&world, u)),
        next_at: times.next.as_ref().map(|(at, _)| at.to_string()),
        next_label: times.next.map(|(_, label)| label.into()),
        end_at: times.end.as_ref().map(|(at, _)| at.to_string()),
        end_label: times.end.map(|(_, label)| label.into()),
        expires_at: matches!(
            u.phase,
            Phase::Preparing | Phase::AwaitingApproval | Phase::Approved { .. } | Phase::Blocked { .. }
        )
        .then(|| u.expires.to_string()),
        entries: entries.iter().map(super::log::row).collect(),
    })
}

/// Who cancelled it and why.
fn withdrawn(entries: &[Recorded]) -> Option<String> {
    let by = entries.iter().rev().find_map(|e| match &e.entry.event {
        Event::Update(_, UpdateEvent::Withdrawn { by }) => Some(by),
        _ => None,
    });
    by.map(withdrawn_by)
}

/// Who cancelled it and why.
pub(crate) fn withdrawn_by(by: &Signed) -> String {
    format!("Withdrawn by {}: {}.", by.person, why(by))
}

/// Who denied it and why.
pub(crate) fn denied_by(by: &Signed) -> String {
    format!("Denied by {}: {}.", by.person, why(by))
}

/// The reason of a signed act, as a clause.
fn why(by: &Signed) -> String {
    text(by.reason.trim().trim_end_matches('.'))
}

/// For what an approved update waits, in a list: whom it lets go first is told by title.
pub(crate) fn waits(world: &World, u: &Update, reason: &str, now: Timestamp) -> String {
    let title = |id| world.updates.get(id).map_or_else(String::new, |other| visible(&other.title));
    match in_the_way(world, u, now) {
        Some(Obstacle::Occupied { by, state, component, .. }) => {
            let state = state.as_str().replace('_', " ");
            format!("Waits for “{}”, {state} on {component}", title(&by))
        }
        Some(Obstacle::Earlier { by, component, .. }) => {
            format!("Waits for “{}”, first on {component}", title(&by))
        }
        Some(
            other @ (Obstacle::Frozen { .. }
            | Obstacle::InUse { .. }
            | Obstacle::NotReady { .. }
            | Obstacle::NotRegistered { .. }),
        ) => format!("Waits: {}", clause(&other.to_string())),
        None => format!("Waits: {}", clause(reason)),
    }
}

/// The eight cells.
pub(crate) fn cells(u: &Update) -> Vec<StageCell> {
    (1..).zip(row::cells(u)).map(|(n, state)| StageCell { n, state }).collect()
}

fn crypto_id(u: &Update) -> Option<String> {
    let passed = u.cards[1].as_ref().is_some_and(|c| c.facts.verdict == CardVerdict::Passed);
    passed.then(|| u.by.key.fingerprint().to_string())
}

fn risk(u: &Update, summary: Option<&Summary>) -> RiskView {
    let (computed, reasons) = match (&u.package, summary) {
        (Some(p), _) => (p.computed, p.reasons.iter().map(ToString::to_string).collect()),
        (None, Some(s)) => (s.assessment.risk, s.assessment.reasons.clone()),
        (None, None) => (u.declared, Vec::new()),
    };
    RiskView { declared: u.declared, computed, reasons: reasons.iter().map(|r| visible(r)).collect() }
}

async fn stages(
    ctx: &Context,
    u: &Update,
    need: &Requirement,
    tally: &Tally,
) -> Result<Vec<StageView>, Problem> {
    let mut views = Vec::with_capacity(STAGES.len());
    for (i, state) in row::cells(u).into_iter().enumerate() {
        let n = u8::try_from(i + 1).unwrap_or(u8::MAX);
        let card = u.cards.get(i).and_then(Option::as_ref);
        let mut view = StageView {
            n,
            name: STAGES[i].into(),
            // A window without data is still running as a stage; its own verdict says so.
            verdict: if state == StageState::NoData { StageState::Running } else { state },
            reason: None,
            sentence: open_sentence(u, n, state, need, tally),
            ms: None,
            seq: None,
            at: None,
            facts: Vec::new(),
            output: None,
        };
        if let Some(card) = card {
            let passed = card.facts.verdict == CardVerdict::Passed;
            view.sentence = entries::of_stage(&card.facts.sentence);
            view.reason = (!passed).then(|| text(&card.facts.sentence));
            view.ms = Some(card.facts.ms);
            view.seq = Some(card.seq);
            view.at = Some(card.at.to_string());
            view.facts = card.facts.facts.iter().map(|(l, v)| fact(l, v)).collect();
            if let Some(code) = card.facts.code {
                view.facts.insert(0, fact("code", code.as_str()));
            }
            view.output = output(ctx, card.facts.output.as_ref()).await?;
        }
        views.push(view);
    }
    Ok(views)
}

/// A labelled fact; machine text is set in mono.
pub(crate) fn fact(label: &str, value: &str) -> FactView {
    let machine = !value.contains(' ') || label.ends_with("check");
    FactView {
        label: visible(label),
        value: visible(value),
        mono: machine && value.chars().any(|c| c.is_ascii_digit() || matches!(c, '/' | ':' | '_' | '-')),
    }
}

fn open_sentence(u: &Update, n: u8, state: StageState, need: &Requirement, tally: &Tally) -> String {
    match (n, state) {
        (1, StageState::Waiting) => {
            let groups = if tally.missing_groups.is_empty() {
                String::new()
            } else {
                let names: Vec<&str> =
                    tally.missing_groups.iter().map(grace_domain::core::ids::GroupId::as_str).collect();
                format!("; still needed: group {}", names.join(", "))
            };
            format!("{} of {} signed{groups}.", tally.have, need.count)
        }
        (6, StageState::Waiting) => match u.reason() {
            Some(reason) => format!("Waits: {}.", clause(&reason)),
            None => "Approved; its turn comes.".into(),
        },
        (6, StageState::Running) => match &u.phase {
            Phase::Distributing { current: Some(component) } => format!("{component} is being changed."),
            _ => "Distributing.".into(),
        },
        (8, StageState::Running) => "The observation window is open.".into(),
        (8, StageState::NoData) => "The window is open, but required metrics are missing.".into(),
        (8, StageState::Waiting) => "Held: a person must keep it or roll it back.".into(),
        (_, StageState::Running) => "Running.".into(),
        _ => "Not begun.".into(),
    }
}

/// What may be done with it now.
pub(crate) fn actions(world: &World, u: &Update) -> Vec<Action> {
    let judge = |name: ActionName, refused: Option<String>| Action {
        name,
        allowed: refused.is_none(),
        reason: refused,
    };
    let waiting = matches!(u.phase, Phase::AwaitingApproval);
    let deniable = waiting || matches!(u.phase, Phase::Approved { .. });
    let not_now = || {
        Some(match u.phase {
            Phase::Preparing => "It is still being prepared; there is no package to sign for yet.".to_owned(),
            _ => format!("It is {}; it takes no signatures now.", u.state().as_str().replace('_', " ")),
        })
    };
    let mut actions = vec![
        judge(ActionName::Approve, if waiting { None } else { not_now() }),
        judge(ActionName::Deny, if deniable { None } else { not_now() }),
    ];
    // Where no review is needed there is nothing to say about one.
    let reviewed = u.rollback.as_ref().is_some_and(|r| r.review.is_some());
    let on_update = ACTS.iter().filter(|a| a.subject == ActSubject::Update);
    for row in on_update.filter(|a| reviewed || a.act != Act::Review) {
        let refused = may(world, u, row.act)
            .err()
            .map(|r| format!("{}.", clause(&r.message.replace(u.id.as_str(), "It").replace('_', " "))));
        actions.push(judge(row.act.into(), refused));
    }
    actions
}

/// What the clock will do to it.
pub(crate) struct Times {
    pub(crate) next: Option<(Timestamp, &'static str)>,
    pub(crate) end: Option<(Timestamp, &'static str)>,
}

impl Times {
    pub(crate) fn of(u: &Update, now: Timestamp) -> Self {
        match &u.phase {
            Phase::Preparing | Phase::AwaitingApproval | Phase::Approved { .. } | Phase::Blocked { .. } => {
                Self { next: Some((u.expires, "to expiry")), end: None }
            }
            Phase::Observing { window: Some(window) } => {
                let left = window.length_ms.saturating_sub(window.observed_ms);
                let end = now.plus_ms(i64::try_from(left).unwrap_or(i64::MAX));
                Self { next: None, end: Some((end, "to earliest end")) }
            }
            _ => Self { next: None, end: None },
        }
    }
}

/// One sentence for lists of what runs.
pub(crate) fn running_sentence(u: &Update, world: &World, now: Timestamp) -> String {
    match &u.phase {
        Phase::Preparing => "Being prepared: checks and rehearsal on a copy.".into(),
        Phase::AwaitingApproval => {
            let policy = world.policy_of(&u.policy);
            let need = u.requirement(policy);
            let tally = u.tally(policy, world.people(), now);
            format!("{} of {} signed.", tally.have, need.count)
        }
        Phase::Approved { waiting: Some(reason) } => format!("{}.", waits(world, u, reason, now)),
        Phase::Approved { waiting: None } => "Approved; distribution begins.".into(),
        Phase::Distributing { current: Some(c) } => format!("{c} is being changed."),
        Phase::Distributing { current: None } => "Distributing.".into(),
        Phase::Observing { window: Some(w) } => format!(
            "Observed {} of {}, last evaluation {}.",
            duration(w.observed_ms / 1000),
            duration(w.length_ms / 1000),
            w.verdict.map_or("still to come", grace_domain::judge::window::Verdict::said)
        ),
        Phase::Observing { window: None } => "Measuring what was normal before.".into(),
        Phase::RollingBack => "Being rolled back.".into(),
        _ => u.reason().map(|r| sentence(&clause(&r))).unwrap_or_default(),
    }
}
