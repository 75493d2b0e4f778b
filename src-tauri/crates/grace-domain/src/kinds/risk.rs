//! How much an update can hurt.
//!
//! Owns the four words. Never computes one.

use serde::{Deserialize, Serialize};

/// How much an update can hurt. Ordered.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
    ts_rs::TS,
)]
#[serde(rename_all = "snake_case")]
pub enum Risk {
    /// One approval by default.
    Low,
    /// One approval by default, longer window.
    Medium,
    /// Two approvals by default.
    High,
    /// Three approvals by default.
    Critical,
}

impl Risk {
    /// All, lowest first.
    pub const ALL: [Self; 4] = [Self::Low, Self::Medium, Self::High, Self::Critical];

    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}
