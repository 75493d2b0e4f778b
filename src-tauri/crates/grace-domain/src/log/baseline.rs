//! A watched series as entries of updates and handshakes list it: what it was before the change, and the rule by which it
//! is judged, fixed when the window opens.
//!
//! Owns that stored form. Never measures and never judges.

use crate::judge::window::{Rule, Series};
use crate::metrics::definition::Worse;
use serde::{Deserialize, Serialize};

/// A series with its baseline and its rule, in list form because JSON keys are text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    /// Which.
    pub series: Series,
    /// What it was before, in millionths of its unit; none when there was no sample.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<u64>,
    /// Limit in millionths of its unit; none where it is shown, not judged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u64>,
    /// Which direction is bad.
    #[serde(default, skip_serializing_if = "Worse::is_higher")]
    pub worse: Worse,
    /// A sample older than this many seconds is stale.
    pub fresh_s: u64,
}

impl Baseline {
    /// As a window holds it.
    pub fn rule(&self) -> (Series, Rule) {
        let Self { series, value, limit, worse, fresh_s } = self.clone();
        (series, Rule { baseline: value, limit, worse, fresh_s })
    }
}
