//! What a difference of files is worth.
//!
//! Owns the reasons for the computed risk. Never compares bytes: that is `difference`.

use super::difference::{Difference, FileFacts};
use crate::kinds::risk::Risk;
use crate::kinds::summary::Assessment;

/// More files than this are a medium risk by themselves.
const MANY_FILES: usize = 20;

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
    if file.becomes_executable {
        risk.raise(Risk::High, format!("{path} becomes executable"));
    }
    if file.writable_by_others {
        risk.raise(Risk::High, format!("{path} can be written by others"));
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
