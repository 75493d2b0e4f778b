//! What a target takes for itself, so that no two are given the same and none is given the world.
//!
//! Owns the comparison. Never opens anything: places are compared as they were found, by path and by identity.

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use grace_domain::core::ids::{ComponentId, DocumentId};

/// Where targets may stand within a world: simulated ones do.
const TARGETS: &str = "targets";

/// What the file system calls a directory, by whatever path: device and inode.
type Identity = (u64, u64);

/// A directory and everything beneath it, as it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Absolute, links followed.
    pub path: PathBuf,
    /// Itself, where it is there.
    own: Option<Identity>,
    /// The directories that it lies in.
    above: Vec<Identity>,
}

impl Place {
    /// The place at `path` (absolute, links followed), with its identity where it is there: the same directory can be
    /// mounted at two paths.
    pub fn found(path: PathBuf) -> Self {
        let identity = |path: &Path| std::fs::metadata(path).ok().map(|meta| (meta.dev(), meta.ino()));
        let own = identity(&path);
        let above = path.ancestors().skip(1).filter_map(identity).collect();
        Self { path, own, above }
    }

    /// Whether the other one is this one or lies in it.
    fn holds(&self, other: &Self) -> bool {
        let known = self.own.is_some_and(|own| other.own == Some(own) || other.above.contains(&own));
        known || other.path.starts_with(&self.path)
    }
}

/// What a target takes for itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Occupied {
    /// A place of the file system and everything beneath it.
    Files(Place),
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
            (Self::Files(a), Self::Files(b)) => a.holds(b) || b.holds(a),
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
                let place = &place.path;
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
            Self::Files(place) => write!(f, "the root {}", place.path.display()),
            Self::Documents { holder, document: Some(document) } => {
                write!(f, "the document {document} of {holder}")
            }
            Self::Documents { holder, document: None } => write!(f, "the documents of {holder}"),
        }
    }
}
