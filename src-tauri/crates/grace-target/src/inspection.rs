//! One component's target, opened and inspected once: what plans, checks and acts start from.
//!
//! Owns saying whose target it is of which something is missing. Never changes anything.

use grace_domain::core::codes::Code;
use grace_domain::core::ids::ComponentId;
use grace_domain::kinds::content::Content;

use crate::blobs::BlobSource;
use crate::fault::TargetFault;
use crate::kinds::TargetSpec;
use crate::target::{LogView, Observed, Target, TargetPlan};

/// One component's target, opened and inspected.
pub struct Inspection {
    /// Which.
    pub id: ComponentId,
    /// Its document.
    pub spec: TargetSpec,
    /// The target, opened.
    pub target: Box<dyn Target>,
    /// What was there when it was opened.
    pub observed: Observed,
}

impl Inspection {
    /// Opens a target document and inspects the target.
    pub async fn of(id: &ComponentId, target: &str, log: &LogView) -> Result<Self, TargetFault> {
        if target.is_empty() {
            return Err(TargetFault::new(Code::NoTarget, format!("component {id} has no target")));
        }
        let spec = TargetSpec::parse(target).map_err(|e| TargetFault::of(id, e))?;
        let target = spec.open(log).map_err(|e| TargetFault::of(id, e))?;
        let observed = target.inspect().await.map_err(|e| TargetFault::of(id, e))?;
        Ok(Self { id: id.clone(), spec, target, observed })
    }

    /// Inspects it again.
    pub async fn again(&self) -> Result<Observed, TargetFault> {
        self.target.inspect().await.map_err(|e| TargetFault::of(&self.id, e))
    }

    /// Refuses a target with a command that is no program here: a component that joined with it could never be changed.
    pub fn runnable(&self) -> Result<(), TargetFault> {
        self.target.runnable().map_err(|e| TargetFault::of(&self.id, e))
    }

    /// The plan that makes of it what the update wants.
    pub async fn plan(&self, content: &Content) -> Result<TargetPlan, TargetFault> {
        self.target.plan(&self.observed, content).await.map_err(|e| TargetFault::of(&self.id, e))
    }

    /// Bytes of an item as it is now.
    pub async fn read(&self, name: &str, blobs: &dyn BlobSource) -> Result<Option<Vec<u8>>, TargetFault> {
        self.target.read(name, blobs).await.map_err(|e| TargetFault::of(&self.id, e))
    }
}
