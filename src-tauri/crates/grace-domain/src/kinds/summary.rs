//! The summary of an update, whatever its type: risk with its reasons, extent, and what people read. A salted blob of the
//! package.
//!
//! Owns the stored form. Never computes one: the types compare.

use crate::kinds::risk::Risk;
use crate::kinds::section::Section;
use serde::{Deserialize, Serialize};

/// Most reasons for a computed risk.
const REASONS: usize = 50;

/// What a comparison comes to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Summary {
    /// Its risk.
    pub assessment: Assessment,
    /// How much it is.
    pub extent: Extent,
    /// For people.
    pub sections: Vec<Section>,
}

/// What a difference is worth.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Assessment {
    /// Risk computed from the difference.
    pub risk: Risk,
    /// Why, one sentence each; never empty once it is made.
    pub reasons: Vec<String>,
    /// Why a reader of the old content may not understand the new one; none when it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub breaking: Option<String>,
    /// Whether the rollback leads to exactly what was there.
    pub invertible: bool,
    /// True before the rehearsal where only that can tell: the risk may turn out higher, never lower.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub lower_bound: bool,
}

impl Assessment {
    /// Of a difference that is a low risk so far.
    pub fn low() -> Self {
        Self { risk: Risk::Low, reasons: Vec::new(), breaking: None, invertible: true, lower_bound: false }
    }

    /// Says why the risk is at least `to`.
    pub fn raise(&mut self, to: Risk, reason: String) {
        self.risk = self.risk.max(to);
        if self.reasons.len() < REASONS && !self.reasons.contains(&reason) {
            self.reasons.push(reason);
        }
    }
}

/// How many lines of text are added and removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Extent {
    /// Added.
    pub added_lines: u32,
    /// Removed.
    pub removed_lines: u32,
    /// True when lines that only moved are not among the counts: too many differ to compare them one by one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub coarse: bool,
}
