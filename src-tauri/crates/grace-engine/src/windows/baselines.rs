//! What a window is judged by: the series that its components must send, each with its baseline and the rule of its
//! definition. Fixed when the window opens.

use crate::blob_store::EffectError;
use crate::effects::context::EffectContext;
use crate::effects::retry::until_ok;
use crate::metrics::seen::seen;
use crate::metrics::source::Span;
use grace_domain::core::ids::ComponentId;
use grace_domain::core::refusal::Refusal;
use grace_domain::core::time::Timestamp;
use grace_domain::judge::window::{Rule, Series};
use grace_domain::log::Baseline;
use grace_domain::world::World;

/// The series that must be watched on these components.
fn required(world: &World, components: &[ComponentId]) -> Vec<Series> {
    components.iter().filter_map(|id| world.components().get(id)).flat_map(|c| c.series()).collect()
}

/// Whether a window of these components could be opened now: the definitions of what it would watch can be read.
pub async fn could_open(context: &EffectContext, components: &[ComponentId]) -> Result<(), EffectError> {
    let world = context.world();
    if required(&world, components).is_empty() {
        return Ok(());
    }
    context.definitions.in_force(&world, &context.blobs).await.map(drop)
}

/// Refuses a window of these components in which one of their metrics could not be judged. What cannot be read is told
/// when the window is to be opened.
pub async fn refuse_too_short(
    context: &EffectContext,
    components: &[ComponentId],
    window_s: u64,
) -> Result<(), Refusal> {
    let world = context.world();
    let required = required(&world, components);
    let Ok(definitions) = context.definitions.in_force(&world, &context.blobs).await else { return Ok(()) };
    let metrics = required.iter().map(|series| &series.metric);
    world.policy().freshness(Some(window_s)).refuse_too_short(&definitions, metrics)
}

/// The required series before distribution, each with the rule by which its window of this length judges it.
pub async fn baselines(
    context: &EffectContext,
    components: &[ComponentId],
    before: Timestamp,
    window_s: u64,
) -> Vec<Baseline> {
    let world = context.world();
    let policy = world.policy();
    let clock = &*context.ports.clock;
    let required = required(&world, components);
    if required.is_empty() {
        return Vec::new();
    }
    // What cannot be read is no missing baseline and no missing definition: a metric would lose its limit for the whole
    // window.
    let definitions =
        until_ok(clock, "definitions", || context.definitions.in_force(&world, &context.blobs)).await;
    let mut out = Vec::new();
    for series in required {
        let definition = definitions.get(&series.metric);
        let span_s = definition.map_or(policy.baseline_s, |d| d.baseline_s.min(policy.baseline_s));
        let span = Span { from: before.minus_s(span_s), to: before };
        let read = || seen(&context.reader, &definitions, &series, span);
        let found = until_ok(clock, "a baseline", read).await;
        let limits = policy.limits.get(&series.metric);
        let Rule { baseline: value, limit, worse, fresh_s } =
            Rule::of(definition, limits, policy.freshness(Some(window_s)), found.mean);
        out.push(Baseline { series, value, limit, worse, fresh_s });
    }
    out
}
