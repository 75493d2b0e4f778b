//! Names beneath a root, put together and shown.
//!
//! Owns their spelling. Never looks at a disk.

/// `name` in the directory `prefix`, which is empty for the root.
pub(crate) fn joined(prefix: &str, name: &str) -> String {
    if prefix.is_empty() { name.to_owned() } else { format!("{prefix}/{name}") }
}

/// Puts `segment` beneath `path`.
pub(crate) fn push_segment(path: &mut String, segment: &str) {
    if !path.is_empty() {
        path.push('/');
    }
    path.push_str(segment);
}

/// A directory as a message names it.
pub(crate) fn shown(prefix: &str) -> &str {
    if prefix.is_empty() { "the root" } else { prefix }
}
