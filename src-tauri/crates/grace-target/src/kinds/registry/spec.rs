//! What is declared about a registry: nothing but its kind. Its documents and their state are in the log.
//!
//! Owns this document. Never knows which documents there are.

use grace_domain::core::ids::ComponentId;
use grace_domain::kinds::target_kind::TargetKind;
use serde::{Deserialize, Serialize};

use crate::fact::Fact;
use crate::occupied::Occupied;
use crate::spec::{KindSpec, SpecError};

/// A registry as declared for its holder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegistrySpec {
    /// This kind: the table has chosen by it.
    pub kind: TargetKind,
}

impl KindSpec for RegistrySpec {
    fn check(&self) -> Result<(), SpecError> {
        Ok(())
    }

    fn commands(&self) -> Vec<(&'static str, &[String])> {
        Vec::new()
    }

    fn occupies(&self, holder: &ComponentId) -> Result<Occupied, SpecError> {
        Ok(Occupied::Documents { holder: holder.clone(), document: None })
    }

    fn describe(&self) -> Vec<Fact> {
        vec![Fact::of("documents", vec!["in the log of this world, put in force by updates".to_owned()])]
    }
}
