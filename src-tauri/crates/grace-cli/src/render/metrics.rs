//! Metric definitions as lines for people.
//!
//! Owns their words and columns.

use grace_api::types::{MetricDefinitionView, MetricDefinitionsView};
use grace_domain::metrics::definition::{exact, percent};

use super::diff::unreadable;
use super::line::{joined, table};

/// One line for each definition: what it is, and when its values are bad.
pub fn definitions(view: &MetricDefinitionsView) -> String {
    let head = ["ID", "NAME", "KIND", "LIMITS", "TOLERANCE", "EVERY", "BASELINE"].map(str::to_owned);
    let rows = view.definitions.iter().map(|d| {
        let counted = if d.counted { ", counted" } else { "" };
        [
            d.id.clone(),
            d.name.clone(),
            format!("{}{counted}", d.kind),
            limits(d),
            or_none([d.tolerance_ppm.map(percent), d.tolerance_micro.map(|n| exact(&d.unit, n))]),
            format!("{} s", d.interval_s),
            format!("{} s", d.baseline_s),
        ]
    });
    let rows = table(&std::iter::once(head).chain(rows).collect::<Vec<_>>());
    joined(rows.into_iter().chain(unreadable(&view.unreadable)))
}

fn limits(d: &MetricDefinitionView) -> String {
    let side = if d.worse.is_higher() { "at most" } else { "at least" };
    let absolute = d.absolute_micro.map(|n| format!("{side} {}", exact(&d.unit, n)));
    let relative = d.relative_ppm.map(|n| format!("{side} {} of what was before", percent(n)));
    or_none([absolute, relative])
}

fn or_none(said: [Option<String>; 2]) -> String {
    let said: Vec<String> = said.into_iter().flatten().collect();
    if said.is_empty() { "none".to_owned() } else { said.join(", ") }
}
