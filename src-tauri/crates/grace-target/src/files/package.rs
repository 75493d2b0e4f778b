//! The shape that a plan has in a package, and back.
//!
//! Owns the two conversions. Never takes a path from a package unchecked.

use grace_domain::files::path::{ManagedPath, PathError};
use grace_domain::statement::{self, ComponentPlan, PlannedFile, Rehearsal};

use super::plan::{Change, Plan};
use super::state::FileState;

/// The package's shape of a plan.
pub fn to_package(plan: &Plan, rehearsal: Rehearsal) -> ComponentPlan {
    let state = |s: FileState| statement::FileState { sha256: s.sha256, mode: s.mode, size: s.size };
    ComponentPlan {
        before: plan.before,
        after: plan.after,
        files: plan
            .changes
            .iter()
            .map(|c| PlannedFile { path: c.path.to_string(), old: c.base.map(state), new: c.new.map(state) })
            .collect(),
        make_dirs: plan.make_dirs.iter().map(ToString::to_string).collect(),
        drop_dirs: plan.drop_dirs.iter().map(ToString::to_string).collect(),
        rehearsal,
    }
}

/// The target's shape of a package's plan; paths are checked again.
pub fn of_package(plan: &ComponentPlan) -> Result<Plan, PathError> {
    let path = |p: &String| ManagedPath::parse(p);
    let state = |s: &statement::FileState| FileState { sha256: s.sha256, mode: s.mode, size: s.size };
    Ok(Plan {
        changes: plan
            .files
            .iter()
            .map(|f| {
                Ok(Change {
                    path: path(&f.path)?,
                    base: f.old.as_ref().map(state),
                    new: f.new.as_ref().map(state),
                })
            })
            .collect::<Result<_, PathError>>()?,
        before: plan.before,
        after: plan.after,
        make_dirs: plan.make_dirs.iter().map(path).collect::<Result<_, _>>()?,
        drop_dirs: plan.drop_dirs.iter().map(path).collect::<Result<_, _>>()?,
    })
}
