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
use grace_target::{ItemState, TargetPlan};

use crate::diff;
use crate::handlers::context::Context;
use crate::handlers::load;
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
    let documents = UpdateDocuments::of(ctx, update).await?;
    match (&documents.plans, &documents.content) {
        (Some(plans), _) => of_package(ctx, plans).await,
        (None, Some(content)) => of_content(ctx, update, content).await,
        (None, None) => Ok(DiffView { items: Vec::new(), more_items: 0 }),
    }
}

async fn of_package(ctx: &Context, plans: &BTreeMap<ComponentId, TargetPlan>) -> Result<DiffView, Problem> {
    let mut compared = Vec::new();
    for (id, plan) in plans {
        for change in plan.changes.iter().take(limits::ITEMS_SHOWN.saturating_sub(compared.len())) {
            let old = kept(ctx, change.old).await?;
            let new = kept(ctx, change.new).await?;
            compared.push(compare(id.as_str(), &change.name, old, new).await?);
        }
    }
    Ok(DiffView { items: compared, more_items: more(plans.values().map(|plan| plan.changes.len()).sum()) })
}

async fn kept(ctx: &Context, state: Option<ItemState>) -> Result<Option<OneSide>, Problem> {
    let Some(state) = state else { return Ok(None) };
    let found = ctx.blob(&state.digest).await?;
    let bytes = found.ok_or_else(|| damaged(&format!("the blob {} is missing", state.digest)))?;
    Ok(Some(OneSide { bytes, mode: state.mode }))
}

/// Without a package the old side is what is on the target now, as far as it can be read.
async fn of_content(ctx: &Context, update: &Update, content: &Content) -> Result<DiffView, Problem> {
    let world = ctx.world().await?;
    let blobs = BlobStore(ctx.blobs().clone());
    let items = content.items();
    let mut compared = Vec::new();
    for id in update.components() {
        let room = limits::ITEMS_SHOWN.saturating_sub(compared.len());
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
                Some(inspection) => inspection.read(name, &blobs).await.ok().flatten(),
                None => None,
            };
            let new = match wanted {
                None => None,
                Some(digest) => ctx.blob(digest).await?,
            };
            let old = old.map(|bytes| OneSide { bytes, mode: change.and_then(|c| mode(c.old)) });
            let new = new.map(|bytes| OneSide { bytes, mode: change.and_then(|c| mode(c.new)) });
            compared.push(compare(id.as_str(), name, old, new).await?);
        }
    }
    Ok(DiffView { items: compared, more_items: more(update.components().len() * items.len()) })
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
