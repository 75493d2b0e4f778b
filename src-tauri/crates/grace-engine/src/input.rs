//! What reaches the owner: inputs to decide, and time going by; and what a caller is answered.

use grace_domain::core::codes::Code;
use grace_domain::core::digest::Digest;
use grace_domain::core::refusal::{Refusal, RefusalKind};
use grace_domain::core::states::State;
use grace_domain::core::time::Timestamp;
use grace_domain::input::{Decision, Input};
use grace_domain::log::{Actor, Subject};
use grace_domain::world::{AnyAggregate, World};
use tokio::sync::oneshot;

/// What the owner is asked to do.
#[derive(Debug, Clone)]
pub enum Task {
    /// To decide this.
    Decide(Input),
    /// To see what follows from time going by.
    Tick,
}

impl Task {
    /// Decides it at `now`. Pure: the owner calls it on its working copy.
    pub fn decide(&self, world: &World, now: Timestamp) -> Result<Decision, Refusal> {
        match self {
            Self::Decide(input) => input.decide(world, now),
            Self::Tick => Ok(Decision { actor: Actor::Engine, subject: Subject::World, events: Vec::new() }),
        }
    }

    /// What makes a statement of a person usable once over the whole life of the world.
    pub fn nonce(&self) -> Option<String> {
        match self {
            Self::Decide(input) => input.nonce(),
            Self::Tick => None,
        }
    }

    /// Whether it reports how something ended that was begun before.
    pub fn reports_an_end(&self) -> bool {
        match self {
            Self::Decide(input) => input.reports_an_end(),
            Self::Tick => false,
        }
    }
}

/// What a caller is answered after the commit.
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

/// A task with the place to answer to.
#[derive(Debug)]
pub struct Message {
    /// The aggregate, when it had ended and is not in the working set.
    pub ended: Option<AnyAggregate>,
    /// What.
    pub task: Task,
    /// Kept answer, if the caller requested it.
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
