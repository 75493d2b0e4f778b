//! What an update would do to its targets, found by inspecting them: old and new bytes, and the summary. Stages 4 and 5,
//! `plan`, and the diff use the same inspection. Writes nothing to a target, and knows no kind of them.

use crate::blob_store::EffectError;
use crate::effects::context::EffectContext;
use grace_domain::component::Component;
use grace_domain::core::codes::Code;
use grace_domain::core::digest::Digest;
use grace_domain::core::ids::{ComponentId, DocumentId};
use grace_domain::core::refusal::Refusal;
use grace_domain::governance::policy::Policy;
use grace_domain::kinds::UpdateType;
use grace_domain::kinds::measured::Measured;
use grace_domain::kinds::summary::Summary;
use grace_domain::kinds::touched::{Side, Touched};
use grace_domain::metrics::limit::Demands;
use grace_domain::world::World;
use grace_target::{Inspection, ItemState, LogView, PlannedChange, TargetPlan};

/// Opens a component's target and inspects it: one document of a registry, or all that it manages.
pub async fn inspect(
    component: &Component,
    document: Option<&DocumentId>,
) -> Result<Inspection, EffectError> {
    Ok(Inspection::of(component.id(), &component.facts().target, &log_view(component, document)).await?)
}

/// What a target knows of the log.
pub fn log_view(component: &Component, document: Option<&DocumentId>) -> LogView {
    LogView { documents: component.documents().clone(), document: document.cloned() }
}

/// Opens a target document and inspects the target.
pub async fn inspect_at(id: &ComponentId, target: &str) -> Result<Inspection, EffectError> {
    Ok(Inspection::of(id, target, &LogView::default()).await?)
}

/// The targets of everybody else: of registered components, and of those that are joining.
pub fn other_targets<'w>(
    world: &'w World,
    id: &'w ComponentId,
) -> impl Iterator<Item = (&'w ComponentId, &'w str)> {
    let joining = world
        .handshakes()
        .values()
        .filter(|h| !h.ended())
        .map(|h| (h.component(), h.facts().target.as_str()));
    let registered = world.components().values().map(|c| (c.id(), c.facts().target.as_str()));
    registered.chain(joining).filter(move |(other, target)| *other != id && !target.is_empty())
}

/// Old and new bytes of one item that an update touches.
pub struct TouchedItem {
    /// Whose.
    pub component: ComponentId,
    /// Its name within the target.
    pub name: String,
    /// Before.
    pub old: Option<(ItemState, Vec<u8>)>,
    /// After.
    pub new: Option<(ItemState, Vec<u8>)>,
    /// Where nothing is there before: the bytes of what was there last, of a target that remembers it.
    pub last: Option<Vec<u8>>,
}

/// What was there last under the name of a change that brings something where nothing is now.
pub fn last_of(component: &Component, change: &PlannedChange) -> Option<Digest> {
    let brings = change.old.is_none() && change.new.is_some();
    let id = change.name.parse::<DocumentId>().ok().filter(|_| brings)?;
    component.removed().get(&id).copied()
}

/// Reads both sides of a plan: the old from the target (or the blobs), the new from the blobs.
pub async fn touched(
    context: &EffectContext,
    world: &World,
    inspection: &Inspection,
    plan: &TargetPlan,
) -> Result<Vec<TouchedItem>, EffectError> {
    let mut items = Vec::with_capacity(plan.changes.len());
    let component = world.components().get(&inspection.id);
    for change in &plan.changes {
        let old = match change.old {
            None => None,
            Some(state) => {
                let bytes = match inspection.read(&change.name, &context.blobs).await? {
                    Some(bytes) if Digest::of(&bytes) == state.digest => bytes,
                    _ => context.blob(&state.digest).await?,
                };
                Some((state, bytes))
            }
        };
        let new = match change.new {
            None => None,
            Some(state) => Some((state, context.blob(&state.digest).await?)),
        };
        let last = match component.and_then(|component| last_of(component, change)) {
            None => None,
            Some(digest) => Some(context.blob(&digest).await?),
        };
        items.push(TouchedItem {
            component: inspection.id.clone(),
            name: change.name.clone(),
            old,
            new,
            last,
        });
    }
    Ok(items)
}

/// The summary of all touched items, which are given back; `measured` by the rehearsal, none before it. Comparing is work:
/// it is done on a thread of its own.
pub async fn summary(
    update_type: UpdateType,
    items: Vec<TouchedItem>,
    measured: Option<Vec<Measured>>,
    policy: &Policy,
) -> Result<(Vec<TouchedItem>, Result<Summary, Refusal>), EffectError> {
    let demands = policy.demands();
    let compared = tokio::task::spawn_blocking(move || {
        let summary = summarised(update_type, &items, measured.as_deref(), &demands);
        (items, summary)
    });
    compared
        .await
        .map_err(|_| EffectError::new(Code::NotCompared, "the comparison of the contents ended early"))
}

fn summarised(
    update_type: UpdateType,
    items: &[TouchedItem],
    measured: Option<&[Measured]>,
    demands: &Demands,
) -> Result<Summary, Refusal> {
    let touched: Vec<Touched<'_>> = items
        .iter()
        .map(|f| Touched {
            component: &f.component,
            name: &f.name,
            old: f.old.as_ref().map(|(state, bytes)| Side { bytes, mode: state.mode }),
            new: f.new.as_ref().map(|(state, bytes)| Side { bytes, mode: state.mode }),
            last: f.last.as_ref().map(|bytes| Side { bytes, mode: None }),
        })
        .collect();
    update_type.compare(&touched, measured, demands)
}
