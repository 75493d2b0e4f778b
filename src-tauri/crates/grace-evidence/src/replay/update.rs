//! What is behind each event of an update.

use std::collections::BTreeSet;

use grace_domain::component::event::ComponentEvent;
use grace_domain::core::ids::{DocumentId, UpdateId};
use grace_domain::input::Input;
use grace_domain::judge::window::Series;
use grace_domain::kinds::content::{DocumentEdit, Sizes, named};
use grace_domain::log::{Baseline, Event};
use grace_domain::metrics::definition::Worse;
use grace_domain::statement::{Submission, Verified};
use grace_domain::update::decide::StageDone;
use grace_domain::update::event::UpdateEvent;
use grace_domain::update::evidence::{CardFacts, CardVerdict};
use grace_domain::update::input::UpdateInput;
use grace_domain::world::World;

use super::cause::Cause;
use super::claims;
use super::due::Refused;
use crate::proved::Proved;
use crate::read::ReadEntry;

/// What is behind the first of these entries, which is this event; `prove` gives what another of them stands on.
pub(super) fn cause(
    world: &World,
    (id, event): (&UpdateId, &UpdateEvent),
    proved: Proved,
    entries: &[ReadEntry],
    prove: &dyn Fn(&ReadEntry) -> Result<Proved, Refused>,
) -> Result<Cause, Refused> {
    let (this, next) = (&entries[0], &entries[1..]);
    let one = |input| Ok(Cause::input(Input::Update(id.clone(), input)));
    let several = |inputs: Vec<UpdateInput>| {
        Ok(Cause::Inputs(inputs.into_iter().map(|input| Input::Update(id.clone(), input)).collect()))
    };
    match event {
        UpdateEvent::Proposed { document, .. } => {
            let submission = proved.submission()?;
            let edits = edits(&submission, document.as_ref(), this)?;
            several(edits.into_iter().map(|edit| UpdateInput::Submit(submission.clone(), edit)).collect())
        }
        UpdateEvent::Approval { .. } => one(UpdateInput::Approve(proved.approval()?)),
        UpdateEvent::Kept { .. }
        | UpdateEvent::Withdrawn { .. }
        | UpdateEvent::Retried { .. }
        | UpdateEvent::RollbackReviewed { .. }
        | UpdateEvent::RollbackStarted { by: Some(_), .. } => one(UpdateInput::Act(proved.act()?)),
        UpdateEvent::Stage(card) => match card.n {
            2..=5 => one(UpdateInput::StageDone(Box::new(stage_done(card, next)))),
            8 => match next.first() {
                Some(signed) if is_act(&signed.entry().event) => one(UpdateInput::Act(prove(signed)?.act()?)),
                _ => one(UpdateInput::WindowReady(unwatched(world, id))),
            },
            _ => Ok(Cause::Time),
        },
        UpdateEvent::Receipt(facts) => one(UpdateInput::Receipt(Box::new(facts.clone()))),
        UpdateEvent::NoReceipt(facts) => one(UpdateInput::NoReceipt(Box::new(facts.clone()))),
        UpdateEvent::WindowOpened { baselines, .. } => one(UpdateInput::WindowReady(baselines.clone())),
        UpdateEvent::Evaluation(report) => {
            let gone = watched(world, id).into_iter().take(1).collect();
            several(vec![
                UpdateInput::Evaluated(report.clone(), Vec::new()),
                UpdateInput::Evaluated(report.clone(), gone),
            ])
        }
        UpdateEvent::Rebased { .. }
        | UpdateEvent::ApprovalLapsed { .. }
        | UpdateEvent::Waiting { .. }
        | UpdateEvent::Distributing { .. }
        | UpdateEvent::Refused { .. } => Ok(Cause::Time),
        UpdateEvent::Packaged(_)
        | UpdateEvent::Approved { .. }
        | UpdateEvent::ApplyStarted { .. }
        | UpdateEvent::Distributed { .. }
        | UpdateEvent::Stable {}
        | UpdateEvent::Held { .. }
        | UpdateEvent::Blocked { .. }
        | UpdateEvent::Failed { .. }
        | UpdateEvent::RollbackStarted { by: None, .. }
        | UpdateEvent::RolledBack { .. }
        | UpdateEvent::RollbackFailed { .. } => Ok(Cause::Consequence),
    }
}

/// A signed act whose entry comes after the card of stage 8.
fn is_act(event: &Event) -> bool {
    matches!(
        event,
        Event::Update(_, UpdateEvent::Kept { .. } | UpdateEvent::RollbackStarted { by: Some(_), .. })
    )
}

/// The result of a stage as it was handed in: what of it stands in entries of its own comes after the card.
fn stage_done(card: &CardFacts, next: &[ReadEntry]) -> StageDone {
    let package = match next.first().map(|next| &next.entry().event) {
        Some(Event::Update(_, UpdateEvent::Packaged(package))) => Some(package.clone()),
        _ => None,
    };
    let drift = match next.get(1).map(|next| &next.entry().event) {
        Some(Event::Component(id, ComponentEvent::DriftDetected { expected, found }))
            if card.verdict != CardVerdict::Passed =>
        {
            Some((id.clone(), *expected, *found))
        }
        _ => None,
    };
    StageDone { card: card.clone(), package, drift }
}

/// The series of its components.
fn watched(world: &World, id: &UpdateId) -> BTreeSet<Series> {
    let components = world.updates().get(id).map(|update| update.components()).unwrap_or_default();
    claims::watched(world, components)
}

/// What leads to a window that cannot be opened: nothing to watch, or nothing that has a limit.
fn unwatched(world: &World, id: &UpdateId) -> Vec<Baseline> {
    let unlimited = |series| Baseline { series, value: None, limit: None, worse: Worse::Higher, fresh_s: 0 };
    watched(world, id).into_iter().map(unlimited).collect()
}

/// What a submission wants of a document of a registry. Where its content is redacted, all that can be tried is what the
/// entry names: to change that document, or to take it out of force.
fn edits(
    submission: &Verified<Submission>,
    document: Option<&DocumentId>,
    this: &ReadEntry,
) -> Result<Vec<Option<DocumentEdit>>, Refused> {
    let part = submission.statement.part().map_err(|refusal| refusal.message)?;
    if let Some(content) = this.documents.get(&part.content) {
        // How large what it names is was found out when it was handed in.
        let sizes: Sizes = named(content).into_iter().map(|digest| (digest, 1)).collect();
        let content = part.update_type.parse(content, &sizes);
        let content = content.map_err(|refusal| format!("its content does not read: {}", refusal.message))?;
        return Ok(vec![content.edit().cloned()]);
    }
    let Some(id) = document else { return Ok(vec![None]) };
    Ok([Some(part.content), None].map(|new| Some(DocumentEdit { id: id.clone(), new })).to_vec())
}
