//! What a target takes for itself, so that no two are given the same and none is given the world.
//!
//! Owns the comparison. Never opens anything: places are compared as they were found, by path and by what is mounted.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt as _;
use std::path::PathBuf;

use grace_domain::core::ids::{ComponentId, DocumentId};

/// Where targets may stand within a world: simulated ones do.
const TARGETS: &str = "targets";

/// A directory of a file system and everything beneath it, by whatever path it is mounted.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Region {
    /// The file system, as the mount table numbers it.
    device: String,
    /// The directory, from that file system's own root on.
    path: PathBuf,
}

impl Region {
    fn meets(&self, other: &Self) -> bool {
        self.device == other.device
            && (self.path.starts_with(&other.path) || other.path.starts_with(&self.path))
    }
}

/// A directory and everything beneath it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Absolute, links followed.
    pub path: PathBuf,
    /// Where it lies itself; none where the mount table says nothing of it.
    own: Option<Region>,
    /// What is mounted beneath it.
    mounted: Vec<Region>,
}

impl Place {
    /// The place at `path` (absolute, links followed) by the machine's mounts: one directory can be mounted at several
    /// paths, and beneath others.
    pub fn found(path: PathBuf) -> Self {
        // Without the table, places are told apart by their paths alone; no sandbox starts there either.
        Self::by_mounts(path, &std::fs::read_to_string("/proc/self/mountinfo").unwrap_or_default())
    }

    /// The same by a mount table in the form of `/proc/self/mountinfo` (proc(5)).
    pub fn by_mounts(path: PathBuf, table: &str) -> Self {
        let mounts: Vec<(PathBuf, Region)> = table.lines().filter_map(mount).collect();
        // What is mounted later covers what was mounted there before.
        let own = mounts
            .iter()
            .filter(|(at, _)| path.starts_with(at))
            .max_by_key(|(at, _)| at.components().count());
        let own = own.and_then(|(at, of)| {
            let beneath = path.strip_prefix(at).ok()?;
            Some(Region { device: of.device.clone(), path: of.path.join(beneath) })
        });
        let beneath = |at: &PathBuf| *at != path && at.starts_with(&path);
        let mounted = mounts.iter().filter(|(at, _)| beneath(at)).map(|(_, of)| of.clone()).collect();
        Self { path, own, mounted }
    }

    fn regions(&self) -> impl Iterator<Item = &Region> {
        self.own.iter().chain(&self.mounted)
    }

    /// Whether anything lies in both.
    fn meets(&self, other: &Self) -> bool {
        let by_path = self.path.starts_with(&other.path) || other.path.starts_with(&self.path);
        by_path || self.regions().any(|own| other.regions().any(|of| own.meets(of)))
    }
}

/// A line of the mount table: where, and what is mounted there.
fn mount(line: &str) -> Option<(PathBuf, Region)> {
    let mut fields = line.split(' ').skip(2);
    let (device, root, at) = (fields.next()?, fields.next()?, fields.next()?);
    Some((unescaped(at), Region { device: device.to_owned(), path: unescaped(root) }))
}

/// A path of the mount table: space, tab, newline and backslash stand there as `\` and three octal digits.
fn unescaped(text: &str) -> PathBuf {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let octal = after.get(..3).and_then(|digits| std::str::from_utf8(digits).ok());
        match octal.and_then(|digits| u8::from_str_radix(digits, 8).ok()) {
            Some(byte) if first == b'\\' => {
                bytes.push(byte);
                rest = &after[3..];
            }
            _ => {
                bytes.push(first);
                rest = after;
            }
        }
    }
    OsString::from_vec(bytes).into()
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
            (Self::Files(a), Self::Files(b)) => a.meets(b),
            (
                Self::Documents { holder: a, document: one },
                Self::Documents { holder: b, document: another },
            ) => a == b && (one.is_none() || another.is_none() || one == another),
            (Self::Files(_), Self::Documents { .. }) | (Self::Documents { .. }, Self::Files(_)) => false,
        }
    }

    /// Whether it has anything in common with the `world`, but for the place for targets there.
    pub fn touches_world(&self, world: &Place) -> bool {
        match self {
            Self::Files(place) => {
                let beneath = place.path.strip_prefix(&world.path);
                let provided = beneath.is_ok_and(|b| b.components().count() > 1 && b.starts_with(TARGETS));
                if provided {
                    // The place is provided, not what somebody mounted beneath it.
                    place.mounted.iter().any(|of| world.regions().any(|own| own.meets(of)))
                } else {
                    place.meets(world)
                }
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
