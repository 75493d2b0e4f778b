//! Something that an act at a target needs was not there, not readable or not as promised.
//!
//! Owns the pair of closed code and sentence. Never decides what follows from it.

use grace_domain::core::codes::Code;
use grace_domain::core::ids::ComponentId;

use crate::blobs::BlobError;
use crate::error::TargetError;
use crate::files::plan::PlanError;
use crate::hook::EndedAt;
use crate::process::run::CommandError;
use crate::spec::SpecError;

/// A closed code and a clause, and whose target it is where that is known. As text the component goes before the clause.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{whose}{reason}", whose = component.as_ref().map(|id| format!("component {id}: ")).unwrap_or_default())]
pub struct TargetFault {
    /// Closed code.
    pub code: Code,
    /// What was missing: a clause that begins with a word of ours, never with a name.
    pub reason: String,
    /// Whose target.
    pub component: Option<ComponentId>,
    /// Whether it may pass by itself, so that trying again without anybody's help is worth the time.
    pub transient: bool,
}

impl TargetFault {
    /// One that stays until somebody mends it.
    pub fn new(code: Code, reason: impl Into<String>) -> Self {
        Self { code, reason: reason.into(), component: None, transient: false }
    }

    /// The same, where it is so, as one that may pass by itself.
    #[must_use]
    pub fn transient_if(self, transient: bool) -> Self {
        Self { transient, ..self }
    }

    /// At a component's target.
    pub fn of(component: &ComponentId, fault: impl Into<Self>) -> Self {
        Self { component: Some(component.clone()), ..fault.into() }
    }
}

impl From<TargetError> for TargetFault {
    fn from(error: TargetError) -> Self {
        Self::new(error.code(), error.to_string()).transient_if(error.transient())
    }
}

impl From<EndedAt> for TargetFault {
    fn from(ended: EndedAt) -> Self {
        TargetError::from(ended).into()
    }
}

impl From<PlanError> for TargetFault {
    fn from(error: PlanError) -> Self {
        Self::new(error.code(), error.to_string())
    }
}

impl From<SpecError> for TargetFault {
    fn from(error: SpecError) -> Self {
        Self::new(error.code(), error.to_string())
    }
}

impl From<CommandError> for TargetFault {
    fn from(error: CommandError) -> Self {
        Self::new(error.code(), error.to_string()).transient_if(error.transient())
    }
}

impl From<BlobError> for TargetFault {
    fn from(error: BlobError) -> Self {
        let transient = error.transient();
        Self::new(error.code, error.reason).transient_if(transient)
    }
}
