//! Where an update stands, said in one line: what it waits for, what the clock will do to it, what may be done with it.
//!
//! Owns these sentences. Never decides: what may be done is asked of the domain.

use grace_domain::acts::{ACTS, Act, ActSubject};
use grace_domain::core::time::Timestamp;
use grace_domain::governance::tally::Decision;
use grace_domain::judge::window::Verdict;
use grace_domain::log::Signed;
use grace_domain::update::decide::{Obstacle, in_the_way, may, may_decide};
use grace_domain::update::row;
use grace_domain::update::{Update, UpdatePhase};
use grace_domain::world::World;

use crate::diff::visible;
use crate::text::phrases::{as_sentence, clause, duration, text};
use crate::types::*;

/// Who withdrew it and why.
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

/// Why it stands as it does.
pub(crate) fn reason(u: &Update) -> Option<String> {
    u.reason().map(|reason| told(&reason, u.reason_is_written()))
}

/// A reason: what a person wrote stays as it was written, a clause of ours becomes a sentence.
pub(crate) fn told(reason: &str, written: bool) -> String {
    if written { text(reason) } else { as_sentence(reason) }
}

/// For what an approved update waits, in a list: whom it lets go first is told by title.
pub(crate) fn waits(world: &World, u: &Update, reason: &str, now: Timestamp) -> String {
    let title = |id| world.updates().get(id).map_or_else(String::new, |other| visible(other.title()));
    match in_the_way(world, u, now) {
        Some(Obstacle::Occupied { by, state, component, .. }) => {
            let state = state.plain();
            format!("Waits for “{}”, {state} on {component}.", title(&by))
        }
        Some(Obstacle::Earlier { by, component, .. }) => {
            format!("Waits for “{}”, first on {component}.", title(&by))
        }
        Some(
            other @ (Obstacle::Frozen { .. }
            | Obstacle::InUse { .. }
            | Obstacle::NotReady { .. }
            | Obstacle::NotRegistered { .. }),
        ) => format!("Waits: {}.", clause(&other.to_string())),
        None => format!("Waits: {}.", clause(reason)),
    }
}

/// The eight cells.
pub(crate) fn cells(u: &Update) -> Vec<StageCell> {
    (1..).zip(row::cells(u)).map(|(n, state)| StageCell { n, state }).collect()
}

/// What may be done with it now.
pub(crate) fn actions(world: &World, u: &Update, now: Timestamp) -> Vec<Action> {
    let judge = |name: ActionName, refused: Option<String>| Action {
        name,
        allowed: refused.is_none(),
        reason: refused,
    };
    let refused = |decision| may_decide(u, decision, now).err().map(|r| as_sentence(&r.message));
    let mut actions = vec![
        judge(ActionName::Approve, refused(Decision::Approve)),
        judge(ActionName::Deny, refused(Decision::Deny)),
    ];
    // Where no review is needed there is nothing to say about one.
    let reviewed = u.rollback().is_some_and(|r| r.review.is_some());
    let on_update = ACTS.iter().filter(|a| a.subject == ActSubject::Update);
    for row in on_update.filter(|a| reviewed || a.act != Act::Review) {
        let refused = may(world, u, row.act).err().map(|r| as_sentence(&r.message));
        actions.push(judge(row.act.into(), refused));
    }
    actions
}

/// What the clock will do to it.
pub(crate) struct Times {
    pub(crate) next: Option<(Timestamp, Due)>,
    pub(crate) end: Option<(Timestamp, Due)>,
}

impl Times {
    pub(crate) fn of(u: &Update, now: Timestamp) -> Self {
        match u.phase() {
            UpdatePhase::Preparing
            | UpdatePhase::AwaitingApproval
            | UpdatePhase::Approved { .. }
            | UpdatePhase::Blocked { .. } => Self { next: Some((u.expires(), Due::Expiry)), end: None },
            UpdatePhase::Observing { window: Some(window) } => {
                let left = window.length_ms.saturating_sub(window.observed_ms);
                let end = now.plus_ms(i64::try_from(left).unwrap_or(i64::MAX));
                Self { next: None, end: Some((end, Due::EarliestEnd)) }
            }
            _ => Self { next: None, end: None },
        }
    }
}

/// One sentence for lists of what runs.
pub(crate) fn running_sentence(u: &Update, world: &World, now: Timestamp) -> String {
    match u.phase() {
        UpdatePhase::Preparing => "Being prepared: checks and rehearsal on a copy.".into(),
        UpdatePhase::AwaitingApproval => {
            let policy = world.policy_of(u.policy());
            let need = u.requirement(policy);
            let tally = u.tally(policy, world.people(), now);
            format!("{} of {} signed.", tally.have, need.count)
        }
        UpdatePhase::Approved { waiting: Some(reason) } => waits(world, u, reason, now),
        UpdatePhase::Approved { waiting: None } => "Approved; distribution begins.".into(),
        UpdatePhase::Distributing { current: Some(c) } => format!("{c} is being changed."),
        UpdatePhase::Distributing { current: None } => "Distributing.".into(),
        UpdatePhase::Observing { window: Some(w) } => format!(
            "Observed {} of {}, last evaluation {}.",
            duration(w.observed_ms / 1000),
            duration(w.length_ms / 1000),
            w.verdict.map_or_else(|| "still to come".to_owned(), Verdict::plain)
        ),
        UpdatePhase::Observing { window: None } => "Measuring what was normal before.".into(),
        UpdatePhase::RollingBack => "Being rolled back.".into(),
        _ => reason(u).unwrap_or_default(),
    }
}
