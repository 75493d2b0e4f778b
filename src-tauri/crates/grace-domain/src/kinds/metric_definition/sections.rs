//! The members of a definition for people, before and after.
//!
//! Owns their labels and how values are said: exactly, so that two that differ never read the same.

use super::difference::Difference;
use crate::kinds::section::KeyValue;
use crate::metrics::definition::{MetricDefinition, Tolerance, decimal};

/// Parts per million as a plain number.
fn times(ppm: u64) -> String {
    decimal(ppm, 6)
}

fn fields(d: &MetricDefinition) -> Vec<(&'static str, Option<String>)> {
    let counted = if d.counted { ", with counts of requests" } else { "" };
    vec![
        ("Name", Some(d.name.clone())),
        ("Unit", Some(d.unit.to_string())),
        ("Kind", Some(format!("{}{counted}", d.kind.as_str()))),
        ("Worse", Some(d.worse.as_str().to_owned())),
        ("Absolute limit", d.limits.absolute_micro.map(|n| d.unit.exact(n))),
        ("Relative limit", d.limits.relative_ppm.map(|n| format!("{} times the baseline", times(n)))),
        (
            "Tolerance",
            d.tolerance.map(|t| match t {
                Tolerance::RelativePpm(n) => format!("{} of the baseline", times(n)),
                Tolerance::AbsoluteMicro(n) => d.unit.exact(n),
            }),
        ),
        ("Source", Some(d.source.kind.as_str().to_owned())),
        ("Interval", Some(format!("{} s", d.interval_s))),
        ("Baseline span", Some(format!("{} s", d.baseline_s))),
    ]
}

/// The members that differ; all of them where one side is not there.
pub(super) fn changed(difference: &Difference) -> Vec<KeyValue> {
    let (old, new) = (difference.old.as_ref().map(fields), difference.new.as_ref().map(fields));
    let labels = old.as_ref().or(new.as_ref()).into_iter().flatten().map(|(label, _)| *label);
    let of = |side: &Option<Vec<(&'static str, Option<String>)>>, label: &str| {
        side.iter().flatten().find(|(l, _)| *l == label).and_then(|(_, value)| value.clone())
    };
    labels
        .map(|label| (label, of(&old, label), of(&new, label)))
        .filter(|(_, old, new)| old != new)
        .map(|(label, old, new)| KeyValue { key: label.into(), old, new, place: difference.id.clone() })
        .collect()
}
