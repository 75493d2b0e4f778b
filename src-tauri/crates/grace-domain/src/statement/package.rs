//! The package manifest, signed by the engine: what must be there, what to do, and how to take it back.
//!
//! Owns its signed shape and the digest of the rollback plan. Never touches a file: components do.

use super::Statement;
use crate::core::canon::{self, INTEGER_MAX};
use crate::core::digest::Digest;
use crate::core::ids::{ComponentId, UpdateId};
use crate::core::time::Timestamp;
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeMap;

/// The package manifest, signed by the engine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Origin of the log.
    pub world: String,
    /// Which update.
    pub update: UpdateId,
    /// Digest of the submitted content.
    pub content: Digest,
    /// Per component what must be there now, what to do, and how to take it back.
    pub components: BTreeMap<ComponentId, ComponentPlan>,
    /// When.
    pub at: Timestamp,
}
statement!(Manifest, "package", []);

/// One component's part of a package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ComponentPlan {
    /// Managed digest that must be there.
    pub before: Digest,
    /// Managed digest afterwards.
    pub after: Digest,
    /// Every touched file, old and new.
    pub files: Vec<PlannedFile>,
    /// Directories to make.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub make_dirs: Vec<String>,
    /// Directories to drop.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub drop_dirs: Vec<String>,
    /// The rehearsal on a copy.
    pub rehearsal: Rehearsal,
}

/// One touched file: `None` means absent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlannedFile {
    /// Beneath the target's root.
    pub path: String,
    /// What is there.
    pub old: Option<FileState>,
    /// What will be there.
    pub new: Option<FileState>,
}

/// Content and permission bits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileState {
    /// SHA-256 of the content.
    pub sha256: Digest,
    /// Permission bits.
    pub mode: u32,
    /// Bytes.
    #[serde(deserialize_with = "with_a_canonical_form")]
    pub size: u64,
}

/// Apply and revert on a copy, with digests and times.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rehearsal {
    /// Digest after taking it back on the copy; equal to `before` or the stage fails.
    pub reverted: Digest,
    /// Time to apply.
    pub apply_ms: u64,
    /// Time to take back.
    pub revert_ms: u64,
}

/// Sizes stand in the digest of the rollback plan: what cannot be written there is not read.
fn with_a_canonical_form<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    let size = u64::deserialize(deserializer)?;
    if size <= INTEGER_MAX { Ok(size) } else { Err(serde::de::Error::custom("a size beyond 2^53")) }
}

impl Manifest {
    /// Digest of the rollback plan: what every component must look like afterwards, file by file.
    pub fn rollback_plan(&self) -> Digest {
        let plan: Vec<_> = self
            .components
            .iter()
            .map(|(id, c)| {
                let files: Vec<_> = c.files.iter().map(|f| (f.path.as_str(), f.old.as_ref())).collect();
                (id, &c.before, files)
            })
            .collect();
        Digest::of(
            &canon::to_canonical(&plan)
                .expect("invariant: no floats, and integers up to 2^53, else it was not read"),
        )
    }
}
