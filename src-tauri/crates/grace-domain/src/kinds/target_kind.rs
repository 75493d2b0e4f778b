//! The kinds of target by their words, and the items of their content, counted.
//!
//! Owns the words. Never says how a target is changed: that is grace-target's.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::core::count::counted;

crate::closed! {
    /// A kind of target.
    pub enum TargetKind {
        /// Files beneath a root.
        Directory = "directory",
        /// Governed documents whose state is in the log.
        Registry = "registry",
    }
}

impl TargetKind {
    /// The kind that holds files.
    pub const OF_FILES: Self = Self::Directory;
    /// The kind that holds governed documents.
    pub const OF_DOCUMENTS: Self = Self::Registry;

    /// Whether its state is in the log itself: nothing outside Grace holds it, and the engine answers for it.
    pub const fn is_in_log(self) -> bool {
        match self {
            Self::Directory => false,
            Self::Registry => true,
        }
    }

    /// What one item of such a target's content is called.
    pub fn item(self) -> &'static str {
        match self {
            Self::Directory => "managed file",
            Self::Registry => "document",
        }
    }
}

/// How many items of content there are, by the kind of the target whose they are.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ItemCounts(BTreeMap<TargetKind, u32>);

impl ItemCounts {
    /// All of them, whatever they are.
    pub fn total(&self) -> usize {
        self.0.values().fold(0, |sum, n| sum.saturating_add(usize::try_from(*n).unwrap_or(usize::MAX)))
    }
}

impl FromIterator<(TargetKind, usize)> for ItemCounts {
    fn from_iter<I: IntoIterator<Item = (TargetKind, usize)>>(counts: I) -> Self {
        let mut all = BTreeMap::<TargetKind, u32>::new();
        for (kind, n) in counts {
            let of = all.entry(kind).or_default();
            *of = of.saturating_add(u32::try_from(n).unwrap_or(u32::MAX));
        }
        Self(all)
    }
}

/// `2 managed files`, `1 managed file and 3 documents`.
impl fmt::Display for ItemCounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("nothing");
        }
        for (i, (kind, n)) in self.0.iter().enumerate() {
            let and = if i == 0 { "" } else { " and " };
            write!(f, "{and}{}", counted(*n, kind.item()))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{ItemCounts, TargetKind};

    #[test]
    fn items_are_counted_by_what_they_are() {
        let said =
            |counts: &[(TargetKind, usize)]| counts.iter().copied().collect::<ItemCounts>().to_string();
        assert_eq!(said(&[]), "nothing");
        assert_eq!(said(&[(TargetKind::Registry, 1)]), "1 document");
        let both = [(TargetKind::Directory, 1), (TargetKind::Registry, 1), (TargetKind::Directory, 2)];
        assert_eq!(said(&both), "3 managed files and 1 document");
        assert_eq!(both.into_iter().collect::<ItemCounts>().total(), 4);
    }
}
