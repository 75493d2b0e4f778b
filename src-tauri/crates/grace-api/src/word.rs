//! A word of a closed set as a caller sent it.
//!
//! Owns that border: the contracts describe the set, and a word that is not in it reaches whoever can say so. Never
//! says what is wrong with it.

use std::borrow::Cow;
use std::fmt;

use grace_domain::governance::policy::Risk;
use grace_domain::kinds::UpdateType;
use grace_domain::log::TypeFilter;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use ts_rs::{Config, TS};

/// A closed set whose values are words.
pub trait Words: Copy + fmt::Display + JsonSchema + TS {
    /// The value of a word.
    fn of_word(word: &str) -> Option<Self>;
}

macro_rules! words {
    ($($set:ty),* $(,)?) => {$(
        impl Words for $set {
            fn of_word(word: &str) -> Option<Self> {
                Self::of_word(word)
            }
        }
    )*};
}

words!(Risk, TypeFilter, UpdateType);

/// What stands where a word of the set belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Word<T> {
    /// One of the set.
    Known(T),
    /// None of the set.
    Unknown(String),
}

impl<T: Words> From<&str> for Word<T> {
    fn from(word: &str) -> Self {
        T::of_word(word).map_or_else(|| Self::Unknown(word.to_owned()), Self::Known)
    }
}

impl<T> From<T> for Word<T> {
    fn from(value: T) -> Self {
        Self::Known(value)
    }
}

impl<T: Copy> Word<T> {
    /// The value, or what was sent in its place.
    pub fn known(&self) -> Result<T, &str> {
        match self {
            Self::Known(value) => Ok(*value),
            Self::Unknown(word) => Err(word),
        }
    }
}

/// No word.
impl<T> Default for Word<T> {
    fn default() -> Self {
        Self::Unknown(String::new())
    }
}

impl<T: fmt::Display> fmt::Display for Word<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Known(value) => value.fmt(f),
            Self::Unknown(word) => f.pad(word),
        }
    }
}

impl<T: fmt::Display> Serialize for Word<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de, T: Words> Deserialize<'de> for Word<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(String::deserialize(deserializer)?.as_str().into())
    }
}

impl<T: JsonSchema> JsonSchema for Word<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }

    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn schema_id() -> Cow<'static, str> {
        T::schema_id()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}

impl<T: TS> TS for Word<T> {
    type WithoutGenerics = T::WithoutGenerics;
    type OptionInnerType = Self;

    fn name(config: &Config) -> String {
        T::name(config)
    }

    fn inline(config: &Config) -> String {
        T::inline(config)
    }
}
