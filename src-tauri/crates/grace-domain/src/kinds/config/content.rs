//! The content document: which files are written and which are removed.
//!
//! Owns its shape and its checks. Never sees the bytes: they are blobs, named by digest and size.

use crate::core::codes::Code;
use crate::core::digest::Digest;
use crate::core::limits;
use crate::core::refusal::Refusal;
use crate::files::path::{ManagedPath, check_collisions};
use crate::kinds::content::{Content, FileEdit};
use serde::Deserialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[serde(default)]
    files: BTreeMap<String, File>,
    #[serde(default)]
    remove: BTreeSet<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    sha256: Digest,
    size: u64,
    /// Octal; kept, or `0644` for a new file, when absent.
    #[serde(default)]
    mode: Option<String>,
}

pub(super) fn parse(document: &Value) -> Result<Content, Refusal> {
    let wrong = |e: serde_json::Error| {
        Refusal::invalid(
            Code::WrongShape,
            format!("the content of a config update does not read: {e}"),
            "send `files` (path to sha256, size and mode) and `remove` (paths)",
        )
    };
    let Document { files, remove } = Document::deserialize(document).map_err(wrong)?;
    if files.is_empty() && remove.is_empty() {
        return Err(Refusal::invalid(
            Code::NothingToChange,
            "the content names no file",
            "add a file to write or remove",
        ));
    }
    if files.len() + remove.len() > limits::FILES_PER_UPDATE {
        return Err(Refusal::invalid(
            Code::TooManyFiles,
            format!("more than {} files", limits::FILES_PER_UPDATE),
            "split the update",
        ));
    }
    let mut edits = Vec::with_capacity(files.len() + remove.len());
    for (path, file) in &files {
        if file.size > limits::FILE_BYTES {
            return Err(Refusal::invalid(Code::FileTooLarge, format!("{path} is too large"), "split it"));
        }
        let mode = file.mode.as_deref().map(|mode| parse_mode(path, mode)).transpose()?;
        edits.push(FileEdit::Write { path: parse_path(path)?, sha256: file.sha256, size: file.size, mode });
    }
    for path in &remove {
        edits.push(FileEdit::Remove { path: parse_path(path)? });
    }
    check_collisions(edits.iter().map(FileEdit::path)).map_err(|e| {
        Refusal::invalid(Code::PathCollision, format!("two paths collide: {e}"), "name each file once")
    })?;
    Ok(Content::Files(edits))
}

fn parse_path(path: &str) -> Result<ManagedPath, Refusal> {
    ManagedPath::parse(path).map_err(|e| {
        let shown: String = path.chars().take(80).flat_map(char::escape_default).collect();
        Refusal::invalid(
            Code::BadPath,
            format!("`{shown}` is not a path beneath the target: {e}"),
            "use plain relative paths",
        )
    })
}

fn parse_mode(path: &str, mode: &str) -> Result<u32, Refusal> {
    u32::from_str_radix(mode, 8).ok().filter(|m| mode.len() <= 4 && *m & !0o777 == 0).ok_or_else(|| {
        Refusal::invalid(
            Code::BadMode,
            format!("the mode of {path} is not three octal digits"),
            "for example 0644",
        )
    })
}
