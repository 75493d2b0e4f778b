//! One component's target, opened and looked at once: what plans, checks and acts start from.
//!
//! Owns the look and what can be asked of it. Never changes anything.

use grace_domain::core::codes::Code;
use std::path::Path;

use grace_domain::core::ids::ComponentId;
use grace_domain::files::path::ManagedPath;
use grace_domain::files::tree_digest::ManagedTree;
use grace_domain::kinds::content::FileEdit;

use crate::fault::TargetFault;
use crate::files::managed::Managed;
use crate::files::plan::Plan;
use crate::files::root::Root;
use crate::files::scan::scan;
use crate::process::run::find_program;
use crate::spec::TargetSpec;
use crate::threads::blocking;

/// One component's target, opened and looked at.
pub struct Inspection {
    /// Which.
    pub id: ComponentId,
    /// Its document.
    pub spec: TargetSpec,
    /// Handle beneath which everything happens.
    pub root: Root,
    /// Its globs.
    pub managed: Managed,
    /// What is there now.
    pub tree: ManagedTree,
}

impl Inspection {
    /// Opens a target document and looks.
    pub async fn of(id: &ComponentId, target: &str) -> Result<Self, TargetFault> {
        if target.is_empty() {
            return Err(TargetFault::new(Code::NoTarget, format!("{id} manages no files")));
        }
        let spec = TargetSpec::parse(target).map_err(|e| TargetFault::of(id, e))?;
        let root = spec.open().map_err(|e| TargetFault::of(id, e))?;
        let managed = spec.managed().map_err(|e| TargetFault::of(id, e))?;
        let tree = scan(&root, &managed).await.map_err(|e| TargetFault::of(id, e))?;
        Ok(Self { id: id.clone(), spec, root, managed, tree })
    }

    /// Opens the target anew and looks: at what stands at its path now, wherever the directory opened before has gone.
    pub async fn again(&self) -> Result<ManagedTree, TargetFault> {
        let root = self.spec.open().map_err(|e| TargetFault::of(&self.id, e))?;
        scan(&root, &self.managed).await.map_err(|e| TargetFault::of(&self.id, e))
    }

    /// Refuses a target with a command that is no program here: a component that joined with it could never be changed.
    /// What the target itself brings along is not looked for.
    pub fn runnable(&self) -> Result<(), TargetFault> {
        for (command, argv) in self.spec.commands() {
            let brought =
                |program: &str| program.contains('{') || Path::new(program).starts_with(&self.spec.root);
            let Some(program) = argv.first().filter(|program| !brought(program)) else { continue };
            find_program(program.as_ref())
                .map_err(|e| TargetFault::new(e.code(), format!("{}: {command}: {e}", self.id)))?;
        }
        Ok(())
    }

    /// The plan that makes the edits here.
    pub fn plan(&self, edits: &[FileEdit]) -> Result<Plan, TargetFault> {
        Plan::of_edits(&self.root, &self.managed, &self.tree, edits).map_err(|e| TargetFault::of(&self.id, e))
    }

    /// Bytes of a managed file as it is now.
    pub async fn bytes(&self, path: &ManagedPath) -> Result<Option<Vec<u8>>, TargetFault> {
        let (root, path) = (self.root.clone(), path.clone());
        blocking(move || root.read(&path)).await.map_err(|e| TargetFault::of(&self.id, e))
    }
}
