//! The first content of a component: its target is inspected and every managed byte kept, so that it can be put back one
//! day. Writes nothing to a target.

use crate::blob_store::{BlobStore, EffectError};
use crate::effects::context::EffectContext;
use crate::preview;
use grace_domain::component::Scanned;
use grace_domain::core::ids::ComponentId;
use grace_domain::handshake::Handshake;

/// Inspects a target and keeps what is there.
pub async fn keep_content(blobs: &BlobStore, id: &ComponentId, target: &str) -> Result<Scanned, EffectError> {
    let inspection = preview::inspect_at(id, target).await?;
    inspection
        .target
        .keep(inspection.observed.contents(), blobs)
        .await
        .map_err(|e| EffectError::new(e.code(), format!("component {id}: {e}")))?;
    let tree = blobs.keep(&inspection.observed.document).await?;
    Ok(Scanned { digest: inspection.observed.digest, tree })
}

/// The first content of a component that is joining.
pub(super) async fn baseline(context: &EffectContext, h: &Handshake) -> Result<Scanned, EffectError> {
    // Inspected again: a link can have been moved since the request.
    let world = context.world();
    context.occupancy.apart_now(
        h.component(),
        &h.facts().target,
        preview::other_targets(&world, h.component()),
    )?;
    keep_content(&context.blobs, h.component(), &h.facts().target).await
}
