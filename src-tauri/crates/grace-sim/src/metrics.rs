//! What simulated metrics sources send, second by second, by the one way in for samples.
//!
//! Owns how values vary. Never says what they mean, and knows no metric by its name: what is sent is set by the engine's
//! definitions, and a window judges it as it judges any other.

use std::collections::BTreeMap;

use grace_api::requests::{MetricsPushRequest, Nothing, SampleRequest};
use grace_api::types::{SimMetricView, SimSourceView};
use grace_api::{Client, Ports, Problem};
use grace_domain::core::codes::Code;
use grace_domain::metrics::definition::MetricKind;

use crate::pace::Pace;

/// Time between two samples.
const EVERY_MS: u64 = 1_000;
/// Observations that one sample stands for.
const OBSERVATIONS: u32 = 100;
/// Millionths of a whole.
const MICRO: f64 = 1e6;
/// Most that a value varies, in hundredths.
const VARIES_PERCENT: u8 = 5;

/// Sends samples for every component whose source is simulated, until the stage closes.
pub(crate) async fn send(client: Client, pace: Pace) {
    let mut said = Said::default();
    while pace.sleep_ms(EVERY_MS).await.is_ok() {
        match client.sim_show(Nothing {}).await {
            Ok(shown) => {
                said.of("", None);
                for source in shown.sources.iter().filter(|s| !s.silent) {
                    // Whoever is refused holds nobody else up.
                    let refused = client.metrics_push(samples(source, &pace.ports)).await.err();
                    said.of(&source.component, refused.as_ref());
                }
            }
            Err(problem) => said.of("", Some(&problem)),
        }
    }
}

/// Which problem each component had last; the empty name stands for the settings themselves.
#[derive(Default)]
struct Said(BTreeMap<String, Code>);

impl Said {
    /// Logs a problem once, not each second: again when another came or none was there in between.
    fn of(&mut self, component: &str, problem: Option<&Problem>) {
        let is_new = self.is_new(component, problem.map(|p| p.code));
        if let Some(problem) = problem.filter(|_| is_new) {
            tracing::warn!(component, code = %problem.code, detail = %problem.detail, "simulated metrics");
        }
    }

    /// Takes down the problem that a component has now, and says whether it is another than before.
    fn is_new(&mut self, component: &str, code: Option<Code>) -> bool {
        match code {
            Some(code) => self.0.insert(component.to_owned(), code) != Some(code),
            None => self.0.remove(component).is_some(),
        }
    }
}

fn samples(source: &SimSourceView, ports: &Ports) -> MetricsPushRequest {
    let samples = source.metrics.iter().map(|metric| SampleRequest {
        metric: metric.metric.clone(),
        value: value(metric, percent(ports)),
        count: Some(OBSERVATIONS),
        at: None,
    });
    MetricsPushRequest { id: source.component.clone(), samples: samples.collect() }
}

/// Real sources are never flat: so many hundredths up or down.
fn percent(ports: &Ports) -> i8 {
    let mut byte = [0u8; 1];
    ports.random.fill(&mut byte);
    (byte[0] % (2 * VARIES_PERCENT + 1)).cast_signed() - VARIES_PERCENT.cast_signed()
}

/// A value of a metric, `percent` hundredths away from what is set: of what is nearer, nothing or the largest, so that it
/// never passes either. A counter never runs back.
fn value(metric: &SimMetricView, percent: i8) -> f64 {
    let room = match metric.kind {
        Some(MetricKind::Counter) => 0.0,
        Some(MetricKind::Rate | MetricKind::Level | MetricKind::Histogram) | None => {
            metric.value.min(metric.most - metric.value)
        }
    };
    // Whole millionths, as samples are kept.
    ((metric.value + room * f64::from(percent) / 100.0) * MICRO).round() / MICRO
}

#[cfg(test)]
mod tests {
    use super::{Said, value};
    use grace_api::types::SimMetricView;
    use grace_domain::core::codes::Code;
    use grace_domain::metrics::definition::MetricKind::{self, Counter, Level, Rate};

    fn metric(kind: Option<MetricKind>, set: f64) -> SimMetricView {
        let most = if kind == Some(Rate) { 1.0 } else { 1e9 };
        let name = "any".to_owned();
        SimMetricView {
            metric: name.clone(),
            name,
            unit: String::new(),
            kind,
            value: set,
            healthy: 0.0,
            most,
        }
    }

    #[test]
    fn a_problem_is_said_once_for_each_component_until_it_is_another_or_gone() {
        let mut said = Said::default();
        let heard = [
            ("a", Some(Code::SampleValue), true),
            ("a", Some(Code::SampleValue), false),
            ("b", Some(Code::SampleValue), true),
            ("a", Some(Code::SampleTime), true),
            ("a", None, true),
            ("a", None, false),
            ("a", Some(Code::SampleTime), true),
            ("b", Some(Code::SampleValue), false),
        ];
        for (component, code, is_new) in heard {
            assert_eq!(said.is_new(component, code), is_new, "{component} {code:?}");
        }
    }

    #[test]
    fn values_are_near_what_is_set_and_never_pass_what_a_sample_can_be() {
        for (kind, set, percent, expected) in [
            (Some(Rate), 0.004, 0, 0.004),
            (Some(Rate), 0.004, -5, 0.0038),
            (Some(Rate), 1.0, 5, 1.0),
            (Some(Rate), 0.99, 5, 0.9905),
            (Some(Rate), 0.99, -5, 0.9895),
            (Some(Level), 120.0, 5, 126.0),
            (Some(Level), 1e9, 5, 1e9),
            (Some(Level), 0.0, 5, 0.0),
            (Some(Counter), 120.0, -5, 120.0),
            (None, 100.0, -5, 95.0),
        ] {
            let value = value(&metric(kind, set), percent);
            assert!((value - expected).abs() < 1e-9, "{kind:?} {set} {percent}: {value}");
        }
    }
}
