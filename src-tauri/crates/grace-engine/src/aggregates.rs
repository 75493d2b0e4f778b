//! The domain's list of aggregates as the engine uses it: finding one in the working set, its own entries among all, and
//! one that has ended. Made from the list; knows none of them by name.

use grace_domain::aggregate::Aggregate;
use grace_domain::aggregates;
use grace_domain::log::{Event, Subject};
use grace_domain::world::{AnyAggregate, World};
use std::sync::Arc;

/// An aggregate of the domain's list.
pub trait Listed: Aggregate<Id: Send + Sync, Event: Send + Sync> + Send + Sync + 'static {
    /// The subject of its entries.
    fn subject(id: &Self::Id) -> Subject;
    /// Its own event, if this is one of its kind.
    fn own(event: &Event) -> Option<&Self::Event>;
    /// As it is in the working set.
    fn held<'w>(world: &'w World, id: &Self::Id) -> Option<&'w Arc<Self>>;
    /// Itself among all kinds.
    fn as_any(id: Self::Id, aggregate: Arc<Self>) -> AnyAggregate;
}

macro_rules! make_listed {
    ($($(#[$doc:meta])* $Name:ident: $State:ty => $map:ident,)*) => {
        $(impl Listed for $State {
            fn subject(id: &Self::Id) -> Subject {
                Subject::$Name(id.clone())
            }

            fn own(event: &Event) -> Option<&Self::Event> {
                if let Event::$Name(_, event) = event { Some(event) } else { None }
            }

            fn held<'w>(world: &'w World, id: &Self::Id) -> Option<&'w Arc<Self>> {
                world.$map().get(id)
            }

            fn as_any(id: Self::Id, aggregate: Arc<Self>) -> AnyAggregate {
                AnyAggregate::$Name(id, aggregate)
            }
        })*
    };
}

aggregates!(make_listed);
