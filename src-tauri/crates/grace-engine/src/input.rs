//! What reaches the owner: verified commands, results of effects, and ticks; and what a caller is told.
//! Everything in here is already parsed, hashed and signature-checked on the caller's own task.

use grace_domain::component::Scanned;
use grace_domain::core::codes::Code;
use grace_domain::core::digest::Digest;
use grace_domain::core::ids::{ComponentId, HandshakeId, UpdateId};
use grace_domain::core::refusal::{Refusal, RefusalKind};
use grace_domain::core::states::State;
use grace_domain::handshake::Handshake;
use grace_domain::judge::window::{EvaluationReport, Series};
use grace_domain::kinds::content::DocumentEdit;
use grace_domain::log::{Baseline, NoReceiptFacts, ReceiptFacts};
use grace_domain::statement::{Ack, ActStatement, ApprovalStatement, HandshakeRequest, Submission, Verified};
use grace_domain::update::Update;
use grace_domain::update::decide::StageDone;
use std::sync::Arc;
use tokio::sync::oneshot;

/// One input for the owner.
#[derive(Debug, Clone)]
pub enum Input {
    /// A submission, whose content was read and is durable, and what it wants of a document of a registry.
    Propose(Box<Verified<Submission>>, Option<DocumentEdit>),
    /// An approval or denial of an update.
    ApproveUpdate(UpdateId, Box<Verified<ApprovalStatement>>),
    /// Cancel, retry, keep or roll back.
    ActOnUpdate(UpdateId, Box<Verified<ActStatement>>),
    /// Adopt or restore, with what a scan found just before.
    ActOnComponent(ComponentId, Box<Verified<ActStatement>>, Scanned),
    /// A component asks to join.
    RequestHandshake {
        /// The statement.
        request: Box<Verified<HandshakeRequest>>,
        /// Checked target document, canonical JSON.
        target: String,
        /// This engine runs the component's side.
        simulated: bool,
    },
    /// An approval or denial of a handshake.
    ApproveHandshake(HandshakeId, Box<Verified<ApprovalStatement>>),
    /// A subsystem's answer and the log size it had seen.
    Ack(HandshakeId, Box<Verified<Ack>>, u64),
    /// A preparation stage ended.
    StageDone(UpdateId, Box<StageDone>),
    /// A component's receipt of applying or reverting.
    Receipt(UpdateId, Box<ReceiptFacts>),
    /// A component could sign for nothing, however often it was tried.
    NoReceipt(UpdateId, Box<NoReceiptFacts>),
    /// A component's receipt of restoring.
    Restored(ComponentId, Box<ReceiptFacts>),
    /// A restore could not be tried or signed for, and why.
    NotRestored(ComponentId, String),
    /// Baselines of an update's window.
    UpdateWindow(UpdateId, Vec<Baseline>),
    /// A look at an update's window, and the series that are gone since the change.
    UpdateEvaluation(UpdateId, EvaluationReport, Vec<Series>),
    /// First content of a joining component: digest and tree, or why not.
    Baseline(HandshakeId, Result<(Digest, Digest), String>),
    /// Series of a handshake's window.
    HandshakeWindow(HandshakeId, Vec<Baseline>),
    /// A look at a handshake's window.
    HandshakeEvaluation(HandshakeId, EvaluationReport),
    /// Time went by.
    Tick,
}

impl Input {
    /// Whether it tells how something ended that was begun before. What has happened is recorded even when nothing new
    /// is decided any more.
    pub fn tells_an_end(&self) -> bool {
        match self {
            Self::StageDone(..)
            | Self::Receipt(..)
            | Self::NoReceipt(..)
            | Self::Restored(..)
            | Self::NotRestored(..)
            | Self::UpdateWindow(..)
            | Self::Baseline(..)
            | Self::HandshakeWindow(..) => true,
            Self::Propose(..)
            | Self::ApproveUpdate(..)
            | Self::ActOnUpdate(..)
            | Self::ActOnComponent(..)
            | Self::RequestHandshake { .. }
            | Self::ApproveHandshake(..)
            | Self::Ack(..)
            | Self::UpdateEvaluation(..)
            | Self::HandshakeEvaluation(..)
            | Self::Tick => false,
        }
    }
}

/// What a caller is told after the commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The subject.
    pub id: String,
    /// Its state afterwards.
    pub state: State,
    /// First entry that this input caused, if it caused any.
    pub seq: Option<u64>,
}

/// An answer kept for a repeated request, written in the same transaction.
#[derive(Debug, Clone)]
pub struct Once {
    /// The `Idempotency-Key`.
    pub key: String,
    /// SHA-256 of the body.
    pub body: Digest,
}

/// An ended aggregate, read back from its own entries because somebody speaks to it again.
#[derive(Debug, Clone)]
pub enum Ended {
    /// An update.
    Update(Arc<Update>),
    /// A handshake.
    Handshake(Arc<Handshake>),
}

/// An input with the place to answer to.
#[derive(Debug)]
pub struct Message {
    /// The aggregate, when it had ended and is not in the working set.
    pub ended: Option<Ended>,
    /// What.
    pub input: Input,
    /// Kept answer, if the caller asked for it.
    pub once: Option<Once>,
    /// Where to.
    pub reply: Option<oneshot::Sender<Result<Outcome, Refusal>>>,
}

impl Message {
    /// Answers the caller, if one waits; a caller that went away does not need its answer.
    pub fn answer(self, result: Result<Outcome, Refusal>) {
        if let Some(reply) = self.reply {
            let _ = reply.send(result);
        }
    }
}

/// What a caller hears while the engine ends.
pub fn stopped() -> Refusal {
    Refusal::new(RefusalKind::Unavailable, Code::EngineStopping, "the engine is stopping", "start it again")
}
