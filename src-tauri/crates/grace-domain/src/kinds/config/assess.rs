//! What a difference of files is worth.
//!
//! Owns the reasons for the computed risk. Never compares bytes: that is `difference`.

use super::difference::{Difference, FileFacts};
use crate::kinds::risk::Risk;
use crate::kinds::summary::Assessment;

/// More files than this are a medium risk by themselves.
const MANY_FILES: usize = 20;
/// Permission bits of whoever may run a file.
const EXECUTE: u32 = 0o111;
/// Of whoever but the owner may write it.
const WRITTEN_BY_OTHERS: u32 = 0o022;
/// Of everybody who may read it.
const READ_BY_OTHERS: u32 = 0o004;
/// Set-user-id and set-group-id: it runs with the rights of its owner or group.
const SET_ID: u32 = 0o6000;
/// The bits beyond permissions, with their names.
const SPECIAL: [(u32, &str); 3] = [(0o4000, "set-user-id"), (0o2000, "set-group-id"), (0o1000, "sticky")];

pub(super) fn assess(difference: &Difference) -> Assessment {
    let mut risk = Assessment::low();
    for file in &difference.files {
        of_file(file, &mut risk);
    }
    if difference.components.len() > 1 {
        risk.raise(Risk::Medium, format!("{} components change together", difference.components.len()));
    }
    if difference.files.len() > MANY_FILES {
        risk.raise(Risk::Medium, format!("{} files change at once", difference.files.len()));
    }
    if let Some(gone) = difference.files.iter().find(|file| file.removed) {
        risk.breaking = Some(format!("{} is removed", gone.path));
    } else if let Some(key) = &difference.removed_key {
        risk.raise(Risk::Medium, format!("{key} is removed"));
        risk.breaking = Some(format!("{key} is removed"));
    }
    if risk.reasons.is_empty() {
        risk.reasons.push("only values and lines of text change".into());
    }
    risk
}

fn of_file(file: &FileFacts, risk: &mut Assessment) {
    let path = &file.path;
    if file.removed {
        risk.raise(Risk::High, format!("{path} is removed"));
    } else if file.added {
        risk.raise(Risk::Low, format!("{path} is new"));
    }
    of_mode(file, risk);
    if !file.rewritten {
        return;
    }
    let Some(text) = &file.text else {
        risk.raise(Risk::Medium, format!("{path}: not text, nobody can read the difference"));
        return;
    };
    if text.coarse {
        let coarse = "too much changes to compare line by line; the counts are coarse";
        risk.raise(Risk::Medium, format!("{path}: {coarse}"));
    }
    for word in &text.sensitive {
        risk.raise(Risk::High, format!("{path}: {word} changes"));
    }
}

/// Who may read, write and run it, and as whom it runs.
fn of_mode(file: &FileFacts, risk: &mut Assessment) {
    let Some(new) = file.new_mode else { return };
    let path = &file.path;
    let old = file.old_mode.unwrap_or(0);
    let gained = |bits: u32| new & bits != 0 && old & bits == 0;
    if gained(EXECUTE) {
        risk.raise(Risk::High, format!("{path} becomes executable"));
    }
    if new & WRITTEN_BY_OTHERS != 0 {
        risk.raise(Risk::High, format!("{path} can be written by others"));
    }
    if file.rewritten && new & old & SET_ID != 0 {
        risk.raise(
            Risk::High,
            format!("{path} runs with the rights of its owner or group: its content changes"),
        );
    }
    if file.old_mode.is_none_or(|old| old == new) {
        return;
    }
    if gained(READ_BY_OTHERS) {
        risk.raise(Risk::High, format!("{path} becomes readable by others"));
    }
    for (bit, name) in SPECIAL {
        match (old & bit != 0, new & bit != 0) {
            (false, true) => risk.raise(Risk::High, format!("{path} gains the {name} bit")),
            (true, false) => risk.raise(Risk::High, format!("{path} loses the {name} bit")),
            (true, true) | (false, false) => {}
        }
    }
    risk.raise(Risk::Medium, format!("{path}: its mode changes from {old:04o} to {new:04o}"));
}
