//! The baseline of a series, as entries of updates and handshakes list it.
//!
//! Owns that stored form. Never measures one.

use crate::judge::window::Series;
use serde::{Deserialize, Serialize};

/// A series with its baseline, in list form because JSON keys are text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    /// Which.
    pub series: Series,
    /// ppm or µs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<u64>,
}
