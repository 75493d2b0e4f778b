//! The package manifest, signed by the engine: what must be there, what to do, and that it was rehearsed.
//!
//! Owns its signed shape and the digest of the rollback plan. Never knows what a plan says: it is a blob, named here by
//! digest, that the kind of target writes and reads.

use super::signed::{Statement, statement};
use crate::core::canon;
use crate::core::digest::Digest;
use crate::core::ids::{ComponentId, UpdateId};
use crate::core::time::Timestamp;
use crate::kinds::risk::Risk;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The package manifest, signed by the engine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Origin of the log.
    pub world: String,
    /// Which update.
    pub update: UpdateId,
    /// `set` of the submission.
    pub set: Digest,
    /// Per component what must be there now, and what to do.
    pub components: BTreeMap<ComponentId, ComponentPlan>,
    /// Risk computed from the difference.
    pub computed: Risk,
    /// Whether the rehearsal came back to the same digests.
    pub invertible: bool,
    /// Digest of the summary, a salted document.
    pub summary: Digest,
    /// When.
    pub at: Timestamp,
}
statement!(Manifest, "package", []);

/// One component's part of a package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ComponentPlan {
    /// Digest of the component's content that must be there.
    pub before: Digest,
    /// Digest of the component's content afterwards.
    pub after: Digest,
    /// Digest of the blob that says what to do, old and new, as the kind of its target writes it.
    pub plan: Digest,
    /// The rehearsal on a copy.
    pub rehearsal: Rehearsal,
}

/// Apply and revert on a copy, with digests and times.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rehearsal {
    /// Digest after reverting on the copy; equal to `before` or the stage fails.
    pub reverted: Digest,
    /// Time to apply.
    pub apply_ms: u64,
    /// Time to revert.
    pub revert_ms: u64,
}

impl Manifest {
    /// Digest of the rollback plan: for every component what must be there again, and the plan that is reverted.
    pub fn rollback_plan(&self) -> Digest {
        let plan: Vec<_> = self.components.iter().map(|(id, c)| (id, &c.before, &c.plan)).collect();
        Digest::of(&canon::to_canonical(&plan).expect("invariant: texts and digests have a canonical form"))
    }
}
