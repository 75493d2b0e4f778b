//! The metrics that every world begins with.
//!
//! Owns the list. Never decides by their names: once in the world they are definitions like any other.

use crate::metrics::definition::{MetricDefinition, MetricKind, Source, SourceKind, Unit, Worse};
use crate::metrics::limit::Limits;

/// Their definitions.
pub fn definitions() -> Vec<MetricDefinition> {
    let unit = |text: &str| Unit::try_from(text.to_owned()).expect("invariant: short, without blanks");
    let id = |text: &str| text.parse().expect("invariant: a lower-case word is a metric id");
    let each = |name: &str, text: &str, of: &str, kind, limits| MetricDefinition {
        id: id(text),
        name: name.into(),
        unit: unit(of),
        kind,
        counted: kind == MetricKind::Rate,
        worse: Worse::Higher,
        tolerance: None,
        limits,
        source: Source { kind: SourceKind::Push },
        interval_s: 1,
        baseline_s: 7 * 24 * 3600,
    };
    vec![
        each(
            "Error rate",
            "error_rate",
            "ratio",
            MetricKind::Rate,
            Limits { absolute_micro: Some(50_000), relative_ppm: None },
        ),
        each(
            "Latency p95",
            "latency_p95_ms",
            "ms",
            MetricKind::Level,
            Limits { absolute_micro: None, relative_ppm: Some(1_500_000) },
        ),
    ]
}
