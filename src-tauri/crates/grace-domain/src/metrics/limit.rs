//! Hard limits of a metric, and the one that holds against a baseline.
//!
//! Owns that arithmetic. Never compares a sample with it.

use crate::metrics::kind::{MetricKind, Worse};
use serde::{Deserialize, Serialize};

/// Parts per million of one whole.
const WHOLE_PPM: u64 = 1_000_000;
/// Largest value and ratio that are taken: canonical JSON holds integers up to 2^53.
const MOST: u64 = (1 << 53) - 1;

/// Hard limits; with both the stricter one holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Millionths of the unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub absolute_micro: Option<u64>,
    /// Parts per million of the baseline (1,500,000 = 1.5 times what it was before).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub relative_ppm: Option<u64>,
}

impl Limits {
    /// Whether there is any.
    pub fn any(&self) -> bool {
        self.absolute_micro.is_some() || self.relative_ppm.is_some()
    }

    /// The limit that holds against `baseline`, in millionths of the unit; a relative one needs a baseline.
    pub fn against(&self, worse: Worse, baseline: Option<u64>) -> Option<u64> {
        let relative = self.relative_ppm.zip(baseline).map(|(ppm, baseline)| {
            let product = u128::from(baseline) * u128::from(ppm) / u128::from(WHOLE_PPM);
            u64::try_from(product).unwrap_or(MOST).min(MOST)
        });
        let both = [self.absolute_micro, relative].into_iter().flatten();
        match worse {
            Worse::Higher => both.min(),
            Worse::Lower => both.max(),
        }
    }

    /// Says what is wrong with them for a metric of this kind and direction.
    pub fn check(&self, kind: MetricKind, worse: Worse) -> Result<(), String> {
        if self.absolute_micro.is_some_and(|n| n > MOST) || self.relative_ppm.is_some_and(|n| n > MOST) {
            return Err(format!("a limit is at most {MOST}"));
        }
        if kind == MetricKind::Rate && self.absolute_micro.is_some_and(|n| n > WHOLE_PPM) {
            return Err("a rate never passes 1: its absolute limit is at most 1000000 millionths".into());
        }
        if self.any() && !kind.has_mean() {
            return Err(format!(
                "a {} is shown, not judged in this release: leave its limits out",
                kind.as_str()
            ));
        }
        match (worse, self.absolute_micro) {
            (Worse::Higher, Some(n)) if kind == MetricKind::Rate && n >= WHOLE_PPM => {
                return Err("a rate never passes 1: this limit could never be broken".into());
            }
            (Worse::Lower, Some(0)) => {
                return Err("nothing is below 0: this limit could never be broken".into());
            }
            _ => {}
        }
        match (worse, self.relative_ppm) {
            (Worse::Higher, Some(ppm)) if ppm < WHOLE_PPM => {
                Err("where higher is worse, a relative limit below 1000000 ppm would take no change for harm"
                    .into())
            }
            (Worse::Lower, Some(ppm)) if ppm == 0 || ppm > WHOLE_PPM => {
                Err("where lower is worse, a relative limit is 1 to 1000000 ppm of what was before".into())
            }
            _ => Ok(()),
        }
    }
}
