//! Hard limits of a metric, and the one that holds against a baseline.
//!
//! Owns that arithmetic. Never compares a sample with it.

use crate::core::ids::MetricId;
use crate::metrics::kind::{MetricKind, Worse};
use crate::metrics::sample::VALUE_MICRO_MAX;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a policy says instead of the limits of definitions, by metric.
pub type Overrides = BTreeMap<MetricId, Limits>;

/// What the policy of a world demands of the definitions in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Demands {
    /// Limits that hold instead of those of a definition.
    pub limits: Overrides,
    /// The longest interval by which the longest window could judge; none where that is not asked.
    pub longest_interval_s: Option<u64>,
}

/// Parts per million of one whole.
const WHOLE_PPM: u64 = 1_000_000;
/// Largest limit that comes out of a ratio: canonical JSON holds integers up to 2^53.
const MOST: u64 = (1 << 53) - 1;
/// Largest ratio that is taken, in parts per million: what grows a million times was no baseline.
const RELATIVE_PPM_MAX: u64 = 1_000_000_000_000;

/// Hard limits; with both the stricter one holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "limits, by name")]
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
        if self.absolute_micro.is_some_and(|n| n > VALUE_MICRO_MAX) {
            return Err(format!(
                "no sample passes {VALUE_MICRO_MAX} millionths: an absolute limit is below that"
            ));
        }
        if self.relative_ppm.is_some_and(|n| n > RELATIVE_PPM_MAX) {
            return Err(format!(
                "a relative limit is at most {} times what was before",
                RELATIVE_PPM_MAX / WHOLE_PPM
            ));
        }
        if kind == MetricKind::Rate && self.absolute_micro.is_some_and(|n| n > WHOLE_PPM) {
            return Err("a rate never passes 1: its absolute limit is at most 100 %".into());
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
            (Worse::Higher, Some(VALUE_MICRO_MAX)) => {
                return Err(format!(
                    "no sample passes {VALUE_MICRO_MAX} millionths: this limit could never be broken"
                ));
            }
            (Worse::Lower, Some(0)) => {
                return Err("nothing is below 0: this limit could never be broken".into());
            }
            _ => {}
        }
        match (worse, self.relative_ppm) {
            (Worse::Higher, Some(ppm)) if ppm < WHOLE_PPM => {
                Err("where higher is worse, a relative limit below 100 % would take no change for harm"
                    .into())
            }
            (Worse::Lower, Some(ppm)) if ppm == 0 || ppm > WHOLE_PPM => Err(
                "where lower is worse, a relative limit is above 0 % and at most 100 % of what was before"
                    .into(),
            ),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_that_nothing_or_everything_breaks_is_refused() {
        use MetricKind::{Counter, Histogram, Level, Rate};
        use Worse::{Higher, Lower};
        let limits = |absolute: Option<u64>, relative: Option<u64>| Limits {
            absolute_micro: absolute,
            relative_ppm: relative,
        };
        let refused = [
            (Rate, Higher, limits(Some(1_000_000), None)),
            (Rate, Lower, limits(Some(1_000_001), None)),
            (Level, Higher, limits(Some(VALUE_MICRO_MAX), None)),
            (Level, Higher, limits(Some(MOST), None)),
            (Level, Lower, limits(Some(VALUE_MICRO_MAX + 1), None)),
            (Level, Lower, limits(Some(0), None)),
            (Level, Higher, limits(None, Some(0))),
            (Level, Higher, limits(None, Some(999_999))),
            (Level, Higher, limits(None, Some(MOST))),
            (Level, Lower, limits(None, Some(0))),
            (Level, Lower, limits(None, Some(1_000_001))),
            (Histogram, Higher, limits(Some(1), None)),
            (Counter, Higher, limits(None, Some(1_500_000))),
        ];
        for (kind, worse, limits) in refused {
            assert!(limits.check(kind, worse).is_err(), "{kind:?} {worse:?} {limits:?}");
        }
        let taken = [
            (Rate, Higher, limits(Some(999_999), None)),
            (Level, Higher, limits(Some(VALUE_MICRO_MAX - 1), Some(RELATIVE_PPM_MAX))),
            (Level, Lower, limits(Some(1), Some(1))),
            (Counter, Higher, limits(None, None)),
        ];
        for (kind, worse, limits) in taken {
            assert_eq!(limits.check(kind, worse), Ok(()), "{kind:?} {worse:?} {limits:?}");
        }
    }
}
