//! The definition of a metric: a governed document that says what its values mean and when they are bad.
//!
//! Owns the document and its checks. Never says how one is changed: that is the update type `metric_definition`.

use crate::core::codes::Code;
use crate::core::ids::MetricId;
use crate::core::limits as bounds;
use crate::core::refusal::Refusal;
use crate::core::visible;
pub use crate::metrics::kind::{MetricKind, Worse};
use crate::metrics::limit::Limits;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// Definitions by the id of their metric.
pub type Definitions = BTreeMap<MetricId, MetricDefinition>;

/// One metric: what its values mean, and when they are bad.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a definition, its members by name")]
pub struct MetricDefinition {
    /// Its id, as samples name it.
    pub id: MetricId,
    /// Its name for people.
    pub name: String,
    /// Unit of its values.
    pub unit: Unit,
    /// What kind of values it has.
    pub kind: MetricKind,
    /// Samples carry how many requests they stand for; only of a rate.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub counted: bool,
    /// Which direction is bad.
    #[serde(default)]
    pub worse: Worse,
    /// Difference that is no change; none: what the judge takes for its kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tolerance: Option<Tolerance>,
    /// Beyond these a window ends regressed; without any the metric is shown, not judged.
    #[serde(default)]
    pub limits: Limits,
    /// Where its samples come from.
    pub source: Source,
    /// Seconds between two samples.
    pub interval_s: u32,
    /// Seconds before a change that its baseline may reach back.
    pub baseline_s: u64,
}

/// Difference that is no change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tolerance {
    /// Parts per million of the baseline.
    RelativePpm(u64),
    /// Millionths of the unit.
    AbsoluteMicro(u64),
}

/// Where samples come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a source, its members by name")]
pub struct Source {
    /// Its kind; members that a kind needs stand beside it.
    pub kind: SourceKind,
}

impl Source {
    /// The source of a metric that nobody has defined: such samples can only have been sent.
    pub const UNDEFINED: Self = Self { kind: SourceKind::Push };
}

crate::closed! {
    /// A kind of source.
    pub enum SourceKind {
        /// Its component, or a program beside it, sends them.
        Push = "push",
    }
}

/// The unit of a metric's values; `ratio` is shown in per cent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Unit(String);

/// A value in millionths of a unit, with every decimal that it has.
pub fn exact(unit: &str, micro: u64) -> String {
    if unit == RATIO { percent(micro) } else { format!("{} {unit}", decimal(micro, 6)) }
}

/// Millionths as per cent, with every decimal that they have.
pub fn percent(millionths: u64) -> String {
    format!("{} %", decimal(millionths, 4))
}

/// The unit of shares.
pub const RATIO: &str = "ratio";
/// Longest unit, bytes.
const UNIT_BYTES: usize = 16;

impl Unit {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A value in millionths of this unit, with every decimal that it has: as limits are said.
    pub fn exact(&self, micro: u64) -> String {
        exact(&self.0, micro)
    }

    /// A value in millionths of this unit, for people: two decimals, or all where two would say that it is nothing. The
    /// log keeps the integer.
    pub fn quantity(&self, micro: u64) -> String {
        let least = if self.0 == RATIO { 100 } else { 10_000 };
        if (1..least).contains(&micro) {
            return self.exact(micro);
        }
        let hundredths = |per: u64| {
            let v = micro / per;
            format!("{}.{:02}", v / 100, v % 100)
        };
        if self.0 == RATIO {
            format!("{} %", hundredths(100))
        } else {
            format!("{} {}", hundredths(10_000), self.0)
        }
    }
}

/// A whole number of `10^-digits` as a decimal number, with no zeros at its end.
pub fn decimal(value: u64, digits: u32) -> String {
    let one = 10_u64.pow(digits);
    let width = usize::try_from(digits).unwrap_or(usize::MAX);
    let text = format!("{}.{:0width$}", value / one, value % one);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

impl TryFrom<String> for Unit {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        if !(1..=UNIT_BYTES).contains(&text.len()) || text.contains(' ') {
            return Err(format!("a unit has 1 to {UNIT_BYTES} bytes without blanks"));
        }
        visible::check("a unit", &text)?;
        Ok(Self(text))
    }
}

impl From<Unit> for String {
    fn from(unit: Unit) -> Self {
        unit.0
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl MetricDefinition {
    /// Refuses a definition whose members do not fit each other.
    pub fn check(&self) -> Result<(), Refusal> {
        let refused = |why: String| {
            Err(Refusal::invalid(Code::DefinitionRefused, why, "correct it and submit it again"))
        };
        if self.name.trim().is_empty() || self.name.len() > bounds::NAME_BYTES {
            return refused(format!("the name of a metric has 1 to {} bytes", bounds::NAME_BYTES));
        }
        visible::check("the name of a metric", &self.name).or_else(refused)?;
        if self.counted && self.kind != MetricKind::Rate {
            return refused(format!("a {} has no counted samples; only a rate has", self.kind.as_str()));
        }
        if self.kind == MetricKind::Rate && self.unit.0 != RATIO {
            return refused("the unit of a rate is `ratio`: its values are shares from 0 to 1".into());
        }
        if !(1..=bounds::METRIC_INTERVAL_MAX_S).contains(&self.interval_s) {
            return refused(format!("interval_s is 1 to {}", bounds::METRIC_INTERVAL_MAX_S));
        }
        if !(u64::from(self.interval_s)..=bounds::BASELINE_MAX_S).contains(&self.baseline_s) {
            return refused(format!("baseline_s is interval_s to {}", bounds::BASELINE_MAX_S));
        }
        if let Some(Tolerance::RelativePpm(n) | Tolerance::AbsoluteMicro(n)) = self.tolerance
            && n == 0
        {
            return refused("a tolerance of zero takes any difference for a change".into());
        }
        self.limits.check(self.kind, self.worse).or_else(refused)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_never_reads_the_same_and_nothing_small_reads_as_nothing() {
        let unit = |text: &str| Unit::try_from(text.to_owned()).expect("a unit");
        let (ratio, jobs) = (unit("ratio"), unit("jobs"));
        assert_eq!([50_000, 50_099].map(|n| ratio.exact(n)), ["5 %", "5.0099 %"]);
        assert_eq!([500_000_000, 3_000].map(|n| jobs.exact(n)), ["500 jobs", "0.003 jobs"]);
        assert_eq!([0, 3_000, 12_345].map(|n| jobs.quantity(n)), ["0.00 jobs", "0.003 jobs", "0.01 jobs"]);
    }

    #[test]
    fn names_and_units_hold_nothing_that_nobody_sees() {
        let mut definition = crate::metrics::builtin::definitions().remove(0);
        for name in ["a\0b", "a\nb", "\u{200b}", "a\u{202e}b"] {
            definition.name = name.into();
            let refused = definition.check().expect_err(name);
            assert_eq!(refused.code, Code::DefinitionRefused);
            assert!(refused.message.contains("U+"), "{}", refused.message);
        }
        for unit in ["\u{202e}jobs", "\u{200b}", "jo bs", "", "jobs\t"] {
            assert!(Unit::try_from(unit.to_owned()).is_err(), "{unit:?}");
        }
        assert!(Unit::try_from("µs".to_owned()).is_ok());
    }
}
