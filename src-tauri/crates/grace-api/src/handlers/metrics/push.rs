//! Samples that come in.
//!
//! Owns the operation `metrics_push`, and how a value becomes millionths. Never judges one.

use grace_domain::core::codes::Code;
use grace_domain::core::ids::ComponentId;
use grace_domain::metrics::sample::VALUE_MICRO_MAX;
use grace_engine::Engine;
use grace_engine::metrics::Pushed;

use crate::handlers::context::Context;
use crate::handlers::load;
use crate::problem::Problem;
use crate::problems::{invalid, refused};
use crate::requests::*;
use crate::types::*;

/// Largest value that is taken, in the metric's unit.
const VALUE_MAX: f64 = 1e9;
const _: () = assert!(VALUE_MICRO_MAX == 1_000_000_000 * 1_000_000);

/// Takes a component's samples in.
pub(crate) async fn metrics_push(ctx: &Context, request: MetricsPushRequest) -> Result<SamplesView, Problem> {
    let engine = ctx.engine()?;
    let id = load::component_id(&request.id)?;
    let ended = push(engine, &id, &request.samples).await;
    // Whoever sends for what is not there makes no count grow.
    if engine.world().components().contains_key(&id) {
        ctx.refused_pushes().note(&id, &ended);
    }
    Ok(SamplesView { accepted: ended? })
}

async fn push(engine: &Engine, id: &ComponentId, samples: &[SampleRequest]) -> Result<u32, Problem> {
    let mut pushed = Vec::with_capacity(samples.len().min(grace_domain::core::limits::SAMPLES_PER_PUSH));
    for sample in samples {
        let bad = |what: &str| {
            invalid(
                Code::WrongShape,
                format!("A sample's {what} does not read."),
                "A metric is named by its id, a time as 2026-11-19T14:30:00.000Z.",
            )
        };
        pushed.push(Pushed {
            metric: sample.metric.parse().map_err(|_| bad("metric"))?,
            value_micro: micro(sample.value)?,
            count: sample.count.unwrap_or(1),
            at: sample.at.as_deref().map(str::parse).transpose().map_err(|_| bad("time"))?,
        });
    }
    engine.push_samples(id, &pushed).await.map_err(refused)
}

/// A value in millionths; only finite values from 0 to 10^9 are taken.
pub(crate) fn micro(value: f64) -> Result<u64, Problem> {
    if !(0.0..=VALUE_MAX).contains(&value) {
        return Err(invalid(Code::ValueRange, "A value is between 0 and 1,000,000,000.", "Check the unit."));
    }
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked above: 0 to 10^15")]
    let micro = (value * 1e6).round() as u64;
    Ok(micro)
}
