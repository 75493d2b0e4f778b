//! What reaches the owner: verified commands, results of effects, and ticks; and what a caller is answered.
//! Everything in here is already parsed, hashed and signature-checked on the caller's own task.

use grace_domain::aggregate::Aggregate;
use grace_domain::aggregates;
use grace_domain::core::codes::Code;
use grace_domain::core::digest::Digest;
use grace_domain::core::refusal::{Refusal, RefusalKind};
use grace_domain::core::states::State;
use grace_domain::core::time::Timestamp;
use grace_domain::log::{Actor, Event, Subject};
use grace_domain::world::{AnyAggregate, World};
use std::fmt::Debug;
use tokio::sync::oneshot;

/// What each aggregate's folder says of its inputs.
pub trait Decider: Aggregate {
    /// What reaches the owner about it.
    type Input: Clone + Debug + Send;
    /// Why nothing can be decided about one that is not in the working set.
    fn not_open(id: &Self::Id) -> Refusal;
    /// Asks the domain: who caused the events, and which. `found` is the aggregate, if it is there.
    fn decide(
        world: &World,
        found: Result<&Self, Refusal>,
        input: &Self::Input,
        now: Timestamp,
    ) -> Result<(Actor, Vec<Event>), Refusal>;
    /// What makes a statement of a person usable once over the whole life of the world.
    fn nonce(id: &Self::Id, input: &Self::Input) -> Option<String>;
    /// Whether it reports how something ended that was begun before. What has happened is recorded even when nothing new
    /// is decided any more.
    fn reports_an_end(input: &Self::Input) -> bool;
}

/// What an input means: who caused it, the subject, and its events.
pub struct Decision {
    /// Actor of the entries.
    pub actor: Actor,
    /// Whom it is about.
    pub subject: Subject,
    /// In order.
    pub events: Vec<Event>,
}

macro_rules! make_inputs {
    ($($(#[$doc:meta])* $Name:ident: $State:ty => $map:ident,)*) => {
        /// One input for the owner.
        #[derive(Debug, Clone)]
        pub enum Input {
            $($(#[$doc])* $Name(<$State as Aggregate>::Id, <$State as Decider>::Input),)*
            /// Time went by.
            Tick,
        }

        impl Input {
            /// Decides it at `now`. Pure: the owner calls it on its working copy.
            pub fn decide(&self, world: &World, now: Timestamp) -> Result<Decision, Refusal> {
                match self {
                    $(Self::$Name(id, input) => {
                        let found = world.$map().get(id).map(AsRef::as_ref);
                        let found = found.ok_or_else(|| <$State as Decider>::not_open(id));
                        let (actor, events) = <$State as Decider>::decide(world, found, input, now)?;
                        Ok(Decision { actor, subject: Subject::$Name(id.clone()), events })
                    })*
                    Self::Tick => {
                        Ok(Decision { actor: Actor::Engine, subject: Subject::World, events: Vec::new() })
                    }
                }
            }

            /// What makes a statement of a person usable once over the whole life of the world.
            pub fn nonce(&self) -> Option<String> {
                match self {
                    $(Self::$Name(id, input) => <$State as Decider>::nonce(id, input),)*
                    Self::Tick => None,
                }
            }

            /// Whether it reports how something ended that was begun before.
            pub fn reports_an_end(&self) -> bool {
                match self {
                    $(Self::$Name(_, input) => <$State as Decider>::reports_an_end(input),)*
                    Self::Tick => false,
                }
            }
        }
    };
}

aggregates!(make_inputs);

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

/// An input with the place to answer to.
#[derive(Debug)]
pub struct Message {
    /// The aggregate, when it had ended and is not in the working set.
    pub ended: Option<AnyAggregate>,

    /// What.
    pub input: Input,
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
