//! The two documents of a directory: its content, and a change of it as it stands in a package.
//!
//! Owns their shapes. Never takes a path from a document unchecked.

use grace_domain::core::codes::Code;
use grace_domain::core::digest::Digest;
use grace_domain::files::path::{ManagedPath, PathError};
use grace_domain::files::state::FileState;
use grace_domain::files::tree_digest::{FileEntry, ManagedTree};
use grace_domain::kinds::target_kind::TargetKind;
use serde::{Deserialize, Serialize};

use crate::error::TargetError;
use crate::files::plan::{Change, Plan};
use crate::kinds::document::{parse, refused, write};
use crate::target::{Item, ItemState, Observed, PlannedChange, TargetPlan};

/// All managed files.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ContentDocument {
    kind: TargetKind,
    files: Vec<FileEntry>,
}

/// All files that change.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PlanDocument {
    kind: TargetKind,
    files: Vec<PlannedFile>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    make_dirs: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    drop_dirs: Vec<String>,
}

/// One file that changes; `null` is "not there".
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PlannedFile {
    path: String,
    old: Option<FileState>,
    new: Option<FileState>,
}

fn item_state(state: &FileState) -> ItemState {
    ItemState {
        digest: state.sha256,
        size: Some(state.size),
        mode: Some(state.attributes.mode),
        attributes: Some(Digest::of(state.attributes.line().as_bytes())),
    }
}

/// A content as everybody sees it.
pub(super) fn observed(tree: ManagedTree) -> Result<Observed, TargetError> {
    let items = tree.files().map(|(path, state)| Item { name: path.to_string(), state: item_state(state) });
    let (digest, items) = (tree.digest(), items.collect());
    let document = write(&ContentDocument { kind: TargetKind::Directory, files: tree.into() })?;
    Ok(Observed { digest, items, document })
}

/// The content that a document describes.
pub(super) fn tree(document: &[u8]) -> Result<ManagedTree, TargetError> {
    let ContentDocument { kind: _, files } = parse(document)?;
    ManagedTree::from_files(files).map_err(|error| refused(Code::TargetDocument, error))
}

/// A plan as everybody sees it.
pub(super) fn target_plan(plan: &Plan) -> Result<TargetPlan, TargetError> {
    let files = plan.changes.iter();
    let files = files
        .map(|c| PlannedFile { path: c.path.to_string(), old: c.base.clone(), new: c.new.clone() })
        .collect();
    let names = |dirs: &[ManagedPath]| dirs.iter().map(ToString::to_string).collect();
    let document = write(&PlanDocument {
        kind: TargetKind::Directory,
        files,
        make_dirs: names(&plan.make_dirs),
        drop_dirs: names(&plan.drop_dirs),
    })?;
    Ok(TargetPlan { before: plan.before, after: plan.after, changes: changes(plan), document })
}

/// The plan that a document describes. What this target manages is checked when it is known which.
pub(super) fn plan(before: Digest, after: Digest, document: &[u8]) -> Result<Plan, TargetError> {
    let PlanDocument { kind: _, files, make_dirs, drop_dirs } = parse(document)?;
    let bad = |error: PathError| refused(Code::BadPath, format!("the plan names a bad path: {error}"));
    let path = |text: &String| ManagedPath::parse(text).map_err(bad);
    let change = |f: PlannedFile| Ok(Change { path: path(&f.path)?, base: f.old, new: f.new });
    Ok(Plan {
        changes: files.into_iter().map(change).collect::<Result<_, TargetError>>()?,
        before,
        after,
        make_dirs: make_dirs.iter().map(path).collect::<Result<_, _>>()?,
        drop_dirs: drop_dirs.iter().map(path).collect::<Result<_, _>>()?,
    })
}

fn changes(plan: &Plan) -> Vec<PlannedChange> {
    let change = |c: &Change| PlannedChange {
        name: c.path.to_string(),
        old: c.base.as_ref().map(item_state),
        new: c.new.as_ref().map(item_state),
    };
    plan.changes.iter().map(change).collect()
}

/// Reads a content's document.
pub(in crate::kinds) fn read_observed(document: &[u8]) -> Result<Observed, TargetError> {
    observed(tree(document)?)
}

/// Reads a plan's document, whose digests stand beside it.
pub(in crate::kinds) fn read_plan(
    before: Digest,
    after: Digest,
    document: &[u8],
) -> Result<TargetPlan, TargetError> {
    let plan = plan(before, after, document)?;
    Ok(TargetPlan { before, after, changes: changes(&plan), document: document.to_owned() })
}
