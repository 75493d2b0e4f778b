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

/// A closed code and one sentence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct TargetFault {
    /// Closed code.
    pub code: Code,
    /// One sentence.
    pub reason: String,
}

impl TargetFault {
    /// Makes one.
    pub fn new(code: Code, reason: impl Into<String>) -> Self {
        Self { code, reason: reason.into() }
    }

    /// Of a component, whose name goes before the sentence.
    pub fn of(component: &ComponentId, fault: impl Into<Self>) -> Self {
        let Self { code, reason } = fault.into();
        Self { code, reason: format!("{component}: {reason}") }
    }
}

impl From<TargetError> for TargetFault {
    fn from(error: TargetError) -> Self {
        Self::new(error.code(), error.to_string())
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
        Self::new(error.code(), error.to_string())
    }
}

impl From<BlobError> for TargetFault {
    fn from(error: BlobError) -> Self {
        Self::new(Code::BlobStore, error.to_string())
    }
}
