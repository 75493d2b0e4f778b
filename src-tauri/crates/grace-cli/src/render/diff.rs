//! A diff as programs print it.

use grace_api::types::DiffView;

use super::line::joined;

/// A diff as programs print it.
pub fn page(diff: &DiffView) -> String {
    joined(files(diff))
}

/// The lines of a diff.
pub fn files(diff: &DiffView) -> Vec<String> {
    let mut out = Vec::new();
    for file in &diff.files {
        let cut = if file.truncated { ", shown in part" } else { "" };
        out.push(format!("--- {} {} ({}{cut})", file.component, file.path, file.change));
        if file.binary {
            out.push("binary".to_owned());
        }
        for hunk in &file.hunks {
            out.push(hunk.header.clone());
            out.extend(hunk.lines.iter().map(|l| format!("{}{}", l.op.mark(), l.text)));
        }
    }
    if diff.more > 0 {
        out.push(format!("and {} more, not shown", diff.more));
    }
    out
}
