//! Anomaly Watchdog: watches the metrics of a component that joins.

use grace_domain::core::count::counted;
use grace_domain::statement::Adjustment;

use super::subsystem::{Newcomer, Subsystem, sets};

pub(super) struct AnomalyWatchdog;

impl Subsystem for AnomalyWatchdog {
    fn id(&self) -> &'static str {
        "anomaly_watchdog"
    }

    fn adjustments(&self, newcomer: &Newcomer<'_>) -> Vec<Adjustment> {
        sets(format!("watch.{}", newcomer.component), counted(newcomer.metrics.len(), "metric"))
    }
}
