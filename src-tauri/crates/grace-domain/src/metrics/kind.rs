//! What kind of values a metric has, and which direction is bad.
//!
//! Owns the words. Never holds a value.

use crate::metrics::sample::VALUE_MICRO_MAX;

crate::closed! {
    /// What kind of values a metric has.
    pub enum MetricKind {
        /// A share of requests, 0 to 1.
        Rate = "rate",
        /// A latency or gauge.
        Level = "level",
        /// A distribution, for percentiles and drift of shape.
        Histogram = "histogram",
        /// A number that only grows until it is reset; judged as the rate at which it grows.
        Counter = "counter",
    }

    /// Which direction is bad.
    #[derive(Default)]
    pub enum Worse {
        /// More is worse, as with errors.
        #[default]
        Higher = "higher",
        /// Less is worse, as with throughput.
        Lower = "lower",
    }
}

impl MetricKind {
    /// Largest value of a sample, in millionths of the metric's unit: a rate is a share.
    pub fn most_micro(self) -> u64 {
        match self {
            Self::Rate => 1_000_000,
            Self::Level | Self::Histogram | Self::Counter => VALUE_MICRO_MAX,
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

impl Worse {
    /// True for the usual direction; entries leave it out.
    pub fn is_higher(&self) -> bool {
        *self == Self::Higher
    }
}
