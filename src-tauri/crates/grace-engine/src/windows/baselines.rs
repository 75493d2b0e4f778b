//! What a window is judged by: the series that its components must send, each with its baseline and the rule of its
//! definition. Fixed when the window opens.

use crate::effects::context::EffectContext;
use crate::effects::retry::until_ok;
use crate::metrics::definitions::Readable;
use crate::metrics::seen::seen;
use crate::metrics::source::Span;
use grace_domain::core::ids::{ComponentId, MetricId};
use grace_domain::core::refusal::Refusal;
use grace_domain::core::time::Timestamp;
use grace_domain::governance::policy::Policy;
use grace_domain::judge::window::{Rule, Series};
use grace_domain::kinds::UpdateType;
use grace_domain::log::Baseline;
use grace_domain::world::World;
use std::collections::BTreeSet;

/// The metrics that the window of an update of this type would watch; none of one whose documents lie in a registry, which
/// is watched by the log alone.
pub fn watched_metrics(
    world: &World,
    update_type: UpdateType,
    components: &[ComponentId],
) -> BTreeSet<MetricId> {
    if update_type.holder().is_some() {
        return BTreeSet::new();
    }
    world.series(components).map(|series| series.metric).collect()
}

/// Refuses that a component joins with metrics by which its validation window could not judge it.
pub fn refuse_unjudged_newcomer(
    definitions: &Readable,
    policy: &Policy,
    metrics: &BTreeSet<MetricId>,
) -> Result<(), Refusal> {
    let definitions = definitions.judging(metrics)?;
    let freshness = policy.freshness(Some(policy.handshake.window_s));
    freshness.refuse_too_short(definitions, metrics, "let it join without that metric")
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
    let required: Vec<Series> = world.series(components).collect();
    if required.is_empty() {
        return Vec::new();
    }
    // What cannot be read is no missing baseline and no missing definition: a metric would lose its limit for the whole
    // window.
    let definitions = until_ok(clock, "definitions", || {
        let metrics = required.iter().map(|series| &series.metric);
        context.definitions.judging(&world, &context.blobs, metrics)
    })
    .await;
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
