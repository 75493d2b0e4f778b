//! The simulated parts of a world, as callers read them.

use super::view::view;
use crate::simulation::subsystems::Behaviour;

view! {
    SimView { simulation: bool, subsystems: Vec<SimSubsystemView>, sources: Vec<SimSourceView> }
    SimSubsystemView { id: String, behaviour: Behaviour, delay_ms: u64, nack_reason: String }
    SimSourceView { component: String, error_rate: f64, latency_p95_ms: f64, /** True when the source sends nothing. */ silent: bool }
}
