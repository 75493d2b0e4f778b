//! The content of a submission: its bytes kept as blobs, its document read by its type, and named by one digest.
//! Never changes a target.

use crate::context::EffectContext;
use grace_domain::core::canon;
use grace_domain::core::codes::Code;
use grace_domain::core::digest::Digest;
use grace_domain::core::refusal::{Refusal, RefusalKind};
use grace_domain::kinds::UpdateType;
use grace_domain::kinds::content;
use grace_domain::statement::{Content, ContentFile, Submission};
use grace_domain::world::World;
use grace_store::Blobs;
use grace_target::{LogView, TargetSpec};
use serde_json::{Value, json};

/// Content whose bytes are durable.
#[derive(Debug, Clone)]
pub struct Kept {
    /// What each target shall be brought to.
    pub content: content::Content,
    /// Digest of the content document.
    pub digest: Digest,
}

impl Kept {
    fn read(update_type: UpdateType, document: &Value) -> Result<Self, Refusal> {
        let content = update_type.parse(document)?;
        let bytes = canon::to_canonical(document)
            .map_err(|e| Refusal::invalid(Code::WrongShape, e.to_string(), "send plain paths and digests"))?;
        Ok(Self { content, digest: Digest::of(&bytes) })
    }
}

/// Checks the content and keeps its bytes. The digest does not depend on how bytes were sent.
pub async fn keep(
    effects: &EffectContext,
    update_type: UpdateType,
    content: &Content,
) -> Result<Kept, Refusal> {
    // A path or mode that is refused must not leave bytes behind.
    update_type.parse(&document(content, |_, file| Ok(named(file)))?)?;
    let mut known = Vec::new();
    for (path, file) in &content.files {
        known.push(bytes_of(effects, path, file).await?);
    }
    let mut known = known.into_iter();
    let next = |path: &str, _: &ContentFile| known.next().ok_or_else(|| one_of_two(path));
    Kept::read(update_type, &document(content, next)?)
}

/// The same check and digest without keeping anything: for a plan.
pub fn weigh(update_type: UpdateType, content: &Content, blobs: &Blobs) -> Result<Kept, Refusal> {
    let document = document(content, |path, file| match (&file.text, file.sha256) {
        (Some(text), None) => Ok((Digest::of(text.as_bytes()), text.len() as u64)),
        (None, Some(digest)) => match blobs.get(&digest) {
            Ok(Some(bytes)) => Ok((digest, bytes.len() as u64)),
            Ok(None) | Err(_) => Err(not_uploaded(path)),
        },
        (Some(_), Some(_)) | (None, None) => Err(one_of_two(path)),
    })?;
    Kept::read(update_type, &document)
}

/// Refuses content that cannot be brought to one of its targets whatever stands there: a link on the way to a path, for
/// what lies behind it is not ours. A target that cannot be opened is for stage 4 to say.
pub async fn refuse_unreachable(world: &World, submission: &Submission) -> Result<(), Refusal> {
    let named = document(&submission.content, |_, file| Ok(named(file)))?;
    let wanted = submission.update_type.parse(&named)?;
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

/// The content document with each file's digest and size.
fn document(
    content: &Content,
    mut resolve: impl FnMut(&str, &ContentFile) -> Result<(Digest, u64), Refusal>,
) -> Result<Value, Refusal> {
    let mut files = serde_json::Map::new();
    for (path, file) in &content.files {
        let (sha256, size) = resolve(path, file)?;
        let mut entry = json!({ "sha256": sha256, "size": size });
        if let Some(mode) = &file.mode {
            entry["mode"] = json!(mode);
        }
        files.insert(path.clone(), entry);
    }
    Ok(json!({ "files": files, "remove": content.remove }))
}

/// What can be said of a file before its bytes are known.
fn named(file: &ContentFile) -> (Digest, u64) {
    match (&file.text, file.sha256) {
        (Some(text), _) => (Digest::of(b""), text.len() as u64),
        (None, Some(digest)) => (digest, 0),
        (None, None) => (Digest::of(b""), 0),
    }
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

async fn bytes_of(context: &EffectContext, path: &str, file: &ContentFile) -> Result<(Digest, u64), Refusal> {
    match (&file.text, file.sha256) {
        (Some(text), None) => {
            let digest = context.keep(text.as_bytes()).await.map_err(|e| {
                let hint = "see `grace doctor`; nothing was submitted";
                Refusal::new(RefusalKind::Unavailable, e.code, e.reason, hint)
            })?;
            Ok((digest, text.len() as u64))
        }
        (None, Some(digest)) => {
            let bytes = context.blob(&digest).await.map_err(|_| not_uploaded(path))?;
            Ok((digest, bytes.len() as u64))
        }
        (Some(_), Some(_)) | (None, None) => Err(one_of_two(path)),
    }
}
