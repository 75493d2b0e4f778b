//! What each aggregate's folder says of its effects.

use super::context::EffectContext;
use grace_domain::aggregate::Aggregate;
use grace_domain::input::Input;

/// The effects of an aggregate, as they are run.
pub trait EffectRunner: Aggregate {
    /// What it does and to whom: names the part that failed.
    fn describe(effect: &Self::Effect) -> String;
    /// Whether it can be aborted at any instant. Everything else runs to its end.
    fn stoppable(effect: &Self::Effect) -> bool;
    /// Does it, and hands the result to the owner.
    fn perform(&self, context: &EffectContext, effect: &Self::Effect) -> impl Future<Output = ()> + Send;
    /// What follows when it panicked.
    fn after_panic(&self, effect: &Self::Effect, panic: &Panicked) -> AfterPanic;
}

/// That an effect panicked.
pub struct Panicked {
    /// What it said.
    pub reason: String,
    /// An earlier engine had it to do, too.
    pub resumed: bool,
}

/// Where a person looks, and what is recorded so that no start after start breaks on the same work.
pub struct AfterPanic {
    /// Whose target or samples a person looks at, and what the next start does about it. One clause.
    pub advice: String,
    /// What is recorded, where there is something to record.
    pub record: Option<Input>,
}
