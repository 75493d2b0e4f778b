//! What reaches an update, and which of the domain's decisions it leads to.

use crate::core::codes::Code;
use crate::core::ids::UpdateId;
use crate::core::refusal::Refusal;
use crate::core::time::Timestamp;
use crate::decider::Decider;
use crate::judge::window::{EvaluationReport, Series};
use crate::kinds::content::DocumentEdit;
use crate::log::{Actor, Baseline, Event};
use crate::statement::{ActStatement, ApprovalStatement, ReceiptAct, Submission, Verified};
use crate::update::decide::{self, StageDone};
use crate::update::evidence::{NoReceiptFacts, ReceiptFacts};
use crate::update::state::Update;
use crate::world::World;

/// One input about an update.
#[derive(Debug, Clone)]
pub enum UpdateInput {
    /// A submission, whose content was read and is durable, and what it wants of a document of a registry.
    Submit(Box<Verified<Submission>>, Option<DocumentEdit>),
    /// An approval or denial.
    Approve(Box<Verified<ApprovalStatement>>),
    /// Withdraw, retry, keep or roll back.
    Act(Box<Verified<ActStatement>>),
    /// A preparation stage ended.
    StageDone(Box<StageDone>),
    /// A component's receipt of applying or reverting.
    Receipt(Box<ReceiptFacts>),
    /// A component could sign for nothing, however often it was tried.
    NoReceipt(Box<NoReceiptFacts>),
    /// Baselines of its window.
    WindowReady(Vec<Baseline>),
    /// An evaluation of its window, and the series that are gone since the change.
    Evaluated(EvaluationReport, Vec<Series>),
}

impl Decider for Update {
    type Input = UpdateInput;

    fn not_open(id: &UpdateId) -> Refusal {
        Refusal::conflict(
            Code::NotOpen,
            format!("update {id} has ended or does not exist"),
            "look at its state with `update show`; nothing was changed",
        )
    }

    fn decide(
        world: &World,
        found: Result<&Self, Refusal>,
        input: &UpdateInput,
        now: Timestamp,
    ) -> Result<(Actor, Vec<Event>), Refusal> {
        Ok(match input {
            UpdateInput::Submit(submission, edit) => (
                Actor::Person(submission.statement.created_by.clone()),
                decide::submit(world, submission, edit.as_ref(), now)?,
            ),
            UpdateInput::Approve(a) => {
                (Actor::Person(a.statement.person.clone()), decide::approve(world, found?, a, now)?)
            }
            UpdateInput::Act(a) => {
                (Actor::Person(a.statement.person.clone()), decide::act(world, found?, a, now)?)
            }
            UpdateInput::StageDone(done) => (Actor::Engine, decide::stage_done(world, found?, done)?),
            UpdateInput::Receipt(facts) => {
                let events = match facts.act {
                    ReceiptAct::Apply => decide::applied(world, found?, facts, now)?,
                    ReceiptAct::Revert | ReceiptAct::Restore => decide::reverted(found?, facts, now)?,
                };
                (Actor::Component(facts.component.clone()), events)
            }
            UpdateInput::NoReceipt(facts) => (Actor::Engine, decide::no_receipt(found?, facts, now)),
            UpdateInput::WindowReady(baselines) => {
                (Actor::Engine, decide::window_ready(world, found?, baselines.clone()))
            }
            UpdateInput::Evaluated(report, gone) => (Actor::Engine, decide::evaluated(found?, report, gone)),
        })
    }

    fn nonce(id: &UpdateId, input: &UpdateInput) -> Option<String> {
        match input {
            UpdateInput::Submit(..) => Some(id.to_string()),
            UpdateInput::Approve(a) => Some(format!("{id}/{}", a.statement.nonce)),
            UpdateInput::Act(a) => Some(format!("{id}/{}", a.statement.nonce)),
            UpdateInput::StageDone(_)
            | UpdateInput::Receipt(_)
            | UpdateInput::NoReceipt(_)
            | UpdateInput::WindowReady(_)
            | UpdateInput::Evaluated(..) => None,
        }
    }

    fn reports_an_end(input: &UpdateInput) -> bool {
        match input {
            UpdateInput::StageDone(_)
            | UpdateInput::Receipt(_)
            | UpdateInput::NoReceipt(_)
            | UpdateInput::WindowReady(_) => true,
            UpdateInput::Submit(..)
            | UpdateInput::Approve(_)
            | UpdateInput::Act(_)
            | UpdateInput::Evaluated(..) => false,
        }
    }
}
