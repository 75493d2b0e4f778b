//! The content of a submission: its document read by its type, with the sizes of the blobs that it names.
//! Never changes a target and keeps nothing.

use crate::blob_store::{BlobStore, way};
use grace_domain::core::digest::Digest;
use grace_domain::core::refusal::{Refusal, RefusalKind};
use grace_domain::kinds::UpdateType;
use grace_domain::kinds::content::{Content, Sizes, named};
use grace_domain::statement::Part;
use grace_domain::update::decide::takes;
use grace_domain::world::World;
use grace_target::{BlobSource as _, LogView, TargetSpec};
use serde_json::Value;
use std::collections::BTreeSet;

/// Reads a content document whose blobs are kept.
pub async fn read(blobs: &BlobStore, update_type: UpdateType, document: &Value) -> Result<Content, Refusal> {
    read_beside(blobs, update_type, document, |_| None).await
}

/// Reads a content document of whose blobs some are `beside` it, by their size, and the others are kept.
pub async fn read_beside(
    blobs: &BlobStore,
    update_type: UpdateType,
    document: &Value,
    beside: impl Fn(&Digest) -> Option<u64>,
) -> Result<Content, Refusal> {
    let mut sizes = Sizes::new();
    for digest in named(document).into_iter().collect::<BTreeSet<_>>() {
        let size = match beside(&digest) {
            Some(size) => Some(size),
            None => blobs.get(&digest).await.map_err(|e| unreadable(&e))?.map(|bytes| bytes.len() as u64),
        };
        sizes.extend(size.map(|size| (digest, size)));
    }
    update_type.parse(document, &sizes)
}

fn unreadable(error: &grace_target::BlobError) -> Refusal {
    Refusal::new(
        RefusalKind::Unavailable,
        error.code,
        format!("{error}; nothing was submitted"),
        way(error.code),
    )
}

/// Refuses content that cannot be brought to one of its targets whatever stands there: one of another kind, or a link on
/// the way to a path, for what lies behind it is not ours. A target that cannot be opened is for stage 4 to say.
pub async fn refuse_unreachable(world: &World, part: &Part, content: &Content) -> Result<(), Refusal> {
    for id in &part.component_targets {
        let Some(component) = world.components().get(id).filter(|c| !c.facts().target.is_empty()) else {
            continue;
        };
        takes(component, part.update_type)?;
        let Ok(spec) = TargetSpec::parse(&component.facts().target) else { continue };
        let Ok(target) = spec.open(&LogView::default()) else { continue };
        target
            .reaches(content)
            .await
            .map_err(|e| Refusal::invalid(e.code(), e.to_string(), "name what its target can hold"))?;
    }
    Ok(())
}
