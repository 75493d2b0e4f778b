//! What a draft would change on each target, found by reading it.
//!
//! Owns reading both sides of each change. Never writes: not to a target, not a blob.

use grace_domain::component::Component;
use grace_domain::core::codes::Code;
use grace_domain::core::digest::Digest;
use grace_domain::core::ids::ComponentId;
use grace_domain::judge::window::Series;
use grace_domain::kinds::content::Content as Wanted;
use grace_domain::update::decide::takes;
use grace_domain::world::World;
use grace_engine::blob_store::{BlobStore, EffectError, is_of_blobs};
use grace_engine::metrics::source::Span;
use grace_engine::preview;
use grace_engine::preview::TouchedItem;
use grace_target::{Inspection, TargetFault, TargetPlan};

use crate::handlers::components::drift::{drift, named};
use crate::handlers::context::Context;
use crate::handlers::metrics::rules::Rules;
use crate::handlers::unreadable;
use crate::handlers::updates::plan::draft::Draft;
use crate::handlers::updates::plan::findings::Findings;
use crate::text::phrases::duration;
use crate::types::{DocumentRole, UnreadableView};

/// Why it cannot be said what would change.
pub(crate) enum Missing {
    /// Something at a target, or in the draft.
    Effect(EffectError),
    /// A document that stands there is lost.
    Lost(UnreadableView),
}

impl From<EffectError> for Missing {
    fn from(error: EffectError) -> Self {
        Self::Effect(error)
    }
}

impl From<TargetFault> for Missing {
    fn from(fault: TargetFault) -> Self {
        Self::Effect(fault.into())
    }
}

/// Inspects one component and works out what would change there.
pub(crate) async fn of_component(
    ctx: &Context,
    world: &World,
    rules: &Rules<'_>,
    draft: &Draft,
    id: &ComponentId,
    wanted: Option<&Wanted>,
    findings: &mut Findings,
) -> Result<Vec<TouchedItem>, Missing> {
    let Some(component) = world.components().get(id) else { return Ok(Vec::new()) };
    // What the draft itself is told already: nothing at this target can be compared with its content.
    if component.facts().target.is_empty() || takes(component, draft.update_type).is_err() {
        return Ok(Vec::new());
    }
    let document = wanted.and_then(Wanted::document);
    let inspection = preview::inspect(component, document).await?;
    let found = inspection.observed.digest;
    if component.expected(document).is_some_and(|d| d != found) {
        let named = named(&drift(ctx, component, &inspection.observed).await);
        findings.problem(
            Code::DriftDetected,
            &format!("Managed content of {id} was changed outside Grace{named}."),
            "Adopt or restore the component first.",
        );
    }
    if wanted.is_none() || document.is_some() {
        // Nothing is known of it, or it is watched by the log alone, whoever sends what.
    } else if rules.lost_of(&component.facts().metrics).is_some() {
        // Whether it has a limit is not known either; the definition that is lost is a problem of its own.
    } else if !rules.has_limit(&component.facts().metrics.iter().cloned().collect()) {
        findings.warnings.push(format!(
            "{id} sends no metric that has a limit: its window cannot judge, and the update will be held until a person keeps it or rolls it back."
        ));
    } else if !sends(ctx, rules, component).await {
        findings.warnings.push(format!(
            "{id} has sent none of its metrics for {}: its window would see nothing, and the update would be held until a person keeps it or rolls it back.",
            duration(world.policy().baseline_s)
        ));
    }
    let Some(wanted) = wanted else { return Ok(Vec::new()) };
    let plan = inspection.plan(wanted).await?;
    touched(ctx, component, &inspection, &plan, draft).await
}

/// Whether a baseline could be made of what the component sends.
async fn sends(ctx: &Context, rules: &Rules<'_>, component: &Component) -> bool {
    let now = ctx.now();
    let from = now.plus_ms(-i64::try_from(rules.policy.baseline_s.saturating_mul(1000)).unwrap_or(i64::MAX));
    let span = Span { from, to: now };
    for metric in &component.facts().metrics {
        let series = Series { component: component.id().clone(), metric: metric.clone() };
        // What cannot be read is not called silent: the plan warns of what it knows.
        let found = ctx.samples(rules.definitions(), &series, span, 1).await;
        if found.map_or(true, |samples| !samples.is_empty()) {
            return true;
        }
    }
    false
}

/// Both sides of a plan: the old bytes from the target, the new ones from the draft or uploaded blobs.
async fn touched(
    ctx: &Context,
    component: &Component,
    inspection: &Inspection,
    plan: &TargetPlan,
    draft: &Draft,
) -> Result<Vec<TouchedItem>, Missing> {
    let blobs = BlobStore(ctx.blobs().clone());
    let mut items = Vec::with_capacity(plan.changes.len());
    for change in &plan.changes {
        let old = match change.old {
            None => None,
            Some(state) => {
                let read = inspection.read(&change.name, &blobs).await;
                let read = match read {
                    Err(fault) if is_of_blobs(fault.code) => {
                        Some(kept(ctx, &change.name, &state.digest).await?)
                    }
                    read => read?,
                };
                read.map(|bytes| (state, bytes))
            }
        };
        let new = match change.new {
            None => None,
            Some(state) => Some((state, new_bytes(ctx, draft, &change.name, &state.digest).await?)),
        };
        let last = match preview::last_of(component, change) {
            None => None,
            Some(digest) => Some(kept(ctx, &change.name, &digest).await?),
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

/// Bytes that the world keeps; that they are lost is told.
async fn kept(ctx: &Context, name: &str, digest: &Digest) -> Result<Vec<u8>, Missing> {
    unreadable::bytes(ctx.blobs(), DocumentRole::Item, name, digest).await.map_err(Missing::Lost)
}

async fn new_bytes(
    ctx: &Context,
    draft: &Draft,
    path: &str,
    digest: &Digest,
) -> Result<Vec<u8>, EffectError> {
    if let Some(bytes) = draft.content.as_ref().ok().and_then(|(_, brought)| brought.get(digest)) {
        return Ok(bytes.clone());
    }
    let missing = || EffectError::new(Code::BlobMissing, format!("the content of {path} was not uploaded"));
    ctx.blob(digest).await?.ok_or_else(missing)
}
