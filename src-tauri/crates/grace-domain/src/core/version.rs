//! Versions `vYYYYMMDD.HHMMSS.N`: UTC, N counts within the second. Never runs backwards, whatever the clock does.

use crate::core::time::Timestamp;
use chrono::{DateTime, Datelike, NaiveDateTime, Timelike};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// A version; ordered by time, then by count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Version {
    second: i64,
    n: u32,
}

/// Text that is not a version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a version of the form vYYYYMMDD.HHMMSS.N")]
pub struct VersionError;

impl Version {
    /// The version after `last` at `now`: a new second starts at 1; within the same second, or when the clock is
    /// behind the last version, the count goes on.
    pub fn next(last: Option<Self>, now: Timestamp) -> Self {
        let second = now.millis().div_euclid(1000);
        match last {
            Some(last) if last.second >= second => match last.n.checked_add(1) {
                Some(n) => Self { second: last.second, n },
                None => Self { second: last.second + 1, n: 1 },
            },
            _ => Self { second, n: 1 },
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let t = DateTime::from_timestamp(self.second, 0).unwrap_or_default();
        write!(
            f,
            "v{:04}{:02}{:02}.{:02}{:02}{:02}.{}",
            t.year(),
            t.month(),
            t.day(),
            t.hour(),
            t.minute(),
            t.second(),
            self.n
        )
    }
}

impl FromStr for Version {
    type Err = VersionError;
    fn from_str(s: &str) -> Result<Self, VersionError> {
        let body = s.strip_prefix('v').ok_or(VersionError)?;
        let (stamp, n) = body.rsplit_once('.').ok_or(VersionError)?;
        let t = NaiveDateTime::parse_from_str(stamp, "%Y%m%d.%H%M%S").map_err(|_| VersionError)?;
        let n: u32 = n.parse().map_err(|_| VersionError)?;
        let version = Self { second: t.and_utc().timestamp(), n };
        if n > 0 && version.to_string() == s { Ok(version) } else { Err(VersionError) }
    }
}

impl TryFrom<String> for Version {
    type Error = VersionError;
    fn try_from(s: String) -> Result<Self, VersionError> {
        s.parse()
    }
}

impl From<Version> for String {
    fn from(v: Version) -> String {
        v.to_string()
    }
}
