//! The simulated parts of a world, as callers read them.

use grace_domain::metrics::definition::MetricKind;

use super::view::view;
use crate::simulation::subsystems::Behaviour;

view! {
    SimView { simulation: bool, subsystems: Vec<SimSubsystemView>, sources: Vec<SimSourceView> }
    SimSubsystemView { id: String, behaviour: Behaviour, delay_ms: u64, nack_reason: String }
    SimSourceView {
        component: String,
        /// Those that the component declares, by id.
        metrics: Vec<SimMetricView>,
        /// True when the source sends nothing.
        silent: bool,
        /// Pushes of its samples that were refused since the engine started.
        refused: u64,
        /// Why the newest push was refused; none once one was taken again.
        refusal: Option<String>,
    }
    /// A metric of a simulated source; values in its unit.
    SimMetricView {
        metric: String,
        name: String,
        /// Empty of a metric that nobody has defined.
        unit: String,
        /// None of a metric that nobody has defined.
        kind: Option<MetricKind>,
        /// What is sent now, give or take.
        value: f64,
        /// What is sent as long as nothing is set.
        healthy: f64,
        /// Largest value that can be set.
        most: f64,
    }
}
