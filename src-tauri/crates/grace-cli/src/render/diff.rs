//! A diff as programs print it.

use grace_api::types::DiffFile;

/// A diff as programs print it.
pub fn files(files: &[DiffFile]) -> String {
    let mut out = Vec::new();
    for file in files {
        let cut = if file.truncated { ", shown in part" } else { "" };
        out.push(format!("--- {} {} ({}{cut})", file.component, file.path, file.change));
        if file.binary {
            out.push("binary".to_owned());
        }
        for hunk in &file.hunks {
            out.push(hunk.header.clone());
            out.extend(hunk.lines.iter().map(|l| format!("{}{}", l.op, l.text)));
        }
    }
    out.join("\n")
}
