//! What an update would do to its targets, found by looking: plan per component, the old and new bytes, the summary.
//! Stages 4 and 5, `plan`, and the diff use the same look. Writes nothing to a target.

use crate::context::{EffectContext, EffectError};
use grace_domain::component::Component;
use grace_domain::core::codes::Code;
use grace_domain::core::digest::Digest;
use grace_domain::core::ids::ComponentId;
use grace_domain::files::path::ManagedPath;
use grace_domain::files::summary::{Summary, Touched, summarise};
use grace_domain::statement::ComponentPlan;
use grace_domain::world::World;
use grace_target::files::package::of_package;
use grace_target::{FileState, Inspection, Plan, TargetSpec};
use std::path::Path;

/// Opens a component's target and looks.
pub async fn look(component: &Component) -> Result<Inspection, EffectError> {
    look_at(&component.id, &component.facts.target).await
}

/// Opens a target document and looks.
pub async fn look_at(id: &ComponentId, target: &str) -> Result<Inspection, EffectError> {
    Ok(Inspection::of(id, target).await?)
}

/// Where targets may stand within a world: simulated ones do.
const TARGETS: &str = "targets";

/// Refuses a target that would make the world itself managed content: its keys would be read into packages, and an
/// update could write its log.
pub fn apart_from_world(world: &Path, id: &ComponentId, target: &str) -> Result<(), EffectError> {
    let spec = TargetSpec::parse(target).map_err(|e| EffectError::new(e.code(), format!("{id}: {e}")))?;
    let real = |path: &Path| path.canonicalize().or_else(|_| std::path::absolute(path));
    let unclear =
        |e: std::io::Error| EffectError::new(Code::TargetRoot, format!("{id}: the root cannot be used: {e}"));
    let (world, root) = (real(world).map_err(unclear)?, real(&spec.root).map_err(unclear)?);
    let simulated = root
        .strip_prefix(&world)
        .is_ok_and(|beneath| beneath.components().count() > 1 && beneath.starts_with(TARGETS));
    if !simulated && (root.starts_with(&world) || world.starts_with(&root)) {
        let reason = format!("{id}: the root {} holds the world or lies in it", root.display());
        return Err(EffectError::new(Code::TargetInWorld, reason));
    }
    Ok(())
}

/// Refuses a target whose root is, holds or lies in the root of another component: each would take the other's work for
/// a stranger's, and one update would change both. Compared as the file system sees them, links followed.
pub fn apart_from_others<'o>(
    id: &ComponentId,
    target: &str,
    others: impl IntoIterator<Item = (&'o ComponentId, &'o str)>,
) -> Result<(), EffectError> {
    let real = |text: &str| -> Result<std::path::PathBuf, EffectError> {
        let spec = TargetSpec::parse(text).map_err(|e| EffectError::new(e.code(), format!("{id}: {e}")))?;
        spec.root.canonicalize().or_else(|_| std::path::absolute(&spec.root)).map_err(|e| {
            EffectError::new(
                Code::TargetRoot,
                format!("{id}: the root {} cannot be used: {e}", spec.root.display()),
            )
        })
    };
    let root = real(target)?;
    for (other, text) in others {
        let taken = real(text)?;
        if root.starts_with(&taken) || taken.starts_with(&root) {
            let reason = format!(
                "{id}: the root {} overlaps with {}, which {other} manages",
                root.display(),
                taken.display()
            );
            return Err(EffectError::new(Code::TargetOverlaps, reason));
        }
    }
    Ok(())
}

/// The targets of everybody else: of registered components, and of those that are joining.
pub fn other_targets<'w>(
    world: &'w World,
    id: &'w ComponentId,
) -> impl Iterator<Item = (&'w ComponentId, &'w str)> {
    let joining =
        world.handshakes.values().filter(|h| !h.ended()).map(|h| (&h.component, h.facts.target.as_str()));
    let registered = world.components.values().map(|c| (&c.id, c.facts.target.as_str()));
    registered.chain(joining).filter(move |(other, target)| *other != id && !target.is_empty())
}

/// Old and new bytes of one touched file.
pub struct TouchedFile {
    /// Whose.
    pub component: ComponentId,
    /// Where.
    pub path: ManagedPath,
    /// Before.
    pub old: Option<(FileState, Vec<u8>)>,
    /// After.
    pub new: Option<(FileState, Vec<u8>)>,
}

/// Reads both sides of a plan: the old from the target (or the blobs), the new from the blobs.
pub async fn touched(
    context: &EffectContext,
    looked: &Inspection,
    plan: &Plan,
) -> Result<Vec<TouchedFile>, EffectError> {
    let mut files = Vec::with_capacity(plan.changes.len());
    for change in &plan.changes {
        let old = match change.base {
            None => None,
            Some(state) => {
                let bytes = match looked.bytes(&change.path).await? {
                    Some(bytes) if Digest::of(&bytes) == state.sha256 => bytes,
                    _ => context.blob(&state.sha256).await?,
                };
                Some((state, bytes))
            }
        };
        let new = match change.new {
            None => None,
            Some(state) => Some((state, context.blob(&state.sha256).await?)),
        };
        files.push(TouchedFile { component: looked.id.clone(), path: change.path.clone(), old, new });
    }
    Ok(files)
}

/// Reads both sides of a package's plan from the blobs alone: works after the target has changed.
pub async fn touched_in_package(
    context: &EffectContext,
    id: &ComponentId,
    plan: &ComponentPlan,
) -> Result<Vec<TouchedFile>, EffectError> {
    let plan = of_package(plan)
        .map_err(|e| EffectError::new(Code::BadPath, format!("the package names a bad path: {e}")))?;
    let mut files = Vec::with_capacity(plan.changes.len());
    for change in &plan.changes {
        let mut side = [None, None];
        for (slot, state) in side.iter_mut().zip([change.base, change.new]) {
            if let Some(state) = state {
                *slot = Some((state, context.blob(&state.sha256).await?));
            }
        }
        let [old, new] = side;
        files.push(TouchedFile { component: id.clone(), path: change.path.clone(), old, new });
    }
    Ok(files)
}

/// The summary of all touched files, which are given back. Comparing is work: it is done on a thread of its own.
pub async fn summary(files: Vec<TouchedFile>) -> Result<(Vec<TouchedFile>, Summary), EffectError> {
    let compared = tokio::task::spawn_blocking(move || {
        let summary = summarised(&files);
        (files, summary)
    });
    compared
        .await
        .map_err(|_| EffectError::new(Code::NotCompared, "the comparison of the contents ended early"))
}

fn summarised(files: &[TouchedFile]) -> Summary {
    let touched: Vec<Touched<'_>> = files
        .iter()
        .map(|f| Touched {
            component: &f.component,
            path: f.path.as_str(),
            old: f.old.as_ref().map(|(_, b)| b.as_slice()),
            new: f.new.as_ref().map(|(_, b)| b.as_slice()),
            modes: (f.old.as_ref().map(|(s, _)| s.mode), f.new.as_ref().map(|(s, _)| s.mode)),
        })
        .collect();
    summarise(&touched)
}
