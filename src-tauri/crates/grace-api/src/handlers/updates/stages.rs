//! The eight stages of an update as evidence cards.
//!
//! Owns their sentences while no card says more. Never decides how a stage ended: its card does.

use grace_domain::core::states::StageState;
use grace_domain::governance::tally::{Requirement, Tally};
use grace_domain::update::evidence::CardVerdict;
use grace_domain::update::row;
use grace_domain::update::{StageName, Update, UpdatePhase};

use crate::handlers::context::Context;
use crate::handlers::updates::documents::output;
use crate::problem::Problem;
use crate::text::facts::fact;
use crate::text::phrases::{as_sentence, clause};
use crate::types::*;

pub(crate) async fn stages(
    ctx: &Context,
    u: &Update,
    need: &Requirement,
    tally: &Tally,
) -> Result<Vec<StageView>, Problem> {
    let mut views = Vec::with_capacity(StageName::ALL.len());
    for (i, (state, name)) in row::cells(u).into_iter().zip(StageName::ALL.iter().copied()).enumerate() {
        let n = u8::try_from(i + 1).unwrap_or(u8::MAX);
        let card = u.cards().get(i).and_then(Option::as_ref);
        let mut view = StageView {
            n,
            name,
            // A window without data is still running as a stage; its own verdict says so.
            verdict: if state == StageState::NoData { StageState::Running } else { state },
            reason: None,
            code: None,
            sentence: open_sentence(u, n, state, need, tally),
            ms: None,
            seq: None,
            at: None,
            facts: Vec::new(),
            output: None,
        };
        if let Some(card) = card {
            let passed = card.facts.verdict == CardVerdict::Passed;
            view.sentence = as_sentence(&card.facts.sentence);
            view.reason = (!passed).then(|| as_sentence(&card.facts.sentence));
            view.ms = Some(card.facts.ms);
            view.seq = Some(card.seq);
            view.at = Some(card.at.to_string());
            view.facts = card.facts.facts.iter().map(|(l, v)| fact(l, v)).collect();
            view.code = card.facts.code;
            view.output = output(ctx, card.facts.output.as_ref()).await?;
        }
        views.push(view);
    }
    Ok(views)
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
        (6, StageState::Running) => match u.phase() {
            UpdatePhase::Distributing { current: Some(component) } => {
                format!("{component} is being changed.")
            }
            _ => "Distributing.".into(),
        },
        (8, StageState::Running) => "The observation window is open.".into(),
        (8, StageState::NoData) => "The window is open, but required metrics are missing.".into(),
        (8, StageState::Waiting) => "Held: a person must keep it or roll it back.".into(),
        (_, StageState::Running) => "Running.".into(),
        _ => "Not begun.".into(),
    }
}
