//! A moment, in whole milliseconds since the Unix epoch, UTC.
//!
//! Owns the one spelling of time in entries, views and SQL. Never reads a clock: moments come in as input
//! from the engine, which holds the injected clock.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Milliseconds since 1970-01-01T00:00:00Z.
///
/// The range is the years 0000 to 9999, all that RFC 3339 can spell; a value outside it saturates, so that
/// "in 300 million years" is the last moment that can be written and never a wrapped one in the past.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// A text that is not a moment in the form `2026-11-19T09:25:10.123Z`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a time is RFC 3339 in UTC with milliseconds, like 2026-11-19T09:25:10.123Z")]
pub struct TimestampError;

impl Timestamp {
    /// 1970-01-01T00:00:00.000Z.
    pub const EPOCH: Self = Self(0);
    /// The first moment that can be spelled: 0000-01-01T00:00:00.000Z.
    pub const MIN: Self = Self(-62_167_219_200_000);
    /// The last moment that can be spelled: 9999-12-31T23:59:59.999Z.
    pub const MAX: Self = Self(253_402_300_799_999);

    /// The moment `ms` milliseconds after the epoch, saturating at [`Self::MIN`] and [`Self::MAX`].
    pub const fn from_millis(ms: i64) -> Self {
        if ms < Self::MIN.0 {
            Self::MIN
        } else if ms > Self::MAX.0 {
            Self::MAX
        } else {
            Self(ms)
        }
    }

    /// Milliseconds since the epoch.
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// This moment moved by `ms` milliseconds (negative: back), saturating.
    #[must_use]
    pub const fn plus_ms(self, ms: i64) -> Self {
        Self::from_millis(self.0.saturating_add(ms))
    }

    /// This moment and the whole seconds of a policy, saturating.
    #[must_use]
    pub fn plus_s(self, seconds: u64) -> Self {
        self.plus_ms(i64::try_from(seconds.saturating_mul(1000)).unwrap_or(i64::MAX))
    }

    /// This moment less the whole seconds of a policy, saturating.
    #[must_use]
    pub fn minus_s(self, seconds: u64) -> Self {
        self.plus_ms(-i64::try_from(seconds.saturating_mul(1000)).unwrap_or(i64::MAX))
    }

    /// Milliseconds from `earlier` to this moment; negative when `earlier` is later.
    pub const fn since_ms(self, earlier: Self) -> i64 {
        // Both lie within ±2.6e14, so the difference cannot overflow.
        self.0 - earlier.0
    }
}

impl Timestamp {
    /// As it stands in a sentence, like `9 Nov 2026 09:46:54 UTC`.
    pub fn plain(self) -> String {
        self.moment().format("%-d %b %Y %H:%M:%S UTC").to_string()
    }

    fn moment(self) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(self.0)
            .expect("invariant: a Timestamp lies within the years 0000 to 9999")
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.moment().to_rfc3339_opts(SecondsFormat::Millis, true))
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Timestamp({self})")
    }
}

impl FromStr for Timestamp {
    type Err = TimestampError;

    /// Accepts exactly what `Display` writes: other zones, other precisions and leap seconds are refused,
    /// so that one moment has one spelling under a signature.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parsed = DateTime::parse_from_rfc3339(text).map_err(|_| TimestampError)?;
        let moment = Self::from_millis(parsed.timestamp_millis());
        if moment.to_string() == text { Ok(moment) } else { Err(TimestampError) }
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}
