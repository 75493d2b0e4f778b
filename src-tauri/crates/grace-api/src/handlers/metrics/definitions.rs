//! Reading what metrics mean: the definitions by which windows judge.
//!
//! Owns the operation `metric_definitions`. Never changes one: that is an update.

use grace_domain::core::digest::Digest;
use grace_domain::metrics::REGISTRY;
use grace_domain::metrics::definition::{MetricDefinition, Tolerance};
use grace_engine::metrics::definitions::Readable;

use crate::diff::visible;
use crate::handlers::context::Context;
use crate::handlers::unreadable::definition;
use crate::problem::Problem;
use crate::requests::Nothing;
use crate::types::{MetricDefinitionView, MetricDefinitionsView};

/// All definitions in force.
pub(crate) async fn metric_definitions(ctx: &Context, _: Nothing) -> Result<MetricDefinitionsView, Problem> {
    let world = ctx.world().await?;
    let digests = world.documents(REGISTRY);
    let digest = |definition: &MetricDefinition| {
        let id = definition.id.as_str().parse().ok();
        id.and_then(|id| digests?.get(&id)).map(Digest::to_hex).unwrap_or_default()
    };
    let Readable { definitions, lost } = ctx.definitions().await?;
    Ok(MetricDefinitionsView {
        definitions: definitions.values().map(|d| view(d, digest(d))).collect(),
        unreadable: lost.iter().map(definition).collect(),
    })
}

fn view(definition: &MetricDefinition, digest: String) -> MetricDefinitionView {
    let (tolerance_ppm, tolerance_micro) = match definition.tolerance {
        None => (None, None),
        Some(Tolerance::RelativePpm(n)) => (Some(n), None),
        Some(Tolerance::AbsoluteMicro(n)) => (None, Some(n)),
    };
    MetricDefinitionView {
        id: definition.id.to_string(),
        name: visible(&definition.name),
        unit: visible(definition.unit.as_str()),
        kind: definition.kind,
        counted: definition.counted,
        worse: definition.worse,
        tolerance_ppm,
        tolerance_micro,
        absolute_micro: definition.limits.absolute_micro,
        relative_ppm: definition.limits.relative_ppm,
        source: definition.source.kind,
        interval_s: definition.interval_s,
        baseline_s: definition.baseline_s,
        digest,
    }
}
