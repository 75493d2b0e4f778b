//! Paths of managed content, relative to a target's root, and the globs that say what of it is managed.
//!
//! Owns which names may ever be written: an allow-list that reads the same on every file system. Never touches a
//! file; whoever writes goes through a directory handle and follows no links besides.

use std::collections::BTreeMap;
use std::fmt;
use std::fmt::Write as _;
use std::path::Path;
use std::str::FromStr;

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use unicode_normalization::UnicodeNormalization as _;

use crate::core::limits;
use crate::core::visible::shows;

/// Device names of Windows, which are files in every directory there, with any extension.
const RESERVED: [&str; 4] = ["con", "prn", "aux", "nul"];

/// A checked relative path: `/`-joined segments of letters, digits, `._@+=-,#()`, `~` but not first, spaces and
/// other visible Unicode: names of backups and copies are among them, nothing that a shell expands is.
///
/// At most 255 bytes and 16 segments; no `.` or `..`, nothing absolute, no drive, backslash, NUL, control, bidi or
/// invisible character, no Windows device name, no trailing dot or space; the same must hold of its compatibility
/// form (NFKC), so that no look-alike turns into any of these on another file system. Ordered by bytes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ManagedPath(String);

/// Why a path or a set of paths is refused. Hostile text is never repeated: characters are named by code point.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// Nothing there.
    #[error("the path is empty")]
    Empty,
    /// Starts at the root.
    #[error("the path is absolute")]
    Absolute,
    /// Starts with a drive or names a stream.
    #[error("the path names a drive or a stream")]
    Drive,
    /// Holds the separator of another system.
    #[error("the path holds a backslash")]
    Backslash,
    /// Two slashes together, or one at the end.
    #[error("the path has an empty segment")]
    EmptySegment,
    /// Steps in place or upwards.
    #[error("the path has a segment of dots only")]
    DotSegment,
    /// Not on the allow-list.
    #[error("the path holds U+{code_point:04X}, which is not allowed")]
    Character {
        /// Code point, or the one that it turns into under NFKC.
        code_point: u32,
    },
    /// A device on Windows.
    #[error("a segment is a reserved device name: {name}")]
    Reserved {
        /// The reserved name.
        name: String,
    },
    /// Windows would drop it and meet another file.
    #[error("a segment ends with a dot or a space")]
    TrailingDotOrSpace,
    /// Longer than any file system takes.
    #[error("the path has {found} bytes; at most {max}")]
    TooLong {
        /// Bytes found.
        found: usize,
        /// Bytes allowed.
        max: usize,
    },
    /// Nested too deep.
    #[error("the path has {found} segments; at most {max}")]
    TooDeep {
        /// Segments found.
        found: usize,
        /// Segments allowed.
        max: usize,
    },
    /// The same path twice.
    #[error("the path {path} stands there twice")]
    Duplicate {
        /// The path.
        path: String,
    },
    /// One file on a file system that ignores case or normalises Unicode.
    #[error("the paths {first} and {second} are one file where case or Unicode form does not count")]
    Twins {
        /// The path that stood there first.
        first: String,
        /// The other one.
        second: String,
    },
    /// A file stands where another path needs a directory.
    #[error("the path {file} is a file, and {beneath} needs it as a directory")]
    FileAsDirectory {
        /// The file.
        file: String,
        /// The path beneath it.
        beneath: String,
    },
    /// A glob that is not a relative pattern.
    #[error("glob {position} is not a relative pattern of segments, `*`, `?`, `**`, `[…]` and `{{…}}`")]
    Glob {
        /// Its position in the list, from 0.
        position: usize,
    },
    /// Too many globs.
    #[error("{found} globs; at most {max}")]
    TooManyGlobs {
        /// Globs found.
        found: usize,
        /// Globs allowed.
        max: usize,
    },
}

impl ManagedPath {
    /// Checks `text` and takes it as a path.
    pub fn parse(text: &str) -> Result<Self, PathError> {
        if text.is_empty() {
            return Err(PathError::Empty);
        }
        if text.len() > limits::PATH_BYTES {
            return Err(PathError::TooLong { found: text.len(), max: limits::PATH_BYTES });
        }
        if text.starts_with('/') {
            return Err(PathError::Absolute);
        }
        let depth = text.split('/').count();
        if depth > limits::PATH_DEPTH {
            return Err(PathError::TooDeep { found: depth, max: limits::PATH_DEPTH });
        }
        for segment in text.split('/') {
            check_segment(segment)?;
            if !segment.is_ascii() {
                check_segment(&segment.nfkc().collect::<String>())?;
            }
        }
        Ok(Self(text.to_owned()))
    }

    /// The path as text, `/`-joined.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The segments from the root down.
    pub fn segments(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.0.split('/')
    }

    /// The last segment.
    pub fn file_name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or(&self.0)
    }

    /// The path of the directory that holds it; `None` at the top.
    pub fn parent(&self) -> Option<Self> {
        self.0.rsplit_once('/').map(|(parent, _)| Self(parent.to_owned()))
    }

    /// Equal for two paths that some file system takes for one: compatibility form (NFKC) with case folded away.
    pub fn case_fold_key(&self) -> String {
        fold(&self.0)
    }
}

/// The bytes of any path as a text that shows each of them: what is not UTF-8, a backslash, and each character that
/// nobody would see stand as `\xHH` by byte. Two paths never share a spelling, and a [`ManagedPath`] is its own.
pub fn spelled(path: &[u8]) -> String {
    let mut shown = String::with_capacity(path.len());
    let bytes = |shown: &mut String, bytes: &[u8]| {
        for byte in bytes {
            write!(shown, "\\x{byte:02x}").expect("invariant: a String takes any text");
        }
    };
    for chunk in path.utf8_chunks() {
        for c in chunk.valid().chars() {
            if c != '\\' && (c == ' ' || shows(c)) {
                shown.push(c);
            } else {
                bytes(&mut shown, c.encode_utf8(&mut [0; 4]).as_bytes());
            }
        }
        bytes(&mut shown, chunk.invalid());
    }
    shown
}

/// Folds case by upper and then lower case, which also joins `ß` with `ss` and the two small sigmas; before and
/// after in NFKC, because folding can leave a text unnormalised.
fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let upper: String = text.nfkc().flat_map(char::to_uppercase).collect();
    // char by char: str::to_lowercase would turn a final sigma into the other one.
    let lower: String = upper.chars().flat_map(char::to_lowercase).collect();
    lower.nfkc().collect()
}

fn check_segment(segment: &str) -> Result<(), PathError> {
    if segment.is_empty() {
        return Err(PathError::EmptySegment);
    }
    if segment.bytes().all(|b| b == b'.') {
        return Err(PathError::DotSegment);
    }
    for c in segment.chars() {
        check_char(c)?;
    }
    if segment.starts_with('~') {
        return Err(PathError::Character { code_point: u32::from('~') });
    }
    if segment.ends_with(['.', ' ']) {
        return Err(PathError::TrailingDotOrSpace);
    }
    // Windows cuts at the first dot and drops spaces before it: `nul .txt` is the device too.
    let stem = segment.split('.').next().unwrap_or(segment).trim_end().to_lowercase();
    let numbered = stem
        .strip_prefix("com")
        .or_else(|| stem.strip_prefix("lpt"))
        .is_some_and(|rest| matches!(rest.as_bytes(), [b'0'..=b'9']));
    if numbered || RESERVED.contains(&stem.as_str()) {
        return Err(PathError::Reserved { name: stem });
    }
    Ok(())
}

fn check_char(c: char) -> Result<(), PathError> {
    match c {
        '\\' => return Err(PathError::Backslash),
        ':' => return Err(PathError::Drive),
        _ => {}
    }
    let allowed = if c.is_ascii() {
        c.is_ascii_alphanumeric()
            || matches!(c, '.' | '_' | '@' | '+' | '=' | '-' | ',' | '#' | '(' | ')' | '~' | ' ')
    } else {
        shows(c)
    };
    if allowed { Ok(()) } else { Err(PathError::Character { code_point: u32::from(c) }) }
}

/// Checks that `paths` can stand side by side on every file system: none twice, no case or Unicode twins, also not
/// of their directories, and no file where another path needs a directory.
pub fn check_collisions<'a>(paths: impl IntoIterator<Item = &'a ManagedPath>) -> Result<(), PathError> {
    // Folded prefix -> the spelling that stood there first, and the file if one ends there.
    let mut seen: BTreeMap<String, (&'a str, Option<&'a str>)> = BTreeMap::new();
    for path in paths {
        let whole = path.as_str();
        let ends = whole.match_indices('/').map(|(at, _)| at).chain([whole.len()]);
        for end in ends {
            let prefix = &whole[..end];
            let is_file = end == whole.len();
            let Some((spelling, file)) = seen.get_mut(&fold(prefix)) else {
                seen.insert(fold(prefix), (prefix, is_file.then_some(whole)));
                continue;
            };
            if *spelling != prefix {
                return Err(PathError::Twins { first: (*spelling).to_owned(), second: prefix.to_owned() });
            }
            match (*file, is_file) {
                (Some(_), true) => return Err(PathError::Duplicate { path: whole.to_owned() }),
                (Some(file), false) => {
                    return Err(PathError::FileAsDirectory {
                        file: file.to_owned(),
                        beneath: whole.to_owned(),
                    });
                }
                (None, true) => {
                    return Err(PathError::FileAsDirectory {
                        file: whole.to_owned(),
                        beneath: format!("{whole}/…"),
                    });
                }
                (None, false) => {}
            }
        }
    }
    Ok(())
}

impl fmt::Display for ManagedPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl AsRef<str> for ManagedPath {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl FromStr for ManagedPath {
    type Err = PathError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl Serialize for ManagedPath {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for ManagedPath {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

/// The patterns of a target that say which of its files are managed.
///
/// `*` and `?` stay within a segment, `**` spans segments; case counts. Without patterns nothing matches.
#[derive(Debug, Clone)]
pub struct Globs {
    patterns: Vec<String>,
    set: GlobSet,
}

impl Globs {
    /// Compiles `patterns`.
    pub fn new(patterns: &[String]) -> Result<Self, PathError> {
        if patterns.len() > limits::GLOBS_PER_TARGET {
            return Err(PathError::TooManyGlobs { found: patterns.len(), max: limits::GLOBS_PER_TARGET });
        }
        let mut builder = GlobSetBuilder::new();
        for (position, pattern) in patterns.iter().enumerate() {
            let refused = PathError::Glob { position };
            if !is_relative_pattern(pattern) {
                return Err(refused);
            }
            let glob =
                GlobBuilder::new(pattern).literal_separator(true).build().map_err(|_| refused.clone())?;
            builder.add(glob);
        }
        let position = patterns.len().saturating_sub(1);
        let set = builder.build().map_err(|_| PathError::Glob { position })?;
        Ok(Self { patterns: patterns.to_vec(), set })
    }

    /// Whether any pattern matches the whole of `path`.
    pub fn matches(&self, path: &ManagedPath) -> bool {
        self.set.is_match(path.as_str())
    }

    /// Whether any pattern matches the whole of `path`, whatever its bytes are.
    pub fn matches_bytes_of(&self, path: &Path) -> bool {
        self.set.is_match(path)
    }

    /// The patterns as they were given.
    pub fn patterns(&self) -> &[String] {
        &self.patterns
    }
}

impl PartialEq for Globs {
    fn eq(&self, other: &Self) -> bool {
        self.patterns == other.patterns
    }
}

impl Eq for Globs {}

/// A pattern that could only match paths outside the root or none at all is an error of its author.
fn is_relative_pattern(pattern: &str) -> bool {
    !pattern.is_empty()
        && pattern.len() <= limits::GLOB_BYTES
        && !pattern.starts_with('/')
        && !pattern.contains(['\\', ':'])
        && pattern.split('/').all(|segment| !segment.is_empty() && segment != "." && segment != "..")
        && pattern.chars().all(|c| check_char(c).is_ok() || "/*?[]{}!".contains(c))
}
