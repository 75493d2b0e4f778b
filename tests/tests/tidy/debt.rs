//! What the tree does not satisfy yet: one list per rule in `golden/tidy`, which only shrinks. A finding that is not
//! listed fails, and so does a line that is no longer needed; `UPDATE=1` strikes such lines and never adds one. Whoever
//! moves a file that is listed moves its line along.

use super::top;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;

/// Compares what a rule finds, each with where or how, with what it is still forgiven.
#[track_caller]
pub fn shrinks(rule: &str, found: &BTreeMap<String, String>) {
    let path = top().join("tests/golden/tidy").join(format!("{rule}.txt"));
    let text = fs::read_to_string(&path).unwrap_or_default();
    let forgiven: BTreeSet<&str> = text.lines().collect();
    let (needed, settled): (Vec<&str>, Vec<&str>) =
        forgiven.iter().partition(|what| found.contains_key(**what));
    if std::env::var_os("UPDATE").is_some() && !settled.is_empty() {
        let rest: String = needed.iter().map(|what| format!("{what}\n")).collect();
        fs::write(&path, rest).expect("the list can be written");
        return;
    }
    let new: Vec<String> = found
        .iter()
        .filter(|(what, _)| !forgiven.contains(what.as_str()))
        .map(|(what, how)| format!("{what}    {how}"))
        .collect();
    assert!(
        new.is_empty() && settled.is_empty(),
        "{rule}\nnew, to be mended:\n    {}\nmended, to be struck from {} (UPDATE=1 does):\n    {}",
        new.join("\n    "),
        path.display(),
        settled.join("\n    ")
    );
}
