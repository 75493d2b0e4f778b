//! The two documents of a registry: the governed documents that it was found to hold, and a change of one of them as it
//! stands in a package.
//!
//! Owns their shapes. Never holds a governed document itself: each is a blob, named here by digest.

use std::collections::BTreeSet;

use grace_domain::core::codes::Code;
use grace_domain::core::digest::Digest;
use grace_domain::core::ids::DocumentId;
use grace_domain::kinds::content::absent;
use grace_domain::kinds::target_kind::TargetKind;
use serde::{Deserialize, Serialize};

use crate::deviation::{Deviation, Differs};
use crate::error::TargetError;
use crate::kinds::document::{parse, refused, write};
use crate::target::{Documents, Item, ItemState, Observed, PlannedChange, TargetPlan};

/// What is in force.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ContentDocument {
    kind: TargetKind,
    /// The one that this is about; none for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    document: Option<DocumentId>,
    documents: Documents,
}

/// One document that changes; no digest is "not in force".
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PlanDocument {
    kind: TargetKind,
    document: DocumentId,
    old: Option<Digest>,
    new: Option<Digest>,
}

/// A change of one document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) document: DocumentId,
    pub(super) old: Option<Digest>,
    pub(super) new: Option<Digest>,
}

impl Change {
    pub(super) fn before(&self) -> Digest {
        self.old.unwrap_or_else(absent)
    }

    pub(super) fn after(&self) -> Digest {
        self.new.unwrap_or_else(absent)
    }

    pub(super) fn inverse(&self) -> Self {
        Self { document: self.document.clone(), old: self.new, new: self.old }
    }
}

fn state(digest: Digest) -> ItemState {
    ItemState { digest, size: None, mode: None, attributes: None }
}

/// What is in force as everybody sees it: `document` alone, or all. The digest of one is that of its own bytes, of all
/// that of the list.
pub(super) fn observed(
    documents: &Documents,
    document: Option<&DocumentId>,
) -> Result<Observed, TargetError> {
    let of: Documents = match document {
        Some(id) => documents.get(id).map(|digest| (id.clone(), *digest)).into_iter().collect(),
        None => documents.clone(),
    };
    let digest = match document {
        Some(id) => of.get(id).copied().unwrap_or_else(absent),
        None => Digest::of(&write(&of)?),
    };
    let items = of.iter().map(|(id, digest)| Item { name: id.to_string(), state: state(*digest) }).collect();
    let (kind, document) = (TargetKind::Registry, document.cloned());
    Ok(Observed { digest, items, document: write(&ContentDocument { kind, document, documents: of })? })
}

/// The documents that a content's document names, and the one that it is about.
pub(super) fn contents(document: &[u8]) -> Result<(Documents, Option<DocumentId>), TargetError> {
    let ContentDocument { kind: _, document, documents } = parse(document)?;
    Ok((documents, document))
}

/// A plan as everybody sees it.
pub(super) fn target_plan(change: &Change) -> Result<TargetPlan, TargetError> {
    let Change { document, old, new } = change.clone();
    let document = write(&PlanDocument { kind: TargetKind::Registry, document, old, new })?;
    Ok(TargetPlan { before: change.before(), after: change.after(), changes: changes(change), document })
}

fn changes(change: &Change) -> Vec<PlannedChange> {
    let Change { document, old, new } = change;
    vec![PlannedChange { name: document.to_string(), old: old.map(state), new: new.map(state) }]
}

/// The change that a plan's document describes, when it is one and the digests beside it are its own.
pub(super) fn change(before: Digest, after: Digest, document: &[u8]) -> Result<Change, TargetError> {
    let PlanDocument { kind: _, document, old, new } = parse(document)?;
    let change = Change { document, old, new };
    if change.old == change.new {
        return Err(refused(Code::PlanEmpty, "nothing would change"));
    }
    if (before, after) != (change.before(), change.after()) {
        return Err(refused(
            Code::PlanContradiction,
            format!("the plan contradicts itself at {}", change.document),
        ));
    }
    Ok(change)
}

/// Reads a content's document.
pub(in crate::kinds) fn read_observed(document: &[u8]) -> Result<Observed, TargetError> {
    let (documents, one) = contents(document)?;
    observed(&documents, one.as_ref())
}

/// In what one content differs from another.
pub(in crate::kinds) fn deviations(recorded: &[u8], found: &[u8]) -> Result<Vec<Deviation>, TargetError> {
    let ((recorded, _), (found, _)) = (contents(recorded)?, contents(found)?);
    let ids: BTreeSet<&DocumentId> = recorded.keys().chain(found.keys()).collect();
    let text = |digest: &Digest| format!("SHA-256 {}…", &digest.to_hex()[..12]);
    let differs = |id: &DocumentId| match (recorded.get(id), found.get(id)) {
        (Some(old), Some(new)) => {
            (old != new).then(|| Differs::Content { recorded: text(old), found: text(new) })
        }
        (Some(old), None) => Some(Differs::Removed { recorded: text(old) }),
        (None, Some(new)) => Some(Differs::Added { found: text(new) }),
        (None, None) => None,
    };
    Ok(ids
        .into_iter()
        .filter_map(|id| Some(Deviation { item: id.to_string(), differs: differs(id)? }))
        .collect())
}

/// Reads a plan's document, whose digests stand beside it.
pub(in crate::kinds) fn read_plan(
    before: Digest,
    after: Digest,
    document: &[u8],
) -> Result<TargetPlan, TargetError> {
    let change = change(before, after, document)?;
    Ok(TargetPlan { before, after, changes: changes(&change), document: document.to_owned() })
}
