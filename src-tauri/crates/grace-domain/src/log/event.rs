//! One event of any aggregate or of the world.
//!
//! Owns putting the stored forms of all aggregates together. Never knows what one of them says.

use crate::aggregates;
use crate::log::entry_type::EntryType;
use crate::log::subject::Subject;
use crate::log::world::WorldEvent;

/// Makes the enum of events: those of the world, and of each aggregate with the id of whom they concern.
#[macro_export]
macro_rules! make_events {
    (
        $Event:ident, $Subject:ident, $EntryType:ident, $WorldEvent:ident;
        $($(#[$doc:meta])* $Name:ident: $State:ty => $map:ident,)*
    ) => {
        /// One event of any aggregate.
        #[derive(Debug, Clone, PartialEq)]
        #[allow(clippy::large_enum_variant, reason = "few are in memory at a time; a box would only hide them")]
        pub enum $Event {
            /// Of the world.
            World($WorldEvent),
            $($(#[$doc])* $Name(
                <$State as $crate::aggregate::Aggregate>::Id,
                <$State as $crate::aggregate::Aggregate>::Event,
            ),)*
        }

        impl $Event {
            /// What it is about.
            pub fn subject(&self) -> $Subject {
                match self {
                    Self::World(_) => $Subject::World,
                    $(Self::$Name(id, _) => $Subject::$Name(id.clone()),)*
                }
            }

            /// Its entry type.
            pub fn entry_type(&self) -> $EntryType {
                use $crate::log::event_info::KnownEvent;
                match self {
                    Self::World(event) => $EntryType::World(event.entry_type()),
                    $(Self::$Name(_, event) => $EntryType::$Name(event.entry_type()),)*
                }
            }

            /// What is known of it without asking which one it is.
            pub fn info(&self) -> $crate::log::event_info::EventInfo {
                use $crate::log::event_info::KnownEvent;
                match self {
                    Self::World(event) => event.info(),
                    $(Self::$Name(_, event) => event.info(),)*
                }
            }

            /// Shows every sealed text.
            pub fn each_sealed_text(
                &mut self,
                see: &mut dyn FnMut(&mut $crate::core::sealed_text::SealedText),
            ) {
                use $crate::log::event_info::StoredEvent;
                match self {
                    Self::World(event) => event.each_sealed_text(see),
                    $(Self::$Name(_, event) => event.each_sealed_text(see),)*
                }
            }

            /// Its stored form, without the entry's frame.
            pub fn to_value(&self) -> serde_json::Result<serde_json::Value> {
                match self {
                    Self::World(event) => serde_json::to_value(event),
                    $(Self::$Name(_, event) => serde_json::to_value(event),)*
                }
            }

            /// From its stored form; the subject says of which aggregate it is.
            pub fn from_value(subject: $Subject, value: serde_json::Value) -> serde_json::Result<Self> {
                Ok(match subject {
                    $Subject::World => Self::World(serde_json::from_value(value)?),
                    $($Subject::$Name(id) => Self::$Name(id, serde_json::from_value(value)?),)*
                })
            }
        }
    };
}

aggregates!(make_events Event, Subject, EntryType, WorldEvent;);
