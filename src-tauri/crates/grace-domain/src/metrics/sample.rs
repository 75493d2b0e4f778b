//! A sample: one measurement of a series.
//!
//! Owns the shape in which every source gives them. Never says what they mean: [`crate::judge`] does.

use crate::core::time::Timestamp;

/// Largest value of a sample, in millionths of the metric's unit; larger ones are not taken in.
pub const VALUE_MICRO_MAX: u64 = 1_000_000_000_000_000;

/// One aggregated measurement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sample {
    /// When.
    pub at: Timestamp,
    /// Value, in millionths of the metric's unit.
    pub value_micro: u64,
    /// Measurements that it stands for.
    pub count: u32,
}
