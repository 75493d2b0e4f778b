//! Metrics Collector: collects what a component that joins has promised to send.

use grace_domain::statement::Adjustment;

use super::subsystem::{Newcomer, Subsystem, sets};

pub(super) struct MetricsCollector;

impl Subsystem for MetricsCollector {
    fn id(&self) -> &'static str {
        "metrics_collector"
    }

    fn adjustments(&self, newcomer: &Newcomer<'_>) -> Vec<Adjustment> {
        sets(format!("collect.{}", newcomer.component), newcomer.metrics.join(", "))
    }
}
