//! Metrics and their samples, as callers read them.

use grace_domain::metrics::definition::{MetricKind, SourceKind, Worse};

use super::unreadable::UnreadableView;
use super::view::view;

view! {
    /// The metric definitions in force, by id.
    MetricDefinitionsView { definitions: Vec<MetricDefinitionView>, /** Those in force that cannot be read. */ unreadable: Vec<UnreadableView> }
    /// One definition: values in millionths of its unit.
    MetricDefinitionView {
        id: String,
        name: String,
        unit: String,
        kind: MetricKind,
        counted: bool,
        worse: Worse,
        tolerance_ppm: Option<u64>,
        tolerance_micro: Option<u64>,
        absolute_micro: Option<u64>,
        relative_ppm: Option<u64>,
        source: SourceKind,
        interval_s: u32,
        baseline_s: u64,
        /// Of its document in the registry.
        digest: String,
    }
    SamplesView { accepted: u32 }
}
