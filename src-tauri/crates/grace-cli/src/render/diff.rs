//! A diff as programs print it.

use grace_api::types::{DiffView, UnreadableView};

use super::line::joined;

/// A diff as programs print it.
pub fn page(diff: &DiffView) -> String {
    joined(items(diff))
}

/// Documents that cannot be read, a line each.
pub fn unreadable(lost: &[UnreadableView]) -> impl Iterator<Item = String> {
    lost.iter().map(|lost| format!("unreadable: {} ({})", lost.problem.message, lost.problem.code))
}

/// The lines of a diff.
pub fn items(diff: &DiffView) -> Vec<String> {
    let mut out = Vec::new();
    for item in &diff.items {
        let cut = if item.truncated { ", shown in part" } else { "" };
        out.push(format!("--- {} {} ({}{cut})", item.component, item.name, item.change));
        if item.binary {
            out.push("binary".to_owned());
        }
        for hunk in &item.hunks {
            out.push(hunk.header.clone());
            out.extend(hunk.lines.iter().map(|l| format!("{}{}", l.op.mark(), l.text)));
        }
    }
    out.extend(unreadable(&diff.unreadable));
    if diff.more_items > 0 {
        out.push(format!("and {} more, not shown", diff.more_items));
    }
    out
}
