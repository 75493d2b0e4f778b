//! The list of components: what is installed, and how it does.
//!
//! Owns the operation `component_list`, and the row of one component. Never inspects a target.

use grace_domain::component::{Component, ComponentPhase};
use grace_domain::core::ids::UpdateId;
use grace_domain::kinds::UpdateType;
use grace_domain::update::Update;
use grace_domain::update::decide::takes;
use grace_domain::world::World;

use crate::diff::visible;
use crate::handlers::context::Context;
use crate::handlers::load;
use crate::handlers::metrics::health::health as health_of;
use crate::handlers::metrics::rules::Rules;
use crate::problem::Problem;
use crate::requests::*;
use crate::text::phrases::as_sentence;
use crate::types::*;

/// All components, by id.
pub(crate) async fn component_list(
    ctx: &Context,
    request: PageRequest,
) -> Result<ComponentListView, Problem> {
    let world = ctx.world().await?;
    let after = request.before.unwrap_or_default();
    let limit = load::page_length(request.limit)?;
    let rules = Rules::now(ctx, world.policy()).await?;
    let mut components = Vec::new();
    let mut next = None;
    for component in world.components().values().filter(|c| c.id().as_str() > after.as_str()) {
        if components.len() == limit {
            next = components.last().map(|r: &ComponentRow| r.id.clone());
            break;
        }
        components.push(row(ctx, &world, component, &rules).await?);
    }
    Ok(ComponentListView { components, next })
}

pub(crate) async fn row(
    ctx: &Context,
    world: &World,
    component: &Component,
    rules: &Rules<'_>,
) -> Result<ComponentRow, Problem> {
    let newest = component.newest();
    let found = health_of(ctx, component, rules).await?;
    Ok(ComponentRow {
        id: component.id().to_string(),
        title: visible(&component.facts().title),
        component_type: visible(&component.facts().component_type),
        state: component.phase().state(),
        reason: reason(component),
        about: about(world, component).map(UpdateId::to_string),
        subsystem: component.facts().subsystem,
        takes: types_taken(component),
        version: newest.map(|i| i.version.to_string()),
        installed_by: newest.map(|i| i.by.to_string()),
        installed_update: newest.map(|i| i.update.to_string()),
        installed_at: newest.map(|i| i.at.to_string()),
        crypto_id: component.facts().key.crypto_id().to_string(),
        owner: component.facts().owner.to_string(),
        health: found.health,
        health_sentence: found.sentence,
        health_reason: found.reason,
    })
}

/// The types of update that can change what it has.
pub(crate) fn types_taken(component: &Component) -> Vec<UpdateType> {
    UpdateType::supported().filter(|&of| takes(component, of).is_ok()).collect()
}

/// The update that could not be rolled back on it, or is changing it now.
fn about<'w>(world: &'w World, component: &'w Component) -> Option<&'w UpdateId> {
    match component.phase() {
        ComponentPhase::RollbackFailed { update } => Some(update),
        ComponentPhase::Active
        | ComponentPhase::Validating
        | ComponentPhase::DriftDetected { .. }
        | ComponentPhase::Restoring
        | ComponentPhase::Suspended { .. } => world.occupant(component.id(), None).map(Update::id),
    }
}

/// Why a component that is not as it was recorded takes no updates.
pub(crate) const DRIFT: &str = "Its content was changed outside Grace; adopt or restore.";

/// Why a component does not take updates, in a sentence.
pub(crate) fn reason(component: &Component) -> Option<String> {
    match component.phase() {
        ComponentPhase::Active | ComponentPhase::Validating => None,
        ComponentPhase::DriftDetected { .. } => Some(DRIFT.into()),
        ComponentPhase::RollbackFailed { .. } => {
            Some("An update could not be rolled back; adopt or restore.".into())
        }
        ComponentPhase::Restoring => Some("The last known content is being put back.".into()),
        ComponentPhase::Suspended { reason } => Some(as_sentence(reason)),
    }
}
