//! What a target takes for itself, so that no two are given the same and none is given the world.
//!
//! Owns the comparison. Never opens anything: places are compared as whoever declared them found them.

use std::path::{Path, PathBuf};

use grace_domain::core::ids::{ComponentId, DocumentId};

/// Where targets may stand within a world: simulated ones do.
const TARGETS: &str = "targets";

/// What a target takes for itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Occupied {
    /// A place of the file system and everything beneath it; absolute, links followed.
    Files(PathBuf),
    /// Documents of a holder: one, or all of them.
    Documents {
        /// Whose.
        holder: ComponentId,
        /// Which; none for all.
        document: Option<DocumentId>,
    },
}

impl Occupied {
    /// Whether the two have anything in common.
    pub fn overlaps(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Files(a), Self::Files(b)) => a.starts_with(b) || b.starts_with(a),
            (
                Self::Documents { holder: a, document: one },
                Self::Documents { holder: b, document: another },
            ) => a == b && (one.is_none() || another.is_none() || one == another),
            (Self::Files(_), Self::Documents { .. }) | (Self::Documents { .. }, Self::Files(_)) => false,
        }
    }

    /// Whether it holds the world at `dir` (absolute, links followed) or lies in it, but for its own place for targets.
    pub fn touches_world(&self, dir: &Path) -> bool {
        match self {
            Self::Files(place) => {
                let provided = place
                    .strip_prefix(dir)
                    .is_ok_and(|beneath| beneath.components().count() > 1 && beneath.starts_with(TARGETS));
                !provided && (place.starts_with(dir) || dir.starts_with(place))
            }
            Self::Documents { .. } => false,
        }
    }
}

impl std::fmt::Display for Occupied {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Files(place) => write!(f, "the root {}", place.display()),
            Self::Documents { holder, document: Some(document) } => {
                write!(f, "the document {document} of {holder}")
            }
            Self::Documents { holder, document: None } => write!(f, "the documents of {holder}"),
        }
    }
}
