//! What an update changes, line by line.
//!
//! Owns the operation `update_diff`. Never decides what an update does: digests do.

use std::collections::BTreeMap;

use grace_domain::core::ids::ComponentId;
use grace_domain::core::limits;
use grace_domain::kinds::content::Content;
use grace_domain::kinds::touched::Side;
use grace_domain::update::Update;
use grace_engine::blob_store::BlobStore;
use grace_target::{Inspection, ItemState, TargetPlan};

use crate::diff;
use crate::handlers::context::Context;
use crate::handlers::load;
use crate::handlers::unreadable;
use crate::handlers::updates::documents::UpdateDocuments;
use crate::problem::Problem;
use crate::problems::damaged;
use crate::requests::*;
use crate::types::*;

/// Its diff: of the package once there is one, of what was submitted before.
pub(crate) async fn update_diff(ctx: &Context, request: ById) -> Result<DiffView, Problem> {
    let (update, _) = load::update(ctx, &request.id).await?;
    diff_of(ctx, &update).await
}

pub(crate) async fn diff_of(ctx: &Context, update: &Update) -> Result<DiffView, Problem> {
    let UpdateDocuments { content, plans, unreadable, .. } = UpdateDocuments::of(ctx, update).await?;
    let mut diff = DiffView { items: Vec::new(), more_items: 0, unreadable };
    match (&plans, &content) {
        (Some(plans), _) => of_package(ctx, plans, &mut diff).await?,
        (None, Some(content)) => of_content(ctx, update, content, &mut diff).await?,
        (None, None) => {}
    }
    Ok(diff)
}

async fn of_package(
    ctx: &Context,
    plans: &BTreeMap<ComponentId, TargetPlan>,
    diff: &mut DiffView,
) -> Result<(), Problem> {
    let mut room = limits::ITEMS_SHOWN;
    for (id, plan) in plans {
        for change in plan.changes.iter().take(room) {
            let old = kept(ctx, &change.name, change.old).await;
            let new = kept(ctx, &change.name, change.new).await;
            add(diff, id.as_str(), &change.name, old, new).await?;
        }
        room = room.saturating_sub(plan.changes.len());
    }
    diff.more_items = more(plans.values().map(|plan| plan.changes.len()).sum());
    Ok(())
}

/// One side as it is kept.
async fn kept(
    ctx: &Context,
    name: &str,
    state: Option<ItemState>,
) -> Result<Option<OneSide>, UnreadableView> {
    let Some(state) = state else { return Ok(None) };
    let bytes = unreadable::bytes(ctx.blobs(), DocumentRole::Item, name, &state.digest).await?;
    Ok(Some(OneSide { bytes, mode: state.mode }))
}

/// Compares two sides; one that cannot be read leaves nothing to compare, and is named.
async fn add(
    diff: &mut DiffView,
    component: &str,
    name: &str,
    old: Result<Option<OneSide>, UnreadableView>,
    new: Result<Option<OneSide>, UnreadableView>,
) -> Result<(), Problem> {
    match (old, new) {
        (Ok(old), Ok(new)) => diff.items.push(compare(component, name, old, new).await?),
        (old, new) => diff.unreadable.extend([old.err(), new.err()].into_iter().flatten()),
    }
    Ok(())
}

/// Without a package the old side is what is on the target now, as far as it can be read.
async fn of_content(
    ctx: &Context,
    update: &Update,
    content: &Content,
    diff: &mut DiffView,
) -> Result<(), Problem> {
    let world = ctx.world().await?;
    let items = content.items();
    let mut room = limits::ITEMS_SHOWN;
    for id in update.components() {
        if room == 0 {
            break;
        }
        let inspection = match world.components().get(id) {
            Some(component) => grace_engine::preview::inspect(component, update.document()).await.ok(),
            None => None,
        };
        let plan = match &inspection {
            Some(inspection) => inspection.plan(content).await.ok(),
            None => None,
        };
        let changes: BTreeMap<&str, _> =
            plan.iter().flat_map(|plan| &plan.changes).map(|change| (change.name.as_str(), change)).collect();
        for (name, wanted) in items.iter().take(room) {
            let change = changes.get(name.as_str());
            let mode = |state: Option<ItemState>| state.and_then(|state| state.mode);
            let old = match &inspection {
                Some(inspection) => there(ctx, inspection, name, change.and_then(|c| c.old)).await,
                None => Ok(None),
            };
            let new = match wanted {
                None => Ok(None),
                Some(digest) => unreadable::bytes(ctx.blobs(), DocumentRole::Item, name, digest)
                    .await
                    .map(|bytes| Some(OneSide { bytes, mode: change.and_then(|c| mode(c.new)) })),
            };
            add(diff, id.as_str(), name, old, new).await?;
        }
        room = room.saturating_sub(items.len());
    }
    diff.more_items = more(update.components().len() * items.len());
    Ok(())
}

/// The side that stands at a target now. Where what stands there is a blob that is lost, it is not nothing.
async fn there(
    ctx: &Context,
    inspection: &Inspection,
    name: &str,
    state: Option<ItemState>,
) -> Result<Option<OneSide>, UnreadableView> {
    let mode = state.and_then(|state| state.mode);
    match (inspection.read(name, &BlobStore(ctx.blobs().clone())).await, state) {
        (Ok(bytes), _) => Ok(bytes.map(|bytes| OneSide { bytes, mode })),
        (Err(_), Some(_)) => kept(ctx, name, state).await,
        (Err(_), None) => Ok(None),
    }
}

/// How many of so many are not shown.
pub(crate) fn more(all: usize) -> u64 {
    all.saturating_sub(limits::ITEMS_SHOWN) as u64
}

/// One side of what is compared, with its permission bits where they are known.
pub(crate) struct OneSide {
    pub(crate) bytes: Vec<u8>,
    pub(crate) mode: Option<u32>,
}

impl OneSide {
    fn side(&self) -> Side<'_> {
        Side { bytes: &self.bytes, mode: self.mode }
    }
}

/// Compares off the async threads: a long item takes a while.
pub(crate) async fn compare(
    component: &str,
    name: &str,
    old: Option<OneSide>,
    new: Option<OneSide>,
) -> Result<DiffItem, Problem> {
    let (component, name) = (component.to_owned(), name.to_owned());
    tokio::task::spawn_blocking(move || {
        let (old, new) = (old.as_ref().map(OneSide::side), new.as_ref().map(OneSide::side));
        diff::item(&component, &name, old, new)
    })
    .await
    .map_err(|_| damaged("comparing was cut short"))
}
