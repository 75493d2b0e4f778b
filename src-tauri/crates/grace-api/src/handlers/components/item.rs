//! One item of a component, a managed file or a document, as it is on the target now.
//!
//! Owns the operation `component_item`. Never changes it.

use grace_engine::blob_store::BlobStore;
use grace_engine::preview;

use crate::handlers::context::Context;
use crate::handlers::load;
use crate::problem::Problem;
use crate::problems::not_found;
use crate::requests::*;
use crate::text::phrases::as_sentence;
use crate::types::*;

/// Bytes of an item that an editor is given.
pub(crate) const EDITOR_BYTES: usize = 2 * 1024 * 1024;

/// The content of one item as it is on the target now.
pub(crate) async fn component_item(ctx: &Context, request: ItemRequest) -> Result<ItemContentView, Problem> {
    let world = ctx.world().await?;
    let component = world
        .components()
        .get(&load::component_id(&request.id)?)
        .ok_or_else(|| not_found("component", &request.id))?;
    let missing = |m: grace_engine::blob_store::EffectError| {
        Problem::new(409, m.code, as_sentence(&m.reason), "`component show` says how its target is.")
    };
    let name = request.name.as_str();
    let inspection = preview::inspect(component, None).await.map_err(missing)?;
    let unknown = || not_found(inspection.spec.kind().item(), name);
    let state = inspection.observed.item(name).ok_or_else(unknown)?.state;
    let bytes = inspection
        .read(name, &BlobStore(ctx.blobs().clone()))
        .await
        .map_err(|fault| missing(fault.into()))?
        .ok_or_else(unknown)?;
    let readable = bytes.len() <= EDITOR_BYTES;
    Ok(ItemContentView {
        component: component.id().to_string(),
        name: name.to_owned(),
        bytes: bytes.len() as u64,
        text: String::from_utf8(bytes).ok().filter(|t| readable && !t.contains('\0')),
        sha256: state.digest.to_hex(),
    })
}
