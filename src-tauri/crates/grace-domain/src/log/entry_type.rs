//! The type of an entry: one closed set over all aggregates and the world, and what a search may name of it.
//!
//! Owns the set and its spelling. What a type means stands in the table beside its events.

use crate::aggregates;
use crate::log::world::WorldEntryType;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;
use std::fmt;
use ts_rs::{Config, TS};

/// Makes the enum of entry types: those of the world, and those of each aggregate.
#[macro_export]
macro_rules! make_entry_types {
    (
        $EntryType:ident, $World:ident;
        $($(#[$doc:meta])* $Name:ident: $State:ty => $map:ident,)*
    ) => {
        /// The type of an entry.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $EntryType {
            /// A type that this release does not know.
            Unknown,
            /// Of the world.
            World($World),
            $($(#[$doc])* $Name(
                <<$State as $crate::aggregate::Aggregate>::Event as $crate::log::event_info::KnownEvent>::Type,
            ),)*
        }

        impl $EntryType {
            /// Every type that is known, in the order of the tables.
            pub fn known() -> impl Iterator<Item = Self> {
                fn all<T: $crate::log::event_info::EntryTypes>() -> impl Iterator<Item = T> {
                    T::ALL.iter().copied()
                }
                all().map(Self::World)$(.chain(all().map(Self::$Name)))*
            }

            /// As the log spells it.
            pub fn as_str(self) -> &'static str {
                match self {
                    Self::Unknown => "unknown",
                    Self::World(t) => $crate::log::event_info::EntryTypes::as_str(t),
                    $(Self::$Name(t) => $crate::log::event_info::EntryTypes::as_str(t),)*
                }
            }

            /// Its aggregate has ended with it.
            pub fn ends(self) -> bool {
                match self {
                    Self::Unknown => false,
                    Self::World(t) => $crate::log::event_info::EntryTypes::ends(t),
                    $(Self::$Name(t) => $crate::log::event_info::EntryTypes::ends(t),)*
                }
            }

            /// A statement has begun its aggregate with it, which has its id from that statement.
            pub fn begun_by_statement(self) -> bool {
                match self {
                    Self::Unknown => false,
                    Self::World(t) => $crate::log::event_info::EntryTypes::begun_by_statement(t),
                    $(Self::$Name(t) => $crate::log::event_info::EntryTypes::begun_by_statement(t),)*
                }
            }

            /// What it calls a person to.
            pub fn calls(self) -> Option<$crate::log::event_info::Call> {
                match self {
                    Self::Unknown => None,
                    Self::World(t) => $crate::log::event_info::EntryTypes::calls(t),
                    $(Self::$Name(t) => $crate::log::event_info::EntryTypes::calls(t),)*
                }
            }
        }
    };
}

aggregates!(make_entry_types EntryType, WorldEntryType;);

impl EntryType {
    /// The type that is spelled so.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::known().find(|known| known.as_str() == word)
    }

    /// The type of a stored entry.
    pub fn of_stored(word: &str) -> Self {
        Self::of_word(word).unwrap_or(Self::Unknown)
    }

    /// Every spelling of a value of this type.
    fn words() -> Vec<String> {
        std::iter::once(Self::Unknown).chain(Self::known()).map(|t| t.as_str().to_owned()).collect()
    }

    /// What stands before the dot, and after it.
    pub fn split(self) -> (&'static str, &'static str) {
        self.as_str().split_once('.').unwrap_or_default()
    }
}

impl fmt::Display for EntryType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Serialize for EntryType {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for EntryType {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::of_stored(&String::deserialize(deserializer)?))
    }
}

/// The entry types that a search is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TypeFilter {
    /// This one.
    One(EntryType),
    /// All whose spelling begins so: `update.`.
    Family(&'static str),
}

impl TypeFilter {
    /// Every filter, spelled as [`Self::of_word`] reads it.
    pub fn words() -> Vec<String> {
        let mut families: Vec<&str> = Vec::new();
        for (family, _) in EntryType::known().map(EntryType::split) {
            if !families.contains(&family) {
                families.push(family);
            }
        }
        let families = families.into_iter().map(|family| format!("{family}.*"));
        EntryType::known().map(|t| t.as_str().to_owned()).chain(families).collect()
    }

    /// The filter that is spelled so: a type, or a family as `update.*`.
    pub fn of_word(word: &str) -> Option<Self> {
        let Some(family) = word.strip_suffix('*') else { return EntryType::of_word(word).map(Self::One) };
        let of_family = |known: &EntryType| family.ends_with('.') && known.as_str().starts_with(family);
        let of = EntryType::known().find(of_family)?;
        of.as_str().get(..family.len()).map(Self::Family)
    }
}

impl From<EntryType> for TypeFilter {
    fn from(one: EntryType) -> Self {
        Self::One(one)
    }
}

impl fmt::Display for TypeFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::One(one) => one.fmt(f),
            Self::Family(family) => write!(f, "{family}*"),
        }
    }
}

/// Describes each type to callers as text that is one of these words.
macro_rules! described {
    ($($(#[doc = $doc:literal])* $name:ident;)*) => {$(
        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": "string", "description": concat!($($doc),*).trim(), "enum": Self::words() })
            }
        }

        impl TS for $name {
            type WithoutGenerics = Self;
            type OptionInnerType = Self;

            fn docs() -> Option<String> {
                Some(concat!("/**\n *", $($doc,)* "\n */\n").to_owned())
            }

            fn name(_: &Config) -> String {
                stringify!($name).to_owned()
            }

            fn inline(_: &Config) -> String {
                Self::words().iter().map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(" | ")
            }

            fn decl(config: &Config) -> String {
                format!("type {} = {};", Self::name(config), Self::inline(config))
            }
        }
    )*};
}

described! {
    /// The type of an entry.
    EntryType;
    /// The entry types that a search is for: one, or a family as `update.*`.
    TypeFilter;
}
