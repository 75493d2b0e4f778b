//! The difference of two contents, line by line.

use super::view::view;

view! {
    /// The diff of an update as shown to people.
    DiffView { files: Vec<DiffFile>, /** Changed files that are not among `files`: too many for one answer. */ more: u64 }
    DiffFile { component: String, path: String, change: String, binary: bool, added: u32, removed: u32, hunks: Vec<DiffHunk>, /** True where the file was too long to show whole. */ truncated: bool }
    DiffHunk { /** Which lines, as `@@ -1,3 +1,4 @@`, or `mode` for the permission bits. */ header: String, lines: Vec<DiffLine> }
    DiffLine { /** ` `, `+` or `-`. */ op: String, old: Option<u32>, new: Option<u32>, text: String }
}
