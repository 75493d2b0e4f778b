//! Changing a target so that a kill at any instruction leaves the old content, the new one, or a mixture of exactly
//! the two that the same plan or its inverse finishes.
//!
//! Owns every write of managed content. Never overwrites what was put there outside Grace, and never says "done" before a
//! fresh inspection has found the digest that the plan promised.
//!
//! # Why a kill does no harm
//!
//! 1. All new bytes are written first, to temporary files beside their places, and synced. Up to here no content has
//!    changed; what is left over are temporary files, which are never content and which the next run removes, and
//!    empty directories.
//! 2. Then each path changes by one `rename` or `unlink`, which happens whole or not at all. So at any moment each
//!    changed path is as before or as after, and no other path has changed: a mixture.
//! 3. Every run starts by inspecting. It takes a mixture, sets each changed path back in thought, and demands that the
//!    digest is the one from before; any other content was changed outside Grace. Paths that are already as wanted are left
//!    alone. So the same plan finishes, and its inverse undoes, whatever a kill left.
//! 4. Directories are synced before the last inspection, also those that an earlier run may have left unsynced.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::Arc;

use cap_std::fs::Dir;
use grace_domain::core::digest::Digest;
use grace_domain::files::path::ManagedPath;
use grace_domain::files::state::FileState;
use rustix::fs::{AtFlags, Mode, OFlags, RenameFlags};
use rustix::io::Errno;

use super::attributes;
use super::managed::{Managed, is_temp_name};
use super::names::{push_segment, shown};
use super::plan::{Change, Plan};
use super::root::{Found, Root, kind_at, open_child_dir};
use super::scan::scan_now;
use crate::blobs::BlobSource;
use crate::error::TargetError;
use crate::hook::{ApplyId, Hook, Moment, Step, tell};
use crate::threads::blocking;

/// A plan that is in place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Applied {
    /// Digest of the managed content, from a fresh inspection.
    pub digest: Digest,
    /// Files that got new content.
    pub replaced: usize,
    /// Files that were removed.
    pub removed: usize,
    /// Files that were already as wanted.
    pub already: usize,
}

/// Puts `plan` in place beneath `root`, from the state before, from the state after, or from any mixture that a kill
/// left. Apply [`Plan::inverse`] to revert or undo it.
///
/// On an error nothing was overwritten that was changed outside Grace; some paths of the plan may have changed if it came
/// late (disk faults, drift in the same moment), and applying the inverse is the way out.
pub async fn apply(
    root: &Root,
    managed: &Managed,
    plan: &Plan,
    id: &ApplyId,
    blobs: &dyn BlobSource,
    hook: Hook<'_>,
) -> Result<Applied, TargetError> {
    let work = Work {
        root: root.clone(),
        managed: Arc::new(managed.clone()),
        plan: Arc::new(plan.clone()),
        id: id.clone(),
    };
    let todo = work.on_thread(Work::check).await?;
    tell(hook, Moment::After, &Step::Checked)?;
    let mut replaced_any = false;
    let done = work.change(&todo, blobs, hook, &mut replaced_any).await;
    if let Err(error) = done {
        // A kill cleans nothing; everything else does, as far as it can: the error counts, not what follows it.
        if !matches!(error, TargetError::Interrupted(_)) {
            let nothing_changed = !replaced_any;
            let _ = work.on_thread(move |work| work.clean_up(nothing_changed)).await;
        }
        return Err(error);
    }
    tell(hook, Moment::Before, &Step::Synced)?;
    work.on_thread(Work::sync_dirs).await?;
    tell(hook, Moment::After, &Step::Synced)?;
    for dir in plan.drop_dirs.iter().rev() {
        let (own, step) = (dir.clone(), Step::Dropped(dir.to_string()));
        tell(hook, Moment::Before, &step)?;
        if work.on_thread(move |work| work.drop_dir(&own)).await? {
            tell(hook, Moment::After, &step)?;
        }
    }
    let found = work.on_thread(|work| scan_now(&work.root, &work.managed)).await?.digest();
    if found != plan.after {
        return Err(TargetError::DigestDiffers { expected: plan.after, found });
    }
    tell(hook, Moment::After, &Step::Confirmed)?;
    let changed = |gone: bool| todo.iter().filter(|at| plan.changes[**at].new.is_none() == gone).count();
    Ok(Applied {
        digest: found,
        replaced: changed(false),
        removed: changed(true),
        already: plan.changes.len() - todo.len(),
    })
}

/// Removes the temporary files that a killed application of `plan` or its inverse may have left. [`apply()`] begins
/// with it.
pub async fn recover(root: &Root, plan: &Plan) -> Result<(), TargetError> {
    let (root, plan) = (root.clone(), plan.clone());
    blocking(move || remove_temps(&root, &plan)).await
}

#[derive(Clone)]
struct Work {
    root: Root,
    managed: Arc<Managed>,
    plan: Arc<Plan>,
    id: ApplyId,
}

impl Work {
    async fn on_thread<T: Send + 'static>(&self, work: impl FnOnce(&Self) -> T + Send + 'static) -> T {
        let own = self.clone();
        blocking(move || work(&own)).await
    }

    /// Inspects, refuses what was changed outside Grace, and says the positions of the changes that are still to be made.
    fn check(&self) -> Result<Vec<usize>, TargetError> {
        self.plan
            .check(&self.managed)
            .map_err(|error| TargetError::Plan { code: error.code(), reason: error.to_string() })?;
        remove_temps(&self.root, &self.plan)?;
        let now = scan_now(&self.root, &self.managed)?;
        let found = Some(now.digest());
        let before = self
            .plan
            .undone(&now)
            .map_err(|path| TargetError::DriftDetected { path: path.map(|path| path.to_string()), found })?;
        if before.digest() != self.plan.before {
            return Err(TargetError::DriftDetected { path: None, found });
        }
        let mut todo = Vec::new();
        for (position, change) in self.plan.changes.iter().enumerate() {
            let state = now.get(&change.path);
            if state.is_none() {
                self.check_free(&change.path)?;
            }
            if !FileState::same(state, change.new.as_ref()) {
                todo.push(position);
            }
        }
        Ok(todo)
    }

    /// No managed file was found at `path`; nothing else may stand there either.
    fn check_free(&self, path: &ManagedPath) -> Result<(), TargetError> {
        let shown = path.to_string();
        match self.root.kind_at(path)? {
            Found::Nothing => Ok(()),
            Found::File => Err(TargetError::DriftDetected { path: Some(shown), found: None }),
            Found::Directory => Err(TargetError::InTheWay { path: shown, found: "directory" }),
            Found::Link => Err(TargetError::Link { path: shown }),
            Found::Special => Err(TargetError::Special { path: shown }),
        }
    }

    async fn change(
        &self,
        todo: &[usize],
        blobs: &dyn BlobSource,
        hook: Hook<'_>,
        replaced_any: &mut bool,
    ) -> Result<(), TargetError> {
        for &position in todo {
            let change = &self.plan.changes[position];
            let Some(new) = change.new.clone() else { continue };
            let bytes = bytes_for(&change.path, &new, blobs).await?;
            let step = Step::Written(change.path.to_string());
            tell(hook, Moment::Before, &step)?;
            self.on_thread(move |work| work.write_temp(position, &new, &bytes)).await?;
            tell(hook, Moment::After, &step)?;
        }
        for &position in todo {
            let change = &self.plan.changes[position];
            let path = change.path.to_string();
            let step = if change.new.is_some() { Step::Replaced(path) } else { Step::Removed(path) };
            tell(hook, Moment::Before, &step)?;
            self.on_thread(move |work| work.switch(position)).await?;
            *replaced_any = true;
            tell(hook, Moment::After, &step)?;
        }
        Ok(())
    }

    /// Writes the new bytes of a path beside it, with the attributes it shall have.
    fn write_temp(&self, position: usize, new: &FileState, bytes: &[u8]) -> Result<(), TargetError> {
        let change = &self.plan.changes[position];
        let path = change.path.as_str();
        let parent = self.make_parent(&change.path)?;
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let mut file =
            rustix::fs::openat(&parent, self.id.temp_name(position), flags, Mode::RUSR | Mode::WUSR)
                .map(std::fs::File::from)
                .map_err(|error| TargetError::io("creating the temporary file of", path)(error.into()))?;
        file.write_all(bytes).map_err(TargetError::io("writing", path))?;
        attributes::set(&file, path, &new.attributes)?;
        file.sync_all().map_err(TargetError::io("syncing", path))
    }

    /// The one instruction by which a path changes.
    fn switch(&self, position: usize) -> Result<(), TargetError> {
        let Change { path, base, new } = &self.plan.changes[position];
        let name = path.file_name();
        let drift = || TargetError::DriftDetected { path: Some(path.to_string()), found: None };
        // Inspected once more, right before: nothing that came since may be lost.
        if !FileState::same(self.root.state(path)?.as_ref(), base.as_ref()) {
            return Err(drift());
        }
        let parent = self.root.open_dir(path.parent().as_ref())?.ok_or_else(drift)?;
        if new.is_none() {
            return parent.remove_file(name).map_err(TargetError::io("removing", path.as_str()));
        }
        let temp = self.id.temp_name(position);
        let renamed = if base.is_none() {
            // Refused by the system itself if something appeared there in this moment.
            match rustix::fs::renameat_with(&parent, &temp, &parent, name, RenameFlags::NOREPLACE) {
                // A file system without that flag.
                Err(Errno::INVAL | Errno::NOSYS) => rustix::fs::renameat(&parent, &temp, &parent, name),
                Err(Errno::EXIST) => return Err(drift()),
                other => other,
            }
        } else {
            rustix::fs::renameat(&parent, &temp, &parent, name)
        };
        renamed.map_err(|error| TargetError::io("replacing", path.as_str())(error.into()))
    }

    /// Opens the directory of `path`, making what is missing of it, following no link.
    fn make_parent(&self, path: &ManagedPath) -> Result<Dir, TargetError> {
        let Some(parent) = path.parent() else {
            return self.root.dir().try_clone().map_err(TargetError::io("opening", "the root"));
        };
        let mut dir = self.root.dir().try_clone().map_err(TargetError::io("opening", "the root"))?;
        let mut so_far = String::new();
        for segment in parent.segments() {
            push_segment(&mut so_far, segment);
            match rustix::fs::mkdirat(&dir, segment, Mode::from_raw_mode(0o755)) {
                Ok(()) => sync_dir(&dir, &so_far)?,
                Err(Errno::EXIST) => {}
                Err(error) => return Err(TargetError::io("making", so_far)(error.into())),
            }
            dir = match open_child_dir(&dir, segment) {
                Ok(child) => child,
                Err(Errno::LOOP | Errno::NOTDIR | Errno::MLINK) => {
                    return Err(match kind_at(&dir, segment, &so_far)? {
                        Found::Link => TargetError::Link { path: so_far },
                        Found::Special => TargetError::Special { path: so_far },
                        _ => TargetError::InTheWay { path: so_far, found: "file" },
                    });
                }
                Err(error) => return Err(TargetError::io("opening", so_far)(error.into())),
            };
        }
        Ok(dir)
    }

    fn sync_dirs(&self) -> Result<(), TargetError> {
        let mut dirs: BTreeMap<String, Option<ManagedPath>> =
            self.plan.ancestors().into_iter().map(|dir| (dir.to_string(), Some(dir))).collect();
        dirs.insert(String::new(), None);
        for (name, path) in dirs {
            if let Some(dir) = self.root.open_dir(path.as_ref())? {
                sync_dir(&dir, shown(&name))?;
            }
        }
        Ok(())
    }

    /// Removes a directory that is ours to remove; one that somebody put something into stays.
    fn drop_dir(&self, path: &ManagedPath) -> Result<bool, TargetError> {
        let Some(parent) = self.root.open_dir(path.parent().as_ref())? else { return Ok(false) };
        match rustix::fs::unlinkat(&parent, path.file_name(), AtFlags::REMOVEDIR) {
            Ok(()) => sync_dir(&parent, path.as_str()).map(|()| true),
            Err(Errno::NOENT | Errno::NOTEMPTY | Errno::EXIST | Errno::NOTDIR) => Ok(false),
            Err(error) => Err(TargetError::io("removing", path.as_str())(error.into())),
        }
    }

    fn clean_up(&self, nothing_changed: bool) -> Result<(), TargetError> {
        remove_temps(&self.root, &self.plan)?;
        if nothing_changed {
            for dir in self.plan.make_dirs.iter().rev() {
                self.drop_dir(dir)?;
            }
        }
        Ok(())
    }
}

async fn bytes_for(
    path: &ManagedPath,
    new: &FileState,
    blobs: &dyn BlobSource,
) -> Result<Vec<u8>, TargetError> {
    let FileState { sha256, size, .. } = *new;
    let missing = || TargetError::BlobMissing { path: path.to_string(), sha256 };
    let bytes = blobs.get(&sha256).await?.ok_or_else(missing)?;
    if bytes.len() as u64 != size || Digest::of(&bytes) != sha256 {
        return Err(TargetError::BlobDiffers { path: path.to_string(), sha256 });
    }
    Ok(bytes)
}

fn sync_dir(dir: &Dir, path: &str) -> Result<(), TargetError> {
    rustix::fs::fsync(dir).map_err(|error| TargetError::io("syncing", path)(error.into()))
}

/// Temporary files stand only beside changed paths.
fn remove_temps(root: &Root, plan: &Plan) -> Result<(), TargetError> {
    let mut parents: Vec<Option<ManagedPath>> =
        plan.changes.iter().map(|change| change.path.parent()).collect();
    parents.sort();
    parents.dedup();
    for parent in parents {
        let Some(dir) = root.open_dir(parent.as_ref())? else { continue };
        let name = parent.as_ref().map_or("the root", ManagedPath::as_str);
        for entry in dir.entries().map_err(TargetError::io("listing", name))? {
            let entry = entry.map_err(TargetError::io("listing", name))?.file_name();
            let Some(entry) = entry.to_str().filter(|entry| is_temp_name(entry)) else { continue };
            if kind_at(&dir, entry, entry)? == Found::File {
                dir.remove_file(entry).map_err(TargetError::io("removing", entry))?;
            }
        }
    }
    Ok(())
}
