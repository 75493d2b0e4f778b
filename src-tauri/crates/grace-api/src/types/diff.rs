//! The difference of two contents, line by line.

use super::unreadable::UnreadableView;
use super::view::view;

view! {
    /// The diff of an update as shown to people.
    DiffView { items: Vec<DiffItem>, /** How many that change are not among `items`: too many for one answer. */ more_items: u64, /** What cannot be read, so that nothing is said of it. */ unreadable: Vec<UnreadableView> }
    DiffItem { component: String, name: String, change: ItemChange, binary: bool, added: u32, removed: u32, hunks: Vec<DiffHunk>, /** True where the item was too long to show whole. */ truncated: bool }
    DiffHunk { /** Which lines, as `@@ -1,3 +1,4 @@`, or `mode` for the permission bits. */ header: String, lines: Vec<DiffLine> }
    DiffLine { op: LineChange, old: Option<u32>, new: Option<u32>, text: String }
}

grace_domain::closed! {
    /// What happens to an item: a file, a document.
    pub enum ItemChange {
        Added = "added",
        Changed = "changed",
        Removed = "removed",
    }

    /// What happens to a line.
    pub enum LineChange {
        Same = "same",
        Added = "added",
        Removed = "removed",
    }
}

impl ItemChange {
    /// By whether it is there before and after.
    pub(crate) fn of(before: bool, after: bool) -> Self {
        match (before, after) {
            (false, _) => Self::Added,
            (true, false) => Self::Removed,
            (true, true) => Self::Changed,
        }
    }
}

impl LineChange {
    /// The mark that programs print before such a line.
    pub const fn mark(self) -> char {
        match self {
            Self::Same => ' ',
            Self::Added => '+',
            Self::Removed => '-',
        }
    }
}
