//! What an update would do to its targets, found by looking: plan per component, the old and new bytes, the summary.
//! Stages 4 and 5, `plan`, and the diff use the same look. Writes nothing to a target.

use crate::context::{EffectContext, EffectError};
use grace_domain::component::Component;
use grace_domain::core::digest::Digest;
use grace_domain::core::ids::ComponentId;
use grace_domain::files::path::ManagedPath;
use grace_domain::files::summary::{Summary, Touched, summarise};
use grace_domain::files::tree_digest::ManagedTree;
use grace_domain::statement::{self, ComponentPlan, PlannedFile};
use grace_domain::world::World;
use grace_target::process::run::find_program;
use grace_target::{Edit, FileState, Managed, Plan, Root, TargetSpec, scan};
use std::path::Path;

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
    /// Refuses a target with a command that is no program here: a component that joined with it could never be changed.
    /// What the target itself brings along is not looked for.
    pub fn runnable(&self) -> Result<(), EffectError> {
        for (command, argv) in self.spec.commands() {
            let brought =
                |program: &str| program.contains('{') || Path::new(program).starts_with(&self.spec.root);
            let Some(program) = argv.first().filter(|program| !brought(program)) else { continue };
            find_program(program.as_ref())
                .map_err(|e| EffectError::new(e.code(), format!("{}: {command}: {e}", self.id)))?;
        }
        Ok(())
    }

    /// Opens the target anew and looks: at what stands at its path now, wherever the directory opened before has gone.
    pub async fn again(&self) -> Result<ManagedTree, EffectError> {
        let told = |e: grace_target::TargetError| EffectError::new(e.code(), format!("{}: {e}", self.id));
        let root = self.spec.open().map_err(told)?;
        scan(&root, &self.managed).await.map_err(told)
    }
}

/// Opens a component's target and looks.
pub async fn look(component: &Component) -> Result<Inspection, EffectError> {
    if component.facts.target.is_empty() {
        return Err(EffectError::new("no_target", format!("{} manages no files", component.id)));
    }
    look_at(&component.id, &component.facts.target).await
}

/// Opens a target document and looks.
pub async fn look_at(id: &ComponentId, target: &str) -> Result<Inspection, EffectError> {
    let spec = TargetSpec::parse(target).map_err(|e| EffectError::new(e.code(), format!("{id}: {e}")))?;
    let root = spec.open().map_err(|e| EffectError::new(e.code(), format!("{id}: {e}")))?;
    let managed = spec.managed().map_err(|e| EffectError::new(e.code(), format!("{id}: {e}")))?;
    let tree = scan(&root, &managed).await.map_err(|e| EffectError::new(e.code(), format!("{id}: {e}")))?;
    Ok(Inspection { id: id.clone(), spec, root, managed, tree })
}

/// Where targets may stand within a world: simulated ones do.
const TARGETS: &str = "targets";

/// Refuses a target that would make the world itself managed content: its keys would be read into packages, and an
/// update could write its log.
pub fn apart_from_world(world: &Path, id: &ComponentId, target: &str) -> Result<(), EffectError> {
    let spec = TargetSpec::parse(target).map_err(|e| EffectError::new(e.code(), format!("{id}: {e}")))?;
    let real = |path: &Path| path.canonicalize().or_else(|_| std::path::absolute(path));
    let unclear =
        |e: std::io::Error| EffectError::new("target_root", format!("{id}: the root cannot be used: {e}"));
    let (world, root) = (real(world).map_err(unclear)?, real(&spec.root).map_err(unclear)?);
    let simulated = root
        .strip_prefix(&world)
        .is_ok_and(|beneath| beneath.components().count() > 1 && beneath.starts_with(TARGETS));
    if !simulated && (root.starts_with(&world) || world.starts_with(&root)) {
        let reason = format!("{id}: the root {} holds the world or lies in it", root.display());
        return Err(EffectError::new("target_in_world", reason));
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
                "target_root",
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
            return Err(EffectError::new("target_overlaps", reason));
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

impl Inspection {
    /// The plan that makes the edits here.
    pub fn plan(&self, edits: &[Edit]) -> Result<Plan, EffectError> {
        Plan::of_edits(&self.root, &self.managed, &self.tree, edits)
            .map_err(|e| EffectError::new(e.code(), format!("{}: {e}", self.id)))
    }

    /// Bytes of a managed file as it is now.
    pub async fn bytes(&self, path: &ManagedPath) -> Result<Option<Vec<u8>>, EffectError> {
        let (root, path) = (self.root.clone(), path.clone());
        grace_target::blocking(move || root.read(&path))
            .await
            .map_err(|e| EffectError::new(e.code(), format!("{}: {e}", self.id)))
    }
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
    let plan = to_target(plan)?;
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
    compared.await.map_err(|_| EffectError::new("not_compared", "the comparison of the contents ended early"))
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

/// The package's shape of a plan.
pub fn to_package(plan: &Plan, rehearsal: statement::Rehearsal) -> ComponentPlan {
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
pub fn to_target(plan: &ComponentPlan) -> Result<Plan, EffectError> {
    let bad = |e: grace_domain::files::path::PathError| {
        EffectError::new("bad_path", format!("the package names a bad path: {e}"))
    };
    let path = |p: &String| ManagedPath::parse(p).map_err(bad);
    let state = |s: &statement::FileState| FileState { sha256: s.sha256, mode: s.mode, size: s.size };
    Ok(Plan {
        changes: plan
            .files
            .iter()
            .map(|f| {
                Ok(grace_target::Change {
                    path: path(&f.path)?,
                    base: f.old.as_ref().map(state),
                    new: f.new.as_ref().map(state),
                })
            })
            .collect::<Result<_, EffectError>>()?,
        before: plan.before,
        after: plan.after,
        make_dirs: plan.make_dirs.iter().map(path).collect::<Result<_, _>>()?,
        drop_dirs: plan.drop_dirs.iter().map(path).collect::<Result<_, _>>()?,
    })
}
