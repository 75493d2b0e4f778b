//! The subsystems that can be played: one folder and one line of [`ALL`] each.
//!
//! Owns what a subsystem is to the stage. A subsystem decides by what it is given and nothing else: it waits for nothing,
//! sends nothing and knows no key.

mod agentic_spine;
mod anomaly_watchdog;
mod memory_fusion;
mod metrics_collector;
mod self_heal_scheduler;
mod subsystem;

pub use subsystem::{Command, Event, Newcomer, Subsystem};

use grace_domain::core::ids::ComponentId;

/// Everybody who has a part of their own.
pub static ALL: [&dyn Subsystem; 5] = [
    &agentic_spine::AgenticSpine,
    &anomaly_watchdog::AnomalyWatchdog,
    &memory_fusion::MemoryFusion,
    &metrics_collector::MetricsCollector,
    &self_heal_scheduler::SelfHealScheduler,
];

/// The subsystem with this id. A policy may name one without a part of its own: it acknowledges and sets nothing.
pub fn of(id: &ComponentId) -> &'static dyn Subsystem {
    ALL.into_iter().find(|s| s.id() == id.as_str()).unwrap_or(&subsystem::Extra)
}

#[cfg(test)]
mod tests {
    use super::{ALL, Command, Event, Newcomer, of};
    use grace_domain::governance::policy::ACKNOWLEDGERS;

    #[test]
    fn every_acknowledger_of_the_contract_has_a_part_and_sets_something_for_a_newcomer() {
        let event = Event::Announced { handshake: "hs_1" };
        let ids: Vec<&str> = ALL.iter().filter(|s| !s.on(&event).is_empty()).map(|s| s.id()).collect();
        assert_eq!(ids, ACKNOWLEDGERS);
        let metrics = ["error_rate".to_owned(), "latency_p95_ms".to_owned()];
        let newcomer = Newcomer { component: "edge", metrics: &metrics };
        let set: Vec<(String, String)> =
            ALL.iter().flat_map(|s| s.adjustments(&newcomer)).map(|a| (a.key, a.new)).collect();
        let expected = [
            ("plans.edge", "may be planned for"),
            ("watch.edge", "2 metrics"),
            ("access.edge", "read"),
            ("collect.edge", "error_rate, latency_p95_ms"),
            ("heal.edge", "observe only"),
        ];
        assert_eq!(set, expected.map(|(key, new)| (key.to_owned(), new.to_owned())));
    }

    #[test]
    fn whoever_is_required_acknowledges_also_one_without_a_part_of_its_own() {
        let event = Event::Announced { handshake: "hs_1" };
        for id in ["agentic_spine", "another"] {
            let subsystem = of(&id.parse().expect("an id"));
            assert_eq!(subsystem.on(&event), [Command::Acknowledge { handshake: "hs_1".into() }]);
        }
    }
}
