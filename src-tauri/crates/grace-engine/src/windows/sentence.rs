//! The sentence of an evaluation, whole, with numbers and units.

use grace_domain::core::ids::MetricId;
use grace_domain::judge::window::{Finding, Verdict};
use grace_domain::metrics::definition::Definitions;

/// The finding that decides, for people, with numbers and units.
pub fn sentence(
    verdict: Verdict,
    findings: &[Finding],
    min_samples: u32,
    definitions: &Definitions,
) -> String {
    let mut found = findings.iter().filter(|f| f.verdict == verdict);
    // What was there before the change says more than what never was.
    let missed = found.clone().find(|f| verdict == Verdict::NoData && f.rule.baseline.is_some());
    let Some(f) = missed.or_else(|| found.next()) else {
        let none = findings.is_empty();
        return if none { "no metric is watched" } else { "no metric that is watched has a limit" }.into();
    };
    let name = format!("metric {} of {}", f.series.metric, f.series.component);
    let unit = |micro: u64| quantity(definitions, &f.series.metric, micro);
    let inside = if f.rule.worse.is_higher() { "below" } else { "above" };
    match (verdict, f.current, f.rule.limit) {
        (Verdict::NoData, _, _) => format!("no fresh sample of {name} for {} s", f.rule.fresh_s),
        (Verdict::Insufficient, _, _) => {
            format!("too few samples of {name}: at least {min_samples} are needed")
        }
        (Verdict::Regressed, Some(current), Some(limit)) => {
            format!("{name} is {}, the limit is {}", unit(current), unit(limit))
        }
        (_, Some(current), Some(limit)) => format!("{name} is {}, {inside} {}", unit(current), unit(limit)),
        (_, Some(current), None) => format!("{name} is {}", unit(current)),
        (_, None, _) => format!("{name} was not seen"),
    }
}

/// A value in millionths, for people; one that nobody has defined has no unit.
pub fn quantity(definitions: &Definitions, metric: &MetricId, micro: u64) -> String {
    match definitions.get(metric) {
        Some(definition) => definition.unit.quantity(micro),
        None => format!("{}.{:02}", micro / 1_000_000, micro / 10_000 % 100),
    }
}
