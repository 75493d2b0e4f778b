//! Lines that two texts do not share, counted.
//!
//! Owns the bound of that work. Never shows a line.

use std::collections::BTreeMap;

/// Lines that differ, old times new, up to which they are compared one by one. Deterministic, unlike a time.
const LINES_COMPARED: usize = 4_000_000;

pub(super) struct LineCounts {
    pub(super) added: u32,
    pub(super) removed: u32,
    pub(super) coarse: bool,
}

/// Lines added and removed. What is too much for a comparison is counted: the work stays linear.
pub(super) fn line_counts(old: &str, new: &str) -> LineCounts {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let same = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let (old, new) = (&old[same..], &new[same..]);
    let same = old.iter().rev().zip(new.iter().rev()).take_while(|(a, b)| a == b).count();
    let (old, new) = (&old[..old.len() - same], &new[..new.len() - same]);
    let (mut added, mut removed) = (0usize, 0usize);
    let coarse = old.len().saturating_mul(new.len()) > LINES_COMPARED;
    if coarse {
        let mut counts: BTreeMap<&str, i64> = BTreeMap::new();
        for line in old {
            *counts.entry(line).or_default() -= 1;
        }
        for line in new {
            *counts.entry(line).or_default() += 1;
        }
        for n in counts.into_values() {
            let lines = usize::try_from(n.unsigned_abs()).unwrap_or(usize::MAX);
            *if n > 0 { &mut added } else { &mut removed } += lines;
        }
    } else {
        for op in similar::capture_diff_slices(similar::Algorithm::Patience, old, new) {
            let (tag, old_range, new_range) = op.as_tag_tuple();
            if tag != similar::DiffTag::Equal {
                removed += old_range.len();
                added += new_range.len();
            }
        }
    }
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    LineCounts { added: count(added), removed: count(removed), coarse }
}
