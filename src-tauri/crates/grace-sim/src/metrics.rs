//! What simulated metrics sources send, second by second, by the one way in for samples.
//!
//! Owns the values. Never says what they mean: a window judges them as it judges any other.

use std::collections::BTreeMap;

use grace_api::requests::{ById, MetricsPushRequest, Nothing, SampleRequest};
use grace_api::types::SimSourceView;
use grace_api::{Client, Ports, Problem};

use crate::pace::Pace;

/// Time between two samples.
const EVERY_MS: u64 = 1_000;
/// Observations that one sample stands for.
const OBSERVATIONS: u32 = 100;
/// Millionths of a whole.
const MICRO: f64 = 1e6;

/// Sends samples for every component whose source is simulated, until the stage closes.
pub(crate) async fn send(client: Client, pace: Pace) {
    let mut known = BTreeMap::new();
    while pace.sleep_ms(EVERY_MS).await.is_ok() {
        if let Err(problem) = round(&client, &pace.ports, &mut known).await {
            tracing::warn!(code = %problem.code, detail = %problem.detail, "simulated metrics");
            // A component may have joined anew with other metrics.
            known.clear();
        }
    }
}

/// The metrics that each component declared.
type Known = BTreeMap<String, Vec<String>>;

async fn round(client: &Client, ports: &Ports, known: &mut Known) -> Result<(), Problem> {
    let shown = client.sim_show(Nothing {}).await?;
    for source in shown.sources.iter().filter(|s| !s.silent) {
        if !known.contains_key(&source.component) {
            let component = client.component_show(ById { id: source.component.clone() }).await?;
            known.insert(source.component.clone(), component.metrics);
        }
        let Some(metrics) = known.get(&source.component) else { continue };
        let samples = metrics.iter().map(|metric| SampleRequest {
            metric: metric.clone(),
            value: value(source, metric, percent(ports)),
            count: Some(OBSERVATIONS),
            at: None,
        });
        let samples = samples.collect();
        client.metrics_push(MetricsPushRequest { id: source.component.clone(), samples }).await?;
    }
    Ok(())
}

/// Real sources are never flat: five per cent up or down.
fn percent(ports: &Ports) -> u8 {
    let mut byte = [0u8; 1];
    ports.random.fill(&mut byte);
    95 + byte[0] % 11
}

/// A value of a metric, at `percent` of what is set.
fn value(source: &SimSourceView, metric: &str, percent: u8) -> f64 {
    let (set, most) = match metric {
        "error_rate" => (source.error_rate, 1.0),
        "latency_p95_ms" => (source.latency_p95_ms, f64::INFINITY),
        _ => (1.0, f64::INFINITY),
    };
    // Whole millionths, as samples are kept.
    ((set * MICRO * f64::from(percent) / 100.0).round() / MICRO).min(most)
}

#[cfg(test)]
mod tests {
    use super::value;
    use grace_api::types::SimSourceView;

    #[test]
    fn values_are_near_what_is_set_and_a_fraction_stays_one() {
        let source = |error_rate| SimSourceView {
            component: "edge".into(),
            error_rate,
            latency_p95_ms: 120.0,
            silent: false,
        };
        for (set, metric, percent, expected) in [
            (0.004, "error_rate", 100, 0.004),
            (0.004, "error_rate", 95, 0.0038),
            (1.0, "error_rate", 105, 1.0),
            (0.004, "latency_p95_ms", 105, 126.0),
            (0.004, "queue_depth", 100, 1.0),
        ] {
            let value = value(&source(set), metric, percent);
            assert!((value - expected).abs() < 1e-9, "{metric}: {value}");
        }
    }
}
