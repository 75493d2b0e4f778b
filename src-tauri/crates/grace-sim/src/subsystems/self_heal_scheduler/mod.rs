//! Self-Heal Scheduler: the registry of playbooks. A component that joins is observed, not healed.

use grace_domain::statement::Adjustment;

use super::subsystem::{Newcomer, Subsystem, sets};

pub(super) struct SelfHealScheduler;

impl Subsystem for SelfHealScheduler {
    fn id(&self) -> &'static str {
        "self_heal_scheduler"
    }

    fn adjustments(&self, newcomer: &Newcomer<'_>) -> Vec<Adjustment> {
        sets(format!("heal.{}", newcomer.component), "observe only")
    }
}
