//! Agentic Spine: plans what agents do. A component that joins may be planned for.

use grace_domain::statement::Adjustment;

use super::subsystem::{Newcomer, Subsystem, sets};

pub(super) struct AgenticSpine;

impl Subsystem for AgenticSpine {
    fn id(&self) -> &'static str {
        "agentic_spine"
    }

    fn adjustments(&self, newcomer: &Newcomer<'_>) -> Vec<Adjustment> {
        sets(format!("plans.{}", newcomer.component), "may be planned for")
    }
}
