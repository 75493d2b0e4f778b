//! From any effect to its aggregate's own runner. One arm for each aggregate in the domain's list.

use super::context::EffectContext;
use super::effect_runner::{AfterPanic, EffectRunner, Panicked};
use grace_domain::aggregates;
use grace_domain::log::Subject;
use grace_domain::world::{Effect, World};

macro_rules! make_dispatch {
    ($($(#[$doc:meta])* $Name:ident: $State:ty => $map:ident,)*) => {
        /// What it does and to whom.
        pub(super) fn describe(effect: &Effect) -> String {
            match effect {
                $(Effect::$Name(effect) => <$State as EffectRunner>::describe(effect),)*
            }
        }

        /// Whether it can be aborted at any instant.
        pub(super) fn stoppable(effect: &Effect) -> bool {
            match effect {
                $(Effect::$Name(effect) => <$State as EffectRunner>::stoppable(effect),)*
            }
        }

        /// Does it. What is not in the working set any more wants nothing done.
        pub(super) async fn perform(context: &EffectContext, world: &World, subject: &Subject, effect: &Effect) {
            match effect {
                $(Effect::$Name(effect) => {
                    if let Subject::$Name(id) = subject && let Some(aggregate) = world.$map().get(id) {
                        <$State as EffectRunner>::perform(aggregate, context, effect).await;
                    }
                })*
            }
        }

        /// What follows when it panicked.
        pub(super) fn after_panic(
            world: &World,
            subject: &Subject,
            effect: &Effect,
            panic: &Panicked,
        ) -> Option<AfterPanic> {
            match effect {
                $(Effect::$Name(effect) => {
                    let Subject::$Name(id) = subject else { return None };
                    let aggregate = world.$map().get(id)?;
                    Some(<$State as EffectRunner>::after_panic(aggregate, effect, panic))
                })*
            }
        }
    };
}

aggregates!(make_dispatch);
