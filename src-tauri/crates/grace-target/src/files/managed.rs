//! Which names beneath a root are managed: the target's globs, where a match can be, and how many files may match.
//!
//! Owns the names and their bound. Never looks at a disk.

use std::path::Path;

use grace_domain::core::limits;
use grace_domain::files::path::{Globs, ManagedPath, PathError};

use super::names::push_segment;

/// Where names of our own temporary files begin …
pub(crate) const TEMP_PREFIX: &str = ".grace-";
/// … and how they end.
pub(crate) const TEMP_SUFFIX: &str = ".tmp";

/// Whether `name` is one that only our own temporary files carry. They are never content.
pub fn is_temp_name(name: &str) -> bool {
    name.starts_with(TEMP_PREFIX) && name.ends_with(TEMP_SUFFIX)
}

/// What of a target is managed: the globs, and those of the directories that can hold a match.
#[derive(Debug, Clone)]
pub struct Managed {
    globs: Globs,
    /// Match the directories with managed content beneath. Several, because one holds a bounded number.
    above: Vec<Globs>,
    max_files: usize,
}

impl Managed {
    /// Compiles `patterns`; at most [`limits::FILES_PER_TARGET`] files may match them.
    pub fn new(patterns: &[String]) -> Result<Self, PathError> {
        let globs = Globs::new(patterns)?;
        let above = patterns_above(patterns);
        let above = above.chunks(limits::GLOBS_PER_TARGET).map(Globs::new).collect::<Result<_, _>>()?;
        Ok(Self { globs, above, max_files: limits::FILES_PER_TARGET })
    }

    /// The same with another bound on the files.
    #[must_use]
    pub fn with_max_files(self, max_files: usize) -> Self {
        Self { max_files, ..self }
    }

    /// How many files may match.
    pub fn max_files(&self) -> usize {
        self.max_files
    }

    /// The globs as they were given.
    pub fn globs(&self) -> &Globs {
        &self.globs
    }

    /// Whether `path` is managed. Names of our own temporary files never are.
    pub fn matches(&self, path: &ManagedPath) -> bool {
        self.claims(Path::new(path.as_str()))
    }

    /// Whether the patterns match `path`, which may have a name that cannot be managed.
    pub(crate) fn claims(&self, path: &Path) -> bool {
        let is_ours = path.file_name().and_then(|name| name.to_str()).is_some_and(is_temp_name);
        !is_ours && self.globs.matches_bytes_of(path)
    }

    /// Whether the patterns may match something beneath the directory `path`.
    pub(crate) fn may_hold(&self, path: &Path) -> bool {
        self.above.iter().any(|above| above.matches_bytes_of(path))
    }
}

/// The patterns of the directories above each match: `a/*/c.conf` has `a` and `a/*`.
fn patterns_above(patterns: &[String]) -> Vec<String> {
    let mut above = Vec::new();
    for pattern in patterns {
        let (segments, whole) = plain_segments(pattern);
        let mut prefix = String::new();
        for (at, segment) in segments.iter().enumerate() {
            push_segment(&mut prefix, segment);
            let spans = *segment == "**";
            // The last segment names the files themselves, unless it reaches into directories.
            if spans || at + 1 < segments.len() || !whole {
                above.push(prefix.clone());
            }
            if spans {
                break;
            }
        }
        if !whole {
            push_segment(&mut prefix, "**");
            above.push(prefix);
        }
    }
    above.sort();
    above.dedup();
    above
}

/// Cuts a pattern at its slashes, up to a group or class that holds one, and says whether that was the whole of it.
fn plain_segments(pattern: &str) -> (Vec<&str>, bool) {
    let mut segments = Vec::new();
    let (mut start, mut nested) = (0, 0_usize);
    for (at, c) in pattern.char_indices() {
        match c {
            '{' | '[' => nested += 1,
            '}' | ']' => nested = nested.saturating_sub(1),
            '/' if nested > 0 => return (segments, false),
            '/' => {
                segments.push(&pattern[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    segments.push(&pattern[start..]);
    (segments, true)
}
