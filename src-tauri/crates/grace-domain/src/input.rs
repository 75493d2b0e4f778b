//! What can be asked of the working set, and what is decided on it: one enum over all aggregates.
//!
//! Owns that enum. Decides nothing itself: each aggregate does.

use crate::aggregate::Aggregate;
use crate::aggregates;
use crate::core::refusal::Refusal;
use crate::core::time::Timestamp;
use crate::decider::Decider;
use crate::log::{Actor, Event, Subject};
use crate::world::World;

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
        /// One input: already parsed, hashed and signature-checked.
        #[derive(Debug, Clone)]
        pub enum Input {
            $($(#[$doc])* $Name(<$State as Aggregate>::Id, <$State as Decider>::Input),)*
        }

        impl Input {
            /// Decides it at `now`. Pure: whoever has the same working set and the same input
            /// comes to the same events.
            pub fn decide(&self, world: &World, now: Timestamp) -> Result<Decision, Refusal> {
                match self {
                    $(Self::$Name(id, input) => {
                        let found = world.$map().get(id).map(AsRef::as_ref);
                        let found = found.ok_or_else(|| <$State as Decider>::not_open(id));
                        let (actor, events) = <$State as Decider>::decide(world, found, input, now)?;
                        Ok(Decision { actor, subject: Subject::$Name(id.clone()), events })
                    })*
                }
            }

            /// What makes a statement of a person usable once over the whole life of the world.
            pub fn nonce(&self) -> Option<String> {
                match self {
                    $(Self::$Name(id, input) => <$State as Decider>::nonce(id, input),)*
                }
            }

            /// Whether it reports how something ended that was begun before.
            pub fn reports_an_end(&self) -> bool {
                match self {
                    $(Self::$Name(_, input) => <$State as Decider>::reports_an_end(input),)*
                }
            }
        }
    };
}

aggregates!(make_inputs);
