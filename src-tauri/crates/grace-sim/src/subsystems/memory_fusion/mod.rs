//! Memory Fusion: configuration, schemas and access. A component that joins may read.

use grace_domain::statement::Adjustment;

use super::subsystem::{Newcomer, Subsystem, sets};

pub(super) struct MemoryFusion;

impl Subsystem for MemoryFusion {
    fn id(&self) -> &'static str {
        "memory_fusion"
    }

    fn adjustments(&self, newcomer: &Newcomer<'_>) -> Vec<Adjustment> {
        sets(format!("access.{}", newcomer.component), "read")
    }
}
