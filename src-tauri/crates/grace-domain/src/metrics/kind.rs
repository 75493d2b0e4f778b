//! What kind of values a metric has, and which direction is bad.
//!
//! Owns the words. Never holds a value.

use serde::{Deserialize, Serialize};

/// What kind of values a metric has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
pub enum MetricKind {
    /// A share of requests, 0 to 1.
    Rate,
    /// A latency or gauge.
    Level,
    /// A distribution, for percentiles and drift of shape.
    Histogram,
    /// A number that only grows until it is reset; judged as the rate at which it grows.
    Counter,
}

impl MetricKind {
    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Rate => "rate",
            Self::Level => "level",
            Self::Histogram => "histogram",
            Self::Counter => "counter",
        }
    }

    /// Whether the mean of its samples can be held against a limit. The others are shown, not judged.
    pub fn has_mean(self) -> bool {
        match self {
            Self::Rate | Self::Level => true,
            Self::Histogram | Self::Counter => false,
        }
    }
}

/// Which direction is bad.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Default,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
    ts_rs::TS,
)]
#[serde(rename_all = "snake_case")]
pub enum Worse {
    /// More is worse, as with errors.
    #[default]
    Higher,
    /// Less is worse, as with throughput.
    Lower,
}

impl Worse {
    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Higher => "higher",
            Self::Lower => "lower",
        }
    }

    /// True for the usual direction; entries leave it out.
    pub fn is_higher(&self) -> bool {
        *self == Self::Higher
    }
}
