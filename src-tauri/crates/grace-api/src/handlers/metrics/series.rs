//! One metric of one component over time, as a chart draws it.
//!
//! Owns the thinning of samples and their units. Never judges one.

use grace_domain::core::limits;
use grace_domain::judge::window::{Rule, Series};
use grace_domain::metrics::sample::Sample;
use grace_engine::metrics::source::Span;

use crate::handlers::context::Context;
use crate::handlers::metrics::rules::Rules;
use crate::problem::Problem;
use crate::types::{PointView, SeriesView};

/// Most samples that a chart is drawn from.
const CHART_SAMPLES: usize = 100_000;

/// Millionths as the unit itself.
#[allow(
    clippy::cast_precision_loss,
    reason = "a chart and a table show two decimals; the log keeps the integer"
)]
pub(crate) fn of_micro(micro: u64) -> f64 {
    micro as f64 / 1e6
}

/// One series for a chart: at most [`limits::CHART_POINTS`], each bucket keeping its lowest and highest value.
pub(crate) async fn series(
    ctx: &Context,
    of: &Series,
    span: Span,
    rule: Option<Rule>,
    rules: &Rules<'_>,
) -> Result<SeriesView, Problem> {
    let samples = ctx.samples(rules.definitions(), of, span, CHART_SAMPLES).await?;
    let rule = rule.unwrap_or_else(|| rules.of(&of.metric, None));
    Ok(SeriesView {
        component: of.component.to_string(),
        metric: of.metric.to_string(),
        name: rules.name(&of.metric),
        unit: rules.unit(&of.metric),
        baseline: rule.baseline.map(of_micro),
        limit: rule.limit.map(of_micro),
        points: thin(&samples).into_iter().map(point).collect(),
    })
}

fn point(sample: &Sample) -> PointView {
    PointView { at: sample.at.to_string(), value: of_micro(sample.value_micro) }
}

fn thin(samples: &[Sample]) -> Vec<&Sample> {
    if samples.len() <= limits::CHART_POINTS {
        return samples.iter().collect();
    }
    let bucket = samples.len().div_ceil(limits::CHART_POINTS / 2);
    let mut kept = Vec::with_capacity(limits::CHART_POINTS);
    for chunk in samples.chunks(bucket) {
        let low = chunk.iter().min_by_key(|s| s.value_micro);
        let high = chunk.iter().max_by_key(|s| s.value_micro);
        let mut both: Vec<&Sample> = low.into_iter().chain(high).collect();
        both.sort_by_key(|s| s.at);
        both.dedup_by_key(|s| s.at);
        kept.extend(both);
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use grace_domain::core::time::Timestamp;

    #[test]
    fn long_series_keep_their_extremes() {
        let samples: Vec<Sample> = (0..10_000)
            .map(|i| Sample {
                at: Timestamp::from_millis(i),
                value_micro: if i == 7_777 { 99 } else { 1 },
                count: 1,
            })
            .collect();
        let kept = thin(&samples);
        assert!(kept.len() <= limits::CHART_POINTS);
        assert!(kept.iter().any(|s| s.value_micro == 99));
        assert!(kept.windows(2).all(|w| w[0].at <= w[1].at));
    }
}
