//! The content of a submission: checked path by path, its bytes kept as blobs, and named by one digest.
//! Never changes a target.

use crate::context::EffectContext;
use grace_domain::core::canon;
use grace_domain::core::codes::Code;
use grace_domain::core::digest::Digest;
use grace_domain::core::limits;
use grace_domain::core::refusal::Refusal;
use grace_domain::files::path::{ManagedPath, check_collisions};
use grace_domain::kinds::content::{Content as Wanted, FileEdit};
use grace_domain::statement::{Content, ContentFile, Submission};
use grace_domain::world::World;
use grace_store::Blobs;
use grace_target::{LogView, TargetSpec};
use serde_json::json;
use std::collections::BTreeMap;

/// Content whose bytes are durable.
#[derive(Debug, Clone)]
pub struct Kept {
    /// What to do, in path order.
    pub edits: Vec<FileEdit>,
    /// Digest over paths, modes and content digests.
    pub digest: Digest,
}

/// Checks the content and keeps its bytes. The digest does not depend on how bytes were sent.
pub async fn keep(effects: &EffectContext, content: &Content) -> Result<Kept, Refusal> {
    let mut sizes = BTreeMap::new();
    // A path or mode that is refused must not leave bytes behind.
    for path in content.files.keys().chain(&content.remove) {
        parse(path)?;
    }
    for (path, file) in &content.files {
        sizes.insert(path.as_str(), bytes_of(effects, path, file).await?);
    }
    collect(content, |path, _| {
        Ok(*sizes.get(path).expect("invariant: the loop above covered every path of this content"))
    })
}

/// Refuses content that cannot be brought to one of its targets whatever stands there: a link on the way to a path, for
/// what lies behind it is not ours. A target that cannot be opened is for stage 4 to say.
pub async fn refuse_unreachable(world: &World, submission: &Submission) -> Result<(), Refusal> {
    let content = &submission.content;
    let places = content.files.keys().chain(&content.remove);
    let places = places.map(|p| Ok(FileEdit::Remove { path: parse(p)? })).collect::<Result<_, Refusal>>()?;
    let wanted = Wanted::Files(places);
    for id in &submission.component_targets {
        let Some(component) = world.components.get(id) else { continue };
        let Ok(spec) = TargetSpec::parse(&component.facts.target) else { continue };
        let Ok(target) = spec.open(&LogView::default()) else { continue };
        target
            .reaches(&wanted)
            .await
            .map_err(|e| Refusal::invalid(e.code(), e.to_string(), "name files of the target itself"))?;
    }
    Ok(())
}

/// The same check and digest without keeping anything: for a plan.
pub fn weigh(content: &Content, blobs: &Blobs) -> Result<Kept, Refusal> {
    collect(content, |path, file| match (&file.text, file.sha256) {
        (Some(text), None) => Ok((Digest::of(text.as_bytes()), text.len() as u64)),
        (None, Some(digest)) => match blobs.get(&digest) {
            Ok(Some(bytes)) => Ok((digest, checked_size(path, bytes.len())?)),
            Ok(None) | Err(_) => Err(not_uploaded(path)),
        },
        (Some(_), Some(_)) | (None, None) => Err(one_of_two(path)),
    })
}

fn collect(
    content: &Content,
    mut resolve: impl FnMut(&str, &ContentFile) -> Result<(Digest, u64), Refusal>,
) -> Result<Kept, Refusal> {
    let mut edits = Vec::new();
    let mut listed = Vec::new();
    let mut paths = Vec::new();
    for (path, file) in &content.files {
        let managed = parse(path)?;
        let mode = file.mode.as_deref().map(|m| parse_mode(path, m)).transpose()?;
        let (sha256, size) = resolve(path, file)?;
        listed.push(json!({ "path": managed.as_str(), "sha256": sha256, "mode": mode }));
        paths.push(managed.clone());
        edits.push(FileEdit::Write { path: managed, sha256, size, mode });
    }
    for path in &content.remove {
        let managed = parse(path)?;
        listed.push(json!({ "path": managed.as_str(), "remove": true }));
        paths.push(managed.clone());
        edits.push(FileEdit::Remove { path: managed });
    }
    check_collisions(paths.iter()).map_err(|e| {
        Refusal::invalid(Code::PathCollision, format!("two paths collide: {e}"), "name each file once")
    })?;
    let bytes = canon::to_canonical(&listed)
        .map_err(|e| Refusal::invalid(Code::WrongShape, e.to_string(), "send plain paths and digests"))?;
    Ok(Kept { edits, digest: Digest::of(&bytes) })
}

fn checked_size(path: &str, bytes: usize) -> Result<u64, Refusal> {
    let size = bytes as u64;
    if size > limits::FILE_BYTES {
        return Err(Refusal::invalid(Code::FileTooLarge, format!("{path} is too large"), "split it"));
    }
    Ok(size)
}

fn not_uploaded(path: &str) -> Refusal {
    Refusal::invalid(
        Code::BlobMissing,
        format!("the content of {path} was not uploaded"),
        "PUT /api/blobs/{sha256} first",
    )
}

fn one_of_two(path: &str) -> Refusal {
    Refusal::invalid(
        Code::WrongShape,
        format!("{path} needs exactly one of text and sha256"),
        "send one of them",
    )
}

fn parse(path: &str) -> Result<ManagedPath, Refusal> {
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

async fn bytes_of(context: &EffectContext, path: &str, file: &ContentFile) -> Result<(Digest, u64), Refusal> {
    match (&file.text, file.sha256) {
        (Some(text), None) => {
            let digest = context.keep(text.as_bytes()).await.map_err(|e| {
                Refusal::new(
                    grace_domain::core::refusal::RefusalKind::Unavailable,
                    e.code,
                    e.reason,
                    "see `grace doctor`; nothing was submitted",
                )
            })?;
            Ok((digest, text.len() as u64))
        }
        (None, Some(digest)) => {
            let bytes = context.blob(&digest).await.map_err(|_| not_uploaded(path))?;
            Ok((digest, checked_size(path, bytes.len())?))
        }
        (Some(_), Some(_)) | (None, None) => Err(one_of_two(path)),
    }
}
