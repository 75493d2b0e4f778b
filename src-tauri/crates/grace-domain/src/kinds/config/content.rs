//! The content document: which files are written and which are removed.
//!
//! Owns its shape and its checks. Never sees the bytes: they are blobs, named by digest and size.

use crate::core::canon;
use crate::core::codes::Code;
use crate::core::digest::Digest;
use crate::core::limits;
use crate::core::refusal::Refusal;
use crate::files::path::{ManagedPath, check_collisions};
use crate::kinds::content::{Content, FileEdit, Sizes, size_of};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[serde(default)]
    files: BTreeMap<String, File>,
    #[serde(default)]
    remove: BTreeSet<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    sha256: Digest,
    /// Octal; kept, or `0644` for a new file, when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    mode: Option<String>,
}

/// A draft may hold the text itself.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Draft {
    #[serde(default)]
    files: BTreeMap<String, DraftFile>,
    #[serde(default)]
    remove: BTreeSet<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct DraftFile {
    #[serde(default)]
    text: Option<String>,
    #[serde(default)]
    sha256: Option<Digest>,
    #[serde(default)]
    mode: Option<String>,
}

/// Each text by its digest, and the bytes of the texts, each once.
pub(super) fn document(draft: &Value) -> Result<(Value, Vec<Vec<u8>>), Refusal> {
    let wrong = |why: String| {
        Refusal::invalid(
            Code::WrongShape,
            why,
            "send `files` (path to text or sha256, and mode) and `remove` (paths)",
        )
    };
    let draft: Draft = canon::from_named(draft)
        .map_err(|e| wrong(format!("the content of a config update does not read: {e}")))?;
    let mut blobs = BTreeMap::new();
    let mut files = BTreeMap::new();
    for (path, DraftFile { text, sha256, mode }) in draft.files {
        let sha256 = match (text, sha256) {
            (Some(text), None) => {
                let digest = Digest::of(text.as_bytes());
                blobs.insert(digest, text.into_bytes());
                digest
            }
            (None, Some(digest)) => digest,
            (Some(_), Some(_)) | (None, None) => {
                return Err(wrong(format!("the file {} needs exactly one of text and sha256", shown(&path))));
            }
        };
        files.insert(path, File { sha256, mode });
    }
    let document = serde_json::to_value(Document { files, remove: draft.remove })
        .expect("invariant: paths, digests and modes have a JSON form");
    Ok((document, blobs.into_values().collect()))
}

/// A path in a refusal.
fn shown(path: &str) -> String {
    path.chars().take(80).flat_map(char::escape_default).collect()
}

pub(super) fn parse(document: &Value, sizes: &Sizes) -> Result<Content, Refusal> {
    let wrong = |e: String| {
        Refusal::invalid(
            Code::WrongShape,
            format!("the content of a config update does not read: {e}"),
            "send `files` (path to sha256 and mode) and `remove` (paths)",
        )
    };
    let Document { files, remove } = canon::from_named(document).map_err(wrong)?;
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
    // A path or mode that is refused is told before a blob that is not there.
    let paths: Vec<ManagedPath> = files.keys().map(|path| parse_path(path)).collect::<Result<_, _>>()?;
    for ((path, file), managed) in files.iter().zip(paths) {
        let mode = file.mode.as_deref().map(|mode| parse_mode(path, mode)).transpose()?;
        let size = size_of(managed.as_str(), &file.sha256, sizes)?;
        if size > limits::FILE_BYTES {
            return Err(Refusal::invalid(
                Code::FileTooLarge,
                format!("the file {managed} is too large"),
                "split it",
            ));
        }
        edits.push(FileEdit::Write { path: managed, sha256: file.sha256, size, mode });
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
        Refusal::invalid(
            Code::BadPath,
            format!("`{}` is not a path beneath the target: {e}", shown(path)),
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
