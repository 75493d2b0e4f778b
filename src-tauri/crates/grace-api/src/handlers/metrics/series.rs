//! One metric of one component over time, as a chart draws it.
//!
//! Owns the thinning of samples and their units. Never judges one.

use grace_domain::core::ids::{ComponentId, MetricId};
use grace_domain::core::limits;
use grace_domain::core::time::Timestamp;
use grace_domain::judge::window::Rule;
use grace_store::Sample;

use crate::handlers::context::Context;
use crate::handlers::metrics::rules::Rules;
use crate::problem::Problem;
use crate::types::{PointView, SeriesView};

/// Millionths as the unit itself.
#[allow(
    clippy::cast_precision_loss,
    reason = "a chart and a table show two decimals; the log keeps the integer"
)]
pub(crate) fn whole(micro: u64) -> f64 {
    micro as f64 / 1e6
}

/// One series for a chart: at most [`limits::CHART_POINTS`], each bucket keeping its lowest and highest value.
pub(crate) async fn series(
    ctx: &Context,
    component: &ComponentId,
    metric: &str,
    span: (Timestamp, Timestamp),
    rule: Option<Rule>,
    rules: &Rules<'_>,
) -> Result<SeriesView, Problem> {
    let samples = ctx.samples(component.as_str(), metric, span.0, span.1, 100_000).await?;
    let id: Option<MetricId> = metric.parse().ok();
    let rule = rule.or_else(|| id.as_ref().map(|id| rules.of(id, None)));
    Ok(SeriesView {
        component: component.to_string(),
        metric: metric.to_owned(),
        unit: id.map(|id| rules.unit(&id)).unwrap_or_default(),
        baseline: rule.as_ref().and_then(|r| r.baseline).map(whole),
        limit: rule.as_ref().and_then(|r| r.limit).map(whole),
        points: thin(&samples).into_iter().map(point).collect(),
    })
}

fn point(sample: &Sample) -> PointView {
    PointView {
        at: Timestamp::from_millis(sample.at_ms).to_string(),
        value: whole(u64::try_from(sample.value_micro).unwrap_or(0)),
    }
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
        both.sort_by_key(|s| s.at_ms);
        both.dedup_by_key(|s| s.at_ms);
        kept.extend(both);
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_series_keep_their_extremes() {
        let samples: Vec<Sample> = (0..10_000)
            .map(|i| Sample {
                component: "c".into(),
                metric: "m".into(),
                at_ms: i,
                value_micro: if i == 7_777 { 99 } else { 1 },
                count: 1,
            })
            .collect();
        let kept = thin(&samples);
        assert!(kept.len() <= limits::CHART_POINTS);
        assert!(kept.iter().any(|s| s.value_micro == 99));
        assert!(kept.windows(2).all(|w| w[0].at_ms <= w[1].at_ms));
    }
}
