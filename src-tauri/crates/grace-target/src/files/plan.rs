//! What shall change in a target: the difference between two contents, written so that it can be reverted.
//!
//! Owns the shape of a change and what makes a set of them applicable. Never touches managed content.

use grace_domain::core::codes::Code;
use std::collections::{BTreeMap, BTreeSet};

use grace_domain::core::digest::Digest;
use grace_domain::core::limits;
use grace_domain::files::path::{ManagedPath, PathError};
use grace_domain::files::state::{FileState, MODE_BITS};
use grace_domain::files::tree_digest::{self, FileEntry, ManagedTree};
use grace_domain::kinds::content::FileEdit;
use serde::{Deserialize, Serialize};

use super::managed::{Managed, is_temp_name};
use super::root::{Found, Root};
use super::scan::check_files;
use crate::error::TargetError;

/// One file that changes: what must be there now, and what shall be. `None` is "no file". Never equal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// Where.
    pub path: ManagedPath,
    /// What must be there.
    pub base: Option<FileState>,
    /// What shall be there.
    pub new: Option<FileState>,
}

/// Changes with the digests of the whole managed content on both sides. Stored in a package and applied from there;
/// [`check`](Self::check) it after reading.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// The files, ordered by path, each once.
    pub changes: Vec<Change>,
    /// Digest of the managed content before.
    pub before: Digest,
    /// Digest of the managed content after.
    pub after: Digest,
    /// Directories that are not there before and shall be after, ordered by path.
    pub make_dirs: Vec<ManagedPath>,
    /// Directories that are there before and shall not be after, unless somebody put something in.
    pub drop_dirs: Vec<ManagedPath>,
}

/// Why edits do not make a plan, or a plan cannot be applied.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// Nothing would change.
    #[error("nothing would change")]
    Empty,
    /// More files than one update may change.
    #[error("{found} files change; at most {max}")]
    TooManyFiles {
        /// Files found.
        found: usize,
        /// Files allowed.
        max: usize,
    },
    /// More bytes than a file or a package may have.
    #[error("{what} has {found} bytes; at most {max}")]
    TooManyBytes {
        /// A path, or `the package`.
        what: String,
        /// Bytes found.
        found: u64,
        /// Bytes allowed.
        max: u64,
    },
    /// A file outside of what is managed.
    #[error("the path {path} is not managed here")]
    NotManaged {
        /// The path.
        path: String,
    },
    /// A name that only our own temporary files carry.
    #[error("the path {path} has a name that Grace keeps for itself")]
    ReservedName {
        /// The path.
        path: String,
    },
    /// A mode with bits that a new file may not have.
    #[error("the path {path}: mode {mode:o} is not within 777")]
    Mode {
        /// The path.
        path: String,
        /// The mode.
        mode: u32,
    },
    /// A file to remove that is not there.
    #[error("the path {path} is to be removed and is not there")]
    NotThere {
        /// The path.
        path: String,
    },
    /// Paths that cannot stand side by side, or one twice.
    #[error(transparent)]
    Paths(#[from] PathError),
    /// A file would become a directory or the other way round.
    #[error("the path {path} cannot change between file and directory in one update")]
    FileAndDirectory {
        /// The path.
        path: String,
    },
    /// Not in order, a change that changes nothing, or digests that contradict it.
    #[error("the plan contradicts itself at {path}")]
    Contradiction {
        /// Where.
        path: String,
    },
    /// The target cannot be inspected.
    #[error(transparent)]
    Target(#[from] TargetError),
}

impl PlanError {
    /// The closed code of this error.
    pub fn code(&self) -> Code {
        match self {
            Self::Empty => Code::PlanEmpty,
            Self::TooManyFiles { .. } => Code::PlanTooManyFiles,
            Self::TooManyBytes { .. } => Code::PlanTooManyBytes,
            Self::NotManaged { .. } => Code::PathNotManaged,
            Self::ReservedName { .. } => Code::PathReservedName,
            Self::Mode { .. } => Code::ModeNotAllowed,
            Self::NotThere { .. } => Code::PathNotThere,
            Self::Paths(_) => Code::PathRefused,
            Self::FileAndDirectory { .. } => Code::PathFileAndDirectory,
            Self::Contradiction { .. } => Code::PlanContradiction,
            Self::Target(target) => target.code(),
        }
    }
}

impl Plan {
    /// The plan that makes `edits` on what is there now, `now` being a [`scan`](super::scan::scan) of `root`.
    pub fn of_edits(
        root: &Root,
        managed: &Managed,
        now: &ManagedTree,
        edits: &[FileEdit],
    ) -> Result<Self, PlanError> {
        let mut files: BTreeMap<ManagedPath, FileState> =
            now.files().map(|(path, state)| (path.clone(), state.clone())).collect();
        let mut seen = BTreeSet::new();
        for edit in edits {
            if !seen.insert(edit.path()) {
                return Err(PathError::Duplicate { path: edit.path().to_string() }.into());
            }
            match edit {
                FileEdit::Remove { path } => {
                    if files.remove(path).is_none() {
                        return Err(PlanError::NotThere { path: path.to_string() });
                    }
                }
                FileEdit::Write { path, sha256, size, mode } => {
                    if let Some(mode) = mode.filter(|mode| mode & !0o777 != 0) {
                        return Err(PlanError::Mode { path: path.to_string(), mode });
                    }
                    let attributes = match now.get(path) {
                        Some(state) => state.attributes.clone(),
                        None => root.new_attributes(path)?,
                    };
                    let mode = mode.unwrap_or(attributes.mode);
                    let attributes = attributes.with_mode(mode);
                    let new = FileState { sha256: *sha256, size: *size, attributes };
                    files.insert(path.clone(), new);
                }
            }
        }
        let files = files.into_iter().map(|(path, state)| FileEntry { path, state });
        Self::between(root, managed, now, &ManagedTree::from_files(files)?)
    }

    /// The plan that turns what is there now into `wanted`; also what restores an earlier content.
    pub fn between(
        root: &Root,
        managed: &Managed,
        now: &ManagedTree,
        wanted: &ManagedTree,
    ) -> Result<Self, PlanError> {
        use tree_digest::Change as Diff;
        let changes = now.diff(wanted).into_iter().map(|diff| match diff {
            Diff::Added(FileEntry { path, state }) => Change { path, base: None, new: Some(state) },
            Diff::Removed(FileEntry { path, state }) => Change { path, base: Some(state), new: None },
            Diff::Modified { path, before, after } => Change { path, base: Some(before), new: Some(after) },
        });
        let mut plan = Self {
            changes: changes.collect(),
            before: now.digest(),
            after: wanted.digest(),
            make_dirs: Vec::new(),
            drop_dirs: Vec::new(),
        };
        if plan.changes.is_empty() {
            return Err(PlanError::Empty);
        }
        plan.make_dirs = plan.missing_dirs(root)?;
        plan.check(managed)?;
        // What is planned must be inspected again once it is there.
        check_files(managed, wanted.len())?;
        plan.check_room(root)?;
        Ok(plan)
    }

    /// Checks all that can be said without inspecting the target. For a plan that was read, and before applying.
    pub fn check(&self, managed: &Managed) -> Result<(), PlanError> {
        if self.changes.is_empty() {
            return Err(PlanError::Empty);
        }
        if self.changes.len() > limits::FILES_PER_UPDATE {
            return Err(PlanError::TooManyFiles { found: self.changes.len(), max: limits::FILES_PER_UPDATE });
        }
        let contradiction = |path: &ManagedPath| PlanError::Contradiction { path: path.to_string() };
        let mut previous: Option<&ManagedPath> = None;
        let mut bytes: u64 = 0;
        for change in &self.changes {
            let path = &change.path;
            if previous.is_some_and(|previous| previous >= path) {
                return Err(contradiction(path));
            }
            previous = Some(path);
            if is_temp_name(path.file_name()) {
                return Err(PlanError::ReservedName { path: path.to_string() });
            }
            if !managed.matches(path) {
                return Err(PlanError::NotManaged { path: path.to_string() });
            }
            if FileState::same(change.base.as_ref(), change.new.as_ref()) {
                return Err(contradiction(path));
            }
            for state in change.base.iter().chain(&change.new) {
                let mode = state.attributes.mode;
                if mode & !MODE_BITS != 0 {
                    return Err(PlanError::Mode { path: path.to_string(), mode });
                }
                if state.size > limits::FILE_BYTES {
                    let (found, max) = (state.size, limits::FILE_BYTES);
                    return Err(PlanError::TooManyBytes { what: path.to_string(), found, max });
                }
            }
            bytes = bytes.saturating_add(change.new.as_ref().map_or(0, |state| state.size));
        }
        if bytes > limits::PACKAGE_BYTES {
            let what = String::from("the package");
            return Err(PlanError::TooManyBytes { what, found: bytes, max: limits::PACKAGE_BYTES });
        }
        self.check_kinds()?;
        let above = self.ancestors();
        for dir in self.make_dirs.iter().chain(&self.drop_dirs) {
            if !above.contains(dir) {
                return Err(contradiction(dir));
            }
        }
        Ok(())
    }

    /// The plan that reverts this one.
    #[must_use]
    pub fn inverse(&self) -> Self {
        Self {
            changes: self
                .changes
                .iter()
                .map(|change| Change {
                    path: change.path.clone(),
                    base: change.new.clone(),
                    new: change.base.clone(),
                })
                .collect(),
            before: self.after,
            after: self.before,
            make_dirs: self.drop_dirs.clone(),
            drop_dirs: self.make_dirs.clone(),
        }
    }

    /// Digests of all bytes that reverting this plan needs: [`snapshot`](super::scan::snapshot) them before applying.
    pub fn bases(&self) -> impl Iterator<Item = (ManagedPath, Digest)> {
        self.changes.iter().filter_map(|change| Some((change.path.clone(), change.base.as_ref()?.sha256)))
    }

    /// `now` with every changed path set to what it was before this plan, if each is either as before or as after;
    /// else the first path that is neither (`None` if it is not one of the plan).
    pub(crate) fn undone(&self, now: &ManagedTree) -> Result<ManagedTree, Option<ManagedPath>> {
        let mut files: BTreeMap<&ManagedPath, &FileState> = now.files().collect();
        for change in &self.changes {
            let found = now.get(&change.path);
            let as_in = |state: &Option<FileState>| FileState::same(found, state.as_ref());
            if !as_in(&change.base) && !as_in(&change.new) {
                return Err(Some(change.path.clone()));
            }
            match &change.base {
                None => drop(files.remove(&change.path)),
                Some(state) => drop(files.insert(&change.path, state)),
            }
        }
        // Only other files than ours can collide with what was there before.
        let entry = |(path, state): (&ManagedPath, &FileState)| FileEntry {
            path: path.clone(),
            state: state.clone(),
        };
        ManagedTree::from_files(files.into_iter().map(entry)).map_err(|_| None)
    }

    /// Every directory above a changed path.
    pub(crate) fn ancestors(&self) -> BTreeSet<ManagedPath> {
        let mut above = BTreeSet::new();
        for change in &self.changes {
            let mut next = change.path.parent();
            while let Some(dir) = next {
                next = dir.parent();
                if !above.insert(dir) {
                    break;
                }
            }
        }
        above
    }

    /// A file that becomes a directory would need an order between its change and the others that a mixture left by
    /// a kill could not show.
    fn check_kinds(&self) -> Result<(), PlanError> {
        let above = self.ancestors();
        match self.changes.iter().find(|change| above.contains(&change.path)) {
            Some(change) => Err(PlanError::FileAndDirectory { path: change.path.to_string() }),
            None => Ok(()),
        }
    }

    fn missing_dirs(&self, root: &Root) -> Result<Vec<ManagedPath>, TargetError> {
        let mut missing = BTreeSet::new();
        for change in self.changes.iter().filter(|change| change.new.is_some()) {
            let mut next = change.path.parent();
            while let Some(dir) = next {
                next = dir.parent();
                if missing.contains(&dir) || root.open_dir(Some(&dir))?.is_some() {
                    break;
                }
                missing.insert(dir);
            }
        }
        Ok(missing.into_iter().collect())
    }

    /// Nothing unmanageable may stand where a new file goes.
    fn check_room(&self, root: &Root) -> Result<(), TargetError> {
        for change in self.changes.iter().filter(|change| change.base.is_none()) {
            let path = change.path.to_string();
            match root.kind_at(&change.path)? {
                Found::Nothing => {}
                Found::File => return Err(TargetError::DriftDetected { path: Some(path), found: None }),
                Found::Directory => return Err(TargetError::InTheWay { path, found: "directory" }),
                Found::Link => return Err(TargetError::Link { path }),
                Found::Special => return Err(TargetError::Special { path }),
            }
        }
        Ok(())
    }
}

/// The paths on which `now` is neither as before nor, where the plan changes it, as after: what was changed outside Grace.
pub fn drifted_paths(before: &ManagedTree, plan: &Plan, now: &ManagedTree) -> Vec<ManagedPath> {
    let ours = |path: &ManagedPath| {
        plan.changes
            .binary_search_by(|change| change.path.cmp(path))
            .is_ok_and(|at| FileState::same(now.get(path), plan.changes[at].new.as_ref()))
    };
    before.diff(now).iter().map(|diff| diff.path().clone()).filter(|path| !ours(path)).collect()
}
